/* DATE containers (formats/mice.md 1-3): run and spill events, sub-events, equipment blocks.
 *
 * event header  size, magic, header size, version, type, run, id [2], trigger pattern [2 or 4],
 *               detector pattern, attributes [3], LDC, GDC, seconds, microseconds (from 3.11)
 * equipment     size, type, id, attributes [3], element size
 */
#include "io/date/encode.h"

#include <assert.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { EQUIPMENT_WORDS = 7, MAX_HEADER_WORDS = 20 };

enum { ATTRIBUTE_START = 1 << 0, ATTRIBUTE_END = 1 << 1, ATTRIBUTE_SUPER = 1 << 4 };

enum { MAJOR_3 = 3 << 16, VERSION_3_11 = MAJOR_3 | 11, VERSION_3_14 = MAJOR_3 | 14 };

enum {
    RECEIVER_START = 0x00200030,
    RECEIVER_PHYSICS = 0x00020033,
    RECEIVER_END = 0x008000F3
};

#define MAGIC        0xDA1E5AFEu
#define NO_ID        0xFFFFFFFFu
#define SPILL_TIME_S 2.56

enum spw_status date_cannot(const struct date_encoder *encoder,
                            const char *file,
                            int line,
                            const char *format,
                            ...)
{
    char text[256];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    const struct date_board *board = encoder->board;
    if (!board)
        return spw_fail(SPW_INTERNAL, file, line, "spill %u cannot be written: %s",
                        encoder->spill, text);
    return spw_fail(SPW_INTERNAL, file, line,
                    "spill %u, equipment %u of type %u in LDC %u cannot be written: %s",
                    encoder->spill, board->id, board->type, board->ldc, text);
}

enum spw_status date_reserve(struct date_encoder *encoder, size_t n)
{
    struct date_words *out = &encoder->out;
    if (n <= out->capacity - out->count) return SPW_OK;
    uint32_t *word;
    const size_t capacity = 2 * out->capacity + n + 4096;
    SPW_NEW(out->arena, word, capacity);
    if (out->count) memcpy(word, out->word, out->count * sizeof *word);
    out->word = word;
    out->capacity = capacity;
    return SPW_OK;
}

const double *date_next_record(const struct date_encoder *encoder,
                               uint32_t source,
                               uint32_t board,
                               uint32_t item,
                               uint32_t *from)
{
    const struct spw_raw_records *records = &encoder->batch->records;
    const uint32_t begin = records->rows.first[encoder->first];
    const uint32_t end = records->rows.first[encoder->first + 1];
    for (uint32_t i = *from > begin ? *from : begin; i < end; ++i) {
        if (records->item[i] != item || records->source[i] != source ||
            records->board[i] != board)
            continue;
        *from = i + 1;
        return &records->value[i];
    }
    return NULL;
}

uint32_t
date_board_word(const struct date_encoder *encoder, uint32_t item, uint32_t fallback)
{
    uint32_t from = 0;
    const double *value = date_next_record(encoder, encoder->board->type,
                                           date_board_key(encoder), item, &from);
    return value ? (uint32_t)*value : fallback;
}

/* The nth record of the item whose index is the event type, whatever its board. */
static uint32_t event_word(const struct date_encoder *encoder,
                           uint32_t source,
                           uint32_t item,
                           uint32_t nth,
                           uint32_t fallback)
{
    const struct spw_raw_records *records = &encoder->batch->records;
    const uint32_t end = records->rows.first[encoder->first + 1];
    for (uint32_t i = records->rows.first[encoder->first]; i < end; ++i)
        if (records->item[i] == item && records->source[i] == source &&
            records->index[i] == encoder->event_type &&
            (!encoder->board || records->board[i] == date_board_key(encoder)) && nth-- == 0)
            return (uint32_t)records->value[i];
    return fallback;
}

/* What the headers of one event and its sub-events have in common. */
struct event {
    uint32_t id[2], attributes, time_s;
};

