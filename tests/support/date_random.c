#include "support/date_random.h"

#include "support/test.h"

static uint32_t below(uint64_t *random, uint32_t n)
{
    return (uint32_t)((test_random(random) >> 32) * n >> 32);
}

static void add_board(struct date_write_options *options,
                      struct date_board *board,
                      uint32_t type,
                      uint32_t ldc,
                      uint32_t id)
{
    board[options->n_boards++] = (struct date_board){type, ldc, id};
}

static void add_tof_boards(struct date_write_options *options,
                           struct date_board *board,
                           uint32_t ldc,
                           uint64_t *random)
{
    for (uint32_t geo = 1; geo < 2 + below(random, 4); ++geo)
        add_board(options, board, DATE_EQUIPMENT_V1290, ldc, geo);
    for (uint32_t geo = 8; geo < 9 + below(random, 3); ++geo)
        add_board(options, board, DATE_EQUIPMENT_V1724, ldc, geo);
    if (below(random, 2)) add_board(options, board, DATE_EQUIPMENT_V1731, ldc, 20);
    if (below(random, 2)) add_board(options, board, DATE_EQUIPMENT_V830, ldc, 22);
    if (ldc == 0 && below(random, 2))
        add_board(options, board, DATE_EQUIPMENT_V1495, ldc, 24);
    add_board(options, board, DATE_EQUIPMENT_SELECTOR, ldc, 0);
}

static void add_tracker_boards(struct date_write_options *options,
                               struct date_board *board,
                               uint32_t ldc,
                               bool c_form)
{
    if (!c_form) add_board(options, board, DATE_EQUIPMENT_VLSB_MASTER, ldc, 0);
    for (uint32_t b = 0; b < 2; ++b) {
        add_board(options, board,
                  c_form ? DATE_EQUIPMENT_VLSB_C : DATE_EQUIPMENT_VLSB_BOARD, ldc, b);
        for (uint32_t bank = 0; bank < 4 && !c_form; ++bank)
            add_board(options, board, DATE_EQUIPMENT_VLSB_BANK, ldc, 4 * b + bank);
    }
    if (!c_form) add_board(options, board, DATE_EQUIPMENT_VLSB_HANDLER, ldc, 0);
}

static void add_emr_boards(struct date_write_options *options,
                           struct date_board *board,
                           uint32_t ldc,
                           bool chain)
{
    if (chain) add_board(options, board, DATE_EQUIPMENT_DBB_CHAIN, ldc, 2);
    for (uint32_t dbb = 0; dbb < 3 && !chain; ++dbb)
        add_board(options, board, DATE_EQUIPMENT_DBB, ldc, dbb);
    add_board(options, board, DATE_EQUIPMENT_VRB, ldc, 0);
}

void date_random_options(struct date_write_options *options,
                         struct date_board *board,
                         uint64_t *random)
{
    static const uint32_t versions[] = {3 << 16 | 9, 3 << 16 | 11, 3 << 16 | 13,
                                        3 << 16 | 14};
    *options =
        (struct date_write_options){.version = versions[below(random, 4)],
                                    .run = 1 + below(random, 99999),
                                    .start_time_s = 1400000000 + below(random, 1 << 20),
                                    .plain = below(random, 4) == 0,
                                    .master_2012 = below(random, 2),
                                    .start_of_run = below(random, 2),
                                    .end_of_run = below(random, 2),
                                    .board = board};
    add_board(options, board, DATE_EQUIPMENT_RECEIVER, 0, 0);
    add_tof_boards(options, board, 0, random);
    if (below(random, 2)) add_board(options, board, DATE_EQUIPMENT_EPICS, 0, 3);
    if (below(random, 2)) add_board(options, board, 77, 0, 5);
    if (below(random, 2)) add_tof_boards(options, board, 1, random);
    if (below(random, 2)) add_emr_boards(options, board, 2, below(random, 2));
    if (below(random, 2)) add_tracker_boards(options, board, 4, below(random, 2));
    add_board(options, board, DATE_EQUIPMENT_TRAILER,
              options->board[options->n_boards - 1].ldc, 0);
}

