/* From accepted candidates to hits: time of the track, chambers without point, and all hits
 * near the track with their sides (docs/physics/straw_tracks.md, 6). */
#include "reco/straw/collect.h"

#include <math.h>
#include <string.h>

enum {
    MAX_HITS = 16 * 8, ///< of a candidate
    REACH = 2,         ///< slots on either side of the track's
    MIN_TIME_HITS = 6, ///< less do not tell the time
};

/// A candidate as it grows. Shape: columns of n_hits, in order of view and slot, later of z.
struct collection {
    struct straw_event *event;
    struct straw_candidate *candidate;
    float time_ns;
    uint32_t n_time_hits, n_hits;
    uint16_t hit[MAX_HITS];
    float distance_mm[MAX_HITS]; ///< of the track from the wire, signed
    float drift_ns[MAX_HITS];    ///< expected there
    float ns_per_mm[MAX_HITS];   ///< its slope
};

/// The track in a view of a chamber: w at a hit's z.
struct view_line {
    float w_mm, z_mm, slope;
    float scale; ///< from along w to across the track
};

static struct view_line line_in(const struct straw_event *event,
                                const struct straw_candidate *candidate,
                                uint32_t view)
{
    const uint32_t chamber = view / 4;
    const float c = straw_axis_c[view % 4], s = straw_axis_s[view % 4];
    const float tx = chamber < 2 ? candidate->tx : candidate->tx_after;
    const float ty = chamber < 2 ? candidate->ty : candidate->ty_after;
    const float slope = c * tx + s * ty;
    return (struct view_line){
        c * candidate->at_mm[chamber][0] + s * candidate->at_mm[chamber][1],
        event->finder->chamber_z_mm[chamber], slope, 1 - 0.5f * slope * slope};
}

/* Place of the candidate in a chamber where it has no point, from its lines. */
static void extrapolate(const struct straw_event *event,
                        struct straw_candidate *candidate,
                        uint32_t chamber)
{
    const uint32_t from = chamber ^ 1; /* the other chamber of this side */
    const float *z = event->finder->chamber_z_mm;
    const float tx = chamber < 2 ? candidate->tx : candidate->tx_after;
    const float ty = chamber < 2 ? candidate->ty : candidate->ty_after;
    const float dz = z[chamber] - z[from];
    candidate->at_mm[chamber][0] = candidate->at_mm[from][0] + tx * dz;
    candidate->at_mm[chamber][1] = candidate->at_mm[from][1] + ty * dz;
}

static void pick_nearest(const struct straw_event *event,
                         const struct straw_candidate *candidate,
                         uint32_t view,
                         struct straw_point *point)
{
    const struct straw_settings *s = &event->finder->settings;
    const struct straw_clusters *clusters = &event->cluster[view];
    const struct view_line line = line_in(event, candidate, view);
    float best = (float)s->road;
    uint32_t nearest = clusters->count;
    for (uint32_t i = 0; i < clusters->count; ++i) {
        const float w = line.w_mm + line.slope * (clusters->z_mm[i] - line.z_mm);
        const float miss = fabsf(clusters->w_mm[i] - w);
        if (miss >= best ||
            fabsf(clusters->time_ns[i] - candidate->time_ns) > (float)s->time_window)
            continue;
        best = miss;
        nearest = i;
    }
    if (nearest < clusters->count)
        straw_point_add(point, event, view / 4, view % 4, nearest);
}

/* Leaves out the view without which the others agree best. */
static void drop_worst(const struct straw_finder *finder,
                       struct straw_point *point,
                       const float slope[2])
{
    float least = INFINITY, at[2];
    uint8_t rest = point->views;
    for (uint32_t view = 0; view < 4; ++view) {
        struct straw_point less = *point;
        less.views = (uint8_t)(point->views & ~(1u << view));
        if (less.views == point->views) continue;
        const float chi2 = straw_point_place(finder, &less, slope, at);
        if (chi2 >= least) continue;
        least = chi2;
        rest = less.views;
    }
    point->views = rest;
    --point->n_views;
}

/* Clusters near the track in a chamber without point make one, if at least two views agree.
   The point is the next one of the chamber's list. */
static void
pick_point(struct straw_event *event, struct straw_candidate *candidate, uint32_t chamber)
{
    const struct straw_finder *finder = event->finder;
    const double tolerance = finder->settings.view_tolerance;
    const float slope[2] = {chamber < 2 ? candidate->tx : candidate->tx_after,
                            chamber < 2 ? candidate->ty : candidate->ty_after};
    extrapolate(event, candidate, chamber);
    if (event->n_points[chamber] == (uint32_t)finder->settings.max_points) return;
    struct straw_point *point = &event->point[chamber][event->n_points[chamber]];
    *point = (struct straw_point){0};
    for (uint32_t view = 0; view < 4; ++view)
        pick_nearest(event, candidate, 4 * chamber + view, point);
    float at[2];
    while (point->n_views > 2 &&
           straw_point_place(finder, point, slope, at) > tolerance * tolerance)
        drop_worst(finder, point, slope);
    if (point->n_views < 2) return;
    straw_point_place(finder, point, slope, at);
    ++event->n_points[chamber];
    candidate->point[chamber] = point;
    candidate->at_mm[chamber][0] = at[0];
    candidate->at_mm[chamber][1] = at[1];
    ++candidate->n_chambers;
}

