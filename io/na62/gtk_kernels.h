/// Kernel of the GTK decoder: half chips that are in every respect as they should be, nearly all
/// of them (formats/na62.md 3.5; items as in gtk.c).
#pragma once

#include "core/isa.h"

#include <stdint.h>

enum {
    NA62_GTK_GROUPS = 90,       ///< of pixels in a chip
    NA62_GTK_LIMITER_HITS = 17, ///< a half chip sends no more
    NA62_GTK_TRAILER_1 = 0xA,   ///< kinds of items, [31:28] of word 0; a hit: 0
    NA62_GTK_TRAILER_2 = 0xF,
    NA62_GTK_SLACK = 8, ///< rows that may be overwritten behind the last one
};

/// A walk over the items of a readout PC, and the rows behind it. A hit takes two rows: `word` gets
/// its two words, `meta` what na62_kernels.h says.
struct na62_gtk_walk {
    const uint8_t *items;
    uint32_t n_items, n_readable;  ///< n_readable >= n_items: may be read without harm
    uint32_t at;                   ///< the next half chip begins with this item
    uint32_t n_half_chips;         ///< taken so far
    uint32_t first_chip, n_chips;  ///< of the PC
    uint32_t station;              ///< 1-3
    uint32_t number, l1a, l0_type; ///< what the trailers of good half chips say
    uint32_t quality;              ///< bits of all hits
    uint32_t count;                ///< rows
    uint32_t *word, *meta;         ///< with room for the items and NA62_GTK_SLACK rows
};

struct na62_gtk_kernels {
    /// Takes half chips up to the end, or to one that is not as usual: that one is left.
    void (*take)(struct na62_gtk_walk *walk);
};

SPW_DECLARE_KERNELS(na62_gtk_kernels);
