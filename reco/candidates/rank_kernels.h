/// Kernel that sorts short lists of keys by counting what stands before each.
#pragma once

#include "core/isa.h"

#include <stdint.h>

enum {
    SPW_RANK_MAX = 128,  ///< above, merging needs fewer steps than comparing all with all
    SPW_RANK_LANES = 64, ///< room that the kernel reads behind the keys
};

struct spw_rank_kernels {
    /// sorted[0, n): the keys by their upper halves, ascending; equal ones in the order in
    /// which they came. n <= SPW_RANK_MAX.
    void (*sort)(uint32_t n, const uint64_t *key, uint64_t *sorted);
};

SPW_DECLARE_KERNELS(spw_rank_kernels);
