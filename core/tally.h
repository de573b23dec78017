/// Named counters of damage and cuts. Damaged data are counted here, never turned into errors.
///
/// A module keeps an enum and a table of names; the run registers the table and gets the place
/// of its first counter; each worker counts in its own array; sums are exact for any threads.
#pragma once

#include "core/arena.h"
#include "core/status.h"

#include <stdint.h>

/// Name and meaning of one counter ("na62.tel62_bad_size", "block size disagrees ...").
struct spw_tally {
    const char *name;
    const char *meaning;
};

/// All counters of a run, in order of registration.
/// Memory  zero-initialise; lists live in the arena given at registration.
struct spw_tally_list {
    const struct spw_tally **tally;
    uint32_t count, capacity;
};

/// Adds `n` counters; `*base` is the index of the first. Memory `arena`.
SPW_MUST_CHECK enum spw_status spw_tally_register(struct spw_tally_list *list,
                                                  struct spw_arena *arena,
                                                  const struct spw_tally *tallies,
                                                  uint32_t n,
                                                  uint32_t *base);
