/// Simulation: seeded bursts and spills as the experiments' raw files, with their truth.
///
/// One entry point an experiment. The same seed gives the same bytes for any number of threads.
/// sim shares no algorithm with reco: it has its own physics (docs/physics/simulation.md).
#pragma once

#include "core/config.h"
#include "core/status.h"

#include <stddef.h>
#include <stdint.h>

/// What the command line says; everything else stands in the configuration (section `sim`).
struct sim_options {
    struct spw_config
        *config;          ///< the experiment's configuration with --set; NULL: defaults
    const char *out_dir;  ///< folder of all outputs; NULL: current folder
    const char *scenario; ///< NULL: the configuration's
    uint64_t n_events;    ///< physics events (MICE: particle triggers); 0: configuration's
    uint64_t seed;
    uint32_t run, burst; ///< 0: the configuration's
    int n_threads;       ///< 0: OpenMP's choice
};

/// What has been written, for the summary the command prints.
struct sim_result {
    char raw_path[4096];
    char truth_path[4096];
    char conditions_dir
        [4096];        ///< constants written beside the data; "" when taken from files
    uint64_t n_events; ///< events in the raw file, start and end of burst included
    uint64_t n_bytes;  ///< of the raw file
};

/// A simulated experiment.
struct sim_experiment {
    const char *name; ///< as in the configuration's key `experiment`
    enum spw_status (*simulate)(const struct sim_options *options,
                                struct sim_result *result);
    /// Reads section `sim`, for showing and checking it. Errors: SPW_BAD_CONFIG.
    enum spw_status (*read_section)(struct spw_config *config);
};

extern const struct sim_experiment sim_experiments[];
extern const size_t sim_n_experiments;

/// One NA62 burst: DIR/na62raw_<time>-01-<run>-<burst>.dat, .truth.h5 and DIR/conditions/.
/// Errors  SPW_BAD_CONFIG, SPW_USAGE (unknown scenario), SPW_MISSING, SPW_CANNOT_CREATE, SPW_IO.
SPW_MUST_CHECK enum spw_status sim_na62(const struct sim_options *options,
                                        struct sim_result *result);

/// MICE spills: DIR/<run>.000 and its truth. Errors as above.
SPW_MUST_CHECK enum spw_status sim_mice(const struct sim_options *options,
                                        struct sim_result *result);
