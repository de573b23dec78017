/* Stage `tracks`: fits of the candidates of the straw spectrometer (docs/physics/tracks.md). */
#include "reco/objects.h"
#include "reco/stage.h"
#include "reco/track/fitted.h"
#include "reco/track/output.h"

enum { FAILED, N_TALLIES };

static const struct spw_tally tallies[N_TALLIES] = {
    [FAILED] = {"tracks.failed",
                "candidates left with too few straws, or without finite results: dropped"},
};

struct tracks_state {
    struct track_fitter fitter;
    struct track_output output;
    uint32_t candidates, candidate_hits, straw_hits;
    uint32_t tally;
};

static enum spw_status prepare(struct spw_run *run, void **out)
{
    struct tracks_state *state;
    struct straw_rt rt;
    SPW_NEW_ZEROS(&run->arena, state, 1);
    *out = state;
    struct track_fitter *fitter = &state->fitter;
    SPW_TRY(
        spw_tally_register(&run->tallies, &run->arena, tallies, N_TALLIES, &state->tally));
    SPW_TRY(track_settings_read(&fitter->settings, run));
    track_settings_constants(&fitter->settings, &fitter->settings.turns,
                             &fitter->constants);
    track_settings_constants(&fitter->settings, &fitter->settings.more_turns,
                             &fitter->more);
    fitter->kernels = track_kernels_pick(run->isa);
    SPW_TRY(straw_rt_prepare(&rt, run));
    SPW_TRY(track_drift_make(&fitter->drift, &run->arena, &rt,
                             SPW_PICK(spw_calibrate_kernels, run->isa)));
    SPW_TRY(spw_run_find_object(run, "/straw/hits", &state->straw_hits));
    SPW_TRY(spw_run_find_object(run, "/straw/candidates", &state->candidates));
    SPW_TRY(spw_run_find_object(run, "/straw/candidate_hits", &state->candidate_hits));
    return track_output_prepare(&state->output, run);
}

static enum spw_status block_of(struct track_block **block, struct spw_worker *worker)
{
    void **kept = spw_worker_kept(worker);
    if (!*kept) {
        struct track_block *room;
        SPW_NEW_ZEROS(&worker->arena, room, 1);
        *kept = room;
    }
    *block = *kept;
    return SPW_OK;
}

/// Room for the candidates of a batch; in the worker's scratch.
struct room {
    struct track_fitted *fitted;
    struct track_hit_fits hits;
    struct track_choice choice;
};

static enum spw_status room_of(struct room *room,
                               struct spw_arena *scratch,
                               const struct track_source *source,
                               uint32_t n_straws)
{
    const uint32_t n_hits = source->hits->rows.count, n = source->candidates->rows.count;
    SPW_NEW(scratch, room->fitted, n + 1);
    SPW_NEW(scratch, room->hits.side, n_hits + 1);
    SPW_NEW(scratch, room->hits.residual_mm, n_hits + 1);
    SPW_NEW(scratch, room->hits.distance_mm, n_hits + 1);
    SPW_NEW(scratch, room->choice.order, n + 1);
    SPW_NEW_ZEROS(scratch, room->choice.used, n_straws + 1);
    return SPW_OK;
}

static enum spw_status
run(const void *state_, struct spw_worker *worker, struct spw_batch *batch)
{
    const struct tracks_state *state = state_;
    const struct spw_straw_hits *straws =
        SPW_OBJECT(batch, state->straw_hits, struct spw_straw_hits);
    const struct track_source source = {
        &state->fitter.constants,
        SPW_OBJECT(batch, state->candidates, struct track_candidates),
        SPW_OBJECT(batch, state->candidate_hits, struct track_hits),
        &state->fitter.drift,
    };
    const uint32_t *first = source.candidates->rows.first;
    struct track_block *block = NULL;
    struct room room = {0};
    SPW_TRY(block_of(&block, worker));
    SPW_TRY(room_of(&room, &worker->scratch, &source, straws->hits.rows.count));
    track_fit_candidates(&state->fitter, &source, block, room.fitted, &room.hits);
    for (uint32_t c = 0; c < source.candidates->rows.count; ++c)
        worker->tally[state->tally + FAILED] += room.fitted[c].n_hits == 0;
    for (uint32_t e = 0; e < batch->raw.n_events; ++e) {
        const uint32_t range[2] = {first[e], first[e + 1]};
        const uint32_t n = track_choose(&state->fitter, &source, &room.hits, room.fitted,
                                        range, &room.choice);
        const struct track_event event = {e, n, room.choice.order, room.fitted, &room.hits};
        SPW_TRY(track_output_append(&state->output, worker, batch, &source, &event));
    }
    return track_output_fill(&state->output, worker, batch);
}

static const char *const needs[] = {"hits", "straw_candidates", NULL};
static const char *const makes[] = {"tracks", NULL};

const struct spw_stage spw_stage_tracks = {
    .name = "tracks",
    .meaning = "tracks of the straw spectrometer: momentum, direction, time, covariance",
    .needs = needs,
    .makes = makes,
    .prepare = prepare,
    .run = run,
};
