#include "reco/pulse/cell_fill.h"

void cell_fill_init(struct cell_fill *fill,
                    const struct cell_detector *detector,
                    struct spw_worker *worker,
                    const struct spw_cells *cells,
                    const float *trigger_ns)
{
    fill->cells = cells;
    fill->trigger_ns = trigger_ns;
    fill->kernels = SPW_PICK(spw_fill_kernels, worker->run->isa);
    fill->threshold_MeV = (float)detector->options.threshold;
    for (int h = 0; h < CELL_N_HISTOGRAMS; ++h)
        fill->histogram[h] = &worker->histogram[detector->histogram[h]];
    fill->by_crate = !detector->crates_folded;
    fill->event = fill->turn = 0;
    fill->places[0].n = fill->places[0].n_large = 0;
    fill->places[1].n = fill->places[1].n_large = 0;
}

/* Times behind the triggers of their events. */
static void find_steps(struct cell_fill *fill, uint32_t first, uint32_t n)
{
    const uint32_t *end_of = fill->cells->rows.first + 1;
    const float *restrict time_ns = fill->cells->time_ns + first;
    float *restrict step_ns = fill->step_ns;
    for (uint32_t i = 0; i < n;) {
        while (end_of[fill->event] <= first + i) ++fill->event;
        const uint32_t left = end_of[fill->event] - first, end = left < n ? left : n;
        const float trigger_ns = fill->trigger_ns[fill->event];
        for (; i < end; ++i) step_ns[i] = time_ns[i] - trigger_ns;
    }
}

static void find_places(struct cell_fill *fill, struct cell_places *places)
{
    struct spw_histogram *const *histogram = fill->histogram;
    const struct spw_fill_kernels *kernels = fill->kernels;
    const uint32_t *index = fill->cells->index + places->first;
    const float *amplitude_adc = fill->cells->amplitude_adc + places->first;
    const uint32_t n = places->n;
    kernels->places(n, histogram[CELL_PEDESTAL], index, fill->early_adc, places->pedestal);
    kernels->places(n, histogram[CELL_AMPLITUDE_BY_CRATE], fill->crate, amplitude_adc,
                    places->amplitude);
    kernels->places(n, histogram[CELL_TIME_BY_CHANNEL], index, fill->step_ns, fill->time);
    if (fill->by_crate)
        kernels->places(n, histogram[CELL_TIME_BY_CRATE], fill->crate, fill->step_ns,
                        fill->time_by_crate);
}

/* Lists the places of large pulses, and fetches the cache lines of what will be counted. */
static void list(const struct cell_fill *fill, struct cell_places *places)
{
    const float *restrict energy_MeV = fill->cells->energy_MeV + places->first;
    const uint8_t *pedestals = fill->histogram[CELL_PEDESTAL]->recent;
    const uint8_t *times = fill->histogram[CELL_TIME_BY_CHANNEL]->recent;
    const float threshold = fill->threshold_MeV;
    uint32_t n_large = 0;
    for (uint32_t i = 0; i < places->n; ++i) {
        __builtin_prefetch(&pedestals[places->pedestal[i]], 1);
        places->large[n_large] = fill->time[i];
        n_large += energy_MeV[i] > threshold;
    }
    for (uint32_t i = 0, k = 0; fill->by_crate && i < places->n; ++i) {
        places->large_by_crate[k] = fill->time_by_crate[i];
        k += energy_MeV[i] > threshold;
    }
    for (uint32_t i = 0; i < n_large; ++i) __builtin_prefetch(&times[places->large[i]], 1);
    places->n_large = n_large;
}

/* Tables by channel are large: bytes take what comes. */
static void count(const struct cell_fill *fill, const struct cell_places *places)
{
    uint32_t *amplitude = fill->histogram[CELL_AMPLITUDE_BY_CRATE]->count;
    uint32_t *by_crate = fill->histogram[CELL_TIME_BY_CRATE]->count;
    for (uint32_t i = 0; i < places->n; ++i) ++amplitude[places->amplitude[i]];
    for (uint32_t i = 0; fill->by_crate && i < places->n_large; ++i)
        ++by_crate[places->large_by_crate[i]];
    spw_count(fill->histogram[CELL_PEDESTAL], places->n, places->pedestal);
    spw_count(fill->histogram[CELL_TIME_BY_CHANNEL], places->n_large, places->large);
}

void cell_fill_add(struct cell_fill *fill, uint32_t first, uint32_t n)
{
    struct cell_places *places = &fill->places[fill->turn];
    places->first = first;
    places->n = n;
    find_steps(fill, first, n);
    find_places(fill, places);
    list(fill, places);
    fill->turn ^= 1;
    count(fill, &fill->places[fill->turn]);
    fill->places[fill->turn].n = fill->places[fill->turn].n_large = 0;
}

void cell_fill_finish(struct cell_fill *fill)
{
    count(fill, &fill->places[fill->turn ^ 1]);
}
