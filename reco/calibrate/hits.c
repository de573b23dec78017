/* Raw edges to calibrated hits, detector by detector: pairing, channel map, T0, slewing. */
#include "reco/calibrate/detector.h"
#include "reco/calibrate/pairing.h"
#include "reco/calibrate/straw_hits.h"
#include "reco/fill_kernels.h"
#include "reco/stage.h"

#include "io/na62/na62.h"

#include <math.h>
#include <string.h>

enum { UNMAPPED, MASKED, NO_LEADING, N_TALLIES };

static const struct spw_tally tallies[N_TALLIES] = {
    [UNMAPPED] = {"hits.unmapped", "hits of addresses that no detector has: dropped"},
    [MASKED] = {"hits.masked", "hits of masked channels: dropped"},
    [NO_LEADING] = {"hits.no_leading",
                    "trailing edges without a leading edge: kept, flagged"},
};

struct hits_state {
    struct hit_detector *detector;
    uint32_t n_detectors;
    struct straw_rt rt;
    double drift_ns;
    uint32_t tally;
    const struct spw_calibrate_kernels *kernels;
    const struct spw_fill_kernels *fill;
};

/* Addresses that another detector of the same boards has are its guests': skipped silently. */
static void mark_guests(struct hits_state *state, const struct spw_format *format)
{
    for (uint32_t d = 0; d < state->n_detectors; ++d)
        for (uint32_t g = 0; g < state->n_detectors; ++g) {
            const struct hit_detector *guest = &state->detector[g];
            struct hit_detector *host = &state->detector[d];
            if (g == d || guest->stream != host->stream) continue;
            for (uint32_t a = 0; a < format->streams[host->stream].n_addresses; ++a)
                if (host->channel[a].index == HIT_UNMAPPED &&
                    guest->channel[a].index != HIT_UNMAPPED)
                    host->channel[a].index = HIT_GUEST;
        }
}

/* Of what no detector of the stream has, only the first one counts it. */
static void count_once(struct hits_state *state, const struct spw_format *format)
{
    for (uint32_t d = 1; d < state->n_detectors; ++d) {
        bool again = false;
        for (uint32_t g = 0; g < d; ++g)
            again |= state->detector[g].stream == state->detector[d].stream;
        if (!again) continue;
        const uint32_t stream = state->detector[d].stream;
        for (uint32_t a = 0; a < format->streams[stream].n_addresses; ++a)
            if (state->detector[d].channel[a].index == HIT_UNMAPPED)
                state->detector[d].channel[a].index = HIT_GUEST;
    }
}

static enum spw_status prepare(struct spw_run *run, void **out)
{
    struct hits_state *state;
    SPW_NEW_ZEROS(&run->arena, state, 1);
    *out = state;
    state->kernels = SPW_PICK(spw_calibrate_kernels, run->isa);
    state->fill = SPW_PICK(spw_fill_kernels, run->isa);
    SPW_TRY(
        spw_tally_register(&run->tallies, &run->arena, tallies, N_TALLIES, &state->tally));
    SPW_TRY(hit_trigger_drift(&state->drift_ns, run));
    SPW_TRY(straw_rt_prepare(&state->rt, run));
    struct spw_detector_entry *entry;
    SPW_TRY(spw_detectors_list(&entry, &state->n_detectors, run, SPW_STREAM_HITS));
    SPW_NEW_ZEROS(&run->arena, state->detector, state->n_detectors + 1);
    for (uint32_t d = 0; d < state->n_detectors; ++d)
        SPW_TRY(hit_detector_prepare(&state->detector[d], run, &entry[d]));
    mark_guests(state, run->file->format);
    count_once(state, run->file->format);
    return SPW_OK;
}

/// Hits of a detector on their way: what the kernel needs besides the columns of spw_hits.
struct selected {
    int32_t *ticks, *width_ticks;
    uint32_t *event;
    struct hit_place *place;
    float *t0_ns;
};

static enum spw_status
selected_init(struct selected *selected, struct spw_arena *arena, uint32_t n)
{
    SPW_NEW(arena, selected->ticks, n + 1);
    SPW_NEW(arena, selected->width_ticks, n + 1);
    SPW_NEW(arena, selected->event, n + 1);
    SPW_NEW(arena, selected->place, n + 1);
    SPW_NEW(arena, selected->t0_ns, n + 1);
    return SPW_OK;
}

/* Tables by channel are larger than the near caches, and hits come from anywhere: what the hit
   this far ahead will need is fetched early. */
enum { AHEAD = 24 };

static inline uint32_t hit_ahead(uint32_t i, uint32_t n)
{
    return i + AHEAD < n ? i + AHEAD : n - 1;
}

