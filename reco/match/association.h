/// What other detectors saw of a track: nearest in place and time.
#pragma once

#include "reco/match/inputs.h"
#include "reco/match/match_objects.h"
#include "reco/match/options.h"

/// A batch as the event level sees it.
struct match_scene {
    const struct match_options *options;
    const struct match_inputs *inputs;
    const struct spw_matches *matches;
};

/// Fills the row of every track of event `e` (docs/physics/events.md, 1).
void match_tracks(const struct match_scene *scene, uint32_t e);

/// Where the track is at a plane behind chamber 4.
struct match_point {
    float x_mm, y_mm;
};

struct match_point match_behind(const struct spw_tracks *tracks, uint32_t row, double z_mm);

/// A straight line near the beam, at `z_mm`.
struct match_line {
    float x_mm, y_mm, z_mm, dxdz, dydz;
};

/// Closest approach of two lines.
float match_approach_mm(const struct match_line *a, const struct match_line *b);
