/// Tracker pedestals, noise and common mode from data without zero suppression.
///
/// Definitions (docs/physics/mice.md 4; all rms over the population):
///   pedestal     mean ADC of a channel
///   noise        rms of its ADC
///   common mode  of a group of 32 channels in one trigger: median of ADC - (median ADC of each
///                channel over the run)
///   noise after  rms of ADC - median - common mode of the channel's group
#pragma once

#include "reco/mice/tracker_constants.h"

enum { TRACKER_GROUP = 32, TRACKER_ADC_VALUES = 256 };

enum { TRACKER_GROUPS = TRACKER_CHANNELS / TRACKER_GROUP };

/// Sums of integers, so that nothing depends on the order. Common mode in quarters of a count.
struct tracker_sums {
    uint64_t n;
    int64_t sum, sum2;
};

/// Read-only once built. Memory: the run's arena.
struct tracker_pedestals {
    bool measured;                    ///< the file has data without zero suppression
    int32_t *median4;                 ///< [TRACKER_CHANNELS] 4 x median ADC
    struct tracker_sums *adc;         ///< [TRACKER_CHANNELS]
    struct tracker_sums *tdc;         ///< [TRACKER_CHANNELS]
    uint64_t *n_discriminator;        ///< [TRACKER_CHANNELS] triggers with the bit set
    struct tracker_sums *after;       ///< [TRACKER_CHANNELS] residuals, quarters
    struct tracker_sums *common_mode; ///< [TRACKER_GROUPS] quarters
};

/// Mean and standard deviation of what was summed.
double tracker_mean(const struct tracker_sums *sums);
double tracker_rms(const struct tracker_sums *sums);

/// Four times the median of n values given by their histogram.
int32_t tracker_median4(const uint32_t *count, uint32_t n_values, uint64_t n);

/// Common mode of 32 channels in quarters of a count: the median of 4 adc - median4.
int32_t tracker_common_mode4(const uint16_t *adc, const int32_t *median4);

/// The full bank that begins at hit i (128 words of one bank), or -1.
int32_t tracker_full_bank(const struct spw_raw_hits *hits, uint32_t i, uint32_t end);

/// A full bank, by channel.
struct tracker_bank {
    uint16_t adc[TRACKER_BANK_CHANNELS];
    uint8_t tdc[TRACKER_BANK_CHANNELS];
    uint8_t discriminator[TRACKER_BANK_CHANNELS];
};

/// Reads the full bank that begins at hit i.
void tracker_bank_read(const struct spw_raw_hits *hits,
                       uint32_t i,
                       struct tracker_bank *bank);

/// Measures them from the first `max_triggers` triggers of the run's file, in two passes.
SPW_MUST_CHECK enum spw_status
tracker_pedestals_measure(struct spw_run *run,
                          uint32_t max_triggers,
                          struct tracker_pedestals *pedestals);
