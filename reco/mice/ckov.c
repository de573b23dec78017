/* Stage ckov: photo-electrons of the two Cherenkov counters (formats/mice.md 7). */
#include "reco/mice/ckov_sum.h"

#include "io/date/date.h"
#include "reco/mice/fadc.h"
#include "reco/mice/tables.h"
#include "reco/stage.h"

#include <string.h>

enum { N_PMTS = CKOV_COUNTERS * CKOV_PMTS, NOMINAL_GEO = 9, LDC_CHANGED_RUN = 6541 };

struct ckov_pmts {
    struct spw_rows rows;
    uint8_t *pmt, *used;
    double *pe;
    int32_t *area_adc, *charge_mm_adc, *charge_pm_adc;
    uint16_t *position, *arrival;
};

struct ckov_counters {
    struct spw_rows rows;
    double *pe_a, *pe_b;
    uint8_t *n_pmts_a, *n_pmts_b;
};

static const struct spw_column pmt_columns[] = {
    SPW_COLUMN(struct ckov_pmts, pmt, "1", "photomultiplier: 0-3 counter A, 4-7 counter B"),
    SPW_COLUMN(struct ckov_pmts, used, "1", "1: counts in the sum"),
    SPW_COLUMN(struct ckov_pmts, pe, "1", "photo-electrons; 0 out of the window"),
    SPW_COLUMN(struct ckov_pmts, area_adc, "count", "pulse area"),
    SPW_COLUMN(struct ckov_pmts, charge_mm_adc, "count", "max - min"),
    SPW_COLUMN(struct ckov_pmts, charge_pm_adc, "count", "pedestal - min"),
    SPW_COLUMN(struct ckov_pmts, position, "sample", "position of the minimum"),
    SPW_COLUMN(struct ckov_pmts, arrival, "sample", "first sample off the pedestal"),
};

static const struct spw_column counter_columns[] = {
    SPW_COLUMN(struct ckov_counters, pe_a, "1", "photo-electrons of counter A"),
    SPW_COLUMN(struct ckov_counters, pe_b, "1", "photo-electrons of counter B"),
    SPW_COLUMN(struct ckov_counters, n_pmts_a, "1", "photomultipliers in the sum of A"),
    SPW_COLUMN(struct ckov_counters, n_pmts_b, "1", "photomultipliers in the sum of B"),
};

static const struct spw_table pmts_table = SPW_TABLE(struct ckov_pmts, pmt_columns);
static const struct spw_table counters_table =
    SPW_TABLE(struct ckov_counters, counter_columns);

struct ckov_options {
    struct spw_texts map;
    double adc_per_pe;
    int64_t first_sample, last_sample, max_distance;
};

static const struct spw_option options[] = {
    SPW_OPTION(struct ckov_options,
               map,
               SPW_OPTION_TEXTS,
               NULL,
               "[0-6540 DAQChannelMap_preRun6541.txt, 6541-999999 DAQChannelMap.txt]",
               "cabling, a list of FIRST-LAST NAME by run"),
    SPW_OPTION(struct ckov_options,
               adc_per_pe,
               SPW_OPTION_REAL,
               "1",
               "23",
               "pulse area of one photo-electron, ADC counts x samples"),
    SPW_OPTION(struct ckov_options,
               first_sample,
               SPW_OPTION_INT,
               NULL,
               "19",
               "the minimum must come after this sample"),
    SPW_OPTION(struct ckov_options,
               last_sample,
               SPW_OPTION_INT,
               NULL,
               "80",
               "and not after this one"),
    SPW_OPTION(struct ckov_options,
               max_distance,
               SPW_OPTION_INT,
               NULL,
               "40",
               "pulses farther from the largest (samples) are dropped"),
};

struct ckov_state {
    struct ckov_rules rules;
    int32_t address[N_PMTS]; /* in v1731 */
    uint32_t pulses, pmts, counters;
    uint32_t pe[CKOV_COUNTERS], charge, position;
};