static enum spw_status add_hit(struct spw_raw_batch *batch,
                               uint32_t stream,
                               uint32_t address,
                               uint32_t ticks,
                               uint32_t edge,
                               uint32_t value)
{
    SPW_TRY(spw_raw_hits_reserve(batch, stream, 1));
    struct spw_raw_hits *hits = &batch->hits[stream];
    const uint32_t i = hits->rows.count++;
    hits->address[i] = address;
    hits->ticks[i] = (int32_t)ticks;
    hits->edge[i] = (uint8_t)edge;
    hits->quality[i] = 0;
    hits->value[i] = (uint16_t)value;
    return SPW_OK;
}

static enum spw_status add_record(struct spw_raw_batch *batch,
                                  const struct date_board *board,
                                  uint32_t item,
                                  uint32_t index,
                                  double value)
{
    struct spw_raw_records *records = &batch->records;
    SPW_TRY(spw_rows_reserve(&records->rows, &spw_raw_records_table, batch->arena, 1));
    const uint32_t i = records->rows.count++;
    records->source[i] = board->type;
    records->board[i] = date_record_board(board->ldc, board->id);
    records->item[i] = item;
    records->index[i] = index;
    records->value[i] = value;
    return SPW_OK;
}

static enum spw_status add_v1290(struct spw_raw_batch *batch,
                                 const struct date_board *board,
                                 uint32_t counter,
                                 uint64_t *random)
{
    const uint32_t n = below(random, 20);
    SPW_TRY(add_hit(batch, DATE_TAGS, date_address_tag(0, board->ldc, board->id),
                    below(random, 1 << 27), 0, counter & 0xFFFF));
    for (uint32_t chip = 0; chip < 4; ++chip)
        SPW_TRY(add_hit(batch, DATE_BUNCHES,
                        date_address_bunch(board->ldc, board->id, chip),
                        below(random, 1 << 12), 0, counter & 0xFFF));
    for (uint32_t i = 0; i < n; ++i)
        SPW_TRY(add_hit(batch, DATE_V1290,
                        date_address_v1290(board->ldc, board->id, below(random, 32)),
                        below(random, 1 << 21), below(random, 2), 0));
    return SPW_OK;
}

/* All eight channels, of one length or suppressed one by one. */
static enum spw_status add_fadc(struct spw_raw_batch *batch,
                                const struct date_board *board,
                                uint32_t trigger,
                                uint64_t *random)
{
    const bool v1731 = board->type == DATE_EQUIPMENT_V1731;
    const uint32_t stream = v1731 ? DATE_V1731 : DATE_V1724, bits = v1731 ? 8 : 14;
    const uint32_t n = v1731 ? 16 : 12, suppression = below(random, 3),
                   rotation = below(random, 8);
    SPW_TRY(add_hit(batch, DATE_TAGS,
                    date_address_tag(v1731 ? 2 : 1, board->ldc, board->id),
                    (uint32_t)test_random(random), 0, (trigger + 1) & 0xFFFF));
    for (uint32_t i = 0; i < 8; ++i) {
        SPW_TRY(spw_raw_pulses_reserve(batch, stream, 1, n));
        struct spw_raw_pulses *pulses = &batch->pulses[stream];
        const uint32_t row = pulses->rows.count++, channel = (i + rotation) % 8;
        const bool gone = suppression == 2 || (suppression == 1 && below(random, 2));
        pulses->address[row] = date_address_fadc(board->ldc, board->id, channel);
        pulses->length[row] = (uint16_t)(gone ? 0 : n);
        pulses->quality[row] = 0;
        for (uint32_t k = 0; k < n; ++k)
            pulses->sample[row * pulses->n_samples + k] =
                (uint16_t)(gone ? 0 : below(random, 1u << bits));
    }
    return SPW_OK;
}

static enum spw_status
add_vlsb(struct spw_raw_batch *batch, uint32_t ldc, uint32_t bank, uint64_t *random)
{
    uint32_t channel = below(random, 128);
    for (uint32_t i = below(random, 6) + 1; i > 0; --i, channel = (channel + 37) % 128)
        SPW_TRY(add_hit(batch, DATE_VLSB, date_address_vlsb(ldc, bank, channel),
                        below(random, 256), below(random, 2), below(random, 256)));
    return SPW_OK;
}

