/// TOF objects: digits, slab hits, space points, times of flight.
#pragma once

#include "core/columns.h"
#include "reco/mice/tof_constants.h"

/// One leading edge of a photomultiplier.
///
/// Order  event, readout order
/// Units  times in ns since the trigger request of the same TDC board, uncorrected
struct tof_digits {
    struct spw_rows rows;
    uint8_t *plane, *slab, *pmt;
    int32_t *leading_ticks;
    int32_t *trailing_ticks; ///< of the same pulse, -99 when the edge is not there
    double *time_ns;
    double *trigger_time_ns; ///< particle trigger on the same scale
    int32_t *charge_mm_adc;  ///< max - min of its flash ADC; 0: suppressed
    int32_t *charge_pm_adc;
};

/// Both photomultipliers of a slab.
///
/// Order  event, plane, slab
struct tof_slab_hits {
    struct spw_rows rows;
    uint8_t *plane, *slab;
    double *raw_time_ns; ///< mean of the two
    double *pmt0_time_ns,
        *pmt1_time_ns; ///< corrected; NaN without trigger pixel or constants
    double *time_ns;   ///< their mean
    int32_t *pmt0_charge_adc, *pmt1_charge_adc;
};

/// A horizontal and a vertical slab that agree.
struct tof_space_points {
    struct spw_rows rows;
    uint8_t *slab_horizontal, *slab_vertical;
    double *time_ns;
    double *dt_ns; ///< horizontal - vertical
    int32_t *charge_adc, *charge_product_adc;
};

/// One row an event with a trigger pixel.
struct tof_times {
    struct spw_rows rows;
    uint8_t *pixel_horizontal, *pixel_vertical;
    double *tof01_ns, *tof12_ns,
        *tof02_ns; ///< NaN unless both stations have one space point
};

extern const struct spw_table tof_digits_table, tof_slab_hits_table, tof_space_points_table,
    tof_times_table;
