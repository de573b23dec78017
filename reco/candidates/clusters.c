#include "reco/candidates/clusters.h"

#include "io/raw.h"

#include <stdbool.h>

enum { RUN = 8 }; ///< sorted by insertion before merging

static void insertion_sort(uint64_t *key, uint32_t n)
{
    for (uint32_t i = 1; i < n; ++i) {
        const uint64_t next = key[i];
        uint32_t j = i;
        for (; j > 0 && key[j - 1] > next; --j) key[j] = key[j - 1];
        key[j] = next;
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
    for (uint32_t i = 0; i < n; i += RUN)
        insertion_sort(key + i, n - i < RUN ? n - i : RUN);
    uint64_t *from = key, *to = spare;
    for (uint32_t width = RUN; width < n; width *= 2) {
        for (uint32_t i = 0; i < n; i += 2 * width) {
            const uint32_t middle = n - i < width ? n : i + width;
            merge(from, to, i, middle, n - middle < width ? n : middle + width);
        }
        uint64_t *swap = from;
        from = to;
        to = swap;
    }
    if (from != key) memcpy(key, from, sizeof *key * n);
}

uint32_t spw_hits_sorted(const struct spw_hits *hits,
                         uint32_t begin,
                         uint32_t end,
                         uint32_t ids_below,
                         uint64_t *key,
                         uint64_t *spare)
{
    uint32_t n = 0;
    for (uint32_t i = begin; i < end; ++i) {
        key[n] = spw_time_key(hits->time_ns[i], i);
        n += !(hits->quality[i] & SPW_NO_LEADING) & (hits->channel[i] < ids_below);
    }
    spw_keys_sort(key, spare, n);
    return n;
}

void spw_candidate_add(struct spw_candidate_list *list, struct spw_candidate candidate)
{
    if (list->count < SPW_MAX_CANDIDATES)
        list->candidate[list->count++] = candidate;
    else
        list->cut = true;
}
