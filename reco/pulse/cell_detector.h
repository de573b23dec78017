/// One calorimeter of the configuration: options, channel map, constants of every address.
#pragma once

#include "core/config.h"
#include "geometry/channel_map.h"
#include "reco/calibrate/detector_list.h"
#include "reco/objects.h"
#include "reco/pulse/filter.h"
#include "reco/run.h"

/// Section `detectors.NAME` of a detector whose pulses come from a stream of samples.
struct cell_options {
    struct spw_texts map, t0, pedestal, slope, gains, equalisation;
    struct spw_texts filter, shape, dead, swaps, jitters;
    double nominal_pedestal, nominal_gain;
    double pulse_tau, pulse_power, peak_sample, iterate_above, full_scale;
    int64_t crate, first_slot;
    const char *tier;
    double time_min, time_max, pedestal_min, pedestal_max, threshold;
};

enum { CELL_UNMAPPED = -1, CELL_DEAD = -2 };

enum cell_histogram {
    CELL_OCCUPANCY,
    CELL_PEDESTAL,
    CELL_TIME_BY_CHANNEL,
    CELL_TIME_BY_CRATE,
    CELL_AMPLITUDE_BY_CRATE,
    CELL_N_HISTOGRAMS
};

/// Read-only once prepared. Memory: the run's arena.
struct cell_detector {
    const char *name;
    struct cell_options options;
    uint32_t stream;
    struct spw_channel_map map;
    struct spw_pulse_channel *channel; ///< [n_addresses] by address as read: swaps undone
    uint8_t *dropped; ///< [n_addresses] pulses of these: 0 kept, else minus channel->index
    struct spw_pulse_constants constants;
    uint32_t object;
    uint32_t histogram[CELL_N_HISTOGRAMS];
    bool crates_folded; ///< times by crate follow from times by channel
};

/// Reads options and constants; declares the object and histograms.
SPW_MUST_CHECK enum spw_status
cell_detector_prepare(struct cell_detector *detector,
                      struct spw_run *run,
                      const struct spw_detector_entry *entry);

/// Fills detector->channel and constants from the files of the configuration.
SPW_MUST_CHECK enum spw_status cell_constants_read(struct cell_detector *detector,
                                                   struct spw_run *run);
