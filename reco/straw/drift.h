/// Drift relation of the straws in tables: radius, its inverse, and pairs of neighbours.
///
/// Two wires at a distance D with the track between them: r(t_a - t) + r(t_b - t) = D. Their
/// time difference alone gives the place of the track, and so its time t
/// (docs/physics/straw_tracks.md, 2).
#pragma once

#include "reco/calibrate/straw_hits.h"
#include "reco/straw/settings.h"

enum {
    STRAW_DRIFT_TIMES = 384, ///< 1 ns apart
    STRAW_DRIFT_RADII = 128,
    STRAW_DRIFT_PAIRS = 512, ///< differences of drift times, 1 ns apart
};

#define STRAW_PAIR_MM 4.4f ///< nominal distance of neighbours in a view

/// Track between two neighbours whose drift times differ by (index - STRAW_DRIFT_PAIRS / 2) ns.
struct straw_pair {
    float radius_mm; ///< from the wire of lower w, signed: the track lies above it
    float time_ns;   ///< drift time there
    float radius_per_mm, time_ns_per_mm; ///< change with the distance of the wires
};

/// Read-only once made; in the run's arena.
struct straw_drift {
    float radius_mm[STRAW_DRIFT_TIMES + 1];
    float time_ns[STRAW_DRIFT_RADII + 1]; ///< the latest with at most this radius
    float sigma_mm[STRAW_DRIFT_RADII + 1];
    float radius_step_mm, max_radius_mm, max_time_ns;
    struct straw_pair pair[STRAW_DRIFT_PAIRS + 1];
    float max_difference_ns; ///< larger differences belong to no pair
};

/// Fills the tables from the relation of section `straw_rt`.
SPW_MUST_CHECK enum spw_status straw_drift_make(struct straw_drift *drift,
                                                const struct straw_rt *rt,
                                                const struct straw_settings *settings,
                                                struct spw_arena *scratch);

/// Radius after a drift time; 0 before, the largest after all times.
static inline float straw_radius_mm(const struct straw_drift *drift, float time_ns)
{
    const float last = STRAW_DRIFT_TIMES;
    const float t = time_ns > 0 ? time_ns < last ? time_ns : last : 0;
    int i = (int)t;
    if (i > STRAW_DRIFT_TIMES - 1) i = STRAW_DRIFT_TIMES - 1;
    return drift->radius_mm[i] +
           (t - (float)i) * (drift->radius_mm[i + 1] - drift->radius_mm[i]);
}

/// Drift time from a distance >= 0; that of the wall for larger ones. `*ns_per_mm`: its slope.
static inline float
straw_drift_ns(const struct straw_drift *drift, float distance_mm, float *ns_per_mm)
{
    const float place = distance_mm / drift->radius_step_mm;
    int i = (int)place;
    if (i > STRAW_DRIFT_RADII - 1) i = STRAW_DRIFT_RADII - 1;
    const float rest = place - (float)i < 1 ? place - (float)i : 1;
    const float step_ns = drift->time_ns[i + 1] - drift->time_ns[i];
    *ns_per_mm = step_ns / drift->radius_step_mm;
    return drift->time_ns[i] + rest * step_ns;
}

/// Resolution of a radius.
static inline float straw_sigma_mm(const struct straw_drift *drift, float radius_mm)
{
    const int i = (int)(radius_mm / drift->radius_step_mm + 0.5f);
    return drift->sigma_mm[i < STRAW_DRIFT_RADII ? i : STRAW_DRIFT_RADII];
}
