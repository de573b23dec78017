/* Paths of particles: straight, a helix in the magnet, multiple scattering in thin material,
 * pion decay in flight (docs/physics/simulation.md, 3). */
#include "sim/event.h"

#include <math.h>
#include <stdlib.h>

/* Material as fractions of a radiation length. */
enum { N_VIEWS = 16 };

#define CHAMBER_X0     0.0045
#define RICH_X0        0.056 /* window and neon, acts at the middle */
#define MIRROR_X0      0.20
#define PION_CTAU_MM   7804.5
#define TRACK_END_MM   262000.0
#define MUON_RANGE_MEV 3000.0 /* through LKr, MUV1, MUV2 and the iron wall */

bool sim_magnet(struct sim_point *at,
                double p_MeV,
                int charge,
                double kick_MeV,
                double length)
{
    const double norm = p_MeV / sqrt(1 + at->tx * at->tx + at->ty * at->ty);
    const double px = norm * at->tx, py = norm * at->ty, pz = norm;
    const double pt = hypot(px, pz);
    const double px_out = px - charge * kick_MeV;
    if (fabs(px_out) >= pt) return false;

    const double pz_out = sqrt(pt * pt - px_out * px_out);
    const double per_mm = kick_MeV / length; /* 0.299792458 B in MeV / mm */
    const double angle = asin(px / pt) - asin(px_out / pt);
    at->x_mm += charge * (pz_out - pz) / per_mm;
    at->y_mm += charge * py * angle / per_mm;
    at->z_mm += length;
    at->tx = px_out / pz_out;
    at->ty = py / pz_out;
    return true;
}

static struct sim_point point_on(const struct sim_leg *leg, double z_mm)
{
    const double dz = z_mm - leg->z_mm;
    return (struct sim_point){z_mm,
                              leg->x_mm + leg->tx * dz,
                              leg->y_mm + leg->ty * dz,
                              leg->tx,
                              leg->ty,
                              leg->p_MeV,
                              leg->pdg};
}

bool sim_track_at(const struct sim_track *track, double z_mm, struct sim_point *at)
{
    if (track->n == 0 || z_mm < track->leg[0].z_mm || z_mm > track->z_end_mm) return false;
    int i = track->n - 1;
    while (i > 0 && track->leg[i].z_mm > z_mm) --i;
    *at = point_on(&track->leg[i], z_mm);
    return true;
}

static void add_leg(struct sim_track *track, const struct sim_point *at)
{
    if (track->n == SIM_MAX_LEGS) return;
    track->leg[track->n++] =
        (struct sim_leg){at->z_mm, at->x_mm, at->y_mm, at->tx, at->ty, at->p_MeV, at->pdg};
}

static struct sim_point at_end(const struct sim_track *track, double z_mm)
{
    return point_on(&track->leg[track->n - 1], z_mm);
}

/* Kink by multiple scattering in `x` of a piece of `total` radiation lengths (PDG, Highland). */
static void scatter(struct sim_event *event,
                    struct sim_track *track,
                    double z_mm,
                    double x,
                    double total)
{
    struct sim_point at = at_end(track, z_mm);
    const double mass = sim_mass_MeV(at.pdg), p = at.p_MeV;
    const double beta = p / sqrt(p * p + mass * mass);
    const double sigma = 13.6 / (beta * p) * sqrt(x) * (1 + 0.038 * log(total));
    at.tx += sim_gauss(&event->random, sigma);
    at.ty += sim_gauss(&event->random, sigma);
    add_leg(track, &at);
}

static void
scatter_chamber(struct sim_event *event, struct sim_track *track, uint32_t chamber)
{
    for (uint32_t view = 0; view < 4; ++view) {
        const double z = (na62_straw_plane_z_mm(chamber, view, 1) +
                          na62_straw_plane_z_mm(chamber, view, 2)) /
                         2;
        if (z > track->leg[track->n - 1].z_mm && z < track->z_end_mm)
            scatter(event, track, z, CHAMBER_X0 / 4, CHAMBER_X0);
    }
}

/* The pion becomes a muon at z, isotropic at rest. */
static void decay_pion(struct sim_event *event, struct sim_track *track, double z_mm)
{
    struct sim_point at = at_end(track, z_mm);
    const double mass[2] = {SIM_MASS_MUON_MEV, 0};
    const double pz = at.p_MeV / sqrt(1 + at.tx * at.tx + at.ty * at.ty);
    const double p[3] = {pz * at.tx, pz * at.ty, pz};
    struct sim_four out[2];
    sim_two_body(&event->random, sim_four_of(SIM_MASS_PION_MEV, p), mass, out);
    if (out[0].z <= 0) {
        track->z_end_mm = z_mm;
        return;
    }
    at.tx = out[0].x / out[0].z;
    at.ty = out[0].y / out[0].z;
    at.p_MeV = sqrt(out[0].x * out[0].x + out[0].y * out[0].y + out[0].z * out[0].z);
    at.pdg = sim_charge(at.pdg) > 0 ? SIM_PDG_MU_PLUS : SIM_PDG_MU_MINUS;
    add_leg(track, &at);
}

