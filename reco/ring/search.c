/* Rings without tracks: a circle through all free hits, or else the best circle through three of
   them; its hits are taken out, and again. */
#include "reco/ring/fit.h"

#include <math.h>
#include <string.h>

enum { ROUNDS = RING_CLUSTER_RINGS };

/// Hits of a cluster that no ring has taken.
struct free_hits {
    _Alignas(64) float x[RING_CLUSTER_HITS], y[RING_CLUSTER_HITS];
    uint32_t n;
};

static void collect(const struct ring_work *work,
                    const struct ring_cluster *cluster,
                    struct free_hits *hits)
{
    hits->n = 0;
    for (uint32_t i = cluster->begin; i < cluster->end; ++i) {
        hits->x[hits->n] = work->hits.x_mm[i];
        hits->y[hits->n] = work->hits.y_mm[i];
        hits->n += !work->hits.taken[i];
    }
}

static void circle_lanes(struct ring_work *work, struct ring_lanes *lanes)
{
    ring_lanes_close(lanes);
    work->state->kernels->taubin(&lanes->block);
    for (uint32_t i = 0; i < lanes->n; ++i) {
        float *circle = work->cluster[lanes->which[i]].circle;
        circle[0] = (float)lanes->block.centre_x[i];
        circle[1] = (float)lanes->block.centre_y[i];
        circle[2] = (float)lanes->block.radius[i];
    }
    lanes->n = 0;
    memset(lanes->n_hits, 0, sizeof lanes->n_hits);
}

/* Algebraic circles through all free hits of the active clusters; too few hits end a search. */
static void circle_all(struct ring_work *work)
{
    struct free_hits hits;
    struct ring_lanes lanes;
    ring_lanes_clear(&lanes);
    for (uint32_t c = 0; c < work->n_clusters; ++c) {
        struct ring_cluster *cluster = &work->cluster[c];
        if (!cluster->active) continue;
        collect(work, cluster, &hits);
        cluster->active = hits.n >= (uint32_t)work->state->options.min_hits;
        if (!cluster->active) continue;
        for (uint32_t i = 0; i < hits.n; ++i)
            if (!ring_lanes_add_hit(&lanes, (double)hits.x[i], (double)hits.y[i], 1)) break;
        lanes.which[lanes.n] = c;
        if (++lanes.n == RING_LANES) circle_lanes(work, &lanes);
    }
    if (lanes.n) circle_lanes(work, &lanes);
}

/* Nearly all of the hits are close to the circle. */
static bool
fits_all(const struct ring_work *work, const struct free_hits *hits, const float circle[3])
{
    const struct ring_options *o = &work->state->options;
    float profile[RING_CLUSTER_HITS];
    uint32_t n = 0;
    if (!(circle[2] >= (float)o->radius_min) || !(circle[2] <= (float)o->radius_max))
        return false;
    work->state->kernels->profile(hits->n, hits->x, hits->y, circle,
                                  (float)ring_width(work->state), profile);
    for (uint32_t i = 0; i < hits->n; ++i) n += profile[i] > 0;
    return 8 * n >= 7 * hits->n;
}

/* Three different numbers below n >= 3, from three fractions of 2^32. */
static void draw(const uint32_t *fraction, uint32_t n, uint32_t three[3])
{
    for (uint32_t i = 0; i < 3; ++i)
        three[i] = (uint32_t)((uint64_t)fraction[i] * (n - i) >> 32);
    three[1] += three[1] >= three[0];
    const uint32_t low = three[0] < three[1] ? three[0] : three[1];
    const uint32_t high = three[0] < three[1] ? three[1] : three[0];
    three[2] += three[2] >= low;
    three[2] += three[2] >= high;
}

static void draw_triples(const struct ring_state *state,
                         const struct free_hits *hits,
                         struct ring_triples *t)
{
    for (uint32_t i = 0; i < RING_TRIPLES; ++i) {
        uint32_t three[3];
        draw(state->fraction + 3 * i, hits->n, three);
        t->ax[i] = hits->x[three[0]];
        t->ay[i] = hits->y[three[0]];
        t->bx[i] = hits->x[three[1]];
        t->by[i] = hits->y[three[1]];
        t->cx[i] = hits->x[three[2]];
        t->cy[i] = hits->y[three[2]];
    }
}

/* Into the next lane: the best of the circles [first, first + n) and the hits near it, which
   weigh more the nearer they are. */
