/// Tracker: which channel of which bank is which fibre; pedestals, gains, bad channels.
///
/// Source  formats/mice.md 7, 9
#pragma once

#include "reco/mice/tables.h"

enum { TRACKER_BANKS = 64, TRACKER_BANK_CHANNELS = 128 };

enum { TRACKER_CHANNELS = TRACKER_BANKS * TRACKER_BANK_CHANNELS };

/// One channel, numbered 128 bank + channel.
struct tracker_channel {
    bool mapped, bad;
    uint8_t tracker, station, view;
    int16_t fibre;                 ///< fibre (channel) number in its view
    double pedestal_adc, gain_adc; ///< 0: none; gain: ADC counts per photo-electron
};

/// Read-only once built. Memory: the run's arena.
struct tracker_constants {
    struct tracker_channel *channel; ///< [TRACKER_CHANNELS]
    bool single_station;             ///< the 2012 station: its own tables and thresholds
    bool calibrated;
};

/// Lists of files by run or day (mice_pick()).
struct tracker_files {
    struct spw_texts map, calibration, bad;
};

SPW_MUST_CHECK enum spw_status tracker_constants_read(struct spw_run *run,
                                                      const struct tracker_files *files,
                                                      struct tracker_constants *constants);

/// Photo-electrons of an ADC value, or 0 without constants (both must be above 0) or when bad.
static inline double tracker_pe(const struct tracker_channel *channel, uint32_t adc)
{
    if (channel->bad || !(channel->pedestal_adc > 0) || !(channel->gain_adc > 0)) return 0;
    return (adc - channel->pedestal_adc) / channel->gain_adc;
}
