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

#include <stdbool.h>
#include <stdint.h>

#include "io/na62/constants_calorimeter.h"
#include "io/na62/constants_decoder.h"
#include "io/na62/constants_geometry.h"
#include "io/na62/constants_slewing.h"

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
    bool
        grouped; ///< the file had T0_N lines; RICH files of 2014 count by sequential number
                 ///< (na62_rich_sequential) in them
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

/// Spectrometer-MagicT0: first number of the first line, to be ADDED to the times (drift time =
/// edge - station - cover - channel T0 - trigger time + MagicT0): the relation of drift time and
/// radius is for times on that scale.
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
