/// Walks over the boards and modules of a source (formats/na62.md 3.1, 3.2).
///
/// Where a block is as it should be, the step to it is taken in line; anything else is left to
/// blocks.c, which counts the damage and finds the way past it.
#pragma once

#include "io/na62/reader.h"

/// One board of an L0 source.
struct na62_board {
    uint32_t number;
    uint32_t format;        ///< 0 (2014): no timestamp
    uint32_t timestamp;     ///< the event's for format 0
    uint32_t bad_time;      ///< SPW_BAD_BOARD_TIME or 0
    struct na62_words body; ///< behind the block header
};

/// Walks the boards of an L0 source; `at` is the first word not yet looked at.
struct na62_boards {
    struct na62_words words;
    uint32_t at;
    uint32_t header_at; ///< where the present board began
    uint32_t n_boards;
    uint32_t source;
    uint32_t latency; ///< expected board timestamp - event timestamp
    uint64_t seen;    ///< bit = board that came
    uint64_t claimed; ///< bit of the present board
};

/// A walk of a kernel from where `boards` is, to rows behind the last one of a stream.
static inline struct na62_board_walk na62_board_walk_from(const struct na62_unpack *u,
                                                          const struct na62_boards *boards,
                                                          uint32_t stream)
{
    const struct spw_raw_hits *hits = &u->batch->hits[stream];
    return (struct na62_board_walk){
        .words = boards->words.data,
        .n_words = boards->words.count,
        .n_readable = boards->words.readable,
        .at = boards->at,
        .n_boards = boards->n_boards,
        .seen = boards->seen,
        .ticks = u->event.ticks,
        .timestamp = u->event.ticks + boards->latency,
        .type = na62_board_type(u),
        .mark = u->mark[stream],
        .count = hits->rows.count,
        .word = u->word[stream],
        .meta = hits->address,
        .base = hits->ticks,
    };
}

/// na62_boards_next() for boards that are not as usual.
bool na62_boards_search(struct na62_unpack *u,
                        struct na62_boards *boards,
                        struct na62_board *board);

/// The next board, or false at the end or where slow-control blocks of the source begin (at end
/// of burst in 2014 and 2015). Damaged headers are counted and stepped over.
static inline bool na62_boards_next(struct na62_unpack *u,
                                    struct na62_boards *boards,
                                    struct na62_board *board)
{
    enum { HEADER = 2, FORMAT = 1 };

    const uint32_t at = boards->at, left = boards->words.count - at;
    if (left <= HEADER || u->event.special) return na62_boards_search(u, boards, board);
    const uint32_t header = na62_word(&boards->words, at);
    const uint32_t timestamp = na62_word(&boards->words, at + 1);
    const uint32_t bytes = SPW_BITS(header, 15, 0), number = SPW_BITS(header, 23, 16);
    if (header >> 24 != FORMAT || bytes % 4 || bytes <= 4 * HEADER || bytes / 4 > left ||
        number >= boards->n_boards || (boards->seen >> number & 1) ||
        timestamp != u->event.ticks + boards->latency)
        return na62_boards_search(u, boards, board);

    boards->header_at = at;
    boards->at = at + bytes / 4;
    boards->claimed = UINT64_C(1) << number;
    boards->seen |= boards->claimed;
    board->number = number;
    board->format = FORMAT;
    board->timestamp = timestamp;
    board->bad_time = 0;
    board->body = na62_words_from(&boards->words, at + HEADER, bytes / 4 - HEADER);
    return true;
}

/// The board just read was damaged inside: its number counts as free again, and its size is
/// distrusted if no board follows there.
void na62_boards_resync(struct na62_unpack *u, struct na62_boards *boards);

/// One module of an L1 source.
struct na62_module {
    uint32_t timestamp, sub_id;
    uint32_t length;  ///< words, as its header states
    uint32_t quality; ///< SPW_BAD_CHECK when the header disagrees with the event
    struct na62_words
        words; ///< with the 4 of the header, up to where the next module begins
    struct na62_words rest; ///< the same up to the end of the source
};

/// Walks the modules of an L1 source.
struct na62_modules {
    struct na62_words words;
    uint32_t at;        ///< where the next module begins
    uint32_t header_at; ///< where the present one began
    uint32_t source;
};

/// The first word of every module of this source and event.
static inline uint32_t na62_module_mark(const struct na62_unpack *u, uint32_t source)
{
    return source << 24 | u->event.number;
}

/// na62_modules_next() for modules that are not as usual.
bool na62_modules_search(struct na62_unpack *u,
                         struct na62_modules *modules,
                         struct na62_module *module);

/// The next module, or false at the end. Damaged headers are counted and stepped over.
static inline bool na62_modules_next(struct na62_unpack *u,
                                     struct na62_modules *modules,
                                     struct na62_module *module)
{
    enum { HEADER = 4 };

    const uint32_t checked = 0xff3f0000; /* bits of word 3: errors 0, L0 trigger word */
    const uint32_t mark = na62_module_mark(u, modules->source);
    const uint32_t at = modules->at, left = modules->words.count - at;
    if (left <= HEADER) return na62_modules_search(u, modules, module);
    const struct na62_words rest = na62_words_from(&modules->words, at, left);
    const uint32_t length = SPW_BITS(na62_word(&rest, 1), 15, 0),
                   last = na62_word(&rest, 3);
    const bool fits = length == left || ((uint64_t)length + HEADER <= left &&
                                         na62_word(&rest, length) == mark);
    if (!fits || length <= HEADER || na62_word(&rest, 0) != mark ||
        (last & checked) != (u->event.l0_type & 0x3f) << 16)
        return na62_modules_search(u, modules, module);

    modules->header_at = at;
    modules->at = at + length;
    module->timestamp = na62_word(&rest, 2);
    module->sub_id = SPW_BITS(last, 15, 0);
    module->length = length;
    module->quality = 0;
    module->words = (struct na62_words){rest.data, length, rest.readable};
    module->rest = rest;
    return true;
}

/// A later module has this sub-ID as well: one of the two is wrong.
bool na62_modules_claim_again(const struct na62_unpack *u,
                              const struct na62_modules *modules,
                              uint32_t sub_id);
