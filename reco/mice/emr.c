/* Stage emr: bars of the electron-muon ranger by time window, and plane charges
 * (formats/mice.md 5.6, 9; docs/physics/mice.md 5). */
#include "io/date/date.h"
#include "reco/mice/fadc.h"
#include "reco/mice/tables.h"
#include "reco/stage.h"

#include <math.h>
#include <string.h>

enum { N_PLANES = 48, N_BARS = 60, SINGLE_ANODE = 0, CHANNELS = 64 };

enum { N_ADDRESSES = DATE_N_LDC * DATE_N_DBB * CHANNELS };

struct emr_bars {
    struct spw_rows rows;
    uint8_t *plane, *orientation, *bar;
    int32_t *time_ticks, *width_ticks;
    uint8_t *in_window;
};

struct emr_planes {
    struct spw_rows rows;
    uint8_t *plane, *orientation, *n_bars;
    uint8_t *has_charge;
    int32_t *area_adc, *charge_pm_adc;
    double *pedestal_adc;
    uint16_t *arrival;
};

static const struct spw_column bar_columns[] = {
    SPW_COLUMN(struct emr_bars, plane, "1", "plane, 0 upstream"),
    SPW_COLUMN(struct emr_bars, orientation, "1", "0 x, 1 y"),
    SPW_COLUMN(struct emr_bars, bar, "1", "bar of the plane, 1-59"),
    SPW_COLUMN(struct emr_bars,
               time_ticks,
               "1",
               "leading edge - trigger of the board, 2.5 ns"),
    SPW_COLUMN(struct emr_bars,
               width_ticks,
               "1",
               "trailing - leading edge, 2.5 ns; 0: no trailing edge"),
    SPW_COLUMN(struct emr_bars, in_window, "1", "1: in the signal window"),
};

static const struct spw_column plane_columns[] = {
    SPW_COLUMN(struct emr_planes, plane, "1", "plane, 0 upstream"),
    SPW_COLUMN(struct emr_planes, orientation, "1", "0 x, 1 y"),
    SPW_COLUMN(struct emr_planes, n_bars, "1", "bars in the signal window"),
    SPW_COLUMN(struct emr_planes, has_charge, "1", "1: its flash-ADC pulse was read"),
    SPW_COLUMN(struct emr_planes, area_adc, "count", "pulse area of the single-anode PMT"),
    SPW_COLUMN(struct emr_planes, charge_pm_adc, "count", "pulse height of it"),
    SPW_COLUMN(struct emr_planes, pedestal_adc, "count", "pedestal of it"),
    SPW_COLUMN(struct emr_planes, arrival, "sample", "first sample off the pedestal"),
};

static const struct spw_table bars_table = SPW_TABLE(struct emr_bars, bar_columns);
static const struct spw_table planes_table = SPW_TABLE(struct emr_planes, plane_columns);

struct emr_options {
    struct spw_texts map;
    int64_t window_first, window_last;
};

static const struct spw_option options[] = {
    SPW_OPTION(struct emr_options,
               map,
               SPW_OPTION_TEXTS,
               NULL,
               "[EMRChannelMap.txt]",
               "cabling, a list of FIRST-LAST NAME by run"),
    {.key = "window_first",
     .type = SPW_OPTION_INT,
     .fallback = "-250",
     .min = -4194304,
     .max = 4194304,
     .help = "signal window: first tick of bar - trigger (2.5 ns)",
     .offset = offsetof(struct emr_options, window_first)},
    {.key = "window_last",
     .type = SPW_OPTION_INT,
     .fallback = "-200",
     .min = -4194304,
     .max = 4194304,
     .help = "last tick of the window",
     .offset = offsetof(struct emr_options, window_last)},
};

struct emr_state {
    struct emr_options options;
    int32_t *bar_of; /* [N_ADDRESSES] N_BARS plane + bar, -1: none */
    uint8_t orientation[N_PLANES];
    int32_t single_anode[N_PLANES]; /* address in v1731, -1: none */
    uint32_t pulses, bars, planes;
    uint32_t time, width, profile;
};

static void read_line(const struct spw_text_line *line, struct emr_state *state)
{
    struct mice_daq_key key;
    const int64_t plane = mice_integer(line, 1), orientation = mice_integer(line, 2);
    const int64_t bar = mice_integer(line, 3);
    if (line->n_all < 10 || strcmp(line->word[0], "EMRChannelKey") != 0 || plane < 0 ||
        plane >= N_PLANES || orientation < 0 || bar < 0 || !mice_daq_key(line, 5, &key))
        return;
    state->orientation[plane] = (uint8_t)orientation;
    const uint32_t address = mice_daq_address(&key);
    if (key.equipment == DATE_EQUIPMENT_V1731 && bar == SINGLE_ANODE)
        state->single_anode[plane] = (int32_t)address;
    if (key.equipment == DATE_EQUIPMENT_DBB && bar < N_BARS && state->bar_of[address] < 0)
        state->bar_of[address] = (int32_t)(N_BARS * plane + bar);
}

