#include "sim/decay.h"

#include <math.h>

/* K -> 3 pi: |M|^2 = 1 + g u + h u^2 + k v^2, u = (s3 - s0) / m_pi^2, v = (s1 - s2) / m_pi^2,
 * s_i = (p_K - p_i)^2, body 3 the odd pion (PDG review "Dalitz plot parameters for K -> 3 pi"). */
static double slope_weight(const double energy[3],
                           const double mass[3],
                           double parent,
                           const double ghk[3])
{
    double s[3];
    for (int i = 0; i < 3; ++i)
        s[i] = parent * parent + mass[i] * mass[i] - 2 * parent * energy[i];
    const double s0 = (s[0] + s[1] + s[2]) / 3;
    const double scale = SIM_MASS_PION_MEV * SIM_MASS_PION_MEV;
    const double u = (s[2] - s0) / scale, v = (s[0] - s[1]) / scale;
    return 1 + ghk[0] * u + ghk[1] * u * u + ghk[2] * v * v;
}

static double k3pi_weight(const double energy[3], const double mass[3], double parent)
{
    static const double ghk[3] = {-0.21134, 0.01848, -0.00463};
    return slope_weight(energy, mass, parent, ghk);
}

static double kpi00_weight(const double energy[3], const double mass[3], double parent)
{
    static const double ghk[3] = {0.626, 0.052, 0.0054};
    return slope_weight(energy, mass, parent, ghk);
}

/* K -> pi l nu, bodies lepton, pion, neutrino: A + B xi + C xi^2 times f+(t)^2, with linear form
 * factors (PDG review "K_l3 form factors"); for two neutrinos the lepton's mass is 0. */
static double kl3_weight(const double energy[3], const double mass[3], double parent)
{
    const double lambda_plus = 0.02959, lambda_0 = 0.01767;
    const double e_l = energy[0], e_pi = energy[1], e_nu = energy[2];
    const double ml2 = mass[0] * mass[0], mpi2 = mass[1] * mass[1], mk2 = parent * parent;
    const double scale = SIM_MASS_PION_MEV * SIM_MASS_PION_MEV;
    const double left = (mk2 + mpi2 - ml2) / (2 * parent) - e_pi; /* E_pi^max - E_pi */
    const double t = mk2 + mpi2 - 2 * parent * e_pi;

    const double f_plus = 1 + lambda_plus * t / scale;
    const double xi = (mk2 - mpi2) * (lambda_0 - lambda_plus) / scale / f_plus;
    const double a = parent * (2 * e_l * e_nu - parent * left) + ml2 * (left / 4 - e_nu);
    const double b = ml2 * (e_nu - left / 2);
    const double c = ml2 * left / 4;
    return f_plus * f_plus * (a + b * xi + c * xi * xi);
}

const struct sim_mode_info sim_mode[SIM_N_MODES] = {
    [SIM_KMU2] =
        {"kmu2", "K+ -> mu+ nu", 0.6356, 2, {SIM_PDG_MU_PLUS, SIM_PDG_NU_MU}, NULL},
    [SIM_K2PI] = {"k2pi", "K+ -> pi+ pi0", 0.2067, 2, {SIM_PDG_PI_PLUS, SIM_PDG_PI0}, NULL},
    [SIM_K3PI] = {"k3pi",
                  "K+ -> pi+ pi+ pi-",
                  0.05583,
                  3,
                  {SIM_PDG_PI_PLUS, SIM_PDG_PI_PLUS, SIM_PDG_PI_MINUS},
                  k3pi_weight},
    [SIM_KE3] = {"ke3",
                 "K+ -> e+ pi0 nu",
                 0.0507,
                 3,
                 {SIM_PDG_POSITRON, SIM_PDG_PI0, SIM_PDG_NU_E},
                 kl3_weight},
    [SIM_KMU3] = {"kmu3",
                  "K+ -> mu+ pi0 nu",
                  0.03352,
                  3,
                  {SIM_PDG_MU_PLUS, SIM_PDG_PI0, SIM_PDG_NU_MU},
                  kl3_weight},
    [SIM_KPI00] = {"kpi00",
                   "K+ -> pi+ pi0 pi0",
                   0.0176,
                   3,
                   {SIM_PDG_PI0, SIM_PDG_PI0, SIM_PDG_PI_PLUS},
                   kpi00_weight},
    [SIM_PINUNU] = {"pinunu",
                    "K+ -> pi+ nu nubar",
                    1.14e-10,
                    3,
                    {SIM_PDG_NU_MU, SIM_PDG_PI_PLUS, SIM_PDG_NU_MU},
                    kl3_weight},
};

static void mode_masses(enum sim_mode mode, double mass[3])
{
    for (int i = 0; i < sim_mode[mode].n_bodies; ++i)
        mass[i] = sim_mass_MeV(sim_mode[mode].pdg[i]);
}

void sim_decays_prepare(struct sim_decays *decays)
{
    for (int mode = 0; mode < SIM_N_MODES; ++mode) {
        double mass[3] = {0};
        if (!sim_mode[mode].weight) continue;
        mode_masses(mode, mass);
        decays->max_weight[mode] =
            sim_dalitz_max(SIM_MASS_KAON_MEV, mass, sim_mode[mode].weight);
    }
}

enum sim_mode sim_decay_choose(struct sim_random *random)
{
    double sum = 0;
    for (int mode = 0; mode < SIM_N_MODES; ++mode) sum += sim_mode[mode].branching;
    double left = sum * sim_uniform(random);
    for (int mode = 0; mode < SIM_N_MODES; ++mode) {
        left -= sim_mode[mode].branching;
        if (left < 0) return mode;
    }
    return SIM_KMU2;
}

static int
add_photons(struct sim_random *random, struct sim_product *product, int n, int pi0)
{
    static const double massless[2] = {0, 0};
    struct sim_four photon[2];
    sim_two_body(random, product[pi0].p, massless, photon);
    for (int i = 0; i < 2; ++i)
        product[n++] = (struct sim_product){SIM_PDG_GAMMA, pi0, photon[i]};
    return n;
}

int sim_decay(struct sim_random *random,
              const struct sim_decays *decays,
              enum sim_mode mode,
              struct sim_four kaon,
              struct sim_product product[SIM_MAX_PRODUCTS])
{
    const struct sim_mode_info *info = &sim_mode[mode];
    struct sim_four out[3];
    double mass[3] = {0};
    mode_masses(mode, mass);
    if (info->n_bodies == 2)
        sim_two_body(random, kaon, mass, out);
    else
        sim_three_body(random, kaon, mass, info->weight, decays->max_weight[mode], out);

    int n = info->n_bodies;
    for (int i = 0; i < n; ++i) product[i] = (struct sim_product){info->pdg[i], -1, out[i]};
    for (int i = 0; i < info->n_bodies; ++i)
        if (product[i].pdg == SIM_PDG_PI0) n = add_photons(random, product, n, i);
    return n;
}
