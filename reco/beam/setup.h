/// What the beam tracker of a run is: options, positions of the pixels, the achromat.
#pragma once

#include "geometry/na62_geometry.h"
#include "reco/beam/beam_kernels.h"
#include "reco/candidates/rank_kernels.h"
#include "reco/run.h"

enum { BEAM_STATIONS = SPW_BEAM_STATIONS };

/// Section `beam`.
struct beam_options {
    struct spw_texts offsets_file;
    bool wide_columns;
    double window, cluster_window, time_sigma, pixel_sigma_x, pixel_sigma_y;
    double dispersion, kick, momentum, momentum_spread, slope_x, slope_y, divergence;
    double chi2_x_max, chi2_beam_max, chi2_time_max;
    double kaon_window;
    int64_t max_hits, max_triplets;
    const char *tier;
};

/// Read-only once prepared.
struct beam_setup {
    struct beam_options options;
    struct spw_beam_fit fit;
    const struct spw_rank_kernels *rank;
    float column_mm[BEAM_STATIONS][NA62_GTK_COLUMNS]; ///< x of the pixels of a column
    float row_mm[BEAM_STATIONS][NA62_GTK_ROWS];       ///< y of the pixels of a row
    float pair_ns;    ///< two clusters of a track are closer than this
    float bend_x_mm;  ///< x in station 2 off the line through 1 and 3, nominal momentum
    float reach_x_mm; ///< largest distance from that of a track that passes the cuts
    float reach_y_mm; ///< the same in y
};

/// Reads section `beam` and the stations' offsets. Errors: SPW_BAD_CONFIG, SPW_MISSING.
SPW_MUST_CHECK enum spw_status beam_setup_prepare(struct beam_setup *setup,
                                                  struct spw_run *run);
