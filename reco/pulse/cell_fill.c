#include "reco/pulse/cell_fill.h"

enum spw_status cell_fill_init(struct cell_fill *fill,
                               const struct cell_detector *detector,
                               struct spw_worker *worker,
                               const struct spw_cells *cells,
                               uint32_t n)
{
    struct spw_arena *arena = &worker->scratch;
    *fill = (struct cell_fill){
        .kernels = SPW_PICK(spw_fill_kernels, worker->run->isa),
        .cells = cells,
        .threshold_MeV = (float)detector->options.threshold,
    };
    for (int h = 0; h < CELL_N_HISTOGRAMS; ++h)
        fill->histogram[h] = &worker->histogram[detector->histogram[h]];
    SPW_NEW(arena, fill->crate, n);
    SPW_NEW(arena, fill->early_adc, n);
    SPW_NEW(arena, fill->trigger_ns, n);
    SPW_NEW(arena, fill->step_ns, n);
    SPW_NEW(arena, fill->pedestal, n);
    SPW_NEW(arena, fill->amplitude, n);
    SPW_NEW(arena, fill->time, n);
    SPW_NEW(arena, fill->time_by_crate, n);
    SPW_NEW(arena, fill->large, n + 1);
    SPW_NEW(arena, fill->large_by_crate, n + 1);
    return SPW_OK;
}

/* Lists the places of large pulses, and fetches the cache lines of what will be counted. */
static void list(struct cell_fill *fill, uint32_t first, uint32_t n)
{
    const float *restrict energy_MeV = fill->cells->energy_MeV + first;
    const uint32_t *restrict pedestal = fill->pedestal + first;
    const uint32_t *restrict time = fill->time + first;
    const uint32_t *restrict by_crate = fill->time_by_crate + first;
    const uint32_t *pedestals = fill->histogram[CELL_PEDESTAL]->count;
    const uint32_t *times = fill->histogram[CELL_TIME_BY_CHANNEL]->count;
    uint32_t *restrict large = fill->large, *restrict large_by_crate = fill->large_by_crate;
    const float threshold = fill->threshold_MeV;
    uint32_t n_large = fill->n_large;
    for (uint32_t i = 0; i < n; ++i) {
        __builtin_prefetch(&pedestals[pedestal[i]], 1);
        large[n_large] = time[i];
        large_by_crate[n_large] = by_crate[i];
        n_large += energy_MeV[i] > threshold;
    }
    for (uint32_t i = fill->n_large; i < n_large; ++i)
        __builtin_prefetch(&times[large[i]], 1);
    fill->n_large = n_large;
}

void cell_fill_find(struct cell_fill *fill, uint32_t first, uint32_t n)
{
    const struct spw_histogram *const *histogram = fill->histogram;
    const uint32_t *index = fill->cells->index + first, *crate = fill->crate + first;
    const float *restrict time_ns = fill->cells->time_ns + first;
    const float *restrict trigger_ns = fill->trigger_ns + first;
    float *restrict step_ns = fill->step_ns + first;
    for (uint32_t i = 0; i < n; ++i) step_ns[i] = time_ns[i] - trigger_ns[i];

    fill->kernels->places(n, histogram[CELL_PEDESTAL], index, fill->early_adc + first,
                          fill->pedestal + first);
    fill->kernels->places(n, histogram[CELL_AMPLITUDE_BY_CRATE], crate,
                          fill->cells->amplitude_adc + first, fill->amplitude + first);
    fill->kernels->places(n, histogram[CELL_TIME_BY_CHANNEL], index, step_ns,
                          fill->time + first);
    fill->kernels->places(n, histogram[CELL_TIME_BY_CRATE], crate, step_ns,
                          fill->time_by_crate + first);
    list(fill, first, n);
}

void cell_fill_count(struct cell_fill *fill, uint32_t end, uint32_t large_end)
{
    uint32_t *occupancy = fill->histogram[CELL_OCCUPANCY]->count + 1;
    uint32_t *pedestal = fill->histogram[CELL_PEDESTAL]->count;
    uint32_t *amplitude = fill->histogram[CELL_AMPLITUDE_BY_CRATE]->count;
    uint32_t *time = fill->histogram[CELL_TIME_BY_CHANNEL]->count;
    uint32_t *by_crate = fill->histogram[CELL_TIME_BY_CRATE]->count;
    for (uint32_t i = fill->n_done; i < end; ++i) {
        ++occupancy[fill->cells->index[i]];
        ++pedestal[fill->pedestal[i]];
        ++amplitude[fill->amplitude[i]];
    }
    for (uint32_t i = fill->n_large_done; i < large_end; ++i) {
        ++time[fill->large[i]];
        ++by_crate[fill->large_by_crate[i]];
    }
    fill->n_done = end;
    fill->n_large_done = large_end;
}