static enum spw_status read_map(struct spw_run *run, struct emr_state *state)
{
    struct spw_text_table table;
    bool found;
    memset(state->single_anode, 0xff, sizeof state->single_anode);
    SPW_TRY(mice_new_map(&run->arena, N_ADDRESSES, &state->bar_of));
    SPW_TRY(mice_open_table(run, &state->options.map, &table, &found));
    for (uint32_t i = 0; i < table.count; ++i) read_line(&table.line[i], state);
    return SPW_OK;
}

static enum spw_status book(struct spw_run *run, struct emr_state *state)
{
    const struct spw_axis plane = {"plane", "plane", 0, N_PLANES, N_PLANES};
    const struct spw_histogram_spec time = {
        "/emr/time",
        "EMR bar - trigger time",
        2,
        {plane, {"time_ticks", "leading edge - trigger [2.5 ns]", -500, 500, 500}}};
    const struct spw_histogram_spec width = {
        "/emr/width",
        "EMR time over threshold",
        2,
        {plane, {"width_ticks", "trailing - leading edge [2.5 ns]", 0, 100, 100}}};
    const struct spw_histogram_spec profile = {"/emr/profile",
                                               "EMR bars in the signal window",
                                               2,
                                               {plane, {"bar", "bar", 0, N_BARS, N_BARS}}};
    SPW_TRY(spw_histogram_book(&run->histograms, &run->arena, &time, &state->time));
    SPW_TRY(spw_histogram_book(&run->histograms, &run->arena, &width, &state->width));
    return spw_histogram_book(&run->histograms, &run->arena, &profile, &state->profile);
}

static enum spw_status prepare(struct spw_run *run, void **state_)
{
    struct emr_state *state;
    SPW_NEW_ZEROS(&run->arena, state, 1);
    SPW_TRY(spw_config_read(run->config, "emr", options, sizeof options / sizeof *options,
                            &state->options));
    SPW_TRY(read_map(run, state));
    SPW_TRY(spw_run_find_object(run, "/fadc/pulses", &state->pulses));
    const struct spw_object bars = {.path = "/emr/bars",
                                    .offset_name = "emr_bars_offset",
                                    .table = &bars_table,
                                    .tier = SPW_TIER_MDST,
                                    .capacity_per_event = 8};
    const struct spw_object planes = {.path = "/emr/planes",
                                      .offset_name = "emr_planes_offset",
                                      .table = &planes_table,
                                      .tier = SPW_TIER_MDST,
                                      .capacity_per_event = 8};
    SPW_TRY(spw_run_add_object(run, &bars, &state->bars));
    SPW_TRY(spw_run_add_object(run, &planes, &state->planes));
    *state_ = state;
    return book(run, state);
}

/* Time of the trigger on the board of hit i: its first channel-4 leading edge; false: none. */
static bool
find_trigger(const struct spw_raw_hits *hits, uint32_t e, uint32_t i, int32_t *ticks)
{
    const uint32_t board = hits->address[i] / CHANNELS;
    for (uint32_t k = hits->rows.first[e]; k < hits->rows.first[e + 1]; ++k) {
        if (hits->address[k] != board * CHANNELS + DATE_DBB_TRIGGER_CHANNEL ||
            hits->edge[k] != SPW_EDGE_LEADING)
            continue;
        *ticks = hits->ticks[k];
        return true;
    }
    return false;
}

/* Time over threshold: the first trailing edge of the channel behind hit i. */
static int32_t find_width(const struct spw_raw_hits *hits, uint32_t e, uint32_t i)
{
    for (uint32_t k = i + 1; k < hits->rows.first[e + 1]; ++k) {
        if (hits->address[k] != hits->address[i]) continue;
        return hits->edge[k] == SPW_EDGE_TRAILING ? hits->ticks[k] - hits->ticks[i] : 0;
    }
    return 0;
}

