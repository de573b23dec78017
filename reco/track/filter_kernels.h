/// Kernels of the track fit: Kalman filter towards the target, smoother back.
#pragma once

#include "core/isa.h"
#include "reco/track/block.h"

struct track_filter_kernels {
    /// All views from the last to the first, against the beam: shift, response, covariance at
    /// z_before_mm; gains for the smoother; sums.
    void (*filter)(const struct track_constants *constants, struct track_block *block);

    /// The track's time, then all views in the beam's direction: views.place_mm, after, chi2,
    /// times, and the state and covariance of this turn.
    void (*smooth)(const struct track_constants *constants, struct track_block *block);
};

SPW_DECLARE_KERNELS(track_filter_kernels);
