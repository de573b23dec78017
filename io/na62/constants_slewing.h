/// NA62 constants of time walk: corrections by the time over threshold; CHOD light propagation.
///
/// All corrections are to be subtracted. Rules of reading, memory, errors: io/na62/constants.h.
#pragma once

#include "core/arena.h"
#include "core/status.h"
#include "core/text_table.h"

#include <stdint.h>

enum { NA62_CHOD_SLABS = 128, NA62_HASC_CHANNELS = 90 };

/// A correction linear in the width between two limits and constant outside, to be subtracted.
/// Where a channel has none, all four values are 0.
struct na62_width_slewing {
    uint32_t n_channels;
    float *min_width_ns; ///< [n_channels]
    float *max_width_ns;
    float *at_min_ns; ///< correction at min_width_ns and below
    float *at_max_ns; ///< correction at max_width_ns and above
    uint32_t n_given;
    uint32_t n_bad;
};

/// Cedar-SlewingCorr: `MinWidth W`, `MaxWidth W`, `SlewingCorr ADDRESS c_min c_max`.
/// Index: readout address.
SPW_MUST_CHECK enum spw_status na62_ktag_slewing_read(struct na62_width_slewing *slewing,
                                                      struct spw_arena *arena,
                                                      const struct spw_text_table *table,
                                                      uint32_t n_addresses);

enum { NA62_RICH_SEQUENTIAL = 2196, NA62_RICH_SUPERCELL_FIRST = 1952 };

/// RICH-SlewingCorr: `SEQUENCE w_min w_max c_min c_max`. Index: sequential number 0 ... 2195 =
/// 976 disk + 488 updown + 8 supercell + PM, the supercells from 1952 (na62_rich_sequential).
/// The experiment's own code takes (width - middle) times the slope between the limits, so that
/// its correction jumps at them.
SPW_MUST_CHECK enum spw_status na62_rich_slewing_read(struct na62_width_slewing *slewing,
                                                      struct spw_arena *arena,
                                                      const struct spw_text_table *table);

/// Sequential number of a RICH geometric ID, disk 100000 + updown 10000 + supercell 100 +
/// or 10 + PM; -1 when it is none.
int32_t na62_rich_sequential(uint32_t id);

/// CHANTI-SlewingCorr: correction p2 + p1 exp(p0 width). Index: readout address.
struct na62_chanti_slewing {
    uint32_t n_addresses;
    float *p0_per_ns; ///< [n_addresses]; p1 = p2 = 0 where none
    float *p1_ns;
    float *p2_ns;
    uint32_t n_given;
    uint32_t n_bad;
};

SPW_MUST_CHECK enum spw_status na62_chanti_slewing_read(struct na62_chanti_slewing *slewing,
                                                        struct spw_arena *arena,
                                                        const struct spw_text_table *table,
                                                        uint32_t n_addresses);

/// CHOD-SlewCorr: correction slope width + constant, [16 slab + counter of the crossing slab].
struct na62_chod_slewing {
    float slope[16 * NA62_CHOD_SLABS];
    float constant_ns[16 * NA62_CHOD_SLABS];
    uint32_t n_given;
};

SPW_MUST_CHECK enum spw_status na62_chod_slewing_read(struct na62_chod_slewing *slewing,
                                                      const struct spw_text_table *table);

/// CHOD-LightVelocities: one number a line, ns per mm, by slab 0 ... 127.
SPW_MUST_CHECK enum spw_status na62_chod_light_read(float light_ns_per_mm[NA62_CHOD_SLABS],
                                                    const struct spw_text_table *table);

/// LAV, also the residual slewing of IRC and SAC; to be subtracted.
///   both thresholds fired: sum both[i] x^i, x = clip(t_high - t_low, 0.2, 10) / 4 - 1
///   only the low one:      sum low[i] x^i,  x = clip(width, 10, 48) / 20 - 1
struct na62_lav_slewing {
    double low_ns[4];
    double both_ns[5];
};

/// The experiment's constants, used universally (formats/na62.md 5.2).
extern const struct na62_lav_slewing na62_lav_slewing_nominal;

/// All numbers of the file in order: the 4 of `low_ns`, then the 5 of `both_ns`.
SPW_MUST_CHECK enum spw_status na62_lav_slewing_read(struct na62_lav_slewing *slewing,
                                                     const struct spw_text_table *table);

/// HAC-SlewingCorr: `Channel-NN_Threshold-T= ...`. Below 32.49 ns of width a polynomial of
/// degree 2, above one of degree 3 (threshold 0) or 2 (others; c[3] = 0).
struct na62_hasc_slewing {
    float below_ns[NA62_HASC_CHANNELS][4][3]; ///< [module 10 + SiPM][threshold 0-3][power]
    float above_ns[NA62_HASC_CHANNELS][4][4];
    uint32_t n_given;
    uint32_t n_bad;
};

#define NA62_HASC_SPLIT_NS 32.49

/// Reads the file above.
SPW_MUST_CHECK enum spw_status na62_hasc_slewing_read(struct na62_hasc_slewing *slewing,
                                                      const struct spw_text_table *table);

/// GTK time walk: correction by bin of the time over threshold, for every chip.
struct na62_gtk_time_walk {
    uint32_t n_bins;
    float *edge_ns;       ///< [n_bins + 1] ascending
    float *correction_ns; ///< [30 * n_bins]: (10 station + chip) n_bins + bin
    uint32_t n_bad;
};

/// `TimeWalkBinning_N= edge` and `TimeWalk_N= value`.
SPW_MUST_CHECK enum spw_status na62_gtk_time_walk_read(struct na62_gtk_time_walk *walk,
                                                       struct spw_arena *arena,
                                                       const struct spw_text_table *table);
