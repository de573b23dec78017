#include "reco/straw/straw_kernels.h"

#include <math.h>

static inline float size_of(float x)
{
    return x < 0 ? -x : x;
}

/* The track passes between the wires of a pair, or just outside: r_a + r_b = distance along w,
 * corrected for the slope between the planes. The time is the mean of that by drift times and
 * that by trailing edges, by their variances (docs/physics/straw_tracks.md, 2). */
static void pairs(uint32_t n,
                  const struct straw_drift *drift,
                  const struct straw_pair_rules *rules,
                  const struct straw_hit_columns *hit,
                  const struct straw_pair_columns *pair,
                  const struct straw_pair_results *out)
{
    const float *restrict time_ns = hit->time_ns, *restrict track_ns = hit->track_ns;
    const float *restrict trailing = hit->trailing;
    const float *restrict w_mm = hit->w_mm, *restrict z_mm = hit->z_mm;
    const uint32_t *restrict a = pair->a, *restrict b = pair->b;
    const float *restrict slope_per_mm = pair->slope_per_mm, *restrict spread =
                                                                 pair->spread;
    float *restrict w_out = out->w_mm, *restrict z_out = out->z_mm;
    float *restrict time_out = out->time_ns;
    uint32_t *restrict good = out->good;
    const struct straw_pair *restrict table = drift->pair;
    const struct straw_pair_rules r = *rules;

#pragma omp simd
    for (uint32_t i = 0; i < n; ++i) {
        const float t = time_ns[a[i]], difference = t - time_ns[b[i]];
        const float low = difference > -r.difference_ns ? difference : -r.difference_ns;
        const float clamped = low < r.difference_ns ? low : r.difference_ns;
        const int32_t k = (int32_t)(clamped + (STRAW_DRIFT_PAIRS / 2 + 0.5f));
        const float dz = z_mm[b[i]] - z_mm[a[i]], w = w_mm[a[i]];
        const float slope = slope_per_mm[i] * w;
        const float excess = w_mm[b[i]] - w - slope * dz - STRAW_PAIR_MM;
        const float per_mm = table[k].time_ns_per_mm;
        const float radius = table[k].radius_mm + excess * table[k].radius_per_mm;
        const float drift_time = t - table[k].time_ns - excess * per_mm;

        const float edges = trailing[a[i]] + trailing[b[i]], any = edges > 0 ? 1.0f : 0.0f;
        const float edge_time = (track_ns[a[i]] + track_ns[b[i]]) / (edges > 0 ? edges : 1);
        const float bend = spread[i] * dz;
        const float variance = 1 + per_mm * per_mm * (r.variance_mm2 + bend * bend);
        const float weight =
            any * variance * edges / (variance * edges + r.trailing_variance_ns2);
        const float between = any * (edge_time - drift_time);
        w_out[i] = w + radius + 0.5f * slope * dz;
        z_out[i] = z_mm[a[i]] + 0.5f * dz;
        time_out[i] = drift_time + weight * between;
        good[i] = (size_of(difference) < r.difference_ns + r.margin_ns) &
                  (size_of(between) <= r.trailing_window_ns);
    }
}

static void radii(uint32_t n,
                  const struct straw_drift *drift,
                  const struct straw_hit_columns *hit,
                  float *radius_out)
{
    const float *restrict time_ns = hit->time_ns, *restrict track_ns = hit->track_ns;
    const float *restrict table = drift->radius_mm;
    float *restrict radius_mm = radius_out;
    const float last = STRAW_DRIFT_TIMES - 1;

#pragma omp simd
    for (uint32_t i = 0; i < n; ++i) {
        const float t = time_ns[i] - track_ns[i], early = t > 0 ? t : 0;
        const int32_t k = (int32_t)((early < last ? early : last) + 0.5f);
        radius_mm[i] = table[k];
    }
}

static uint64_t near(uint32_t n,
                     const float *time_ns,
                     const float *w_mm,
                     const float at[2],
                     const float reach[2])
{
    const float t0 = at[0], w0 = at[1], t_reach = reach[0], w_reach = reach[1];
    uint64_t found = 0;
    for (uint32_t block = 0; block < n; block += 16) {
        const float *restrict t = time_ns + block, *restrict w = w_mm + block;
        uint32_t bits = 0;
#pragma omp simd reduction(| : bits)
        for (uint32_t i = 0; i < 16; ++i) {
            const uint32_t in =
                (size_of(t[i] - t0) <= t_reach) & (size_of(w[i] - w0) <= w_reach);
            bits |= in << i;
        }
        found |= (uint64_t)bits << block;
    }
    return found;
}

