/* Windows of showers. A row of a window is as many vectors as the instruction set needs; every
   lane keeps its own sums over the rows, in order. */
#include "reco/calorimeter/shower_kernels.h"

#include <math.h>
#include <string.h>

#define TINY 1e-6f

/* The mean of a Gaussian below a threshold is mean - sigma phi(z)/Phi(z); for -2 < z < 2.5
   phi/Phi is 0.128 (2.5 - z)^2 within 0.03. */
#define MILLS_FACTOR 0.128f
#define MILLS_END    2.5f
#define MILLS_LIMIT  4.5f

#if defined(__AVX512F__)
enum { WIDTH = 16 };
#elif defined(__AVX2__)
enum { WIDTH = 8 };
#else
enum { WIDTH = 4 };
#endif

/* Vectors of a row that hold cells: the padding behind them stays 0. */
enum { N_VECTORS = (SHOWER_SIDE + WIDTH - 1) / WIDTH };

typedef float lanes __attribute__((vector_size(4 * WIDTH)));
typedef int32_t masks __attribute__((vector_size(4 * WIDTH)));

/* Selection by the result of a comparison. */
#define KEEP(mask, a)      ((lanes)((masks)(a) & (mask)))
#define WHERE(mask, a, b)  ((lanes)(((masks)(a) & (mask)) | ((masks)(b) & ~(mask))))
#define LARGER(a, b)       WHERE((a) > (b), a, b)
#define SMALLER(a, b)      WHERE((a) < (b), a, b)
#define VECTOR(row, place) (*(const lanes *)(const void *)((row) + WIDTH * (place)))

/* Maps have no alignment. */
static inline lanes at(const float *place)
{
    lanes value;
    memcpy(&value, place, sizeof value);
    return value;
}

static inline void put(float *place, lanes value)
{
    memcpy(place, &value, sizeof value);
}

/* Zeros behind the vectors that are used. */
static inline void pad(float *row, size_t n_rows)
{
    const lanes zero = {0};
    for (size_t k = 0; k < n_rows; ++k)
        for (int v = N_VECTORS; v < SHOWER_LANES / WIDTH; ++v)
            put(row + k * SHOWER_LANES + (size_t)(v * WIDTH), zero);
}

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
    static const shower_row inside = {1, 1, 1, 1, 1, 1, 1,
                                      1, 1, 1, 1, 1, 1}; /* not the padding */
    const lanes zero = {0};
    const float base = constants->window_ns, more = constants->window_ns_MeV;
    const uint32_t corner = corner_of(shower);
    for (int row = SHOWER_HALF - shower->rows; row <= SHOWER_HALF + shower->rows; ++row)
        for (int v = 0; v < N_VECTORS; ++v) {
            const uint32_t slot = corner + (uint32_t)(row * SHOWER_STRIDE + v * WIDTH);
            const lanes energy = at(map->energy_MeV + slot);
            const lanes early = shower->seed_ns - at(map->time_ns + slot);
            const lanes late = LARGER(early, -early) - base;
            const masks out = (energy > zero) & ~(late * energy <= more);
            put(window->energy_MeV[row] + v * WIDTH, energy);
            put(window->time_ns[row] + v * WIDTH, -early);
            put(window->live[row] + v * WIDTH,
                at(constants->readable + slot) * WHERE(out, zero, VECTOR(inside, v)));
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
    const shower_row *ll = constants->profile.share[SHOWER_PHASES * iy + ix];
    const shower_row *lu = constants->profile.share[SHOWER_PHASES * (iy + 1) + ix];
    const shower_row *rl = ll + SHOWER_SIDE, *ru = lu + SHOWER_SIDE;
    float *corner = map->expected_MeV + corner_of(shower);
    for (int row = SHOWER_HALF - shower->rows; row <= SHOWER_HALF + shower->rows; ++row)
        for (int v = 0; v < N_VECTORS; ++v) {
            const lanes lower = VECTOR(ll[row], v), upper = VECTOR(lu[row], v);
            const lanes low = VECTOR(rl[row], v) - lower, up = VECTOR(ru[row], v) - upper;
            const lanes below = lower + fx * low, above = upper + fx * up;
            const lanes share = below + fy * (above - below);
            float *expected = corner + row * SHOWER_STRIDE + v * WIDTH;
            put(window->share[row] + v * WIDTH, share);
            put(window->along_x[row] + v * WIDTH, (low + fy * (up - low)) * SHOWER_STEPS);
            put(window->along_y[row] + v * WIDTH, (above - below) * SHOWER_STEPS);
            if (shower->shared) put(expected, at(expected) + shower->energy_MeV * share);
        }
}

