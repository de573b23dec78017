/// One event: header, source table, dispatch to the decoders (formats/na62.md 2.1, 2.2).
///
///   word  bits     field                      word  bits     field
///   0     [23:0]   event number               4     [31:0]   L0, L1, L2 trigger words
///         [31:24]  0x62                       5     [7:0]    fine time
///   1     [31:0]   length in words                  [15:8]   number of sources D
///   2     [31:0]   burst                      6     [31:0]   processing ID
///   3     [31:0]   timestamp                  7     [31:0]   unix time of start of burst
///   8 ... 8+D-1    source table: [23:0] offset in words, [31:24] source ID
///   length-1       trailer: event number

#include "io/na62/reader.h"

#include <string.h>

enum {
    HEADER_WORDS = 8,
    MAX_SOURCES = 255,
    NUMBER_MASK = 0xffffff,
    UNFINISHED_WORD = 0xFEFE23,
};

/* The source table of an event; sources with damaged offsets have begin > end. */
struct sources {
    uint32_t n;
    uint8_t id[MAX_SOURCES];
    uint32_t begin[MAX_SOURCES], end[MAX_SOURCES];
    bool listed[256], twice[256]; ///< by source ID
};

void na62_unpack_begin(struct na62_unpack *u,
                       const struct na62_settings *settings,
                       enum spw_isa isa,
                       struct spw_raw_batch *batch,
                       uint64_t *tally)
{
    *u = (struct na62_unpack){
        .settings = *settings,
        .kernel = SPW_PICK(na62_kernels, isa),
        .cream = SPW_PICK(na62_cream_kernels, isa),
        .gtk = SPW_PICK(na62_gtk_kernels, isa),
        .board = SPW_PICK(na62_board_kernels, isa),
        .batch = batch,
        .tally = tally,
        .first_event = batch->events.rows.count,
    };
    for (uint32_t s = 0; s < NA62_N_STREAMS; ++s)
        u->first_row[s] = batch->stream[s].kind == SPW_STREAM_HITS
                              ? batch->hits[s].rows.count
                              : batch->pulses[s].rows.count;
}

/* True when offset `at` cannot be right: outside, before the one kept last, or beyond one that
 * follows and is in order itself. */
static bool
offset_damaged(const uint32_t *offset, uint32_t k, uint32_t n, uint32_t least, uint32_t end)
{
    if (offset[k] < least || offset[k] > end) return true;
    return k + 1 < n && offset[k + 1] < offset[k] && offset[k + 1] >= least &&
           (k == 0 || k + 2 >= n || offset[k + 2] < offset[k]);
}

static void read_sources(struct na62_unpack *u,
                         const struct na62_words *words,
                         uint32_t end,
                         struct sources *sources)
{
    uint32_t offset[MAX_SOURCES];
    const uint32_t n = SPW_BITS(na62_word(words, 5), 15, 8);
    sources->n = n;
    for (uint32_t k = 0; k < n; ++k) {
        const uint32_t entry = na62_word(words, HEADER_WORDS + k);
        sources->id[k] = (uint8_t)(entry >> 24);
        offset[k] = entry & NUMBER_MASK;
        sources->twice[entry >> 24] = sources->listed[entry >> 24];
        sources->listed[entry >> 24] = true;
    }
    uint32_t least = HEADER_WORDS + n, open = n;
    for (uint32_t k = 0; k < n; ++k) {
        sources->begin[k] = 1;
        sources->end[k] = 0;
        if (offset_damaged(offset, k, n, least, end)) {
            na62_damage(u, NA62_TALLY_SOURCE_OFFSET);
            continue;
        }
        if (open < n) sources->end[open] = offset[k];
        sources->begin[k] = least = offset[k];
        open = k;
    }
    if (open < n) sources->end[open] = end;
}

struct decoder {
    na62_decode *decode;
    bool modules; ///< blocks of an L1 source name their source, so twice is no trouble
};

/* [source ID / 4]; source IDs are multiples of 4. */
static const struct decoder decoders[] = {
    [NA62_SOURCE_KTAG / 4] = {na62_tel62_decode, false},
    [NA62_SOURCE_GTK / 4] = {na62_gtk_decode, true},
    [NA62_SOURCE_CHANTI / 4] = {na62_tel62_decode, false},
    [NA62_SOURCE_LAV / 4] = {na62_tel62_decode, false},
    [NA62_SOURCE_STRAW / 4] = {na62_srb_decode, false},
    [NA62_SOURCE_CHOD / 4] = {na62_tel62_decode, false},
    [NA62_SOURCE_RICH / 4] = {na62_tel62_decode, false},
    [NA62_SOURCE_IRC / 4] = {na62_tel62_decode, false},
    [NA62_SOURCE_LKR / 4] = {na62_cream_decode, true},
    [NA62_SOURCE_MUV1 / 4] = {na62_cream_decode, true},
    [NA62_SOURCE_MUV2 / 4] = {na62_cream_decode, true},
    [NA62_SOURCE_MUV3 / 4] = {na62_tel62_decode, false},
    [NA62_SOURCE_HASC / 4] = {na62_tel62_decode, false},
    [NA62_SOURCE_L0TP / 4] = {na62_l0tp_decode, false},
    [NA62_SOURCE_L1 / 4] = {na62_l1_decode, false},
    [NA62_SOURCE_L2 / 4] = {na62_l2_decode, false},
    [NA62_SOURCE_NSTD / 4] = {na62_nstd_decode, false},
};

