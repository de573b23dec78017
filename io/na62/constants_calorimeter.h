/// NA62 constants of the calorimeters: LKr slopes, pedestals, digital filter, crate faults; MUV1.
///
/// Cells are addressed 128 ix + iy everywhere (geometric ID = 1000 ix + iy).
/// Rules of reading, memory, errors: io/na62/constants.h.
#pragma once

#include "core/arena.h"
#include "core/status.h"
#include "core/text_table.h"

#include <stdint.h>

enum {
    NA62_LKR_CELLS = 128 * 128,
    NA62_LKR_NO_CELL = 99, ///< flag of positions without a cell
    NA62_FILTER_PHASES = 51,
    NA62_FILTER_ZERO = 25, ///< index of phase 0
    NA62_CREAM_CRATES = 32,
    NA62_CREAM_SLOTS = 32,
};

/// LKr-chaslope: `ix iy flag slope`, 4 header lines before. Order of the lines: any.
struct na62_lkr_slopes {
    float *slope_MeV; ///< [NA62_LKR_CELLS] MeV per count (GeV per count in the file)
    uint8_t *flag; ///< [NA62_LKR_CELLS] as written: 0 good, 99 no cell or not in the file
    uint32_t n_cells; ///< lines with flag < 99
    uint32_t n_bad;
};

SPW_MUST_CHECK enum spw_status na62_lkr_slopes_read(struct na62_lkr_slopes *slopes,
                                                    struct spw_arena *arena,
                                                    const struct spw_text_table *table);

/// LKr-chapedes: `ix iy flag mean rms` in counts, 4 header lines before.
struct na62_lkr_pedestals {
    float *mean_adc; ///< [NA62_LKR_CELLS]
    float *rms_adc;
    uint8_t *flag; ///< as written: 0 good, 99 no cell or not in the file
    uint32_t n_cells;
    uint32_t n_bad;
};

SPW_MUST_CHECK enum spw_status na62_lkr_pedestals_read(struct na62_lkr_pedestals *pedestals,
                                                       struct spw_arena *arena,
                                                       const struct spw_text_table *table);

/// LKr-digfcons: weights of the three samples max - 1, max, max + 1.
struct na62_lkr_filter {
    uint32_t n_shapes; ///< 12
    /// [shape * 51 + phase + 25][6]: three energy weights, then three time weights (ns). Shapes
    /// count from 0 here, from 1 in the file and in the shape index.
    float (*weight)[6];
    uint32_t n_bad;
};

/// Lines `shape phase a1 a2 a3 b1 b2 b3`. Missing lines: SPW_BAD_CONFIG.
SPW_MUST_CHECK enum spw_status na62_lkr_filter_read(struct na62_lkr_filter *filter,
                                                    struct spw_arena *arena,
                                                    const struct spw_text_table *table);

/// LKr-refshape: `ix iy_first iy_last` and one shape number (1 ...) for each iy.
/// `*shape`  [NA62_LKR_CELLS] shape number from 0, 255 where the file has none.
SPW_MUST_CHECK enum spw_status na62_lkr_shapes_read(uint8_t **shape,
                                                    struct spw_arena *arena,
                                                    const struct spw_text_table *table);

/// LKr-digishape: the reference pulse, one number a line, in the order of the file.
struct na62_lkr_pulse {
    float *value;
    uint32_t count;
};

SPW_MUST_CHECK enum spw_status na62_lkr_pulse_read(struct na62_lkr_pulse *pulse,
                                                   struct spw_arena *arena,
                                                   const struct spw_text_table *table);

/// Dead cells: `ix iy` or `1000 ix + iy` alone on a line. `dead[128 ix + iy]` becomes 1.
SPW_MUST_CHECK enum spw_status na62_lkr_dead_read(uint8_t dead[NA62_LKR_CELLS],
                                                  uint32_t *n_dead,
                                                  const struct spw_text_table *table);

/// Faults of CREAM modules in this burst, [crate][slot]; zero-initialise.
struct na62_cream_faults {
    uint8_t swapped[NA62_CREAM_CRATES]
                   [NA62_CREAM_SLOTS]; ///< channels 0-15 and 16-31 swapped
    /// samples come late by so many 25-ns clocks: subtract from the time
    int8_t jitter_clocks[NA62_CREAM_CRATES][NA62_CREAM_SLOTS];
    uint32_t n_swapped;
    uint32_t n_jitters;
    uint32_t n_bad;
};

/// LKr-Swaps, MUV1-Swaps ...: a line a burst, `run burst n_triggers n_checked n_swaps`, then
/// n_swaps times `crate-slot`. A burst that is not listed has none.
SPW_MUST_CHECK enum spw_status na62_cream_swaps_read(struct na62_cream_faults *faults,
                                                     const struct spw_text_table *table,
                                                     uint32_t run,
                                                     uint32_t burst);

/// LKr-Jitters: a line a burst, `run burst n_checked n_jitters`, then n_jitters times
/// `crate-slot n_entries min_ratio max_ratio a_min a_max shift_ns`. Shifts are rounded to whole
/// clocks; like the experiment's code, this takes those of a min_ratio from 0.85 only.
SPW_MUST_CHECK enum spw_status na62_cream_jitters_read(struct na62_cream_faults *faults,
                                                       const struct spw_text_table *table,
                                                       uint32_t run,
                                                       uint32_t burst);

enum { NA62_MUV_IDS = 300 };

/// MUV1-QEqualization: `ID factor p0 ... p8`. A charge is divided by factor Q(x) / Q(0), Q the
/// light yield along the strip
///   Q(x) = p0 (exp(-(p1 - p2 x) / p3) + p4 exp(-(2 p5 - (p1 - p2 x)) / p3)
///              - p6 / (1 + exp((p7 + p6 p2 x) / p8)))
struct na62_muv_equalisation {
    float factor[NA62_MUV_IDS]; ///< by geometric ID; 0 where none
    double shape[NA62_MUV_IDS][9];
    uint32_t n_given;
    uint32_t n_bad;
};

SPW_MUST_CHECK enum spw_status
na62_muv_equalisation_read(struct na62_muv_equalisation *muv,
                           const struct spw_text_table *table);

/// Q(x) of a channel in the strip's coordinate x (mm).
double
na62_muv_light_yield(const struct na62_muv_equalisation *muv, uint32_t id, double x_mm);

/// Pedestals and gains of MUV1, MUV2 and SAV channels: `ID pedestal gain` (our own format).
struct na62_channel_gains {
    uint32_t n_ids;
    float *pedestal_adc; ///< [n_ids] by geometric ID
    float *gain_MeV;     ///< [n_ids] MeV per count; 0 where none
    uint32_t n_given;
    uint32_t n_bad;
};

SPW_MUST_CHECK enum spw_status na62_channel_gains_read(struct na62_channel_gains *gains,
                                                       struct spw_arena *arena,
                                                       const struct spw_text_table *table,
                                                       uint32_t n_ids);
