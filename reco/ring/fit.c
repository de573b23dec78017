/* Rings are fitted side by side, whatever events they are of; those of one cluster share hits. */
#include "reco/ring/fit.h"

#include <math.h>
#include <string.h>

/// Of one circle, a hit at 3.0 widths has this; farther ones do not belong to it.
#define PROFILE_CUT 0.00134f
/// A hit is shared when another ring's profile reaches this part of its own.
#define SHARED_PART 0.1f

double ring_width(const struct ring_state *state)
{
    return state->options.hit_sigma / sqrt(RING_PROFILE_VARIANCE);
}

void ring_lanes_clear(struct ring_lanes *lanes)
{
    memset(&lanes->block, 0, sizeof lanes->block);
    memset(lanes->n_hits, 0, sizeof lanes->n_hits);
    lanes->n = 0;
}

/* Slots that no hit of a lane has filled weigh nothing. */
void ring_lanes_close(struct ring_lanes *lanes)
{
    uint32_t longest = 0;
    for (int i = 0; i < RING_LANES; ++i)
        longest = lanes->n_hits[i] > longest ? lanes->n_hits[i] : longest;
    for (uint32_t i = 0; i < RING_LANES; ++i)
        for (uint32_t k = lanes->n_hits[i]; k < longest; ++k) lanes->block.weight[k][i] = 0;
    lanes->block.n_slots = longest;
}

bool ring_lanes_add_hit(struct ring_lanes *lanes, double x, double y, double weight)
{
    const uint32_t k = lanes->n_hits[lanes->n];
    if (k == RING_SLOTS) return false;
    lanes->block.x[k][lanes->n] = x;
    lanes->block.y[k][lanes->n] = y;
    lanes->block.weight[k][lanes->n] = weight;
    lanes->n_hits[lanes->n] = k + 1;
    return true;
}

struct ring *ring_add(struct ring_work *work, uint32_t c, const float circle[3])
{
    struct ring_cluster *cluster = &work->cluster[c];
    if (cluster->n_rings == RING_CLUSTER_RINGS || work->n_rings == work->capacity) {
        work->cut[cluster->event] = 1;
        return NULL;
    }
    struct ring *ring = &work->ring[work->n_rings];
    cluster->ring[cluster->n_rings++] = work->n_rings++;
    *ring = (struct ring){
        .cluster = c,
        .track = -1,
        .x = (double)circle[0],
        .y = (double)circle[1],
        .radius = (double)circle[2],
        .alive = true,
    };
    cluster->changed = true;
    return ring;
}

void ring_profiles_make(struct ring_profiles *profiles,
                        const struct ring_work *work,
                        const struct ring_cluster *cluster,
                        double width)
{
    const uint32_t n = cluster->end - cluster->begin;
    const float *x = work->hits.x_mm + cluster->begin,
                *y = work->hits.y_mm + cluster->begin;
    for (uint32_t r = 0; r < cluster->n_rings; ++r) {
        const struct ring *ring = &work->ring[cluster->ring[r]];
        const float circle[3] = {(float)ring->x, (float)ring->y, (float)ring->radius};
        work->state->kernels->profile(n, x, y, circle, (float)width, profiles->of[r]);
    }
    for (uint32_t i = 0; i < n; ++i) {
        float sum = 0;
        for (uint32_t r = 0; r < cluster->n_rings; ++r) sum += profiles->of[r][i];
        profiles->sum[i] = sum;
    }
}

/* Results of all lanes back to their rings. */
static void fit_lanes(struct ring_work *work, struct ring_lanes *lanes)
{
    ring_lanes_close(lanes);
    work->state->kernels->geometric(&lanes->block, lanes->n_steps);
    for (uint32_t i = 0; i < lanes->n; ++i) {
        struct ring *ring = &work->ring[lanes->which[i]];
        ring->x = lanes->block.centre_x[i];
        ring->y = lanes->block.centre_y[i];
        ring->radius = lanes->block.radius[i];
        ring->chi2 = lanes->block.chi2[i];
        for (int k = 0; k < 6; ++k) ring->covariance[k] = lanes->block.covariance[k][i];
    }
    lanes->n = 0;
    memset(lanes->n_hits, 0, sizeof lanes->n_hits);
}

/* One ring into the next lane: a hit counts by its part in the ring; softly, less the farther
   it is. */
