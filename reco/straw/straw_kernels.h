/// Kernels of pattern recognition in the straws. Bit-identical in all instruction sets.
#pragma once

#include "core/isa.h"
#include "reco/straw/drift.h"

#include <stdint.h>

/// Hits as columns, padded to SPW_ALIGN.
struct straw_hit_columns {
    const float *time_ns;  ///< leading edge
    const float *track_ns; ///< time of the track by the trailing edge
    const float *trailing; ///< 1 with a trailing edge, else 0
    const float *w_mm, *z_mm;
};

/// Two hits of neighbouring slots: a below b.
struct straw_pair_columns {
    const uint32_t *a, *b;
    const float *slope_per_mm; ///< of tracks from the decays, by w
    const float *spread;       ///< of slopes round it
};

/// What makes a pair; tolerances of struct straw_settings.
struct straw_pair_rules {
    float difference_ns; ///< largest difference of drift times
    float margin_ns;     ///< beyond it
    float trailing_window_ns, trailing_variance_ns2;
    float variance_mm2; ///< of the sum of the radii
};

/// Coordinate, z and time of the track between two hits; `good` 1 or 0.
struct straw_pair_results {
    float *w_mm, *z_mm, *time_ns;
    uint32_t *good;
};

struct straw_kernels {
    /// Lanes are pairs.
    void (*pairs)(uint32_t n,
                  const struct straw_drift *drift,
                  const struct straw_pair_rules *rules,
                  const struct straw_hit_columns *hit,
                  const struct straw_pair_columns *pair,
                  const struct straw_pair_results *out);

    /// Radii of n hits at the times of their trailing edges. Lanes are hits.
    void (*radii)(uint32_t n,
                  const struct straw_drift *drift,
                  const struct straw_hit_columns *hit,
                  float *radius_mm);

    /// Which of n <= 64 clusters lie within `reach` of (time_ns, w_mm): bit i for cluster i.
    /// Lanes are clusters; arrays are padded to 16 with times of infinity.
    uint64_t (*near)(uint32_t n,
                     const float *time_ns,
                     const float *w_mm,
                     const float at[2],
                     const float reach[2]);
};

SPW_DECLARE_KERNELS(straw_kernels);
