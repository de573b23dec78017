/* Track fit: filling of blocks, one pass of filter and smoother, the whole fit, next to the
 * arithmetic that no fit of five parameters to 16 views can do without. */
#include "bench/bench.h"

#include "geometry/na62_geometry.h"
#include "reco/track/fill.h"

#include <math.h>
#include <string.h>

enum { BLOCKS = 4, TRACKS = BLOCKS * TRACK_LANES, TURNS = 2, SLOTS = 3, L = TRACK_LANES };

static const double heat_mm[TURNS] = {0.3, 0};
static const struct track_fit_settings settings = {
    .dipole = {NA62_Z_MAGNET_MM, NA62_MAGNET_LENGTH_MM, NA62_MAGNET_KICK_MEV, 0},
    .chamber_x0 = 0.0045,
    .mass_MeV = 139.57,
    .sigma_mm = {0.10, 0.20, 0.8},
    .time_prior_ns = 0.15,
    .in_time_sigmas = 4,
    .max_pull = 4,
    .min_p_MeV = 500,
    .heat_mm = heat_mm,
    .n_heat = TURNS,
};

/// What the floor works on: hits and covariances of a block.
struct bare {
    float place[TRACK_VIEWS][L], wire[TRACK_VIEWS][SLOTS][L], radius[TRACK_VIEWS][SLOTS][L];
    double covariance[15][L], shift[5][L];
};

struct tracks {
    struct track_kernels kernels;
    struct track_constants constants;
    struct track_drift drift;
    struct track_candidates candidates;
    struct track_hits hits;
    struct track_block *block;
    struct bare *bare;
};

static uint64_t run_fill(void *state)
{
    const struct tracks *tracks = state;
    const struct track_source source = {&tracks->constants, &tracks->candidates,
                                        &tracks->hits, &tracks->drift};
    for (uint32_t b = 0; b < BLOCKS; ++b) {
        track_block_clear(&tracks->block[b], &tracks->constants);
        for (uint32_t lane = 0; lane < L; ++lane)
            track_block_fill(&tracks->block[b], lane, &source, b * L + lane);
    }
    return (uint64_t)(tracks->block[0].view[0].n[0] > 0);
}

/* From the seeds again each time; the hits stay. */
static uint64_t run_fit(void *state)
{
    const struct tracks *tracks = state;
    for (uint32_t b = 0; b < BLOCKS; ++b) {
        struct track_block *block = &tracks->block[b];
        for (uint32_t lane = 0; lane < L; ++lane) {
            block->state.x_mm[lane] = (double)tracks->candidates.x_mm[b * L + lane];
            block->state.y_mm[lane] = (double)tracks->candidates.y_mm[b * L + lane];
            block->state.dxdz[lane] = (double)tracks->candidates.dxdz[b * L + lane];
            block->state.dydz[lane] = (double)tracks->candidates.dydz[b * L + lane];
            block->state.q_over_p[lane] = (double)tracks->candidates.q_over_p[b * L + lane];
            block->time_ns[lane] = 0;
        }
        track_block_fit(&tracks->kernels, &tracks->constants, block);
    }
    return (uint64_t)(tracks->block[0].chi2[0] > 0);
}

/* One pass there and back over views that are measured. */
static uint64_t run_filter(void *state)
{
    const struct tracks *tracks = state;
    for (uint32_t b = 0; b < BLOCKS; ++b) {
        struct track_block *block = &tracks->block[b];
        const struct spw_track_states seed = block->state;
        tracks->kernels.filter->filter(&tracks->constants, block);
        tracks->kernels.filter->smooth(&tracks->constants, block);
        block->state = seed;
        memset(block->time_ns, 0, sizeof block->time_ns);
        memset(&block->sums, 0, sizeof block->sums);
    }
    return (uint64_t)(tracks->block[0].covariance[0][0] > 0);
}

