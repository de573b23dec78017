/// Two kaons whose light overlaps in time: how far apart, and which hits are whose.
#pragma once

#include "reco/candidates/finder.h"

/// Hits of two particles that overlap: [begin, middle) of the first, [middle, end) of the other.
struct overlap {
    uint32_t begin, middle, end;
    float time_ns[2]; ///< by maximum likelihood; in order
    bool both;        ///< both have enough sectors; else `heavier` is the one particle
    uint32_t heavier;
};

/// Sectors of the hits [begin, end).
uint32_t overlap_sectors(const struct sector_hit *hit, uint32_t begin, uint32_t end);

/// Looks at the window [begin, end) of n hits in order of time. False: one particle explains it.
bool overlap_find(const struct finder *finder,
                  const struct sector_hit *hit,
                  uint32_t n,
                  uint32_t begin,
                  uint32_t end,
                  struct overlap *overlap);