/* Opens an event; `*start` is its first word, and its size is noted by close_event(). */
static enum spw_status open_event(struct date_encoder *encoder,
                                  const struct event *event,
                                  uint32_t ldc,
                                  size_t *start)
{
    const uint32_t version = encoder->options->version;
    const uint32_t n_pattern = version >= VERSION_3_14 ? 4 : 2;
    SPW_TRY(date_reserve(encoder, MAX_HEADER_WORDS));
    *start = encoder->out.count;
    date_put(encoder, 0);
    date_put(encoder, MAGIC);
    date_put(encoder, version >= VERSION_3_14 ? 80 : version >= VERSION_3_11 ? 72 : 68);
    date_put(encoder, version);
    date_put(encoder, encoder->event_type);
    date_put(encoder, encoder->options->run);
    date_put(encoder, event->id[0]);
    date_put(encoder, event->id[1]);
    for (uint32_t i = 0; i < n_pattern; ++i) date_put(encoder, 0);
    date_put(encoder, 0);
    date_put(encoder, 0);
    date_put(encoder, 0);
    date_put(encoder,
             ldc == NO_ID ? event->attributes | ATTRIBUTE_SUPER : event->attributes);
    date_put(encoder, ldc);
    date_put(encoder, ldc == NO_ID ? 0 : NO_ID);
    date_put(encoder, event->time_s);
    if (version >= VERSION_3_11) date_put(encoder, 0);
    return SPW_OK;
}

static void close_event(struct date_encoder *encoder, size_t start)
{
    encoder->out.word[start] = (uint32_t)(4 * (encoder->out.count - start));
}

static enum spw_status put_receiver(struct date_encoder *encoder)
{
    const uint32_t fallback = encoder->event_type == DATE_START_OF_BURST ? RECEIVER_START
                              : encoder->event_type == DATE_END_OF_BURST ? RECEIVER_END
                                                                         : RECEIVER_PHYSICS;
    SPW_TRY(date_reserve(encoder, 1));
    date_put(encoder, event_word(encoder, DATE_EQUIPMENT_RECEIVER, DATE_RECORD_RECEIVER, 0,
                                 fallback));
    return SPW_OK;
}

static enum spw_status put_physics_payload(struct date_encoder *encoder)
{
    switch (encoder->board->type) {
    case DATE_EQUIPMENT_V1290:
        return date_put_v1290(encoder);
    case DATE_EQUIPMENT_V1724:
    case DATE_EQUIPMENT_V1731:
        return date_put_fadc(encoder);
    case DATE_EQUIPMENT_V830:
        return date_put_v830(encoder);
    case DATE_EQUIPMENT_VLSB_MASTER:
        return date_put_vlsb_master(encoder);
    case DATE_EQUIPMENT_VLSB_BOARD:
        return date_put_vlsb_board(encoder);
    case DATE_EQUIPMENT_VLSB_BANK:
        return date_put_vlsb_bank(encoder, encoder->board->id);
    case DATE_EQUIPMENT_VLSB_C:
        return date_put_vlsb_c(encoder);
    case DATE_EQUIPMENT_DBB:
        return date_put_dbb(encoder, encoder->board->id);
    case DATE_EQUIPMENT_DBB_CHAIN:
        return date_put_dbb_chain(encoder);
    case DATE_EQUIPMENT_V1495:
        return date_put_v1495(encoder);
    case DATE_EQUIPMENT_EPICS:
        return date_put_epics(encoder);
    default:
        return date_put_words(encoder);
    }
}

static enum spw_status put_equipment(struct date_encoder *encoder,
                                     const struct date_board *board)
{
    encoder->board = board;
    SPW_TRY(date_reserve(encoder, EQUIPMENT_WORDS));
    const size_t start = encoder->out.count;
    for (uint32_t i = 0; i < EQUIPMENT_WORDS; ++i) date_put(encoder, 0);
    const bool physics = encoder->event_type == DATE_PHYSICS_EVENT ||
                         encoder->event_type == DATE_CALIBRATION_EVENT;
    if (board->type == DATE_EQUIPMENT_RECEIVER)
        SPW_TRY(put_receiver(encoder));
    else if (physics)
        SPW_TRY(put_physics_payload(encoder));

    const size_t n_words = encoder->out.count - start;
    if (n_words > UINT32_MAX / 4) return DATE_CANNOT(encoder, "%zu words", n_words);
    uint32_t *head = encoder->out.word + start;
    head[0] = (uint32_t)(4 * n_words);
    head[1] = board->type;
    head[2] = board->id;
    head[6] = n_words > EQUIPMENT_WORDS ? 4 : 0;
    encoder->board = NULL;
    return SPW_OK;
}

/* The boards from *b on that belong to one LDC, as an event of it. */
static enum spw_status
put_sub_event(struct date_encoder *encoder, const struct event *event, uint32_t *b)
{
    const struct date_write_options *options = encoder->options;
    const uint32_t ldc = options->board[*b].ldc;
    const bool run_event =
        encoder->event_type == DATE_START_OF_RUN || encoder->event_type == DATE_END_OF_RUN;
    size_t start;
    SPW_TRY(open_event(encoder, event, ldc, &start));
    for (; *b < options->n_boards && options->board[*b].ldc == ldc; ++*b)
        if (!run_event) SPW_TRY(put_equipment(encoder, &options->board[*b]));
    close_event(encoder, start);
    return SPW_OK;
}

