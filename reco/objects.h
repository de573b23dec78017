/// Objects common to several detectors, as structs of arrays.
///
/// Columns whose name begins with '.' are internal: never written.
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

/// Hits of the straws: time_ns is the drift time, relative to the trigger.
struct spw_straw_hits {
    struct spw_hits hits;
    float *radius_mm; ///< distance of the track from the wire, without sign
};

/// Pulses of one calorimeter: a cell or a channel with its amplitude and time.
///
/// Shape, order, memory  as spw_hits
struct spw_cells {
    struct spw_rows rows;
    uint32_t *channel;
    uint32_t *index; ///< dense channel number; not written
    float *energy_MeV;
    float *time_ns;       ///< of the pulse's maximum, relative to timestamp_ticks
    float *amplitude_adc; ///< height above the pedestal
    float *charge_adc;    ///< sum of all samples above the pedestal
    uint16_t *quality;    ///< enum spw_quality, enum spw_cell_quality
};

/// Quality bits of cells above enum spw_quality.
enum spw_cell_quality {
    SPW_CELL_PARABOLA = 1 << 8, ///< amplitude and time by the parabola, not by the filter
    SPW_CELL_BORDER = 1 << 9,   ///< highest sample is the first or the last one
    SPW_CELL_NO_GAIN = 1 << 10, ///< no gain for this channel: energy 0
};

/// Coincidences of hits of one detector: particles seen by it.
///
/// Shape, order  candidates of an event in order of time; columns that a detector's table does
///               not list are NULL
struct spw_candidates {
    struct spw_rows rows;
    float *time_ns; ///< as in spw_hits
    float *x_mm;
    float *y_mm;
    int32_t *tile; ///< tile (MUV3, NewCHOD); -1 where it means nothing
    uint16_t *n_hits;
    uint8_t *n_sectors;
    uint8_t *quality; ///< enum spw_quality of all hits, enum spw_candidate_quality
};

/// Quality bits of candidates: those of their hits, and (in the place of SPW_BAD_CHECK, which
/// hits of TDCs never carry) the tightness.
enum spw_candidate_quality {
    SPW_CANDIDATE_LOOSE = 1 << 7, ///< seen by one of the two photomultipliers only
};

extern const struct spw_table spw_hits_table;
extern const struct spw_table spw_straw_hits_table;
extern const struct spw_table spw_cells_table;
extern const struct spw_table spw_sector_candidates_table; ///< time, sectors, hits
extern const struct spw_table spw_plane_candidates_table;  ///< time, x, y, hits, quality
extern const struct spw_table
    spw_tile_candidates_table; ///< time, x, y, tile, hits, quality
extern const struct spw_table spw_cluster_candidates_table; ///< time, hits, quality
