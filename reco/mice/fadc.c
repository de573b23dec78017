/* Stage fadc: a row of features for every flash-ADC channel. */
#include "reco/mice/fadc.h"

#include "io/date/date.h"
#include "reco/stage.h"

static const struct spw_column pulse_columns[] = {
    SPW_COLUMN(struct mice_pulses,
               type,
               "1",
               "board: 120 V1724 (14 bit), 121 V1731 (8 bit)"),
    SPW_COLUMN(struct mice_pulses, ldc, "1", "read-out computer"),
    SPW_COLUMN(struct mice_pulses, geo, "1", "board number"),
    SPW_COLUMN(struct mice_pulses, channel, "1", "channel of the board"),
    SPW_COLUMN(struct mice_pulses,
               n_samples,
               "1",
               "samples; 0: suppressed, features are 0"),
    SPW_COLUMN(struct mice_pulses, quality, "1", "raw quality bits"),
    SPW_COLUMN(struct mice_pulses, kept, "1", "1: passes the software zero suppression"),
    SPW_COLUMN(struct mice_pulses, mean_adc, "count", "mean of all samples"),
    SPW_COLUMN(struct mice_pulses, rms_adc, "count", "rms of all samples"),
    SPW_COLUMN(struct mice_pulses,
               pedestal_adc,
               "count",
               "mean of 30 samples off the pulse"),
    SPW_COLUMN(struct mice_pulses, charge_mm_adc, "count", "largest - smallest sample"),
    SPW_COLUMN(struct mice_pulses,
               charge_pm_adc,
               "count",
               "extremum over rounded pedestal"),
    SPW_COLUMN(struct mice_pulses,
               area_adc,
               "count",
               "sum over pedestal around the extremum"),
    SPW_COLUMN(struct mice_pulses,
               arrival,
               "sample",
               "first sample off the pedestal by > 2"),
    SPW_COLUMN(struct mice_pulses, max_position, "sample", "first largest sample"),
    SPW_COLUMN(struct mice_pulses, min_position, "sample", "first smallest sample"),
    SPW_COLUMN_AS(".address", struct mice_pulses, address, "1", "address in the stream"),
};

const struct spw_table mice_pulses_table = SPW_TABLE(struct mice_pulses, pulse_columns);

/* Flash ADCs stand on LDC 0, 1 and 2; others go to the overflow bin. */
enum { HISTOGRAM_CHANNELS = 3 * 8 * DATE_N_GEO };

struct fadc_options {
    int64_t suppress_v1724_adc, suppress_v1731_adc;
};

static const struct spw_option options[] = {
    {.key = "suppress_v1724_adc",
     .type = SPW_OPTION_INT,
     .fallback = "100",
     .min = -1,
     .max = 16383,
     .help = "V1724 pulses are kept above this max - min (-1: all)",
     .offset = offsetof(struct fadc_options, suppress_v1724_adc)},
    {.key = "suppress_v1731_adc",
     .type = SPW_OPTION_INT,
     .fallback = "-1",
     .min = -1,
     .max = 255,
     .help = "V1731 pulses are kept above this max - min (-1: all)",
     .offset = offsetof(struct fadc_options, suppress_v1731_adc)},
};

struct fadc_state {
    struct fadc_options options;
    uint32_t object;
    uint32_t pedestal[MICE_FADC_TYPES], charge[MICE_FADC_TYPES]; /* histograms */
};

static enum spw_status book(struct spw_run *run, struct fadc_state *state)
{
    static const struct {
        const char *pedestal, *charge;
        double top;
    } name[MICE_FADC_TYPES] = {
        {"/fadc/v1724_pedestal_by_channel", "/fadc/v1724_charge_by_channel", 16384},
        {"/fadc/v1731_pedestal_by_channel", "/fadc/v1731_charge_by_channel", 256},
    };

    for (int i = 0; i < MICE_FADC_TYPES; ++i) {
        const struct spw_axis channel = {"channel", "256 LDC + 8 geo + channel", 0,
                                         HISTOGRAM_CHANNELS, HISTOGRAM_CHANNELS};
        const struct spw_histogram_spec pedestal = {
            name[i].pedestal,
            "flash-ADC pedestals",
            2,
            {channel, {"pedestal_adc", "pedestal [ADC counts]", 0, name[i].top, 256}}};
        const struct spw_histogram_spec charge = {
            name[i].charge,
            "flash-ADC pulse heights",
            2,
            {channel, {"charge_adc", "max - min [ADC counts]", 0, name[i].top, 128}}};
        SPW_TRY(spw_histogram_book(&run->histograms, &run->arena, &pedestal,
                                   &state->pedestal[i]));
        SPW_TRY(
            spw_histogram_book(&run->histograms, &run->arena, &charge, &state->charge[i]));
    }
    return SPW_OK;
}

