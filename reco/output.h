/// The columns of a run on their way to STEM.reco.h5, in the order of the events.
#pragma once

#include "core/status.h"
#include "io/column_file.h"
#include "reco/run.h"
#include "reco/worker.h"

/// Provenance that goes to the root of the file.
struct spw_output_header {
    const char *path;    ///< final name
    const char *parents; ///< JSON text
};

/// One open output. Not thread-safe: the ordered writer owns it.
///
/// Memory  `arena`
struct spw_output {
    const struct spw_run *run;
    struct spw_arena arena;
    struct spw_column_file *file;
    uint32_t *event_column;                  ///< ids of the /events columns
    uint32_t offset_column[SPW_MAX_OBJECTS]; ///< ids of "<det>_<object>_offset"
    uint32_t *object_column[SPW_MAX_OBJECTS];
    uint64_t object_rows[SPW_MAX_OBJECTS]; ///< rows made so far, written or not
    uint64_t n_events, n_quarantined;
    uint64_t column_bytes;            ///< appended to columns, before packing
    uint32_t first_event, last_event; ///< numbers of the written events
};

/// Creates the file with all columns of the run's tier.
SPW_MUST_CHECK enum spw_status spw_output_create(struct spw_output *output,
                                                 const struct spw_run *run,
                                                 const struct spw_output_header *header);

/// Appends a batch; quarantined events leave no row. Batches must come in order.
SPW_MUST_CHECK enum spw_status spw_output_append(struct spw_output *output,
                                                 const struct spw_batch *batch);

/// Writes /log (tallies, quarantined events) and completes the file under its final name.
SPW_MUST_CHECK enum spw_status spw_output_close(struct spw_output *output,
                                                const uint64_t *tally);

/// Throws the unfinished file away.
void spw_output_discard(struct spw_output *output);
