/// Triplets of clusters, one of each station, and the choice of tracks among them.
#pragma once

#include "reco/beam/clusters.h"

/// Appends the event's triplets that are close in time and nearly in line; of more than
/// max_triplets close in time the rest is cut. Memory: `arena`.
SPW_MUST_CHECK enum spw_status beam_triplets_add(struct spw_triplets *triplets,
                                                 struct spw_arena *arena,
                                                 struct beam_event *event,
                                                 const struct beam_setup *setup);

/// Of the fitted triplets those that pass the cuts, best first, each cluster once. Returns how
/// many; event->order holds their keys (row below), in order of time.
uint32_t beam_triplets_choose(struct beam_event *event,
                              const struct beam_setup *setup,
                              const struct spw_triplets *triplets);