static enum spw_status
read_map(struct spw_run *run, const struct spw_texts *map, struct ckov_state *state)
{
    const uint32_t ldc = run->file->run < LDC_CHANGED_RUN ? 1 : 0;
    for (uint32_t i = 0; i < N_PMTS; ++i)
        state->address[i] = (int32_t)date_address_fadc(ldc, NOMINAL_GEO, i);
    struct spw_text_table table;
    bool found;
    SPW_TRY(mice_open_table(run, map, &table, &found));
    for (uint32_t i = 0; i < table.count; ++i) {
        struct mice_daq_key key;
        const struct spw_text_line *line = &table.line[i];
        if (line->n_all == 6 && strcmp(line->word[5], "ckov") == 0 &&
            mice_daq_key(line, 0, &key) && key.equipment == DATE_EQUIPMENT_V1731)
            state->address[key.channel] = (int32_t)mice_daq_address(&key);
    }
    return SPW_OK;
}

static enum spw_status book(struct spw_run *run, struct ckov_state *state)
{
    static const char *const path[CKOV_COUNTERS] = {"/ckov/pe_a", "/ckov/pe_b"};
    const struct spw_axis pmt = {"pmt", "photomultiplier", 0, N_PMTS, N_PMTS};
    for (int i = 0; i < CKOV_COUNTERS; ++i) {
        const struct spw_histogram_spec pe = {
            path[i], "CKOV photo-electrons", 1, {{"pe", "photo-electrons", 0, 50, 200}}};
        SPW_TRY(spw_histogram_book(&run->histograms, &run->arena, &pe, &state->pe[i]));
    }
    const struct spw_histogram_spec charge = {
        "/ckov/charge",
        "CKOV pulse area by photomultiplier",
        2,
        {pmt, {"area_adc", "pulse area [ADC counts]", -50, 950, 200}}};
    const struct spw_histogram_spec position = {
        "/ckov/position",
        "CKOV pulse position by photomultiplier",
        2,
        {pmt, {"sample", "position of the minimum [2 ns]", 0, 256, 256}}};
    SPW_TRY(spw_histogram_book(&run->histograms, &run->arena, &charge, &state->charge));
    return spw_histogram_book(&run->histograms, &run->arena, &position, &state->position);
}

static enum spw_status prepare(struct spw_run *run, void **state_)
{
    struct ckov_state *state;
    struct ckov_options o;
    SPW_NEW_ZEROS(&run->arena, state, 1);
    SPW_TRY(spw_config_read(run->config, "ckov", options, sizeof options / sizeof *options,
                            &o));
    state->rules =
        (struct ckov_rules){o.adc_per_pe, o.first_sample, o.last_sample, o.max_distance};
    SPW_TRY(read_map(run, &o.map, state));
    SPW_TRY(spw_run_find_object(run, "/fadc/pulses", &state->pulses));
    const struct spw_object pmts = {.path = "/ckov/pmts",
                                    .offset_name = "ckov_pmts_offset",
                                    .table = &pmts_table,
                                    .tier = SPW_TIER_RECO,
                                    .capacity_per_event = N_PMTS};
    const struct spw_object counters = {.path = "/ckov/photoelectrons",
                                        .offset_name = "ckov_photoelectrons_offset",
                                        .table = &counters_table,
                                        .tier = SPW_TIER_MDST,
                                        .capacity_per_event = 1};
    SPW_TRY(spw_run_add_object(run, &pmts, &state->pmts));
    SPW_TRY(spw_run_add_object(run, &counters, &state->counters));
    *state_ = state;
    return book(run, state);
}

static void put_pmt(const struct ckov_state *state,
                    struct spw_worker *worker,
                    const struct mice_pulses *pulses,
                    uint32_t pulse,
                    uint32_t pmt,
                    struct ckov_pmts *out)
{
    const uint32_t row = out->rows.count++;
    out->pmt[row] = (uint8_t)pmt;
    out->area_adc[row] = pulses->area_adc[pulse];
    out->charge_mm_adc[row] = pulses->charge_mm_adc[pulse];
    out->charge_pm_adc[row] = pulses->charge_pm_adc[pulse];
    out->position[row] = pulses->min_position[pulse];
    out->arrival[row] = pulses->arrival[pulse];
    spw_fill2(&worker->histogram[state->charge], (float)pmt, (float)out->area_adc[row]);
    spw_fill2(&worker->histogram[state->position], (float)pmt, out->position[row]);
}

