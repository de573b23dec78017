#include "reco/mice/ckov_sum.h"

double ckov_sum(struct ckov_pmt pmt[CKOV_PMTS], const struct ckov_rules *rules)
{
    uint32_t n = 0, largest = 0;
    for (uint32_t i = 0; i < CKOV_PMTS; ++i) {
        pmt[i].used = pmt[i].there && pmt[i].area_adc >= 0 &&
                      pmt[i].position > rules->first_sample &&
                      pmt[i].position <= rules->last_sample;
        pmt[i].pe = pmt[i].used ? pmt[i].area_adc / rules->adc_per_pe : 0;
        n += pmt[i].pe > 0;
        if (pmt[i].pe > pmt[largest].pe) largest = i;
    }
    double sum = 0;
    for (uint32_t i = 0; i < CKOV_PMTS; ++i) {
        const int64_t distance = (int64_t)pmt[i].position - pmt[largest].position;
        if (n >= 2 && (distance > rules->max_distance || -distance > rules->max_distance))
            pmt[i].used = false;
        if (pmt[i].used) sum += pmt[i].pe;
    }
    return sum;
}
