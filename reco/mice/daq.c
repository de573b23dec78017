/* Stage daq: what boards say about each trigger, and the records of a spill (scalers, counters,
 * slow control). Needs no cabling: channel 0 of a V1290 is the particle trigger, 1 the request. */
#include "io/date/date.h"
#include "reco/stage.h"

#include <string.h>

enum { TRIGGER_CHANNEL = 0, REQUEST_CHANNEL = 1, N_BOARDS = 3 * DATE_N_LDC * DATE_N_GEO };

/* One row a board and trigger: V1290, V1724, V1731, as their time tags come. */
struct daq_boards {
    struct spw_rows rows;
    uint16_t *type;
    uint8_t *ldc, *geo;
    uint32_t *time_tag;
    uint16_t *counter;
    uint16_t *n_hits, *n_trailing;
    uint8_t *n_trigger_hits, *n_request_hits;
    int32_t *trigger_ticks, *trigger_minus_request_ticks;
};

static const struct spw_column board_columns[] = {
    SPW_COLUMN(struct daq_boards, type, "1", "board: 102 V1290, 120 V1724, 121 V1731"),
    SPW_COLUMN(struct daq_boards, ldc, "1", "read-out computer"),
    SPW_COLUMN(struct daq_boards, geo, "1", "board number"),
    SPW_COLUMN(struct daq_boards,
               time_tag,
               "1",
               "trigger time tag: 800 ns, 10 ns, 8 ns a tick"),
    SPW_COLUMN(struct daq_boards, counter, "1", "low 16 bits of the board's event counter"),
    SPW_COLUMN(struct daq_boards, n_hits, "1", "TDC edges of this trigger"),
    SPW_COLUMN(struct daq_boards, n_trailing, "1", "trailing TDC edges"),
    SPW_COLUMN(struct daq_boards,
               n_trigger_hits,
               "1",
               "leading edges on channel 0 (trigger)"),
    SPW_COLUMN(struct daq_boards,
               n_request_hits,
               "1",
               "leading edges on channel 1 (request)"),
    SPW_COLUMN(struct daq_boards, trigger_ticks, "1", "first trigger hit, -1: none"),
    SPW_COLUMN(struct daq_boards,
               trigger_minus_request_ticks,
               "1",
               "first trigger - first request, modulo 2^21; 0 unless both are there"),
};

static const struct spw_table boards_table = SPW_TABLE(struct daq_boards, board_columns);

struct daq_state {
    uint32_t boards, records, difference;
};

static enum spw_status prepare(struct spw_run *run, void **state_)
{
    struct daq_state *state;
    SPW_NEW_ZEROS(&run->arena, state, 1);
    const struct spw_object boards = {.path = "/daq/boards",
                                      .offset_name = "daq_boards_offset",
                                      .table = &boards_table,
                                      .tier = SPW_TIER_RECO,
                                      .capacity_per_event = 32};
    const struct spw_object records = {.path = "/daq/records",
                                       .offset_name = "daq_records_offset",
                                       .table = &spw_raw_records_table,
                                       .tier = SPW_TIER_RECO};
    const struct spw_histogram_spec difference = {
        "/daq/trigger_minus_request",
        "particle trigger - trigger request of each TDC board",
        2,
        {{"board", "32 LDC + geo", 0, DATE_N_LDC * DATE_N_GEO, DATE_N_LDC * DATE_N_GEO},
         {"difference_ticks", "trigger - request [24.414 ps]", -256, 256, 512}}};
    SPW_TRY(spw_run_add_object(run, &boards, &state->boards));
    SPW_TRY(spw_run_add_object(run, &records, &state->records));
    *state_ = state;
    return spw_histogram_book(&run->histograms, &run->arena, &difference,
                              &state->difference);
}

