#include "reco/calibrate/hit_histograms.h"

static struct spw_hit_axes axes_of(const struct hit_detector *detector,
                                   const struct spw_histogram *set)
{
    const struct spw_histogram *by_width = &set[detector->histogram[HIT_TIME_BY_WIDTH]];
    const uint32_t *id = detector->histogram;
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
        .spare = {(uint32_t)set[id[HIT_TIME_BY_CHANNEL]].n_bins,
                  (uint32_t)set[id[HIT_TIME_BY_BOARD]].n_bins, (uint32_t)by_width->n_bins},
    };
}

static void count(uint32_t n, const uint32_t *restrict place, uint32_t *restrict counts)
{
    for (uint32_t i = 0; i < n; ++i) ++counts[place[i]];
}

enum { BLOCK = 1024 }; ///< hits whose bins stay in the nearest cache

/* Bins first, then increments without branches. Axes of channels, groups and boards begin at 0
   in steps of 1, so that their bin is the number + 1. */
enum spw_status hit_histograms_fill(const struct hit_detector *detector,
                                    const struct spw_calibrate_kernels *kernels,
                                    struct spw_worker *worker,
                                    const struct spw_pairs *pairs,
                                    const struct spw_hits *hits,
                                    const float *origin_ns)
{
    static const enum hit_histogram filled[HIT_N_PLACES] = {
        HIT_TIME_BY_CHANNEL, HIT_TIME_BY_BOARD, HIT_TIME_BY_WIDTH};
    const struct spw_hit_axes axes = axes_of(detector, worker->histogram);
    uint32_t *const occupancy = worker->histogram[detector->histogram[HIT_OCCUPANCY]].count;
    uint32_t *place[HIT_N_PLACES];
    for (int i = 0; i < HIT_N_PLACES; ++i) SPW_NEW(&worker->scratch, place[i], BLOCK);
    count(hits->rows.count, hits->index, occupancy + 1);
    for (uint32_t begin = 0; begin < hits->rows.count; begin += BLOCK) {
        const uint32_t rest = hits->rows.count - begin, n = rest < BLOCK ? rest : BLOCK;
        kernels->places(begin, begin + n, &axes, pairs, hits, origin_ns, place);
        for (int i = 0; i < HIT_N_PLACES; ++i)
            count(n, place[i], worker->histogram[detector->histogram[filled[i]]].count);
    }
    return SPW_OK;
}