/* What all showers together put into the cells of a vector, and the part of this one. */
struct expectation {
    lanes total, part;
};

static inline struct expectation expectation_of(lanes own, const float *expected)
{
    const lanes zero = {0}, all = expected ? at(expected) : own, total = LARGER(all, own);
    return (struct expectation){total, expected ? own / (total + TINY) : zero + 1.0f};
}

/* Sums over the rows of a window. */
struct sums {
    shower_row energy, share, gx, gy, hxx, hxy, hyy;
};

static inline __attribute__((always_inline)) void
measure_column(const struct shower_constants *constants,
               const struct shower *shower,
               const struct shower_window *window,
               const float *expected,
               int v,
               struct sums *sums)
{
    const lanes zero = {0}, one = zero + 1.0f;
    const float threshold = constants->threshold_MeV, least = constants->count_above_MeV;
    const float per_MeV = constants->variance_per_MeV, noise = constants->noise_MeV2;
    const float sigma = sqrtf(per_MeV * threshold + noise), steep = 1.0f / sigma;
    const float bend = sigma * MILLS_FACTOR, energy = shower->energy_MeV;
    lanes s_energy = zero, s_share = zero, gx = zero, gy = zero;
    lanes hxx = zero, hxy = zero, hyy = zero;
    for (int row = SHOWER_HALF - shower->rows; row <= SHOWER_HALF + shower->rows; ++row) {
        const lanes share = VECTOR(window->share[row], v);
        const struct expectation e = expectation_of(
            energy * share, expected ? expected + row * SHOWER_STRIDE : NULL);
        const lanes read = VECTOR(window->energy_MeV[row], v);
        const masks is_read = read > zero;
        const lanes above = MILLS_END - (threshold - e.total) * steep;
        const lanes h = SMALLER(LARGER(above, zero), zero + MILLS_LIMIT);
        const lanes mean = e.total - bend * h * h;
        const lanes value = WHERE(is_read, read, LARGER(mean, zero));
        const masks counts =
            (e.total > least) & (is_read | (e.total <= constants->dead_above_MeV));
        const lanes weight = KEEP(counts, VECTOR(window->live[row], v));
        const lanes inverse = weight * (one / (per_MeV * e.total + noise));
        const lanes dx = energy * VECTOR(window->along_x[row], v);
        const lanes dy = energy * VECTOR(window->along_y[row], v);
        const lanes pull = (value - e.total) * inverse;
        s_energy += weight * value * e.part;
        s_share += weight * share;
        gx += pull * dx;
        gy += pull * dy;
        hxx += dx * dx * inverse;
        hxy += dx * dy * inverse;
        hyy += dy * dy * inverse;
    }
    put(sums->energy + v * WIDTH, s_energy);
    put(sums->share + v * WIDTH, s_share);
    put(sums->gx + v * WIDTH, gx);
    put(sums->gy + v * WIDTH, gy);
    put(sums->hxx + v * WIDTH, hxx);
    put(sums->hxy + v * WIDTH, hxy);
    put(sums->hyy + v * WIDTH, hyy);
}

