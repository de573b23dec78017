/// The detectors of a configuration: section `detectors`, one key a detector.
#pragma once

#include "core/text_table.h"
#include "io/raw.h"
#include "reco/run.h"

struct spw_detector_entry {
    const char *name;    ///< "ktag"
    const char *section; ///< "detectors.ktag"
    uint32_t stream;     ///< place in the format's streams
};

/// The detectors whose `stream` carries hits (or pulses), in the order of the file.
/// Memory  the run's arena. Errors: SPW_BAD_CONFIG (a stream that the format does not have).
SPW_MUST_CHECK enum spw_status spw_detectors_list(struct spw_detector_entry **entry,
                                                  uint32_t *count,
                                                  struct spw_run *run,
                                                  enum spw_stream_kind kind);

/// The first of `names` that conditions_dir has, opened; table->count = 0 when it has none.
/// Errors  SPW_MISSING when a path cannot be read.
SPW_MUST_CHECK enum spw_status spw_constants_open(struct spw_text_table *table,
                                                  struct spw_run *run,
                                                  struct spw_texts names);
