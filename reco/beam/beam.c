/* Beam tracks: GTK pixels of three stations to the momentum and direction of beam particles
   (docs/physics/beam.md). */
#include "reco/beam/triplets.h"
#include "reco/stage.h"

#include <math.h>

enum { CUT, N_TALLIES };

static const struct spw_tally tallies[N_TALLIES] = {
    [CUT] = {"beam.cut", "events with more GTK hits or combinations than are looked at"},
};

enum { NUMBER, MOMENTUM, SLOPE_X, SLOPE_Y, CHI2_X, CHI2_TIME, KAON_TIME, N_HISTOGRAMS };

static const struct spw_histogram_spec histograms[N_HISTOGRAMS] = {
    [NUMBER] = {"/gtk/n_tracks",
                "beam tracks of an event",
                1,
                {{"n", "tracks", 0, 50, 50}}},
    [MOMENTUM] = {"/gtk/momentum",
                  "momentum of beam tracks",
                  1,
                  {{"p_MeV", "momentum [MeV]", 70000, 80000, 200}}},
    [SLOPE_X] = {"/gtk/slope_x",
                 "slope of beam tracks in x",
                 1,
                 {{"dxdz", "slope in x", 0.0002, 0.0022, 200}}},
    [SLOPE_Y] = {"/gtk/slope_y",
                 "slope of beam tracks in y",
                 1,
                 {{"dydz", "slope in y", -0.001, 0.001, 200}}},
    [CHI2_X] = {"/gtk/residual_x",
                "distance of station 2 from the line through 1 and 3, by number of pixels",
                2,
                {{"n", "pixels of the track", 3, 8, 5},
                 {"residual_mm", "distance [mm]", -1, 1, 200}}},
    [CHI2_TIME] = {"/gtk/residual_time",
                   "time of a station - mean time, by station",
                   2,
                   {{"station", "station", 0, 3, 3},
                    {"time_ns", "time - mean time [ns]", -1, 1, 200}}},
    [KAON_TIME] = {"/gtk/time_by_ktag",
                   "beam track time - nearest KTAG kaon time",
                   1,
                   {{"time_ns", "track time - kaon time [ns]", -2, 2, 400}}},
};

enum { NO_OBJECT = UINT32_MAX };

struct beam_state {
    struct beam_setup setup;
    const struct spw_beam_kernels *kernels;
    uint32_t hits, kaons, tracks; ///< objects; kaons may be NO_OBJECT
    uint32_t tally, histogram[N_HISTOGRAMS];
};

/// What a worker keeps from batch to batch.
struct beam_worker {
    struct beam_event event;
    struct spw_triplets triplets;
};

static enum spw_status prepare(struct spw_run *run, void **out)
{
    struct beam_state *state;
    SPW_NEW_ZEROS(&run->arena, state, 1);
    *out = state;
    SPW_TRY(beam_setup_prepare(&state->setup, run));
    state->kernels = SPW_PICK(spw_beam_kernels, run->isa);
    SPW_TRY(spw_run_find_object(run, "/gtk/hits", &state->hits));
    if (spw_run_find_object(run, "/ktag/candidates", &state->kaons) != SPW_OK)
        state->kaons = NO_OBJECT;
    struct spw_object object = {
        .path = "/gtk/tracks",
        .offset_name = "gtk_tracks_offset",
        .table = &spw_beam_tracks_table,
        .capacity_per_event = 12,
    };
    SPW_TRY(spw_tier_parse(state->setup.options.tier, &object.tier));
    SPW_TRY(spw_run_add_object(run, &object, &state->tracks));
    SPW_TRY(
        spw_tally_register(&run->tallies, &run->arena, tallies, N_TALLIES, &state->tally));
    for (int h = 0; h < N_HISTOGRAMS; ++h)
        SPW_TRY(spw_histogram_book(&run->histograms, &run->arena, &histograms[h],
                                   &state->histogram[h]));
    return SPW_OK;
}

static enum spw_status
keep(struct spw_worker *worker, const struct beam_state *state, struct beam_worker **kept)
{
    void **place = spw_worker_kept(worker);
    if (!*place) {
        struct beam_worker *mine;
        SPW_NEW_ZEROS(&worker->arena, mine, 1);
        SPW_TRY(beam_event_init(&mine->event, &worker->arena, &state->setup.options));
        SPW_TRY(spw_rows_init(&mine->triplets.rows, &spw_triplets_table, &worker->arena, 1,
                              256));
        *place = mine;
    }
    *kept = *place;
    return SPW_OK;
}

/* Row among the event's kaons of the one nearest in time, -1 outside of the window. Kaons and
   tracks are in order of time: `from` moves on. */
static int32_t nearest_kaon(const struct spw_candidates *kaons,
                            uint32_t e,
                            float time_ns,
                            float window_ns,
                            uint32_t *from)
{
    const uint32_t begin = kaons->rows.first[e], end = kaons->rows.first[e + 1];
    while (*from + 1 < end && fabsf(kaons->time_ns[*from + 1] - time_ns) <=
                                  fabsf(kaons->time_ns[*from] - time_ns))
        ++*from;
    if (*from >= end || !(fabsf(kaons->time_ns[*from] - time_ns) < window_ns)) return -1;
    return (int32_t)(*from - begin);
}

