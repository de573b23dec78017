/* Hits of the track fit (docs/physics/tracks.md, 3). */
#include "reco/track/measure_kernels.h"

#include <math.h>

enum { L = TRACK_LANES };

static const float max_late_mm = 1.0f;
static const float max_fall = 1.5f; /* e^-12: nothing is left of the error near the wire */
static const float tiny = 1e-30f;   /* instead of no hits */

/// Weighted sums over the hits of a view.
struct sums {
    float w[L], y[L], z[L], a[L];
    float stretch[L],
        cosine[L]; ///< sqrt(1 + w'^2): from distances to the wire to w; 1 / that
};

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
    float q = 1.0f + u * (1.0f + u * (0.5f + u * (1.0f / 6.0f + u * (1.0f / 24.0f))));
    q = q * q;
    q = q * q;
    q = q * q;
    const float sigma_q = constants->sigma_mm[0] * q + constants->sigma_mm[1], q2 = q * q;
    return q2 / (sigma_q * sigma_q + more * q2);
}

/* One slot of a view in all lanes, sides by the track or (in the first turn) by the pattern.
 * Radii are brought from measured to true times to second order: with d the track's distance,
 * t(r) - t(d) = t'(d) (r + bend (r - d)^2 - d). Without a side, the hit says that the track is
 * near the wire. */
static void add_slot(const struct track_constants *constants,
                     const struct track_step *step,
                     struct track_view *restrict view,
                     uint32_t number,
                     struct sums *restrict sums,
                     struct totals *restrict totals)
{
    struct track_slot *restrict slot = &view->slot[number];
    const float by_track = step->by_track, by_pattern = 1.0f - by_track;
    const float place = (float)number, heat = step->heat_mm2, max_pull2 = step->max_pull2;
#pragma omp simd
    for (int l = 0; l < L; ++l) {
        const float t = totals->time_ns[l], wire = slot->wire_mm[l];
        const float stretch = sums->stretch[l], cosine = sums->cosine[l];
        const float along = view->slope[l] * slot->dz_mm[l];
        const float r1 = slot->radius[1][l], r2 = slot->radius[2][l];
        const float bend = slot->radius[3][l];
        const float r0 = slot->radius[0][l] - (r1 - r2 * t) * t;

        const float d = (view->place_mm[l] + along - wire) * cosine, far = fabsf(d);
        float late = by_track * (r0 - far);
        late = late > -max_late_mm ? late : -max_late_mm;
        const float r = r0 + bend * (late * late);
        const float side = by_track * copysignf(1.0f, d) + by_pattern * slot->side[l];
        const float distance = by_track * far + by_pattern * fabsf(r);
        const float weight =
            weight_of(constants, distance, heat + (1.0f - side * side) * (r * r));

        const float measured = side * r, off = measured - d;
        const int used = (place < view->n[l]) & (off * off * weight < max_pull2);
        const float keep = used ? 1.0f : 0.0f;
        const float w = keep * weight * (cosine * cosine);
        const float y = (wire - view->path_mm[l]) - along + measured * stretch;
        const float a =
            (r1 - 2.0f * r2 * t) * (1.0f + 2.0f * bend * late) * (side * stretch);
        const float wy = w * y, wa = w * a;
        slot->weight[l] = w;
        slot->signed_mm[l] = measured;
        slot->residual_mm[l] = off;
        totals->n[l] += keep;
        sums->w[l] += w;
        sums->y[l] += wy;
        sums->z[l] += w * slot->dz_mm[l];
        sums->a[l] += wa;
        totals->yy[l] += wy * y;
        totals->ya[l] += wy * a;
        totals->aa[l] += wa * a;
    }
}

/* Means of a view. */
static void close_view(struct track_view *restrict view,
                       const struct sums *restrict sums,
                       struct totals *restrict totals)
{
#pragma omp simd
    for (int l = 0; l < L; ++l) {
        const float w = sums->w[l], inverse = 1.0f / (w + tiny);
        const float mean = sums->y[l] * inverse, drift = sums->a[l] * inverse;
        view->weight[l] = w;
        view->mean_mm[l] = mean;
        view->drift[l] = drift;
        view->dz_mm[l] = sums->z[l] * inverse;
        totals->yy[l] -= sums->y[l] * mean;
        totals->ya[l] -= sums->y[l] * drift;
        totals->aa[l] -= sums->a[l] * drift;
    }
}

/* sqrt(1 + s^2) and its inverse by their series in s^2 / 2: 1e-6 for slopes below 0.13. */
static void open_view(const struct track_view *restrict view, struct sums *restrict sums)
{
#pragma omp simd
    for (int l = 0; l < L; ++l) {
        const float h = 0.5f * view->slope[l] * view->slope[l];
        sums->w[l] = sums->y[l] = sums->z[l] = sums->a[l] = 0.0f;
        sums->stretch[l] = 1.0f + h * (1.0f - 0.5f * h);
        sums->cosine[l] = 1.0f - h * (1.0f - 1.5f * h);
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
    for (uint32_t v = 0; v < TRACK_VIEWS; ++v) {
        struct track_view *view = &block->view[v];
        struct sums sums;
        open_view(view, &sums);
        for (uint32_t slot = 0; slot < block->n_slots[v]; ++slot)
            add_slot(constants, step, view, slot, &sums, &totals);
        close_view(view, &sums, &totals);
    }
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
