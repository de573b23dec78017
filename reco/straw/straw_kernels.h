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

enum { STRAW_MAX_TRACK_HITS = 128 }; ///< looked at for one candidate

/// A candidate in its views, and the hits near it: columns of STRAW_MAX_TRACK_HITS.
struct straw_track {
    float at_mm[4][2]; ///< x, y at the chambers' centres
    float slope[2][2]; ///< x, y before and behind the magnet
    float w_mm[16];    ///< by view: at the middle of its planes
    float w_slope[16];
    float across[16]; ///< from along w to across the track
    float about_ns;   ///< its time, roughly
    uint32_t n_hits;
    uint32_t hit[STRAW_MAX_TRACK_HITS];
    uint32_t view[STRAW_MAX_TRACK_HITS];
    float distance_mm[STRAW_MAX_TRACK_HITS]; ///< of the track from the wire, signed
    float late_ns[STRAW_MAX_TRACK_HITS];     ///< leading edge - drift time there - about_ns
    float weight[STRAW_MAX_TRACK_HITS];      ///< of late_ns, 0 beyond the window
    float radius_mm[STRAW_MAX_TRACK_HITS];   ///< by the leading edge at a time of the track
    float miss_mm[STRAW_MAX_TRACK_HITS];     ///< | |distance| - radius |
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

    /// w_mm, w_slope, across from at_mm and slope. Lanes are views; middle_mm: z of the middle
    /// of a view's planes, from the chamber's centre.
    void (*lines)(struct straw_track *track, const float middle_mm[16]);

    /// distance_mm, late_ns, weight of the track's hits. Lanes are hits; z_mm: of the views'
    /// middles.
    void (*times)(struct straw_track *track,
                  const struct straw_drift *drift,
                  const struct straw_hit_columns *hit,
                  const float z_mm[16],
                  float window_ns);

    /// radius_mm, miss_mm at a time of the track. Lanes are hits.
    void (*circles)(struct straw_track *track,
                    const struct straw_drift *drift,
                    const struct straw_hit_columns *hit,
                    float time_ns);
};

SPW_DECLARE_KERNELS(straw_kernels);
