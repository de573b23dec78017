/// Kernels of the NA62 reader: gathered words of a whole batch to columns.
#pragma once

#include "core/isa.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/// Fields of the `address` column while words are gathered.
///
///   TEL62  [12:0] 512 board + 128 FPGA, [15:13] quality bits, [16] event mark,
///          [31:21] low bits of the slot time
///   SRB    [12:0] 256 board, [15:13] quality bits, [16] event mark
///
///   GTK    [8:0] low bits of the L1A timestamp, [16:9] quality bits
///
/// GTK rows come in pairs, and so do the words, raw but with one pixel bit set; the even row tells.
enum {
    NA62_META_QUALITY_SHIFT = 13,
    NA62_META_EVENT = 1 << 16,
    NA62_META_SLOT_SHIFT = 21,
    NA62_GTK_L1A_MASK = 0x1ff,
    NA62_GTK_QUALITY_SHIFT = 9,
};

/// Rows of one hit stream: `word` is the raw word; address and ticks hold the bases of the row
/// before, and the final values after.
struct na62_lanes {
    size_t n;
    const uint32_t *word;
    uint32_t *address;
    int32_t *ticks;
    uint8_t *edge, *quality;
    uint16_t *value;
};

/// What a look over the gathered words found.
struct na62_findings {
    uint32_t dropped;     ///< words that must be taken out
    uint32_t repeated;    ///< word equal to the one before, in the same slot
    uint32_t unordered;   ///< time before that of the word before, in the same slot
    uint32_t out_of_slot; ///< time outside the slot
};

struct na62_kernels {
    /// Looks for damage in TEL62 words; nothing is changed.
    void (*tel62_check)(const struct na62_lanes *lanes, struct na62_findings *found);
    void (*tel62)(const struct na62_lanes *lanes);
    void (*srb_check)(const struct na62_lanes *lanes, struct na62_findings *found);
    void (*srb)(const struct na62_lanes *lanes);
    /// Rows come in pairs; ticks are only written.
    void (*gtk)(const struct na62_lanes *lanes);
};

SPW_DECLARE_KERNELS(na62_kernels);
