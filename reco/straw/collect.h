/// Accepted candidates to rows of /straw/candidates with all hits near the track.
#pragma once

#include "reco/straw/event.h"
#include "reco/track/candidates.h"

/// Appends the event's accepted candidates and their hits.
/// `first_row`  row of the event's first hit in /straw/hits of the batch
/// Memory  `arena`, the batch's.
SPW_MUST_CHECK enum spw_status straw_collect(struct straw_event *event,
                                             uint32_t first_row,
                                             struct track_candidates *candidates,
                                             struct track_hits *hits,
                                             struct spw_arena *arena);
