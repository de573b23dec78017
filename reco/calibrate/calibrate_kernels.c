#include "reco/calibrate/calibrate_kernels.h"

#include "io/raw.h"

#include <math.h>
#include <string.h>

static void times(uint32_t n,
                  const struct spw_time_scale *scale,
                  const int32_t *restrict ticks,
                  const int32_t *restrict width_ticks,
                  const float *restrict t0_ns,
                  const uint32_t *restrict event,
                  const float *restrict shift_ns,
                  float *restrict time_ns,
                  float *restrict width_ns)
{
    const uint32_t origin = (uint32_t)scale->origin_ticks; /* wraps on damaged ticks */
    const float lsb = scale->lsb_ns;
#pragma omp simd
    for (uint32_t i = 0; i < n; ++i) {
        time_ns[i] = (float)(int32_t)((uint32_t)ticks[i] - origin) * lsb - t0_ns[i] -
                     shift_ns[event[i]];
        width_ns[i] = (float)width_ticks[i] * lsb;
    }
}

/* 1 where both edges are there, else 0. */
static inline float has_width(uint8_t quality)
{
    return (quality & (SPW_NO_LEADING | SPW_NO_TRAILING)) ? 0.0f : 1.0f;
}

static void slew_linear(uint32_t n,
                        const struct spw_linear_slewing *slewing,
                        const uint32_t *restrict index,
                        const float *restrict width_ns,
                        const uint8_t *restrict quality,
                        float *restrict time_ns)
{
    const float *restrict low = slewing->min_ns, *restrict high = slewing->max_ns;
    const float *restrict below = slewing->below_ns, *restrict above = slewing->above_ns;
    const float *restrict offset = slewing->offset_ns, *restrict slope = slewing->slope;
#pragma omp simd
    for (uint32_t i = 0; i < n; ++i) {
        const uint32_t c = index[i];
        const float width = width_ns[i], from = low[c], to = high[c];
        const float under = below[c], over = above[c]; /* loaded always: no branches */
        float correction = offset[c] + slope[c] * width;
        correction = width < from ? under : correction;
        correction = width > to ? over : correction;
        time_ns[i] -= has_width(quality[i]) * correction;
    }
}

/* exp(x) for |x| < 87: 2^k exp(r), |r| <= ln 2 / 2, Taylor to r^6 (relative error 2e-7). */
static inline float exponential(float x)
{
    x = x > 87.0f ? 87.0f : x;
    x = x < -87.0f ? -87.0f : x;
    const float shifted =
        x * 1.44269504f + 12582912.0f; /* 1.5 2^23: rounds to an integer */
    const float k = shifted - 12582912.0f;
    const float r = (x - k * 0.693359375f) + k * 2.12194440e-4f;
    float sum = 1.0f / 720.0f;
    sum = sum * r + 1.0f / 120.0f;
    sum = sum * r + 1.0f / 24.0f;
    sum = sum * r + 1.0f / 6.0f;
    sum = sum * r + 0.5f;
    sum = sum * r + 1.0f;
    sum = sum * r + 1.0f;
    const int32_t bits = ((int32_t)k + 127) << 23;
    float power;
    memcpy(&power, &bits, sizeof power);
    return sum * power;
}

static void slew_exponential(uint32_t n,
                             const struct spw_exponential_slewing *slewing,
                             const uint32_t *restrict index,
                             const float *restrict width_ns,
                             const uint8_t *restrict quality,
                             float *restrict time_ns)
{
    const float *restrict p0 = slewing->p0_per_ns, *restrict p1 = slewing->p1_ns;
    const float *restrict p2 = slewing->p2_ns;
#pragma omp simd
    for (uint32_t i = 0; i < n; ++i) {
        const uint32_t c = index[i];
        const float correction = p2[c] + p1[c] * exponential(p0[c] * width_ns[i]);
        time_ns[i] -= has_width(quality[i]) * correction;
    }
}

static inline float clip(float value, float high)
{
    value = value > 0.0f ? value : 0.0f;
    return value < high ? value : high;
}

static void radius_root(uint32_t n,
                        const struct spw_rt *rt,
                        const float *restrict time_ns,
                        float *restrict radius_mm)
{
    const float p0 = rt->p[0], p1 = rt->p[1], p2 = rt->p[2], p3 = rt->p[3], p4 = rt->p[4];
    const float max = rt->max_mm;
#pragma omp simd
    for (uint32_t i = 0; i < n; ++i) {
        const float t = time_ns[i] * 1e-3f, d = t - p2;
        const float q = p1 * d + p4 * (d * d);
        radius_mm[i] = clip(p0 + sqrtf(fabsf(q)) - p3 * t, max);
    }
}

static void radius_quadratic(uint32_t n,
                             const struct spw_rt *rt,
                             const float *restrict time_ns,
                             float *restrict radius_mm)
{
    /* 2 t / (p0 + sqrt(p0^2 + 4 p1 t)): no cancellation at small t, and p1 = 0 is allowed */
    const float p0 = rt->p[0], p1 = rt->p[1], max = rt->max_mm;
#pragma omp simd
    for (uint32_t i = 0; i < n; ++i) {
        const float t = time_ns[i] > 0.0f ? time_ns[i] : 0.0f;
        const float root = p0 * p0 + 4.0f * (p1 * t);
        radius_mm[i] = clip(2.0f * t / (p0 + sqrtf(root > 0.0f ? root : 0.0f)), max);
    }
}

static void radius_table(uint32_t n,
                         const struct spw_rt *rt,
                         const float *restrict time_ns,
                         float *restrict radius_mm)
{
    const float *restrict table = rt->table_mm;
    const float per_ns = 1.0f / rt->step_ns, last = rt->n_steps, max = rt->max_mm;
#pragma omp simd
    for (uint32_t i = 0; i < n; ++i) {
        const float at = clip(time_ns[i] * per_ns, last);
        const int32_t step = (int32_t)(at < last ? at : last - 1.0f);
        const float rest = at - (float)step;
        radius_mm[i] = clip(table[step] + rest * (table[step + 1] - table[step]), max);
    }
}

const struct spw_calibrate_kernels SPW_KERNELS(spw_calibrate_kernels) = {
    .times = times,
    .slew_linear = slew_linear,
    .slew_exponential = slew_exponential,
    .radius = {radius_root, radius_quadratic, radius_table},
};
