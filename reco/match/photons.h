/// Photons: LKr clusters that belong to no track, and what the vetoes saw in time.
#pragma once

#include "reco/match/association.h"

enum { MATCH_MAX_PHOTONS = 16 };

/// Photons of one event near a time, the first in order of falling energy.
struct match_photons {
    uint32_t cluster[MATCH_MAX_PHOTONS]; ///< rows of the batch
    uint32_t n, n_kept;                  ///< all of them; those in `cluster`
    float energy_MeV;                    ///< of all
};

/// Clusters of event `e` within photon_window of `time_ns` that are far from all tracks near
/// that time.
void match_photons_find(struct match_photons *photons,
                        const struct match_scene *scene,
                        uint32_t e,
                        float time_ns);

/// Candidates of event `e` within `window_ns` of `time_ns`.
uint32_t match_count_near(const struct spw_candidates *candidates,
                          uint32_t e,
                          float time_ns,
                          double window_ns);
