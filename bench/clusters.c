/* Clusters of the LKr on events like those of a burst: two photons, a muon, single cells. */
#include "bench/bench.h"

#include "core/arena.h"
#include "geometry/na62_geometry.h"
#include "reco/calorimeter/showers.h"

enum { EVENTS = 512, SINGLE_CELLS = 75, MOST_CELLS = 300 };

/* Cells of a batch and all that is needed to cluster them. */
struct clusters {
    struct shower_finder finder;
    struct shower_work work;
    struct spw_cells cells;
    uint32_t *slot;
};

static uint32_t next(uint32_t *x)
{
    *x = *x * 1664525u + 1013904223u;
    return *x >> 8;
}

static void
add_cell(struct spw_cells *cells, uint32_t ix, uint32_t iy, float energy_MeV, uint32_t *x)
{
    const uint32_t row = cells->rows.count++;
    cells->channel[row] = 1000 * ix + iy;
    cells->energy_MeV[row] = energy_MeV;
    cells->time_ns[row] = 1e-3f * (float)(next(x) % 1000);
    cells->quality[row] = 0;
}

/* Cells of the profile above 35 MeV, each a little off. */
static void add_shower(struct clusters *c, float energy_MeV, uint32_t *x)
{
    const struct shower_profile *profile = &c->finder.constants.profile;
    const uint32_t ix = 10 + next(x) % 108, iy = 10 + next(x) % 108;
    const uint32_t phase = next(x) % (SHOWER_PHASES * SHOWER_PHASES);
    for (uint32_t row = 0; row < SHOWER_SIDE; ++row)
        for (uint32_t lane = 0; lane < SHOWER_SIDE; ++lane) {
            const float e = energy_MeV * profile->share[phase][row][lane] *
                            (0.9f + 2e-4f * (float)(next(x) % 1000));
            if (e > 35)
                add_cell(&c->cells, ix + lane - SHOWER_HALF, iy + row - SHOWER_HALF, e, x);
        }
}

static void add_event(struct clusters *c, uint32_t *x)
{
    add_shower(c, 3000 + (float)(next(x) % 15000), x);
    add_shower(c, 3000 + (float)(next(x) % 30000), x);
    add_cell(&c->cells, 1 + next(x) % 126, 1 + next(x) % 126, 500, x);
    for (int i = 0; i < SINGLE_CELLS; ++i)
        add_cell(&c->cells, next(x) % 128, next(x) % 128, 40 + (float)(next(x) % 100), x);
}

static enum spw_status make_finder(struct shower_finder *finder, struct spw_arena *arena)
{
    const struct shower_density density = {
        SHOWER_GAUSSIANS, 3, {0.66, 0.26, 0.08}, {8.5, 22, 52}, NA62_LKR_CELL_MM};
    struct shower_constants *c = &finder->constants;
    *finder = (struct shower_finder){
        .energy = {.scale = 1},
        .seed_above_MeV = 250,
        .wide_fraction = 0.15f,
        .wide_MeV = 300,
        .in_time_ns = 10,
        .max_showers = 128,
        .n_iterations = 4,
        .constants = {.threshold_MeV = 33,
                      .count_above_MeV = 20,
                      .dead_above_MeV = 300,
                      .variance_per_MeV = 2.5f,
                      .noise_MeV2 = 36,
                      .window_ns = 8,
                      .window_ns_MeV = 1000,
                      .time_ns2 = 0.09f,
                      .time_ns_MeV2 = 150 * 150},
    };
    SPW_TRY(shower_profile_build(&c->profile, arena, &density));
    for (int k = 0; k < SHOWER_HALF; ++k)
        finder->rows_above_MeV[k] = c->count_above_MeV / c->profile.row_share[k + 1];
    SPW_NEW_ZEROS(arena, c->readable, SHOWER_SLOTS);
    for (uint32_t ix = 0; ix < 128; ++ix)
        for (uint32_t iy = 0; iy < 128; ++iy) c->readable[shower_slot(ix, iy)] = 1.0f;
    return SPW_OK;
}

