#include "reco/candidates/rank_kernels.h"

#include <string.h>

/* One register: halves of a wider vector go through memory. */
#ifdef __AVX512F__
enum { LANES = 16 };
#else
enum { LANES = 8 };
#endif

typedef int32_t lanes __attribute__((vector_size(4 * LANES)));

enum { BLOCK = SPW_RANK_LANES, MAX_VECTORS = BLOCK / LANES };

/* Adds to place[] how many of the n times are before each of those that begin at `mine`. */
static inline __attribute__((always_inline)) void count_before(uint32_t n_vectors,
                                                               uint32_t n,
                                                               const int32_t *restrict time,
                                                               const int32_t *restrict own,
                                                               int32_t *restrict place)
{
    lanes mine[MAX_VECTORS], before[MAX_VECTORS] = {0};
    memcpy(mine, own, sizeof *mine * n_vectors);
    for (uint32_t i = 0; i < n; ++i)
#pragma GCC unroll 8
        for (uint32_t v = 0; v < n_vectors; ++v) before[v] -= (lanes)(time[i] < mine[v]);
    memcpy(place, before, sizeof *before * n_vectors);
}

/* The place of a key is how many are before it: n^2 comparisons, but none waits for another
 * one. Keys of equal times stand behind each other as they came. */
static void sort(uint32_t n, const uint64_t *restrict key, uint64_t *restrict sorted)
{
    int32_t time[SPW_RANK_MAX + BLOCK], place[BLOCK];
    uint8_t equal[SPW_RANK_MAX] = {0};
    for (uint32_t begin = 0; begin < n; begin += LANES)
        for (uint32_t i = begin; i < begin + LANES; ++i)
            time[i] = (int32_t)((uint32_t)(key[i] >> 32) ^ 0x80000000u);
    for (uint32_t begin = 0; begin < n; begin += BLOCK) {
        const uint32_t rest = n - begin < BLOCK ? n - begin : BLOCK;
        if (rest <= LANES)
            count_before(1, n, time, time + begin, place);
        else if (rest <= 2 * LANES)
            count_before(2, n, time, time + begin, place);
        else if (rest <= 4 * LANES)
            count_before(4, n, time, time + begin, place);
        else
            count_before(MAX_VECTORS, n, time, time + begin, place);
        for (uint32_t i = 0; i < rest; ++i)
            sorted[place[i] + equal[place[i]]++] = key[begin + i];
    }
}

const struct spw_rank_kernels SPW_KERNELS(spw_rank_kernels) = {.sort = sort};