/* Of the hits in a slot the one whose time fits the candidate's best. */
static void
collect_slot(struct collection *all, const struct view_line *line, uint16_t first)
{
    const struct straw_event_hits *hits = &all->event->hit;
    const float about = all->candidate->time_ns;
    float best = INFINITY;
    for (uint16_t i = first; i != STRAW_NONE && all->n_hits < MAX_HITS; i = hits->next[i]) {
        const float w = line->w_mm + line->slope * (hits->z_mm[i] - line->z_mm);
        const float d = (w - hits->w_mm[i]) * line->scale;
        float ns_per_mm;
        const float drift =
            straw_drift_ns(&all->event->finder->drift, fabsf(d), &ns_per_mm);
        const float late = fabsf(hits->time_ns[i] - drift - about);
        if (late >= best) continue;
        best = late;
        all->hit[all->n_hits] = i;
        all->distance_mm[all->n_hits] = d;
        all->drift_ns[all->n_hits] = drift;
        all->ns_per_mm[all->n_hits] = ns_per_mm;
    }
    all->n_hits += best < INFINITY;
}

/* The slots of a view round the track. */
static void collect_view(struct collection *all, uint32_t view)
{
    const struct straw_event *event = all->event;
    const struct straw_finder *finder = event->finder;
    const struct view_line line = line_in(event, all->candidate, view);
    const float w = line.w_mm + line.slope * (finder->view_z_mm[view] - line.z_mm);
    const float place = (w - finder->wires.slot_0_mm[view]) / STRAW_PAIR_MM + 0.5f;
    if (!(place >= REACH && place < STRAW_SLOTS - REACH)) return;
    const uint32_t low = (uint32_t)place - REACH;
    const uint64_t *word = &event->occupied[view][low / 64];
    uint64_t bits = word[0] >> low % 64 | word[1] << 1 << (63 - low % 64);
    for (bits &= (1u << (2 * REACH + 1)) - 1; bits; bits &= bits - 1)
        collect_slot(all, &line, event->head[view][low + (uint32_t)__builtin_ctzll(bits)]);
}

/* Time of the track: mean of leading edge - drift time. */
static void find_time(struct collection *all)
{
    const struct straw_event *event = all->event;
    const float window = (float)event->finder->settings.time_window;
    const float about = all->candidate->time_ns;
    float sum = 0, weights = 0;
    for (uint32_t i = 0; i < all->n_hits; ++i) {
        const float time = event->hit.time_ns[all->hit[i]] - all->drift_ns[i];
        const float sigma =
            1 + all->ns_per_mm[i] *
                    straw_sigma_mm(&event->finder->drift, fabsf(all->distance_mm[i]));
        const float weight = fabsf(time - about) <= window ? 1 / (sigma * sigma) : 0;
        sum += weight * (time - about);
        weights += weight;
        all->n_time_hits += weight > 0;
    }
    all->time_ns = about + (weights > 0 ? sum / weights : 0);
}

/* Keeps the hits whose radius at the track's time fits, and puts those of a view in order of z. */
static void keep_near(struct collection *all, float time_ns)
{
    const struct straw_event_hits *hits = &all->event->hit;
    const float tolerance = (float)all->event->finder->settings.hit_tolerance;
    uint32_t n = 0;
    for (uint32_t i = 0; i < all->n_hits; ++i) {
        const uint16_t hit = all->hit[i];
        const float d = all->distance_mm[i];
        const float r =
            straw_radius_mm(&all->event->finder->drift, hits->time_ns[hit] - time_ns);
        if (!(fabsf(fabsf(d) - r) < tolerance)) continue;
        uint32_t k = n++;
        for (; k > 0 && hits->z_mm[all->hit[k - 1]] > hits->z_mm[hit]; --k) {
            all->hit[k] = all->hit[k - 1];
            all->distance_mm[k] = all->distance_mm[k - 1];
        }
        all->hit[k] = hit;
        all->distance_mm[k] = d;
    }
    all->n_hits = n;
}

