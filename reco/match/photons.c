#include "reco/match/photons.h"

#include "geometry/na62_geometry.h"

#include <math.h>

uint32_t match_count_near(const struct spw_candidates *candidates,
                          uint32_t e,
                          float time_ns,
                          double window_ns)
{
    uint32_t n = 0;
    for (uint32_t i = candidates->rows.first[e]; i < candidates->rows.first[e + 1]; ++i)
        n += fabsf(candidates->time_ns[i] - time_ns) < (float)window_ns;
    return n;
}

/* True when a track near the time comes to the LKr near the cluster. */
static bool
is_of_a_track(const struct match_scene *scene, uint32_t e, uint32_t cluster, float time_ns)
{
    const struct spw_tracks *tracks = scene->inputs->tracks;
    const struct spw_clusters *lkr = scene->inputs->lkr;
    const float limit = (float)scene->options->photon_distance;
    const float window = (float)scene->options->window;
    for (uint32_t row = tracks->rows.first[e]; row < tracks->rows.first[e + 1]; ++row) {
        if (!(fabsf(scene->matches->time_ns[row] - time_ns) < window)) continue;
        const struct match_point at = match_behind(tracks, row, NA62_Z_LKR_MM);
        const float x = lkr->x_mm[cluster] - at.x_mm, y = lkr->y_mm[cluster] - at.y_mm;
        if (x * x + y * y < limit * limit) return true;
    }
    return false;
}

void match_photons_find(struct match_photons *photons,
                        const struct match_scene *scene,
                        uint32_t e,
                        float time_ns)
{
    const struct match_options *o = scene->options;
    const struct spw_clusters *lkr = scene->inputs->lkr;
    *photons = (struct match_photons){.n = 0};
    for (uint32_t i = lkr->rows.first[e]; i < lkr->rows.first[e + 1]; ++i) {
        if (!(lkr->energy_MeV[i] > (float)o->photon_energy)) continue;
        if (!(fabsf(lkr->time_ns[i] - time_ns) < (float)o->photon_window)) continue;
        if (is_of_a_track(scene, e, i, time_ns)) continue;
        if (photons->n_kept < MATCH_MAX_PHOTONS) photons->cluster[photons->n_kept++] = i;
        ++photons->n;
        photons->energy_MeV += lkr->energy_MeV[i];
    }
}
