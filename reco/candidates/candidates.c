/* Time candidates: particles seen by one detector. */
#include "reco/candidates/finder.h"
#include "reco/stage.h"

enum { CUT, N_TALLIES };

static const struct spw_tally tallies[N_TALLIES] = {
    [CUT] = {"candidates.cut", "events with more candidates in a detector than are kept"},
};

struct candidates_state {
    struct finder *finder;
    uint32_t n_finders;
    uint32_t tally;
    const struct spw_rank_kernels *kernels;
};

static finder_function *const find[FIND_N_KINDS] = {
    [FIND_SECTORS] = find_sectors,
    [FIND_CROSSING] = find_crossings,
    [FIND_TILES] = find_tiles,
    [FIND_CLUSTERS] = find_clusters,
};

static enum spw_status prepare(struct spw_run *run, void **out)
{
    struct candidates_state *state;
    struct spw_texts names;
    SPW_NEW_ZEROS(&run->arena, state, 1);
    *out = state;
    state->kernels = SPW_PICK(spw_rank_kernels, run->isa);
    SPW_TRY(
        spw_tally_register(&run->tallies, &run->arena, tallies, N_TALLIES, &state->tally));
    SPW_TRY(spw_config_keys(run->config, "candidates", &names));
    SPW_NEW_ZEROS(&run->arena, state->finder, names.count + 1);
    state->n_finders = (uint32_t)names.count;
    for (uint32_t f = 0; f < state->n_finders; ++f)
        SPW_TRY(finder_prepare(&state->finder[f], run, names.text[f]));
    return SPW_OK;
}

static void sort_by_time(struct spw_candidate_list *list)
{
    uint64_t key[SPW_MAX_CANDIDATES + SPW_KEYS_MORE];
    uint64_t spare[SPW_MAX_CANDIDATES + SPW_KEYS_MORE];
    struct spw_candidate copy[SPW_MAX_CANDIDATES];
    for (uint32_t i = 0; i < list->count; ++i)
        key[i] = spw_time_key(list->candidate[i].time_ns, i);
    spw_keys_sort(key, spare, list->count);
    memcpy(copy, list->candidate, sizeof *copy * list->count);
    for (uint32_t i = 0; i < list->count; ++i)
        list->candidate[i] = copy[spw_key_row(key[i])];
}

/* Fills those columns that the detector's table has, and the histogram of times. */
static enum spw_status append(const struct finder *finder,
                              struct spw_worker *worker,
                              struct spw_batch *batch,
                              const struct spw_candidate_list *list,
                              float trigger_ns)
{
    struct spw_candidates *rows = SPW_OBJECT(batch, finder->object, struct spw_candidates);
    struct spw_histogram *times = &worker->histogram[finder->time];
    if (list->count > rows->rows.capacity - rows->rows.count)
        SPW_TRY(spw_rows_reserve(&rows->rows, worker->run->object[finder->object].table,
                                 &batch->arena, list->count));
    for (uint32_t i = 0; i < list->count; ++i) {
        const struct spw_candidate *candidate = &list->candidate[i];
        const uint32_t row = rows->rows.count++;
        spw_fill(times, candidate->time_ns - trigger_ns);
        rows->time_ns[row] = candidate->time_ns;
        rows->n_hits[row] = candidate->n_hits;
        rows->quality[row] = candidate->quality;
        if (rows->n_sectors) rows->n_sectors[row] = candidate->n_sectors;
        if (rows->tile) rows->tile[row] = candidate->tile;
        if (!rows->x_mm) continue;
        rows->x_mm[row] = candidate->x_mm;
        rows->y_mm[row] = candidate->y_mm;
    }
    return SPW_OK;
}

static enum spw_status run_finder(const struct candidates_state *state,
                                  const struct finder *finder,
                                  struct spw_worker *worker,
                                  struct spw_batch *batch)
{
    const struct spw_hits *hits = SPW_OBJECT(batch, finder->hits, struct spw_hits);
    struct spw_rows *rows = batch->object[finder->object];
    struct spw_candidate_list list;
    uint64_t *key, *spare;
    struct sector_hit *left;
    SPW_NEW(&worker->scratch, left, hits->rows.count + 1);
    SPW_NEW(&worker->scratch, key, hits->rows.count + SPW_KEYS_MORE);
    SPW_NEW(&worker->scratch, spare, hits->rows.count + SPW_KEYS_MORE);
    for (uint32_t e = 0; e < batch->raw.n_events; ++e) {
        const uint32_t n = spw_hits_keys(hits, hits->rows.first[e], hits->rows.first[e + 1],
                                         (uint32_t)finder->options.ids_below, key);
        list.count = 0;
        list.cut = list.unordered = false;
        if (n) {
            const struct finder_event event = {hits, key, spare, left, n};
            spw_keys_rank(state->kernels, key, spare, n);
            find[finder->kind](finder, &event, &list);
            if (list.unordered) sort_by_time(&list);
            SPW_TRY(append(finder, worker, batch, &list, batch->raw.events.time_ns[e]));
        }
        rows->first[e + 1] = rows->count;
        spw_fill(&worker->histogram[finder->multiplicity], (float)list.count);
        if (!list.cut) continue;
        ++worker->tally[state->tally + CUT];
        batch->raw.events.quality[e] |= SPW_EVENT_CUT;
    }
    return SPW_OK;
}

static enum spw_status
run(const void *state_, struct spw_worker *worker, struct spw_batch *batch)
{
    const struct candidates_state *state = state_;
    for (uint32_t f = 0; f < state->n_finders; ++f) {
        const struct spw_arena_mark mark = spw_arena_mark(&worker->scratch);
        SPW_TRY(run_finder(state, &state->finder[f], worker, batch));
        spw_arena_rewind(&worker->scratch, mark);
    }
    return SPW_OK;
}

static const char *const needs[] = {"hits", NULL};
static const char *const makes[] = {"candidates", NULL};

const struct spw_stage spw_stage_candidates = {
    .name = "candidates",
    .meaning = "time candidates of KTAG, CHOD, NewCHOD, MUV3, LAV, CHANTI, IRC, SAC",
    .needs = needs,
    .makes = makes,
    .prepare = prepare,
    .run = run,
};
