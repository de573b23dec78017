#include "reco/candidates/clusters.h"

#include "io/raw.h"

#include <stdbool.h>

enum { RUN = 8 }; ///< sorted by a network before merging

static inline void put_in_order(uint64_t *a, uint64_t *b)
{
    const uint64_t x = *a, y = *b;
    *a = x < y ? x : y;
    *b = x < y ? y : x;
}

/* Batcher's odd-even merge network of 8 keys: no branches. */
static void sort_run(uint64_t *key)
{
    static const uint8_t pair[19][2] = {
        {0, 1}, {2, 3}, {4, 5}, {6, 7}, {0, 2}, {1, 3}, {4, 6}, {5, 7}, {1, 2}, {5, 6},
        {0, 4}, {1, 5}, {2, 6}, {3, 7}, {2, 4}, {3, 5}, {1, 2}, {3, 4}, {5, 6}};
    uint64_t k[RUN];
    memcpy(k, key, sizeof k);
#pragma GCC unroll 19
    for (int i = 0; i < 19; ++i) put_in_order(&k[pair[i][0]], &k[pair[i][1]]);
    memcpy(key, k, sizeof k);
}

/* Two runs of `width` keys side by side, from both ends at once: the smaller half is done when
   the larger one is, so that nothing but the width ends the loop. */
static void merge_even(const uint64_t *restrict from, uint64_t *restrict to, uint32_t width)
{
    const uint64_t *a = from, *b = from + width;
    const uint64_t *a_back = b - 1, *b_back = b + width - 1;
    uint64_t *back = to + 2 * width - 1;
    for (uint32_t i = 0; i < width; ++i) {
        const uint64_t x = *a, y = *b, x_back = *a_back, y_back = *b_back;
        const bool later = y<x, last = x_back> y_back;
        *to++ = later ? y : x;
        *back-- = last ? x_back : y_back;
        b += later;
        a += !later;
        a_back -= last;
        b_back -= !last;
    }
}

/* Without branches on the keys, which nobody can predict. */
static void merge(const uint64_t *restrict from,
                  uint64_t *restrict to,
                  uint32_t begin,
                  uint32_t middle,
                  uint32_t end)
{
    uint32_t a = begin, b = middle, i = begin;
    while (a < middle && b < end) {
        const bool later = from[b] < from[a];
        to[i++] = later ? from[b] : from[a];
        b += later;
        a += !later;
    }
    while (a < middle) to[i++] = from[a++];
    while (b < end) to[i++] = from[b++];
}

void spw_keys_sort(uint64_t *key, uint64_t *spare, uint32_t n)
{
    if (n < 2) return;
    const uint32_t padded = (n + RUN - 1) / RUN * RUN;
    memset(key + n, 0xff, sizeof *key * RUN); /* some too many, but always as many */
    for (uint32_t i = 0; i < padded; i += RUN) sort_run(key + i);
    uint64_t *from = key, *to = spare;
    for (uint32_t width = RUN; width < padded; width *= 2) {
        uint32_t i = 0;
        for (; padded - i >= 2 * width; i += 2 * width) merge_even(from + i, to + i, width);
        if (i < padded) merge(from, to, i, padded - i < width ? padded : i + width, padded);
        uint64_t *swap = from;
        from = to;
        to = swap;
    }
    if (from != key) memcpy(key, from, sizeof *key * n);
}

void spw_keys_rank(const struct spw_rank_kernels *kernels,
                   uint64_t *key,
                   uint64_t *spare,
                   uint32_t n)
{
    if (n <= RUN || n > SPW_RANK_MAX) {
        spw_keys_sort(key, spare, n);
        return;
    }
    kernels->sort(n, key, spare);
    memcpy(key, spare, sizeof *key * n);
}

uint32_t spw_hits_keys(const struct spw_hits *hits,
                       uint32_t begin,
                       uint32_t end,
                       uint32_t ids_below,
                       uint64_t *key)
{
    const float *restrict time_ns = hits->time_ns;
    const uint32_t *restrict channel = hits->channel;
    const uint8_t *restrict quality = hits->quality;
    uint32_t n = 0;
    for (uint32_t i = begin; i < end; ++i) {
        key[n] = spw_time_key(time_ns[i], i);
        n += !(quality[i] & SPW_NO_LEADING) & (channel[i] < ids_below);
    }
    return n;
}

void spw_candidate_add(struct spw_candidate_list *list, struct spw_candidate candidate)
{
    const uint32_t n = list->count;
    if (n == SPW_MAX_CANDIDATES) {
        list->cut = true;
        return;
    }
    if (n) {
        const uint64_t last = spw_time_key(list->candidate[n - 1].time_ns, n - 1);
        list->unordered |= spw_time_key(candidate.time_ns, n) < last;
    }
    list->candidate[list->count++] = candidate;
}
