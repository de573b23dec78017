/// Section `straw_tracks`: windows, tolerances and limits of pattern recognition in the straws.
#pragma once

#include "reco/run.h"

struct straw_settings {
    int64_t max_hits, max_points, max_segments, max_candidates;
    double time_min, time_max, time_window, in_time_window;
    double trailing_offset, trailing_slope, trailing_sigma, trailing_window;
    double resolution_far, resolution_near, resolution_range;
    double slope_before, slope_after, spread_before, spread_after;
    double pointing_z, gap_margin, view_tolerance, link_slope, link_mm;
    double match_x, match_y, match_slope_y, scattering;
    double road, hit_tolerance, side_sigmas;
    double kick, magnet_z, max_shared, max_shared_three;
    int64_t min_views;
};

/// Errors  SPW_BAD_CONFIG.
SPW_MUST_CHECK enum spw_status straw_settings_read(struct straw_settings *settings,
                                                   struct spw_run *run);
