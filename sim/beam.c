/* The beam: kaons and other particles, GTK pixels, accidentals (docs/physics/simulation.md, 2). */
#include "sim/beam.h"

#include "sim/vetoes.h"

#include <math.h>

#define BEAM_SIGMA_P 0.01   /* relative */
#define DIVERGENCE   0.0001 /* rad */
#define SPOT_X_MM    8.0
#define SPOT_Y_MM    4.0
#define GTK_SIGMA_NS 0.15
#define ACHROMAT_MM  60.0 /* offset of the beam in station 2, 75 GeV/c */

void sim_beam_particle(struct sim_event *event, struct sim_beam *beam)
{
    struct sim_random *random = &event->random;
    beam->p_MeV = NA62_BEAM_P_MEV * (1 + sim_gauss(random, BEAM_SIGMA_P));
    beam->x_mm = NA62_BEAM_X0_MM + sim_gauss(random, SPOT_X_MM);
    beam->y_mm = sim_gauss(random, SPOT_Y_MM);
    beam->tx = NA62_BEAM_SLOPE + sim_gauss(random, DIVERGENCE);
    beam->ty = sim_gauss(random, DIVERGENCE);
}

void sim_beam_at(const struct sim_beam *beam, double z_mm, double r_mm[3])
{
    r_mm[0] = beam->x_mm + beam->tx * (z_mm - NA62_BEAM_Z0_MM);
    r_mm[1] = beam->y_mm + beam->ty * (z_mm - NA62_BEAM_Z0_MM);
    r_mm[2] = z_mm;
}

/* Local position in a station: stations 1 and 2 lie before TRIM5, where the slope in x is smaller
 * by its kick; the achromat moves station 2's beam in y by what the momentum says. */
static void gtk_local(const struct sim_beam *beam, int station, double *x, double *y)
{
    const double dz = na62_z_gtk_mm[station] - NA62_BEAM_Z0_MM;
    const double before = na62_z_gtk_mm[station] - NA62_Z_TRIM5_MM;
    *x = beam->x_mm + beam->tx * dz;
    if (before < 0) *x -= NA62_TRIM5_KICK_MEV / beam->p_MeV * before;
    *y = beam->y_mm + beam->ty * dz;
    if (station == 1) *y += ACHROMAT_MM * (1 - NA62_BEAM_P_MEV / beam->p_MeV);
}

static double gtk_distance(double x, int column)
{
    return fabs(x - na62_gtk_pixel((uint32_t)column).x_mm);
}

/* Column of a local x, with the wider pixels between chips; -1 outside. */
static int gtk_column(double x)
{
    const double half = 30.4;
    if (fabs(x) >= half) return -1;
    int column = (int)((x + half) / 2 / half * NA62_GTK_COLUMNS);
    while (column > 0 && gtk_distance(x, column - 1) < gtk_distance(x, column)) --column;
    while (column + 1 < NA62_GTK_COLUMNS &&
           gtk_distance(x, column + 1) < gtk_distance(x, column))
        ++column;
    return column;
}

void sim_gtk_hits(struct sim_event *event,
                  const struct sim_beam *beam,
                  int32_t particle,
                  double time_ns)
{
    struct sim_random *random = &event->random;
    for (int station = 0; station < 3; ++station) {
        double x, y;
        gtk_local(beam, station, &x, &y);
        const int column = gtk_column(x), row = (int)floor(y / 0.3 + NA62_GTK_ROWS / 2.0);
        if (column < 0 || row < 0 || row >= NA62_GTK_ROWS ||
            sim_chance(random, event->setup->settings.gtk_inefficiency))
            continue;
        const int address =
            NA62_GTK_STATION_PIXELS * station + NA62_GTK_COLUMNS * row + column;
        sim_add_hit(
            event, SIM_GTK,
            &(struct sim_hit){
                .time_ns = time_ns + sim_gauss(random, GTK_SIGMA_NS),
                .width_ns = (float)fmax(6.0, 14.0 + sim_gauss(random, 3.0)),
                .channel = (uint32_t)event->setup->channels[SIM_GTK].map.index[address],
                .particle = particle,
            });
    }
}

/* A beam particle that goes straight through: rows of kaons are kept, for the KTAG. */
static void pass_beam(struct sim_event *event, bool kaon, double time_ns)
{
    struct sim_beam beam;
    int32_t row = -1;
    sim_beam_particle(event, &beam);
    if (kaon) {
        const double pz = beam.p_MeV / sqrt(1 + beam.tx * beam.tx + beam.ty * beam.ty);
        struct sim_particle particle = {
            .pdg = SIM_PDG_KAON,
            .parent = -1,
            .origin = SIM_FROM_BEAM,
            .p_MeV = {pz * beam.tx, pz * beam.ty, pz},
            .time_ns = time_ns,
        };
        sim_beam_at(&beam, NA62_BEAM_Z0_MM, particle.r_mm);
        row = (int32_t)sim_add_particle(event, &particle);
        sim_ktag_response(event, (uint32_t)row);
    }
    sim_gtk_hits(event, &beam, row, time_ns);
}

/* A muon beside the beam, nearly parallel to it. */
static void halo_muon(struct sim_event *event, double time_ns)
{
    struct sim_random *random = &event->random;
    const double p = sim_between(random, 8000, 60000);
    const double tx = sim_gauss(random, 0.002), ty = sim_gauss(random, 0.002);
    const double pz = p / sqrt(1 + tx * tx + ty * ty);
    const struct sim_particle particle = {
        .pdg = sim_chance(random, 0.6) ? SIM_PDG_MU_PLUS : SIM_PDG_MU_MINUS,
        .parent = -1,
        .origin = SIM_FROM_HALO,
        .p_MeV = {pz * tx, pz * ty, pz},
        .r_mm = {sim_gauss(random, 500), sim_gauss(random, 500), NA62_BEAM_Z0_MM},
        .time_ns = time_ns,
    };
    sim_particle_response(event, sim_add_particle(event, &particle));
}

void sim_accidentals(struct sim_event *event)
{
    const struct sim_settings *settings = &event->setup->settings;
    struct sim_random *random = &event->random;
    const double activity = settings->activity;

    for (uint32_t n = sim_poisson(random, activity * settings->kaons); n; --n)
        pass_beam(event, true, sim_between(random, -60, 110));
    for (uint32_t n = sim_poisson(random, activity * settings->gtk_particles); n; --n)
        pass_beam(event, false, sim_between(random, -35, 60));
    for (uint32_t n = sim_poisson(random, activity * settings->halo_muons); n; --n)
        halo_muon(event, sim_between(random, -160, 200));
    for (uint32_t n = sim_poisson(random, activity * settings->decays); n; --n)
        sim_generate_decay(event, sim_decay_choose(random), SIM_FROM_ACCIDENTAL,
                           sim_between(random, -160, 200));
    if (sim_chance(random, fmin(1, 0.1 * activity)))
        sim_chanti_hit(event, -1, sim_between(random, -50, 130));
}
