/* Sampled pulses to calibrated cells of the calorimeters. */
#include "reco/fill_kernels.h"
#include "reco/objects.h"
#include "reco/pulse/cell_detector.h"
#include "reco/stage.h"

#include <string.h>

enum { UNMAPPED, DEAD, EMPTY, ODD_LENGTH, SATURATED, N_TALLIES };

static const struct spw_tally tallies[N_TALLIES] = {
    [UNMAPPED] = {"pulses.unmapped", "pulses of addresses that no detector has: dropped"},
    [DEAD] = {"pulses.dead", "pulses of dead cells: dropped"},
    [EMPTY] = {"pulses.empty", "pulses without samples: dropped"},
    [ODD_LENGTH] = {"pulses.odd_length", "pulses shorter than others of the batch: padded"},
    [SATURATED] = {"pulses.saturated", "pulses with a sample at full scale: kept, flagged"},
};

struct pulses_state {
    struct cell_detector *detector;
    uint32_t n_detectors;
    uint32_t tally;
    const struct spw_pulse_kernels *kernels;
    const struct spw_fill_kernels *fill;
};

static enum spw_status prepare(struct spw_run *run, void **out)
{
    struct pulses_state *state;
    struct spw_detector_entry *entry;
    SPW_NEW_ZEROS(&run->arena, state, 1);
    *out = state;
    state->kernels = SPW_PICK(spw_pulse_kernels, run->isa);
    state->fill = SPW_PICK(spw_fill_kernels, run->isa);
    SPW_TRY(
        spw_tally_register(&run->tallies, &run->arena, tallies, N_TALLIES, &state->tally));
    SPW_TRY(spw_detectors_list(&entry, &state->n_detectors, run, SPW_STREAM_PULSES));
    SPW_NEW_ZEROS(&run->arena, state->detector, state->n_detectors + 1);
    for (uint32_t d = 0; d < state->n_detectors; ++d)
        SPW_TRY(cell_detector_prepare(&state->detector[d], run, &entry[d]));
    return SPW_OK;
}

/// Pulses on their way: what the kernel needs besides the columns of spw_cells.
struct gathered {
    uint16_t *sample;
    float *pedestal_adc, *gain_MeV, *t0_ns;
    int32_t *shape;
    uint32_t *event, *crate;
};

static enum spw_status
gathered_init(struct gathered *g, struct spw_arena *arena, uint32_t n, uint32_t n_samples)
{
    const uint32_t padded = n + SPW_PULSE_LANES;
    SPW_NEW(arena, g->sample, (size_t)padded * n_samples);
    SPW_NEW_ZEROS(arena, g->pedestal_adc, padded);
    SPW_NEW_ZEROS(arena, g->gain_MeV, padded);
    SPW_NEW_ZEROS(arena, g->t0_ns, padded);
    SPW_NEW_ZEROS(arena, g->shape, padded);
    SPW_NEW(arena, g->event, padded);
    SPW_NEW(arena, g->crate, padded);
    return SPW_OK;
}

/* Copies the samples; a shorter pulse goes on with its last sample. */
static inline void
copy_samples(uint16_t *to, const uint16_t *from, uint32_t length, uint32_t n_samples)
{
    if (length == 8 && n_samples == 8) { /* a copy of known size is one instruction */
        memcpy(to, from, 8 * sizeof *to);
        return;
    }
    memcpy(to, from, sizeof *to * length);
    for (uint32_t k = length; k < n_samples; ++k) to[k] = from[length - 1];
}

/* What is odd about a pulse; returns whether it is kept. */
static bool
is_kept(int32_t index, uint32_t length, uint32_t n_samples, uint64_t *restrict tally)
{
    tally[UNMAPPED] += index == CELL_UNMAPPED;
    tally[DEAD] += index == CELL_DEAD;
    tally[EMPTY] += length == 0;
    tally[ODD_LENGTH] += length != n_samples;
    return index >= 0 && length != 0;
}

/* Tables by channel are larger than the near caches: what the pulse this far ahead will need is
   fetched early. */
enum { AHEAD = 24 };

static inline uint32_t pulse_ahead(uint32_t i, uint32_t n)
{
    return i + AHEAD < n ? i + AHEAD : n - 1;
}

/* Mapped pulses of the detector, in order, with the constants of their channels. Local
   pointers, because a store of a byte may change anything else. */
