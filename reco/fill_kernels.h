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

    /// place[i] of row[i], x[i] in a histogram whose first axis counts 0, 1, 2, ... from 0.
    void (*places)(uint32_t n,
                   const struct spw_histogram *histogram,
                   const uint32_t *row,
                   const float *x,
                   uint32_t *place);
};

SPW_DECLARE_KERNELS(spw_fill_kernels);
