/* Flash-ADC features by MAUS's rules, integer for integer (docs/physics/mice.md 1). */
#include "reco/mice/fadc.h"

#include <math.h>

enum { PEDESTAL_SAMPLES = 30, AREA_BEFORE = 10, AREA_AFTER = 20, ARRIVAL_ADC = 2 };

static double mean(const uint16_t *sample, uint32_t n)
{
    uint32_t sum = 0;
    for (uint32_t i = 0; i < n; ++i) sum += sample[i];
    return (double)sum / n;
}

/* Mean and rms of all samples; the sums are exact. */
static void find_moments(const uint16_t *sample, uint32_t n, struct mice_features *f)
{
    uint64_t sum = 0, sum2 = 0;
    for (uint32_t i = 0; i < n; ++i) {
        sum += sample[i];
        sum2 += (uint32_t)sample[i] * sample[i];
    }
    f->mean_adc = (double)sum / n;
    f->rms_adc = sqrt((double)(n * sum2 - sum * sum)) / n;
}

static void find_extrema(const uint16_t *sample, uint32_t n, struct mice_features *f)
{
    uint32_t low = 0, high = 0;
    for (uint32_t i = 1; i < n; ++i) {
        if (sample[i] < sample[low]) low = i;
        if (sample[i] > sample[high]) high = i;
    }
    f->min_position = (uint16_t)low;
    f->max_position = (uint16_t)high;
}

/* Signed sum around position p, rounded as MAUS does: (int)(x + 0.5). */
static int32_t
area(const uint16_t *sample, uint32_t n, uint32_t p, double pedestal, double sign)
{
    const uint32_t first = p > AREA_BEFORE ? p - AREA_BEFORE : 0;
    const uint32_t last = p + AREA_AFTER < n ? p + AREA_AFTER : n;
    double sum = 0;
    for (uint32_t i = first; i < last; ++i) sum += sign * (sample[i] - pedestal);
    return (int32_t)(sum + 0.5);
}

static uint16_t arrival(const uint16_t *sample, uint32_t n, int32_t rounded)
{
    for (uint32_t i = 0; i < n; ++i) {
        const int32_t difference = sample[i] - rounded;
        if (difference > ARRIVAL_ADC || difference < -ARRIVAL_ADC) return (uint16_t)i;
    }
    return (uint16_t)(n - 1);
}

void mice_features(const uint16_t *sample,
                   uint32_t n,
                   bool negative,
                   struct mice_features *features)
{
    find_moments(sample, n, features);
    find_extrema(sample, n, features);
    const uint32_t window = n < PEDESTAL_SAMPLES ? n : PEDESTAL_SAMPLES;
    const bool early = features->min_position <= PEDESTAL_SAMPLES;
    features->pedestal_adc = mean(early ? sample + n - window : sample, window);

    const int32_t rounded = (int32_t)(features->pedestal_adc + 0.5);
    const int32_t low = sample[features->min_position],
                  high = sample[features->max_position];
    features->charge_mm_adc = high - low;
    features->charge_pm_adc = negative ? rounded - low : high - rounded;
    features->area_adc =
        area(sample, n, negative ? features->min_position : features->max_position,
             features->pedestal_adc, negative ? -1.0 : 1.0);
    features->arrival = arrival(sample, n, rounded);
}
