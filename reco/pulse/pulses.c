/* Sampled pulses to calibrated cells of the calorimeters. */
#include "reco/objects.h"
#include "reco/pulse/cell_fill.h"
#include "reco/stage.h"

_Static_assert((int)CELL_BLOCK % (int)SPW_PULSE_LANES == 0, "a block fills the lanes");

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
};

static enum spw_status prepare(struct spw_run *run, void **out)
{
    struct pulses_state *state;
    struct spw_detector_entry *entry;
    SPW_NEW_ZEROS(&run->arena, state, 1);
    *out = state;
    state->kernels = SPW_PICK(spw_pulse_kernels, run->isa);
    SPW_TRY(
        spw_tally_register(&run->tallies, &run->arena, tallies, N_TALLIES, &state->tally));
    SPW_TRY(spw_detectors_list(&entry, &state->n_detectors, run, SPW_STREAM_PULSES));
    SPW_NEW_ZEROS(&run->arena, state->detector, state->n_detectors + 1);
    for (uint32_t d = 0; d < state->n_detectors; ++d)
        SPW_TRY(cell_detector_prepare(&state->detector[d], run, &entry[d]));
    return SPW_OK;
}

/* What is odd about a pulse; returns whether it is kept. */
static bool is_kept(uint8_t dropped, uint32_t length, uint32_t n_samples, uint64_t *tally)
{
    tally[UNMAPPED] += dropped == -CELL_UNMAPPED;
    tally[DEAD] += dropped == -CELL_DEAD;
    tally[EMPTY] += length == 0;
    tally[ODD_LENGTH] += length < n_samples;
    return !dropped && length != 0;
}

/* A shorter pulse goes on with its last sample, where it stands. */
static void lengthen(const struct spw_raw_pulses *pulses, uint32_t row)
{
    const uint32_t n_samples = pulses->n_samples;
    uint16_t *sample = pulses->sample + (size_t)row * n_samples;
    for (uint32_t k = pulses->length[row]; k < n_samples; ++k)
        sample[k] = sample[pulses->length[row] - 1];
}

/* Rows of the pulses that are kept, in order; the last one fills the kernel's lanes. */
static void choose(const struct cell_detector *detector,
                   const struct spw_raw_batch *raw,
                   struct spw_cells *cells,
                   uint32_t *restrict row,
                   uint64_t *tally)
{
    const struct spw_raw_pulses from = raw->pulses[detector->stream];
    const uint8_t *restrict dropped = detector->dropped;
    uint32_t *restrict first = cells->rows.first;
    uint16_t *restrict quality = cells->quality;
    uint32_t n = 0;
    for (uint32_t e = 0; e < raw->n_events; ++e) {
        for (uint32_t i = from.rows.first[e]; i < from.rows.first[e + 1]; ++i) {
            const uint8_t drop = dropped[from.address[i]];
            row[n] = i;
            quality[n] = from.quality[i];
            if (drop || from.length[i] < from.n_samples) {
                if (!is_kept(drop, from.length[i], from.n_samples, tally)) continue;
                lengthen(&from, i);
            }
            ++n;
        }
        first[e + 1] = n;
    }
    for (uint32_t i = n; n && i % SPW_PULSE_LANES; ++i) row[i] = row[n - 1];
    cells->rows.count = n;
}

static void count_saturated(const struct spw_cells *cells, uint64_t *tally)
{
    uint32_t n_saturated = 0;
    for (uint32_t i = 0; i < cells->rows.count; ++i)
        n_saturated += (cells->quality[i] & SPW_SATURATED) != 0;
    tally[SATURATED] += n_saturated;
}

/* Constants of channels are larger than the near caches: fetched a block early. */
static void fetch_channels(const struct spw_pulse_input *input, uint32_t first)
{
    const uint32_t end = first + CELL_BLOCK < input->n ? first + CELL_BLOCK : input->n;
    for (uint32_t i = first; i < end; ++i)
        __builtin_prefetch(&input->channel[input->address[input->row[i]]]);
}

/* Block by block, so that what is between the steps stays in the nearest cache. */
static void measure_and_fill(const struct pulses_state *state,
                             const struct spw_pulse_constants *constants,
                             const struct spw_pulse_input *input,
                             const struct spw_pulse_output *output,
                             struct cell_fill *fill)
{
    fetch_channels(input, 0);
    for (uint32_t first = 0; first < input->n; first += CELL_BLOCK) {
        const uint32_t left = input->n - first, n = left < CELL_BLOCK ? left : CELL_BLOCK;
        fetch_channels(input, first + n);
        state->kernels->measure(constants, input, output, first, n);
        cell_fill_add(fill, first, n);
    }
    cell_fill_finish(fill);
}

static enum spw_status measure(const struct pulses_state *state,
                               const struct cell_detector *detector,
                               struct spw_worker *worker,
                               struct spw_batch *batch)
{
    const struct spw_raw_pulses *pulses = &batch->raw.pulses[detector->stream];
    const uint32_t padded = pulses->rows.count + SPW_PULSE_LANES;
    struct spw_cells *cells = SPW_OBJECT(batch, detector->object, struct spw_cells);
    uint64_t *tally = worker->tally + state->tally;
    struct cell_fill *fill;
    uint32_t *row;
    SPW_TRY(spw_rows_reserve(&cells->rows, &spw_cells_table, &batch->arena, padded));
    SPW_NEW(&worker->scratch, row, padded);
    SPW_NEW(&worker->scratch, fill, 1);
    choose(detector, &batch->raw, cells, row, tally);

    const struct spw_pulse_input input = {cells->rows.count, pulses->n_samples,
                                          pulses->sample,    pulses->address,
                                          detector->channel, row};
    const struct spw_pulse_output output = {.channel = cells->channel,
                                            .index = cells->index,
                                            .energy_MeV = cells->energy_MeV,
                                            .time_ns = cells->time_ns,
                                            .amplitude_adc = cells->amplitude_adc,
                                            .charge_adc = cells->charge_adc,
                                            .quality = cells->quality,
                                            .crate = fill->crate,
                                            .early_adc = fill->early_adc};
    cell_fill_init(fill, detector, worker, cells, batch->raw.events.time_ns);
    measure_and_fill(state, &detector->constants, &input, &output, fill);
    count_saturated(cells, tally);
    return SPW_OK;
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