static void gather(const struct cell_detector *detector,
                   const struct spw_raw_pulses *pulses,
                   uint32_t n_events,
                   struct spw_cells *cells,
                   const struct gathered *gathered,
                   uint64_t *tally)
{
    const struct cell_channel *restrict channels = detector->channel;
    const struct spw_raw_pulses from = *pulses;
    const struct gathered to = *gathered;
    uint32_t *restrict channel = cells->channel, *restrict index = cells->index;
    uint32_t *restrict first = cells->rows.first;
    uint16_t *restrict quality = cells->quality;
    const uint32_t n_samples = from.n_samples;
    uint32_t n = 0;
    for (uint32_t e = 0; e < n_events; ++e) {
        for (uint32_t i = from.rows.first[e]; i < from.rows.first[e + 1]; ++i) {
            const struct cell_channel *at = &channels[from.address[i]];
            __builtin_prefetch(&channels[from.address[pulse_ahead(i, from.rows.count)]]);
            const uint32_t length = from.length[i] < n_samples ? from.length[i] : n_samples;
            if ((at->index < 0 || length != n_samples) &&
                !is_kept(at->index, length, n_samples, tally))
                continue;
            copy_samples(to.sample + (size_t)n * n_samples,
                         from.sample + (size_t)i * n_samples, length, n_samples);
            to.pedestal_adc[n] = at->pedestal_adc;
            to.gain_MeV[n] = at->gain_MeV;
            to.t0_ns[n] = at->t0_ns;
            to.shape[n] = at->shape;
            to.event[n] = e;
            to.crate[n] = at->crate;
            channel[n] = at->channel;
            index[n] = (uint32_t)at->index;
            quality[n] = from.quality[i];
            ++n;
        }
        first[e + 1] = n;
    }
    cells->rows.count = n;
}

/// What enters the histograms, and its bins.
struct filled {
    float *early_adc, *step_ns;
    uint32_t *pedestal, *amplitude, *time;
};

static enum spw_status filled_init(struct filled *f, struct spw_arena *arena, uint32_t n)
{
    SPW_NEW(arena, f->early_adc, n);
    SPW_NEW(arena, f->step_ns, n);
    SPW_NEW(arena, f->pedestal, n);
    SPW_NEW(arena, f->amplitude, n);
    SPW_NEW(arena, f->time, n);
    return SPW_OK;
}

/// Counts of a detector's histograms; channel and crate axes begin at 0 in steps of 1, so that
/// their bin is the number + 1.
struct counts {
    uint32_t *occupancy, *pedestal, *time_by_channel, *time_by_crate, *amplitude;
    uint32_t pedestal_stride, time_stride, amplitude_stride;
};

static struct counts counts_of(const struct cell_detector *detector,
                               struct spw_histogram *set)
{
    const uint32_t *id = detector->histogram;
    return (struct counts){
        set[id[CELL_OCCUPANCY]].count,           set[id[CELL_PEDESTAL]].count,
        set[id[CELL_TIME_BY_CHANNEL]].count,     set[id[CELL_TIME_BY_CRATE]].count,
        set[id[CELL_AMPLITUDE_BY_CRATE]].count,  set[id[CELL_PEDESTAL]].stride[0],
        set[id[CELL_TIME_BY_CHANNEL]].stride[0], set[id[CELL_AMPLITUDE_BY_CRATE]].stride[0],
    };
}

/* Increments without branches. A small pulse adds 0 to the first bin of the time histograms,
   which stays in the cache, and not to its own, which does not. */
static void increment(const struct counts *counts,
                      const struct spw_cells *cells,
                      const uint32_t *restrict crates,
                      const struct filled *filled,
                      float threshold)
{
    const struct counts to = *counts;
    const struct filled bin = *filled;
    const uint32_t *restrict index = cells->index;
    const float *restrict energy_MeV = cells->energy_MeV;
    const uint32_t n = cells->rows.count;
    for (uint32_t i = 0; i < n; ++i) {
        const uint32_t channel = index[i] + 1, crate = crates[i] + 1;
        const uint32_t large = energy_MeV[i] > threshold, soon = pulse_ahead(i, n);
        __builtin_prefetch(
            &to.pedestal[(index[soon] + 1) * to.pedestal_stride + bin.pedestal[soon]], 1);
        ++to.occupancy[channel];
        ++to.pedestal[channel * to.pedestal_stride + bin.pedestal[i]];
        ++to.amplitude[crate * to.amplitude_stride + bin.amplitude[i]];
        to.time_by_channel[large * (channel * to.time_stride + bin.time[i])] += large;
        to.time_by_crate[large * (crate * to.time_stride + bin.time[i])] += large;
    }
}

