#include "io/date/date.h"

#include "io/date/builder.h"
#include "io/date/unpacker.h"

static const struct spw_stream streams[DATE_N_STREAMS] = {
    [DATE_V1290] = {"v1290", SPW_STREAM_HITS, SPW_PAIR_NONE, 25.0 / 1024,
                    DATE_N_LDC *DATE_N_GEO * 32, DATE_EQUIPMENT_V1290},
    [DATE_V1724] = {"v1724", SPW_STREAM_PULSES, SPW_PAIR_NONE, 10.0,
                    DATE_N_LDC *DATE_N_GEO * 8, DATE_EQUIPMENT_V1724},
    [DATE_V1731] = {"v1731", SPW_STREAM_PULSES, SPW_PAIR_NONE, 2.0,
                    DATE_N_LDC *DATE_N_GEO * 8, DATE_EQUIPMENT_V1731},
    [DATE_VLSB] = {"vlsb", SPW_STREAM_HITS, SPW_PAIR_NONE, 1.0,
                   DATE_N_LDC *DATE_N_BANKS * 128, DATE_EQUIPMENT_VLSB_BANK},
    [DATE_DBB] = {"dbb", SPW_STREAM_HITS, SPW_PAIR_NONE, 2.5, DATE_N_LDC *DATE_N_DBB * 64,
                  DATE_EQUIPMENT_DBB},
    [DATE_V1495] = {"v1495", SPW_STREAM_HITS, SPW_PAIR_NONE, 10.0, DATE_V1495_RECORD + 1,
                    DATE_EQUIPMENT_V1495},
    [DATE_TAGS] = {"tags", SPW_STREAM_HITS, SPW_PAIR_NONE, 1.0, 3 * DATE_N_LDC *DATE_N_GEO,
                   0},
    [DATE_BUNCHES] = {"bunches", SPW_STREAM_HITS, SPW_PAIR_NONE, 25.0,
                      DATE_N_LDC *DATE_N_GEO * 4, DATE_EQUIPMENT_V1290},
};

static const struct spw_column event_columns[] = {
    SPW_COLUMN(struct spw_raw_events, run, "1", "run number"),
    SPW_COLUMN_AS("spill", struct spw_raw_events, burst, "1", "spill in the run, from 0"),
    SPW_COLUMN_AS("trigger",
                  struct spw_raw_events,
                  event,
                  "1",
                  "particle trigger in the spill, from 0"),
    SPW_COLUMN(struct spw_raw_events,
               timestamp_ticks,
               "1",
               "time tag of the trigger's first board (V1290: 800 ns)"),
    SPW_COLUMN_AS("event_type",
                  struct spw_raw_events,
                  trigger_word,
                  "1",
                  "DATE event type: 7 physics, 8 calibration, 0 no trigger"),
    SPW_COLUMN(struct spw_raw_events,
               quality,
               "1",
               "bits: 1 no trigger, 2 damaged, 256 boards disagree in trigger count, "
               "512 unread, 1024 calibration, 2048 board status"),
};

static const struct spw_table event_table = SPW_TABLE(struct spw_raw_events, event_columns);

static bool probe(struct spw_bytes head, size_t size)
{
    (void)size;
    if (head.size >= 8 && date_word(head.data, 1) == DATE_MAGIC_SWAPS) return true;
    return date_find_event(head, 0, false) < head.size;
}

static void note_first_spill(struct spw_raw_file *file)
{
    file->burst = file->index.count ? file->index.burst[0] : 0;
}

static enum spw_status read_index(struct spw_raw_file *file)
{
    const struct spw_bytes bytes = file->map.bytes;
    if (bytes.size >= 8 && date_word(bytes.data, 1) == DATE_MAGIC_SWAPS)
        return SPW_FAIL(SPW_CORRUPT, "%s: DATE file of a big-endian machine", file->path);
    if (date_find_event(bytes, 0, false) == bytes.size)
        return SPW_FAIL(SPW_CORRUPT, "%s: no DATE event header in %zu bytes", file->path,
                        bytes.size);
    struct date_state *state;
    SPW_NEW_ZEROS(&file->arena, state, 1);
    SPW_TRY(
        spw_rows_init(&state->records.rows, &spw_raw_records_table, &file->arena, 0, 256));
    file->state = state;
    struct date_builder builder = {.file = file,
                                   .arena = &file->arena,
                                   .state = state,
                                   .tally = file->tally,
                                   .spill_number = -1};
    SPW_TRY(date_walk(&builder, bytes));
    note_first_spill(file);
    return SPW_OK;
}

static enum spw_status unpack_board(const struct date_unpacker *unpacker,
                                    const struct date_board *board,
                                    const struct date_fragment *fragment)
{
    switch (board->equipment) {
    case DATE_EQUIPMENT_V1290:
        return date_v1290_unpack(unpacker, board, fragment);
    case DATE_EQUIPMENT_V1724:
    case DATE_EQUIPMENT_V1731:
        return date_fadc_unpack(unpacker, board, fragment);
    case DATE_EQUIPMENT_VLSB_C:
    case DATE_EQUIPMENT_VLSB_BANK:
        return date_vlsb_unpack(unpacker, board, fragment);
    case DATE_EQUIPMENT_DBB:
    case DATE_EQUIPMENT_DBB_CHAIN:
        return date_dbb_unpack(unpacker, board, fragment);
    default:
        return date_v1495_unpack(unpacker, board, fragment);
    }
}

