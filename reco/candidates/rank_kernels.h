/// Kernel that sorts short lists of keys by counting what stands before each.
#pragma once

#include "core/isa.h"

#include <stdint.h>

enum { SPW_RANK_LANES = 32 }; ///< room that the kernel reads behind the keys

struct spw_rank_kernels {
    /// sorted[0, n): the keys, ascending. No key stands twice.
    void (*sort)(uint32_t n, const uint64_t *key, uint64_t *sorted);
};

SPW_DECLARE_KERNELS(spw_rank_kernels);