/* Where a LAV station stops the particle; muons pass. */
static double lav_end(const struct sim_track *track)
{
    const struct sim_leg *leg = &track->leg[track->n - 1];
    if (abs(leg->pdg) == SIM_PDG_MU_MINUS) return INFINITY;
    for (uint32_t s = 1; s <= 12; ++s) {
        const struct na62_lav_station lav = na62_lav_station(s);
        if (lav.front_mm < leg->z_mm) continue;
        const struct sim_point at = at_end(track, lav.front_mm);
        const double r = hypot(at.x_mm, at.y_mm);
        if (r > lav.inner_mm && r < lav.outer_mm) return lav.back_mm;
    }
    return INFINITY;
}

static void pass_magnet(struct sim_track *track, int charge)
{
    const double in = NA62_Z_MAGNET_MM - NA62_MAGNET_LENGTH_MM / 2;
    if (track->leg[track->n - 1].z_mm > in) return;
    struct sim_point at = at_end(track, in);
    const bool out =
        sim_magnet(&at, at.p_MeV, charge, NA62_MAGNET_KICK_MEV, NA62_MAGNET_LENGTH_MM);
    if (out)
        add_leg(track, &at);
    else
        track->z_end_mm = in;
}

/* Section of the path from the present end to `z_mm`; a pion may decay in it. */
static void
travel(struct sim_event *event, struct sim_track *track, double z_mm, double *decay)
{
    if (*decay > track->leg[track->n - 1].z_mm && *decay < z_mm && *decay < track->z_end_mm)
        decay_pion(event, track, *decay);
    const double end = lav_end(track);
    if (end < z_mm) track->z_end_mm = fmin(track->z_end_mm, end);
}

static double decay_length(struct sim_event *event, const struct sim_leg *leg)
{
    if (abs(leg->pdg) != SIM_PDG_PI_PLUS) return INFINITY;
    const double mean = leg->p_MeV / SIM_MASS_PION_MEV * PION_CTAU_MM;
    return leg->z_mm - mean * log(1 - sim_uniform(&event->random));
}

static void
pass_spectrometer(struct sim_event *event, struct sim_track *track, double *decay)
{
    const int charge = sim_charge(track->leg[0].pdg);
    for (uint32_t chamber = 0; chamber < 4; ++chamber) {
        const double z = na62_z_straw_chamber_mm[chamber];
        travel(event, track, z - 200, decay);
        scatter_chamber(event, track, chamber);
        if (chamber != 1) continue;
        travel(event, track, NA62_Z_MAGNET_MM - NA62_MAGNET_LENGTH_MM / 2, decay);
        pass_magnet(track, charge);
    }
    const double neon = (NA62_Z_RICH_FRONT_MM + NA62_Z_RICH_MIRROR_MM) / 2;
    travel(event, track, neon, decay);
    if (neon < track->z_end_mm) scatter(event, track, neon, RICH_X0, RICH_X0);
    travel(event, track, NA62_Z_RICH_MIRROR_MM, decay);
    if (NA62_Z_RICH_MIRROR_MM < track->z_end_mm)
        scatter(event, track, NA62_Z_RICH_MIRROR_MM, MIRROR_X0, MIRROR_X0);
    travel(event, track, NA62_Z_LKR_MM, decay);
}

/* Electrons and photons end in the LKr; muons below the range end in the iron. */
static double absorbed_at(const struct sim_leg *last)
{
    const bool muon = abs(last->pdg) == SIM_PDG_MU_MINUS;
    const struct sim_point at = point_on(last, NA62_Z_LKR_MM);
    const bool in_pipe = hypot(at.x_mm, at.y_mm) < 80;
    if (in_pipe || (muon && last->p_MeV > MUON_RANGE_MEV)) return TRACK_END_MM;
    if (muon) return NA62_Z_MUV2_MM + 500;
    return sim_charge(last->pdg) && abs(last->pdg) != SIM_PDG_ELECTRON
               ? NA62_Z_MUV2_MM + 500
               : NA62_Z_LKR_MM;
}

void sim_propagate(struct sim_event *event, uint32_t row)
{
    const struct sim_particle *particle = &event->particle[row];
    struct sim_track *track = &event->track[row];
    const double *p = particle->p_MeV;
    const int pdg = particle->pdg;
    const bool neutral = pdg == SIM_PDG_GAMMA;
    track->n = 0;
    if ((!neutral && !sim_charge(pdg)) || p[2] <= 0) return;

    const struct sim_point start = {particle->r_mm[2],
                                    particle->r_mm[0],
                                    particle->r_mm[1],
                                    p[0] / p[2],
                                    p[1] / p[2],
                                    sqrt(p[0] * p[0] + p[1] * p[1] + p[2] * p[2]),
                                    pdg};
    track->z_end_mm = TRACK_END_MM;
    add_leg(track, &start);
    double decay = decay_length(event, track->leg);
    if (neutral)
        travel(event, track, NA62_Z_LKR_MM, &decay);
    else
        pass_spectrometer(event, track, &decay);
    track->z_end_mm = fmin(track->z_end_mm, absorbed_at(&track->leg[track->n - 1]));
}
