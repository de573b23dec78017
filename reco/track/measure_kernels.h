/// Kernel of the track fit: from drift radii to one measurement a view.
#pragma once

#include "core/isa.h"
#include "reco/track/block.h"

struct track_measure_kernels {
    /// Takes the sides of all hits by the smoothed track, weighs them, averages them by view.
    /// Reads  hits, views.place_mm, path_mm, slope, time_ns
    /// Fills  hits.weight, signed_mm, residual_mm; views.weight, dz_mm, mean_mm, drift; sums
    void (*measure)(const struct track_constants *constants,
                    const struct track_step *step,
                    struct track_block *block);
};

SPW_DECLARE_KERNELS(track_measure_kernels);