/* One event: the nth of its type in the spill (only run events come twice). */
static enum spw_status
put_event(struct date_encoder *encoder, uint32_t type, uint32_t attributes, uint32_t nth)
{
    const struct date_write_options *options = encoder->options;
    encoder->event_type = type;
    const uint32_t count = encoder->spill + (options->version < VERSION_3_11 ? 1 : 0);
    const uint32_t number = event_word(encoder, 0, DATE_RECORD_EVENT_NUMBER, nth, count);
    const uint32_t spill_time =
        options->start_time_s + (uint32_t)lround(SPILL_TIME_S * encoder->spill);
    const uint32_t in_burst = type >= DATE_END_OF_BURST;
    const struct event event = {
        .id = {number, (number & 0xFFF) << 20 | in_burst},
        .attributes = attributes,
        .time_s = event_word(encoder, 0, DATE_RECORD_EVENT_TIME, nth, spill_time)};

    size_t start = 0;
    if (!options->plain) SPW_TRY(open_event(encoder, &event, NO_ID, &start));
    for (uint32_t b = 0; b < options->n_boards;)
        SPW_TRY(put_sub_event(encoder, &event, &b));
    if (!options->plain) close_event(encoder, start);
    return SPW_OK;
}

static enum spw_status put_run_events(struct date_encoder *encoder, uint32_t type)
{
    SPW_TRY(put_event(encoder, type, ATTRIBUTE_START, 0));
    return put_event(encoder, type, ATTRIBUTE_END, 1);
}

/* Every row of the spill must have found its board. */
static enum spw_status check_used(const struct date_encoder *encoder)
{
    const struct spw_raw_batch *batch = encoder->batch;
    for (uint32_t s = 0; s < DATE_N_STREAMS; ++s) {
        const struct spw_rows *rows = batch->stream[s].kind == SPW_STREAM_HITS
                                          ? &batch->hits[s].rows
                                          : &batch->pulses[s].rows;
        const uint32_t n = rows->first[encoder->end] - rows->first[encoder->first];
        if (encoder->used[s] != n)
            return DATE_CANNOT(encoder, "boards for %u of %u rows of stream %u",
                               encoder->used[s], n, s);
    }
    return SPW_OK;
}

static enum spw_status put_spill(struct date_encoder *encoder, uint32_t first, uint32_t end)
{
    const struct spw_raw_events *events = &encoder->batch->events;
    const struct date_write_options *options = encoder->options;
    const bool calibration = events->quality[first] & DATE_EVENT_CALIBRATION;
    encoder->first = first;
    encoder->end = end;
    encoder->spill = events->burst[first];
    encoder->n_triggers = events->quality[first] & SPW_EVENT_SPECIAL ? 0 : end - first;
    memset(encoder->used, 0, sizeof encoder->used);

    if (first == 0 && options->start_of_run)
        SPW_TRY(put_run_events(encoder, DATE_START_OF_RUN));
    SPW_TRY(put_event(encoder, DATE_START_OF_BURST, 0, 0));
    SPW_TRY(put_event(encoder, calibration ? DATE_CALIBRATION_EVENT : DATE_PHYSICS_EVENT, 0,
                      0));
    SPW_TRY(check_used(encoder));
    SPW_TRY(put_event(encoder, DATE_END_OF_BURST, 0, 0));
    if (end == encoder->batch->n_events && options->end_of_run)
        SPW_TRY(put_run_events(encoder, DATE_END_OF_RUN));
    return SPW_OK;
}

enum spw_status date_encode(const struct date_write_options *options,
                            const struct spw_raw_batch *batch,
                            struct spw_arena *arena,
                            struct spw_bytes *bytes)
{
    assert(batch->n_streams == DATE_N_STREAMS);
    struct date_encoder encoder = {
        .options = options, .batch = batch, .out = {.arena = arena}};
    for (uint32_t first = 0, end; first < batch->n_events; first = end) {
        end = first + 1;
        while (end < batch->n_events &&
               batch->events.burst[end] == batch->events.burst[first])
            ++end;
        SPW_TRY(put_spill(&encoder, first, end));
    }
    *bytes = (struct spw_bytes){(const uint8_t *)encoder.out.word,
                                encoder.out.count * sizeof *encoder.out.word};
    return SPW_OK;
}
