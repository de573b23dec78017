/* Stage kl: cells of the KLOE-light calorimeter, read at both ends (formats/mice.md 7). */
#include "io/date/date.h"
#include "reco/mice/fadc.h"
#include "reco/mice/tables.h"
#include "reco/stage.h"

#include <math.h>
#include <string.h>

enum { N_CELLS = 21, N_SIDES = 2 };

struct kl_digits {
    struct spw_rows rows;
    uint8_t *cell, *side;
    int32_t *charge_mm_adc, *charge_pm_adc;
    uint16_t *position;
};

struct kl_cells {
    struct spw_rows rows;
    uint8_t *cell;
    double *charge_adc;
    double *charge_product_adc;
};

static const struct spw_column digit_columns[] = {
    SPW_COLUMN(struct kl_digits, cell, "1", "cell, 7 in each of 3 rows"),
    SPW_COLUMN(struct kl_digits, side, "1", "end of the cell"),
    SPW_COLUMN(struct kl_digits, charge_mm_adc, "count", "max - min"),
    SPW_COLUMN(struct kl_digits, charge_pm_adc, "count", "max - pedestal"),
    SPW_COLUMN(struct kl_digits, position, "sample", "position of the maximum"),
};

static const struct spw_column cell_columns[] = {
    SPW_COLUMN(struct kl_cells, cell, "1", "cell read at both ends"),
    SPW_COLUMN(struct kl_cells, charge_adc, "count", "(a + b) / 2, after gains"),
    SPW_COLUMN(struct kl_cells,
               charge_product_adc,
               "count",
               "2 a b / (a + b), after gains"),
};

static const struct spw_table digits_table = SPW_TABLE(struct kl_digits, digit_columns);
static const struct spw_table cells_table = SPW_TABLE(struct kl_cells, cell_columns);

struct kl_options {
    struct spw_texts map, gain;
};

static const struct spw_option options[] = {
    SPW_OPTION(struct kl_options,
               map,
               SPW_OPTION_TEXTS,
               NULL,
               "[KLChannelMap.txt]",
               "cabling, a list of FIRST-LAST NAME by run"),
    SPW_OPTION(struct kl_options,
               gain,
               SPW_OPTION_TEXTS,
               NULL,
               "[klcalib.txt]",
               "gains by run; 1 without a file"),
};

struct kl_state {
    int32_t address[N_CELLS][N_SIDES]; /* in v1724, -1: not cabled */
    double gain[N_CELLS][N_SIDES];
    uint32_t pulses, digits, cells;
    uint32_t charge, product, profile;
};

/* Words 1, 2 of a line: cell and side. */
static bool read_key(const struct spw_text_line *line, int64_t *cell, int64_t *side)
{
    *cell = mice_integer(line, 1);
    *side = mice_integer(line, 2);
    return line->n_all >= 4 && strcmp(line->word[0], "KLChannelKey") == 0 && *cell >= 0 &&
           *cell < N_CELLS && *side >= 0 && *side < N_SIDES;
}

static enum spw_status
read_constants(struct spw_run *run, const struct kl_options *o, struct kl_state *state)
{
    struct spw_text_table table;
    bool found;
    int64_t cell, side;
    memset(state->address, 0xff, sizeof state->address);
    SPW_TRY(mice_open_table(run, &o->map, &table, &found));
    for (uint32_t i = 0; i < table.count; ++i) {
        struct mice_daq_key key;
        if (read_key(&table.line[i], &cell, &side) &&
            mice_daq_key(&table.line[i], 4, &key) &&
            key.equipment == DATE_EQUIPMENT_V1724 && state->address[cell][side] < 0)
            state->address[cell][side] = (int32_t)mice_daq_address(&key);
    }
    for (int c = 0; c < N_CELLS; ++c) state->gain[c][0] = state->gain[c][1] = 1;
    SPW_TRY(mice_open_table(run, &o->gain, &table, &found));
    for (uint32_t i = 0; i < table.count; ++i) {
        const double gain = mice_number(&table.line[i], 4);
        if (read_key(&table.line[i], &cell, &side) && !isnan(gain))
            state->gain[cell][side] = gain;
    }
    return SPW_OK;
}

static enum spw_status book(struct spw_run *run, struct kl_state *state)
{
    const struct spw_axis cell = {"cell", "cell", 0, N_CELLS, N_CELLS};
    const struct spw_histogram_spec charge = {
        "/kl/charge",
        "KL charge by cell",
        2,
        {cell, {"charge_adc", "(a + b) / 2 [ADC counts]", 0, 8192, 256}}};
    const struct spw_histogram_spec product = {
        "/kl/charge_product",
        "KL charge product by cell",
        2,
        {cell, {"charge_adc", "2 a b / (a + b) [ADC counts]", 0, 8192, 256}}};
    const struct spw_histogram_spec profile = {"/kl/profile", "KL cells hit", 1, {cell}};
    SPW_TRY(spw_histogram_book(&run->histograms, &run->arena, &charge, &state->charge));
    SPW_TRY(spw_histogram_book(&run->histograms, &run->arena, &product, &state->product));
    return spw_histogram_book(&run->histograms, &run->arena, &profile, &state->profile);
}

