/// Objects common to several detectors, as structs of arrays.
#pragma once

#include "core/columns.h"

/// Calibrated hits of one detector in one batch.
///
/// Shape   every array holds rows.capacity entries; event e owns [first[e], first[e + 1])
/// Order   event, then readout order: the same on every run and for any number of threads
/// Units   time_ns relative to the event's timestamp_ticks (add nothing: /events/time_ns is on
///         the same scale), after T0 and slewing; width_ns is the time over threshold
/// Memory  the batch's arena
struct spw_hits {
    struct spw_rows rows;
    uint32_t *channel; ///< geometric ID (formats/na62.md 4.2)
    uint32_t *index;   ///< dense channel number 0 ... n_channels - 1; not written
    float *time_ns;
    float *width_ns;  ///< 0 without a trailing edge
    uint8_t *quality; ///< enum spw_quality (io/raw.h)
};

extern const struct spw_table spw_hits_table; ///< all columns, index last (internal)
