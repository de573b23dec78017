/* Circle fits of the RICH, next to the sums that any such fit must make. */
#include "bench/bench.h"

#include "core/arena.h"
#include "reco/ring/ring_kernels.h"

#include <math.h>
#include <string.h>

enum { BLOCKS = 16, RINGS = BLOCKS * RING_LANES, HITS = 14, WIDE = 16 };

/// Rings of HITS hits as the kernels want them, and as plain floats, WIDE rings side by side.
struct rings {
    const struct ring_kernels *kernels;
    struct ring_block *block;
    struct ring_masses *masses;
    float *x, *y;  ///< [RINGS / WIDE][HITS][WIDE]
    float *circle; ///< [RINGS / WIDE][3][WIDE]
};

/* Algebraic fit and 2 x 2 steps: what the reconstruction does a ring. */
static uint64_t run_fit(void *state)
{
    const struct rings *rings = state;
    for (int k = 0; k < BLOCKS; ++k) {
        struct ring_block *block = &rings->block[k];
        rings->kernels->taubin(block);
        for (int pass = 0; pass < 2; ++pass) rings->kernels->geometric(block, 2);
    }
    return (uint64_t)(rings->block[0].radius[0] > 0);
}

static uint64_t run_masses(void *state)
{
    const struct rings *rings = state;
    for (int k = 0; k < BLOCKS; ++k)
        rings->kernels->masses(&rings->block[k], rings->masses);
    return (uint64_t)(rings->masses->product[0][0] > 0);
}

/* Sums of the moments for an algebraic fit. */
static void
sum_moments(const float *restrict x, const float *restrict y, float *restrict to)
{
    float sum[6][WIDE] = {0};
    for (int k = 0; k < HITS; ++k)
#pragma omp simd
        for (int i = 0; i < WIDE; ++i) {
            const float u = x[k * WIDE + i], v = y[k * WIDE + i], z = u * u + v * v;
            sum[0][i] += u * u;
            sum[1][i] += v * v;
            sum[2][i] += u * v;
            sum[3][i] += u * z;
            sum[4][i] += v * z;
            sum[5][i] += z * z;
        }
#pragma omp simd
    for (int i = 0; i < WIDE; ++i) {
        const float det = sum[0][i] * sum[1][i] - sum[2][i] * sum[2][i] + 1;
        to[i] = (sum[3][i] * sum[1][i] - sum[4][i] * sum[2][i]) / det;
        to[WIDE + i] = (sum[4][i] * sum[0][i] - sum[3][i] * sum[2][i]) / det;
        to[2 * WIDE + i] = sqrtf((sum[0][i] + sum[1][i]) / HITS);
    }
}

/* One step of Gauss-Newton as if the matrix were diagonal. */
static void
sum_distances(const float *restrict x, const float *restrict y, float *restrict circle)
{
    float sum[8][WIDE] = {0};
    for (int k = 0; k < HITS; ++k)
#pragma omp simd
        for (int i = 0; i < WIDE; ++i) {
            const float dx = x[k * WIDE + i] - circle[i];
            const float dy = y[k * WIDE + i] - circle[WIDE + i];
            const float d = sqrtf(dx * dx + dy * dy), scale = 1 / d;
            const float u = dx * scale, v = dy * scale, off = d - circle[2 * WIDE + i];
            sum[0][i] += u * u;
            sum[1][i] += u * v;
            sum[2][i] += v * v;
            sum[3][i] += u;
            sum[4][i] += v;
            sum[5][i] += u * off;
            sum[6][i] += v * off;
            sum[7][i] += off;
        }
#pragma omp simd
    for (int i = 0; i < WIDE; ++i) {
        circle[i] += (sum[5][i] - 1e-3f * sum[1][i]) / (sum[0][i] + 1);
        circle[WIDE + i] += (sum[6][i] - 1e-3f * sum[3][i]) / (sum[2][i] + 1);
        circle[2 * WIDE + i] += (sum[7][i] - 1e-3f * sum[4][i]) / HITS;
    }
}

/* Floor of a fit: the moments once, and four times the sums of a step, in single precision,
   without weights, expected centres or inverses. */
static uint64_t run_floor(void *state)
{
    const struct rings *rings = state;
    for (int k = 0; k < RINGS / WIDE; ++k) {
        const float *x = rings->x + k * HITS * WIDE, *y = rings->y + k * HITS * WIDE;
        float *circle = rings->circle + k * 3 * WIDE;
        sum_moments(x, y, circle);
        for (int step = 0; step < 4; ++step) sum_distances(x, y, circle);
    }
    return (uint64_t)(rings->circle[2 * WIDE] > 0);
}

static void add_hit(struct rings *rings, int ring, int k, double x, double y)
{
    struct ring_block *block = &rings->block[ring / RING_LANES];
    const int lane = ring % RING_LANES;
    const int at = (ring / WIDE * HITS + k) * WIDE + ring % WIDE;
    block->x[k][lane] = x;
    block->y[k][lane] = y;
    block->weight[k][lane] = 1;
    block->n_slots = HITS;
    rings->x[at] = (float)x;
    rings->y[at] = (float)y;
}

static enum spw_status make_rings(struct rings *rings, struct spw_arena *arena)
{
    uint32_t seed = 1;
    SPW_NEW_ZEROS(arena, rings->block, BLOCKS);
    SPW_NEW_ZEROS(arena, rings->masses, 1);
    SPW_NEW_ZEROS(arena, rings->x, RINGS * HITS);
    SPW_NEW_ZEROS(arena, rings->y, RINGS * HITS);
    SPW_NEW_ZEROS(arena, rings->circle, 3 * RINGS);
    for (int i = 0; i < RINGS; ++i)
        for (int k = 0; k < HITS; ++k) {
            seed = seed * 1664525u + 1013904223u;
            const double phi = 2 * M_PI * 0x1p-32 * seed, off = (seed >> 8 & 15) - 7.5;
            add_hit(rings, i, k, (170 + off) * cos(phi), (170 + off) * sin(phi));
        }
    rings->masses->width2 = 28;
    for (int h = 0; h < RING_MASSES; ++h)
        for (int i = 0; i < RING_LANES; ++i) {
            rings->masses->radius[h][i] = 170 - 5 * h;
            rings->masses->peak[h][i] = 1000;
        }
    return SPW_OK;
}

enum spw_status bench_rings(struct bench_report *report)
{
    struct spw_arena arena = {0};
    struct rings rings = {0};
    struct bench_case which = {.unit = "ring",
                               .units = RINGS,
                               .bytes = 2.0 * sizeof(double) * HITS * RINGS,
                               .state = &rings};
    SPW_TRY(make_rings(&rings, &arena));
    bench_group("rings: circle fits of 14 hits, likelihoods of 4 masses");
    which.name = "floor/ring_fit";
    which.isa = "-";
    which.run = run_floor;
    bench_run(report, &which);
    for (enum spw_isa isa = SPW_ISA_V2; isa <= spw_isa_best(); ++isa) {
        rings.kernels = SPW_PICK(ring_kernels, isa);
        which.isa = spw_isa_name(isa);
        which.name = "ring/fit";
        which.run = run_fit;
        bench_run(report, &which);
        which.name = "ring/masses";
        which.run = run_masses;
        bench_run(report, &which);
    }
    spw_arena_release(&arena);
    return SPW_OK;
}
