/// Showers in a calorimeter of strips: groups of strips of both orientations that cross.
///
/// Formulae: docs/physics/calorimeter.md, 6.
#pragma once

#include "reco/calorimeter/showers.h"

enum { STRIPS_MAX = 48, STRIP_GROUPS_MAX = STRIPS_MAX };

/// Read-only once prepared.
struct strip_finder {
    uint32_t n_strips; ///< of an orientation
    float strip_mm;
    float seed_above_MeV; ///< of both ends together
    float window_ns;      ///< strips of a group, and groups that cross
    float in_time_ns;
    float scale;
};

/// Finds the clusters of one event into work->result (room for STRIP_GROUPS_MAX^2 is not needed:
/// every group stands in at least one cluster, so at most 2 STRIP_GROUPS_MAX).
void strips_find(const struct strip_finder *finder,
                 struct shower_work *work,
                 const struct shower_event *event);