static void append_hits(const struct collection *all,
                        uint32_t first_row,
                        float time_ns,
                        struct track_hits *to)
{
    const struct straw_finder *finder = all->event->finder;
    const struct straw_event_hits *hits = &all->event->hit;
    for (uint32_t i = 0; i < all->n_hits; ++i) {
        const uint16_t hit = all->hit[i];
        const uint32_t view = hits->view[hit];
        const float r = straw_radius_mm(&finder->drift, hits->time_ns[hit] - time_ns);
        const float sigma = straw_sigma_mm(&finder->drift, r), d = all->distance_mm[i];
        const bool sure = fabsf(d) + r > (float)finder->settings.side_sigmas * sigma;
        const uint32_t row = to->rows.count++;
        to->hit[row] = first_row + hits->row[hit];
        to->event_hit[row] = hits->row[hit];
        to->z_mm[row] = hits->z_mm[hit];
        to->w_mm[row] = hits->w_mm[hit];
        to->c[row] = straw_axis_c[view % 4];
        to->s[row] = straw_axis_s[view % 4];
        to->radius_mm[row] = r;
        to->time_ns[row] = hits->time_ns[hit];
        to->sigma_mm[row] = sigma;
        to->side[row] = (int8_t)(sure ? d >= 0 ? 1 : -1 : 0);
        to->chamber[row] = (uint8_t)(view / 4);
        to->view[row] = (uint8_t)(view % 4);
        to->plane[row] = hits->plane[hit];
    }
}

static float q_over_p(const struct straw_candidate *c, float kick_MeV)
{
    const float before = c->tx / sqrtf(1 + c->tx * c->tx + c->ty * c->ty);
    const float after =
        c->tx_after / sqrtf(1 + c->tx_after * c->tx_after + c->ty_after * c->ty_after);
    return (before - after) / kick_MeV;
}

static void append_candidate(const struct collection *all,
                             uint16_t quality,
                             struct track_candidates *to,
                             uint32_t first_hit)
{
    const struct straw_candidate *candidate = all->candidate;
    const uint32_t row = to->rows.count++;
    to->x_mm[row] = candidate->at_mm[0][0];
    to->y_mm[row] = candidate->at_mm[0][1];
    to->dxdz[row] = candidate->tx;
    to->dydz[row] = candidate->ty;
    to->q_over_p[row] = q_over_p(candidate, (float)all->event->finder->settings.kick);
    to->time_ns[row] = all->time_ns;
    to->first_hit[row] = first_hit;
    to->n_hits[row] = (uint16_t)all->n_hits;
    to->quality[row] = quality;
}

static uint32_t count_used(const struct collection *all)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < all->n_hits; ++i) n += all->event->hit.used[all->hit[i]];
    return n;
}

/* True when a view that the track should cross has none of its hits. */
static bool misses_views(const struct collection *all)
{
    uint32_t seen = 0;
    bool missing = false;
    for (uint32_t i = 0; i < all->n_hits; ++i)
        seen |= 1u << all->event->hit.view[all->hit[i]];
    for (uint32_t view = 0; view < STRAW_VIEWS; ++view) {
        if (seen >> view & 1 || !all->candidate->point[view / 4]) continue;
        const struct view_line line = line_in(all->event, all->candidate, view);
        missing |= !straw_is_blind(&all->event->finder->wires, view, line.w_mm);
    }
    return missing;
}

/* All hits of the candidate; its quality bits. */
static uint16_t gather(struct collection *all)
{
    struct straw_event *event = all->event;
    struct straw_candidate *candidate = all->candidate;
    unsigned quality = 0;
    for (uint32_t chamber = 0; chamber < 4; ++chamber)
        if (!candidate->point[chamber]) pick_point(event, candidate, chamber);
    for (uint32_t view = 0; view < STRAW_VIEWS; ++view)
        if (candidate->point[view / 4]) collect_view(all, view);
    find_time(all);
    if (candidate->n_chambers < 4) quality |= TRACK_THREE_CHAMBERS;
    if (all->n_time_hits < MIN_TIME_HITS) quality |= TRACK_TIME_UNSURE;
    if (fabsf(all->time_ns) > (float)event->finder->settings.in_time_window)
        quality |= TRACK_OUT_OF_TIME;
    keep_near(all, quality & TRACK_OUT_OF_TIME ? all->time_ns : 0);
    if (misses_views(all)) quality |= TRACK_MISSING_VIEWS;
    return (uint16_t)quality;
}

enum spw_status straw_collect(struct straw_event *event,
                              uint32_t first_row,
                              struct track_candidates *candidates,
                              struct track_hits *hits,
                              struct spw_arena *arena)
{
    const double most = event->finder->settings.max_shared;
    memset(event->hit.used, 0, event->n_hits);
    for (uint32_t k = 0; k < event->n_accepted; ++k) {
        struct collection all;
        all.event = event;
        all.candidate = &event->candidate[event->order[k]];
        all.n_hits = all.n_time_hits = 0;
        uint16_t quality = gather(&all);
        const uint32_t shared = count_used(&all);
        if (shared > most * all.n_hits) continue;
        for (uint32_t i = 0; i < all.n_hits; ++i) event->hit.used[all.hit[i]] = 1;
        if (shared) quality |= TRACK_SHARED_HITS;
        SPW_TRY(spw_rows_reserve(&candidates->rows, &track_candidates_table, arena, 1));
        SPW_TRY(spw_rows_reserve(&hits->rows, &track_hits_table, arena, all.n_hits));
        append_candidate(&all, quality, candidates, hits->rows.count);
        append_hits(&all, first_row, quality & TRACK_OUT_OF_TIME ? all.time_ns : 0, hits);
    }
    return SPW_OK;
}