/* The trigger time in channel 4, then leading and trailing edges near it. */
static enum spw_status add_dbb(struct spw_raw_batch *batch,
                               uint32_t ldc,
                               uint32_t dbb,
                               uint32_t trigger,
                               uint64_t *random)
{
    uint32_t time = 5000 + 8000 * trigger + below(random, 100);
    const uint32_t channel_4 = date_address_dbb(ldc, dbb, DATE_DBB_TRIGGER_CHANNEL);
    SPW_TRY(add_hit(batch, DATE_DBB, channel_4, time, SPW_EDGE_LEADING, 0));
    SPW_TRY(add_hit(batch, DATE_DBB, channel_4, time + 20, SPW_EDGE_TRAILING, 0));
    for (uint32_t i = below(random, 5); i > 0; --i) {
        const uint32_t address = date_address_dbb(ldc, dbb, 5 + below(random, 59));
        time += 50 + below(random, 100);
        SPW_TRY(add_hit(batch, DATE_DBB, address, time, SPW_EDGE_LEADING, 0));
        SPW_TRY(add_hit(batch, DATE_DBB, address, time + 1 + below(random, 40),
                        SPW_EDGE_TRAILING, 0));
    }
    return SPW_OK;
}

static enum spw_status
add_v1495(struct spw_raw_batch *batch, uint32_t trigger, uint64_t *random)
{
    const uint32_t time = below(random, 1 << 22);
    SPW_TRY(add_hit(batch, DATE_V1495, DATE_V1495_RECORD, time, 0, trigger));
    for (uint32_t bit = 0; bit < DATE_V1495_RECORD; ++bit)
        if (below(random, 10) == 0) SPW_TRY(add_hit(batch, DATE_V1495, bit, time, 0, 0));
    return SPW_OK;
}

static enum spw_status add_trigger(struct spw_raw_batch *batch,
                                   const struct date_board *board,
                                   uint32_t trigger,
                                   uint32_t counter,
                                   uint64_t *random)
{
    switch (board->type) {
    case DATE_EQUIPMENT_V1290:
        return add_v1290(batch, board, counter + trigger, random);
    case DATE_EQUIPMENT_V1724:
    case DATE_EQUIPMENT_V1731:
        return add_fadc(batch, board, trigger, random);
    case DATE_EQUIPMENT_VLSB_BANK:
        return add_vlsb(batch, board->ldc, board->id, random);
    case DATE_EQUIPMENT_VLSB_C:
        for (uint32_t bank = 0; bank < 4; ++bank)
            SPW_TRY(add_vlsb(batch, board->ldc, 4 * board->id + bank, random));
        return SPW_OK;
    case DATE_EQUIPMENT_DBB:
        return add_dbb(batch, board->ldc, board->id, trigger, random);
    case DATE_EQUIPMENT_DBB_CHAIN:
        for (uint32_t d = 0; d < 6; ++d)
            SPW_TRY(add_dbb(batch, board->ldc, 6 * board->id + d, trigger, random));
        return SPW_OK;
    case DATE_EQUIPMENT_V1495:
        return add_v1495(batch, trigger, random);
    default:
        return SPW_OK;
    }
}

static enum spw_status add_dbb_records(struct spw_raw_batch *batch,
                                       const struct date_board *board,
                                       uint64_t *random)
{
    const uint32_t n = board->type == DATE_EQUIPMENT_DBB_CHAIN ? 6 : 1;
    for (uint32_t d = 0; d < n; ++d) {
        const struct date_board dbb = {board->type, board->ldc, n * board->id + d};
        SPW_TRY(add_record(batch, &dbb, DATE_RECORD_DBB_SPILL, 0, below(random, 1 << 16)));
        SPW_TRY(add_record(batch, &dbb, DATE_RECORD_DBB_WIDTH, 0, below(random, 1 << 22)));
    }
    return SPW_OK;
}

