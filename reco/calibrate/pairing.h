/// Leading and trailing edges of a stream become hits.
///
/// Source  formats/na62.md 3.3.4 (TEL62), 3.4 (SRB), 3.5 (GTK)
#pragma once

#include "core/columns.h"
#include "io/raw.h"

/// Hits of a stream before channel map and calibration.
///
/// Shape   arrays of rows.count; event e owns [rows.first[e], rows.first[e + 1])
/// Order   event, then the order in which the hit's first edge was read
/// Units   ticks as in spw_raw_hits: time of the leading edge (of the trailing edge when it is
///         alone: SPW_NO_LEADING); width_ticks 0 unless both edges are there
struct spw_pairs {
    struct spw_rows rows;
    uint32_t *address;
    int32_t *ticks;
    int32_t *width_ticks;
    uint32_t *next;   ///< next open hit of the channel + 1 (pairing only)
    uint8_t *quality; ///< enum spw_quality of both edges
};

/// Pairs the edges of `hits` by the rule of its stream.
/// Memory  `arena` (scratch of the batch)
SPW_MUST_CHECK enum spw_status spw_pairs_make(struct spw_pairs *pairs,
                                              struct spw_arena *arena,
                                              const struct spw_stream *stream,
                                              const struct spw_raw_hits *hits,
                                              uint32_t n_events);
