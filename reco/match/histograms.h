/// Calibration histograms of the event level beside those of the selections.
#pragma once

#include "reco/match/quantities.h"

enum match_histogram {
    MATCH_TRACK_KTAG,
    MATCH_TRACK_CHOD,
    MATCH_TRACK_GTK,
    MATCH_E_OVER_P,
    MATCH_E_OVER_P_BY_CELL,
    MATCH_LKR_DISTANCE,
    MATCH_VERTEX_Z,
    MATCH_N_HISTOGRAMS
};

struct match_histograms {
    uint32_t id[MATCH_N_HISTOGRAMS];
};

/// Books all of them.
SPW_MUST_CHECK enum spw_status match_histograms_book(struct match_histograms *histograms,
                                                     struct spw_run *run);

/// Fills those of the tracks of event `e`.
void match_histograms_tracks(const struct match_histograms *histograms,
                             const struct match_scene *scene,
                             uint32_t e,
                             struct spw_histogram *set);

/// Fills those of a selected vertex: its z, E/p of its electrons by cell.
void match_histograms_selected(const struct match_histograms *histograms,
                               const struct match_vertex *vertex,
                               struct spw_histogram *set);
