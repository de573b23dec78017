#include "reco/mice/tracker.h"

static const struct spw_column digit_columns[] = {
    SPW_COLUMN(struct tracker_digits, tracker, "1", "0 upstream, 1 downstream"),
    SPW_COLUMN(struct tracker_digits, station, "1", "station, 0: single station of 2012"),
    SPW_COLUMN(struct tracker_digits, view, "1", "plane of the station"),
    SPW_COLUMN(struct tracker_digits, fibre, "1", "fibre channel of the plane"),
    SPW_COLUMN(struct tracker_digits, bank, "1", "read-out bank, 4 board + bank"),
    SPW_COLUMN(struct tracker_digits, channel, "1", "channel of the bank"),
    SPW_COLUMN(struct tracker_digits, adc, "count", "ADC"),
    SPW_COLUMN(struct tracker_digits, tdc, "count", "TDC"),
    SPW_COLUMN(struct tracker_digits, pe, "1", "photo-electrons, (ADC - pedestal) / gain"),
    SPW_COLUMN(struct tracker_digits, discriminator, "1", "discriminator bit"),
};

static const struct spw_column common_columns[] = {
    SPW_COLUMN(struct tracker_common, bank, "1", "read-out bank"),
    SPW_COLUMN(struct tracker_common, group, "1", "group of 32 channels of the bank"),
    SPW_COLUMN(struct tracker_common,
               common_mode_adc,
               "count",
               "median of ADC - channel median in this trigger"),
};

static const struct spw_column channel_columns[] = {
    SPW_COLUMN(struct tracker_channel_rows, bank, "1", "read-out bank"),
    SPW_COLUMN(struct tracker_channel_rows, channel, "1", "channel of the bank"),
    SPW_COLUMN(struct tracker_channel_rows, n_samples, "1", "triggers used"),
    SPW_COLUMN(struct tracker_channel_rows, pedestal_adc, "count", "mean ADC"),
    SPW_COLUMN(struct tracker_channel_rows, median_adc, "count", "median ADC"),
    SPW_COLUMN(struct tracker_channel_rows, noise_adc, "count", "rms of the ADC"),
    SPW_COLUMN(struct tracker_channel_rows,
               noise_after_adc,
               "count",
               "rms after median and common mode are subtracted"),
    SPW_COLUMN(struct tracker_channel_rows,
               stored_pedestal_adc,
               "count",
               "pedestal of the calibration table, 0: none"),
    SPW_COLUMN(struct tracker_channel_rows,
               stored_gain_adc,
               "count",
               "ADC counts per photo-electron of the table, 0: none"),
    SPW_COLUMN(struct tracker_channel_rows, bad, "1", "1: in the list of bad channels"),
    SPW_COLUMN(struct tracker_channel_rows, tdc_mean, "count", "mean TDC"),
    SPW_COLUMN(struct tracker_channel_rows,
               n_discriminator,
               "1",
               "triggers with the discriminator bit"),
};

static const struct spw_column group_columns[] = {
    SPW_COLUMN(struct tracker_group_rows, bank, "1", "read-out bank"),
    SPW_COLUMN(struct tracker_group_rows, group, "1", "group of 32 channels of the bank"),
    SPW_COLUMN(struct tracker_group_rows,
               pedestal_adc,
               "count",
               "mean of the channels' means"),
    SPW_COLUMN(struct tracker_group_rows, noise_adc, "count", "mean of the channels' rms"),
    SPW_COLUMN(struct tracker_group_rows,
               common_mode_adc,
               "count",
               "rms of the common mode"),
    SPW_COLUMN(struct tracker_group_rows,
               noise_after_adc,
               "count",
               "mean of the channels' rms after common mode"),
};

const struct spw_table tracker_digits_table =
    SPW_TABLE(struct tracker_digits, digit_columns);
const struct spw_table tracker_common_table =
    SPW_TABLE(struct tracker_common, common_columns);
const struct spw_table tracker_channels_table =
    SPW_TABLE(struct tracker_channel_rows, channel_columns);
const struct spw_table tracker_groups_table =
    SPW_TABLE(struct tracker_group_rows, group_columns);