/* The detector's hits of all pairs of its stream: written always, kept when mapped. dropped[-index]: counts of HIT_UNMAPPED, HIT_GUEST, HIT_MASKED. Local pointers,
   because a store of a byte may change anything else. */
static void select_hits(const struct hit_detector *detector,
                        const struct spw_pairs *pairs,
                        uint32_t n_events,
                        struct spw_hits *hits,
                        const struct selected *selected,
                        uint32_t dropped[4])
{
    const struct hit_channel *restrict channels = detector->channel;
    const struct spw_pairs from = *pairs;
    const struct selected to = *selected;
    uint32_t *restrict channel = hits->channel, *restrict index = hits->index;
    uint32_t *restrict first = hits->rows.first;
    uint8_t *restrict quality = hits->quality;
    uint32_t n = 0;
    for (uint32_t e = 0; e < n_events; ++e) {
        for (uint32_t i = from.rows.first[e]; i < from.rows.first[e + 1]; ++i) {
            const uint32_t soon = from.address[hit_ahead(i, from.rows.count)];
            __builtin_prefetch(&channels[soon]);
            const struct hit_channel at = channels[from.address[i]];
            channel[n] = at.channel;
            index[n] = (uint32_t)at.index;
            quality[n] = from.quality[i];
            to.ticks[n] = from.ticks[i];
            to.width_ticks[n] = from.width_ticks[i];
            to.event[n] = e;
            to.place[n] = at.place;
            to.t0_ns[n] = at.t0_ns;
            if (at.index < 0) ++dropped[-at.index];
            n += at.index >= 0;
        }
        first[e + 1] = n;
    }
    hits->rows.count = n;
}

/* What is subtracted from all hits of an event: the trigger's drift, except in control triggers
   and where the option says no; for drift times the trigger's own time too. */
static void event_shifts(const struct hits_state *state,
                         const struct hit_detector *detector,
                         const struct spw_raw_events *events,
                         uint32_t n_events,
                         float *shift_ns)
{
    for (uint32_t e = 0; e < n_events; ++e) {
        const bool control = (events->trigger_word[e] & 0xff) == 0x10;
        const double drift = detector->options.drift_t0 && !control ? state->drift_ns : 0.0;
        const double trigger =
            detector->options.drift_time ? (double)events->time_ns[e] : 0.0;
        shift_ns[e] = (float)(drift + trigger);
    }
}

/// Counts of a detector's histograms; channel, group and board axes begin at 0 in steps of 1, so
/// that their bin is the number + 1.
struct counts {
    uint32_t *occupancy, *by_channel, *by_board, *by_width;
    uint32_t channel_stride, board_stride, width_stride;
};

static struct counts counts_of(const struct hit_detector *detector,
                               struct spw_histogram *set)
{
    const uint32_t *id = detector->histogram;
    return (struct counts){
        set[id[HIT_OCCUPANCY]].count,           set[id[HIT_TIME_BY_CHANNEL]].count,
        set[id[HIT_TIME_BY_BOARD]].count,       set[id[HIT_TIME_BY_WIDTH]].count,
        set[id[HIT_TIME_BY_CHANNEL]].stride[0], set[id[HIT_TIME_BY_BOARD]].stride[0],
        set[id[HIT_TIME_BY_WIDTH]].stride[0],
    };
}

/* Bins first, then increments without branches; lonely edges count as 0 where they mean
   nothing. */
static enum spw_status fill_histograms(const struct hits_state *state,
                                       const struct hit_detector *detector,
                                       struct spw_worker *worker,
                                       const struct spw_hits *hits,
                                       const struct selected *selected,
                                       const float *trigger_ns)
{
    struct spw_histogram *by_width =
        &worker->histogram[detector->histogram[HIT_TIME_BY_WIDTH]];
    const struct counts to = counts_of(detector, worker->histogram);
    const bool relative = detector->options.drift_time;
    const uint32_t n = hits->rows.count;
    uint32_t *time, *width;
    float *step_ns;
    SPW_NEW(&worker->scratch, time, n + 1);
    SPW_NEW(&worker->scratch, width, n + 1);
    SPW_NEW(&worker->scratch, step_ns, n + 1);
    for (uint32_t i = 0; i < n; ++i)
        step_ns[i] = hits->time_ns[i] - (relative ? 0.0f : trigger_ns[selected->event[i]]);
    state->fill->bins(n, by_width, 0, hits->width_ns, width);
    state->fill->bins(n, by_width, 1, step_ns, time);
    const uint8_t *restrict quality = hits->quality;
    const uint32_t *restrict index = hits->index;
    const struct hit_place *restrict place = selected->place;
    for (uint32_t i = 0; i < n; ++i) {
        const uint32_t soon = hit_ahead(i, n);
        __builtin_prefetch(&to.occupancy[index[soon] + 1], 1);
        __builtin_prefetch(
            &to.by_channel[(place[soon].group + 1u) * to.channel_stride + time[soon]], 1);
        const uint32_t leading = !(quality[i] & SPW_NO_LEADING);
        const uint32_t both = leading & !(quality[i] & SPW_NO_TRAILING);
        ++to.occupancy[index[i] + 1];
        to.by_channel[(place[i].group + 1u) * to.channel_stride + time[i]] += leading;
        to.by_board[(place[i].board + 1u) * to.board_stride + time[i]] += leading;
        to.by_width[width[i] * to.width_stride + time[i]] += both;
    }
    return SPW_OK;
}

