/* Windows of showers. Each lane keeps its own sums over the rows, in order. */
#include "reco/calorimeter/shower_kernels.h"

#include <math.h>
#include <stdbool.h>

#define TINY 1e-6f

/* The mean of a Gaussian below a threshold is mean - sigma phi(z)/Phi(z); for -2 < z < 2.5
   phi/Phi is 0.128 (2.5 - z)^2 within 0.03. */
#define MILLS_FACTOR 0.128f
#define MILLS_END    2.5f
#define MILLS_LIMIT  4.5f

/* Sum of the lanes in pairs: the same tree for every instruction set. */
static inline float sum_of(const float *lane)
{
    float eight[8], four[4];
    for (int i = 0; i < 8; ++i) eight[i] = lane[i] + lane[i + 8];
    for (int i = 0; i < 4; ++i) four[i] = eight[i] + eight[i + 4];
    return (four[0] + four[2]) + (four[1] + four[3]);
}

static inline uint32_t corner_of(const struct shower *shower)
{
    return shower->slot - SHOWER_HALF * SHOWER_STRIDE - SHOWER_HALF;
}

/* Channels 1000 ix + iy; what is no cell stands in the margin, where nothing is read out. */
static void slots(uint32_t n, const uint32_t *restrict channel, uint32_t *restrict slot)
{
#pragma omp simd
    for (uint32_t i = 0; i < n; ++i) {
        const uint32_t ix = channel[i] / 1000u, iy = channel[i] - 1000u * ix;
        const bool is_cell = (ix < 128u) & (iy < 128u);
        slot[i] = is_cell ? shower_slot(ix, iy) : 0u;
    }
}

static void load(const struct shower_constants *constants,
                 const struct shower_map *map,
                 const struct shower *shower,
                 struct shower_window *window)
{
    const float base = constants->window_ns, more = constants->window_ns_MeV;
    const float seed_ns = shower->seed_ns;
    const uint32_t corner = corner_of(shower);
    for (int row = SHOWER_HALF - shower->rows; row <= SHOWER_HALF + shower->rows; ++row) {
        const uint32_t slot = corner + (uint32_t)row * SHOWER_STRIDE;
        const float *restrict energy = map->energy_MeV + slot;
        const float *restrict time = map->time_ns + slot;
        const float *restrict readable = constants->readable + slot;
        float *restrict to_energy = window->energy_MeV[row];
        float *restrict to_time = window->time_ns[row];
        float *restrict live = window->live[row];
#pragma omp simd
        for (int i = 0; i < SHOWER_LANES; ++i) {
            const float e = energy[i], dt = time[i] - seed_ns;
            const float late = fabsf(dt) - base;
            const float in_time = late * e <= more ? 1.0f : 0.0f;
            to_energy[i] = e;
            to_time[i] = dt;
            live[i] = readable[i] * (e > 0.0f ? in_time : 1.0f);
        }
    }
}

/* Bilinear between the four positions of the table around the shower's. */
static void expect(const struct shower_constants *constants,
                   const struct shower_map *map,
                   const struct shower *shower,
                   struct shower_window *window)
{
    const float px = shower->x * SHOWER_STEPS + SHOWER_REACH;
    const float py = shower->y * SHOWER_STEPS + SHOWER_REACH;
    const int ix = px < SHOWER_PHASES - 2 ? (int)px : SHOWER_PHASES - 2;
    const int iy = py < SHOWER_PHASES - 2 ? (int)py : SHOWER_PHASES - 2;
    const float fx = px - (float)ix, fy = py - (float)iy;
    const int phase = SHOWER_PHASES * iy + ix;
    const uint32_t corner = corner_of(shower);
    const float energy = shower->shared ? shower->energy_MeV : 0.0f;
    for (int row = SHOWER_HALF - shower->rows; row <= SHOWER_HALF + shower->rows; ++row) {
        const float *restrict ll = constants->profile.share[phase][row];
        const float *restrict rl = constants->profile.share[phase + 1][row];
        const float *restrict lu = constants->profile.share[phase + SHOWER_PHASES][row];
        const float *restrict ru = constants->profile.share[phase + SHOWER_PHASES + 1][row];
        float *restrict share = window->share[row];
        float *restrict along_x = window->along_x[row];
        float *restrict along_y = window->along_y[row];
        float *restrict expected =
            map->expected_MeV + corner + (uint32_t)row * SHOWER_STRIDE;
#pragma omp simd
        for (int i = 0; i < SHOWER_LANES; ++i) {
            const float low = rl[i] - ll[i], up = ru[i] - lu[i];
            const float below = ll[i] + fx * low, above = lu[i] + fx * up;
            share[i] = below + fy * (above - below);
            along_x[i] = (low + fy * (up - low)) * SHOWER_STEPS;
            along_y[i] = (above - below) * SHOWER_STEPS;
        }
        if (!shower->shared) continue;
#pragma omp simd
        for (int i = 0; i < SHOWER_LANES; ++i) expected[i] += energy * share[i];
    }
}

/* Sums of the lanes of a window. */
struct lanes {
    shower_row energy, share, gx, gy, hxx, hxy, hyy;
};