static enum spw_status fill_histograms(const struct pulses_state *state,
                                       const struct cell_detector *detector,
                                       struct spw_worker *worker,
                                       const struct spw_cells *cells,
                                       const struct gathered *g,
                                       const struct spw_raw_batch *raw)
{
    const struct spw_histogram *set = worker->histogram;
    const uint32_t *id = detector->histogram;
    const uint32_t n = cells->rows.count;
    const uint32_t n_samples = raw->pulses[detector->stream].n_samples;
    struct filled f = {0};
    SPW_TRY(filled_init(&f, &worker->scratch, n));
    for (uint32_t i = 0; i < n; ++i) {
        const uint16_t *sample = g->sample + (size_t)i * n_samples;
        f.early_adc[i] = 0.5f * (float)(sample[0] + sample[1]);
        f.step_ns[i] = cells->time_ns[i] - raw->events.time_ns[g->event[i]];
    }
    state->fill->bins(n, &set[id[CELL_PEDESTAL]], 1, f.early_adc, f.pedestal);
    state->fill->bins(n, &set[id[CELL_AMPLITUDE_BY_CRATE]], 1, cells->amplitude_adc,
                      f.amplitude);
    state->fill->bins(n, &set[id[CELL_TIME_BY_CHANNEL]], 1, f.step_ns, f.time);
    const struct counts counts = counts_of(detector, worker->histogram);
    increment(&counts, cells, g->crate, &f, (float)detector->options.threshold);
    return SPW_OK;
}

static enum spw_status measure(const struct pulses_state *state,
                               const struct cell_detector *detector,
                               struct spw_worker *worker,
                               struct spw_batch *batch)
{
    const struct spw_raw_pulses *pulses = &batch->raw.pulses[detector->stream];
    const uint32_t n_events = batch->raw.n_events, n_samples = pulses->n_samples;
    struct spw_cells *cells = SPW_OBJECT(batch, detector->object, struct spw_cells);
    uint64_t *tally = worker->tally + state->tally;
    struct gathered g = {0};
    SPW_TRY(spw_rows_reserve(&cells->rows, &spw_cells_table, &batch->arena,
                             pulses->rows.count));
    SPW_TRY(gathered_init(&g, &worker->scratch, pulses->rows.count, n_samples));
    gather(detector, pulses, n_events, cells, &g, tally);
    if (!cells->rows.count) return SPW_OK;

    const struct spw_pulse_input input = {
        cells->rows.count, n_samples, g.sample, g.pedestal_adc,
        g.gain_MeV,        g.t0_ns,   g.shape};
    const struct spw_pulse_output output = {cells->energy_MeV, cells->time_ns,
                                            cells->amplitude_adc, cells->charge_adc,
                                            cells->quality};
    state->kernels->measure(&detector->constants, &input, &output);
    uint32_t n_saturated = 0;
    for (uint32_t i = 0; i < cells->rows.count; ++i)
        n_saturated += (cells->quality[i] & SPW_SATURATED) != 0;
    tally[SATURATED] += n_saturated;
    return fill_histograms(state, detector, worker, cells, &g, &batch->raw);
}

static enum spw_status
run(const void *state_, struct spw_worker *worker, struct spw_batch *batch)
{
    const struct pulses_state *state = state_;
    for (uint32_t d = 0; d < state->n_detectors; ++d) {
        const struct spw_arena_mark mark = spw_arena_mark(&worker->scratch);
        const struct cell_detector *detector = &state->detector[d];
        const uint32_t n_samples = batch->raw.pulses[detector->stream].n_samples;
        if (n_samples > 2 && n_samples <= SPW_PULSE_MAX_SAMPLES)
            SPW_TRY(measure(state, detector, worker, batch));
        else
            worker->tally[state->tally + ODD_LENGTH] +=
                batch->raw.pulses[detector->stream].rows.count;
        spw_arena_rewind(&worker->scratch, mark);
    }
    return SPW_OK;
}

static const char *const needs[] = {"raw", NULL};
static const char *const makes[] = {"cells", NULL};

const struct spw_stage spw_stage_pulses = {
    .name = "pulses",
    .meaning = "amplitude and time of the calorimeters' pulses: LKr, MUV1, MUV2, SAV",
    .needs = needs,
    .makes = makes,
    .prepare = prepare,
    .run = run,
};
