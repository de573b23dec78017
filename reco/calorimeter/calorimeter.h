/// One calorimeter of the configuration: options, constants, objects and histograms.
#pragma once

#include "reco/calorimeter/showers.h"
#include "reco/calorimeter/strips.h"
#include "reco/run.h"

/// Section `clusters.NAME`.
struct calorimeter_options {
    const char *kind, *tier;
    double seed_above, in_time, offset, scale;
    /* showers */
    const char *profile, *energy;
    struct spw_reals profile_weights, profile_widths;
    double threshold, count_above, dead_above, fluctuation, noise;
    double window, window_slope, cell_time, cell_time_slope;
    double wide_fraction, wide_above, hole, border;
    int64_t max_clusters, iterations;
    /* strips */
    int64_t n_strips;
    /* histograms */
    double time_range, time_above, position_above, energy_max;
};

enum calorimeter_kind { CALORIMETER_SHOWERS, CALORIMETER_STRIPS };

enum calorimeter_histogram {
    CALORIMETER_N_CLUSTERS,
    CALORIMETER_ENERGY,
    CALORIMETER_TIME_BY_SEED,
    CALORIMETER_POSITION, ///< showers only
    CALORIMETER_N_HISTOGRAMS
};

/// Read-only once prepared. Memory: the run's arena.
struct calorimeter {
    const char *name;
    struct calorimeter_options options;
    enum calorimeter_kind kind;
    uint32_t cells, object; ///< objects read and made
    uint32_t n_channels;
    uint32_t histogram[CALORIMETER_N_HISTOGRAMS];
    struct shower_finder showers;
    struct strip_finder strips;
};

/// Reads options and constants of the calorimeter `name`, declares what it makes, books
/// histograms.
SPW_MUST_CHECK enum spw_status
calorimeter_prepare(struct calorimeter *calorimeter, struct spw_run *run, const char *name);

/// Profile, thresholds and readable cells of a calorimeter of square cells.
SPW_MUST_CHECK enum spw_status calorimeter_showers(struct calorimeter *calorimeter,
                                                   struct spw_run *run);
