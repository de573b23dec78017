/* Event level: what belongs to a track, vertices, missing masses, selections
   (docs/physics/events.md). */
#include "reco/match/histograms.h"
#include "reco/match/photons.h"
#include "reco/match/selection.h"
#include "reco/stage.h"

#include <math.h>
#include <string.h>

enum { CUT, N_TALLIES };

static const struct spw_tally tallies[N_TALLIES] = {
    [CUT] = {"events.cut", "events with more tracks than are combined to vertices"},
};

struct events_state {
    struct match_options options;
    struct match_sources sources;
    struct match_selections selections;
    struct match_histograms histograms;
    const struct spw_vertex_kernels *kernels;
    uint32_t matches, vertices, summaries, selected; ///< objects
    uint32_t tally;
};

static enum spw_status declare(struct events_state *state, struct spw_run *run)
{
    static const struct {
        const char *path, *offset_name;
        const struct spw_table *table;
        uint32_t capacity_per_event;
    } made[] = {
        {"/straw/matches", "straw_matches_offset", &spw_matches_table, 4},
        {"/vertices", "vertices_offset", &spw_vertices_table, 6},
        {"/summary", "summary_offset", &spw_summaries_table, 1},
        {"/selections", "selections_offset", &spw_selected_table, 1},
    };

    uint32_t *const id[] = {&state->matches, &state->vertices, &state->summaries,
                            &state->selected};
    for (int i = 0; i < 4; ++i) {
        struct spw_object object = {
            .path = made[i].path,
            .offset_name = made[i].offset_name,
            .table = made[i].table,
            .capacity_per_event = made[i].capacity_per_event,
        };
        SPW_TRY(spw_tier_parse(state->options.tier, &object.tier));
        SPW_TRY(spw_run_add_object(run, &object, id[i]));
    }
    return SPW_OK;
}

static enum spw_status prepare(struct spw_run *run, void **out)
{
    struct events_state *state;
    SPW_NEW_ZEROS(&run->arena, state, 1);
    *out = state;
    SPW_TRY(match_options_read(&state->options, run));
    SPW_TRY(match_selections_read(&state->selections, run));
    SPW_TRY(match_histograms_book(&state->histograms, run));
    match_sources_find(&state->sources, run);
    state->kernels = SPW_PICK(spw_vertex_kernels, run->isa);
    SPW_TRY(declare(state, run));
    return spw_tally_register(&run->tallies, &run->arena, tallies, N_TALLIES,
                              &state->tally);
}

/// One batch being worked on.
struct work {
    const struct events_state *state;
    struct spw_worker *worker;
    struct spw_batch *batch;
    struct match_scene scene;
    struct match_vertices vertices;
};

/* Vertices that are worth keeping. */
static bool
is_kept(const struct match_options *o, const struct match_vertices *v, uint32_t row)
{
    return v->z_mm[row] >= o->vertex_z.value[0] && v->z_mm[row] <= o->vertex_z.value[1] &&
           v->chi2[row] <= o->vertex_chi2_max && v->cda_mm[row] <= o->vertex_cda_max;
}

static int8_t charge_of(const struct match_vertex *at)
{
    int charge = 0;
    for (int i = 0; i < at->vertices->n_tracks[at->row]; ++i)
        charge += at->scene->inputs->tracks->charge[at->vertices->track[i][at->row]];
    return (int8_t)charge;
}

/* The row of a vertex in the output. */
static void add_vertex(struct spw_vertices *to,
                       const struct match_vertex *at,
                       const struct match_values *values)
{
    const struct match_vertices *v = at->vertices;
    const struct match_inputs *in = at->scene->inputs;
    const uint32_t row = to->rows.count++, from = at->row;
    const int n = v->n_tracks[from];
    to->x_mm[row] = (float)v->x_mm[from];
    to->y_mm[row] = (float)v->y_mm[from];
    to->z_mm[row] = (float)v->z_mm[from];
    to->cda_mm[row] = (float)v->cda_mm[from];
    to->chi2[row] = (float)v->chi2[from];
    to->time_ns[row] = v->time_ns[from];
    to->n_tracks[row] = (uint8_t)n;
    to->charge[row] = charge_of(at);
    for (int i = 0; i < SPW_VERTEX_LINES; ++i)
        to->track[i][row] =
            i < n ? v->track[i][from] - (int32_t)in->tracks->rows.first[at->e] : -1;
    to->beam[row] = at->beam < 0 ? -1 : at->beam - (int32_t)in->beam->rows.first[at->e];
    to->p_MeV[row] = (float)values->of[MATCH_Q_momentum];
    to->quality[row] = n > 1 ? 0 : v->beam[from] < 0 ? SPW_VERTEX_NOMINAL : SPW_VERTEX_BEAM;
}

