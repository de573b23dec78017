/* Spills: which DATE events belong together, their number, and the rows of the index. */
#include "io/date/builder.h"

static bool has_triggers(uint32_t type)
{
    return type == DATE_PHYSICS_EVENT || type == DATE_CALIBRATION_EVENT;
}

/* Files that do not begin with a start of run: the DAQ's own count of spills begins at 1 with
 * DATE 3.9 and at 0 with 3.14 (runs 3758 and 6008), unless the run's first file tells. */
static int64_t guess_origin(struct date_builder *builder, const struct date_header *event)
{
    ++builder->tally[DATE_SPILL_ORIGIN];
    return (event->version & 0xffff) <= 10 ? 1 : 0;
}

/* The DAQ's count at the first start of burst of a file, or -1. */
static int64_t first_count(struct spw_bytes bytes)
{
    struct date_header event;
    for (size_t at = 0; date_header_read(bytes, at, &event); at += event.size)
        if (event.type == DATE_START_OF_BURST) return event.id[0];
    return -1;
}

/* The DAQ's count in the first file of the run, "RRRRR.000" beside this one; -1: not there. */
static int64_t run_origin(struct date_builder *builder)
{
    const char *path = builder->file->map.path;
    const size_t length = path ? strlen(path) : 0;
    if (length < 4 || path[length - 4] != '.' || strcmp(path + length - 4, ".000") == 0)
        return -1;
    char *first = spw_arena_text(builder->arena, path);
    struct spw_map map;
    if (!first) return -1;
    memcpy(first + length - 3, "000", 3);
    if (spw_map_open(&map, first) != SPW_OK) return -1;
    const int64_t count = first_count(map.bytes);
    spw_map_release(&map);
    return count;
}

static void count_spill(struct date_builder *builder, const struct date_header *event)
{
    if (event->type == DATE_START_OF_RUN)
        builder->run_started = builder->number_known = true;
    if (event->type != DATE_START_OF_BURST || builder->last_type == DATE_START_OF_BURST)
        return;
    if (!builder->number_known) {
        int64_t origin = run_origin(builder);
        if (origin < 0) origin = guess_origin(builder, event);
        builder->spill_number = (int64_t)event->id[0] - origin;
        builder->number_known = true;
    } else {
        ++builder->spill_number;
    }
}

/* A plain event of another LDC that belongs to the same spill as the one before. */
static bool
joins(const struct date_open_spill *spill, const struct date_header *event, bool built)
{
    return !built && spill->ldcs && event->ldc < 64 && !(spill->ldcs >> event->ldc & 1) &&
           event->type == spill->event.type && event->id[0] == spill->event.id[0] &&
           event->id[1] == spill->event.id[1];
}

static void open_spill(struct date_builder *builder, uint64_t offset)
{
    builder->spill = (struct date_open_spill){
        .open = true,
        .offset = offset,
        .first_board = builder->state->n_boards,
        .first_record = builder->state->records.rows.count,
    };
    memset(builder->spill.bank_length, 0xff, sizeof builder->spill.bank_length);
}

enum spw_status date_spill_enter(struct date_builder *builder,
                                 const struct date_header *event,
                                 bool built,
                                 uint64_t offset,
                                 uint64_t size)
{
    struct date_open_spill *spill = &builder->spill;
    const bool triggers = has_triggers(event->type);
    const bool next =
        event->type == DATE_START_OF_BURST || (triggers && !joins(spill, event, built));
    if (spill->open && spill->has_triggers && next) SPW_TRY(date_spill_close(builder));
    if (!spill->open) open_spill(builder, offset);

    count_spill(builder, event);
    builder->last_type = event->type;
    spill->size += size;
    if (!builder->file->run) builder->file->run = event->run;
    if (builder->file->start_time_s == 0) builder->file->start_time_s = event->time_s;
    if (event->time_s > builder->file->end_time_s)
        builder->file->end_time_s = event->time_s;
    if (triggers) {
        if (!built && event->ldc < 64) spill->ldcs |= UINT64_C(1) << event->ldc;
        spill->has_triggers = true;
        spill->event = *event;
    }
    return SPW_OK;
}

static bool is_bank(const struct date_board *board)
{
    return board->equipment == DATE_EQUIPMENT_VLSB_BANK ||
           board->equipment == DATE_EQUIPMENT_VLSB_C;
}

/* Triggers of the spill: as many as any board has; a VLSB master speaks for unread banks. */
static uint32_t count_triggers(const struct date_builder *builder)
{
    const struct date_state *state = builder->state;
    uint32_t n = 0;
    for (uint32_t b = builder->spill.first_board; b < state->n_boards; ++b)
        if (state->board[b].n_fragments > n) n = state->board[b].n_fragments;
    for (uint32_t l = 0; l < DATE_N_LDC && n == 0; ++l)
        if (builder->spill.master_count[l] <= DATE_MAX_TRIGGERS)
            n = builder->spill.master_count[l];
    return n;
}

