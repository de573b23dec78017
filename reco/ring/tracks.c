/* Rings where tracks point to: of each cluster in time the radius that most hits agree with. */
#include "reco/ring/ring.h"

#include "geometry/na62_geometry.h"

#include <math.h>
#include <string.h>

const double ring_mass_MeV[RING_MASSES] = {0.51099895, 105.6583755, 139.57039, 493.677};

/// A mass hypothesis is preferred to a free radius, unless this many more hits speak for that.
#define MASS_BONUS 2.0f

double ring_expected_radius(const struct ring_state *state, double p_MeV, double mass_MeV)
{
    const double ratio = mass_MeV / p_MeV;
    const double index = 1 + state->options.refraction;
    const double cosine = sqrt(1 + ratio * ratio) / index;
    return cosine < 1 ? NA62_RICH_FOCAL_MM * sqrt(1 / (cosine * cosine) - 1) : 0;
}

/// Where a track points to, and the radii to try.
struct aim {
    float x, y, time_ns;
    float shift_x, shift_y;      ///< by the mirrors, contained in x and y
    float expected[RING_MASSES]; ///< radius of each hypothesis
    float radius[RING_RADII];    ///< those that can be, then a grid
};

static void aim_at(const struct ring_state *state,
                   const struct spw_tracks *tracks,
                   uint32_t row,
                   struct aim *aim)
{
    aim->x = (float)NA62_RICH_FOCAL_MM * tracks->dxdz_after[row];
    aim->y = (float)NA62_RICH_FOCAL_MM * tracks->dydz_after[row];
    aim->time_ns = tracks->time_ns[row];
    aim->shift_x = aim->shift_y = 0;
    memcpy(aim->radius, state->radius, sizeof aim->radius);
    for (int h = 0; h < RING_MASSES; ++h) {
        const double radius =
            ring_expected_radius(state, (double)tracks->p_MeV[row], ring_mass_MeV[h]);
        aim->expected[h] = (float)radius;
        aim->radius[h] = radius < state->options.radius_min ? -1e6f : (float)radius;
    }
}

/* The first of the largest values above 0, and where it stands. */
static float largest_of(const float *value, uint32_t *at)
{
    enum { LANES = 8 };

    float lane[LANES] = {0}, most = 0;
    uint32_t k = 0;
    for (int from = 0; from < RING_RADII; from += LANES)
        for (int i = 0; i < LANES; ++i)
            lane[i] = value[from + i] > lane[i] ? value[from + i] : lane[i];
    for (int i = 0; i < LANES; ++i) most = lane[i] > most ? lane[i] : most;
    if (!(most > 0)) return 0;
    while (value[k] != most) ++k;
    *at = k;
    return most;
}

/* Best radius in a cluster; its score is a number of hits, less what the time is off. */
static float try_cluster(const struct ring_work *work,
                         const struct ring_cluster *cluster,
                         const struct aim *aim,
                         float *radius)
{
    const struct ring_options *o = &work->state->options;
    const uint32_t middle = cluster->begin + (cluster->end - cluster->begin) / 2;
    const float late = (work->hits.time_ns[middle] - aim->time_ns) / (float)o->track_window;
    float score[RING_RADII];
    uint32_t k;
    if (!(fabsf(late) < 1)) return 0;
    const float centre[2] = {aim->x, aim->y};
    work->state->kernels->radii(cluster->end - cluster->begin,
                                work->hits.x_mm + cluster->begin,
                                work->hits.y_mm + cluster->begin, centre, aim->radius,
                                (float)(3 * o->hit_sigma), score);
    for (int h = 0; h < RING_MASSES; ++h) score[h] += score[h] > 0 ? MASS_BONUS : 0;
    const float best = largest_of(score, &k);
    if (best > 0) *radius = aim->radius[k];
    return best - 8 * late * late;
}

/* Mean shift of the images of the mirrors that the light of a track meets. */
static void shift_ring(const struct ring_state *state, const double at[2], struct aim *aim)
{
    enum { DIRECTIONS = 8 };

    const double spread = RING_MEAN_PATH * (double)aim->expected[0];
    for (int k = 0; k < DIRECTIONS; ++k) {
        const double phi = 2 * M_PI * k / DIRECTIONS;
        const uint32_t mirror = na62_rich_mirror_at(
            &state->mirrors, at[0] + spread * cos(phi), at[1] + spread * sin(phi));
        aim->shift_x += (float)state->mirrors.shift_x_mm[mirror] / DIRECTIONS;
        aim->shift_y += (float)state->mirrors.shift_y_mm[mirror] / DIRECTIONS;
    }
    aim->x += aim->shift_x;
    aim->y += aim->shift_y;
}

static void seed_track(struct ring_work *work,
                       const struct spw_tracks *tracks,
                       uint32_t event,
                       uint32_t row)
{
    const struct ring_options *o = &work->state->options;
    struct aim aim;
    float best = 0, circle[3];
    uint32_t which = 0;
    if (!(tracks->p_MeV[row] > 0)) return;
    aim_at(work->state, tracks, row, &aim);
    if (work->state->shifted) {
        double at[2];
        ring_at_mirror(tracks, row, at);
        shift_ring(work->state, at, &aim);
    }
    for (uint32_t c = work->cluster_first[event]; c < work->cluster_first[event + 1]; ++c) {
        float radius = 0;
        const float score = try_cluster(work, &work->cluster[c], &aim, &radius);
        if (!(score > best)) continue;
        best = score;
        which = c;
        circle[2] = radius;
    }
    if (!(best > 0)) return;
    circle[0] = aim.x;
    circle[1] = aim.y;
    struct ring *ring = ring_add(work, which, circle);
    if (!ring) return;
    const double bend = NA62_RICH_FOCAL_MM * o->scattering / (double)tracks->p_MeV[row];
    ring->track = (int32_t)(row - tracks->rows.first[event]);
    ring->p_MeV = tracks->p_MeV[row];
    memcpy(ring->expected_radius, aim.expected, sizeof aim.expected);
    ring->shift_x = (double)aim.shift_x;
    ring->shift_y = (double)aim.shift_y;
    ring->expected_x = (double)aim.x;
    ring->expected_y = (double)aim.y;
    ring->pull =
        o->hit_sigma * o->hit_sigma / (o->centre_sigma * o->centre_sigma + bend * bend);
}

void ring_seed_tracks(struct ring_work *work,
                      const struct spw_tracks *tracks,
                      uint32_t n_events)
{
    for (uint32_t e = 0; e < n_events; ++e) {
        for (uint32_t t = tracks->rows.first[e]; t < tracks->rows.first[e + 1]; ++t)
            seed_track(work, tracks, e, t);
        work->track_ring[e + 1] = work->n_rings;
    }
    ring_fit_seeds(work);
    ring_fit_new(work);
}
