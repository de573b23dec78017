/* Points of a chamber: clusters of two to four views that belong together
 * (docs/physics/straw_tracks.md, 3). */
#include "reco/straw/event.h"

#include <math.h>

enum { V, U, X, Y };

/// A base in a chamber of an event.
struct search {
    struct straw_event *event;
    const struct straw_base *base;
    uint32_t chamber;
    const struct straw_clusters *view; ///< [4] of the chamber
    uint64_t *complete;                ///< [4] by view: clusters in points of four views
};

/* Slopes from four views at four z: x and y give the place, v and u the two slopes. */
static bool measure_slopes(const struct search *search, struct straw_point *point)
{
    const float *w = point->w_mm, *z = point->dz_mm, sqrt2 = (float)M_SQRT2;
    const float a = sqrt2 * w[U] - w[X] - w[Y]; /* ux tx + uy ty */
    const float b = sqrt2 * w[V] - w[X] + w[Y]; /* vx tx - vy ty */
    const float ux = z[U] - z[X], uy = z[U] - z[Y], vx = z[V] - z[X], vy = z[V] - z[Y];
    const float per = -1 / (ux * vy + uy * vx);
    point->tx = (-vy * a - uy * b) * per;
    point->ty = (ux * b - vx * a) * per;
    point->slopes = true;
    return fabsf(point->tx) <= search->base->max_slope[0] &&
           fabsf(point->ty) <= search->base->max_slope[1];
}

/* Slopes towards the decays where the views cannot tell. */
static void
guess_slopes(const struct search *search, const float at_mm[2], struct straw_point *point)
{
    const float per_mm = search->event->finder->slope_per_mm[4 * search->chamber];
    point->tx = at_mm[0] * per_mm;
    point->ty = at_mm[1] * per_mm;
}

/* A point of one cluster a view (-1: none); false when they do not belong together. */
static bool emit(const struct search *search, const int cluster[4], const float at_mm[2])
{
    struct straw_event *event = search->event;
    uint32_t *n = &event->n_points[search->chamber];
    if (*n == (uint32_t)event->finder->settings.max_points) {
        event->cut = true;
        return false;
    }
    struct straw_point *point = &event->point[search->chamber][*n];
    *point = (struct straw_point){0};
    uint32_t n_singles = 0;
    float time = 0;
    for (uint32_t view = 0; view < 4; ++view) {
        if (cluster[view] < 0) continue;
        straw_point_add(point, event, search->chamber, view, (uint32_t)cluster[view]);
        n_singles += search->view[view].n_hits[cluster[view]] == 1;
        time += search->view[view].time_ns[cluster[view]];
    }
    if (n_singles == point->n_views) return false;
    point->time_ns = time / (float)point->n_views;
    guess_slopes(search, at_mm, point);
    if (point->n_views == 4 && !measure_slopes(search, point)) return false;

    const float slope[2] = {point->tx, point->ty};
    float at[2];
    straw_point_place(event->finder, point, slope, at);
    point->x_mm = at[0];
    point->y_mm = at[1];
    ++*n;
    return true;
}

static bool is_blind(const struct search *search, int k, const float at_mm[2])
{
    const uint32_t view = search->base->other[k];
    return straw_is_blind(&search->event->finder->wires, 4 * search->chamber + view,
                          straw_axis_c[view] * at_mm[0] + straw_axis_s[view] * at_mm[1]);
}

/* Points with both other views; true if there is one. */
static bool emit_four(const struct search *search,
                      const uint64_t near[2],
                      int cluster[4],
                      const float at_mm[2])
{
    bool any = false;
    for (uint64_t c = near[0]; c; c &= c - 1)
        for (uint64_t d = near[1]; d; d &= d - 1) {
            cluster[search->base->other[0]] = __builtin_ctzll(c);
            cluster[search->base->other[1]] = __builtin_ctzll(d);
            if (!emit(search, cluster, at_mm)) continue;
            any = true;
            for (uint32_t view = 0; view < 4; ++view)
                search->complete[view] |= UINT64_C(1) << cluster[view];
        }
    cluster[search->base->other[0]] = cluster[search->base->other[1]] = -1;
    return any;
}

/* Points with one of the other views or, where both are blind, none. */
static void emit_less(const struct search *search,
                      const uint64_t near[2],
                      int cluster[4],
                      const float at_mm[2])
{
    for (int k = 0; k < 2; ++k) {
        for (uint64_t c = near[k]; c; c &= c - 1) {
            cluster[search->base->other[k]] = __builtin_ctzll(c);
            emit(search, cluster, at_mm);
        }
        cluster[search->base->other[k]] = -1;
    }
    if (!(near[0] | near[1]) && is_blind(search, 0, at_mm) && is_blind(search, 1, at_mm))
        emit(search, cluster, at_mm);
}

/* Points that begin with cluster i of view a and j of view b. */
static void extend(const struct search *search, uint32_t i, uint32_t j)
{
    const struct straw_base *base = search->base;
    const struct straw_finder *finder = search->event->finder;
    const float wa = search->view[base->a].w_mm[i], wb = search->view[base->b].w_mm[j];
    const float at[2] = {base->to_x[0] * wa + base->to_x[1] * wb,
                         base->to_y[0] * wa + base->to_y[1] * wb};
    uint64_t near[2] = {0, 0};
    for (int k = 0; k < 2 && !base->gaps_only; ++k) {
        const uint32_t view = base->other[k];
        const struct straw_clusters *other = &search->view[view];
        const float place[2] = {search->view[base->a].time_ns[i],
                                straw_axis_c[view] * at[0] + straw_axis_s[view] * at[1]};
        near[k] = finder->kernels->near(other->count, other->time_ns, other->w_mm, place,
                                        base->reach[k]);
    }
    int cluster[4] = {-1, -1, -1, -1};
    cluster[base->a] = (int)i;
    cluster[base->b] = (int)j;
    if (near[0] && near[1] && (base->second || emit_four(search, near, cluster, at)))
        return;
    emit_less(search, near, cluster, at);
}

static void search_base(const struct search *search)
{
    const struct straw_base *base = search->base;
    const struct straw_clusters *a = &search->view[base->a], *b = &search->view[base->b];
    const float *range_a = base->range_mm[0], *range_b = base->range_mm[1];
    const float reach[2] = {base->reach[0][0], range_b[1]};
    for (uint32_t i = 0; i < a->count; ++i) {
        if (fabsf(a->w_mm[i] - range_a[0]) > range_a[1]) continue;
        const float place[2] = {a->time_ns[i], range_b[0]};
        uint64_t partners = search->event->finder->kernels->near(b->count, b->time_ns,
                                                                 b->w_mm, place, reach);
        if (base->second && search->complete[base->a] >> i & 1)
            partners &= ~search->complete[base->b];
        for (; partners; partners &= partners - 1)
            extend(search, i, (uint32_t)__builtin_ctzll(partners));
    }
}

void straw_find_points(struct straw_event *event)
{
    for (uint32_t chamber = 0; chamber < 4; ++chamber) {
        uint64_t complete[4] = {0};
        event->n_points[chamber] = 0;
        for (size_t k = 0; k < STRAW_BASES; ++k)
            search_base(&(struct search){event, &event->finder->base[chamber][k], chamber,
                                         &event->cluster[4 * chamber], complete});
    }
}
