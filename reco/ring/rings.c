/* Stage: hits of the RICH to rings, with and without tracks. */
#include "reco/ring/ring.h"

#include "core/tally.h"
#include "io/raw.h"
#include "reco/stage.h"

#include <math.h>

enum { CUT, N_TALLIES };

static const struct spw_tally tallies[N_TALLIES] = {
    [CUT] = {"rings.cut", "events with more light in the RICH than is searched for rings"},
};

#define POOR_CHI2 3.0 /* per degree of freedom */

static enum spw_status prepare(struct spw_run *run, void **out)
{
    struct ring_state *state;
    SPW_NEW_ZEROS(&run->arena, state, 1);
    *out = state;
    SPW_TRY(
        spw_tally_register(&run->tallies, &run->arena, tallies, N_TALLIES, &state->tally));
    return ring_prepare(state, run);
}

static uint8_t quality_of(const struct ring_options *o, const struct ring *ring)
{
    uint8_t quality = ring->quality;
    const double chi2 = ring->chi2 / (o->hit_sigma * o->hit_sigma);
    if (ring->n_hits < o->min_hits) quality |= SPW_RING_FEW;
    if (3 * ring->n_shared > ring->n_hits) quality |= SPW_RING_SHARED;
    if (chi2 > POOR_CHI2 * fmax(1, (double)ring->n_hits - 3)) quality |= SPW_RING_POOR;
    if (ring->track < 0) return quality;
    const struct ring_offset off = ring->offset;
    if (off.known && fmax(fabs(off.x) / off.sigma_x, fabs(off.y) / off.sigma_y) > 4)
        quality |= SPW_RING_FAR;
    return quality;
}

static void
add_row(struct spw_rings *rings, const struct ring_options *o, const struct ring *ring)
{
    const uint32_t row = rings->rows.count++;
    rings->x_mm[row] = (float)(ring->x - ring->shift_x);
    rings->y_mm[row] = (float)(ring->y - ring->shift_y);
    rings->radius_mm[row] = (float)ring->radius;
    rings->sigma_radius_mm[row] = (float)(o->hit_sigma * sqrt(ring->covariance[5]));
    rings->time_ns[row] = ring->time_ns;
    rings->chi2[row] = (float)(ring->chi2 / (o->hit_sigma * o->hit_sigma));
    rings->n_hits[row] = (uint16_t)ring->n_hits;
    rings->track[row] = ring->track;
    rings->quality[row] = quality_of(o, ring);
    for (int h = 0; h < SPW_N_RING_HYPOTHESES; ++h)
        rings->log_likelihood[h][row] = (float)ring->log_likelihood[h];
}

/* Rings of an event: those of tracks in their order, then the others in order of time. */
static enum spw_status
append(const struct ring_work *work, struct spw_batch *batch, uint32_t event)
{
    struct spw_rings *rings = SPW_OBJECT(batch, work->state->rings, struct spw_rings);
    uint32_t n = 0;
    for (uint32_t c = work->cluster_first[event]; c < work->cluster_first[event + 1]; ++c)
        n += work->cluster[c].n_rings;
    if (!n) return SPW_OK;
    SPW_TRY(spw_rows_reserve(&rings->rows, &spw_rings_table, &batch->arena, n));
    for (uint32_t r = work->track_ring[event]; r < work->track_ring[event + 1]; ++r)
        if (work->ring[r].alive) add_row(rings, &work->state->options, &work->ring[r]);
    for (uint32_t c = work->cluster_first[event]; c < work->cluster_first[event + 1]; ++c)
        for (uint32_t r = 0; r < work->cluster[c].n_rings; ++r)
            if (work->ring[work->cluster[c].ring[r]].track < 0)
                add_row(rings, &work->state->options,
                        &work->ring[work->cluster[c].ring[r]]);
    return SPW_OK;
}

static enum spw_status write_rings(const struct ring_work *work,
                                   struct spw_worker *worker,
                                   struct spw_batch *batch)
{
    struct spw_rows *rows = batch->object[work->state->rings];
    for (uint32_t e = 0; e < batch->raw.n_events; ++e) {
        const uint32_t before = rows->count;
        SPW_TRY(append(work, batch, e));
        rows->first[e + 1] = rows->count;
        spw_fill(&worker->histogram[work->state->histogram[RING_N_RINGS]],
                 (float)(rows->count - before));
        if (!work->cut[e]) continue;
        ++worker->tally[work->state->tally + CUT];
        batch->raw.events.quality[e] |= SPW_EVENT_CUT;
    }
    return SPW_OK;
}

static enum spw_status
run(const void *state_, struct spw_worker *worker, struct spw_batch *batch)
{
    const struct ring_state *state = state_;
    const struct spw_arena_mark mark = spw_arena_mark(&worker->scratch);
    const uint32_t n_events = batch->raw.n_events;
    const struct spw_tracks *tracks =
        state->seeded ? SPW_OBJECT(batch, state->tracks, struct spw_tracks) : NULL;
    struct ring_work work;
    SPW_TRY(ring_work_init(&work, state, SPW_OBJECT(batch, state->hits, struct spw_hits),
                           n_events, &worker->scratch));
    SPW_TRY(ring_work_reserve(&work, &worker->scratch,
                              work.hits.first[n_events] + work.n_clusters +
                                  (tracks ? tracks->rows.count : 0)));
    if (tracks) ring_seed_tracks(&work, tracks, n_events);
    ring_search(&work);
    if (tracks) ring_likelihoods(&work, tracks);
    SPW_TRY(ring_fill_histograms(&work, tracks, worker, batch->raw.events.time_ns));
    const enum spw_status status = write_rings(&work, worker, batch);
    spw_arena_rewind(&worker->scratch, mark);
    return status;
}

static const char *const needs[] = {"hits", NULL};
static const char *const uses[] = {"tracks", NULL};
static const char *const makes[] = {"rings", NULL};

const struct spw_stage spw_stage_rings = {
    .name = "rings",
    .meaning = "rings of the RICH, with and without tracks",
    .needs = needs,
    .uses = uses,
    .makes = makes,
    .prepare = prepare,
    .run = run,
};