static enum spw_status prepare(struct spw_run *run, void **state_)
{
    struct fadc_state *state;
    SPW_NEW_ZEROS(&run->arena, state, 1);
    SPW_TRY(spw_config_read(run->config, "fadc", options, sizeof options / sizeof *options,
                            &state->options));
    const struct spw_object object = {.path = "/fadc/pulses",
                                      .offset_name = "fadc_pulses_offset",
                                      .table = &mice_pulses_table,
                                      .tier = SPW_TIER_RECO,
                                      .capacity_per_event = 80};
    SPW_TRY(spw_run_add_object(run, &object, &state->object));
    *state_ = state;
    return book(run, state);
}

static void
put_features(struct mice_pulses *out, uint32_t row, const struct mice_features *f)
{
    out->mean_adc[row] = f->mean_adc;
    out->rms_adc[row] = f->rms_adc;
    out->pedestal_adc[row] = f->pedestal_adc;
    out->charge_mm_adc[row] = f->charge_mm_adc;
    out->charge_pm_adc[row] = f->charge_pm_adc;
    out->area_adc[row] = f->area_adc;
    out->arrival[row] = f->arrival;
    out->max_position[row] = f->max_position;
    out->min_position[row] = f->min_position;
}

static void put_pulse(const struct fadc_state *state,
                      struct spw_worker *worker,
                      const struct spw_raw_pulses *raw,
                      uint32_t i,
                      int type,
                      struct mice_pulses *out)
{
    const uint32_t row = out->rows.count++, address = raw->address[i];
    struct mice_features features = {0};
    if (raw->length[i])
        mice_features(raw->sample + (size_t)i * raw->n_samples, raw->length[i], type == 1,
                      &features);
    const int64_t limit =
        type ? state->options.suppress_v1731_adc : state->options.suppress_v1724_adc;
    out->type[row] = (uint16_t)(DATE_EQUIPMENT_V1724 + type);
    out->ldc[row] = (uint8_t)(address / (8 * DATE_N_GEO));
    out->geo[row] = (uint8_t)(address / 8 % DATE_N_GEO);
    out->channel[row] = (uint8_t)(address % 8);
    out->n_samples[row] = raw->length[i];
    out->quality[row] = raw->quality[i];
    out->kept[row] = raw->length[i] && features.charge_mm_adc > limit;
    out->address[row] = address;
    put_features(out, row, &features);
    if (!raw->length[i]) return;
    spw_fill2(&worker->histogram[state->pedestal[type]], (float)address,
              (float)features.pedestal_adc);
    spw_fill2(&worker->histogram[state->charge[type]], (float)address,
              (float)features.charge_mm_adc);
}

static enum spw_status
run_batch(const void *state_, struct spw_worker *worker, struct spw_batch *batch)
{
    const struct fadc_state *state = state_;
    struct mice_pulses *out = SPW_OBJECT(batch, state->object, struct mice_pulses);
    const struct spw_raw_pulses *raw = &batch->raw.pulses[DATE_V1724];
    SPW_TRY(spw_rows_reserve(&out->rows, &mice_pulses_table, &batch->arena,
                             raw[0].rows.count + raw[1].rows.count));
    for (uint32_t e = 0; e < batch->raw.n_events; ++e) {
        for (int type = 0; type < MICE_FADC_TYPES; ++type)
            for (uint32_t i = raw[type].rows.first[e]; i < raw[type].rows.first[e + 1]; ++i)
                put_pulse(state, worker, &raw[type], i, type, out);
        out->rows.first[e + 1] = out->rows.count;
    }
    return SPW_OK;
}

enum spw_status mice_pulse_index_init(struct mice_pulse_index *index,
                                      struct spw_arena *arena)
{
    for (int type = 0; type < MICE_FADC_TYPES; ++type) {
        SPW_NEW(arena, index->row[type], MICE_FADC_ADDRESSES);
        memset(index->row[type], 0xff, sizeof *index->row[type] * MICE_FADC_ADDRESSES);
    }
    return SPW_OK;
}

void mice_pulse_index_event(struct mice_pulse_index *index,
                            const struct mice_pulses *pulses,
                            uint32_t e,
                            bool on)
{
    for (uint32_t i = pulses->rows.first[e]; i < pulses->rows.first[e + 1]; ++i)
        index->row[pulses->type[i] - DATE_EQUIPMENT_V1724][pulses->address[i]] =
            on ? (int32_t)i : -1;
}

const struct spw_stage spw_stage_fadc = {
    .name = "fadc",
    .meaning = "features of flash-ADC pulses",
    .needs = (const char *const[]){"raw", NULL},
    .makes = (const char *const[]){"fadc", NULL},
    .prepare = prepare,
    .run = run_batch,
};
