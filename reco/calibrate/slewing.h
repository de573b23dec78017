/// Slewing: corrections of the time that depend on the time over threshold.
///
/// Formulae and sources: docs/physics/hits.md
#pragma once

#include "geometry/channel_map.h"
#include "io/na62/constants.h"
#include "reco/calibrate/calibrate_kernels.h"
#include "reco/objects.h"
#include "reco/run.h"

enum slewing_kind {
    SLEWING_NONE,
    SLEWING_KTAG, ///< linear in the width between limits, by address
    SLEWING_RICH, ///< the same, by sequential number, with the experiment's jump at the ends
    SLEWING_CHANTI, ///< exponential in the width, by address
    SLEWING_LAV,    ///< two thresholds (LAV, IRC, SAC)
    SLEWING_HASC,   ///< polynomials in the width
    SLEWING_GTK,    ///< table of the width by chip
    SLEWING_N_KINDS
};

struct hit_slewing {
    enum slewing_kind kind;
    struct spw_linear_slewing linear;
    struct spw_exponential_slewing exponential;
    struct na62_lav_slewing lav;
    int32_t *partner; ///< LAV: [n_channels] high-threshold channel of a low one, or -1
    uint32_t n_channels;
    struct na62_hasc_slewing *hasc;
    struct na62_gtk_time_walk walk;
};

/// "none", "ktag" ... to a kind. Errors: SPW_BAD_CONFIG.
SPW_MUST_CHECK enum spw_status slewing_parse(const char *text, enum slewing_kind *kind);

/// Reads the constants from `table` (count 0: none found, then no correction except for LAV,
/// whose constants are universal). `continuous`: RICH without the jump.
SPW_MUST_CHECK enum spw_status slewing_prepare(struct hit_slewing *slewing,
                                               struct spw_arena *arena,
                                               const struct spw_channel_map *map,
                                               const struct spw_text_table *table,
                                               bool continuous);

/// Corrects the times of all hits of a batch. Memory: `scratch`.
SPW_MUST_CHECK enum spw_status slewing_apply(const struct hit_slewing *slewing,
                                             const struct spw_calibrate_kernels *kernels,
                                             struct spw_hits *hits,
                                             uint32_t n_events,
                                             struct spw_arena *scratch);