static inline __attribute__((always_inline)) void
measure_row(const struct shower_constants *constants,
            const struct shower_window *window,
            int row,
            float energy,
            const float *restrict expected,
            struct lanes *restrict sum)
{
    const float threshold = constants->threshold_MeV, least = constants->count_above_MeV;
    const float per_MeV = constants->variance_per_MeV, noise = constants->noise_MeV2;
    const float sigma = sqrtf(per_MeV * threshold + noise), steep = 1.0f / sigma;
    const float dead = constants->dead_above_MeV;
#pragma omp simd
    for (int i = 0; i < SHOWER_LANES; ++i) {
        const float share = window->share[row][i], own = energy * share;
        const float all = expected ? expected[i] : own;
        const float total = all > own ? all : own;
        const float part = expected ? own / (total + TINY) : 1.0f;
        const float read = window->energy_MeV[row][i];
        const float z = (threshold - total) * steep;
        const float above = MILLS_END - z > 0.0f ? MILLS_END - z : 0.0f;
        const float h = above < MILLS_LIMIT ? above : MILLS_LIMIT;
        const float mean = total - sigma * MILLS_FACTOR * h * h;
        const float guess = mean > 0.0f ? mean : 0.0f;
        const float value = read > 0.0f ? read : guess;
        const float is_read = read > 0.0f ? 1.0f : 0.0f;
        const float is_alive = total > dead ? is_read : 1.0f;
        const float counts = total > least ? window->live[row][i] : 0.0f;
        const float weight = counts * is_alive;
        const float inverse = weight / (per_MeV * total + noise);
        const float dx = energy * window->along_x[row][i];
        const float dy = energy * window->along_y[row][i];
        const float pull = (value - total) * inverse;
        sum->energy[i] += weight * value * part;
        sum->share[i] += weight * share;
        sum->gx[i] += pull * dx;
        sum->gy[i] += pull * dy;
        sum->hxx[i] += dx * dx * inverse;
        sum->hxy[i] += dx * dy * inverse;
        sum->hyy[i] += dy * dy * inverse;
    }
}

static void measure(const struct shower_constants *constants,
                    const struct shower_map *map,
                    const struct shower *shower,
                    const struct shower_window *window,
                    struct shower_sums *sums)
{
    const int first = SHOWER_HALF - shower->rows, last = SHOWER_HALF + shower->rows;
    const float *expected = map->expected_MeV + corner_of(shower);
    _Alignas(SPW_ALIGN) struct lanes lane = {0};
    if (shower->shared)
        for (int row = first; row <= last; ++row)
            measure_row(constants, window, row, shower->energy_MeV,
                        expected + row * SHOWER_STRIDE, &lane);
    else
        for (int row = first; row <= last; ++row)
            measure_row(constants, window, row, shower->energy_MeV, NULL, &lane);
    *sums = (struct shower_sums){sum_of(lane.energy), sum_of(lane.share), sum_of(lane.gx),
                                 sum_of(lane.gy),     sum_of(lane.hxx),   sum_of(lane.hxy),
                                 sum_of(lane.hyy)};
}

/* Sums of the lanes of a finished window. */
struct last_lanes {
    shower_row raw, counted, weight, time, cells, dead, odd;
};

static inline void summarise_row(const struct shower_constants *constants,
                                 const struct shower_window *window,
                                 int row,
                                 float energy,
                                 const float *restrict expected,
                                 struct last_lanes *restrict sum)
{
    const float least = constants->count_above_MeV, dead = constants->dead_above_MeV;
    const float time2 = constants->time_ns2, noise2 = constants->time_ns_MeV2;
#pragma omp simd
    for (int i = 0; i < SHOWER_LANES; ++i) {
        const float own = energy * window->share[row][i];
        const float total = expected[i] > own ? expected[i] : own;
        const float part = own / (total + TINY);
        const float read = window->energy_MeV[row][i], live = window->live[row][i];
        const float is_read = read > 0.0f ? 1.0f : 0.0f;
        const float counts = total > least ? live : 0.0f;
        const float mine = part > 0.5f ? counts * is_read : 0.0f;
        const float weight = mine * read * read / (time2 * read * read + noise2);
        const float silent = total > dead ? 1.0f - live * is_read : 0.0f;
        sum->raw[i] += live * read * part;
        sum->counted[i] += counts * read * part;
        sum->weight[i] += weight;
        sum->time[i] += weight * window->time_ns[row][i];
        sum->cells[i] += mine;
        sum->dead[i] += silent * (1.0f - is_read);
        sum->odd[i] += silent * is_read;
    }
}

static void summarise(const struct shower_constants *constants,
                      const struct shower_map *map,
                      const struct shower *shower,
                      const struct shower_window *window,
                      struct shower_summary *summary)
{
    static const shower_row nothing = {0};
    const int first = SHOWER_HALF - shower->rows, last = SHOWER_HALF + shower->rows;
    const float *expected = map->expected_MeV + corner_of(shower);
    _Alignas(SPW_ALIGN) struct last_lanes lane = {0};
    for (int row = first; row <= last; ++row)
        summarise_row(constants, window, row, shower->energy_MeV,
                      shower->shared ? expected + row * SHOWER_STRIDE : nothing, &lane);
    const float weight = sum_of(lane.weight);
    *summary = (struct shower_summary){sum_of(lane.raw),
                                       sum_of(lane.counted),
                                       weight > 0.0f ? sum_of(lane.time) / weight : 0.0f,
                                       sum_of(lane.cells),
                                       sum_of(lane.dead),
                                       sum_of(lane.odd)};
}

const struct shower_kernels SPW_KERNELS(shower_kernels) = {
    .slots = slots,
    .load = load,
    .expect = expect,
    .measure = measure,
    .summarise = summarise,
};
