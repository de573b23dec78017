/// What electronics adds to the time of a signal by its width, from the experiment's constants.
#pragma once

#include "core/text_table.h"
#include "io/na62/constants.h"

#include <stdbool.h>

/// Constants of one detector; all pointers NULL: no slewing. Memory: the arena given.
struct sim_slewing {
    const struct na62_width_slewing *ktag; ///< by address
    const struct na62_width_slewing *rich; ///< by sequential number
    bool rich_continuous;                  ///< the formula inside its range goes on outside
    const struct na62_chanti_slewing *chanti;
    const struct na62_hasc_slewing *hasc;
    const struct na62_gtk_time_walk *gtk;
};

/// Reads the constants of detector `name` ("ktag", "rich", "chanti", "hasc", "gtk"); others have
/// none, or (LAV, IRC, SAC) make theirs with the signal (vetoes.c).
SPW_MUST_CHECK enum spw_status sim_slewing_open(struct sim_slewing *slewing,
                                                struct spw_arena *arena,
                                                const char *name,
                                                const struct spw_text_table *table,
                                                uint32_t n_addresses);

/// Delay of a signal of this width in a channel. Formulae: docs/conditions.md.
double sim_slewing_ns(const struct sim_slewing *slewing,
                      uint32_t address,
                      uint32_t id,
                      double width_ns);
