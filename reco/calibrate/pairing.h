/// Leading and trailing edges of a stream become hits.
///
/// Source  formats/na62.md 3.3.4 (TEL62), 3.4 (SRB), 3.5 (GTK)
#pragma once

#include "core/columns.h"
#include "reco/calibrate/calibrate_kernels.h"

/// Empty table with room for `capacity` rows and one more. Memory: `arena`.
SPW_MUST_CHECK enum spw_status spw_pairs_init(struct spw_pairs *pairs,
                                              struct spw_arena *arena,
                                              uint32_t n_events,
                                              uint32_t capacity);

/// Pairs the edges of `hits` by the rule of its stream.
/// Memory  `arena` (scratch of the batch)
SPW_MUST_CHECK enum spw_status spw_pairs_make(struct spw_pairs *pairs,
                                              struct spw_arena *arena,
                                              const struct spw_calibrate_kernels *kernels,
                                              const struct spw_stream *stream,
                                              const struct spw_raw_hits *hits,
                                              uint32_t n_events);
