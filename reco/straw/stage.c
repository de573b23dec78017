/* Stage `straw_candidates`: drift circles to track candidates. */
#include "reco/stage.h"
#include "reco/straw/collect.h"

enum { CUT, N_TALLIES };

static const struct spw_tally tallies[N_TALLIES] = {
    [CUT] = {"straw_candidates.cut",
             "events with more straw hits or combinations than are looked at"},
};

struct straw_state {
    struct straw_finder finder;
    uint32_t hits, candidates, candidate_hits;
    uint32_t n_candidates, n_far, time; ///< histograms
    uint32_t tally;
};

static enum spw_status book(struct straw_state *state, struct spw_run *run)
{
    const struct {
        uint32_t *id;
        struct spw_histogram_spec spec;
    } list[] = {
        {&state->n_candidates,
         {.path = "/straw/n_candidates",
          .title = "track candidates of an event",
          .axis = {{"n", "candidates", 0, 20, 20}}}},
        {&state->n_far,
         {.path = "/straw/n_far",
          .title = "hits and clusters of an event outside the window of track times",
          .axis = {{"n", "hits and clusters", 0, 100, 100}}}},
        {&state->time,
         {.path = "/straw/candidate_time",
          .title = "time of track candidates",
          .axis = {{"time_ns", "candidate time - trigger time [ns]", -200, 200, 400}}}},
    };

    for (size_t i = 0; i < sizeof list / sizeof *list; ++i) {
        struct spw_histogram_spec spec = list[i].spec;
        spec.n_axes = 1;
        SPW_TRY(spw_histogram_book(&run->histograms, &run->arena, &spec, list[i].id));
    }
    return SPW_OK;
}

static enum spw_status prepare(struct spw_run *run, void **out)
{
    static const struct spw_object objects[2] = {
        {.path = "/straw/candidates",
         .offset_name = "straw_candidates_offset",
         .table = &track_candidates_table,
         .tier = SPW_TIER_CDST,
         .capacity_per_event = 4},
        {.path = "/straw/candidate_hits",
         .offset_name = "straw_candidate_hits_offset",
         .table = &track_hits_table,
         .tier = SPW_TIER_CDST,
         .capacity_per_event = 100},
    };
    struct straw_state *state;
    SPW_NEW_ZEROS(&run->arena, state, 1);
    *out = state;
    SPW_TRY(
        spw_tally_register(&run->tallies, &run->arena, tallies, N_TALLIES, &state->tally));
    SPW_TRY(straw_finder_prepare(&state->finder, run));
    SPW_TRY(spw_run_find_object(run, "/straw/hits", &state->hits));
    SPW_TRY(spw_run_add_object(run, &objects[0], &state->candidates));
    SPW_TRY(spw_run_add_object(run, &objects[1], &state->candidate_hits));
    return book(state, run);
}

static enum spw_status event_of(struct straw_event **event,
                                const struct straw_state *state,
                                struct spw_worker *worker)
{
    void **kept = spw_worker_kept(worker);
    if (!*kept) {
        struct straw_event *room;
        SPW_NEW_ZEROS(&worker->arena, room, 1);
        SPW_TRY(straw_event_init(room, &state->finder, &worker->arena));
        *kept = room;
    }
    *event = *kept;
    return SPW_OK;
}

static enum spw_status
run(const void *state_, struct spw_worker *worker, struct spw_batch *batch)
{
    const struct straw_state *state = state_;
    const struct spw_straw_hits *hits =
        SPW_OBJECT(batch, state->hits, struct spw_straw_hits);
    struct track_candidates *candidates =
        SPW_OBJECT(batch, state->candidates, struct track_candidates);
    struct track_hits *candidate_hits =
        SPW_OBJECT(batch, state->candidate_hits, struct track_hits);
    struct straw_event *event = NULL;
    SPW_TRY(event_of(&event, state, worker));
    for (uint32_t e = 0; e < batch->raw.n_events; ++e) {
        const uint32_t begin = hits->hits.rows.first[e], end = hits->hits.rows.first[e + 1];
        straw_event_fill(event, hits, begin, end);
        straw_event_find(event);
        SPW_TRY(straw_collect(event, begin, candidates, candidate_hits, &batch->arena));
        candidates->rows.first[e + 1] = candidates->rows.count;
        candidate_hits->rows.first[e + 1] = candidate_hits->rows.count;
        spw_fill(&worker->histogram[state->n_candidates],
                 (float)(candidates->rows.count - candidates->rows.first[e]));
        spw_fill(&worker->histogram[state->n_far], (float)event->n_far);
        if (!event->cut) continue;
        ++worker->tally[state->tally + CUT];
        batch->raw.events.quality[e] |= SPW_EVENT_CUT;
    }
    for (uint32_t i = 0; i < candidates->rows.count; ++i)
        spw_fill(&worker->histogram[state->time], candidates->time_ns[i]);
    return SPW_OK;
}

static const char *const needs[] = {"hits", NULL};
static const char *const makes[] = {"straw_candidates", NULL};

const struct spw_stage spw_stage_straw_candidates = {
    .name = "straw_candidates",
    .meaning = "track candidates of the straw spectrometer",
    .needs = needs,
    .makes = makes,
    .prepare = prepare,
    .run = run,
};
