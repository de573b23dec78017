/// Kernel of the track fit: the path that the others measure from.
#pragma once

#include "core/isa.h"
#include "reco/track/block.h"

struct track_path_kernels {
    /// The path of block->state through all views: views.path_mm, slope, path, back. With
    /// `start` the smoothed track is that path.
    void (*follow)(const struct track_constants *constants,
                   struct track_block *block,
                   int start);
};

SPW_DECLARE_KERNELS(track_path_kernels);
