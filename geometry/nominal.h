/// Nominal channel numbering of the NA62 detectors, as formulae: serves without conditions_dir.
///
/// The geometric IDs are those of the experiment (formats/na62.md 4.2), on the boards and
/// mezzanines of 2.2. For lav, straw, irc, sac, muv0, lkr and sav the addresses are the
/// experiment's cabling of 2016-2018 too; the others have their channels in the order of the
/// IDs. LKr: 13212 of its 13248 cells are read out.
#pragma once

#include "geometry/channel_map.h"

/// Builds the nominal map of a detector ("ktag", "chanti", "lav", "straw", "chod", "rich", "irc",
/// "sac", "muv0", "newchod", "muv3", "hasc", "lkr", "muv1", "muv2", "sav").
/// Errors  SPW_BAD_CONFIG: no such detector.
SPW_MUST_CHECK enum spw_status spw_nominal_channel_map(struct spw_channel_map *map,
                                                       struct spw_arena *arena,
                                                       const char *detector);
