/// Features of flash-ADC pulses, and the /fadc/pulses object that other stages read.
#pragma once

#include "core/columns.h"
#include "reco/run.h"
#include "reco/worker.h"

#include <stdbool.h>

/// What MAUS takes from a waveform (formats/mice.md 6; docs/physics/mice.md).
struct mice_features {
    double mean_adc, rms_adc; ///< of all samples, over the population
    double pedestal_adc;
    int32_t charge_mm_adc; ///< max - min
    int32_t charge_pm_adc; ///< height over the rounded pedestal, in the pulse's direction
    int32_t area_adc;      ///< sum over [p - 10, p + 20) around the extremum at p
    uint16_t arrival;      ///< first sample more than 2 from the rounded pedestal, or n - 1
    uint16_t max_position, min_position;
};

/// Features of n >= 1 samples. `negative`: pulses go down (V1731).
void mice_features(const uint16_t *sample,
                   uint32_t n,
                   bool negative,
                   struct mice_features *features);

/// One row a flash-ADC channel that was read out or suppressed.
///
/// Order  event, V1724 before V1731, readout order
struct mice_pulses {
    struct spw_rows rows;
    uint16_t *type; ///< equipment: 120 V1724, 121 V1731
    uint8_t *ldc, *geo, *channel;
    uint16_t *n_samples; ///< 0: suppressed; the features are then 0
    uint8_t *quality;
    uint8_t *kept; ///< passes the software zero suppression
    double *mean_adc, *rms_adc, *pedestal_adc;
    int32_t *charge_mm_adc, *charge_pm_adc, *area_adc;
    uint16_t *arrival, *max_position, *min_position;
    uint32_t *address; ///< in its stream; not written
};

extern const struct spw_table mice_pulses_table;

enum { MICE_FADC_ADDRESSES = 8 * 32 * 8, MICE_FADC_TYPES = 2 };

/// Row of each flash-ADC channel in one event: [type - 120][address], -1 = not there.
struct mice_pulse_index {
    int32_t *row[MICE_FADC_TYPES];
};

SPW_MUST_CHECK enum spw_status mice_pulse_index_init(struct mice_pulse_index *index,
                                                     struct spw_arena *arena);

/// Enters (or, with `on` false, takes out) the rows of event e.
void mice_pulse_index_event(struct mice_pulse_index *index,
                            const struct mice_pulses *pulses,
                            uint32_t e,
                            bool on);

/// Row of a channel by equipment type and address, or -1.
static inline int32_t
mice_pulse_row(const struct mice_pulse_index *index, uint32_t type, uint32_t address)
{
    return index->row[type - 120][address];
}
