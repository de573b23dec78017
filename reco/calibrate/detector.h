/// One TDC detector of the configuration: options, channel map, constants.
#pragma once

#include "core/config.h"
#include "geometry/channel_map.h"
#include "io/na62/constants.h"
#include "reco/calibrate/detector_list.h"
#include "reco/calibrate/slewing.h"
#include "reco/run.h"

/// Section `detectors.NAME` of a detector whose hits come from a TDC stream.
struct hit_options {
    struct spw_texts map; ///< channel-map files, first found wins
    struct spw_texts t0;  ///< T0 files
    const char *slewing;  ///< enum slewing_kind by name
    struct spw_texts slewing_file;
    bool slewing_continuous;
    bool drift_t0;
    bool drift_time;
    struct spw_reals masked;
    struct spw_texts masked_file;
    const char *tier;
    int64_t addresses_per_board, channels_per_group;
    double time_min, time_max, width_max;
    int64_t time_bins;
};

enum {
    HIT_UNMAPPED = -1, ///< no detector has this address
    HIT_GUEST = -2,    ///< another detector on the same boards has it
    HIT_MASKED = -3,   ///< masked by the configuration
};

/// Read-only once prepared. Memory: the run's arena.
struct hit_detector {
    const char *name;
    struct hit_options options;
    uint32_t stream; ///< place in the format's streams
    float lsb_ns;
    struct spw_channel_map map;
    int32_t *index; ///< [n_addresses] dense channel, or HIT_UNMAPPED, HIT_GUEST, HIT_MASKED
    float *t0_ns;   ///< [n_addresses] without the origin
    uint32_t n_boards;
    int32_t origin_ticks; ///< whole ticks of the T0s
    struct hit_slewing slewing;
    uint32_t object;
    uint32_t histogram[HIT_N_HISTOGRAMS]; ///< enum hit_histogram
};

/// Options, channel map, T0 chain and slewing of one detector; declares its object and histograms.
SPW_MUST_CHECK enum spw_status hit_detector_prepare(struct hit_detector *detector,
                                                    struct spw_run *run,
                                                    const struct spw_detector_entry *entry);

/// T0s of every address: reads the chain of this detector into t0_ns[n_addresses] (double, so
/// that origin and rest add up exactly).
SPW_MUST_CHECK enum spw_status
hit_t0_read(double *t0_ns, struct spw_run *run, const struct hit_detector *detector);

/// Drift of the trigger's T0 in this burst, 0 without a file.
SPW_MUST_CHECK enum spw_status hit_trigger_drift(double *drift_ns, struct spw_run *run);