static enum spw_status make_events(struct clusters *c, struct spw_arena *arena)
{
    uint32_t x = 1;
    SPW_TRY(make_finder(&c->finder, arena));
    SPW_TRY(showers_init(&c->work, arena));
    SPW_TRY(spw_rows_init(&c->cells.rows, &spw_cells_table, arena, EVENTS,
                          EVENTS * MOST_CELLS));
    SPW_NEW(arena, c->slot, EVENTS * MOST_CELLS);
    for (uint32_t e = 0; e < EVENTS; ++e) {
        add_event(c, &x);
        c->cells.rows.first[e + 1] = c->cells.rows.count;
    }
    return SPW_OK;
}

static uint64_t run_showers(void *state)
{
    struct clusters *c = state;
    uint64_t n = 0;
    c->finder.kernels->slots(c->cells.rows.count, c->cells.channel, c->slot);
    for (uint32_t e = 0; e < EVENTS; ++e) {
        const struct shower_event event = {&c->cells, c->slot, c->cells.rows.first[e],
                                           c->cells.rows.first[e + 1], 0};
        showers_find(&c->finder, &c->work, &event);
        n += c->work.n_results;
    }
    return n;
}

/* Energy and centre of gravity of one window, weighted with a table: columns keep their sums. */
static float weigh(const float *corner, const shower_row *weight)
{
    shower_row energy = {0}, upwards = {0};
    float sum = 0;
    for (int row = 0; row < SHOWER_SIDE; ++row)
#pragma omp simd
        for (int i = 0; i < SHOWER_LANES; ++i) {
            const float e = corner[row * SHOWER_STRIDE + i] * weight[row][i];
            energy[i] += e;
            upwards[i] += e * (float)row;
        }
    for (int i = 0; i < SHOWER_LANES; ++i)
        sum += energy[i] * (float)i + upwards[i] / (energy[i] + 1);
    return sum;
}

static bool is_largest(const float *here)
{
    float most = 0;
    for (int row = -1; row <= 1; ++row)
        for (int k = -1; k <= 1; ++k) {
            const float energy = here[row * SHOWER_STRIDE + k];
            most = energy > most ? energy : most;
        }
    return most <= *here;
}

/* The least that clustering is: cells into maps, local maxima, one pass over each window. */
static uint64_t run_floor(void *state)
{
    struct clusters *c = state;
    float *map = c->work.map.energy_MeV, *time = c->work.map.time_ns, sum = 0;
    for (uint32_t e = 0; e < EVENTS; ++e) {
        const uint32_t begin = c->cells.rows.first[e], end = c->cells.rows.first[e + 1];
        for (uint32_t i = begin; i < end; ++i) {
            map[c->slot[i]] = c->cells.energy_MeV[i];
            time[c->slot[i]] = c->cells.time_ns[i];
        }
        for (uint32_t i = begin; i < end; ++i) {
            const float *here = map + c->slot[i];
            if (*here > 250 && is_largest(here))
                sum += weigh(here - SHOWER_HALF * (SHOWER_STRIDE + 1),
                             c->finder.constants.profile.share[0]);
        }
        for (uint32_t i = begin; i < end; ++i) map[c->slot[i]] = 0;
    }
    return (uint64_t)sum;
}

enum spw_status bench_clusters(struct bench_report *report)
{
    struct spw_arena arena = {0};
    struct clusters clusters = {0};
    SPW_TRY(make_events(&clusters, &arena));
    struct bench_case which = {.name = "clusters/lkr",
                               .unit = "cell",
                               .units = clusters.cells.rows.count,
                               .bytes = 14.0 * clusters.cells.rows.count,
                               .run = run_showers,
                               .state = &clusters};
    bench_group("clusters: LKr events of two photons, a muon and 75 single cells");
    for (enum spw_isa isa = SPW_ISA_V2; isa <= spw_isa_best(); ++isa) {
        which.isa = spw_isa_name(isa);
        clusters.finder.kernels = SPW_PICK(shower_kernels, isa);
        bench_run(report, &which);
    }
    which.name = "floor/clusters";
    which.isa = "-";
    which.run = run_floor;
    bench_run(report, &which);
    spw_arena_release(&arena);
    return SPW_OK;
}