static void count_hits(const struct hits_state *state,
                       struct spw_worker *worker,
                       const struct spw_hits *hits,
                       const uint32_t dropped[4])
{
    uint64_t *tally = worker->tally + state->tally;
    tally[UNMAPPED] += dropped[-HIT_UNMAPPED];
    tally[MASKED] += dropped[-HIT_MASKED];
    uint32_t n_lonely = 0;
    for (uint32_t i = 0; i < hits->rows.count; ++i)
        n_lonely += (hits->quality[i] & SPW_NO_LEADING) != 0;
    tally[NO_LEADING] += n_lonely;
}

static enum spw_status calibrate(const struct hits_state *state,
                                 const struct hit_detector *detector,
                                 struct spw_worker *worker,
                                 struct spw_batch *batch,
                                 const struct spw_pairs *pairs)
{
    const uint32_t n_events = batch->raw.n_events;
    const struct spw_raw_events *events = &batch->raw.events;
    const struct spw_object *object = &worker->run->object[detector->object];
    struct spw_hits *hits = SPW_OBJECT(batch, detector->object, struct spw_hits);
    struct selected selected = {0};
    uint32_t dropped[4] = {0};
    float *shift_ns = NULL;
    SPW_TRY(
        spw_rows_reserve(&hits->rows, object->table, &batch->arena, pairs->rows.count + 1));
    SPW_TRY(selected_init(&selected, &worker->scratch, pairs->rows.count));
    SPW_NEW(&worker->scratch, shift_ns, n_events);

    select_hits(detector, pairs, n_events, hits, &selected, dropped);
    event_shifts(state, detector, events, n_events, shift_ns);
    const struct spw_time_scale scale = {detector->origin_ticks, detector->lsb_ns};
    state->kernels->times(hits->rows.count, &scale, selected.ticks, selected.width_ticks,
                          selected.t0_ns, selected.event, shift_ns, hits->time_ns,
                          hits->width_ns);
    SPW_TRY(slewing_apply(&detector->slewing, state->kernels, hits, n_events,
                          &worker->scratch));
    if (detector->options.drift_time)
        straw_radii(&state->rt, state->kernels,
                    SPW_OBJECT(batch, detector->object, struct spw_straw_hits));
    SPW_TRY(fill_histograms(state, detector, worker, hits, &selected, events->time_ns));
    count_hits(state, worker, hits, dropped);
    return SPW_OK;
}

/* Detectors of one stream share its pairs. */
static enum spw_status
run(const void *state_, struct spw_worker *worker, struct spw_batch *batch)
{
    const struct hits_state *state = state_;
    for (uint32_t s = 0; s < batch->raw.n_streams; ++s) {
        struct spw_pairs pairs = {0};
        bool paired = false;
        const struct spw_arena_mark mark = spw_arena_mark(&worker->scratch);
        for (uint32_t d = 0; d < state->n_detectors; ++d) {
            if (state->detector[d].stream != s) continue;
            if (!paired)
                SPW_TRY(spw_pairs_make(&pairs, &worker->scratch, &batch->raw.stream[s],
                                       &batch->raw.hits[s], batch->raw.n_events));
            paired = true;
            SPW_TRY(calibrate(state, &state->detector[d], worker, batch, &pairs));
        }
        spw_arena_rewind(&worker->scratch, mark);
    }
    return SPW_OK;
}

static const char *const needs[] = {"raw", NULL};
static const char *const makes[] = {"hits", NULL};

const struct spw_stage spw_stage_hits = {
    .name = "hits",
    .meaning = "calibrated hits of all TDC detectors, straws with drift radii, GTK",
    .needs = needs,
    .makes = makes,
    .prepare = prepare,
    .run = run,
};
