#include "reco/calibrate/calibrate_kernels.h"

#include "core/lanes.h"

#include <math.h>

static void join(uint32_t n,
                 const uint32_t *restrict leading,
                 const uint32_t *restrict trailing,
                 const struct spw_raw_hits *edges,
                 const struct spw_pairs *pairs)
{
    const uint32_t *restrict edge_address = edges->address;
    const int32_t *restrict edge_ticks = edges->ticks;
    uint32_t *restrict address = pairs->address;
    int32_t *restrict ticks = pairs->ticks, *restrict width_ticks = pairs->width_ticks;
    uint8_t *restrict quality = pairs->quality;
#pragma omp simd
    for (uint32_t i = 0; i < n; ++i) {
        const uint32_t first = leading[i] & ~SPW_LONE_TRAILING, last = trailing[i];
        const int32_t begin = edge_ticks[first], end = edge_ticks[last];
        const uint32_t missing = first == leading[i] ? SPW_NO_TRAILING : SPW_NO_LEADING;
        address[i] = edge_address[first];
        ticks[i] = begin;
        width_ticks[i] = (int32_t)((uint32_t)end - (uint32_t)begin); /* may wrap */
        quality[i] = (uint8_t)(first == last ? missing : 0);
    }
}

static bool
alternating(uint32_t n, const struct spw_raw_hits *edges, const struct spw_pairs *pairs)
{
    const uint32_t *restrict edge_address = edges->address;
    const int32_t *restrict edge_ticks = edges->ticks;
    const uint8_t *restrict edge = edges->edge, *restrict edge_quality = edges->quality;
    uint32_t *restrict address = pairs->address, other = 0;
    int32_t *restrict ticks = pairs->ticks, *restrict width_ticks = pairs->width_ticks;
    uint8_t *restrict quality = pairs->quality, kind = 0;
#pragma omp simd reduction(| : other)
    for (uint32_t i = 0; i < n; ++i) {
        const uint32_t begin = (uint32_t)edge_ticks[2 * i];
        const uint32_t end = (uint32_t)edge_ticks[2 * i + 1];
        address[i] = edge_address[2 * i];
        ticks[i] = (int32_t)begin;
        width_ticks[i] = (int32_t)(end - begin); /* may wrap */
        other |= edge_address[2 * i] ^ edge_address[2 * i + 1];
    }
#pragma omp simd reduction(| : kind)
    for (uint32_t i = 0; i < n; ++i) {
        quality[i] = edge_quality[2 * i] | edge_quality[2 * i + 1];
        kind |= (edge[2 * i] ^ SPW_EDGE_LEADING) | (edge[2 * i + 1] ^ SPW_EDGE_TRAILING);
    }
    return !(other | kind);
}

static bool look_up(uint32_t n,
                    const int32_t *restrict table,
                    const uint32_t *restrict address,
                    uint32_t *restrict index)
{
    int32_t any = 0;
#pragma omp simd reduction(| : any)
    for (uint32_t i = 0; i < n; ++i) {
        const int32_t at = table[address[i]];
        any |= at;
        index[i] = (uint32_t)at;
    }
    return any >= 0;
}

static void times(uint32_t n,
                  const struct spw_hit_constants *constants,
                  const struct spw_pairs *pairs,
                  const struct spw_hits *hits)
{
    const uint32_t origin =
        (uint32_t)constants->scale.origin_ticks; /* wraps on damaged ticks */
    const float lsb = constants->scale.lsb_ns;
    const float *restrict t0_ns = constants->t0_ns;
    const float *restrict shift_ns = constants->shift_ns;
    const uint32_t *restrict id = constants->id, *restrict index = hits->index;
    const uint32_t *restrict address = pairs->address, *restrict event = pairs->event;
    const int32_t *restrict ticks = pairs->ticks;
    const int32_t *restrict width_ticks = pairs->width_ticks;
    uint32_t *restrict channel = hits->channel;
    float *restrict time_ns = hits->time_ns, *restrict width_ns = hits->width_ns;
#pragma omp simd
    for (uint32_t i = 0; i < n; ++i) {
        channel[i] = id[index[i]];
        time_ns[i] = (float)(int32_t)((uint32_t)ticks[i] - origin) * lsb -
                     t0_ns[address[i]] - shift_ns[event[i]];
        width_ns[i] = (float)width_ticks[i] * lsb;
    }
}

