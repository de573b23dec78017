/// What the encoders of NA62 blocks share.
///
/// The event being written grows at `at`; na62_encode() has made room for the largest size that
/// its content can have, so encoders of blocks write without asking.
#pragma once

#include "io/na62/write.h"

#include <assert.h>
#include <stdbool.h>
#include <string.h>

/// State while one event is written.
struct na62_encoder {
    const struct na62_write_options *options;
    const struct spw_raw_batch *batch;
    uint32_t e; ///< event in the batch
    uint32_t number, timestamp, trigger_word;
    uint32_t l0_type;       ///< lowest byte of the trigger word
    bool special;           ///< frames without hits
    bool unfinished;        ///< end of burst sent before the boards answered
    uint32_t *at;           ///< next word
    struct na62_edge *edge; ///< [most hits in a stream of an event]
    uint32_t *cream_mask;   ///< [NA62_MAX_CREAMS]
    uint32_t *cream_row;    ///< [32 * NA62_MAX_CREAMS] pulse of a channel
    bool *record_used;      ///< [most records in an event]
};

/// A TDC word on its way into its slot, or a pair of words of the GTK.
struct na62_edge {
    int32_t key; ///< sorts it: ticks, or half chip
    uint32_t word[2];
};

enum { NA62_MAX_CREAMS = 512, NA62_MAX_BLOCK_BYTES = 0xFFFF };

/// One event at `encoder->at` (encode_event.c).
SPW_MUST_CHECK enum spw_status na62_encode_event(struct na62_encoder *encoder, uint32_t e);

/// Blocks of one source: writes them at `encoder->at`.
SPW_MUST_CHECK enum spw_status
na62_encode_tel62(struct na62_encoder *encoder, uint32_t source, uint32_t stream);
SPW_MUST_CHECK enum spw_status na62_encode_srb(struct na62_encoder *encoder);
SPW_MUST_CHECK enum spw_status na62_encode_gtk(struct na62_encoder *encoder);
SPW_MUST_CHECK enum spw_status na62_encode_cream(struct na62_encoder *encoder,
                                                 uint32_t source);
SPW_MUST_CHECK enum spw_status na62_encode_l0tp(struct na62_encoder *encoder);
SPW_MUST_CHECK enum spw_status na62_encode_l1(struct na62_encoder *encoder);
SPW_MUST_CHECK enum spw_status na62_encode_l2(struct na62_encoder *encoder);
SPW_MUST_CHECK enum spw_status na62_encode_nstd(struct na62_encoder *encoder);

/// Fails with the event and source in front of the message.
#define NA62_CANNOT(encoder, source, ...) \
    na62_cannot((encoder), (source), __FILE__, __LINE__, __VA_ARGS__)
enum spw_status na62_cannot(const struct na62_encoder *encoder,
                            uint32_t source,
                            const char *file,
                            int line,
                            const char *format,
                            ...) __attribute__((format(printf, 5, 6)));

/// Trigger type as the boards see it.
static inline uint32_t na62_board_type(const struct na62_encoder *encoder)
{
    return (encoder->l0_type << 2) & 0xFF;
}

static inline void na62_put(struct na62_encoder *encoder, uint32_t word)
{
    *encoder->at++ = word;
}

/// Opens an L0 block; 2014 blocks have no timestamp word (formats/na62.md 3.1).
static inline uint32_t *
na62_open_l0(struct na62_encoder *encoder, uint32_t board, uint32_t timestamp)
{
    uint32_t *block = encoder->at;
    const uint32_t version = encoder->options->no_burst_header ? 0 : 1;
    na62_put(encoder, version << 24 | board << 16);
    if (version) na62_put(encoder, timestamp);
    return block;
}

static inline size_t na62_block_bytes(const struct na62_encoder *encoder,
                                      const uint32_t *block)
{
    return (size_t)(encoder->at - block) * sizeof *block;
}

/// Notes the size of an L0 block. Errors: more than 65535 bytes.
SPW_MUST_CHECK enum spw_status
na62_close_l0(const struct na62_encoder *encoder, uint32_t source, uint32_t *block);

/// Opens an L1 block; its length is noted by na62_close_l1() (formats/na62.md 3.2).
static inline uint32_t *na62_open_l1(struct na62_encoder *encoder,
                                     uint32_t source,
                                     uint32_t timestamp,
                                     uint32_t sub_id,
                                     uint32_t l0_word)
{
    uint32_t *block = encoder->at;
    na62_put(encoder, source << 24 | encoder->number);
    na62_put(encoder, 0);
    na62_put(encoder, timestamp);
    na62_put(encoder, l0_word << 16 | sub_id);
    return block;
}

static inline void na62_close_l1(const struct na62_encoder *encoder, uint32_t *block)
{
    block[1] = (uint32_t)(encoder->at - block);
}

/// The fragments of a source that never answered, in an unfinished end of burst.
void na62_put_missing_l0(struct na62_encoder *encoder, uint32_t n_boards);
void na62_put_missing_l1(struct na62_encoder *encoder, uint32_t source, uint32_t n_boards);

/// Which records are meant: indices [index, index + n_indices) of an item of a board.
struct na62_record_key {
    uint32_t source, item, board;
    uint32_t index, n_indices;
};

/// The next record of the event that fits the key, from `*from` on, or NULL at the end. Marks it
/// as used: a record that nobody uses has no place in the event, and is an error.
const double *na62_next_record(struct na62_encoder *encoder,
                               const struct na62_record_key *key,
                               uint32_t *from);

/// Index of the record just returned, relative to the key's.
static inline uint32_t na62_record_index(const struct na62_encoder *encoder,
                                         const struct na62_record_key *key,
                                         uint32_t from)
{
    return encoder->batch->records.index[from - 1] - key->index;
}

/// The nth (from 0) record that fits the key, as a word, or `fallback`.
uint32_t na62_record_word(struct na62_encoder *encoder,
                          const struct na62_record_key *key,
                          uint32_t nth,
                          uint32_t fallback);

/// Copies word records into `words[key->n_indices]`; words without a record stay as they are.
/// Returns the highest index + 1, 0 without records.
uint32_t na62_copy_records(struct na62_encoder *encoder,
                           const struct na62_record_key *key,
                           uint32_t *words);

/// n_indices of a list without gaps: no more than the event has records, so it fits the room.
uint32_t na62_record_limit(const struct na62_encoder *encoder, uint32_t max_indices);
