/// Hits of one event in order of time, and what stands close together.
#pragma once

#include "reco/candidates/rank_kernels.h"
#include "reco/objects.h"

#include <string.h>

/// Sort key of a hit: its time as an ordered integer above, its row below. Equal times keep
/// the order of the rows.
static inline uint64_t spw_time_key(float time_ns, uint32_t row)
{
    uint32_t bits;
    memcpy(&bits, &time_ns, sizeof bits);
    bits ^= (bits >> 31) ? 0xffffffffu : 0x80000000u;
    return (uint64_t)bits << 32 | row;
}

enum { SPW_KEYS_MORE = SPW_RANK_LANES }; ///< room that sorting needs behind the keys

/// Ascending; both arrays have room for n + SPW_KEYS_MORE keys.
void spw_keys_sort(uint64_t *key, uint64_t *spare, uint32_t n);

/// The same for keys in order of their rows, with vectors where few enough.
void spw_keys_rank(const struct spw_rank_kernels *kernels,
                   uint64_t *key,
                   uint64_t *spare,
                   uint32_t n);

/// Keys (room as for sorting) of the hits [begin, end) with a leading edge and an ID below
/// `ids_below`, in order of the rows; returns how many.
uint32_t spw_hits_keys(const struct spw_hits *hits,
                       uint32_t begin,
                       uint32_t end,
                       uint32_t ids_below,
                       uint64_t *key);

static inline uint32_t spw_key_row(uint64_t key)
{
    return (uint32_t)key;
}

static inline float spw_key_time_ns(uint64_t key)
{
    uint32_t bits = (uint32_t)(key >> 32);
    bits ^= (bits >> 31) ? 0x80000000u : 0xffffffffu;
    float time_ns;
    memcpy(&time_ns, &bits, sizeof time_ns);
    return time_ns;
}

/// One candidate before it is a row.
struct spw_candidate {
    float time_ns, x_mm, y_mm;
    int32_t tile;
    uint16_t n_hits;
    uint8_t n_sectors, quality;
};

enum { SPW_MAX_CANDIDATES = 512 }; ///< of an event; more are cut and counted

/// Candidates of one event. `cut`: there were more; `unordered`: one is earlier than the one
/// before it.
struct spw_candidate_list {
    struct spw_candidate candidate[SPW_MAX_CANDIDATES];
    uint32_t count;
    bool cut, unordered;
};

void spw_candidate_add(struct spw_candidate_list *list, struct spw_candidate candidate);
