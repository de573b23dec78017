/// Random NA62 batches of everything that a run period can express, in random order.
#pragma once

#include "io/na62/write.h"

#include <stdint.h>

/// A run period and what its files look like.
struct na62_period {
    const char *name;
    uint32_t run;
    bool no_burst_header;
};

extern const struct na62_period na62_periods[];
extern const uint32_t na62_n_periods;

/// Fills an initialised batch of at least three events: start of burst, physics and calibration,
/// end of burst. L0TP words stand in records or in the l0tp stream, by chance.
SPW_MUST_CHECK enum spw_status na62_random_batch(struct spw_raw_batch *batch,
                                                 const struct na62_period *period,
                                                 uint32_t burst,
                                                 uint64_t *random);

/// Appends one row; the event is closed by the caller.
SPW_MUST_CHECK enum spw_status na62_add_hit(struct spw_raw_batch *batch,
                                            uint32_t stream,
                                            uint32_t address,
                                            int32_t ticks,
                                            uint8_t edge);
SPW_MUST_CHECK enum spw_status na62_add_record(struct spw_raw_batch *batch,
                                               uint32_t source,
                                               uint32_t board,
                                               uint32_t item,
                                               uint32_t index,
                                               double value);

/// A whole burst in memory as na62_writer would put it into a file. Memory: arena.
SPW_MUST_CHECK enum spw_status na62_burst_bytes(const struct na62_write_options *options,
                                                const struct na62_encoded *encoded,
                                                struct spw_arena *arena,
                                                struct spw_bytes *bytes);
