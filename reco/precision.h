/// How precisely the float columns of a run are written: section `significant_bits`.
#pragma once

#include "reco/run.h"

/// Reads, for every object that the section names ("straw_tracks: {x_mm: 18}"), the bits kept of
/// the mantissa, the leading one included; 24 is all, and the default. Call when all objects are
/// declared.
/// Memory  the run's arena
/// Errors  SPW_BAD_CONFIG: no such float column; an object that nothing makes is warned of
SPW_MUST_CHECK enum spw_status spw_precision_read(struct spw_run *run);
