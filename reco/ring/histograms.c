/* Histograms for later passes: T0s, mirrors, refraction. */
#include "reco/ring/ring.h"

#include <math.h>

enum { CALIBRATION_HITS = 8 }; ///< least hits of a ring that calibrates

/* With the fit's covariance C (unit errors of the hits), which knows of the track by the pull P:
   the hits' own one is C / (1 - P C), and the centre moves by that times P (centre - expected). */
struct ring_offset ring_offset(const struct ring_options *o, const struct ring *ring)
{
    const double xx = ring->covariance[0], xy = ring->covariance[1],
                 yy = ring->covariance[2], p = ring->pull;
    const double a = 1 - p * xx, b = -p * xy, d = 1 - p * yy, det = a * d - b * b;
    const double dx = ring->x - ring->expected_x, dy = ring->y - ring->expected_y;
    if (!(det > 1e-4)) return (struct ring_offset){0};
    const double fxx = (xx * d - xy * b) / det, fxy = (xy * a - xx * b) / det;
    const double fyy = (yy * a - xy * b) / det;
    return (struct ring_offset){
        .x = dx + p * (fxx * dx + fxy * dy),
        .y = dy + p * (fxy * dx + fyy * dy),
        .sigma_x = o->hit_sigma * sqrt(fxx + 1 / p),
        .sigma_y = o->hit_sigma * sqrt(fyy + 1 / p),
        .known = true,
    };
}

/* Centre and radius of a ring of a track. */
static void fill_track(const struct ring_state *state,
                       const struct ring *ring,
                       const double at[2],
                       struct spw_histogram *set)
{
    const struct ring_offset off = ring->offset;
    const uint32_t *id = state->histogram;
    spw_fill2(&set[id[RING_RADIUS_BY_MOMENTUM]], 1e-3f * ring->p_MeV, (float)ring->radius);
    if (!off.known || ring->n_hits < CALIBRATION_HITS) return;
    const float mirror = (float)na62_rich_mirror_at(&state->mirrors, at[0], at[1]),
                side = at[0] > 0 ? 26 : 27;
    spw_fill2(&set[id[RING_X_BY_MIRROR]], side, (float)off.x);
    spw_fill2(&set[id[RING_Y_BY_MIRROR]], side, (float)off.y);
    if (mirror < 1) return;
    spw_fill2(&set[id[RING_X_BY_MIRROR]], mirror, (float)off.x);
    spw_fill2(&set[id[RING_Y_BY_MIRROR]], mirror, (float)off.y);
}

/* Bins of the hits of one ring: time less the mean of the others. The histogram is larger than the
   near caches: bins first, then counts, fetched early. */
static uint32_t list_times(const struct ring_work *work,
                           const struct ring_cluster *cluster,
                           const struct ring *ring,
                           const struct spw_histogram *of,
                           uint32_t *bin)
{
    const float scale = (float)ring->n_hits / ((float)ring->n_hits - 1);
    uint32_t n = 0;
    for (uint32_t i = cluster->begin; i < cluster->end; ++i) {
        const float late = (work->hits.time_ns[i] - ring->time_ns) * scale;
        bin[n] = (work->hits.pm[i] + 1u) * of->stride[0] + spw_axis_bin(of, 1, late);
        __builtin_prefetch(&of->count[bin[n]], 1);
        n += work->hits.taken[i];
    }
    return n;
}

static void fill_ring(const struct ring_state *state,
                      const struct ring *ring,
                      float trigger_ns,
                      struct spw_histogram *set)
{
    spw_fill(&set[state->histogram[RING_TIME]], ring->time_ns - trigger_ns);
    spw_fill(&set[state->histogram[RING_HITS]], (float)ring->n_hits);
    spw_fill(&set[state->histogram[RING_RADIUS]], (float)ring->radius);
}

enum spw_status ring_fill_histograms(const struct ring_work *work,
                                     const struct spw_tracks *tracks,
                                     struct spw_worker *worker,
                                     const float *trigger_ns)
{
    const struct ring_state *state = work->state;
    struct spw_histogram *set = worker->histogram;
    struct spw_histogram *times = &set[state->histogram[RING_TIME_BY_CHANNEL]];
    uint32_t *bin, n_bins = 0;
    SPW_NEW(&worker->scratch, bin, work->hits.first[work->n_events] + 1);
    for (uint32_t c = 0; c < work->n_clusters; ++c) {
        const struct ring_cluster *cluster = &work->cluster[c];
        for (uint32_t r = 0; r < cluster->n_rings; ++r) {
            const struct ring *ring = &work->ring[cluster->ring[r]];
            double at[2];
            fill_ring(state, ring, trigger_ns[cluster->event], set);
            if (ring->track < 0) continue;
            ring_at_mirror(tracks,
                           tracks->rows.first[cluster->event] + (uint32_t)ring->track, at);
            fill_track(state, ring, at, set);
        }
        if (cluster->n_rings != 1) continue; /* hits of one particle only */
        const struct ring *ring = &work->ring[cluster->ring[0]];
        if (ring->n_hits >= CALIBRATION_HITS)
            n_bins += list_times(work, cluster, ring, times, bin + n_bins);
    }
    for (uint32_t i = 0; i < n_bins; ++i) ++times->count[bin[i]];
    return SPW_OK;
}
