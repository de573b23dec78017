/* Points of a chamber: clusters of two to four views that belong together
 * (docs/physics/straw_tracks.md, 3). */
#include "reco/straw/event.h"

#include <math.h>

enum { MAX_MATCHES = 6 };

enum { V, U, X, Y };

/// Two views that place a track, and the two that confirm it.
struct base {
    uint8_t a, b; ///< they give x and y
    uint8_t other[2];
    bool second;    ///< another base has found what both others confirm
    bool gaps_only; ///< used only where both others are blind
};

static const struct base bases[] = {
    {X, Y, {V, U}, false, false}, {U, V, {X, Y}, true, false}, {U, Y, {V, X}, true, true},
    {V, Y, {U, X}, true, true},   {U, X, {V, Y}, true, true},  {V, X, {U, Y}, true, true},
};

/// A base in a chamber of an event, and where the windows in time begin.
struct search {
    struct straw_event *event;
    const struct base *base;
    uint32_t chamber;
    float xa, xb, ya, yb; ///< x = xa wa + xb wb, y = ya wa + yb wb
    float window_mm[2];   ///< for the other views
    uint32_t low[4];      ///< by view: first cluster not too early
};

/// Clusters of the other views near a place.
struct matches {
    uint16_t cluster[2][MAX_MATCHES];
    uint32_t n[2];
};

static float view_z_mm(const struct search *search, uint32_t view)
{
    return search->event->finder->view_z_mm[4 * search->chamber + view];
}

static float slope_limit_x(const struct straw_event *event, uint32_t chamber)
{
    const struct straw_settings *s = &event->finder->settings;
    return (float)(chamber < 2 ? s->slope_before : s->slope_after);
}

/* How far from its nominal place a view may be hit, for slopes up to their limits. */
static float window_of(const struct search *search, uint32_t view)
{
    const struct straw_settings *s = &search->event->finder->settings;
    const float limit = slope_limit_x(search->event, search->chamber);
    const float limit_y = (float)s->slope_before, z = view_z_mm(search, view);
    const float za = view_z_mm(search, search->base->a) - z;
    const float zb = view_z_mm(search, search->base->b) - z;
    const float far = fmaxf(fabsf(za), fabsf(zb));
    return (float)s->view_tolerance +
           far * (fabsf(straw_axis_c[view]) * limit + fabsf(straw_axis_s[view]) * limit_y);
}

static void search_init(struct search *search,
                        struct straw_event *event,
                        uint32_t chamber,
                        const struct base *base)
{
    *search = (struct search){.event = event, .base = base, .chamber = chamber};
    const float ca = straw_axis_c[base->a], sa = straw_axis_s[base->a];
    const float cb = straw_axis_c[base->b], sb = straw_axis_s[base->b];
    const float det = ca * sb - cb * sa;
    search->xa = sb / det;
    search->xb = -sa / det;
    search->ya = -cb / det;
    search->yb = ca / det;
    for (int i = 0; i < 2; ++i) search->window_mm[i] = window_of(search, base->other[i]);
}

static const struct straw_cluster *
cluster_of(const struct search *search, uint32_t view, uint32_t i)
{
    return &search->event->cluster[4 * search->chamber + view][i];
}

static uint32_t count_of(const struct search *search, uint32_t view)
{
    return search->event->n_clusters[4 * search->chamber + view];
}

/* Passes clusters of a view that are too early for all that follow. */
static void pass_early(struct search *search, uint32_t view, float time_ns)
{
    const uint32_t n = count_of(search, view);
    uint32_t *low = &search->low[view];
    while (*low < n && cluster_of(search, view, *low)->time_ns < time_ns) ++*low;
}