static enum spw_status prepare(struct spw_run *run, void **state_)
{
    struct kl_state *state;
    struct kl_options o;
    SPW_NEW_ZEROS(&run->arena, state, 1);
    SPW_TRY(
        spw_config_read(run->config, "kl", options, sizeof options / sizeof *options, &o));
    SPW_TRY(read_constants(run, &o, state));
    SPW_TRY(spw_run_find_object(run, "/fadc/pulses", &state->pulses));
    const struct spw_object digits = {.path = "/kl/digits",
                                      .offset_name = "kl_digits_offset",
                                      .table = &digits_table,
                                      .tier = SPW_TIER_RECO,
                                      .capacity_per_event = 8};
    const struct spw_object cells = {.path = "/kl/cells",
                                     .offset_name = "kl_cells_offset",
                                     .table = &cells_table,
                                     .tier = SPW_TIER_MDST,
                                     .capacity_per_event = 4};
    SPW_TRY(spw_run_add_object(run, &digits, &state->digits));
    SPW_TRY(spw_run_add_object(run, &cells, &state->cells));
    *state_ = state;
    return book(run, state);
}

static void put_digit(const struct mice_pulses *pulses,
                      int32_t pulse,
                      uint32_t cell,
                      uint32_t side,
                      struct kl_digits *out)
{
    const uint32_t row = out->rows.count++;
    out->cell[row] = (uint8_t)cell;
    out->side[row] = (uint8_t)side;
    out->charge_mm_adc[row] = pulses->charge_mm_adc[pulse];
    out->charge_pm_adc[row] = pulses->charge_pm_adc[pulse];
    out->position[row] = pulses->max_position[pulse];
}

static void put_cell(const struct kl_state *state,
                     struct spw_worker *worker,
                     uint32_t cell,
                     const double charge_adc[N_SIDES],
                     struct kl_cells *out)
{
    const uint32_t row = out->rows.count++;
    const double a = charge_adc[0], b = charge_adc[1];
    out->cell[row] = (uint8_t)cell;
    out->charge_adc[row] = 0.5 * (a + b);
    out->charge_product_adc[row] = a + b > 0 ? 2 * a * b / (a + b) : 0;
    spw_fill2(&worker->histogram[state->charge], (float)cell, (float)out->charge_adc[row]);
    spw_fill2(&worker->histogram[state->product], (float)cell,
              (float)out->charge_product_adc[row]);
    spw_fill(&worker->histogram[state->profile], (float)cell);
}

static void run_event(const struct kl_state *state,
                      struct spw_worker *worker,
                      struct spw_batch *batch,
                      const struct mice_pulse_index *index)
{
    const struct mice_pulses *pulses = SPW_OBJECT(batch, state->pulses, struct mice_pulses);
    struct kl_digits *digits = SPW_OBJECT(batch, state->digits, struct kl_digits);
    struct kl_cells *cells = SPW_OBJECT(batch, state->cells, struct kl_cells);
    for (uint32_t c = 0; c < N_CELLS; ++c) {
        double charge[N_SIDES];
        uint32_t n = 0;
        for (uint32_t side = 0; side < N_SIDES; ++side) {
            if (state->address[c][side] < 0) continue;
            const int32_t pulse = mice_pulse_row(index, DATE_EQUIPMENT_V1724,
                                                 (uint32_t)state->address[c][side]);
            if (pulse < 0 || !pulses->kept[pulse]) continue;
            put_digit(pulses, pulse, c, side, digits);
            charge[side] = state->gain[c][side] * pulses->charge_mm_adc[pulse];
            ++n;
        }
        if (n == N_SIDES) put_cell(state, worker, c, charge, cells);
    }
}

static enum spw_status
run_batch(const void *state_, struct spw_worker *worker, struct spw_batch *batch)
{
    const struct kl_state *state = state_;
    const struct mice_pulses *pulses = SPW_OBJECT(batch, state->pulses, struct mice_pulses);
    struct spw_rows *digits = batch->object[state->digits];
    struct spw_rows *cells = batch->object[state->cells];
    struct mice_pulse_index index;
    SPW_TRY(mice_pulse_index_init(&index, &worker->scratch));
    for (uint32_t e = 0; e < batch->raw.n_events; ++e) {
        SPW_TRY(spw_rows_reserve(digits, &digits_table, &batch->arena, N_CELLS * N_SIDES));
        SPW_TRY(spw_rows_reserve(cells, &cells_table, &batch->arena, N_CELLS));
        mice_pulse_index_event(&index, pulses, e, true);
        run_event(state, worker, batch, &index);
        mice_pulse_index_event(&index, pulses, e, false);
        digits->first[e + 1] = digits->count;
        cells->first[e + 1] = cells->count;
    }
    return SPW_OK;
}

const struct spw_stage spw_stage_kl = {
    .name = "kl",
    .meaning = "cells of the KL calorimeter",
    .needs = (const char *const[]){"fadc", NULL},
    .makes = (const char *const[]){"kl", NULL},
    .prepare = prepare,
    .run = run_batch,
};
