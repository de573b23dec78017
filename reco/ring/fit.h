/// Lanes of rings being filled, and the profiles by which rings share hits.
#pragma once

#include "reco/ring/ring.h"

/// Up to RING_LANES rings on their way into a kernel.
struct ring_lanes {
    struct ring_block block;
    uint32_t which[RING_LANES]; ///< the ring or cluster of a lane
    uint32_t n_hits[RING_LANES];
    uint32_t n;
    uint32_t n_steps; ///< of a fit
    bool soft;        ///< hits weigh by their profile too: a first look
};

/// Empty lanes; unused slots hold zeros.
void ring_lanes_clear(struct ring_lanes *lanes);

/// A hit into lane `n`, the next one; false when it is full.
bool ring_lanes_add_hit(struct ring_lanes *lanes, double x, double y, double weight);

/// All lanes as long as the longest, ready for a kernel.
void ring_lanes_close(struct ring_lanes *lanes);

/// Profiles of a cluster's rings at its hits, and their sums.
struct ring_profiles {
    _Alignas(64) float of[RING_CLUSTER_RINGS][RING_CLUSTER_HITS], sum[RING_CLUSTER_HITS];
};

/// Fills the profiles with rings of this width.
void ring_profiles_make(struct ring_profiles *profiles,
                        const struct ring_work *work,
                        const struct ring_cluster *cluster,
                        double width);
