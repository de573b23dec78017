/// One raw file, from its name to its three outputs: what `spillway reco` does for each input.
#pragma once

#include "core/bytes.h"
#include "core/status.h"
#include "reco/run.h"

#include <jansson.h>
#include <signal.h>
#include <stdbool.h>

/// What the user asked for.
struct spw_job_options {
    const char *config_path;      ///< configuration file
    const char *const *overrides; ///< "KEY=VALUE"
    size_t n_overrides;
    const char *folder; ///< where the outputs go
    int threads;
    enum spw_isa isa;
    enum spw_tier tier;
    double max_bad_fraction; ///< quarantined and missing / all events
    bool force;              ///< redo what is done
    const volatile sig_atomic_t *stop;
};

/// What came of it. `summary` is the caller's to json_decref().
struct spw_job_result {
    bool already_done;
    json_t *summary; ///< counts, sizes, times, tallies, places: the record and more
};

/// The part of a raw file's path that names its outputs: "DIR/STEM.dat" gives STEM, DATE names
/// like "06008.000" stay as they are.
struct spw_bytes spw_job_stem(const char *path);

/// Reconstructs `file` (open) into STEM.reco.h5, STEM.hist.h5 and, last, STEM.reco.h5.json.
///
/// Files appear under their final names only when complete; a re-run of finished work returns
/// at once (already_done).
/// Errors  SPW_CORRUPT beyond max_bad_fraction (nothing is written), and what reading,
///         configuration and writing give; SPW_RETRY when the file changes meanwhile.
SPW_MUST_CHECK enum spw_status spw_job_run(const struct spw_raw_file *file,
                                           const struct spw_job_options *options,
                                           struct spw_job_result *result);
