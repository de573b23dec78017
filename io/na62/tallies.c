#include "io/na62/tallies.h"

const struct spw_tally na62_tallies[] = {
#define NA62_TALLY(NAME, name_, meaning_) {.name = (name_), .meaning = (meaning_)},
#include "io/na62/tallies.def"
#undef NA62_TALLY
};
