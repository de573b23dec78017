/// Damage the NA62 reader can find: one counter each, names and meanings in tallies.def.
#pragma once

#include "core/tally.h"

enum na62_tally {

#define NA62_TALLY(NAME, name, meaning) NA62_TALLY_##NAME,
#include "io/na62/tallies.def"
#undef NA62_TALLY
    NA62_N_TALLIES
};

/// [NA62_N_TALLIES]
extern const struct spw_tally na62_tallies[];
