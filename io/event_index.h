/// One row an event: what hides the experiments. After it everything is the same code.
#pragma once

#include "core/arena.h"
#include "core/status.h"

#include <stdint.h>

/// Rows in the order of the file. Every byte of the file is accounted for: it is a header, or
/// belongs to exactly one row, good or quarantined.
///
/// Memory  the burst's arena
struct spw_event_index {
    uint32_t count, capacity;
    uint32_t *number; ///< event number (DATE: trigger in its spill)
    uint32_t *burst;  ///< burst (DATE: spill)
    uint32_t *ticks;  ///< timestamp
    uint32_t *trigger_word;
    uint64_t *offset; ///< first byte in the file
    uint64_t *size;   ///< bytes
    uint16_t *reason; ///< 0: good; else the tally (of the format) that names the quarantine
    uint64_t
        header_bytes; ///< bytes of the file that are no event: headers, tables, containers
};

/// Appends a zeroed row; `*row` is its place.
SPW_MUST_CHECK enum spw_status
spw_event_index_add(struct spw_event_index *index, struct spw_arena *arena, uint32_t *row);