static void add_best(const struct ring_work *work,
                     const struct free_hits *hits,
                     const struct ring_triples *t,
                     uint32_t first,
                     struct ring_lanes *lanes)
{
    float profile[RING_CLUSTER_HITS];
    uint32_t best = first;
    for (uint32_t i = first + 1; i < first + RING_TRIPLES / RING_LANES; ++i)
        if (t->score[i] > t->score[best]) best = i;
    if (!(t->score[best] > 0)) return;
    const float circle[3] = {t->x[best], t->y[best], t->radius[best]};
    work->state->kernels->profile(hits->n, hits->x, hits->y, circle,
                                  (float)(2 * ring_width(work->state)), profile);
    lanes->block.centre_x[lanes->n] = (double)circle[0];
    lanes->block.centre_y[lanes->n] = (double)circle[1];
    lanes->block.radius[lanes->n] = (double)circle[2];
    for (uint32_t i = 0; i < hits->n; ++i)
        if (profile[i] > 0 && !ring_lanes_add_hit(lanes, (double)hits->x[i],
                                                  (double)hits->y[i], (double)profile[i]))
            break;
    ++lanes->n;
}

/* Of the best circles through three hits, fitted to the hits near them, the one that most hits
   agree with; false: none is allowed. */
static bool try_triples(const struct ring_work *work,
                        const struct free_hits *hits,
                        struct ring_lanes *lanes,
                        float circle[3])
{
    const struct ring_options *o = &work->state->options;
    struct ring_triples t = {
        .radius_min = (float)o->radius_min,
        .radius_max = (float)o->radius_max,
        .width = (float)(3 * o->hit_sigma),
    };
    float profile[RING_CLUSTER_HITS], best = 0;
    draw_triples(work->state, hits, &t);
    work->state->kernels->triples(&t, hits->n, hits->x, hits->y);
    for (uint32_t i = 0; i < RING_LANES; ++i)
        add_best(work, hits, &t, i * (RING_TRIPLES / RING_LANES), lanes);
    ring_lanes_close(lanes);
    work->state->kernels->geometric(&lanes->block, 3);
    for (uint32_t i = 0; i < lanes->n; ++i) {
        const float fitted[3] = {(float)lanes->block.centre_x[i],
                                 (float)lanes->block.centre_y[i],
                                 (float)lanes->block.radius[i]};
        float sum = 0;
        if (!(fitted[2] >= t.radius_min) || !(fitted[2] <= t.radius_max)) continue;
        work->state->kernels->profile(hits->n, hits->x, hits->y, fitted,
                                      (float)ring_width(work->state), profile);
        for (uint32_t k = 0; k < hits->n; ++k) sum += profile[k];
        if (!(sum > best)) continue;
        best = sum;
        memcpy(circle, fitted, sizeof fitted);
    }
    lanes->n = 0;
    memset(lanes->n_hits, 0, sizeof lanes->n_hits);
    return best > 0;
}

static void seed_all(struct ring_work *work)
{
    struct free_hits hits;
    struct ring_lanes lanes;
    ring_lanes_clear(&lanes);
    for (uint32_t c = 0; c < work->n_clusters; ++c) {
        struct ring_cluster *cluster = &work->cluster[c];
        cluster->changed = false;
        if (!cluster->active) continue;
        collect(work, cluster, &hits);
        const bool found = fits_all(work, &hits, cluster->circle) ||
                           try_triples(work, &hits, &lanes, cluster->circle);
        cluster->active = found && ring_add(work, c, cluster->circle);
    }
}

/* A search goes on where the last one gave a ring. */
static bool go_on(struct ring_work *work)
{
    bool any = false;
    for (uint32_t c = 0; c < work->n_clusters; ++c) {
        struct ring_cluster *cluster = &work->cluster[c];
        if (!cluster->active) continue;
        cluster->active =
            cluster->n_rings && cluster->ring[cluster->n_rings - 1] >= work->n_rings_before;
        any |= cluster->active;
    }
    return any;
}

void ring_search(struct ring_work *work)
{
    for (uint32_t c = 0; c < work->n_clusters; ++c) work->cluster[c].active = true;
    for (int round = 0; round < ROUNDS; ++round) {
        work->n_rings_before = work->n_rings;
        circle_all(work);
        seed_all(work);
        if (work->n_rings == work->n_rings_before) return;
        ring_fit_new(work);
        if (!go_on(work)) return;
    }
}
