#include "reco/match/inputs.h"

static const char *const paths[MATCH_N_SOURCES] = {
    [MATCH_TRACKS] = "/straw/tracks",        [MATCH_LKR] = "/lkr/clusters",
    [MATCH_MUV1] = "/muv1/clusters",         [MATCH_MUV2] = "/muv2/clusters",
    [MATCH_RINGS] = "/rich/rings",           [MATCH_CHOD] = "/chod/candidates",
    [MATCH_NEWCHOD] = "/newchod/candidates", [MATCH_MUV3] = "/muv3/candidates",
    [MATCH_LAV] = "/lav/candidates",         [MATCH_IRC] = "/irc/candidates",
    [MATCH_SAC] = "/sac/candidates",         [MATCH_CHANTI] = "/chanti/candidates",
    [MATCH_KTAG] = "/ktag/candidates",       [MATCH_BEAM] = "/gtk/tracks",
};

void match_sources_find(struct match_sources *sources, const struct spw_run *run)
{
    for (int s = 0; s < MATCH_N_SOURCES; ++s)
        if (spw_run_find_object(run, paths[s], &sources->object[s]) != SPW_OK)
            sources->object[s] = UINT32_MAX;
}

/// Room for any object without rows.
union nothing {
    struct spw_rows rows;
    struct spw_tracks tracks;
    struct spw_clusters clusters;
    struct spw_rings rings;
    struct spw_candidates candidates;
    struct spw_beam_tracks beam;
};

enum spw_status match_inputs_get(struct match_inputs *inputs,
                                 const struct match_sources *sources,
                                 struct spw_arena *arena,
                                 const struct spw_batch *batch)
{
    union nothing *nothing;
    const void *source[MATCH_N_SOURCES];
    SPW_NEW_ZEROS(arena, nothing, 1);
    SPW_NEW_ZEROS(arena, nothing->rows.first, batch->raw.n_events + 1);
    for (int s = 0; s < MATCH_N_SOURCES; ++s) {
        const uint32_t id = sources->object[s];
        source[s] = id == UINT32_MAX ? (const void *)nothing : batch->object[id];
    }
    *inputs = (struct match_inputs){
        .n_events = batch->raw.n_events,
        .trigger_ns = batch->raw.events.time_ns,
        .tracks = source[MATCH_TRACKS],
        .lkr = source[MATCH_LKR],
        .muv1 = source[MATCH_MUV1],
        .muv2 = source[MATCH_MUV2],
        .rings = source[MATCH_RINGS],
        .chod = source[MATCH_CHOD],
        .newchod = source[MATCH_NEWCHOD],
        .muv3 = source[MATCH_MUV3],
        .lav = source[MATCH_LAV],
        .irc = source[MATCH_IRC],
        .sac = source[MATCH_SAC],
        .chanti = source[MATCH_CHANTI],
        .ktag = source[MATCH_KTAG],
        .beam = source[MATCH_BEAM],
    };
    return SPW_OK;
}
