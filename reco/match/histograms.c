#include "reco/match/histograms.h"

#include "geometry/na62_geometry.h"

#include <math.h>

enum { CELLS = NA62_LKR_SIDE * NA62_LKR_SIDE };

static const struct spw_histogram_spec specs[MATCH_N_HISTOGRAMS] = {
    [MATCH_TRACK_KTAG] = {"/events/track_time_by_ktag",
                          "track time - nearest KTAG kaon",
                          1,
                          {{"time_ns", "track time - kaon time [ns]", -2, 2, 400}}},
    [MATCH_TRACK_CHOD] = {"/events/track_time_by_chod",
                          "straw track time - its CHOD candidate",
                          1,
                          {{"time_ns", "track time - CHOD time [ns]", -10, 10, 400}}},
    [MATCH_TRACK_GTK] = {"/events/track_time_by_gtk",
                         "track time - its beam track",
                         1,
                         {{"time_ns", "track time - beam track time [ns]", -2, 2, 400}}},
    [MATCH_E_OVER_P] = {"/events/e_over_p",
                        "E/p of tracks with an LKr cluster, by momentum",
                        2,
                        {{"p_MeV", "momentum [MeV]", 0, 80000, 16},
                         {"e_over_p", "E/p", 0, 1.5, 150}}},
    [MATCH_E_OVER_P_BY_CELL] = {"/lkr/e_over_p_by_cell",
                                "E/p of selected electrons by the cell of the seed",
                                2,
                                {{"cell", "128 x + y of the cell", 0, CELLS, CELLS},
                                 {"e_over_p", "E/p", 0.7, 1.3, 60}}},
    [MATCH_LKR_DISTANCE] = {"/events/lkr_distance",
                            "distance of tracks from their LKr clusters",
                            1,
                            {{"distance_mm", "distance [mm]", 0, 100, 200}}},
    [MATCH_VERTEX_Z] = {"/events/vertex_z",
                        "vertices of a selection by number of tracks",
                        2,
                        {{"tracks", "tracks", 1, 4, 3},
                         {"z_mm", "z [mm]", 90000, 190000, 100}}},
};

enum spw_status match_histograms_book(struct match_histograms *histograms,
                                      struct spw_run *run)
{
    for (int h = 0; h < MATCH_N_HISTOGRAMS; ++h)
        SPW_TRY(spw_histogram_book(&run->histograms, &run->arena, &specs[h],
                                   &histograms->id[h]));
    return SPW_OK;
}

void match_histograms_tracks(const struct match_histograms *histograms,
                             const struct match_scene *scene,
                             uint32_t e,
                             struct spw_histogram *set)
{
    const uint32_t *id = histograms->id;
    const struct spw_matches *m = scene->matches;
    const struct match_inputs *in = scene->inputs;
    const uint32_t *first = in->tracks->rows.first;
    for (uint32_t row = first[e]; row < first[e + 1]; ++row) {
        const uint32_t chod = in->chod->rows.first[e] + (uint32_t)m->chod[row];
        const uint32_t ktag = in->ktag->rows.first[e] + (uint32_t)m->ktag[row];
        const uint32_t beam = in->beam->rows.first[e] + (uint32_t)m->beam[row];
        if (m->ktag[row] >= 0)
            spw_fill(&set[id[MATCH_TRACK_KTAG]], m->time_ns[row] - in->ktag->time_ns[ktag]);
        if (m->chod[row] >= 0)
            spw_fill(&set[id[MATCH_TRACK_CHOD]],
                     in->tracks->time_ns[row] - in->chod->time_ns[chod]);
        if (m->beam[row] >= 0)
            spw_fill(&set[id[MATCH_TRACK_GTK]], m->time_ns[row] - in->beam->time_ns[beam]);
        if (m->cluster[row] < 0) continue;
        spw_fill(&set[id[MATCH_LKR_DISTANCE]], m->lkr_distance_mm[row]);
        spw_fill2(&set[id[MATCH_E_OVER_P]], in->tracks->p_MeV[row], m->e_over_p[row]);
    }
}

void match_histograms_selected(const struct match_histograms *histograms,
                               const struct match_vertex *at,
                               struct spw_histogram *set)
{
    const struct spw_matches *m = at->scene->matches;
    const struct spw_clusters *lkr = at->scene->inputs->lkr;
    const int n = at->vertices->n_tracks[at->row];
    spw_fill2(&set[histograms->id[MATCH_VERTEX_Z]], (float)n,
              (float)at->vertices->z_mm[at->row]);
    for (int i = 0; i < n; ++i) {
        const uint32_t track = (uint32_t)at->vertices->track[i][at->row];
        if (!(m->identity[track] & SPW_IS_ELECTRON)) continue;
        const uint32_t seed =
            lkr->seed_channel[lkr->rows.first[at->e] + (uint32_t)m->cluster[track]];
        const uint32_t cell = NA62_LKR_SIDE * (seed / 1000) + seed % 1000;
        spw_fill2(&set[histograms->id[MATCH_E_OVER_P_BY_CELL]], (float)cell,
                  m->e_over_p[track]);
    }
}
