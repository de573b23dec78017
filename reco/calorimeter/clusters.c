/* Stage `clusters`: showers of the LKr, MUV1 and MUV2. */
#include "reco/calorimeter/calorimeter.h"
#include "reco/stage.h"

#include "geometry/na62_geometry.h"

#include <math.h>

enum { CUT, N_TALLIES };

static const struct spw_tally tallies[N_TALLIES] = {
    [CUT] = {"clusters.cut", "events with more clusters in a calorimeter than are kept"},
};

struct clusters_state {
    struct calorimeter *calorimeter;
    uint32_t n_calorimeters;
    uint32_t tally;
};

static enum spw_status prepare(struct spw_run *run, void **out)
{
    struct clusters_state *state;
    struct spw_texts names;
    SPW_NEW_ZEROS(&run->arena, state, 1);
    *out = state;
    SPW_TRY(
        spw_tally_register(&run->tallies, &run->arena, tallies, N_TALLIES, &state->tally));
    SPW_TRY(spw_config_keys(run->config, "clusters", &names));
    SPW_NEW_ZEROS(&run->arena, state->calorimeter, names.count + 1);
    state->n_calorimeters = (uint32_t)names.count;
    for (uint32_t c = 0; c < state->n_calorimeters; ++c)
        SPW_TRY(calorimeter_prepare(&state->calorimeter[c], run, names.text[c]));
    return SPW_OK;
}

static enum spw_status work_of(struct spw_worker *worker, struct shower_work **work)
{
    void **kept = spw_worker_kept(worker);
    if (!*kept) {
        SPW_NEW_ZEROS(&worker->arena, *work, 1);
        SPW_TRY(showers_init(*work, &worker->arena));
        *kept = *work;
    }
    *work = *kept;
    return SPW_OK;
}

static enum spw_status append(const struct calorimeter *calorimeter,
                              struct spw_batch *batch,
                              const struct shower_work *work)
{
    struct spw_clusters *rows = SPW_OBJECT(batch, calorimeter->object, struct spw_clusters);
    SPW_TRY(
        spw_rows_reserve(&rows->rows, &spw_clusters_table, &batch->arena, work->n_results));
    for (uint32_t i = 0; i < work->n_results; ++i) {
        const struct shower_result *result = &work->result[i];
        const uint32_t row = rows->rows.count++;
        rows->x_mm[row] = result->x_mm;
        rows->y_mm[row] = result->y_mm;
        rows->energy_MeV[row] = result->energy_MeV;
        rows->time_ns[row] = result->time_ns;
        rows->raw_MeV[row] = result->raw_MeV;
        rows->n_cells[row] = result->n_cells;
        rows->seed_channel[row] = result->seed_channel;
        rows->quality[row] = result->quality;
    }
    return SPW_OK;
}

/* Place in the seed's cell, in cells. */
static float in_cell(float place_mm, uint32_t index)
{
    return place_mm / (float)NA62_LKR_CELL_MM + 63.5f - (float)index;
}

static void fill_histograms(const struct calorimeter *calorimeter,
                            struct spw_worker *worker,
                            const struct shower_work *work,
                            const struct spw_cells *cells,
                            float trigger_ns)
{
    const struct calorimeter_options *o = &calorimeter->options;
    const uint32_t *id = calorimeter->histogram;
    struct spw_histogram *set = worker->histogram;
    spw_fill(&set[id[CALORIMETER_N_CLUSTERS]], (float)work->n_results);
    for (uint32_t i = 0; i < work->n_results; ++i) {
        const struct shower_result *result = &work->result[i];
        const float index = (float)cells->index[result->seed_row];
        spw_fill(&set[id[CALORIMETER_ENERGY]], result->energy_MeV);
        if (result->energy_MeV > (float)o->time_above)
            spw_fill2(&set[id[CALORIMETER_TIME_BY_SEED]], index,
                      result->time_ns - trigger_ns);
        if (calorimeter->kind != CALORIMETER_SHOWERS || result->quality ||
            !(result->energy_MeV > (float)o->position_above))
            continue;
        spw_fill2(&set[id[CALORIMETER_POSITION]],
                  in_cell(result->x_mm, result->seed_channel / 1000),
                  in_cell(result->y_mm, result->seed_channel % 1000));
    }
}

static enum spw_status run_calorimeter(const struct clusters_state *state,
                                       const struct calorimeter *calorimeter,
                                       struct spw_worker *worker,
                                       struct spw_batch *batch,
                                       struct shower_work *work)
{
    const struct spw_cells *cells = SPW_OBJECT(batch, calorimeter->cells, struct spw_cells);
    struct spw_rows *rows = batch->object[calorimeter->object];
    uint32_t *slot;
    SPW_NEW(&worker->scratch, slot, cells->rows.count + 1);
    if (calorimeter->kind == CALORIMETER_SHOWERS)
        calorimeter->showers.kernels->slots(cells->rows.count, cells->channel, slot);
    for (uint32_t e = 0; e < batch->raw.n_events; ++e) {
        const struct shower_event event = {cells, slot, cells->rows.first[e],
                                           cells->rows.first[e + 1],
                                           batch->raw.events.time_ns[e]};
        if (calorimeter->kind == CALORIMETER_SHOWERS)
            showers_find(&calorimeter->showers, work, &event);
        else
            strips_find(&calorimeter->strips, work, &event);
        SPW_TRY(append(calorimeter, batch, work));
        rows->first[e + 1] = rows->count;
        fill_histograms(calorimeter, worker, work, cells, event.trigger_ns);
        if (work->n_seeds <= work->n_results) continue;
        ++worker->tally[state->tally + CUT];
        batch->raw.events.quality[e] |= SPW_EVENT_CUT;
    }
    return SPW_OK;
}

static enum spw_status
run(const void *state_, struct spw_worker *worker, struct spw_batch *batch)
{
    const struct clusters_state *state = state_;
    struct shower_work *work;
    SPW_TRY(work_of(worker, &work));
    for (uint32_t c = 0; c < state->n_calorimeters; ++c) {
        const struct spw_arena_mark mark = spw_arena_mark(&worker->scratch);
        SPW_TRY(run_calorimeter(state, &state->calorimeter[c], worker, batch, work));
        spw_arena_rewind(&worker->scratch, mark);
    }
    return SPW_OK;
}

static const char *const needs[] = {"cells", NULL};
static const char *const makes[] = {"clusters", NULL};

const struct spw_stage spw_stage_clusters = {
    .name = "clusters",
    .meaning = "showers of the LKr, MUV1 and MUV2",
    .needs = needs,
    .makes = makes,
    .prepare = prepare,
    .run = run,
};