static const struct decoder *find_decoder(uint32_t source)
{
    const size_t i = source / 4;
    if (source % 4 || i >= sizeof decoders / sizeof *decoders || !decoders[i].decode)
        return NULL;
    return &decoders[i];
}

static enum spw_status decode_source(struct na62_unpack *u,
                                     const struct na62_words *words,
                                     const struct sources *s,
                                     uint32_t k)
{
    if (s->begin[k] >= s->end[k]) return SPW_OK;
    const struct decoder *decoder = find_decoder(s->id[k]);
    if (!decoder) {
        na62_count(u, NA62_TALLY_SOURCE_UNKNOWN);
        return SPW_OK;
    }
    if (!decoder->modules && s->twice[s->id[k]]) {
        na62_damage(u, NA62_TALLY_SOURCE_TWICE);
        return SPW_OK;
    }
    const struct na62_words part =
        na62_words_from(words, s->begin[k], s->end[k] - s->begin[k]);
    return decoder->decode(u, s->id[k], &part);
}

static void read_header(struct na62_unpack *u, const struct na62_words *words)
{
    const uint32_t trigger = na62_word(words, 4), type = trigger & 0xff;
    u->event = (struct na62_event){
        .number = na62_word(words, 0) & NUMBER_MASK,
        .ticks = na62_word(words, 3),
        .trigger_word = trigger,
        .l0_type = type,
        .fine_time = SPW_BITS(na62_word(words, 5), 7, 0),
        .special = na62_is_special(type),
        .end_of_burst = type == NA62_L0_EOB,
        .quality = NA62_EVENT_NO_L0TP,
    };
    if (u->event.special) u->event.quality |= SPW_EVENT_SPECIAL;
    if ((trigger & NUMBER_MASK) == UNFINISHED_WORD) {
        na62_count(u, NA62_TALLY_EVENT_UNFINISHED);
        u->event.quality |= SPW_EVENT_UNFINISHED;
    }
    if (trigger >> 24 || na62_word(words, 5) >> 16)
        na62_count(u, NA62_TALLY_EVENT_RESERVED);
}

/* Where the data end: before the trailer, or with the file when it cuts the event. */
static uint32_t data_end(struct na62_unpack *u, const struct na62_words *words)
{
    const uint32_t stated = na62_word(words, 1);
    if (stated != words->count) u->event.quality |= SPW_EVENT_DAMAGED;
    if (na62_word(words, words->count - 1) == u->event.number) return words->count - 1;
    if (stated > words->count) return words->count;
    na62_count(u, NA62_TALLY_EVENT_TRAILER);
    u->event.quality |= NA62_EVENT_BAD_TRAILER;
    return words->count - 1;
}

static enum spw_status add_row(struct na62_unpack *u, uint32_t burst)
{
    struct spw_raw_batch *batch = u->batch;
    struct spw_raw_events *events = &batch->events;
    SPW_TRY(spw_rows_reserve(&events->rows, &spw_raw_events_table, batch->arena, 1));
    const uint32_t e = events->rows.count++;
    events->run[e] = u->settings.run;
    events->burst[e] = burst;
    events->event[e] = u->event.number;
    events->timestamp_ticks[e] = u->event.ticks;
    events->fine_time[e] = (uint8_t)u->event.fine_time;
    events->trigger_word[e] = u->event.trigger_word;
    events->l0_flags[e] = u->event.l0_flags;
    events->time_ns[e] = (float)(u->event.fine_time * (NA62_CLOCK_NS / 256));
    events->quality[e] = u->event.quality;
    spw_raw_batch_close_event(batch, e);
    return SPW_OK;
}

enum spw_status
na62_event_skip(struct na62_unpack *u, uint32_t number, uint32_t ticks, uint32_t burst)
{
    u->event = (struct na62_event){
        .number = number,
        .ticks = ticks,
        .quality = SPW_EVENT_DAMAGED | NA62_EVENT_NO_L0TP,
    };
    return add_row(u, burst);
}

enum spw_status
na62_event_unpack(struct na62_unpack *u, struct spw_bytes bytes, uint32_t burst)
{
    const size_t n = bytes.size / 4;
    const uint32_t count = n > UINT32_MAX ? UINT32_MAX : (uint32_t)n;
    const struct na62_words words = {bytes.data, count, count};
    if (count < HEADER_WORDS + 1 ||
        HEADER_WORDS + SPW_BITS(na62_word(&words, 5), 15, 8) > count)
        return na62_event_skip(u, 0, 0, burst);

    struct sources sources;
    memset(sources.listed, 0, sizeof sources.listed);
    memset(sources.twice, 0, sizeof sources.twice);
    read_header(u, &words);
    read_sources(u, &words, data_end(u, &words), &sources);
    for (uint32_t k = 0; k < sources.n; ++k) SPW_TRY(decode_source(u, &words, &sources, k));
    return add_row(u, burst);
}