static void find_matches(const struct search *search,
                         float time_ns,
                         const float at_mm[2],
                         struct matches *found)
{
    const float latest = time_ns + (float)search->event->finder->settings.time_window;
    for (int k = 0; k < 2; ++k) {
        const uint32_t view = search->base->other[k], n = count_of(search, view);
        const float w = straw_axis_c[view] * at_mm[0] + straw_axis_s[view] * at_mm[1];
        found->n[k] = 0;
        for (uint32_t i = search->low[view]; i < n; ++i) {
            const struct straw_cluster *cluster = cluster_of(search, view, i);
            if (cluster->time_ns > latest || found->n[k] == MAX_MATCHES) break;
            if (fabsf(cluster->w_mm - w) <= search->window_mm[k])
                found->cluster[k][found->n[k]++] = (uint16_t)i;
        }
    }
}

/* Slopes from four views at four z: the base gives x and y, the others the two slopes. */
static bool measure_slopes(const struct search *search, struct straw_point *point)
{
    const struct straw_cluster *v = cluster_of(search, V, point->cluster[V]);
    const struct straw_cluster *u = cluster_of(search, U, point->cluster[U]);
    const struct straw_cluster *x = cluster_of(search, X, point->cluster[X]);
    const struct straw_cluster *y = cluster_of(search, Y, point->cluster[Y]);
    const float sqrt2 = (float)M_SQRT2;
    const float a = sqrt2 * u->w_mm - x->w_mm - y->w_mm; /* ux tx + uy ty */
    const float b = sqrt2 * v->w_mm - x->w_mm + y->w_mm; /* vx tx - vy ty */
    const float ux = u->z_mm - x->z_mm, uy = u->z_mm - y->z_mm;
    const float vx = v->z_mm - x->z_mm, vy = v->z_mm - y->z_mm;
    const float det = -(ux * vy + uy * vx);
    point->tx = (-vy * a - uy * b) / det;
    point->ty = (ux * b - vx * a) / det;
    point->slopes = true;
    return fabsf(point->tx) <= slope_limit_x(search->event, search->chamber) &&
           fabsf(point->ty) <= (float)search->event->finder->settings.slope_before;
}

/* Slopes towards the decays where the views cannot tell. */
static void
guess_slopes(const struct search *search, const float at_mm[2], struct straw_point *point)
{
    const struct straw_finder *finder = search->event->finder;
    const float z =
        finder->chamber_z_mm[search->chamber] - (float)finder->settings.pointing_z;
    point->tx = at_mm[0] / z;
    point->ty = at_mm[1] / z;
    point->slopes = false;
}

/* A point of the clusters given; false when they do not belong together. */
static bool
emit(const struct search *search, const uint16_t cluster[4], const float at_mm[2])
{
    struct straw_event *event = search->event;
    struct straw_point point = {
        .cluster = {cluster[0], cluster[1], cluster[2], cluster[3]}};
    uint32_t n_singles = 0;
    float time = 0;
    for (uint32_t view = 0; view < 4; ++view) {
        if (cluster[view] == STRAW_NONE) continue;
        const struct straw_cluster *c = cluster_of(search, view, cluster[view]);
        n_singles += c->single;
        time += c->time_ns;
        ++point.n_views;
    }
    if (n_singles + 1u > point.n_views) return false;
    point.time_ns = time / (float)point.n_views;
    guess_slopes(search, at_mm, &point);
    if (point.n_views == 4 && !measure_slopes(search, &point)) return false;

    const float slope[2] = {point.tx, point.ty};
    float at[2];
    straw_point_place(event, search->chamber, &point, slope, at);
    point.x_mm = at[0];
    point.y_mm = at[1];
    if (event->n_points[search->chamber] == (uint32_t)event->finder->settings.max_points) {
        event->cut = true;
        return false;
    }
    event->point[search->chamber][event->n_points[search->chamber]++] = point;
    return true;
}

static bool is_blind(const struct search *search, int k, const float at_mm[2])
{
    const uint32_t view = search->base->other[k];
    return straw_is_blind(&search->event->finder->wires, 4 * search->chamber + view,
                          straw_axis_c[view] * at_mm[0] + straw_axis_s[view] * at_mm[1]);
}

