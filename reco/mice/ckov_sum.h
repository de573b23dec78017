/// CKOV: photo-electrons of one counter from its four photomultipliers.
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum { CKOV_COUNTERS = 2, CKOV_PMTS = 4 };

/// One photomultiplier of a counter in one trigger.
struct ckov_pmt {
    bool there; ///< a waveform was read
    int32_t area_adc;
    uint16_t position; ///< of the minimum, samples
    double pe;         ///< filled by ckov_sum()
    bool used;         ///< filled by ckov_sum()
};

struct ckov_rules {
    double adc_per_pe;
    int64_t first_sample, last_sample; ///< position of the minimum: (first, last]
    int64_t max_distance;              ///< samples from the largest pulse
};

/// Sum of photo-electrons: areas >= 0 with the minimum in the window, in units of adc_per_pe; of
/// two or more non-zero ones those farther than max_distance from the largest are dropped.
/// Source  formats/mice.md 7, CKOV
double ckov_sum(struct ckov_pmt pmt[CKOV_PMTS], const struct ckov_rules *rules);
