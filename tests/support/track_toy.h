/// Tracks made by a helix, straws and scattering of their own, as pattern recognition would hand
/// them to the fit, with their truth.
#pragma once

#include "reco/track/fill.h"

enum { TOY_TRACKS = 6000, TOY_MAX_HITS = 64, TOY_PARAMETERS = 5 };

extern const struct track_fit_settings toy_settings;

/// How a sample of tracks is made.
struct toy_sample {
    double p_min_MeV, p_max_MeV;
    double time_min_ns, time_max_ns; ///< of the tracks
    double trigger_sigma_ns;         ///< of the trigger against tracks in time
    double seed_error;               ///< scale of the errors of the seeds
    double wrong_fraction;           ///< hits with a random time instead of their own
};

/// Tracks with their truth, as the pattern recognition would hand them over.
struct toy {
    struct track_constants constants;
    struct track_drift drift;
    struct track_candidates candidates;
    struct track_hits hits;
    struct spw_arena arena;
    double truth[TOY_TRACKS][TOY_PARAMETERS], time_ns[TOY_TRACKS];
    int8_t true_side[TOY_TRACKS * TOY_MAX_HITS];
    uint8_t wrong[TOY_TRACKS * TOY_MAX_HITS];
};

/// A sample; the seed is the test's. Free it with toy_free().
struct toy *toy_make(const struct toy_sample *sample);
void toy_free(struct toy *toy);

/// Kernels' input: the toy's candidates.
struct track_source toy_source(const struct toy *toy);