/* Words that the tracker banks of an LDC hold. */
static uint64_t bank_words(const struct date_builder *builder, uint32_t ldc)
{
    const struct date_state *state = builder->state;
    uint64_t n = 0;
    for (uint32_t b = builder->spill.first_board; b < state->n_boards; ++b)
        if (is_bank(&state->board[b]) && state->board[b].ldc == ldc)
            n += state->board[b].n_words;
    return n;
}

/* Boards against each other: quality bits for all rows of the spill. */
static uint32_t compare_boards(struct date_builder *builder, uint32_t n)
{
    const struct date_state *state = builder->state;
    uint32_t quality = 0;
    for (uint32_t b = builder->spill.first_board; b < state->n_boards; ++b) {
        const struct date_board *board = &state->board[b];
        if (is_bank(board) && builder->spill.bank_length[board->ldc][board->geo] >= 0 &&
            (uint32_t)builder->spill.bank_length[board->ldc][board->geo] != board->n_words)
            ++builder->tally[DATE_VLSB_LENGTH];
        if (!board->counts || board->n_fragments == n) continue;
        quality |= board->n_words ? DATE_EVENT_COUNT_MISMATCH : DATE_EVENT_UNREAD;
    }
    for (uint32_t l = 0; l < DATE_N_LDC; ++l) {
        const uint32_t master = builder->spill.master_count[l];
        if (master == 0) continue;
        if (bank_words(builder, l) == 0)
            quality |= DATE_EVENT_UNREAD;
        else if (master != n)
            quality |= DATE_EVENT_COUNT_MISMATCH;
    }
    if (quality & DATE_EVENT_COUNT_MISMATCH) ++builder->tally[DATE_COUNT_MISMATCH];
    if (quality & DATE_EVENT_UNREAD) ++builder->tally[DATE_SPILL_UNREAD];
    if (quality) {
        ++builder->tally[DATE_MAUS_DROPS];
        quality |= SPW_EVENT_DAMAGED;
    }
    return quality;
}

static enum spw_status
add_rows(struct date_builder *builder, struct date_spill *spill, uint32_t n_rows)
{
    struct spw_event_index *index = &builder->file->index;
    spill->first_row = index->count;
    spill->n_rows = n_rows;
    for (uint32_t i = 0; i < n_rows; ++i) {
        uint32_t row;
        SPW_TRY(spw_event_index_add(index, builder->arena, &row));
        index->number[row] = i;
        index->burst[row] = spill->number;
        index->trigger_word[row] = spill->type;
        index->offset[row] = builder->spill.offset;
        index->size[row] = i == 0 ? builder->spill.size : 0;
    }
    return SPW_OK;
}

enum spw_status date_spill_close(struct date_builder *builder)
{
    struct date_open_spill *open = &builder->spill;
    struct date_state *state = builder->state;
    if (!open->open) return SPW_OK;
    open->open = false;

    const uint32_t n = count_triggers(builder);
    DATE_GROW(builder->arena, state->spill, state->n_spills, state->capacity_spills);
    struct date_spill *spill = &state->spill[state->n_spills++];
    *spill = (struct date_spill){
        .first_board = open->first_board,
        .n_boards = state->n_boards - open->first_board,
        .first_record = open->first_record,
        .n_records = state->records.rows.count - open->first_record,
        .number = builder->spill_number < 0 ? 0 : (uint32_t)builder->spill_number,
        .type = open->event.type,
    };
    spill->quality = n == 0 ? SPW_EVENT_SPECIAL : compare_boards(builder, n);
    if (open->event.type == DATE_CALIBRATION_EVENT)
        spill->quality |= DATE_EVENT_CALIBRATION;
    return add_rows(builder, spill, n ? n : 1);
}

enum spw_status
date_spill_quarantine(struct date_builder *builder, uint64_t offset, uint64_t size)
{
    if (builder->spill.open && builder->spill.has_triggers)
        SPW_TRY(date_spill_close(builder));
    uint32_t row;
    struct spw_event_index *index = &builder->file->index;
    SPW_TRY(spw_event_index_add(index, builder->arena, &row));
    index->burst[row] = builder->spill_number < 0 ? 0 : (uint32_t)builder->spill_number;
    index->offset[row] = offset;
    index->size[row] = size;
    index->reason[row] = DATE_BAD_CONTAINER;
    ++builder->tally[DATE_BAD_CONTAINER];
    builder->tally[DATE_UNDECODED_BYTES] += size;
    return SPW_OK;
}