/* All boards' data of one trigger; returns the event's own quality bits in `*quality`. */
static enum spw_status unpack_trigger(const struct date_unpacker *unpacker,
                                      const struct date_spill *spill,
                                      uint32_t trigger,
                                      uint32_t *quality)
{
    for (uint32_t b = 0; b < spill->n_boards; ++b) {
        const struct date_board *board = &unpacker->state->board[spill->first_board + b];
        if (trigger >= board->n_fragments) continue;
        const struct date_fragment *fragment =
            &unpacker->state->fragment[board->first_fragment + trigger];
        if (fragment->board_status) *quality |= DATE_EVENT_BOARD_STATUS;
        if (fragment->hit_quality) *quality |= SPW_EVENT_DAMAGED;
        if (fragment->readable)
            SPW_TRY(unpack_board(unpacker, board, fragment));
        else if (board->counts)
            *quality |= SPW_EVENT_DAMAGED;
    }
    return SPW_OK;
}

static enum spw_status copy_records(struct spw_raw_batch *batch,
                                    const struct spw_raw_records *from,
                                    uint32_t first,
                                    uint32_t n)
{
    struct spw_raw_records *to = &batch->records;
    SPW_TRY(spw_rows_reserve(&to->rows, &spw_raw_records_table, batch->arena, n));
    for (size_t c = 0; c < spw_raw_records_table.n_columns; ++c) {
        const struct spw_column *column = &spw_raw_records_table.columns[c];
        const size_t size = spw_type_size(column->type);
        memcpy((char *)spw_column_data(&to->rows, column) + size * to->rows.count,
               (const char *)spw_column_data(&from->rows, column) + size * first, size * n);
    }
    to->rows.count += n;
    return SPW_OK;
}

/* The time tag of the trigger's first board, among the tags from `first` on. */
static uint32_t first_tag(const struct spw_raw_batch *batch, uint32_t first)
{
    const struct spw_raw_hits *tags = &batch->hits[DATE_TAGS];
    return first < tags->rows.count ? (uint32_t)tags->ticks[first] : 0;
}

static void add_event(const struct spw_raw_file *file,
                      uint32_t row,
                      struct spw_raw_batch *batch,
                      uint32_t tag,
                      uint32_t quality)
{
    struct spw_raw_events *events = &batch->events;
    const uint32_t i = events->rows.count++;
    events->run[i] = file->run;
    events->burst[i] = file->index.burst[row];
    events->event[i] = file->index.number[row];
    events->timestamp_ticks[i] = tag;
    events->fine_time[i] = 0;
    events->trigger_word[i] = file->index.trigger_word[row];
    events->l0_flags[i] = 0;
    events->time_ns[i] = 0;
    events->quality[i] = quality;
}

/* The last spill whose rows begin at or before `row`. */
static uint32_t find_spill(const struct date_state *state, uint32_t row)
{
    uint32_t low = 0, high = state->n_spills;
    while (low + 1 < high) {
        const uint32_t middle = (low + high) / 2;
        if (state->spill[middle].first_row <= row)
            low = middle;
        else
            high = middle;
    }
    return low;
}

static enum spw_status unpack_row(const struct date_unpacker *unpacker,
                                  const struct spw_raw_file *file,
                                  uint32_t row)
{
    struct spw_raw_batch *batch = unpacker->batch;
    const uint32_t first = batch->hits[DATE_TAGS].rows.count;
    uint32_t quality = SPW_EVENT_SPECIAL | SPW_EVENT_DAMAGED;
    if (file->index.reason[row] == 0) {
        const struct date_spill *spill =
            &unpacker->state->spill[find_spill(unpacker->state, row)];
        const uint32_t trigger = row - spill->first_row;
        quality = spill->quality;
        SPW_TRY(unpack_trigger(unpacker, spill, trigger, &quality));
        if (trigger == 0)
            SPW_TRY(copy_records(batch, &unpacker->state->records, spill->first_record,
                                 spill->n_records));
    }
    add_event(file, row, batch, first_tag(batch, first), quality);
    return SPW_OK;
}

static enum spw_status unpack(const struct spw_raw_file *file,
                              uint32_t first,
                              uint32_t n,
                              enum spw_isa isa,
                              struct spw_raw_batch *batch,
                              uint64_t *tally)
{
    (void)tally; /* damage is counted once, while indexing */
    const struct date_unpacker unpacker = {.data = file->map.bytes.data,
                                           .state = file->state,
                                           .kernels = SPW_PICK(date_kernels, isa),
                                           .batch = batch};
    SPW_TRY(spw_rows_reserve(&batch->events.rows, &spw_raw_events_table, batch->arena, n));
    for (uint32_t i = 0; i < n; ++i) {
        SPW_TRY(unpack_row(&unpacker, file, first + i));
        spw_raw_batch_close_event(batch, i);
    }
    return SPW_OK;
}

bool date_has_board(const struct spw_raw_file *file, uint32_t equipment)
{
    const struct date_state *state = file->state;
    if (!state) return false; /* no file: a configuration is being checked */
    for (uint32_t b = 0; b < state->n_boards; ++b)
        if (state->board[b].equipment == equipment && state->board[b].n_words) return true;
    return false;
}

const struct spw_format spw_format_date = {
    .name = "date",
    .experiment = "mice",
    .meaning = "MICE spills in ALICE DATE containers",
    .streams = streams,
    .n_streams = DATE_N_STREAMS,
    .events = &event_table,
    .tallies = date_tallies,
    .n_tallies = DATE_N_TALLIES,
    .probe = probe,
    .index = read_index,
    .unpack = unpack,
};