/* As spw_axis_bin(). */
static inline uint32_t bin(float x, float lower, float scale, float last)
{
    const float place = (x - lower) * scale;
    const float above = place >= 0.0f ? place + 1.0f : 0.0f;
    return (uint32_t)(int32_t)(above < last ? above : last);
}

/* number / step by its inverse: exact below 2^22, for there half a unit is more than the
   rounding. */
static inline uint32_t divided(uint32_t number, float inverse)
{
    return (uint32_t)(int32_t)(((float)(int32_t)number + 0.5f) * inverse);
}

static void places_by_board(uint32_t n,
                            const struct spw_hit_axes *axes,
                            const uint32_t *restrict address,
                            const uint32_t *restrict by_channel,
                            const uint32_t *restrict index,
                            uint32_t *restrict by_board)
{
    const struct spw_hit_axes a = *axes;
#pragma omp simd
    for (uint32_t i = 0; i < n; ++i) {
        const uint32_t channel = divided(index[i], a.channel_scale) + 1;
        const uint32_t board = divided(address[i], a.board_scale) + 1;
        const uint32_t place = by_channel[i] + (board - channel) * a.n_times;
        by_board[i] = by_channel[i] == a.spare[HIT_TIME_BY_CHANNEL]
                          ? a.spare[HIT_TIME_BY_BOARD]
                          : place;
    }
}

static void places(uint32_t begin,
                   uint32_t end,
                   const struct spw_hit_axes *axes,
                   const struct spw_pairs *pairs,
                   const struct spw_hits *hits,
                   const float *restrict origin_ns,
                   uint32_t *const place[HIT_N_HISTOGRAMS])
{
    const struct spw_hit_axes a = *axes;
    const uint32_t *restrict event = pairs->event + begin;
    const uint32_t *restrict index = hits->index + begin;
    const float *restrict time_ns = hits->time_ns + begin;
    const float *restrict width_ns = hits->width_ns + begin;
    const uint8_t *restrict quality = hits->quality + begin;
    uint32_t *restrict occupancy = place[HIT_OCCUPANCY];
    uint32_t *restrict by_channel = place[HIT_TIME_BY_CHANNEL];
    uint32_t *restrict by_width = place[HIT_TIME_BY_WIDTH];
#pragma omp simd
    for (uint32_t i = 0; i < end - begin; ++i) {
        const uint32_t time =
            bin(time_ns[i] - origin_ns[event[i]], a.time_lower, a.time_scale, a.time_last);
        const uint32_t width = bin(width_ns[i], a.width_lower, a.width_scale, a.width_last);
        const uint32_t channel = divided(index[i], a.channel_scale) + 1;
        const bool leading = !(quality[i] & SPW_NO_LEADING);
        const bool both = !(quality[i] & (SPW_NO_LEADING | SPW_NO_TRAILING));
        by_channel[i] = leading ? channel * a.n_times + time : a.spare[HIT_TIME_BY_CHANNEL];
        by_width[i] = both ? width * a.n_times + time : a.spare[HIT_TIME_BY_WIDTH];
    }
    if (place[HIT_TIME_BY_BOARD])
        places_by_board(end - begin, axes, pairs->address + begin, by_channel, index,
                        place[HIT_TIME_BY_BOARD]);
    if (!occupancy) return;
#pragma omp simd
    for (uint32_t i = 0; i < end - begin; ++i) occupancy[i] = index[i] + 1;
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
        const float correction = p2[c] + p1[c] * spw_lane_exp(p0[c] * width_ns[i]);
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
    .join = join,
    .alternating = alternating,
    .look_up = look_up,
    .times = times,
    .places = places,
    .slew_linear = slew_linear,
    .slew_exponential = slew_exponential,
    .radius = {radius_root, radius_quadratic, radius_table},
};