/* All points that begin with cluster i of view a and j of view b. */
static void extend(const struct search *search, uint32_t i, uint32_t j)
{
    const struct base *base = search->base;
    const struct straw_cluster *a = cluster_of(search, base->a, i);
    const struct straw_cluster *b = cluster_of(search, base->b, j);
    const float at[2] = {search->xa * a->w_mm + search->xb * b->w_mm,
                         search->ya * a->w_mm + search->yb * b->w_mm};
    uint16_t cluster[4] = {STRAW_NONE, STRAW_NONE, STRAW_NONE, STRAW_NONE};
    cluster[base->a] = (uint16_t)i;
    cluster[base->b] = (uint16_t)j;
    struct matches found = {.n = {0, 0}};
    if (!base->gaps_only) find_matches(search, a->time_ns, at, &found);
    if (base->second && found.n[0] && found.n[1]) return;

    bool complete = false;
    for (uint32_t m = 0; m < found.n[0]; ++m)
        for (uint32_t n = 0; n < found.n[1]; ++n) {
            cluster[base->other[0]] = found.cluster[0][m];
            cluster[base->other[1]] = found.cluster[1][n];
            complete |= emit(search, cluster, at);
        }
    if (complete) return;
    for (int k = 0; k < 2; ++k) {
        cluster[base->other[!k]] = STRAW_NONE;
        for (uint32_t m = 0; m < found.n[k]; ++m) {
            cluster[base->other[k]] = found.cluster[k][m];
            emit(search, cluster, at);
        }
        cluster[base->other[k]] = STRAW_NONE;
    }
    if (found.n[0] + found.n[1] == 0 && is_blind(search, 0, at) && is_blind(search, 1, at))
        emit(search, cluster, at);
}

static void
search_base(struct straw_event *event, uint32_t chamber, const struct base *base)
{
    struct search search;
    search_init(&search, event, chamber, base);
    const float window = (float)event->finder->settings.time_window;
    const uint32_t na = count_of(&search, base->a), nb = count_of(&search, base->b);
    for (uint32_t i = 0; i < na; ++i) {
        const struct straw_cluster *a = cluster_of(&search, base->a, i);
        pass_early(&search, base->b, a->time_ns - window);
        pass_early(&search, base->other[0], a->time_ns - window);
        pass_early(&search, base->other[1], a->time_ns - window);
        for (uint32_t j = search.low[base->b]; j < nb; ++j) {
            const struct straw_cluster *b = cluster_of(&search, base->b, j);
            if (b->time_ns > a->time_ns + window) break;
            extend(&search, i, j);
        }
    }
}

void straw_find_points(struct straw_event *event)
{
    for (uint32_t chamber = 0; chamber < 4; ++chamber) {
        event->n_points[chamber] = 0;
        for (size_t k = 0; k < sizeof bases / sizeof *bases; ++k)
            search_base(event, chamber, &bases[k]);
    }
}

float straw_point_place(const struct straw_event *event,
                        uint32_t chamber,
                        const struct straw_point *point,
                        const float slope[2],
                        float at_mm[2])
{
    const float z = event->finder->chamber_z_mm[chamber];
    float cc = 0, cs = 0, ss = 0, cw = 0, sw = 0, w[4];
    for (uint32_t view = 0; view < 4; ++view) {
        if (point->cluster[view] == STRAW_NONE) continue;
        const struct straw_cluster *cluster =
            &event->cluster[4 * chamber + view][point->cluster[view]];
        const float c = straw_axis_c[view], s = straw_axis_s[view];
        w[view] = cluster->w_mm - (cluster->z_mm - z) * (c * slope[0] + s * slope[1]);
        cc += c * c;
        cs += c * s;
        ss += s * s;
        cw += c * w[view];
        sw += s * w[view];
    }
    const float det = cc * ss - cs * cs;
    at_mm[0] = (ss * cw - cs * sw) / det;
    at_mm[1] = (cc * sw - cs * cw) / det;
    float chi2 = 0;
    for (uint32_t view = 0; view < 4; ++view) {
        if (point->cluster[view] == STRAW_NONE) continue;
        const float d =
            w[view] - straw_axis_c[view] * at_mm[0] - straw_axis_s[view] * at_mm[1];
        chi2 += d * d;
    }
    return chi2;
}
