/* CHOD, NewCHOD, MUV3 and MUV0: slabs and tiles (docs/physics/simulation.md, 6). */
#include "sim/event.h"

#include <math.h>
#include <stdlib.h>

#define CHOD_SIGMA_NS    0.25
#define NEWCHOD_SIGMA_NS 0.8
#define MUV3_SIGMA_NS    0.5
#define MUV0_SIGMA_NS    1.0
#define CHOD_MIN_MM      130.0
#define CHOD_MAX_MM      1210.0
#define MUV3_PIPE_MM     103.0

static void add(struct sim_event *event,
                enum sim_detector detector,
                uint32_t id,
                const struct sim_hit *hit)
{
    const int32_t channel = sim_channel(&event->setup->channels[detector], id);
    if (channel < 0) return;
    struct sim_hit full = *hit;
    full.channel = (uint32_t)channel;
    sim_add_hit(event, detector, &full);
}

/* Quadrant of the CHOD: 0 ++, 1 +-, 2 --, 3 -+. */
static uint32_t quadrant_of(double x, double y)
{
    return x > 0 ? (y > 0 ? 0u : 1u) : (y < 0 ? 2u : 3u);
}

static void cross_slab(struct sim_event *event, uint32_t row, uint32_t plane)
{
    struct sim_random *random = &event->random;
    struct sim_point at;
    if (!sim_track_at(&event->track[row], plane ? NA62_Z_CHOD_H_MM : NA62_Z_CHOD_V_MM,
                      &at) ||
        sim_chance(random, event->setup->settings.scintillator_inefficiency))
        return;
    const double r = hypot(at.x_mm, at.y_mm);
    if (r < CHOD_MIN_MM || r > CHOD_MAX_MM) return;

    const uint32_t first = 64 * plane + 16 * quadrant_of(at.x_mm, at.y_mm);
    for (uint32_t id = first; id < first + 16; ++id) {
        const struct na62_slab slab = na62_chod_slab(&na62_chod_nominal, id);
        const double across = slab.vertical ? at.x_mm : at.y_mm;
        const double along = slab.vertical ? at.y_mm : at.x_mm;
        if (fabs(across - slab.centre_mm) > slab.half_width_mm) continue;
        const double light =
            (double)event->setup->chod_light_ns_per_mm[id] * fabs(along - slab.pm_mm);
        add(event, SIM_CHOD, id,
            &(struct sim_hit){
                .time_ns =
                    event->particle[row].time_ns + light + sim_gauss(random, CHOD_SIGMA_NS),
                .width_ns = (float)fmax(8.0, 22.0 + sim_gauss(random, 3.0)),
                .position_mm = (float)along,
                .particle = (int32_t)row,
            });
        return;
    }
}

/* Two photomultipliers look at one tile; each misses a particle by itself. */
static void add_tile(struct sim_event *event,
                     uint32_t row,
                     enum sim_detector detector,
                     const uint32_t pm[2],
                     double sigma_ns)
{
    struct sim_random *random = &event->random;
    for (int i = 0; i < 2; ++i) {
        if (sim_chance(random, event->setup->settings.scintillator_inefficiency)) continue;
        add(event, detector, pm[i],
            &(struct sim_hit){
                .time_ns = event->particle[row].time_ns + sim_gauss(random, sigma_ns),
                .width_ns = (float)fmax(6.0, 20.0 + sim_gauss(random, 4.0)),
                .particle = (int32_t)row,
            });
    }
}

static void cross_newchod(struct sim_event *event, uint32_t row)
{
    struct sim_point at;
    if (!sim_track_at(&event->track[row], NA62_Z_NEWCHOD_MM, &at)) return;
    const double r = hypot(at.x_mm, at.y_mm);
    const uint32_t column = (uint32_t)(fabs(at.x_mm) / NA62_NEWCHOD_BRICK_X_MM);
    const uint32_t line = (uint32_t)(fabs(at.y_mm) / NA62_NEWCHOD_BRICK_Y_MM);
    const uint32_t tile = na62_newchod_brick(column, line);
    if (tile == 0 || r < 140) return;
    const uint32_t id = 100 * (quadrant_of(at.x_mm, at.y_mm) + 1) + tile;
    add_tile(event, row, SIM_NEWCHOD, (const uint32_t[2]){id, id + 50}, NEWCHOD_SIGMA_NS);
}

/* Tile of MUV3 at a point: the small ones round the pipe first. */
static int muv3_tile(double x, double y)
{
    const double half = NA62_MUV3_COLUMNS * NA62_MUV3_TILE_MM / 2;
    if (fabs(x) >= half || fabs(y) >= half) return -1;
    if (fabs(x) < 220 && fabs(y) < 220) {
        const int place = 3 * (int)((y + 220) / NA62_MUV3_INNER_MM) +
                          (int)((x + 220) / NA62_MUV3_INNER_MM);
        if (place == 4) return -1;
        return NA62_MUV3_FIRST_INNER + (place < 4 ? place : place - 1);
    }
    return NA62_MUV3_COLUMNS * (int)((y + half) / NA62_MUV3_TILE_MM) +
           (int)((x + half) / NA62_MUV3_TILE_MM);
}

static void cross_muv3(struct sim_event *event, uint32_t row)
{
    struct sim_point at;
    if (!sim_track_at(&event->track[row], NA62_Z_MUV3_MM, &at) ||
        hypot(at.x_mm, at.y_mm) < MUV3_PIPE_MM)
        return;
    const int tile = muv3_tile(at.x_mm, at.y_mm);
    if (tile < 0) return;
    const uint32_t id = (uint32_t)tile;
    add_tile(event, row, SIM_MUV3, (const uint32_t[2]){id, id + 200}, MUV3_SIGMA_NS);
}

/* MUV0: 9 tiles of 200 mm on the Jura side for soft pions; two thresholds. */
static void cross_muv0(struct sim_event *event, uint32_t row)
{
    const double first_mm = 1100, tile_mm = 200;
    struct sim_point at;
    if (!sim_track_at(&event->track[row], NA62_Z_MUV0_MM, &at)) return;
    const double x = (at.x_mm - first_mm) / tile_mm,
                 y = (at.y_mm + 1.5 * tile_mm) / tile_mm;
    if (x < 0 || x >= 3 || y < 0 || y >= 3) return;
    const uint32_t tile = 3 * (uint32_t)y + (uint32_t)x;
    const double t =
        event->particle[row].time_ns + sim_gauss(&event->random, MUV0_SIGMA_NS);
    const double width = 20 + gsl_ran_exponential(&event->random.rng, 8);
    add(event, SIM_MUV0, tile,
        &(struct sim_hit){
            .time_ns = t, .width_ns = (float)width, .particle = (int32_t)row});
    if (width > 26)
        add(event, SIM_MUV0, tile + 10,
            &(struct sim_hit){.time_ns = t + 1.5,
                              .width_ns = (float)(width - 8),
                              .particle = (int32_t)row});
}

void sim_hodoscope_response(struct sim_event *event, uint32_t row)
{
    if (!sim_charge(event->particle[row].pdg) || event->track[row].n == 0) return;
    cross_newchod(event, row);
    cross_slab(event, row, 0);
    cross_slab(event, row, 1);
    cross_muv0(event, row);
    cross_muv3(event, row);
}
