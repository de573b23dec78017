/// Tracker objects: digits, common mode, and the run's pedestals and noise.
#pragma once

#include "core/columns.h"

/// One fibre above threshold.
///
/// Order  event, readout order
struct tracker_digits {
    struct spw_rows rows;
    uint8_t *tracker, *station, *view;
    int16_t *fibre;
    uint8_t *bank, *channel;
    uint16_t *adc;
    int32_t *tdc;
    double *pe;
    uint8_t *discriminator;
};

/// Common mode of a group of 32 channels in one trigger.
struct tracker_common {
    struct spw_rows rows;
    uint8_t *bank, *group;
    float *common_mode_adc;
};

/// A channel over the run; written once a file.
struct tracker_channel_rows {
    struct spw_rows rows;
    uint8_t *bank, *channel;
    uint64_t *n_samples;
    double *pedestal_adc, *median_adc, *noise_adc, *noise_after_adc;
    double *stored_pedestal_adc, *stored_gain_adc;
    uint8_t *bad;
    double *tdc_mean;
    uint64_t *n_discriminator;
};

/// A group of 32 channels over the run; written once a file.
struct tracker_group_rows {
    struct spw_rows rows;
    uint8_t *bank, *group;
    double *pedestal_adc, *noise_adc, *common_mode_adc, *noise_after_adc;
};

extern const struct spw_table tracker_digits_table, tracker_common_table,
    tracker_channels_table, tracker_groups_table;
