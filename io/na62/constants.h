/// NA62 calibration constants from the experiment's own text files: times and slewing.
///
/// Every reader is a pure function from a text table (core/text_table.h) to plain arrays.
/// Tolerant like the text table itself: a line that does not fit is counted in `n_bad`, never
/// an error; a file without one line that fits is SPW_BAD_CONFIG and names the file.
///
/// Memory  the arena given (run lifetime); fixed-size structs need none
/// Units   ns, MeV, mm; float where it goes into kernels
/// Source  formats/na62.md 4.1 and 5.2; docs/conditions.md lists file names and line formats
#pragma once

#include "core/arena.h"
#include "core/status.h"
#include "core/text_table.h"

#include <stdint.h>

#include "io/na62/constants_calorimeter.h"
#include "io/na62/constants_decoder.h"
#include "io/na62/constants_geometry.h"

/// |T0| above this means "no value": -999.999 masked or few hits, +999.999 failed fit, and
/// 5997.00, -31437.30 ... of unused straw covers.
#define NA62_T0_LIMIT_NS 999.0

enum na62_t0_state {
    NA62_T0_ABSENT, ///< address not in the file: 0 ns
    NA62_T0_GOOD,
    NA62_T0_MASKED, ///< below -999 ns: 0 ns
    NA62_T0_FAILED, ///< above +999 ns: 0 ns
};

/// Channel T0s by readout address (for MUV3-TilesT0: by tile), to be subtracted.
struct na62_t0 {
    uint32_t n_addresses;
    float *t0_ns;   ///< [n_addresses], 0 unless NA62_T0_GOOD
    uint8_t *state; ///< [n_addresses] enum na62_t0_state
    int32_t *id;    ///< [n_addresses] geometric ID as written, -1 where the file names none
    uint32_t n_good;
    uint32_t n_bad; ///< lines not understood, or of an address >= n_addresses
};

/// Lines `address ID T0`, `address T0`, or `T0_N= 16 values` for addresses 16 N ... 16 N + 15.
SPW_MUST_CHECK enum spw_status na62_t0_read(struct na62_t0 *t0,
                                            struct spw_arena *arena,
                                            const struct spw_text_table *table,
                                            uint32_t n_addresses);

/// GTK: `pixel T0` for all 54000 pixels, into address 18000 station + pixel number. Read are
/// the plain index 0 ... 53999, `100000 station + pixel number`, and
/// `100000 station + 10000 chip + pixel in chip`; the file's largest numbers tell which.
SPW_MUST_CHECK enum spw_status na62_gtk_t0_read(struct na62_t0 *t0,
                                                struct spw_arena *arena,
                                                const struct spw_text_table *table);

enum {
    NA62_STRAW_BOARDS = 32,
    NA62_STRAW_COVERS = 512, ///< cover = 16 board + straw / 16 = address / 16
    NA62_GTK_PIXELS = 54000,
    NA62_CHOD_SLABS = 128,
    NA62_HASC_CHANNELS = 90,
};

/// T0 of the straw front-end covers. Zero-initialise; several files may be read into it.
struct na62_straw_t0 {
    double station_ns;                 ///< one value for the detector, about -6400
    float cover_ns[NA62_STRAW_COVERS]; ///< relative to the station; 0 where none
    uint8_t state[NA62_STRAW_COVERS];  ///< enum na62_t0_state
    uint32_t n_stations;               ///< StationsT0 lines read
    uint32_t n_covers;                 ///< covers with a value (sentinels not counted)
    uint32_t n_bad;
};

/// Spectrometer-CoarseT0, -StationsT0, -ROMezzaninesT0: `StationsT0= T` and
/// `MezzaninesT0_NN= 16 values` for the covers of board NN.
SPW_MUST_CHECK enum spw_status
na62_straw_coarse_t0_read(struct na62_straw_t0 *t0, const struct spw_text_table *table);

/// Spectrometer-MagicT0: first number of the first line, to be added to the leading times' T0.
SPW_MUST_CHECK enum spw_status na62_straw_magic_t0_read(double *magic_ns,
                                                        const struct spw_text_table *table);

/// Steps of cover T0s within this burst, lines `run burst cover jump_ns` (our own format; the
/// sum is taken when a cover stands twice). Adds nothing for a burst that is not listed: then
/// *n_jumps is 0. `jump_ns` is added to the cover's T0.
SPW_MUST_CHECK enum spw_status na62_straw_jumps_read(float jump_ns[NA62_STRAW_COVERS],
                                                     uint32_t *n_jumps,
                                                     const struct spw_text_table *table,
                                                     uint32_t run,
                                                     uint32_t burst);

/// Drift of the trigger's T0 in this burst: lines `run burst drift_ns`, or `burst drift_ns`
/// in a file of one run. 0 for a burst that is not listed.
SPW_MUST_CHECK enum spw_status na62_trigger_drift_read(double *drift_ns,
                                                       const struct spw_text_table *table,
                                                       uint32_t run,
                                                       uint32_t burst);

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