/// The best vertex of an event for a selection.
struct best {
    bool found;
    double chi2;
    struct match_vertex vertex;
    int32_t row; ///< among the event's vertices
    struct match_values values;
};

static void try_selections(const struct events_state *state,
                           const struct match_vertex *at,
                           int32_t row,
                           struct match_values *values,
                           struct best *best)
{
    const int lines =
        at->vertices->n_tracks[at->row] == 1 ? 2 : at->vertices->n_tracks[at->row];
    const double chi2 = at->vertices->chi2[at->row] / (2 * lines - 3);
    for (uint32_t s = 0; s < state->selections.count; ++s) {
        if (best[s].found && best[s].chi2 <= chi2) continue;
        if (!match_selection_passes(&state->selections.selection[s], at, values)) continue;
        best[s] = (struct best){true, chi2, *at, row, *values};
    }
}

static float finite_or_zero(double value)
{
    return isfinite(value) ? (float)value : 0.0f;
}

static enum spw_status
add_selected(const struct work *work, const struct best *best, uint32_t s)
{
    struct spw_selected *to =
        SPW_OBJECT(work->batch, work->state->selected, struct spw_selected);
    const double *q = best->values.of;
    SPW_TRY(spw_rows_reserve(&to->rows, &spw_selected_table, &work->batch->arena, 1));
    const uint32_t row = to->rows.count++;
    to->selection[row] = (uint8_t)s;
    to->vertex[row] = best->row;
    to->mass_MeV[row] = q[MATCH_Q_tracks] > 1 ? (float)q[MATCH_Q_mass] : 0.0f;
    to->missing_mass2_MeV2[row] = finite_or_zero(q[MATCH_Q_missing_mass2]);
    to->nominal_missing_mass2_MeV2[row] = finite_or_zero(q[MATCH_Q_nominal_missing_mass2]);
    to->photon_mass_MeV[row] = finite_or_zero(q[MATCH_Q_photon_mass]);
    match_selection_plot(&work->state->selections.selection[s], &best->vertex,
                         &best->values, work->worker->histogram);
    match_histograms_selected(&work->state->histograms, &best->vertex,
                              work->worker->histogram);
    return SPW_OK;
}

/* Vertices of event `e`, and the selections they pass; returns them as bits. */
static enum spw_status
finish_vertices(const struct work *work, uint32_t e, uint32_t *selected)
{
    const struct events_state *state = work->state;
    struct spw_vertices *to = SPW_OBJECT(work->batch, state->vertices, struct spw_vertices);
    struct best best[MATCH_MAX_SELECTIONS];
    const uint32_t *first = work->vertices.rows.first, begin = to->rows.count;
    for (uint32_t s = 0; s < state->selections.count; ++s) best[s].found = false;
    SPW_TRY(spw_rows_reserve(&to->rows, &spw_vertices_table, &work->batch->arena,
                             first[e + 1] - first[e]));
    for (uint32_t row = first[e]; row < first[e + 1]; ++row) {
        struct match_values values;
        if (!is_kept(&state->options, &work->vertices, row)) continue;
        const struct match_vertex at =
            match_vertex_at(&work->scene, &work->vertices, row, e);
        match_values_plain(&at, &values);
        try_selections(state, &at, (int32_t)(to->rows.count - begin), &values, best);
        add_vertex(to, &at, &values);
    }
    to->rows.first[e + 1] = to->rows.count;
    *selected = 0;
    for (uint32_t s = 0; s < state->selections.count; ++s) {
        if (!best[s].found) continue;
        *selected |= 1u << s;
        SPW_TRY(add_selected(work, &best[s], s));
    }
    return SPW_OK;
}

