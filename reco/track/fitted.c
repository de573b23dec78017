#include "reco/track/fitted.h"

#include "reco/objects.h"

#include <math.h>

/* Hits of a candidate as the fit has seen them. */
static void read_hits(const struct track_block *block,
                      uint32_t lane,
                      const struct track_source *source,
                      uint32_t candidate,
                      const struct track_hit_fits *to)
{
    const uint32_t first = source->candidates->first_hit[candidate];
    const uint32_t n = source->candidates->n_hits[candidate];
    uint8_t n_in_view[TRACK_VIEWS] = {0};
    for (uint32_t h = first; h < first + n; ++h) {
        const uint32_t view = track_view_of(source->hits, h), slot = n_in_view[view]++;
        to->side[h] = 0;
        to->residual_mm[h] = to->distance_mm[h] = 0;
        if (slot >= TRACK_SLOTS) continue;
        const struct track_slot *at = &block->view[view].slot[slot];
        if (!(at->weight[lane] > 0)) continue;
        to->residual_mm[h] = at->residual_mm[lane];
        to->distance_mm[h] = at->signed_mm[lane] - at->residual_mm[lane];
        to->side[h] = to->distance_mm[h] >= 0 ? 1 : -1;
    }
}

static uint8_t count_chambers(const struct track_block *block, uint32_t lane)
{
    uint8_t n = 0;
    for (uint32_t chamber = 0; chamber < 4; ++chamber) {
        bool any = false;
        for (uint32_t view = 4 * chamber; view < 4 * chamber + 4; ++view)
            any |= block->view[view].weight[lane] > 0;
        n += any;
    }
    return n;
}

static bool finite_all(const float *value, uint32_t n)
{
    float sum = 0;
    for (uint32_t i = 0; i < n; ++i) sum += value[i] * 0.0f;
    return sum == 0;
}

static uint16_t quality_of(const struct track_fitted *fitted,
                           const struct track_candidates *candidates,
                           uint32_t c,
                           bool in_time)
{
    uint16_t quality = 0;
    if (fitted->n_hits < candidates->n_hits[c]) quality |= SPW_TRACK_LOST_HITS;
    if (fitted->chi2 > 2.0f * (float)fitted->ndf) quality |= SPW_TRACK_BAD_CHI2;
    if (fitted->n_chambers < 4) quality |= SPW_TRACK_THREE_CHAMBERS;
    if (candidates->quality[c] & TRACK_MISSING_VIEWS) quality |= SPW_TRACK_MISSING_VIEWS;
    if (!in_time) quality |= SPW_TRACK_OUT_OF_TIME;
    return quality;
}

/* The lane's result; score 0 for what is no track. */
static struct track_fitted read_lane(const struct track_fitter *fitter,
                                     const struct track_block *block,
                                     uint32_t lane,
                                     const struct track_candidates *candidates,
                                     uint32_t candidate)
{
    const struct spw_track_states *state = &block->state;
    const bool in_time = block->in_time[lane] > 0;
    struct track_fitted fitted = {
        .state = {(float)state->x_mm[lane], (float)state->y_mm[lane],
                  (float)state->dxdz[lane], (float)state->dydz[lane],
                  (float)state->q_over_p[lane]},
        .chi2 = (float)block->chi2[lane],
        .time_ns = (float)block->drift_time_ns[lane],
        .n_hits = (uint16_t)block->sums.n_hits[lane],
        .n_chambers = count_chambers(block, lane),
    };
    for (int i = 0; i < 4; ++i) fitted.after[i] = (float)block->after[i][lane];
    for (int i = 0; i < TRACK_COVARIANCES; ++i)
        fitted.covariance[i] = (float)block->covariance[i][lane];
    const uint16_t parameters = in_time ? 5 : 6;
    fitted.ndf = fitted.n_hits > parameters ? (uint16_t)(fitted.n_hits - parameters) : 0;
    fitted.quality = quality_of(&fitted, candidates, candidate, in_time);

    const struct track_settings *limits = &fitter->settings;
    const bool good = finite_all(fitted.state, 5) && finite_all(fitted.after, 4) &&
                      finite_all(fitted.covariance, TRACK_COVARIANCES) &&
                      isfinite(fitted.chi2) && isfinite(fitted.time_ns) && fitted.ndf > 0;
    if (!good) return (struct track_fitted){0};
    const float hit_worth = (float)(limits->max_pull * limits->max_pull / 2);
    const float score = hit_worth * (float)fitted.n_hits - fitted.chi2;
    fitted.score = score > 0 ? score : 0;
    return fitted;
}

/* Fits `n` candidates in one block. */
static void fit_block(const struct track_fitter *fitter,
                      const struct track_constants *constants,
                      const struct track_source *source,
                      struct track_block *block,
                      const uint32_t *candidate,
                      uint32_t n)
{
    track_block_clear(block, constants);
    for (uint32_t lane = 0; lane < n; ++lane)
        track_block_fill(block, lane, source, candidate[lane]);
    track_block_fit(&fitter->kernels, constants, block);
}

/* Bad chi2, or hits left out: perhaps sides are wrong. */
static bool wants_more(const struct track_fitter *fitter,
                       const struct track_fitted *fitted,
                       uint32_t n_hits)
{
    const float limit = (float)fitter->settings.more_chi2 * (float)fitted->ndf;
    return !(fitted->score > 0) || fitted->chi2 > limit || fitted->n_hits + 2u <= n_hits;
}

/* Takes the block's results where they are better than what is there. */
static void keep_better(const struct track_fitter *fitter,
                        const struct track_source *source,
                        const struct track_block *block,
                        const uint32_t *candidate,
                        uint32_t n,
                        struct track_fitted *fitted,
                        const struct track_hit_fits *hits)
{
    for (uint32_t lane = 0; lane < n; ++lane) {
        const uint32_t c = candidate[lane];
        const struct track_fitted now =
            read_lane(fitter, block, lane, source->candidates, c);
        if (!(now.score > fitted[c].score)) continue;
        fitted[c] = now;
        read_hits(block, lane, source, c, hits);
    }
}

/// Candidates waiting for a block.
struct queue {
    const struct track_constants *constants;
    uint32_t candidate[TRACK_LANES], n;
};

static void fit_queue(struct queue *queue,
                      const struct track_fitter *fitter,
                      const struct track_source *source,
                      struct track_block *block,
                      struct track_fitted *fitted,
                      const struct track_hit_fits *hits)
{
    fit_block(fitter, queue->constants, source, block, queue->candidate, queue->n);
    keep_better(fitter, source, block, queue->candidate, queue->n, fitted, hits);
    queue->n = 0;
}

void track_fit_candidates(const struct track_fitter *fitter,
                          const struct track_source *source,
                          struct track_block *block,
                          struct track_fitted *fitted,
                          const struct track_hit_fits *hits)
{
    const uint32_t n = source->candidates->rows.count;
    struct queue queue = {.constants = &fitter->constants};
    for (uint32_t c = 0; c < n; ++c) {
        fitted[c].score = -1;
        queue.candidate[queue.n++] = c;
        if (queue.n == TRACK_LANES || c + 1 == n)
            fit_queue(&queue, fitter, source, block, fitted, hits);
    }
    queue.constants = &fitter->more;
    for (uint32_t c = 0; c < n; ++c) {
        if (wants_more(fitter, &fitted[c], source->candidates->n_hits[c]))
            queue.candidate[queue.n++] = c;
        if (queue.n == TRACK_LANES || (queue.n && c + 1 == n))
            fit_queue(&queue, fitter, source, block, fitted, hits);
    }
}
