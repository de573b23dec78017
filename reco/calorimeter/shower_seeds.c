/* Cells into a map, and its local maxima. */
#include "reco/calorimeter/showers_internal.h"
#include "reco/candidates/clusters.h"

#include <math.h>

#define MAX_MEV 1e7f /* cells beyond are damaged */
#define MAX_NS  1e6f

/* Cells into the map, the first of those that stand twice; those above the threshold of seeds
   are listed. */
static uint32_t fill_map(const struct shower_finder *finder,
                         const struct shower_work *work,
                         const struct shower_event *event)
{
    const float *restrict energy_MeV = event->cells->energy_MeV;
    const float *restrict time_ns = event->cells->time_ns;
    const uint32_t *restrict slot = event->slot;
    float *restrict map_MeV = work->map.energy_MeV, *restrict map_ns = work->map.time_ns;
    uint32_t *restrict seed = work->seed;
    const float least = finder->seed_above_MeV;
    uint32_t n = 0;
    for (uint32_t i = event->begin; i < event->end; ++i) {
        const float e = energy_MeV[i], t = time_ns[i];
        const bool good = (e > 0.0f) & (e < MAX_MEV) & (fabsf(t) < MAX_NS);
        if (!good || map_MeV[slot[i]] != 0.0f) continue;
        map_MeV[slot[i]] = e;
        map_ns[slot[i]] = t;
        seed[n] = i;
        n += e > least; /* at most once a place of the map */
    }
    return n;
}

void showers_clean(const struct shower_work *work, const struct shower_event *event)
{
    const uint32_t *restrict slot = event->slot;
    float *restrict map_MeV = work->map.energy_MeV;
    for (uint32_t i = event->begin; i < event->end; ++i) map_MeV[slot[i]] = 0.0f;
}

/* A local maximum among the 8 neighbours; of equal ones the first by slot. */
static bool is_maximum(const float *map_MeV, uint32_t slot)
{
    static const int32_t earlier[4] = {-SHOWER_STRIDE - 1, -SHOWER_STRIDE,
                                       -SHOWER_STRIDE + 1, -1};
    const float *here = map_MeV + slot;
    bool most = true;
    if (slot == 0) return false; /* no cell */
    for (int i = 0; i < 4; ++i)
        most &= (*here > here[earlier[i]]) & (*here >= here[-earlier[i]]);
    return most;
}

uint32_t showers_seeds(const struct shower_finder *finder,
                       struct shower_work *work,
                       const struct shower_event *event)
{
    const uint32_t n_high = fill_map(finder, work, event);
    uint32_t n = 0;
    for (uint32_t i = 0; i < n_high; ++i) {
        const uint32_t row = work->seed[i], slot = event->slot[row];
        if (!is_maximum(work->map.energy_MeV, slot)) continue;
        work->key[n++] = spw_time_key(-event->cells->energy_MeV[row], row);
    }
    spw_keys_sort(work->key, work->spare, n);
    work->n_seeds = n;
    const uint32_t kept = n < finder->max_showers ? n : finder->max_showers;
    for (uint32_t i = 0; i < kept; ++i) work->seed_row[i] = spw_key_row(work->key[i]);
    return kept;
}
