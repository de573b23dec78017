#include "reco/fill_kernels.h"

static void bins(uint32_t n,
                 const struct spw_histogram *histogram,
                 int axis,
                 const float *restrict x,
                 uint32_t *restrict bin)
{
    const float lower = histogram->lower[axis], scale = histogram->scale[axis];
    const float last = histogram->bins[axis] + 1.0f;
#pragma omp simd
    for (uint32_t i = 0; i < n; ++i) {
        const float place = (x[i] - lower) * scale;
        const float above = place >= 0.0f ? place + 1.0f : 0.0f;
        bin[i] = (uint32_t)(int32_t)(above < last ? above : last);
    }
}

const struct spw_fill_kernels SPW_KERNELS(spw_fill_kernels) = {.bins = bins};
