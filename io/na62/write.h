/// Writes valid NA62 bursts from raw batches: the inverse of unpacking.
///
/// Encoding is pure and may run in parallel; appending is ordered. What a batch holds (streams,
/// event columns, records) is written as formats/na62.md says for the run number given: block
/// sizes, offsets, L0TP and GTK formats, sample counts and byte order all follow the run.
#pragma once

#include "core/arena.h"
#include "core/status.h"
#include "io/na62/na62.h"

struct na62_write_options {
    uint32_t run, burst;
    uint32_t sob_time_s;   ///< unix time of the start of burst
    bool no_burst_header;  ///< 2014 files: events only
    uint32_t processing_id;
};

/// Encoded events.
///
/// Memory  the arena given to na62_encode()
struct na62_encoded {
    uint8_t *data;
    size_t size;
    uint32_t n_events;
    uint32_t *number, *trigger_word;
    uint64_t *offset; ///< [n_events + 1] byte offsets in data
};

/// Encodes every event of a batch. Thread-safe.
/// Errors  SPW_INTERNAL when the content cannot be expressed (names event, source, value).
SPW_MUST_CHECK enum spw_status na62_encode(const struct na62_write_options *options,
                                           const struct spw_raw_batch *batch,
                                           struct spw_arena *arena,
                                           struct na62_encoded *encoded);

struct na62_writer; ///< opaque

/// Creates `path` through a temporary name; `max_events` bounds the tables of the header.
SPW_MUST_CHECK enum spw_status na62_writer_create(struct na62_writer **writer,
                                                  const char *path,
                                                  const struct na62_write_options *options,
                                                  uint32_t max_events);

/// Appends encoded events in order.
SPW_MUST_CHECK enum spw_status na62_writer_append(struct na62_writer *writer,
                                                  const struct na62_encoded *encoded);

/// Writes the header and tables last, syncs, renames.
SPW_MUST_CHECK enum spw_status na62_writer_close(struct na62_writer *writer);

/// Throws the unfinished file away.
void na62_writer_discard(struct na62_writer *writer);
