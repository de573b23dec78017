/// Inside of the NA62 reader: what its files share. Others include na62.h.
///
/// Unpacking walks the structure of every event (boards, slots), good boards in kernels, others in
/// the decoders, which can read all. Both leave raw words with their bases in the columns; one
/// kernel call a stream and batch finishes them.
#pragma once

#include "io/na62/board_kernels.h"
#include "io/na62/cream_kernels.h"
#include "io/na62/gtk_kernels.h"
#include "io/na62/na62.h"
#include "io/na62/na62_kernels.h"
#include "io/na62/tallies.h"

/// What depends on the run number (formats/na62.md 3.4, 3.5, 3.6).
struct na62_settings {
    uint32_t run;
    uint32_t latency;    ///< board timestamp - event timestamp of SRB and CREAM
    uint32_t gtk_format; ///< 0: L0 headers, 1, 2: with a third trailer at end of burst
    bool cream_swapped;  ///< big-endian words
    bool check_windows;  ///< slot windows known
};

struct na62_settings na62_settings_for(uint32_t run);

/// Little-endian words somewhere in the file, not necessarily aligned.
struct na62_words {
    const uint8_t *data;
    uint32_t count;
    uint32_t readable; ///< >= count: words that may be read from `data` without harm
};

static inline uint32_t na62_word(const struct na62_words *words, uint32_t i)
{
    return spw_load_u32(words->data + 4 * (size_t)i);
}

static inline struct na62_words
na62_words_from(const struct na62_words *words, uint32_t at, uint32_t count)
{
    return (struct na62_words){words->data + 4 * (size_t)at, count, words->readable - at};
}

/// Header of the event being unpacked.
struct na62_event {
    uint32_t number, ticks, trigger_word, l0_type;
    uint32_t fine_time;
    bool special, end_of_burst;
    uint32_t l0_flags;
    uint32_t quality; ///< grows while its blocks are read
};

/// One call of unpack.
///
/// Memory  scratch words live in the batch's arena until it is reset
struct na62_unpack {
    struct na62_settings settings;
    const struct na62_kernels *kernel;
    const struct na62_cream_kernels *cream;
    const struct na62_gtk_kernels *gtk;
    const struct na62_board_kernels *board;
    struct spw_raw_batch *batch;
    uint64_t *tally;
    struct na62_event event;
    uint32_t *word[NA62_N_STREAMS]; ///< raw word of each row of a hit stream
    uint32_t word_capacity[NA62_N_STREAMS];
    uint32_t first_row[NA62_N_STREAMS]; ///< rows before this call are finished
    uint32_t first_event;               ///< events of the batch before this call
    uint32_t mark[NA62_N_STREAMS];      ///< see na62_mark_event()
    uint32_t marked_row[NA62_N_STREAMS];
};

/// Turns mark[stream], a bit for the bases of this event's words, when the last event had words in
/// the stream: so words are compared with their neighbours of the same event only.
static inline void na62_mark_event(struct na62_unpack *u, uint32_t stream)
{
    const uint32_t row = u->batch->hits[stream].rows.count;
    if (row != u->marked_row[stream]) u->mark[stream] ^= NA62_META_EVENT;
    u->marked_row[stream] = row;
}

/// Starts unpacking into `batch`, behind what it holds.
void na62_unpack_begin(struct na62_unpack *u,
                       const struct na62_settings *settings,
                       enum spw_isa isa,
                       struct spw_raw_batch *batch,
                       uint64_t *tally);

/// Unpacks one event: header, source table, blocks. Appends one event row.
SPW_MUST_CHECK enum spw_status
na62_event_unpack(struct na62_unpack *u, struct spw_bytes bytes, uint32_t burst);

/// Appends an empty event (quarantined).
SPW_MUST_CHECK enum spw_status
na62_event_skip(struct na62_unpack *u, uint32_t number, uint32_t ticks, uint32_t burst);

/// Makes room for `left` more events like the `n` since na62_unpack_begin(), so that tables need
/// not grow by and by, and move each time.
SPW_MUST_CHECK enum spw_status
na62_unpack_expect(struct na62_unpack *u, uint32_t n, uint32_t left);

/// Gathered words since na62_unpack_begin() to columns: dropped words are taken out, kernels work
/// out times and addresses.
void na62_unpack_finish(struct na62_unpack *u);

enum { NA62_SLACK = 16 }; ///< rows that may be overwritten behind the last one

/// The slow half of na62_words_reserve(): makes the room. Errors: SPW_RETRY.
SPW_MUST_CHECK enum spw_status
na62_words_grow(struct na62_unpack *u, uint32_t stream, uint32_t extra);

/// Room for `extra` gathered words in a hit stream, and NA62_SLACK.
SPW_MUST_CHECK static inline enum spw_status
na62_words_reserve(struct na62_unpack *u, uint32_t stream, uint32_t extra)
{
    const struct spw_rows *rows = &u->batch->hits[stream].rows;
    const uint64_t wanted = (uint64_t)rows->count + extra + NA62_SLACK;
    if (wanted <= rows->capacity && wanted <= u->word_capacity[stream]) return SPW_OK;
    return na62_words_grow(u, stream, extra);
}

static inline void na62_count(struct na62_unpack *u, enum na62_tally tally)
{
    ++u->tally[tally];
}

/// Counts damage that costs a board.
static inline void na62_damage(struct na62_unpack *u, enum na62_tally tally)
{
    ++u->tally[tally];
    u->event.quality |= SPW_EVENT_DAMAGED;
}

/// Trigger type as the boards see it.
static inline uint32_t na62_board_type(const struct na62_unpack *u)
{
    return (u->event.l0_type << 2) & 0xff;
}

/// Decoders of a source's data. Errors: only SPW_RETRY, out of memory.
typedef enum spw_status
na62_decode(struct na62_unpack *u, uint32_t source, const struct na62_words *words);

na62_decode na62_tel62_decode; ///< 3.3
na62_decode na62_srb_decode;   ///< 3.4
na62_decode na62_gtk_decode;   ///< 3.5
na62_decode na62_cream_decode; ///< 3.6
na62_decode na62_l0tp_decode;  ///< 3.7
na62_decode na62_l1_decode;    ///< 3.8
na62_decode na62_l2_decode;    ///< 3.8
na62_decode na62_nstd_decode;  ///< 3.9
na62_decode
    na62_dim_decode; ///< sub-blocks of 3.9; in 2014 and 2015 behind each source's boards

/// Quality bits of pulses since na62_unpack_begin() that their samples tell.
void na62_cream_finish(struct na62_unpack *u, uint32_t stream);

struct na62_board;

/// Special frames of a TEL62 board (3.3.6); false when its words do not fit.
SPW_MUST_CHECK enum spw_status na62_tel62_special(struct na62_unpack *u,
                                                  uint32_t source,
                                                  const struct na62_board *board,
                                                  bool *fits);

/// Appends a record.
SPW_MUST_CHECK enum spw_status na62_record(struct na62_unpack *u,
                                           uint32_t source,
                                           uint32_t board,
                                           enum na62_record_item item,
                                           uint32_t index,
                                           double value);

/// Appends words [from, words->count) as records of index 0, 1 ...
SPW_MUST_CHECK enum spw_status na62_record_words(struct na62_unpack *u,
                                                 uint32_t source,
                                                 uint32_t board,
                                                 enum na62_record_item item,
                                                 const struct na62_words *words,
                                                 uint32_t from);

/// Header, tables and events of a burst file (burst.c).
bool na62_burst_probe(struct spw_bytes head, size_t size);
enum spw_status na62_burst_index(struct spw_raw_file *file);
