/// From track candidates to blocks of the fit.
#pragma once

#include "reco/calibrate/straw_hits.h"
#include "reco/track/candidates.h"
#include "reco/track/fit.h"

/// The r-t relation with its derivatives, sampled evenly; straight continuations outside.
///
/// Memory  the arena it was made in
struct track_drift {
    float first_ns, per_ns;
    uint32_t n;
    float (*at)[4]; ///< [n] radius mm, mm/ns, mm/ns^2 half the second
                    ///< derivative r2, - r2 over the square of the first one 1/mm
};

/// Samples the relation. Errors: SPW_BAD_CONFIG when it never rises from 0.
SPW_MUST_CHECK enum spw_status
track_drift_make(struct track_drift *drift,
                 struct spw_arena *arena,
                 const struct straw_rt *rt,
                 const struct spw_calibrate_kernels *kernels);

/// Growth of the radius with the drift time, mm/ns.
float track_drift_rate(const struct track_drift *drift, float t_ns);

/// Candidates and their hits, as the pattern recognition leaves them, and what it takes to read
/// them.
struct track_source {
    const struct track_constants *constants;
    const struct track_candidates *candidates;
    const struct track_hits *hits;
    const struct track_drift *drift;
};

/// View 0 ... 15 of a candidate's hit. Its hits of a view take the slots in their order.
static inline uint32_t track_view_of(const struct track_hits *hits, uint32_t hit)
{
    return 4u * (hits->chamber[hit] & 3u) + (hits->view[hit] & 3u);
}

/// No hits in any lane. What slots hold without being in use is never looked at, but must be
/// finite: a fresh block is zeroed by its owner.
void track_block_clear(struct track_block *block, const struct track_constants *constants);

/// Puts a candidate into a lane. More than TRACK_SLOTS hits in a view: the first ones count.
void track_block_fill(struct track_block *block,
                      uint32_t lane,
                      const struct track_source *source,
                      uint32_t candidate);
