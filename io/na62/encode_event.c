/* Events (formats/na62.md 2.1): header, source table, data, trailer.
 *
 * word 0 [23:0] number [31:24] 0x62   word 1 length in words   word 2 burst   word 3 timestamp
 * word 4 [23:0] trigger word          word 5 [7:0] fine time [15:8] sources   word 6 processing
 * word 7 unix time of start of burst  words 8 ... [23:0] offset of data [31:24] source
 * last   [23:0] number
 */
#include "io/na62/encode.h"

#include <stdarg.h>
#include <stdio.h>

enum { EVENT_VERSION = 0x62, HEADER_WORDS = 8, UNFINISHED_TRIGGER = 0xFEFE23 };

enum { MISSING_TIMESTAMP = -1, MAX_EVENT_WORDS = 0xFFFFFF };

/* The table: ascending L0 sources, trigger, then L1 sources (formats/na62.md 8). */
static const struct source {
    uint8_t id;
    uint8_t stream; ///< TEL62 only
} sources[] = {
    {NA62_SOURCE_KTAG, NA62_KTAG},
    {NA62_SOURCE_CHANTI, NA62_CHANTI},
    {NA62_SOURCE_LAV, NA62_LAV},
    {NA62_SOURCE_STRAW, NA62_STRAW},
    {NA62_SOURCE_CHOD, NA62_CHOD},
    {NA62_SOURCE_RICH, NA62_RICH},
    {NA62_SOURCE_IRC, NA62_IRC_BOARD},
    {NA62_SOURCE_MUV3, NA62_MUV3},
    {NA62_SOURCE_HASC, NA62_HASC},
    {NA62_SOURCE_L0TP, NA62_L0TP},
    {NA62_SOURCE_L1, 0},
    {NA62_SOURCE_L2, 0},
    {NA62_SOURCE_NSTD, 0},
    {NA62_SOURCE_GTK, NA62_GTK},
    {NA62_SOURCE_LKR, NA62_LKR},
    {NA62_SOURCE_MUV1, NA62_MUV1},
    {NA62_SOURCE_MUV2, NA62_MUV2},
};

enum { N_SOURCES = sizeof sources / sizeof *sources };

enum spw_status na62_cannot(const struct na62_encoder *encoder,
                            uint32_t source,
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
    return spw_fail(SPW_INTERNAL, file, line,
                    "event %u, source %#04x cannot be written: %s", encoder->number, source,
                    text);
}

enum spw_status
na62_close_l0(const struct na62_encoder *encoder, uint32_t source, uint32_t *block)
{
    const size_t bytes = na62_block_bytes(encoder, block);
    if (bytes > NA62_MAX_BLOCK_BYTES)
        return NA62_CANNOT(encoder, source, "block of %zu bytes", bytes);
    *block |= (uint32_t)bytes;
    return SPW_OK;
}

void na62_put_missing_l0(struct na62_encoder *encoder, uint32_t n_boards)
{
    for (uint32_t b = 0; b < n_boards; ++b) {
        na62_put(encoder, 1u << 24 | 8);
        na62_put(encoder, (uint32_t)MISSING_TIMESTAMP);
    }
}

void na62_put_missing_l1(struct na62_encoder *encoder, uint32_t source, uint32_t n_boards)
{
    for (uint32_t b = 0; b < n_boards; ++b) {
        uint32_t *block =
            na62_open_l1(encoder, source, (uint32_t)MISSING_TIMESTAMP, 0, NA62_L0_EOB);
        na62_close_l1(encoder, block);
    }
}

const double *na62_next_record(struct na62_encoder *encoder,
                               const struct na62_record_key *key,
                               uint32_t *from)
{
    const struct spw_raw_records *records = &encoder->batch->records;
    const uint32_t begin = records->rows.first[encoder->e];
    const uint32_t end = records->rows.first[encoder->e + 1];
    for (uint32_t i = *from > begin ? *from : begin; i < end; ++i) {
        if (records->item[i] != key->item || records->source[i] != key->source ||
            records->board[i] != key->board || records->index[i] < key->index ||
            records->index[i] - key->index >= key->n_indices)
            continue;
        encoder->record_used[i - begin] = true;
        *from = i + 1;
        return &records->value[i];
    }
    return NULL;
}

uint32_t na62_record_word(struct na62_encoder *encoder,
                          const struct na62_record_key *key,
                          uint32_t nth,
                          uint32_t fallback)
{
    uint32_t from = 0;
    const double *value = na62_next_record(encoder, key, &from);
    while (value && nth--) value = na62_next_record(encoder, key, &from);
    return value ? (uint32_t)*value : fallback;
}

uint32_t na62_record_limit(const struct na62_encoder *encoder, uint32_t max_indices)
{
    const struct spw_rows *rows = &encoder->batch->records.rows;
    const uint32_t n_records = rows->first[encoder->e + 1] - rows->first[encoder->e];
    return n_records < max_indices ? n_records : max_indices;
}