/* The four photomultipliers of a counter, whose rows in `pmts` are filled; returns the sum. */
static double sum_counter(const struct ckov_state *state,
                          struct ckov_pmts *pmts,
                          const int32_t row[CKOV_PMTS],
                          uint8_t *n_used)
{
    struct ckov_pmt pmt[CKOV_PMTS] = {{0}};
    for (uint32_t i = 0; i < CKOV_PMTS; ++i)
        if (row[i] >= 0)
            pmt[i] = (struct ckov_pmt){.there = true,
                                       .area_adc = pmts->area_adc[row[i]],
                                       .position = pmts->position[row[i]]};
    const double sum = ckov_sum(pmt, &state->rules);
    *n_used = 0;
    for (uint32_t i = 0; i < CKOV_PMTS; ++i) {
        if (row[i] < 0) continue;
        pmts->pe[row[i]] = pmt[i].pe;
        pmts->used[row[i]] = pmt[i].used;
        *n_used = (uint8_t)(*n_used + pmt[i].used);
    }
    return sum;
}

static void run_event(const struct ckov_state *state,
                      struct spw_worker *worker,
                      struct spw_batch *batch,
                      const struct mice_pulse_index *index)
{
    const struct mice_pulses *pulses = SPW_OBJECT(batch, state->pulses, struct mice_pulses);
    struct ckov_pmts *pmts = SPW_OBJECT(batch, state->pmts, struct ckov_pmts);
    struct ckov_counters *counters =
        SPW_OBJECT(batch, state->counters, struct ckov_counters);
    int32_t row[N_PMTS];
    const uint32_t first = pmts->rows.count;
    for (uint32_t i = 0; i < N_PMTS; ++i) {
        const int32_t pulse =
            mice_pulse_row(index, DATE_EQUIPMENT_V1731, (uint32_t)state->address[i]);
        row[i] = -1;
        if (pulse < 0 || !pulses->n_samples[pulse]) continue;
        row[i] = (int32_t)pmts->rows.count;
        put_pmt(state, worker, pulses, (uint32_t)pulse, i, pmts);
    }
    if (pmts->rows.count == first) return;
    const uint32_t c = counters->rows.count++;
    counters->pe_a[c] = sum_counter(state, pmts, row, &counters->n_pmts_a[c]);
    counters->pe_b[c] = sum_counter(state, pmts, row + CKOV_PMTS, &counters->n_pmts_b[c]);
    spw_fill(&worker->histogram[state->pe[0]], (float)counters->pe_a[c]);
    spw_fill(&worker->histogram[state->pe[1]], (float)counters->pe_b[c]);
}

static enum spw_status
run_batch(const void *state_, struct spw_worker *worker, struct spw_batch *batch)
{
    const struct ckov_state *state = state_;
    const struct mice_pulses *pulses = SPW_OBJECT(batch, state->pulses, struct mice_pulses);
    struct spw_rows *pmts = batch->object[state->pmts];
    struct spw_rows *counters = batch->object[state->counters];
    struct mice_pulse_index index;
    SPW_TRY(mice_pulse_index_init(&index, &worker->scratch));
    SPW_TRY(
        spw_rows_reserve(pmts, &pmts_table, &batch->arena, N_PMTS * batch->raw.n_events));
    SPW_TRY(
        spw_rows_reserve(counters, &counters_table, &batch->arena, batch->raw.n_events));
    for (uint32_t e = 0; e < batch->raw.n_events; ++e) {
        mice_pulse_index_event(&index, pulses, e, true);
        run_event(state, worker, batch, &index);
        mice_pulse_index_event(&index, pulses, e, false);
        pmts->first[e + 1] = pmts->count;
        counters->first[e + 1] = counters->count;
    }
    return SPW_OK;
}

const struct spw_stage spw_stage_ckov = {
    .name = "ckov",
    .meaning = "photo-electrons of the Cherenkov counters",
    .needs = (const char *const[]){"fadc", NULL},
    .makes = (const char *const[]){"ckov", NULL},
    .prepare = prepare,
    .run = run_batch,
};
