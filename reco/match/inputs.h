/// The objects of a batch that the event level looks at. What no stage makes is empty.
#pragma once

#include "reco/objects.h"
#include "reco/worker.h"

enum match_source {
    MATCH_TRACKS,
    MATCH_LKR,
    MATCH_MUV1,
    MATCH_MUV2,
    MATCH_RINGS,
    MATCH_CHOD,
    MATCH_NEWCHOD,
    MATCH_MUV3,
    MATCH_LAV,
    MATCH_IRC,
    MATCH_SAC,
    MATCH_CHANTI,
    MATCH_KTAG,
    MATCH_BEAM,
    MATCH_N_SOURCES
};

struct match_sources {
    uint32_t object[MATCH_N_SOURCES]; ///< UINT32_MAX: no stage makes it
};

/// Memory  the batch's objects; empty ones the worker's scratch
struct match_inputs {
    uint32_t n_events;
    const float *trigger_ns;
    const struct spw_tracks *tracks;
    const struct spw_clusters *lkr, *muv1, *muv2;
    const struct spw_rings *rings;
    const struct spw_candidates *chod, *newchod, *muv3, *lav, *irc, *sac, *chanti, *ktag;
    const struct spw_beam_tracks *beam;
};

/// Which of them the stages of this run make.
void match_sources_find(struct match_sources *sources, const struct spw_run *run);

/// The batch's objects. Memory: `arena` for what stands for missing ones.
SPW_MUST_CHECK enum spw_status match_inputs_get(struct match_inputs *inputs,
                                                const struct match_sources *sources,
                                                struct spw_arena *arena,
                                                const struct spw_batch *batch);
