#include "reco/fill_kernels.h"

/* What a bin is found from. */
struct axis {
    float lower, scale, last;
};

static struct axis axis_of(const struct spw_histogram *histogram, int axis)
{
    return (struct axis){histogram->lower[axis], histogram->scale[axis],
                         histogram->bins[axis] + 1.0f};
}

static inline uint32_t bin_of(struct axis axis, float x)
{
    const float place = (x - axis.lower) * axis.scale;
    const float above = place >= 0.0f ? place + 1.0f : 0.0f;
    return (uint32_t)(int32_t)(above < axis.last ? above : axis.last);
}

static void bins(uint32_t n,
                 const struct spw_histogram *histogram,
                 int axis,
                 const float *restrict x,
                 uint32_t *restrict bin)
{
    const struct axis along = axis_of(histogram, axis);
#pragma omp simd
    for (uint32_t i = 0; i < n; ++i) bin[i] = bin_of(along, x[i]);
}

static void places(uint32_t n,
                   const struct spw_histogram *histogram,
                   const uint32_t *restrict row,
                   const float *restrict x,
                   uint32_t *restrict place)
{
    const struct axis along = axis_of(histogram, 1);
    const uint32_t stride = histogram->stride[0];
#pragma omp simd
    for (uint32_t i = 0; i < n; ++i) place[i] = (row[i] + 1) * stride + bin_of(along, x[i]);
}

const struct spw_fill_kernels SPW_KERNELS(spw_fill_kernels) = {.bins = bins,
                                                               .places = places};
