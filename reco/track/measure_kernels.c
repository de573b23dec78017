/* Hits of the track fit (docs/physics/tracks.md, 3). */
#include "reco/track/measure_kernels.h"

#include <math.h>
#include <stdbool.h>

enum { L = TRACK_LANES };

static const float max_late_mm = 1.0f;
static const float max_fall = 1.5f; /* e^-12: nothing is left of the error near the wire */
static const float tiny = 1e-30f;   /* instead of no hits */

/// Sums over the hits of a track, without what the means of the views take.
struct totals {
    float n[L], yy[L], ya[L], aa[L];
    float time_ns[L]; ///< of the track, relative to the seed
};

/* 1 / ((s0 + s1 / q)^2 + more), q = exp(r / s2) = exp(u)^8 with u = r / (8 s2): Taylor to u^4,
 * which is good to 1e-4 of the error. */
static inline float weight_of(const struct track_constants *constants, float r, float more)
{
    float u = r * constants->sigma_fall;
    u = u < max_fall ? u : max_fall;
    float q = fmaf(u, 1.0f / 24.0f, 1.0f / 6.0f);
    q = fmaf(u, fmaf(u, fmaf(u, q, 0.5f), 1.0f), 1.0f);
    q = q * q;
    q = q * q;
    q = q * q;
    const float sigma_q = fmaf(constants->sigma_mm[0], q, constants->sigma_mm[1]);
    const float q2 = q * q;
    return q2 / fmaf(more, q2, sigma_q * sigma_q);
}

/// What the hits of a view see in one lane, and their sums.
struct lane {
    float t, slope, place, path, n;
    float stretch, cosine; ///< sqrt(1 + w'^2): from distances to the wire to w; 1 / that
    float w, y, z, a, hits, yy, ya, aa;
};

/* sqrt(1 + s^2) and its inverse by their series in s^2 / 2: 1e-6 for slopes below 0.13. */
static inline __attribute__((always_inline)) void
open_lane(const struct track_view *restrict view,
          float t,
          int l,
          struct lane *restrict lane)
{
    const float slope = view->slope[l], half = 0.5f * slope * slope;
    lane->t = t, lane->slope = slope, lane->n = view->n[l];
    lane->place = view->place_mm[l], lane->path = view->path_mm[l];
    lane->stretch = fmaf(half, fmaf(-0.5f, half, 1.0f), 1.0f);
    lane->cosine = fmaf(-half, fmaf(-1.5f, half, 1.0f), 1.0f);
    lane->w = lane->y = lane->z = lane->a = lane->hits = 0.0f;
    lane->yy = lane->ya = lane->aa = 0.0f;
}

/* One hit, sides by the track or (in the first turn) by the pattern.
 * Radii are brought from measured to true times to second order: with d the track's distance,
 * t(r) - t(d) = t'(d) (r + bend (r - d)^2 - d). Without a side, the hit says that the track is
 * near the wire. */
static inline __attribute__((always_inline)) void
add_hit(const struct track_constants *restrict constants,
        const struct track_step *restrict step,
        struct track_slot *restrict slot,
        float number,
        int l,
        struct lane *restrict lane)
{
    const bool by_track = step->by_track > 0;
    const float heat = step->heat_mm2, t = lane->t;
    const float wire = slot->wire_mm[l], dz = slot->dz_mm[l];
    const float r2 = slot->radius[2][l], bend = slot->radius[3][l];
    const float rate = fmaf(-r2, t, slot->radius[1][l]);
    const float r0 = fmaf(-rate, t, slot->radius[0][l]);

    const float d = (fmaf(lane->slope, dz, lane->place) - wire) * lane->cosine;
    const float far = fabsf(d);
    float late = by_track ? r0 - far : 0.0f;
    late = late > -max_late_mm ? late : -max_late_mm;
    const float r = fmaf(bend * late, late, r0);
    const float side = by_track ? copysignf(1.0f, d) : slot->side[l];
    const float distance = by_track ? far : fabsf(r);
    const float more = by_track ? heat : fmaf(fmaf(-side, side, 1.0f), r * r, heat);
    const float weight = weight_of(constants, distance, more);