static void add_ring(struct ring_work *work,
                     struct ring_lanes *lanes,
                     const struct ring_cluster *cluster,
                     const struct ring_profiles *profiles,
                     uint32_t r)
{
    struct ring *ring = &work->ring[cluster->ring[r]];
    struct ring_block *block = &lanes->block;
    const uint32_t lane = lanes->n, n = cluster->end - cluster->begin;
    const float *own = profiles->of[r], *sum = profiles->sum;
    block->centre_x[lane] = ring->x;
    block->centre_y[lane] = ring->y;
    block->radius[lane] = ring->radius;
    block->expected_x[lane] = ring->expected_x;
    block->expected_y[lane] = ring->expected_y;
    block->pull[lane] = ring->pull;
    for (uint32_t i = 0; i < n; ++i) {
        if (own[i] < PROFILE_CUT) continue;
        const uint32_t at = cluster->begin + i;
        const float part = own[i] / sum[i], weight = lanes->soft ? part * own[i] : part;
        if (!ring_lanes_add_hit(lanes, (double)work->hits.x_mm[at],
                                (double)work->hits.y_mm[at], (double)weight))
            ring->quality |= SPW_RING_CUT;
    }
    lanes->which[lane] = cluster->ring[r];
    if (++lanes->n == RING_LANES) fit_lanes(work, lanes);
}

/* n_steps: of Gauss-Newton with the same weights. */
static void fit_all(struct ring_work *work, double width, uint32_t n_steps, bool soft)
{
    struct ring_profiles profiles;
    struct ring_lanes lanes;
    ring_lanes_clear(&lanes);
    lanes.soft = soft;
    lanes.n_steps = n_steps;
    for (uint32_t c = 0; c < work->n_clusters; ++c) {
        const struct ring_cluster *cluster = &work->cluster[c];
        if (!cluster->changed) continue;
        ring_profiles_make(&profiles, work, cluster, width);
        for (uint32_t r = 0; r < cluster->n_rings; ++r)
            add_ring(work, &lanes, cluster, &profiles, r);
    }
    if (lanes.n) fit_lanes(work, &lanes);
}

/* Hits nearer to ring r than to any other of its cluster: number, shared ones, mean time. */
static void count_hits(const struct ring_work *work,
                       const struct ring_cluster *cluster,
                       const struct ring_profiles *profiles,
                       uint32_t r)
{
    struct ring *ring = &work->ring[cluster->ring[r]];
    float time = 0;
    ring->n_hits = ring->n_shared = 0;
    for (uint32_t i = 0; i < cluster->end - cluster->begin; ++i) {
        const float own = profiles->of[r][i], others = profiles->sum[i] - own;
        if (own < PROFILE_CUT || 2 * own < profiles->sum[i]) continue;
        ++ring->n_hits;
        ring->n_shared += others > SHARED_PART * own;
        time += work->hits.time_ns[cluster->begin + i] - work->hits.time_ns[cluster->begin];
    }
    ring->time_ns = work->hits.time_ns[cluster->begin] +
                    (ring->n_hits ? time / (float)ring->n_hits : 0);
}

static bool is_good(const struct ring_options *o, const struct ring *ring)
{
    const int64_t least = ring->track >= 0 ? o->min_track_hits : o->min_hits;
    return ring->n_hits >= least && ring->radius >= o->radius_min &&
           ring->radius <= o->radius_max && isfinite(ring->x) && isfinite(ring->y);
}

/* Rings that are none leave the cluster; true if there were any. */
static bool drop_bad(struct ring_work *work, struct ring_cluster *cluster)
{
    uint32_t kept = 0;
    for (uint32_t r = 0; r < cluster->n_rings; ++r) {
        struct ring *ring = &work->ring[cluster->ring[r]];
        ring->alive = is_good(&work->state->options, ring);
        cluster->ring[kept] = cluster->ring[r];
        kept += ring->alive;
    }
    const bool any = kept < cluster->n_rings;
    cluster->n_rings = kept;
    return any;
}

static void count_all(struct ring_work *work)
{
    struct ring_profiles profiles;
    const double width = ring_width(work->state);
    for (uint32_t c = 0; c < work->n_clusters; ++c) {
        struct ring_cluster *cluster = &work->cluster[c];
        if (!cluster->changed) continue;
        do {
            ring_profiles_make(&profiles, work, cluster, width);
            for (uint32_t r = 0; r < cluster->n_rings; ++r)
                count_hits(work, cluster, &profiles, r);
        } while (drop_bad(work, cluster));
        for (uint32_t i = cluster->begin; i < cluster->end; ++i)
            work->hits.taken[i] = profiles.sum[i - cluster->begin] >= PROFILE_CUT;
    }
}

void ring_fit_seeds(struct ring_work *work)
{
    fit_all(work, 2 * ring_width(work->state), 1, true);
}

void ring_fit_new(struct ring_work *work)
{
    const double width = ring_width(work->state);
    fit_all(work, width, 2, false);
    fit_all(work, width, 1, false);
    count_all(work);
}
