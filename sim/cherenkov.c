/* RICH rings and KTAG light (docs/physics/simulation.md, 5). */
#include "sim/event.h"

#include <math.h>

#define INDEX_MINUS_1      62e-6
#define PHOTON_SIGMA_NS    0.24 /* of one photomultiplier; a ring of 14 has 65 ps */
#define PHOTON_SMEAR_MM    2.0
#define MIRROR_RADIUS_MM   1100.0
#define PIPE_RADIUS_MM     90.0
#define SUPERCELL_DELAY_NS 2.0
#define KTAG_SIGMA_NS      0.30 /* of one photon; 18 of them have 70 ps */

/* Cosine of the angle of the light, 0 below the threshold. */
static double cherenkov_cosine(double p_MeV, double mass_MeV)
{
    const double beta = p_MeV / sqrt(p_MeV * p_MeV + mass_MeV * mass_MeV);
    const double cosine = 1 / (beta * (1 + INDEX_MINUS_1));
    return cosine < 1 ? cosine : 0;
}

/* A supercell's own channel: the first of its eight photomultipliers starts it. */
struct supercell {
    uint32_t id;
    double time_ns;
};

static void
add_supercells(struct sim_event *event, uint32_t row, const struct supercell *cell, int n)
{
    for (int i = 0; i < n; ++i) {
        const int32_t channel = sim_channel(&event->setup->channels[SIM_RICH], cell[i].id);
        if (channel < 0) continue;
        sim_add_hit(event, SIM_RICH,
                    &(struct sim_hit){
                        .time_ns = cell[i].time_ns + SUPERCELL_DELAY_NS,
                        .width_ns = (float)fmax(5.0, 24.0 + sim_gauss(&event->random, 2.0)),
                        .channel = (uint32_t)channel,
                        .particle = (int32_t)row,
                    });
    }
}

enum { MAX_SUPERCELLS = 64 };

static int note_supercell(struct supercell *cell, int n, uint32_t pm, double time_ns)
{
    const uint32_t id = pm / 100 * 100 + 10;
    for (int i = 0; i < n; ++i)
        if (cell[i].id == id) {
            cell[i].time_ns = fmin(cell[i].time_ns, time_ns);
            return n;
        }
    if (n < MAX_SUPERCELLS) cell[n++] = (struct supercell){id, time_ns};
    return n;
}

/* One photon: emitted anywhere along the neon, reflected by the mirror it meets, and focused on
 * the ring of its direction. False when it is lost. */
static bool trace_photon(struct sim_event *event,
                         const struct sim_point *at,
                         double tangent,
                         uint32_t *id)
{
    struct sim_random *random = &event->random;
    const double phi = sim_between(random, 0, 2 * M_PI);
    const double tx = at->tx + tangent * cos(phi), ty = at->ty + tangent * sin(phi);
    const double path =
        sim_uniform(random) * (NA62_Z_RICH_MIRROR_MM - NA62_Z_RICH_FRONT_MM);
    const double x = at->x_mm + (tx - at->tx) * path, y = at->y_mm + (ty - at->ty) * path;
    const double r = hypot(x, y);
    if (r > MIRROR_RADIUS_MM || r < PIPE_RADIUS_MM) return false;

    const struct sim_setup *setup = event->setup;
    const uint32_t disk = x > 0 ? 0u : 1u;
    const uint32_t mirror = na62_rich_mirror_at(&setup->rich_mirror_map, x, y);
    const double shift_x = na62_rich_shift_x_mm[disk] +
                           setup->rich_mirrors.extra_x_mm[disk] +
                           setup->rich_mirror_map.shift_x_mm[mirror];
    const double shift_y =
        setup->rich_mirrors.extra_y_mm[disk] + setup->rich_mirror_map.shift_y_mm[mirror];
    return na62_rich_find(
        disk, NA62_RICH_FOCAL_MM * tx + shift_x + sim_gauss(random, PHOTON_SMEAR_MM),
        NA62_RICH_FOCAL_MM * ty + shift_y + sim_gauss(random, PHOTON_SMEAR_MM), id);
}

void sim_rich_response(struct sim_event *event, uint32_t row)
{
    const struct sim_setup *setup = event->setup;
    const double reference = cherenkov_cosine(35000, SIM_MASS_PION_MEV);
    struct sim_point at;
    if (!sim_charge(event->particle[row].pdg) ||
        !sim_track_at(&event->track[row], NA62_Z_RICH_MIRROR_MM - 1, &at))
        return;
    const double cosine = cherenkov_cosine(at.p_MeV, sim_mass_MeV(at.pdg));
    if (cosine == 0) return;

    const double sine2 = 1 - cosine * cosine;
    const double mean = setup->settings.rich_photons * sine2 / (1 - reference * reference);
    const uint32_t n = sim_poisson(&event->random, mean);
    struct supercell cell[MAX_SUPERCELLS];
    int n_cells = 0;
    for (uint32_t i = 0; i < n; ++i) {
        uint32_t id;
        if (!trace_photon(event, &at, sqrt(sine2) / cosine, &id)) continue;
        const int32_t channel = sim_channel(&setup->channels[SIM_RICH], id);
        if (channel < 0) continue;
        const double t =
            event->particle[row].time_ns + sim_gauss(&event->random, PHOTON_SIGMA_NS);
        sim_add_hit(event, SIM_RICH,
                    &(struct sim_hit){
                        .time_ns = t,
                        .width_ns = (float)fmax(5.0, 19.5 + sim_gauss(&event->random, 1.5)),
                        .channel = (uint32_t)channel,
                        .particle = (int32_t)row,
                    });
        n_cells = note_supercell(cell, n_cells, id, t);
    }
    add_supercells(event, row, cell, n_cells);
}

void sim_ktag_response(struct sim_event *event, uint32_t row)
{
    const struct sim_setup *setup = event->setup;
    if (event->particle[row].pdg != SIM_PDG_KAON) return;
    const uint32_t n = sim_poisson(&event->random, setup->settings.ktag_photons);
    for (uint32_t i = 0; i < n; ++i) {
        const uint32_t sector = sim_below(&event->random, 8);
        if (!setup->n_ktag_in_sector[sector]) continue;
        const uint32_t pm = sim_below(&event->random, setup->n_ktag_in_sector[sector]);
        const double t =
            event->particle[row].time_ns + sim_gauss(&event->random, KTAG_SIGMA_NS);
        sim_add_hit(event, SIM_KTAG,
                    &(struct sim_hit){
                        .time_ns = t,
                        .width_ns = (float)fmax(4.0, 13.0 + sim_gauss(&event->random, 1.2)),
                        .channel = setup->ktag_in_sector[sector][pm],
                        .particle = (int32_t)row,
                    });
    }
}
