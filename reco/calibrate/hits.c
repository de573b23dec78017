/* Raw edges to calibrated hits, detector by detector: pairing, channel map, T0, slewing. */
#include "reco/calibrate/detector.h"
#include "reco/calibrate/hit_histograms.h"
#include "reco/calibrate/pairing.h"
#include "reco/calibrate/straw_hits.h"
#include "reco/stage.h"

#include "io/na62/na62.h"

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
                if (host->index[a] == HIT_UNMAPPED && guest->index[a] != HIT_UNMAPPED)
                    host->index[a] = HIT_GUEST;
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
            if (state->detector[d].index[a] == HIT_UNMAPPED)
                state->detector[d].index[a] = HIT_GUEST;
    }
}

static enum spw_status prepare(struct spw_run *run, void **out)
{
    struct hits_state *state;
    SPW_NEW_ZEROS(&run->arena, state, 1);
    *out = state;
    state->kernels = SPW_PICK(spw_calibrate_kernels, run->isa);
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

/* Those pairs that the detector has, where it has not all: index, quality and the offsets of
   its hits, and the rest of their pairs. dropped[-index]: counts of HIT_UNMAPPED, HIT_GUEST,
   HIT_MASKED. */
static enum spw_status keep_mapped(struct spw_pairs *to,
                                   const struct spw_pairs *pairs,
                                   uint32_t n_events,
                                   struct spw_hits *hits,
                                   struct spw_arena *scratch,
                                   uint32_t dropped[4])
{
    const struct spw_pairs from = *pairs;
    uint32_t *restrict index = hits->index, *restrict before, n = 0;
    uint8_t *restrict quality = hits->quality;
    SPW_TRY(spw_pairs_init(to, scratch, n_events, from.rows.count));
    SPW_NEW(scratch, before, from.rows.count + 1);
    const struct spw_pairs kept = *to;
    for (uint32_t i = 0; i < from.rows.count; ++i) {
        const int32_t at = (int32_t)index[i];
        before[i] = n;
        index[n] = (uint32_t)at;
        quality[n] = from.quality[i];
        kept.address[n] = from.address[i];
        kept.event[n] = from.event[i];
        kept.ticks[n] = from.ticks[i];
        kept.width_ticks[n] = from.width_ticks[i];
        if (at < 0) ++dropped[-at];
        n += at >= 0;
    }
    before[from.rows.count] = hits->rows.count = to->rows.count = n;
    for (uint32_t e = 0; e < n_events; ++e)
        hits->rows.first[e + 1] = before[from.rows.first[e + 1]];
    return SPW_OK;
}

/* The detector's hits among the pairs of its stream, which is mostly all of them; `*own`: their
   pairs. */
static enum spw_status select_hits(const struct hits_state *state,
                                   const struct hit_detector *detector,
                                   struct spw_worker *worker,
                                   uint32_t n_events,
                                   struct spw_pairs *own,
                                   struct spw_hits *hits)
{
    const uint32_t n = own->rows.count;
    if (state->kernels->look_up(n, detector->index, own->address, hits->index)) {
        memcpy(hits->quality, own->quality, n);
        memcpy(hits->rows.first, own->rows.first, sizeof *own->rows.first * (n_events + 1));
        hits->rows.count = n;
        return SPW_OK;
    }
    const struct spw_pairs pairs = *own;
    uint32_t dropped[4] = {0};
    SPW_TRY(keep_mapped(own, &pairs, n_events, hits, &worker->scratch, dropped));
    worker->tally[state->tally + UNMAPPED] += dropped[-HIT_UNMAPPED];
    worker->tally[state->tally + MASKED] += dropped[-HIT_MASKED];
    return SPW_OK;
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

static uint32_t count_lonely(const struct spw_hits *hits)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < hits->rows.count; ++i)
        n += (hits->quality[i] & SPW_NO_LEADING) != 0;
    return n;
}

static enum spw_status calibrate(const struct hits_state *state,
                                 const struct hit_detector *detector,
                                 struct spw_worker *worker,
                                 struct spw_batch *batch,
                                 struct spw_pairs pairs)
{
    const uint32_t n_events = batch->raw.n_events;
    const struct spw_raw_events *events = &batch->raw.events;
    struct spw_hits *hits = SPW_OBJECT(batch, detector->object, struct spw_hits);
    const bool relative = detector->options.drift_time;
    float *shift_ns = NULL, *zeros = NULL;
    SPW_TRY(spw_rows_reserve(&hits->rows, worker->run->object[detector->object].table,
                             &batch->arena, pairs.rows.count + 1));
    SPW_NEW(&worker->scratch, shift_ns, n_events);
    SPW_NEW_ZEROS(&worker->scratch, zeros, n_events);

    SPW_TRY(select_hits(state, detector, worker, n_events, &pairs, hits));
    event_shifts(state, detector, events, n_events, shift_ns);
    const struct spw_hit_constants constants = {{detector->origin_ticks, detector->lsb_ns},
                                                detector->t0_ns,
                                                detector->map.id,
                                                shift_ns};
    state->kernels->times(hits->rows.count, &constants, &pairs, hits);
    SPW_TRY(slewing_apply(&detector->slewing, state->kernels, hits, n_events,
                          &worker->scratch));
    if (relative)
        straw_radii(&state->rt, state->kernels,
                    SPW_OBJECT(batch, detector->object, struct spw_straw_hits));
    worker->tally[state->tally + NO_LEADING] += count_lonely(hits);
    return hit_histograms_fill(detector, state->kernels, worker, &pairs, hits,
                               relative ? zeros : events->time_ns);
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
                SPW_TRY(spw_pairs_make(&pairs, &worker->scratch, state->kernels,
                                       &batch->raw.stream[s], &batch->raw.hits[s],
                                       batch->raw.n_events));
            paired = true;
            SPW_TRY(calibrate(state, &state->detector[d], worker, batch, pairs));
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