static void fill_histograms(const struct beam_state *state,
                            struct spw_worker *worker,
                            const struct spw_triplets *t,
                            uint32_t row)
{
    const uint32_t *id = state->histogram;
    const float *x1 = t->x_mm[0], *x2 = t->x_mm[1], *x3 = t->x_mm[2];
    const struct spw_beam_fit *fit = &state->setup.fit;
    const float u = fit->p0_MeV / t->p_MeV[row];
    const float residual = x2[row] - fit->kick_mm[1] * u -
                           fit->near * (x1[row] - fit->kick_mm[0] * u) - fit->far * x3[row];
    spw_fill(&worker->histogram[id[MOMENTUM]], t->p_MeV[row]);
    spw_fill(&worker->histogram[id[SLOPE_X]], t->dxdz[row]);
    spw_fill(&worker->histogram[id[SLOPE_Y]], t->dydz[row]);
    spw_fill2(&worker->histogram[id[CHI2_X]], t->sum_weights[row], residual);
    for (int s = 0; s < BEAM_STATIONS; ++s)
        spw_fill2(&worker->histogram[id[CHI2_TIME]], (float)s,
                  t->time_ns[s][row] - t->fit_time_ns[row]);
}

static void add_track(const struct beam_state *state,
                      struct spw_beam_tracks *tracks,
                      const struct spw_triplets *t,
                      uint32_t row)
{
    const uint32_t to = tracks->rows.count++;
    tracks->x_mm[to] = t->fit_x_mm[row];
    tracks->y_mm[to] = t->fit_y_mm[row];
    tracks->dxdz[to] = t->dxdz[row];
    tracks->dydz[to] = t->dydz[row];
    tracks->p_MeV[to] = t->p_MeV[row];
    tracks->time_ns[to] = t->fit_time_ns[row];
    tracks->sigma_time_ns[to] =
        (float)state->setup.options.time_sigma / sqrtf(t->sum_weights[row]);
    tracks->chi2[to] = t->chi2_x[row] + t->chi2_time[row];
    tracks->n_hits[to] = (uint8_t)fminf(t->sum_weights[row], 255.0f);
    tracks->ktag[to] = -1;
    tracks->quality[to] = t->quality[row];
}

/* The event's tracks, in order of time. */
static enum spw_status add_tracks(const struct beam_state *state,
                                  struct spw_worker *worker,
                                  struct spw_batch *batch,
                                  struct beam_worker *mine,
                                  uint32_t n)
{
    struct spw_beam_tracks *tracks =
        SPW_OBJECT(batch, state->tracks, struct spw_beam_tracks);
    spw_fill(&worker->histogram[state->histogram[NUMBER]], (float)n);
    SPW_TRY(spw_rows_reserve(&tracks->rows, &spw_beam_tracks_table, &batch->arena, n));
    for (uint32_t i = 0; i < n; ++i) {
        const uint32_t row = (uint32_t)mine->event.order[i];
        add_track(state, tracks, &mine->triplets, row);
        fill_histograms(state, worker, &mine->triplets, row);
    }
    return SPW_OK;
}

static void match_kaons(const struct beam_state *state,
                        struct spw_worker *worker,
                        struct spw_batch *batch,
                        uint32_t e)
{
    const struct spw_candidates *kaons =
        SPW_OBJECT(batch, state->kaons, struct spw_candidates);
    const struct spw_beam_tracks *tracks =
        SPW_OBJECT(batch, state->tracks, struct spw_beam_tracks);
    struct spw_histogram *histogram = &worker->histogram[state->histogram[KAON_TIME]];
    const float window = (float)state->setup.options.kaon_window;
    uint32_t from = kaons->rows.first[e];
    if (from == kaons->rows.first[e + 1]) return;
    for (uint32_t i = tracks->rows.first[e]; i < tracks->rows.first[e + 1]; ++i) {
        tracks->ktag[i] = nearest_kaon(kaons, e, tracks->time_ns[i], window, &from);
        spw_fill(histogram, tracks->time_ns[i] - kaons->time_ns[from]);
    }
}

/* Rows up to the end of the last vector: there is room, as capacities are multiples of it. */
static uint32_t whole_vectors(uint32_t n)
{
    const uint32_t lanes = SPW_ALIGN / sizeof(float);
    return (n + lanes - 1) / lanes * lanes;
}

static enum spw_status
run(const void *state_, struct spw_worker *worker, struct spw_batch *batch)
{
    const struct beam_state *state = state_;
    const struct spw_hits *hits = SPW_OBJECT(batch, state->hits, struct spw_hits);
    struct spw_rows *rows = batch->object[state->tracks];
    struct beam_worker *mine = NULL;
    SPW_TRY(keep(worker, state, &mine));
    for (uint32_t e = 0; e < batch->raw.n_events; ++e) {
        mine->triplets.rows.count = 0;
        beam_clusters_find(&mine->event, &state->setup, hits, hits->rows.first[e],
                           hits->rows.first[e + 1], batch->raw.events.time_ns[e]);
        SPW_TRY(beam_triplets_add(&mine->triplets, &worker->arena, &mine->event,
                                  &state->setup));
        state->kernels->fit(whole_vectors(mine->triplets.rows.count), &state->setup.fit,
                            &mine->triplets);
        const uint32_t n =
            beam_triplets_choose(&mine->event, &state->setup, &mine->triplets);
        SPW_TRY(add_tracks(state, worker, batch, mine, n));
        rows->first[e + 1] = rows->count;
        if (state->kaons != NO_OBJECT) match_kaons(state, worker, batch, e);
        if (!mine->event.cut) continue;
        ++worker->tally[state->tally + CUT];
        batch->raw.events.quality[e] |= SPW_EVENT_CUT;
    }
    return SPW_OK;
}

static const char *const needs[] = {"hits", NULL};
static const char *const uses[] = {"candidates", NULL};
static const char *const makes[] = {"beam_tracks", NULL};

const struct spw_stage spw_stage_beam = {
    .name = "beam",
    .meaning = "beam tracks of the GTK with momentum, and their KTAG kaon",
    .needs = needs,
    .uses = uses,
    .makes = makes,
    .prepare = prepare,
    .run = run,
};
