/// Nominal channel numbering of the NA62 detectors, as formulae: serves without conditions_dir.
#pragma once

#include "geometry/channel_map.h"

/// Builds the nominal map of a detector ("ktag", "chanti", "lav", "straw", "chod", "rich", "irc",
/// "sac", "muv0", "newchod", "muv3", "hasc", "lkr", "muv1", "muv2", "sav"): the geometric IDs of
/// formats/na62.md 4.2 on the boards and mezzanines of 2.2.
/// Errors  SPW_BAD_CONFIG: no such detector.
SPW_MUST_CHECK enum spw_status spw_nominal_channel_map(struct spw_channel_map *map,
                                                       struct spw_arena *arena,
                                                       const char *detector);
