/* Hits of the track fit (docs/physics/tracks.md, 3). */
#include "reco/track/measure_kernels.h"

#include "core/lanes.h"

#include <math.h>

enum { L = TRACK_LANES };

static const float max_logit = 30.0f;

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
                     struct track_block *block,
                     uint32_t view,
                     uint32_t slot,
                     struct sums *sums)
{
    struct track_block_hits *restrict hits = &block->hits;
    const struct track_block_views *restrict views = &block->views;
    const float s0 = constants->sigma_mm[0], s1 = constants->sigma_mm[1];
    const float rate = -1.0f / constants->sigma_mm[2];
    const float heat = step->heat_mm2, by_track = step->by_track, by_side = 1.0f - by_track,
                sure = step->sure;
    const float max_pull2 = step->max_pull2, place = (float)slot;
#pragma omp simd
    for (int l = 0; l < L; ++l) {
        const float t = (float)block->time_ns[l], wire = hits->wire_mm[view][slot][l];
        const float along = views->slope[view][l] * hits->dz_mm[view][slot][l];
        const float stretch = sums->inverse_cosine[l], cosine = 1.0f / stretch;
        const float r1 = hits->radius[1][view][slot][l],
                    r2 = hits->radius[2][view][slot][l];
        const float r0 = hits->radius[0][view][slot][l] - (r1 - r2 * t) * t;
        const float bend = hits->radius[3][view][slot][l];

        const float d = (views->place_mm[view][l] + along - wire) * cosine;
        float late = by_track * (r0 - fabsf(d));
        late = late < 1.0f ? late : 1.0f;
        late = late > -1.0f ? late : -1.0f;
        const float r = r0 + bend * (late * late);
        const float distance = by_track * fabsf(d) + by_side * fabsf(r);
        const float sigma = s0 + s1 * spw_lane_exp(distance * rate);
        const float variance = sigma * sigma + heat;
        float logit = by_track * (sure * fabsf(r) * d / variance) +
                      by_side * max_logit * hits->side[view][slot][l];
        logit = logit < max_logit ? logit : max_logit;
        logit = logit > -max_logit ? logit : -max_logit;
        const float e = spw_lane_exp(-2.0f * fabsf(logit)), sum = 1.0f + e;
        const float mixed = variance * (sum * sum) + 4.0f * e * (r * r);
        const float inverse = 1.0f / (mixed * sum);
        const float tangent = copysignf((1.0f - e) * mixed * inverse, logit);
        const float weight = sum * sum * sum * inverse;

        const float measured = r * tangent, off = measured - d;
        const int used = (place < hits->n[view][l]) & (off * off * weight < max_pull2);
        const float keep = used ? 1.0f : 0.0f;
        const float w = keep * weight * (cosine * cosine);
        const float y = (wire - views->path_mm[view][l]) - along + measured * stretch;
        const float rate_here = (r1 - 2.0f * r2 * t) * (1.0f + 2.0f * bend * late);
        const float a = rate_here * tangent * stretch;
        hits->weight[view][slot][l] = w;
        hits->signed_mm[view][slot][l] = copysignf(r, tangent);
        hits->residual_mm[view][slot][l] = off;
        sums->n[l] += keep;
        sums->w[l] += w;
        sums->y[l] += w * y;
        sums->z[l] += w * hits->dz_mm[view][slot][l];
        sums->a[l] += w * a;
        sums->yy[l] += w * y * y;
        sums->ya[l] += w * y * a;
        sums->aa[l] += w * a * a;
    }
}

/* Means of a view, and what its hits say beyond them. */
static void close_view(struct track_block *block, uint32_t view, const struct sums *sums)
{
    struct track_block_views *restrict views = &block->views;
    struct track_block_sums *restrict total = &block->sums;
#pragma omp simd
    for (int l = 0; l < L; ++l) {
        const float w = sums->w[l], inverse = 1.0f / (w > 0.0f ? w : 1.0f);
        const float mean = sums->y[l] * inverse, drift = sums->a[l] * inverse;
        views->weight[view][l] = w;
        views->mean_mm[view][l] = mean;
        views->drift[view][l] = drift;
        views->dz_mm[view][l] = sums->z[l] * inverse;
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
    for (uint32_t view = 0; view < TRACK_VIEWS; ++view) {
        struct sums sums = {0};
#pragma omp simd
        for (int l = 0; l < L; ++l) {
            const float slope = block->views.slope[view][l];
            sums.inverse_cosine[l] = sqrtf(1.0f + slope * slope);
        }
        for (uint32_t slot = 0; slot < block->hits.n_slots[view]; ++slot)
            add_slot(constants, step, block, view, slot, &sums);
        close_view(block, view, &sums);
    }
}

const struct track_measure_kernels SPW_KERNELS(track_measure_kernels) = {
    .measure = measure,
};