static void measure(const struct shower_constants *constants,
                    const struct shower_map *map,
                    const struct shower *shower,
                    const struct shower_window *window,
                    struct shower_sums *result)
{
    const float *expected = map->expected_MeV + corner_of(shower);
    struct sums s;
    pad((float *)&s, sizeof s / sizeof(shower_row));
    for (int v = 0; v < N_VECTORS; ++v)
        if (shower->shared)
            measure_column(constants, shower, window, expected + v * WIDTH, v, &s);
        else
            measure_column(constants, shower, window, NULL, v, &s);
    *result =
        (struct shower_sums){sum_of(s.energy), sum_of(s.share), sum_of(s.gx), sum_of(s.gy),
                             sum_of(s.hxx),    sum_of(s.hxy),   sum_of(s.hyy)};
}

/* Sums over the rows of a finished window. */
struct last_sums {
    shower_row raw, counted, weight, time, cells, dead, odd;
};

static inline __attribute__((always_inline)) void
summarise_column(const struct shower_constants *constants,
                 const struct shower *shower,
                 const struct shower_window *window,
                 const float *expected,
                 int v,
                 struct last_sums *sums)
{
    const lanes zero = {0}, one = zero + 1.0f;
    const float least = constants->count_above_MeV, dead = constants->dead_above_MeV;
    const float time2 = constants->time_ns2, noise2 = constants->time_ns_MeV2;
    lanes raw = zero, counted = zero, weights = zero, times = zero;
    lanes n = zero, n_dead = zero, n_odd = zero;
    for (int row = SHOWER_HALF - shower->rows; row <= SHOWER_HALF + shower->rows; ++row) {
        const struct expectation e =
            expectation_of(shower->energy_MeV * VECTOR(window->share[row], v),
                           expected ? expected + row * SHOWER_STRIDE : NULL);
        const lanes read = VECTOR(window->energy_MeV[row], v);
        const lanes live = VECTOR(window->live[row], v), mine = live * read * e.part;
        const masks is_read = read > zero, counts = e.total > least;
        const masks its_own = e.part > 0.5f;
        const lanes own = KEEP(counts & is_read & its_own, live);
        const lanes weight = own * read * read / (time2 * read * read + noise2);
        const masks silent = (e.total > dead) & its_own;
        raw += mine;
        counted += KEEP(counts, mine);
        weights += weight;
        times += weight * VECTOR(window->time_ns[row], v);
        n += own;
        n_dead += KEEP(silent & ~is_read, one);
        n_odd += KEEP(silent & is_read, one - live);
    }
    put(sums->raw + v * WIDTH, raw);
    put(sums->counted + v * WIDTH, counted);
    put(sums->weight + v * WIDTH, weights);
    put(sums->time + v * WIDTH, times);
    put(sums->cells + v * WIDTH, n);
    put(sums->dead + v * WIDTH, n_dead);
    put(sums->odd + v * WIDTH, n_odd);
}

static void summarise(const struct shower_constants *constants,
                      const struct shower_map *map,
                      const struct shower *shower,
                      const struct shower_window *window,
                      struct shower_summary *summary)
{
    const float *expected = map->expected_MeV + corner_of(shower);
    struct last_sums s;
    pad((float *)&s, sizeof s / sizeof(shower_row));
    for (int v = 0; v < N_VECTORS; ++v)
        if (shower->shared)
            summarise_column(constants, shower, window, expected + v * WIDTH, v, &s);
        else
            summarise_column(constants, shower, window, NULL, v, &s);
    const float weight = sum_of(s.weight);
    *summary = (struct shower_summary){
        sum_of(s.raw),   sum_of(s.counted), weight > 0.0f ? sum_of(s.time) / weight : 0.0f,
        sum_of(s.cells), sum_of(s.dead),    sum_of(s.odd)};
}

const struct shower_kernels SPW_KERNELS(shower_kernels) = {
    .slots = slots,
    .load = load,
    .expect = expect,
    .measure = measure,
    .summarise = summarise,
};
