/// Kernels of the decoders of TEL62 and STRAW boards: boards that are in every respect as they
/// should be, nearly all of them (formats/na62.md 3.1, 3.3, 3.4; words as in tel62.c, srb.c).
#pragma once

#include "core/isa.h"

#include <stdint.h>

enum {
    NA62_BOARD_SLACK = 8, ///< rows that may be overwritten behind the last one
    NA62_TEL62_CHANNELS_PER_BOARD = 512,
    NA62_TEL62_CHANNELS_PER_FPGA = 128,
    NA62_SRB_STRAWS_PER_BOARD = 256,
    NA62_SRB_FIXED_WORDS = 6, ///< two in front of the hits, four counters behind
    NA62_SRB_PADDING = 0xFFFF,
    NA62_SRB_MAX_LATENCY = 60000,
    NA62_SRB_TICKS_PER_CLOCK = 32,
};

/// A walk over the boards of a source, and the rows of its stream: `word` gets a hit, `meta` and
/// `base` what na62_kernels.h says.
struct na62_board_walk {
    const uint8_t *words;
    uint32_t n_words, n_readable; ///< n_readable >= n_words: may be read without harm
    uint32_t at;                  ///< the next board begins at this word
    uint32_t n_boards;            ///< numbers are below
    uint64_t seen;                ///< bit = board that came
    uint32_t ticks;               ///< of the event
    uint32_t timestamp, type;     ///< what the headers of good boards say
    uint32_t mark;                ///< bits of every meta word
    int32_t first_slot;           ///< TEL62: allowed window, relative to ticks
    uint32_t n_window;            ///< slots of it - 1
    uint32_t count;               ///< rows
    uint32_t *word, *meta;        ///< with room for all hits and NA62_BOARD_SLACK rows
    int32_t *base;
};

struct na62_board_kernels {
    /// Take boards up to the end, or to one that is not as usual: that one is left.
    void (*tel62)(struct na62_board_walk *walk);
    void (*srb)(struct na62_board_walk *walk);
};

SPW_DECLARE_KERNELS(na62_board_kernels);
