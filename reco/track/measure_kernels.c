/* Hits of the track fit (docs/physics/tracks.md, 3). */
#include "reco/track/measure_kernels.h"

#include "core/lanes.h"

#include <math.h>

enum { L = TRACK_LANES };

static const float max_logit = 30.0f, max_distance_mm = 10.0f;
static const float tiny = 1e-30f; /* instead of 0 hits */

/// Weighted sums over the hits of a view.
struct sums {
    float n[L], w[L], y[L], z[L], a[L], yy[L], ya[L], aa[L];
    float inverse_cosine[L]; ///< sqrt(1 + w'^2): from distances to the wire to w
};

/* One slot of a view in all lanes. With r the measured radius, d the track's signed distance and
 * V the variance of r, a hit lies on the track's side of the wire with probability
 * 1 / (1 + exp(-2 r d / V)): its measured distance is r tanh(r d / V), its variance
 * V + r^2 (1 - tanh^2). e = exp(-2 |r d / V|) keeps both to one division. */
static void add_slot(const struct track_constants *constants,
                     const struct track_step *step,
                     const double time_ns[L],
                     struct track_view *view,
                     uint32_t number,
                     struct sums *sums)
{
    struct track_slot *slot = &view->slot[number];
    const float s0 = constants->sigma_mm[0], s1 = constants->sigma_mm[1];
    const float rate = -1.0f / constants->sigma_mm[2];
    const float heat = step->heat_mm2, by_track = step->by_track, by_side = 1.0f - by_track,
                sure = step->sure;
    const float max_pull2 = step->max_pull2, place = (float)number;
#pragma omp simd
    for (int l = 0; l < L; ++l) {
        const float t = (float)time_ns[l], wire = slot->wire_mm[l];
        const float along = view->slope[l] * slot->dz_mm[l];
        const float stretch = sums->inverse_cosine[l], cosine = 1.0f / stretch;
        const float r1 = slot->radius[1][l], r2 = slot->radius[2][l];
        const float r0 = slot->radius[0][l] - (r1 - r2 * t) * t;
        const float bend = slot->radius[3][l];

        const float d = (view->place_mm[l] + along - wire) * cosine;
        float late = by_track * (r0 - fabsf(d));
        late = late < 1.0f ? late : 1.0f;
        late = late > -1.0f ? late : -1.0f;
        const float r = r0 + bend * (late * late);
        float distance = by_track * fabsf(d) + by_side * fabsf(r);
        distance = distance < max_distance_mm ? distance : max_distance_mm;
        const float sigma = s0 + s1 * spw_lane_exp(distance * rate);
        const float variance = sigma * sigma + heat;
        float logit = by_track * (sure * fabsf(r) * d / variance) +
                      by_side * max_logit * slot->side[l];
        logit = logit < max_logit ? logit : max_logit;
        logit = logit > -max_logit ? logit : -max_logit;
        const float e = spw_lane_exp(-2.0f * fabsf(logit)), sum = 1.0f + e;
        const float mixed = variance * (sum * sum) + 4.0f * e * (r * r);
        const float inverse = 1.0f / (mixed * sum);
        const float tangent = copysignf((1.0f - e) * mixed * inverse, logit);
        const float weight = sum * sum * sum * inverse;

        const float measured = r * tangent, off = measured - d;
        const int used = (place < view->n[l]) & (off * off * weight < max_pull2);
        const float keep = used ? 1.0f : 0.0f;
        const float w = keep * weight * (cosine * cosine);
        const float y = (wire - view->path_mm[l]) - along + measured * stretch;
        const float rate_here = (r1 - 2.0f * r2 * t) * (1.0f + 2.0f * bend * late);
        const float a = rate_here * tangent * stretch;
        slot->weight[l] = w;
        slot->signed_mm[l] = copysignf(r, tangent);
        slot->residual_mm[l] = off;
        sums->n[l] += keep;
        sums->w[l] += w;
        sums->y[l] += w * y;
        sums->z[l] += w * slot->dz_mm[l];
        sums->a[l] += w * a;
        sums->yy[l] += w * y * y;
        sums->ya[l] += w * y * a;
        sums->aa[l] += w * a * a;
    }
}

/* Means of a view, and what its hits say beyond them. */
static void
close_view(struct track_view *view, struct track_block_sums *total, const struct sums *sums)
{
#pragma omp simd
    for (int l = 0; l < L; ++l) {
        const float w = sums->w[l], inverse = 1.0f / (w + tiny);
        const float mean = sums->y[l] * inverse, drift = sums->a[l] * inverse;
        view->weight[l] = w;
        view->mean_mm[l] = mean;
        view->drift[l] = drift;
        view->dz_mm[l] = sums->z[l] * inverse;
        total->n_hits[l] += sums->n[l];
        total->yy[l] += (double)(sums->yy[l] - sums->y[l] * mean);
        total->ya[l] += (double)(sums->ya[l] - sums->y[l] * drift);
        total->aa[l] += (double)(sums->aa[l] - sums->a[l] * drift);
    }
}

static void measure(const struct track_constants *constants,
                    const struct track_step *step,
                    struct track_block *block)
{
    block->sums = (struct track_block_sums){0};
    for (uint32_t v = 0; v < TRACK_VIEWS; ++v) {
        struct track_view *view = &block->view[v];
        struct sums sums = {0};
#pragma omp simd
        for (int l = 0; l < L; ++l) {
            const float slope = view->slope[l];
            sums.inverse_cosine[l] = sqrtf(1.0f + slope * slope);
        }
        for (uint32_t slot = 0; slot < view->n_slots; ++slot)
            add_slot(constants, step, block->time_ns, view, slot, &sums);
        close_view(view, &block->sums, &sums);
    }
}

const struct track_measure_kernels SPW_KERNELS(track_measure_kernels) = {
    .measure = measure,
};
