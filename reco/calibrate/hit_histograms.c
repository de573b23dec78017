#include "reco/calibrate/hit_histograms.h"

static struct spw_hit_axes axes_of(const struct hit_detector *detector,
                                   const struct spw_histogram *set)
{
    const struct spw_histogram *by_width = &set[detector->histogram[HIT_TIME_BY_WIDTH]];
    uint32_t n_bins[HIT_N_HISTOGRAMS];
    for (int i = 0; i < HIT_N_HISTOGRAMS; ++i)
        n_bins[i] = (uint32_t)set[detector->histogram[i]].n_bins;
    return (struct spw_hit_axes){
        .time_lower = by_width->lower[1],
        .time_scale = by_width->scale[1],
        .time_last = by_width->bins[1] + 1.0f,
        .width_lower = by_width->lower[0],
        .width_scale = by_width->scale[0],
        .width_last = by_width->bins[0] + 1.0f,
        .channel_scale = 1.0f / (float)detector->options.channels_per_group,
        .board_scale = 1.0f / (float)detector->options.addresses_per_board,
        .n_times = by_width->stride[0],
        .spare = {n_bins[0], n_bins[1], n_bins[2], n_bins[3]},
    };
}

enum { BLOCK = 1024 }; ///< hits whose bins stay in the nearest cache

/* Bins of the hits [begin, end) whose leading edge is missing, where times by channel tell of the
   others; returns how many. */
static uint32_t
list_lonely(const struct spw_hits *hits, uint32_t begin, uint32_t end, uint32_t *place)
{
    uint32_t n = 0;
    uint8_t any = 0;
    for (uint32_t i = begin; i < end; ++i) any |= hits->quality[i];
    if (!(any & SPW_NO_LEADING)) return 0;
    for (uint32_t i = begin; i < end; ++i) {
        place[n] = hits->index[i] + 1;
        n += (hits->quality[i] & SPW_NO_LEADING) != 0;
    }
    return n;
}

/* Bins first, then increments without branches. */
enum spw_status hit_histograms_fill(const struct hit_detector *detector,
                                    const struct spw_calibrate_kernels *kernels,
                                    struct spw_worker *worker,
                                    const struct spw_pairs *pairs,
                                    const struct spw_hits *hits,
                                    const float *origin_ns)
{
    const struct spw_hit_axes axes = axes_of(detector, worker->histogram);
    uint32_t *place[HIT_N_HISTOGRAMS] = {NULL}, *lonely;
    struct spw_histogram *histogram[HIT_N_HISTOGRAMS];
    for (int i = 0; i < HIT_N_HISTOGRAMS; ++i) {
        histogram[i] = &worker->histogram[detector->histogram[i]];
        if (!histogram[i]->folded) SPW_NEW(&worker->scratch, place[i], BLOCK);
    }
    SPW_NEW(&worker->scratch, lonely, BLOCK);
    for (uint32_t begin = 0; begin < hits->rows.count; begin += BLOCK) {
        const uint32_t rest = hits->rows.count - begin, n = rest < BLOCK ? rest : BLOCK;
        kernels->places(begin, begin + n, &axes, pairs, hits, origin_ns, place);
        for (int i = 0; i < HIT_N_HISTOGRAMS; ++i)
            if (place[i]) spw_count(histogram[i], n, place[i]);
        if (!place[HIT_OCCUPANCY])
            spw_count(histogram[HIT_OCCUPANCY], list_lonely(hits, begin, begin + n, lonely),
                      lonely);
    }
    return SPW_OK;
}