uint32_t na62_copy_records(struct na62_encoder *encoder,
                           const struct na62_record_key *key,
                           uint32_t *words)
{
    uint32_t n_words = 0, from = 0;
    for (const double *value; (value = na62_next_record(encoder, key, &from));) {
        const uint32_t index = na62_record_index(encoder, key, from);
        words[index] = (uint32_t)*value;
        if (index >= n_words) n_words = index + 1;
    }
    return n_words;
}

/* Every record must have found its place. */
static enum spw_status check_records(const struct na62_encoder *encoder)
{
    const struct spw_raw_records *records = &encoder->batch->records;
    const uint32_t begin = records->rows.first[encoder->e];
    for (uint32_t i = begin; i < records->rows.first[encoder->e + 1]; ++i)
        if (!encoder->record_used[i - begin])
            return NA62_CANNOT(encoder, records->source[i],
                               "no place for record %u of board %u, index %u",
                               records->item[i], records->board[i], records->index[i]);
    return SPW_OK;
}

static enum spw_status encode_source(struct na62_encoder *encoder,
                                     const struct source *source)
{
    switch (source->id) {
    case NA62_SOURCE_STRAW:
        return na62_encode_srb(encoder);
    case NA62_SOURCE_L0TP:
        return na62_encode_l0tp(encoder);
    case NA62_SOURCE_L1:
        return na62_encode_l1(encoder);
    case NA62_SOURCE_L2:
        return na62_encode_l2(encoder);
    case NA62_SOURCE_NSTD:
        return na62_encode_nstd(encoder);
    case NA62_SOURCE_GTK:
        return na62_encode_gtk(encoder);
    case NA62_SOURCE_LKR:
    case NA62_SOURCE_MUV1:
    case NA62_SOURCE_MUV2:
        return na62_encode_cream(encoder, source->id);
    default:
        return na62_encode_tel62(encoder, source->id, source->stream);
    }
}

/* The GTK was an L0 source in 2014 and 2015, in a form that is not known well enough to write. */
static bool has_source(const struct na62_write_options *options, uint32_t id)
{
    return id != NA62_SOURCE_GTK || options->run > NA62_LAST_RUN_2015;
}

static enum spw_status check_event(const struct na62_encoder *encoder)
{
    const struct spw_rows *gtk = &encoder->batch->hits[NA62_GTK].rows;
    if (encoder->number > 0xFFFFFF || encoder->trigger_word > 0xFFFFFF)
        return NA62_CANNOT(encoder, 0,
                           "number %u or trigger word %#x has more than 24 bits",
                           encoder->number, encoder->trigger_word);
    if (!has_source(encoder->options, NA62_SOURCE_GTK) &&
        gtk->first[encoder->e + 1] > gtk->first[encoder->e])
        return NA62_CANNOT(encoder, NA62_SOURCE_GTK, "run %u has no GTK blocks",
                           encoder->options->run);
    return SPW_OK;
}

static void start_event(struct na62_encoder *encoder, uint32_t e)
{
    const struct spw_raw_events *events = &encoder->batch->events;
    const struct spw_rows *records = &encoder->batch->records.rows;
    encoder->e = e;
    encoder->number = events->event[e];
    encoder->timestamp = events->timestamp_ticks[e];
    encoder->unfinished = events->quality[e] & SPW_EVENT_UNFINISHED;
    encoder->trigger_word =
        encoder->unfinished ? UNFINISHED_TRIGGER : events->trigger_word[e];
    encoder->l0_type = encoder->trigger_word & 0xFF;
    encoder->special = na62_is_special(encoder->l0_type);
    memset(encoder->record_used, 0, records->first[e + 1] - records->first[e]);
}

enum spw_status na62_encode_event(struct na62_encoder *encoder, uint32_t e)
{
    start_event(encoder, e);
    SPW_TRY(check_event(encoder));
    uint32_t *event = encoder->at, *table = event + HEADER_WORDS, n_sources = 0;
    for (int s = 0; s < N_SOURCES; ++s)
        n_sources += has_source(encoder->options, sources[s].id);
    encoder->at = table + n_sources;
    for (int s = 0; s < N_SOURCES; ++s) {
        if (!has_source(encoder->options, sources[s].id)) continue;
        *table++ = (uint32_t)sources[s].id << 24 | (uint32_t)(encoder->at - event);
        SPW_TRY(encode_source(encoder, &sources[s]));
        if (encoder->at - event > MAX_EVENT_WORDS)
            return NA62_CANNOT(encoder, sources[s].id,
                               "event longer than 24 bits of words");
    }
    SPW_TRY(check_records(encoder));
    na62_put(encoder, encoder->number);
    event[0] = (uint32_t)EVENT_VERSION << 24 | encoder->number;
    event[1] = (uint32_t)(encoder->at - event);
    event[2] = encoder->options->burst;
    event[3] = encoder->timestamp;
    event[4] = encoder->trigger_word;
    event[5] = n_sources << 8 | encoder->batch->events.fine_time[e];
    event[6] = encoder->options->processing_id;
    event[7] = encoder->options->sob_time_s;
    return SPW_OK;
}