static void add_summary(const struct work *work, uint32_t e, uint32_t selected)
{
    struct spw_summaries *to =
        SPW_OBJECT(work->batch, work->state->summaries, struct spw_summaries);
    const struct match_inputs *in = work->scene.inputs;
    const double window = work->state->options.veto_window;
    const float time_ns = in->trigger_ns[e];

    const struct {
        const struct spw_candidates *candidates;
        uint8_t bit;
    } vetoes[] = {{in->lav, SPW_VETO_LAV},
                  {in->irc, SPW_VETO_IRC},
                  {in->sac, SPW_VETO_SAC},
                  {in->chanti, SPW_VETO_CHANTI}};
    struct match_photons photons;
    const uint32_t row = to->rows.count++;
    uint8_t veto = 0;
    match_photons_find(&photons, &work->scene, e, time_ns);
    for (int i = 0; i < 4; ++i)
        if (match_count_near(vetoes[i].candidates, e, time_ns, window))
            veto |= vetoes[i].bit;
    if (photons.n) veto |= SPW_VETO_LKR;
    to->veto[row] = veto;
    to->n_photons[row] = (uint8_t)(photons.n < 255 ? photons.n : 255);
    to->photon_MeV[row] = photons.energy_MeV;
    to->selected[row] = selected;
    to->rows.first[e + 1] = to->rows.count;
}

/* Combines tracks to vertices, all events of the batch, and fits them. */
static enum spw_status make_vertices(struct work *work)
{
    struct spw_worker *worker = work->worker;
    struct match_fitter fitter = {
        .kernels = work->state->kernels,
        .arena = &worker->scratch,
    };
    struct match_vertices *v = &work->vertices;
    const uint32_t n_events = work->batch->raw.n_events;
    SPW_NEW_ZEROS(&worker->scratch, fitter.two, 1);
    SPW_NEW_ZEROS(&worker->scratch, fitter.three, 1);
    SPW_TRY(spw_rows_init(&v->rows, &match_vertices_table, &worker->scratch, n_events,
                          8 * n_events));
    for (uint32_t e = 0; e < n_events; ++e) {
        bool cut;
        SPW_TRY(match_vertices_add(v, &fitter, &work->scene, e, &cut));
        v->rows.first[e + 1] = v->rows.count;
        if (!cut) continue;
        ++worker->tally[work->state->tally + CUT];
        work->batch->raw.events.quality[e] |= SPW_EVENT_CUT;
    }
    match_vertices_finish(v, &fitter);
    return SPW_OK;
}

/* A row of matches for every track. */
static enum spw_status make_matches(const struct work *work)
{
    struct spw_matches *matches =
        SPW_OBJECT(work->batch, work->state->matches, struct spw_matches);
    const struct spw_rows *tracks = &work->scene.inputs->tracks->rows;
    const uint32_t n_events = work->batch->raw.n_events;
    SPW_TRY(spw_rows_reserve(&matches->rows, &spw_matches_table, &work->batch->arena,
                             tracks->count));
    matches->rows.count = tracks->count;
    memcpy(matches->rows.first, tracks->first,
           sizeof *tracks->first * ((size_t)n_events + 1));
    for (uint32_t e = 0; e < n_events; ++e) {
        match_tracks(&work->scene, e);
        match_histograms_tracks(&work->state->histograms, &work->scene, e,
                                work->worker->histogram);
    }
    return SPW_OK;
}

static enum spw_status
run(const void *state_, struct spw_worker *worker, struct spw_batch *batch)
{
    const struct events_state *state = state_;
    struct match_inputs inputs;
    struct work work = {.state = state, .worker = worker, .batch = batch};
    struct spw_rows *selected = batch->object[state->selected];
    SPW_TRY(match_inputs_get(&inputs, &state->sources, &worker->scratch, batch));
    work.scene = (struct match_scene){
        .options = &state->options,
        .inputs = &inputs,
        .matches = SPW_OBJECT(batch, state->matches, struct spw_matches),
    };
    SPW_TRY(make_matches(&work));
    SPW_TRY(make_vertices(&work));
    for (uint32_t e = 0; e < batch->raw.n_events; ++e) {
        uint32_t bits;
        SPW_TRY(finish_vertices(&work, e, &bits));
        selected->first[e + 1] = selected->count;
        add_summary(&work, e, bits);
    }
    return SPW_OK;
}

static const char *const needs[] = {"tracks", NULL};
static const char *const uses[] = {"clusters", "rings", "candidates", "beam_tracks", NULL};
static const char *const makes[] = {"vertices", NULL};

const struct spw_stage spw_stage_events = {
    .name = "events",
    .meaning = "what belongs to a track, vertices, missing masses, selections",
    .needs = needs,
    .uses = uses,
    .makes = makes,
    .prepare = prepare,
    .run = run,
};
