/// Writes valid NA62 bursts from raw batches: the inverse of unpacking.
///
/// Encoding is pure and may run in parallel; appending is ordered. What a batch holds (streams,
/// event columns, records) is written as formats/na62.md says for the run number given: block
/// sizes, offsets, L0TP and GTK formats, sample counts and byte order all follow the run.
#pragma once

#include "core/arena.h"
#include "core/status.h"
#include "io/na62/na62.h"

/// Runs at which the format changed (formats/na62.md 3.4-3.7).
enum {
    NA62_LAST_RUN_BIG_ENDIAN = 4299, ///< CREAM blocks with swapped bytes
    NA62_LAST_RUN_2015 = 4399,       ///< short latency, 16 samples, GTK not described
    NA62_FIRST_RUN_DROPPED = 6300,   ///< about 22 Sep 2016: empty LKr blocks are left out
    NA62_FIRST_RUN_2017 = 7000,      ///< GTK format 2, L0TP of 22 words
};

/// First of the 16 slots of 25 ns that an SRB reads out, relative to the event's timestamp.
/// 2017 and 2018 as their settings say; 2015 with latency 0x1006, which gives the same; 2016 such
/// that its station T0 (-5991 ns) lies in the window as that of 2018 does.
int32_t na62_srb_first_slot(uint32_t run);

/// Samples of a CREAM stream that a run reads: 16 up to 2015, then 10 (MUV1, MUV2) or 8.
uint32_t na62_n_samples(uint32_t run, enum na62_stream stream);

/// Board timestamp of SRB and CREAM minus the event's.
static inline uint32_t na62_latency(uint32_t run)
{
    return run <= NA62_LAST_RUN_2015 ? 0xF01 : 0x1F01;
}

/// What the files of a burst say beyond its events.
struct na62_write_options {
    uint32_t run, burst;
    uint32_t sob_time_s;  ///< unix time of the start of burst
    bool no_burst_header; ///< 2014 files: events only
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
///
/// Order   unpacking gives the rows of an event sorted: TEL62 by board, FPGA, time; SRB by
///         board, slot; GTK by half chip; CREAM by board, channel; ties keep their order
/// Words   L0TP, L1, L2 and payload words are taken from the records where the event has them;
///         otherwise they are made from the event's columns and the l0tp stream. Records must
///         fit the event (counters only at end of burst).
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
