/// Section `events` of the configuration.
#pragma once

#include "reco/run.h"

struct match_options {
    double window;
    int64_t max_tracks;

    double track_sigma, ring_sigma, chod_sigma, lkr_sigma;
    double chod_distance, chod_window, newchod_distance, newchod_window;
    double lkr_distance, lkr_window, muv_distance, muv_window;
    double muv3_distance, muv3_window;
    struct spw_reals electron;
    double muon_e_over_p;

    double kaon_window, kaon_sigma, beam_window, beam_distance_sigma, beam_chi2_max;
    double beam_momentum, beam_slope_x, beam_slope_y, beam_x, beam_y;
    double beam_sigma_x, beam_sigma_y, divergence;

    double photon_distance, photon_energy, photon_window, veto_window;

    double pair_window, vertex_chi2_max, vertex_cda_max;
    struct spw_reals vertex_z;
    const char *tier;
};

/// Reads and checks the section. Errors: SPW_BAD_CONFIG.
SPW_MUST_CHECK enum spw_status match_options_read(struct match_options *options,
                                                  struct spw_run *run);
