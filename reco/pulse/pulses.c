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
static void
copy_samples(uint16_t *to, const uint16_t *from, uint32_t length, uint32_t n_samples)
{
    memcpy(to, from, sizeof *to * length);
    for (uint32_t k = length; k < n_samples; ++k) to[k] = from[length - 1];
}

/* Mapped pulses of the detector, in order, with the constants of their channels. */
static void gather(const struct cell_detector *detector,
                   const struct spw_raw_pulses *pulses,
                   uint32_t n_events,
                   struct spw_cells *cells,
                   struct gathered *g,
                   uint64_t *tally)
{
    const uint32_t n_samples = pulses->n_samples;
    uint32_t n = 0;
    for (uint32_t e = 0; e < n_events; ++e) {
        for (uint32_t i = pulses->rows.first[e]; i < pulses->rows.first[e + 1]; ++i) {
            const struct cell_channel *channel = &detector->channel[pulses->address[i]];
            const uint32_t length =
                pulses->length[i] < n_samples ? pulses->length[i] : n_samples;
            tally[UNMAPPED] += channel->index == CELL_UNMAPPED;
            tally[DEAD] += channel->index == CELL_DEAD;
            tally[EMPTY] += length == 0;
            tally[ODD_LENGTH] += length != n_samples;
            if (channel->index < 0 || length == 0) continue;
            copy_samples(g->sample + (size_t)n * n_samples,
                         pulses->sample + (size_t)i * n_samples, length, n_samples);
            g->pedestal_adc[n] = channel->pedestal_adc;
            g->gain_MeV[n] = channel->gain_MeV;
            g->t0_ns[n] = channel->t0_ns;
            g->shape[n] = channel->shape;
            g->event[n] = e;
            g->crate[n] = channel->crate;
            cells->channel[n] = channel->channel;
            cells->index[n] = (uint32_t)channel->index;
            cells->quality[n] = pulses->quality[i];
            ++n;
        }
        cells->rows.first[e + 1] = n;
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

/* Bins first, then increments without branches; channel and crate axes begin at 0 in steps of
   1, so that their bin is the number + 1. */
static enum spw_status fill_histograms(const struct pulses_state *state,
                                       const struct cell_detector *detector,
                                       struct spw_worker *worker,
                                       const struct spw_cells *cells,
                                       const struct gathered *g,
                                       const struct spw_raw_batch *raw)
{
    const uint32_t n = cells->rows.count,
                   n_samples = raw->pulses[detector->stream].n_samples;
    const float threshold = (float)detector->options.threshold;
    struct spw_histogram *h[CELL_N_HISTOGRAMS];
    struct filled f = {0};
    for (int i = 0; i < CELL_N_HISTOGRAMS; ++i)
        h[i] = &worker->histogram[detector->histogram[i]];
    SPW_TRY(filled_init(&f, &worker->scratch, n));
    for (uint32_t i = 0; i < n; ++i) {
        const uint16_t *sample = g->sample + (size_t)i * n_samples;
        f.early_adc[i] = 0.5f * (float)(sample[0] + sample[1]);
        f.step_ns[i] = cells->time_ns[i] - raw->events.time_ns[g->event[i]];
    }
    state->fill->bins(n, h[CELL_PEDESTAL], 1, f.early_adc, f.pedestal);
    state->fill->bins(n, h[CELL_AMPLITUDE_BY_CRATE], 1, cells->amplitude_adc, f.amplitude);
    state->fill->bins(n, h[CELL_TIME_BY_CHANNEL], 1, f.step_ns, f.time);
    for (uint32_t i = 0; i < n; ++i) {
        const uint32_t channel = cells->index[i] + 1, crate = g->crate[i] + 1;
        const uint32_t large = cells->energy_MeV[i] > threshold;
        ++h[CELL_OCCUPANCY]->count[channel];
        ++h[CELL_PEDESTAL]->count[channel * h[CELL_PEDESTAL]->stride[0] + f.pedestal[i]];
        ++h[CELL_AMPLITUDE_BY_CRATE]
              ->count[crate * h[CELL_AMPLITUDE_BY_CRATE]->stride[0] + f.amplitude[i]];
        h[CELL_TIME_BY_CHANNEL]
            ->count[channel * h[CELL_TIME_BY_CHANNEL]->stride[0] + f.time[i]] += large;
        h[CELL_TIME_BY_CRATE]
            ->count[crate * h[CELL_TIME_BY_CRATE]->stride[0] + f.time[i]] += large;
    }
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
    for (uint32_t i = 0; i < cells->rows.count; ++i)
        tally[SATURATED] += (cells->quality[i] & SPW_SATURATED) != 0;
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