static enum spw_status add_board_records(struct spw_raw_batch *batch,
                                         const struct date_board *board,
                                         uint32_t counter,
                                         bool empty,
                                         uint64_t *random)
{
    switch (board->type) {
    case DATE_EQUIPMENT_V1290:
        if (empty) return SPW_OK;
        return add_record(batch, board, DATE_RECORD_FIRST_COUNTER, 0, counter);
    case DATE_EQUIPMENT_V830:
        for (uint32_t c = 0; c < 32; ++c)
            SPW_TRY(
                add_record(batch, board, DATE_RECORD_SCALER, c, below(random, 1 << 26)));
        return SPW_OK;
    case DATE_EQUIPMENT_VLSB_MASTER:
        return add_record(batch, board, DATE_RECORD_MASTER_TDC, 0, below(random, 1 << 16));
    case DATE_EQUIPMENT_V1495:
        return add_record(batch, board, DATE_RECORD_V1495_SPILL, board->id,
                          below(random, 1 << 16));
    case DATE_EQUIPMENT_EPICS:
        for (uint32_t i = below(random, 5); i > 0; --i)
            SPW_TRY(add_record(batch, board, DATE_RECORD_EPICS, 10 + i,
                               below(random, 1 << 20) / 7.0));
        return SPW_OK;
    case DATE_EQUIPMENT_DBB:
    case DATE_EQUIPMENT_DBB_CHAIN:
        return add_dbb_records(batch, board, random);
    case 77:
        for (uint32_t i = 0; i < 4; ++i)
            SPW_TRY(add_record(batch, board, DATE_RECORD_WORD, i,
                               (uint32_t)test_random(random)));
        return SPW_OK;
    default:
        return SPW_OK;
    }
}

static enum spw_status add_spill_records(struct spw_raw_batch *batch,
                                         const struct date_write_options *options,
                                         uint32_t counter,
                                         bool empty,
                                         uint64_t *random)
{
    for (uint32_t type = DATE_START_OF_BURST; type <= DATE_PHYSICS_EVENT; ++type) {
        const struct date_board none = {0, options->plain ? 0 : DATE_LDC_BUILDER, 0};
        SPW_TRY(add_record(batch, &none, DATE_RECORD_EVENT_TIME, type,
                           1400000000 + below(random, 1 << 20)));
    }
    for (uint32_t b = 0; b < options->n_boards; ++b)
        SPW_TRY(add_board_records(batch, &options->board[b], counter, empty, random));
    return SPW_OK;
}

static void start_row(struct spw_raw_batch *batch,
                      const struct date_write_options *options,
                      uint32_t spill,
                      uint32_t trigger,
                      bool empty)
{
    struct spw_raw_events *events = &batch->events;
    const uint32_t e = events->rows.count++;
    events->run[e] = options->run;
    events->burst[e] = spill;
    events->event[e] = trigger;
    events->timestamp_ticks[e] = events->trigger_word[e] = events->l0_flags[e] = 0;
    events->fine_time[e] = 0;
    events->time_ns[e] = 0;
    events->quality[e] = empty ? SPW_EVENT_SPECIAL : 0;
}

enum spw_status date_random_batch(struct spw_raw_batch *batch,
                                  const struct date_write_options *options,
                                  uint32_t per_spill,
                                  uint64_t *random)
{
    uint32_t e = 0;
    for (uint32_t spill = 0; e < batch->n_events; ++spill) {
        const bool empty = below(random, 8) == 0;
        const uint32_t counter = below(random, 1 << 22);
        for (uint32_t t = 0; t < (empty ? 1 : per_spill) && e < batch->n_events; ++t, ++e) {
            start_row(batch, options, spill, t, empty);
            if (t == 0) SPW_TRY(add_spill_records(batch, options, counter, empty, random));
            for (uint32_t b = 0; b < options->n_boards && !empty; ++b)
                SPW_TRY(add_trigger(batch, &options->board[b], t, counter, random));
            spw_raw_batch_close_event(batch, e);
        }
    }
    return SPW_OK;
}