    const float measured = side * r, off = measured - d;
    const int used = (number < lane->n) & (off * off * weight < step->max_pull2);
    const float w = used ? weight * (lane->cosine * lane->cosine) : 0.0f;
    const float y = fmaf(measured, lane->stretch, wire - fmaf(lane->slope, dz, lane->path));
    const float a =
        fmaf(-r2, t, rate) * fmaf(2.0f * bend, late, 1.0f) * (side * lane->stretch);
    const float wy = w * y, wa = w * a;
    slot->weight[l] = w;
    slot->signed_mm[l] = measured;
    slot->residual_mm[l] = off;
    lane->hits += used ? 1.0f : 0.0f;
    lane->w += w;
    lane->y += wy;
    lane->a += wa;
    lane->z = fmaf(w, dz, lane->z);
    lane->yy = fmaf(wy, y, lane->yy);
    lane->ya = fmaf(wy, a, lane->ya);
    lane->aa = fmaf(wa, a, lane->aa);
}

/* Means of a view. */
static inline __attribute__((always_inline)) void
close_lane(const struct lane *lane, struct track_view *view, struct totals *totals, int l)
{
    const float inverse = 1.0f / (lane->w + tiny);
    const float mean = lane->y * inverse, drift = lane->a * inverse;
    view->weight[l] = lane->w;
    view->mean_mm[l] = mean;
    view->drift[l] = drift;
    view->dz_mm[l] = lane->z * inverse;
    totals->n[l] += lane->hits;
    totals->yy[l] += fmaf(-lane->y, mean, lane->yy);
    totals->ya[l] += fmaf(-lane->y, drift, lane->ya);
    totals->aa[l] += fmaf(-lane->a, drift, lane->aa);
}

/* One view in all lanes. The number of slots and what the step looks at are constants where
 * this is inlined, so that the sums stay in registers. */
static inline __attribute__((always_inline)) void
measure_view(const struct track_constants *constants,
             const struct track_step *step,
             struct track_view *restrict view,
             uint32_t n_slots,
             struct totals *restrict totals)
{
    struct track_slot *slot = view->slot;
#pragma omp simd
    for (int l = 0; l < L; ++l) {
        struct lane lane;
        open_lane(view, totals->time_ns[l], l, &lane);
        if (n_slots > 0) add_hit(constants, step, &slot[0], 0.0f, l, &lane);
        if (n_slots > 1) add_hit(constants, step, &slot[1], 1.0f, l, &lane);
        if (n_slots > 2) add_hit(constants, step, &slot[2], 2.0f, l, &lane);
        if (n_slots > 3) add_hit(constants, step, &slot[3], 3.0f, l, &lane);
        close_lane(&lane, view, totals, l);
    }
}

static inline __attribute__((always_inline)) void
measure_views(const struct track_constants *constants,
              const struct track_step *step,
              struct track_block *block,
              struct totals *totals)
{
    for (uint32_t v = 0; v < TRACK_VIEWS; ++v) {
        struct track_view *view = &block->view[v];
        switch (block->n_slots[v]) {
        case 0:
            measure_view(constants, step, view, 0, totals);
            break;
        case 1:
            measure_view(constants, step, view, 1, totals);
            break;
        case 2:
            measure_view(constants, step, view, 2, totals);
            break;
        case 3:
            measure_view(constants, step, view, 3, totals);
            break;
        default:
            measure_view(constants, step, view, TRACK_SLOTS, totals);
        }
    }
}

static void measure(const struct track_constants *constants,
                    const struct track_step *step,
                    struct track_block *block)
{
    struct track_block_sums *to = &block->sums;
    struct totals totals = {0};
#pragma omp simd
    for (int l = 0; l < L; ++l) totals.time_ns[l] = (float)block->time_ns[l];
    const struct track_step by_track = {step->heat_mm2, 1.0f, step->max_pull2};
    const struct track_step by_pattern = {step->heat_mm2, 0.0f, step->max_pull2};
    if (step->by_track > 0)
        measure_views(constants, &by_track, block, &totals);
    else
        measure_views(constants, &by_pattern, block, &totals);
#pragma omp simd
    for (int l = 0; l < L; ++l) {
        to->n_hits[l] = totals.n[l];
        to->yy[l] = (double)totals.yy[l];
        to->ya[l] = (double)totals.ya[l];
        to->aa[l] = (double)totals.aa[l];
    }
}

const struct track_measure_kernels SPW_KERNELS(track_measure_kernels) = {
    .measure = measure,
};