static void make_bars(const struct emr_state *state,
                      struct spw_worker *worker,
                      const struct spw_raw_hits *hits,
                      uint32_t e,
                      struct emr_bars *out)
{
    for (uint32_t i = hits->rows.first[e]; i < hits->rows.first[e + 1]; ++i) {
        const int32_t bar = state->bar_of[hits->address[i]];
        int32_t trigger;
        if (bar < 0 || hits->edge[i] != SPW_EDGE_LEADING ||
            !find_trigger(hits, e, i, &trigger))
            continue;
        const uint32_t row = out->rows.count++, plane = (uint32_t)bar / N_BARS;
        out->plane[row] = (uint8_t)plane;
        out->orientation[row] = state->orientation[plane];
        out->bar[row] = (uint8_t)(bar % N_BARS);
        out->time_ticks[row] = hits->ticks[i] - trigger;
        out->width_ticks[row] = find_width(hits, e, i);
        out->in_window[row] = out->time_ticks[row] >= state->options.window_first &&
                              out->time_ticks[row] <= state->options.window_last;
        spw_fill2(&worker->histogram[state->time], (float)plane,
                  (float)out->time_ticks[row]);
        spw_fill2(&worker->histogram[state->width], (float)plane,
                  (float)out->width_ticks[row]);
        if (out->in_window[row])
            spw_fill2(&worker->histogram[state->profile], (float)plane, out->bar[row]);
    }
}

static void put_charge(const struct mice_pulses *pulses,
                       int32_t pulse,
                       uint32_t row,
                       struct emr_planes *out)
{
    const bool there = pulse >= 0 && pulses->n_samples[pulse];
    out->has_charge[row] = there;
    out->area_adc[row] = there ? pulses->area_adc[pulse] : 0;
    out->charge_pm_adc[row] = there ? pulses->charge_pm_adc[pulse] : 0;
    out->pedestal_adc[row] = there ? pulses->pedestal_adc[pulse] : 0;
    out->arrival[row] = there ? pulses->arrival[pulse] : 0;
}

/* Planes with a bar in the window, or with a pulse. */
static void make_planes(const struct emr_state *state,
                        const struct mice_pulse_index *index,
                        const struct mice_pulses *pulses,
                        const struct emr_bars *bars,
                        uint32_t e,
                        struct emr_planes *out)
{
    uint8_t n_bars[N_PLANES] = {0};
    for (uint32_t i = bars->rows.first[e]; i < bars->rows.count; ++i)
        if (bars->in_window[i] && n_bars[bars->plane[i]] < UINT8_MAX)
            ++n_bars[bars->plane[i]];
    for (uint32_t p = 0; p < N_PLANES; ++p) {
        const int32_t pulse = state->single_anode[p] < 0
                                  ? -1
                                  : mice_pulse_row(index, DATE_EQUIPMENT_V1731,
                                                   (uint32_t)state->single_anode[p]);
        if (!n_bars[p] && pulse < 0) continue;
        const uint32_t row = out->rows.count++;
        out->plane[row] = (uint8_t)p;
        out->orientation[row] = state->orientation[p];
        out->n_bars[row] = n_bars[p];
        put_charge(pulses, pulse, row, out);
    }
}

static enum spw_status
run_batch(const void *state_, struct spw_worker *worker, struct spw_batch *batch)
{
    const struct emr_state *state = state_;
    const struct spw_raw_hits *hits = &batch->raw.hits[DATE_DBB];
    const struct mice_pulses *pulses = SPW_OBJECT(batch, state->pulses, struct mice_pulses);
    struct emr_bars *bars = SPW_OBJECT(batch, state->bars, struct emr_bars);
    struct emr_planes *planes = SPW_OBJECT(batch, state->planes, struct emr_planes);
    struct mice_pulse_index index;
    SPW_TRY(mice_pulse_index_init(&index, &worker->scratch));
    SPW_TRY(spw_rows_reserve(&bars->rows, &bars_table, &batch->arena, hits->rows.count));
    for (uint32_t e = 0; e < batch->raw.n_events; ++e) {
        SPW_TRY(spw_rows_reserve(&planes->rows, &planes_table, &batch->arena, N_PLANES));
        mice_pulse_index_event(&index, pulses, e, true);
        make_bars(state, worker, hits, e, bars);
        make_planes(state, &index, pulses, bars, e, planes);
        mice_pulse_index_event(&index, pulses, e, false);
        bars->rows.first[e + 1] = bars->rows.count;
        planes->rows.first[e + 1] = planes->rows.count;
    }
    return SPW_OK;
}

const struct spw_stage spw_stage_emr = {
    .name = "emr",
    .meaning = "bars and plane charges of the EMR",
    .needs = (const char *const[]){"raw", "fadc", NULL},
    .makes = (const char *const[]){"emr", NULL},
    .prepare = prepare,
    .run = run_batch,
};