static const float axis_c[16] = {
    (float)M_SQRT1_2, (float)M_SQRT1_2, 1, 0, (float)M_SQRT1_2, (float)M_SQRT1_2, 1, 0,
    (float)M_SQRT1_2, (float)M_SQRT1_2, 1, 0, (float)M_SQRT1_2, (float)M_SQRT1_2, 1, 0};
static const float axis_s[16] = {
    -(float)M_SQRT1_2, (float)M_SQRT1_2, 0, 1, -(float)M_SQRT1_2, (float)M_SQRT1_2, 0, 1,
    -(float)M_SQRT1_2, (float)M_SQRT1_2, 0, 1, -(float)M_SQRT1_2, (float)M_SQRT1_2, 0, 1};

static void lines(struct straw_track *track, const float middle_mm[16])
{
    float x[16], y[16], tx[16], ty[16];
    for (int view = 0; view < 16; ++view) {
        x[view] = track->at_mm[view / 4][0];
        y[view] = track->at_mm[view / 4][1];
        tx[view] = track->slope[view / 8][0];
        ty[view] = track->slope[view / 8][1];
    }
#pragma omp simd
    for (int view = 0; view < 16; ++view) {
        const float slope = axis_c[view] * tx[view] + axis_s[view] * ty[view];
        track->w_slope[view] = slope;
        track->across[view] = 1 - 0.5f * slope * slope;
        track->w_mm[view] =
            axis_c[view] * x[view] + axis_s[view] * y[view] + slope * middle_mm[view];
    }
}

static void times(struct straw_track *track,
                  const struct straw_drift *drift,
                  const struct straw_hit_columns *hit,
                  const float z_mm[16],
                  float window_ns)
{
    const float *restrict wire = hit->w_mm, *restrict z = hit->z_mm;
    const float *restrict lead = hit->time_ns;
    const float *restrict table = drift->time_ns, *restrict sigma_mm = drift->sigma_mm;
    const float per_step = 1 / drift->radius_step_mm, about = track->about_ns;

#pragma omp simd
    for (uint32_t i = 0; i < track->n_hits; ++i) {
        const uint32_t h = track->hit[i], view = track->view[i];
        const float w = track->w_mm[view] + track->w_slope[view] * (z[h] - z_mm[view]);
        const float distance = (w - wire[h]) * track->across[view];
        const float place = size_of(distance) * per_step;
        const float inside = place < STRAW_DRIFT_RADII ? place : STRAW_DRIFT_RADII;
        const int32_t low = (int32_t)inside;
        const int32_t k = low < STRAW_DRIFT_RADII - 1 ? low : STRAW_DRIFT_RADII - 1;
        const float step = table[k + 1] - table[k];
        const float late = lead[h] - (table[k] + (inside - (float)k) * step) - about;
        const float sigma = 1 + step * per_step * sigma_mm[k];
        track->distance_mm[i] = distance;
        track->late_ns[i] = late;
        track->weight[i] = size_of(late) <= window_ns ? 1 / (sigma * sigma) : 0;
    }
}

static void circles(struct straw_track *track,
                    const struct straw_drift *drift,
                    const struct straw_hit_columns *hit,
                    float time_ns)
{
    const float *restrict lead = hit->time_ns, *restrict table = drift->radius_mm;
    const float last = STRAW_DRIFT_TIMES;

#pragma omp simd
    for (uint32_t i = 0; i < track->n_hits; ++i) {
        const float after = lead[track->hit[i]] - time_ns, t = after > 0 ? after : 0;
        const float inside = t < last ? t : last;
        const int32_t low = (int32_t)inside;
        const int32_t k = low < STRAW_DRIFT_TIMES - 1 ? low : STRAW_DRIFT_TIMES - 1;
        const float radius = table[k] + (inside - (float)k) * (table[k + 1] - table[k]);
        track->radius_mm[i] = radius;
        track->miss_mm[i] = size_of(size_of(track->distance_mm[i]) - radius);
    }
}

const struct straw_kernels SPW_KERNELS(straw_kernels) = {
    .pairs = pairs,
    .radii = radii,
    .near = near,
    .lines = lines,
    .times = times,
    .circles = circles,
};
