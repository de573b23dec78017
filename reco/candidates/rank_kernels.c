#include "reco/candidates/rank_kernels.h"

#include <string.h>

typedef uint64_t lanes __attribute__((vector_size(64)));

enum { VECTORS = SPW_RANK_LANES / 8 };

/* The place of a key is how many are smaller: n^2 comparisons, but none waits for another one. */
static void sort(uint32_t n, const uint64_t *restrict key, uint64_t *restrict sorted)
{
    for (uint32_t begin = 0; begin < n; begin += SPW_RANK_LANES) {
        const uint32_t rest = n - begin < SPW_RANK_LANES ? n - begin : SPW_RANK_LANES;
        lanes mine[VECTORS], smaller[VECTORS] = {0};
        uint64_t place[SPW_RANK_LANES];
        memcpy(mine, key + begin, sizeof mine);
        for (uint32_t i = 0; i < n; ++i)
#pragma GCC unroll 4
            for (int v = 0; v < VECTORS; ++v) smaller[v] -= (lanes)(key[i] < mine[v]);
        memcpy(place, smaller, sizeof place);
        for (uint32_t i = 0; i < rest; ++i) sorted[place[i]] = key[begin + i];
    }
}

const struct spw_rank_kernels SPW_KERNELS(spw_rank_kernels) = {.sort = sort};
