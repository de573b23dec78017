/// Kernel that finds histogram bins of many values, so that filling is a loop of increments.
#pragma once

#include "core/histogram.h"
#include "core/isa.h"

struct spw_fill_kernels {
    /// bin[i] = spw_axis_bin(histogram, axis, x[i]): 0 underflow and NaN, bins + 1 overflow.
    void (*bins)(uint32_t n,
                 const struct spw_histogram *histogram,
                 int axis,
                 const float *x,
                 uint32_t *bin);
};

SPW_DECLARE_KERNELS(spw_fill_kernels);