/* Floor of a turn: residuals and weights of three hits a view, and the 20 numbers of state and
 * covariance once through the update of every view: no field, no scattering, no time, no way
 * back. */
static inline __attribute__((always_inline)) void floor_turn(struct bare *restrict bare)
{
    double(*restrict p)[L] = bare->covariance, (*restrict x)[L] = bare->shift;
    for (int view = 0; view < TRACK_VIEWS; ++view) {
        double g[5][L], pull[L], gain[L];
        float w[L] = {0}, y[L] = {0};
        for (int slot = 0; slot < SLOTS; ++slot)
            for (int l = 0; l < L; ++l) {
                const float d = bare->place[view][l] - bare->wire[view][slot][l];
                const float off = copysignf(bare->radius[view][slot][l], d) - d;
                const float sigma = 0.1f + 0.2f / (1 + d * d);
                const float inverse = 1 / (sigma * sigma);
                w[l] += inverse;
                y[l] += inverse * off;
            }
        for (int l = 0; l < L; ++l) {
            g[0][l] = p[0][l] + p[1][l], g[1][l] = p[1][l] + p[2][l];
            g[2][l] = p[3][l] + p[4][l], g[3][l] = p[6][l] + p[7][l];
            g[4][l] = p[10][l] + p[11][l];
            const double scale = 1 / (1 + (double)w[l] * (g[0][l] + g[1][l]));
            pull[l] = scale * (double)y[l];
            gain[l] = scale * (double)w[l];
        }
        for (int i = 0, k = 0; i < 5; ++i) {
            for (int l = 0; l < L; ++l) x[i][l] += g[i][l] * pull[l];
            for (int j = 0; j <= i; ++j, ++k)
                for (int l = 0; l < L; ++l) p[k][l] -= g[i][l] * g[j][l] * gain[l];
        }
    }
}

#define FLOOR(name, target_)                                                 \
    static __attribute__((target(target_))) uint64_t name(void *state)       \
    {                                                                        \
        const struct tracks *tracks = state;                                 \
        for (int turn = 0; turn < TURNS; ++turn)                             \
            for (int b = 0; b < BLOCKS; ++b) {                               \
                for (int k = 0; k < 15; ++k)                                 \
                    for (int l = 0; l < L; ++l)                              \
                        tracks->bare[b].covariance[k][l] = k % 3 ? 0.1 : 10; \
                floor_turn(&tracks->bare[b]);                                \
            }                                                                \
        return (uint64_t)(tracks->bare[0].shift[0][0] > 0);                  \
    }
FLOOR(floor_v2, "arch=x86-64-v2")
FLOOR(floor_v3, "arch=x86-64-v3")
FLOOR(floor_v4, "arch=x86-64-v4,prefer-vector-width=512")

/* The straws that a path of two straight lines crosses, with radii of 0.1 mm resolution. */
static void add_hits(struct tracks *tracks, uint32_t track, uint32_t *seed)
{
    const struct track_candidates *from = &tracks->candidates;
    struct track_hits *to = &tracks->hits;
    const float bend = -270.0f * from->q_over_p[track];
    for (uint32_t plane = 0; plane < 64; ++plane) {
        const struct na62_wire first = na62_straw_wire(plane * NA62_STRAW_POSITIONS);
        const double z = first.z_mm - na62_z_straw_chamber_mm[0];
        const double behind = fmax(0, first.z_mm - NA62_Z_MAGNET_MM);
        double c, s;
        na62_straw_view_axis(first.view, &c, &s);
        const double w = c * ((double)from->x_mm[track] + z * (double)from->dxdz[track] +
                              behind * (double)bend) +
                         s * ((double)from->y_mm[track] + z * (double)from->dydz[track]);
        const double wire = first.w_mm + NA62_STRAW_PITCH_MM *
                                             round((w - first.w_mm) / NA62_STRAW_PITCH_MM);
        if (fabs(w - wire) > NA62_STRAW_RADIUS_MM) continue;
        *seed = *seed * 1664525u + 1013904223u;
        const double r = fabs(w - wire) + 0.2 * (0x1p-32 * *seed - 0.5);
        const uint32_t row = to->rows.count++;
        to->z_mm[row] = (float)first.z_mm;
        to->w_mm[row] = (float)wire;
        to->c[row] = (float)c;
        to->s[row] = (float)s;
        to->time_ns[row] = (float)(r * (13.9 + 3.4603 * fabs(r)));
        to->side[row] = w > wire ? 1 : -1;
        to->chamber[row] = (uint8_t)first.chamber;
        to->view[row] = (uint8_t)first.view;
    }
}

