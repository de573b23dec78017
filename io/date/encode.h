/// What the encoders of DATE equipment blocks share.
#pragma once

#include "io/date/write.h"

/// Words that grow in an arena.
struct date_words {
    struct spw_arena *arena;
    uint32_t *word;
    size_t count, capacity;
};

/// State while one spill is written.
struct date_encoder {
    const struct date_write_options *options;
    const struct spw_raw_batch *batch;
    uint32_t first, end; ///< rows of the spill
    uint32_t n_triggers; ///< of them; 0: the only row stands for an empty spill
    uint32_t spill;
    uint32_t event_type;            ///< of the event being written
    const struct date_board *board; ///< being written
    uint32_t used[DATE_N_STREAMS];  ///< rows of the streams written so far
    struct date_words out;
};

/// Room for `n` more words; afterwards date_put() needs no check.
SPW_MUST_CHECK enum spw_status date_reserve(struct date_encoder *encoder, size_t n);

static inline void date_put(struct date_encoder *encoder, uint32_t word)
{
    encoder->out.word[encoder->out.count++] = word;
}

/// The payload of encoder->board in a physics event.
SPW_MUST_CHECK enum spw_status date_put_v1290(struct date_encoder *encoder);
SPW_MUST_CHECK enum spw_status date_put_fadc(struct date_encoder *encoder);
SPW_MUST_CHECK enum spw_status date_put_v830(struct date_encoder *encoder);
SPW_MUST_CHECK enum spw_status date_put_vlsb_master(struct date_encoder *encoder);
SPW_MUST_CHECK enum spw_status date_put_vlsb_board(struct date_encoder *encoder);
SPW_MUST_CHECK enum spw_status date_put_vlsb_bank(struct date_encoder *encoder,
                                                  uint32_t bank);
SPW_MUST_CHECK enum spw_status date_put_vlsb_c(struct date_encoder *encoder);
SPW_MUST_CHECK enum spw_status date_put_dbb(struct date_encoder *encoder, uint32_t dbb);
SPW_MUST_CHECK enum spw_status date_put_dbb_chain(struct date_encoder *encoder);
SPW_MUST_CHECK enum spw_status date_put_v1495(struct date_encoder *encoder);
SPW_MUST_CHECK enum spw_status date_put_epics(struct date_encoder *encoder);
SPW_MUST_CHECK enum spw_status date_put_words(struct date_encoder *encoder);

/// Fails with spill and board in front of the message.
#define DATE_CANNOT(encoder, ...) date_cannot((encoder), __FILE__, __LINE__, __VA_ARGS__)
enum spw_status date_cannot(const struct date_encoder *encoder,
                            const char *file,
                            int line,
                            const char *format,
                            ...) __attribute__((format(printf, 4, 5)));

/// The next record of the spill with this source, board and item, from `*from` on, or NULL.
const double *date_next_record(const struct date_encoder *encoder,
                               uint32_t source,
                               uint32_t board,
                               uint32_t item,
                               uint32_t *from);

/// The record of encoder->board with this item, as a word, or `fallback`.
uint32_t
date_board_word(const struct date_encoder *encoder, uint32_t item, uint32_t fallback);

static inline uint32_t date_board_key(const struct date_encoder *encoder)
{
    return date_record_board(encoder->board->ldc, encoder->board->id);
}

/// The rows of trigger t (from 0) in a stream.
struct date_range {
    uint32_t begin, end;
};

static inline struct date_range
date_rows(const struct date_encoder *encoder, const struct spw_rows *rows, uint32_t t)
{
    const uint32_t e = encoder->first + t;
    return (struct date_range){rows->first[e], rows->first[e + 1]};
}
