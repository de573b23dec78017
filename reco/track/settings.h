/// Section `track_fit`: field, material, errors and limits of the track fit.
#pragma once

#include "reco/run.h"
#include "reco/track/fit.h"

struct track_settings {
    double magnet_z, magnet_length, magnet_kick, magnet_fringe;
    double chamber_x0, mass;
    struct spw_reals sigma_parameters;
    double time_prior, in_time_sigmas, max_pull, min_p;
    struct spw_reals turns, more_turns;
    double more_chi2;
    int64_t min_hits;
    double max_chi2, max_shared;
};

/// Errors  SPW_BAD_CONFIG.
SPW_MUST_CHECK enum spw_status track_settings_read(struct track_settings *settings,
                                                   struct spw_run *run);

/// Constants of the fit with `turns` or `more_turns`.
void track_settings_constants(const struct track_settings *settings,
                              const struct spw_reals *turns,
                              struct track_constants *constants);
