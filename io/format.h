/// A raw format: probe, open, index, unpack, release; and the writer of it.
///
/// One line in io/formats.def registers a format.
#pragma once

#include "core/arena.h"
#include "core/bytes.h"
#include "core/config.h"
#include "core/isa.h"
#include "core/status.h"
#include "core/tally.h"
#include "io/event_index.h"
#include "io/map.h"
#include "io/raw.h"

struct spw_format;

/// One raw file, opened and indexed. Read-only once open: workers unpack from it in parallel.
struct spw_raw_file {
    const struct spw_format *format;
    struct spw_map map; ///< map.bytes: the file
    const char *path;
    struct spw_event_index index;
    uint32_t run, burst; ///< burst: first spill for DATE
    uint32_t n_missing;  ///< events the file announces but does not hold (cut short)
    double start_time_s, end_time_s; ///< Unix time of the data, 0 if unknown
    uint64_t *tally;                 ///< [format->n_tallies] counts made while indexing
    void *state;                     ///< the format's own
    struct spw_arena arena;          ///< burst lifetime
};

/// The functions of a format.
struct spw_format {
    const char *name;       ///< "na62", "date"
    const char *experiment; ///< configuration it belongs to: "na62", "mice"
    const char *meaning;
    const struct spw_stream *streams;
    uint32_t n_streams;
    const struct spw_table *events;  ///< columns of /events over struct spw_raw_events
    const struct spw_tally *tallies; ///< damage this format can find
    uint32_t n_tallies;

    /// True when the first bytes (up to 64 KiB) look like this format; size is the file's.
    bool (*probe)(struct spw_bytes head, size_t size);

    /// Fills run, burst, index, tally and state from file->map.bytes (pure: also fuzzed).
    /// Errors  SPW_CORRUPT when nothing of the file can be used.
    enum spw_status (*index)(struct spw_raw_file *file);

    /// Appends the events [first, first + n) to an initialised batch, quarantined rows as empty
    /// events. `tally[n_tallies]` belongs to the worker. Damage is never an error.
    enum spw_status (*unpack)(const struct spw_raw_file *file,
                              uint32_t first,
                              uint32_t n,
                              enum spw_isa isa,
                              struct spw_raw_batch *batch,
                              uint64_t *tally);
};

extern const struct spw_format *const spw_formats[];
extern const size_t spw_n_formats;

/// Maps a file, finds its format by content and indexes it.
/// Errors  SPW_MISSING, SPW_CORRUPT (no format knows it).
SPW_MUST_CHECK enum spw_status spw_raw_file_open(struct spw_raw_file *file,
                                                 const char *path);

/// The same from bytes in memory, for tests and fuzzing.
SPW_MUST_CHECK enum spw_status
spw_raw_file_parse(struct spw_raw_file *file, const char *name, struct spw_bytes bytes);

/// Gives the map and the memory of the file back.
void spw_raw_file_release(struct spw_raw_file *file);