/* Adds a row for the tag in row t. */
static void put_board(struct daq_boards *out, const struct spw_raw_hits *tags, uint32_t t)
{
    static const uint16_t type[] = {DATE_EQUIPMENT_V1290, DATE_EQUIPMENT_V1724,
                                    DATE_EQUIPMENT_V1731};
    const uint32_t row = out->rows.count++, board = tags->address[t];
    out->type[row] = type[board / (DATE_N_LDC * DATE_N_GEO) % 3];
    out->ldc[row] = (uint8_t)(board / DATE_N_GEO % DATE_N_LDC);
    out->geo[row] = (uint8_t)(board % DATE_N_GEO);
    out->time_tag[row] = (uint32_t)tags->ticks[t];
    out->counter[row] = tags->value[t];
    out->n_hits[row] = out->n_trailing[row] = 0;
    out->n_trigger_hits[row] = out->n_request_hits[row] = 0;
    out->trigger_ticks[row] = -1;
    out->trigger_minus_request_ticks[row] = 0;
}

static void count_hit(struct daq_boards *out,
                      uint32_t row,
                      const struct spw_raw_hits *hits,
                      uint32_t i,
                      int32_t *request)
{
    const uint32_t channel = hits->address[i] % 32;
    ++out->n_hits[row];
    out->n_trailing[row] = (uint16_t)(out->n_trailing[row] + hits->edge[i]);
    if (hits->edge[i] != SPW_EDGE_LEADING) return;
    if (channel == TRIGGER_CHANNEL && out->n_trigger_hits[row]++ == 0)
        out->trigger_ticks[row] = hits->ticks[i];
    if (channel == REQUEST_CHANNEL && out->n_request_hits[row]++ == 0)
        *request = hits->ticks[i];
}

/* TDC boards of event e: rows [first, out->rows.count) get the hits that follow in readout order. */
static void fill_tdc(const struct daq_state *state,
                     struct spw_worker *worker,
                     const struct spw_raw_hits *hits,
                     uint32_t e,
                     struct daq_boards *out)
{
    for (uint32_t row = out->rows.first[e]; row < out->rows.count; ++row) {
        if (out->type[row] != DATE_EQUIPMENT_V1290) continue;
        const uint32_t board = (uint32_t)out->ldc[row] * DATE_N_GEO + out->geo[row];
        int32_t request = -1;
        for (uint32_t i = hits->rows.first[e]; i < hits->rows.first[e + 1]; ++i)
            if (hits->address[i] / 32 == board) count_hit(out, row, hits, i, &request);
        if (out->n_trigger_hits[row] == 0 || out->n_request_hits[row] == 0) continue;
        const int32_t difference = date_v1290_difference(out->trigger_ticks[row], request);
        out->trigger_minus_request_ticks[row] = difference;
        spw_fill2(&worker->histogram[state->difference], (float)board, (float)difference);
    }
}

static enum spw_status
run_batch(const void *state_, struct spw_worker *worker, struct spw_batch *batch)
{
    const struct daq_state *state = state_;
    struct daq_boards *out = SPW_OBJECT(batch, state->boards, struct daq_boards);
    const struct spw_raw_hits *tags = &batch->raw.hits[DATE_TAGS];
    SPW_TRY(spw_rows_reserve(&out->rows, &boards_table, &batch->arena, tags->rows.count));
    for (uint32_t e = 0; e < batch->raw.n_events; ++e) {
        for (uint32_t t = tags->rows.first[e]; t < tags->rows.first[e + 1]; ++t)
            put_board(out, tags, t);
        fill_tdc(state, worker, &batch->raw.hits[DATE_V1290], e, out);
        out->rows.first[e + 1] = out->rows.count;
    }
    *SPW_OBJECT(batch, state->records, struct spw_raw_records) = batch->raw.records;
    return SPW_OK;
}

const struct spw_stage spw_stage_daq = {
    .name = "daq",
    .meaning = "time tags, counters, scalers and slow control of MICE boards",
    .needs = (const char *const[]){"raw", NULL},
    .makes = (const char *const[]){"daq", NULL},
    .prepare = prepare,
    .run = run_batch,
};
