/* Stage scalers: V830 counts and EPICS values of each spill, out of the records. */
#include "io/date/date.h"
#include "reco/stage.h"

struct scaler_counts {
    struct spw_rows rows;
    uint8_t *ldc, *geo, *channel;
    uint32_t *count;
};

struct epics_values {
    struct spw_rows rows;
    uint8_t *ldc;
    uint16_t *variable;
    double *value;
};

static const struct spw_column count_columns[] = {
    SPW_COLUMN(struct scaler_counts, ldc, "1", "read-out computer"),
    SPW_COLUMN(struct scaler_counts, geo, "1", "board number"),
    SPW_COLUMN(struct scaler_counts,
               channel,
               "1",
               "channel: 0 triggers, 1 trigger requests"),
    SPW_COLUMN(struct scaler_counts, count, "1", "counts in the spill"),
};

static const struct spw_column value_columns[] = {
    SPW_COLUMN(struct epics_values, ldc, "1", "read-out computer"),
    SPW_COLUMN(struct epics_values, variable, "1", "variable id"),
    SPW_COLUMN(struct epics_values, value, "1", "value; NaN: cut off by the read-out"),
};

static const struct spw_table counts_table = SPW_TABLE(struct scaler_counts, count_columns);
static const struct spw_table values_table = SPW_TABLE(struct epics_values, value_columns);

struct scalers_state {
    uint32_t counts, values;
};

static enum spw_status prepare(struct spw_run *run, void **state_)
{
    struct scalers_state *state;
    SPW_NEW_ZEROS(&run->arena, state, 1);
    const struct spw_object counts = {.path = "/scalers/counts",
                                      .offset_name = "scalers_counts_offset",
                                      .table = &counts_table,
                                      .tier = SPW_TIER_MDST};
    const struct spw_object values = {.path = "/epics/values",
                                      .offset_name = "epics_values_offset",
                                      .table = &values_table,
                                      .tier = SPW_TIER_MDST};
    *state_ = state;
    SPW_TRY(spw_run_add_object(run, &counts, &state->counts));
    return spw_run_add_object(run, &values, &state->values);
}

static void put_record(const struct spw_raw_records *records,
                       uint32_t i,
                       struct scaler_counts *counts,
                       struct epics_values *values)
{
    const uint8_t ldc = (uint8_t)(records->board[i] >> 16);
    if (records->item[i] == DATE_RECORD_SCALER) {
        const uint32_t row = counts->rows.count++;
        counts->ldc[row] = ldc;
        counts->geo[row] = (uint8_t)records->board[i];
        counts->channel[row] = (uint8_t)records->index[i];
        counts->count[row] = (uint32_t)records->value[i];
    } else if (records->item[i] == DATE_RECORD_EPICS) {
        const uint32_t row = values->rows.count++;
        values->ldc[row] = ldc;
        values->variable[row] = (uint16_t)records->index[i];
        values->value[row] = records->value[i];
    }
}

static enum spw_status
run_batch(const void *state_, struct spw_worker *worker, struct spw_batch *batch)
{
    (void)worker;
    const struct scalers_state *state = state_;
    const struct spw_raw_records *records = &batch->raw.records;
    struct scaler_counts *counts = SPW_OBJECT(batch, state->counts, struct scaler_counts);
    struct epics_values *values = SPW_OBJECT(batch, state->values, struct epics_values);
    const uint32_t n = records->rows.count;
    SPW_TRY(spw_rows_reserve(&counts->rows, &counts_table, &batch->arena, n));
    SPW_TRY(spw_rows_reserve(&values->rows, &values_table, &batch->arena, n));
    for (uint32_t e = 0; e < batch->raw.n_events; ++e) {
        for (uint32_t i = records->rows.first[e]; i < records->rows.first[e + 1]; ++i)
            put_record(records, i, counts, values);
        counts->rows.first[e + 1] = counts->rows.count;
        values->rows.first[e + 1] = values->rows.count;
    }
    return SPW_OK;
}

const struct spw_stage spw_stage_scalers = {
    .name = "scalers",
    .meaning = "scaler counts and slow-control values of each spill",
    .needs = (const char *const[]){"raw", NULL},
    .makes = (const char *const[]){"scalers", NULL},
    .prepare = prepare,
    .run = run_batch,
};
