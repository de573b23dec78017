#include "sim/kinematics.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

double sim_mass_MeV(int pdg)
{
    switch (abs(pdg)) {
    case SIM_PDG_ELECTRON:
        return SIM_MASS_ELECTRON_MEV;
    case SIM_PDG_MU_MINUS:
        return SIM_MASS_MUON_MEV;
    case SIM_PDG_PI0:
        return SIM_MASS_PION0_MEV;
    case SIM_PDG_PI_PLUS:
        return SIM_MASS_PION_MEV;
    case SIM_PDG_KAON:
        return SIM_MASS_KAON_MEV;
    default:
        return 0;
    }
}

int sim_charge(int pdg)
{
    switch (pdg) {
    case SIM_PDG_PI_PLUS:
    case SIM_PDG_KAON:
    case SIM_PDG_POSITRON:
    case SIM_PDG_MU_PLUS:
        return 1;
    case SIM_PDG_PI_MINUS:
    case SIM_PDG_ELECTRON:
    case SIM_PDG_MU_MINUS:
        return -1;
    default:
        return 0;
    }
}

struct sim_four sim_four_of(double mass, const double p[3])
{
    const double e = sqrt(mass * mass + p[0] * p[0] + p[1] * p[1] + p[2] * p[2]);
    return (struct sim_four){e, p[0], p[1], p[2]};
}

double sim_four_mass(struct sim_four v)
{
    const double p = sqrt(v.x * v.x + v.y * v.y + v.z * v.z);
    return sqrt(fabs((v.e - p) * (v.e + p)));
}

struct sim_four sim_four_add(struct sim_four a, struct sim_four b)
{
    return (struct sim_four){a.e + b.e, a.x + b.x, a.y + b.y, a.z + b.z};
}

/* `v`, given in the rest frame of `parent`, in the frame where the parent is `parent`. */
static struct sim_four boost(struct sim_four v, struct sim_four parent)
{
    const double m = sim_four_mass(parent);
    const double along = v.x * parent.x + v.y * parent.y + v.z * parent.z;
    const double k = (along / (parent.e + m) + v.e) / m;
    return (struct sim_four){(v.e * parent.e + along) / m, v.x + k * parent.x,
                             v.y + k * parent.y, v.z + k * parent.z};
}

double sim_two_body_p(double mass, double m1, double m2)
{
    const double sum = m1 + m2, difference = m1 - m2;
    return sqrt((mass * mass - sum * sum) * (mass * mass - difference * difference)) /
           (2 * mass);
}

/* Uniform on the sphere. */
static void direction(struct sim_random *random, double n[3])
{
    const double cosine = sim_between(random, -1, 1),
                 phi = sim_between(random, 0, 2 * M_PI);
    const double sine = sqrt(1 - cosine * cosine);
    n[0] = sine * cos(phi);
    n[1] = sine * sin(phi);
    n[2] = cosine;
}

void sim_two_body(struct sim_random *random,
                  struct sim_four parent,
                  const double mass[2],
                  struct sim_four out[2])
{
    const double p = sim_two_body_p(sim_four_mass(parent), mass[0], mass[1]);
    double n[3];
    direction(random, n);
    const double forward[3] = {p * n[0], p * n[1], p * n[2]};
    const double backward[3] = {-forward[0], -forward[1], -forward[2]};
    out[0] = boost(sim_four_of(mass[0], forward), parent);
    out[1] = boost(sim_four_of(mass[1], backward), parent);
}

/* Cosine between the first two bodies; false outside the Dalitz plot. */
static bool dalitz_angle(const double p[3], double *cosine)
{
    const double scale = 2 * p[0] * p[1];
    *cosine = scale > 0 ? (p[2] * p[2] - p[0] * p[0] - p[1] * p[1]) / scale : 2;
    return fabs(*cosine) <= 1;
}

static bool dalitz_point(const double energy[3], const double mass[3], double p[3])
{
    for (int i = 0; i < 3; ++i) {
        if (energy[i] < mass[i]) return false;
        p[i] = sqrt((energy[i] - mass[i]) * (energy[i] + mass[i]));
    }
    return true;
}

/* Largest energy of body i at rest of the parent. */
static double dalitz_end(double parent, const double mass[3], int i)
{
    const double others = mass[(i + 1) % 3] + mass[(i + 2) % 3];
    return (parent * parent + mass[i] * mass[i] - others * others) / (2 * parent);
}

/* A direction at a given angle to `n`, its azimuth `phi`. */
static void direction_at(const double n[3], double cosine, double phi, double out[3])
{
    const double sine = sqrt(fmax(0, 1 - cosine * cosine));
    const bool steep = fabs(n[2]) > 0.9;
    const double helper[3] = {steep ? 1 : 0, 0, steep ? 0 : 1};
    double a[3] = {n[1] * helper[2] - n[2] * helper[1], n[2] * helper[0] - n[0] * helper[2],
                   n[0] * helper[1] - n[1] * helper[0]};
    const double norm = sqrt(a[0] * a[0] + a[1] * a[1] + a[2] * a[2]);
    for (int i = 0; i < 3; ++i) a[i] /= norm;
    const double b[3] = {n[1] * a[2] - n[2] * a[1], n[2] * a[0] - n[0] * a[2],
                         n[0] * a[1] - n[1] * a[0]};
    for (int i = 0; i < 3; ++i)
        out[i] = cosine * n[i] + sine * (cos(phi) * a[i] + sin(phi) * b[i]);
}

void sim_three_body(struct sim_random *random,
                    struct sim_four parent,
                    const double mass[3],
                    sim_dalitz_weight *weight,
                    double max_weight,
                    struct sim_four out[3])
{
    const double m = sim_four_mass(parent);
    const double end0 = dalitz_end(m, mass, 0), end1 = dalitz_end(m, mass, 1);
    double energy[3], p[3], cosine;
    do {
        energy[0] = sim_between(random, mass[0], end0);
        energy[1] = sim_between(random, mass[1], end1);
        energy[2] = m - energy[0] - energy[1];
    } while (!dalitz_point(energy, mass, p) || !dalitz_angle(p, &cosine) ||
             (weight && sim_uniform(random) * max_weight > weight(energy, mass, m)));

    double n0[3], n1[3], p0[3], p1[3], p2[3];
    direction(random, n0);
    direction_at(n0, cosine, sim_between(random, 0, 2 * M_PI), n1);
    for (int i = 0; i < 3; ++i) {
        p0[i] = p[0] * n0[i];
        p1[i] = p[1] * n1[i];
        p2[i] = -p0[i] - p1[i];
    }
    out[0] = boost(sim_four_of(mass[0], p0), parent);
    out[1] = boost(sim_four_of(mass[1], p1), parent);
    out[2] = boost(sim_four_of(mass[2], p2), parent);
}

double sim_dalitz_max(double parent, const double mass[3], sim_dalitz_weight *weight)
{
    enum { STEPS = 200 };

    const double end0 = dalitz_end(parent, mass, 0), end1 = dalitz_end(parent, mass, 1);
    double max = 0, p[3], cosine;
    for (int i = 0; i <= STEPS; ++i)
        for (int k = 0; k <= STEPS; ++k) {
            double energy[3] = {mass[0] + i * (end0 - mass[0]) / STEPS,
                                mass[1] + k * (end1 - mass[1]) / STEPS};
            energy[2] = parent - energy[0] - energy[1];
            if (!dalitz_point(energy, mass, p) || !dalitz_angle(p, &cosine)) continue;
            max = fmax(max, weight(energy, mass, parent));
        }
    return 1.05 * max;
}