static enum spw_status make_tracks(struct tracks *tracks, struct spw_arena *arena)
{
    const struct straw_rt rt = {SPW_RT_QUADRATIC,
                                {.p = {13.9f, 3.4603f}, .max_mm = 4.875f}};
    struct track_candidates *to = &tracks->candidates;
    uint32_t seed = 1;
    track_constants_make(&tracks->constants, &settings);
    SPW_TRY(track_drift_make(&tracks->drift, arena, &rt,
                             SPW_PICK(spw_calibrate_kernels, SPW_ISA_V2)));
    SPW_TRY(spw_rows_init(&to->rows, &track_candidates_table, arena, 1, TRACKS));
    SPW_TRY(spw_rows_init(&tracks->hits.rows, &track_hits_table, arena, 1, 64 * TRACKS));
    for (uint32_t i = 0; i < TRACKS; ++i) {
        to->x_mm[i] = (float)(100 + 7 * (i % 32));
        to->y_mm[i] = (float)(90 + 5 * (i / 2));
        to->dxdz[i] = 1e-4f * (float)(i % 16);
        to->dydz[i] = 1e-4f * (float)(i % 12);
        to->q_over_p[i] = (i % 2 ? 1.0f : -1.0f) / (10e3f + 500.0f * (float)i);
        to->time_ns[i] = 0;
        to->first_hit[i] = tracks->hits.rows.count;
        add_hits(tracks, i, &seed);
        to->n_hits[i] = (uint16_t)(tracks->hits.rows.count - to->first_hit[i]);
    }
    SPW_NEW_ZEROS(arena, tracks->block, BLOCKS);
    SPW_NEW_ZEROS(arena, tracks->bare, BLOCKS);
    for (int b = 0; b < BLOCKS; ++b)
        for (int k = 0; k < TRACK_VIEWS * SLOTS * L; ++k)
            (&tracks->bare[b].radius[0][0][0])[k] = 0.01f * (float)(k % 400);
    return SPW_OK;
}

enum spw_status bench_tracks(struct bench_report *report)
{
    static uint64_t (*const floors[])(void *) = {floor_v2, floor_v3, floor_v4};
    struct spw_arena arena = {0};
    struct tracks tracks = {0};
    SPW_TRY(make_tracks(&tracks, &arena));
    const double hits = tracks.hits.rows.count;
    struct bench_case which = {
        .unit = "track", .units = TRACKS, .bytes = 32 * hits, .state = &tracks};

    const struct {
        const char *name;
        uint64_t (*run)(void *);
    } cases[] = {{"track/fill", run_fill},
                 {"track/fit", run_fit},
                 {"track/filter_smoother", run_filter}};

    bench_group("tracks: fits of five parameters and time to 16 views");
    for (enum spw_isa isa = SPW_ISA_V2; isa <= spw_isa_best(); ++isa) {
        tracks.kernels = track_kernels_pick(isa);
        which.isa = spw_isa_name(isa);
        which.name = "floor/track_fit";
        which.run = floors[isa];
        bench_run(report, &which);
        for (size_t i = 0; i < sizeof cases / sizeof *cases; ++i) {
            which.name = cases[i].name;
            which.run = cases[i].run;
            bench_run(report, &which);
        }
    }
    spw_arena_release(&arena);
    return SPW_OK;
}
