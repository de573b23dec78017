/* From accepted candidates to hits: time of the track, chambers without point, and all hits
 * near the track with their sides (docs/physics/straw_tracks.md, 6). */
#include "reco/straw/collect.h"

#include <math.h>
#include <string.h>

enum { MIN_TIME_HITS = 6 }; ///< less do not tell the time

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
    const uint32_t chamber = view / 4;
    const float c = straw_axis_c[view % 4], sn = straw_axis_s[view % 4];
    const float slope = c * (chamber < 2 ? candidate->tx : candidate->tx_after) +
                        sn * (chamber < 2 ? candidate->ty : candidate->ty_after);
    const float at = c * candidate->at_mm[chamber][0] + sn * candidate->at_mm[chamber][1] -
                     slope * event->finder->chamber_z_mm[chamber];
    float best = (float)s->road;
    uint32_t nearest = clusters->count;
    for (uint32_t i = 0; i < clusters->count; ++i) {
        const float miss = fabsf(clusters->w_mm[i] - (at + slope * clusters->z_mm[i]));
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

/* The track's lines in its views. */
static void enter_track(struct straw_event *event, const struct straw_candidate *candidate)
{
    struct straw_track *track = &event->track;
    memcpy(track->at_mm, candidate->at_mm, sizeof track->at_mm);
    track->slope[0][0] = candidate->tx;
    track->slope[0][1] = candidate->ty;
    track->slope[1][0] = candidate->tx_after;
    track->slope[1][1] = candidate->ty_after;
    track->about_ns = candidate->time_ns;
    event->finder->kernels->lines(track, event->finder->middle_mm);
}

/* First slot round the track in each view, and which slots have hits: in order of z, a byte a
   view, 0 where the chamber has no point. */
static void look_round(const struct straw_event *event,
                       const struct straw_candidate *candidate,
                       uint32_t first[STRAW_VIEWS],
                       uint8_t occupied[STRAW_VIEWS])
{
    const struct straw_wires *wires = &event->finder->wires;
    for (uint32_t view = 0; view < STRAW_VIEWS; ++view) {
        const float place =
            (event->track.w_mm[view] - wires->slot_0_mm[view]) * (1 / STRAW_PAIR_MM) + 0.5f;
        first[view] = occupied[view] = 0;
        if (!candidate->point[view / 4]) continue;
        if (!(place >= STRAW_REACH && place < STRAW_SLOTS - STRAW_REACH)) continue;
        const uint32_t low = (uint32_t)place - STRAW_REACH;
        const uint64_t *word = &event->occupied[view][low / 64];
        const uint64_t bits = word[0] >> low % 64 | word[1] << 1 << (63 - low % 64);
        first[view] = low;
        occupied[view] =
            wires->near[view % 4][low % 4].in_order[bits & ((1u << STRAW_NEAR) - 1)];
    }
}

/* All hits in the slots round the track, view by view in order of z. */
static void collect_near(struct straw_event *event, const struct straw_candidate *candidate)
{
    struct straw_track *track = &event->track;
    uint32_t first[STRAW_VIEWS], n = 0;
    uint8_t occupied[STRAW_VIEWS];
    look_round(event, candidate, first, occupied);
    for (uint32_t half = 0; half < STRAW_VIEWS; half += 8) {
        uint64_t bits = 0;
        for (uint32_t i = 0; i < 8; ++i) bits |= (uint64_t)occupied[half + i] << 8 * i;
        for (; bits; bits &= bits - 1) {
            const uint32_t at = (uint32_t)__builtin_ctzll(bits), view = half + at / 8;
            const uint32_t low = first[view];
            const uint32_t offset =
                event->finder->wires.near[view % 4][low % 4].offset[at % 8];
            uint16_t i = event->head[view][low + offset];
            for (; i != STRAW_NONE && n < STRAW_MAX_TRACK_HITS; i = event->hit.next[i]) {
                track->hit[n] = i;
                track->view[n++] = view;
            }
        }
    }
    track->n_hits = n;
}

/* Time of the track, relative to about_ns: weighted mean; n: how many hits tell it. */
static float mean_time(const struct straw_track *track, uint32_t *n)
{
    float sum = 0, weights = 0;
    *n = 0;
    for (uint32_t i = 0; i < track->n_hits; ++i) {
        sum += track->weight[i] * track->late_ns[i];
        weights += track->weight[i];
        *n += track->weight[i] > 0;
    }
    return weights > 0 ? sum / weights : 0;
}

/* Keeps the hits whose radius fits, of a straw the best one: `order` are places in the
   track's columns. */
static uint32_t keep_near(const struct straw_event *event,
                          uint8_t order[STRAW_MAX_TRACK_HITS])
{
    const struct straw_track *track = &event->track;
    const float tolerance = (float)event->finder->settings.hit_tolerance;
    uint32_t n_near = 0, n = 0;
    for (uint32_t i = 0; i < track->n_hits; ++i) {
        order[n_near] = (uint8_t)i;
        n_near += track->miss_mm[i] < tolerance;
    }
    uint32_t straw = UINT32_MAX;
    for (uint32_t i = 0; i < n_near; ++i) {
        const uint8_t at = order[i];
        const uint32_t before = straw;
        straw = STRAW_SLOTS * track->view[at] + event->hit.slot[track->hit[at]];
        if (straw != before)
            order[n++] = at;
        else if (track->miss_mm[at] < track->miss_mm[order[n - 1]])
            order[n - 1] = at;
    }
    return n;
}

static void append_hits(const struct straw_event *event,
                        uint32_t first_row,
                        const uint8_t *order,
                        uint32_t n,
                        struct track_hits *out)
{
    const struct straw_drift *drift = &event->finder->drift;
    const struct straw_event_hits from = event->hit;
    const struct straw_track *track = &event->track;
    const struct track_hits to = *out; /* a store of a byte may change anything else */
    const float sure = (float)event->finder->settings.side_sigmas;
    uint32_t row = to.rows.count;
    for (uint32_t i = 0; i < n; ++i, ++row) {
        const uint32_t at = order[i], hit = track->hit[at], view = track->view[at];
        const float r = track->radius_mm[at], d = track->distance_mm[at];
        const float sigma = straw_sigma_mm(drift, r);
        to.hit[row] = first_row + from.row[hit];
        to.event_hit[row] = from.row[hit];
        to.z_mm[row] = from.z_mm[hit];
        to.w_mm[row] = from.w_mm[hit];
        to.c[row] = straw_axis_c[view % 4];
        to.s[row] = straw_axis_s[view % 4];
        to.radius_mm[row] = r;
        to.time_ns[row] = from.time_ns[hit];
        to.sigma_mm[row] = sigma;
        to.side[row] = (int8_t)((fabsf(d) + r > sure * sigma) * (d >= 0 ? 1 : -1));
        to.chamber[row] = (uint8_t)(view / 4);
        to.view[row] = (uint8_t)(view % 4);
        to.plane[row] = from.plane[hit];
    }
    out->rows.count = row;
}

static float q_over_p(const struct straw_candidate *c, float kick_MeV)
{
    const float before = c->tx / sqrtf(1 + c->tx * c->tx + c->ty * c->ty);
    const float after =
        c->tx_after / sqrtf(1 + c->tx_after * c->tx_after + c->ty_after * c->ty_after);
    return (before - after) / kick_MeV;
}

/// What is known of a candidate once its hits are.
struct collected {
    const struct straw_candidate *candidate;
    float time_ns;
    uint32_t n_hits;
    uint16_t quality;
    uint8_t order[STRAW_MAX_TRACK_HITS]; ///< see keep_near()
};

static void append_candidate(const struct straw_finder *finder,
                             const struct collected *all,
                             struct track_candidates *to,
                             uint32_t first_hit)
{
    const struct straw_candidate *candidate = all->candidate;
    const uint32_t row = to->rows.count++;
    to->x_mm[row] = candidate->at_mm[0][0];
    to->y_mm[row] = candidate->at_mm[0][1];
    to->dxdz[row] = candidate->tx;
    to->dydz[row] = candidate->ty;
    to->q_over_p[row] = q_over_p(candidate, (float)finder->settings.kick);
    to->time_ns[row] = all->time_ns;
    to->first_hit[row] = first_hit;
    to->n_hits[row] = (uint16_t)all->n_hits;
    to->quality[row] = all->quality;
}

/* True when a view that the track should cross has none of its hits. */
static bool misses_views(const struct straw_event *event, const struct collected *all)
{
    const struct straw_track *track = &event->track;
    uint32_t unseen = (1u << STRAW_VIEWS) - 1;
    for (uint32_t i = 0; i < all->n_hits; ++i)
        unseen &= ~(1u << track->view[all->order[i]]);
    for (; unseen; unseen &= unseen - 1) {
        const uint32_t view = (uint32_t)__builtin_ctz(unseen);
        if (all->candidate->point[view / 4] &&
            !straw_is_blind(&event->finder->wires, view, track->w_mm[view]))
            return true;
    }
    return false;
}

/* All hits of a candidate, its time and quality; how many hits others have too. */
static uint32_t
gather(struct straw_event *event, struct straw_candidate *candidate, struct collected *all)
{
    const struct straw_finder *finder = event->finder;
    const struct straw_kernels *kernels = finder->kernels;
    const struct straw_hit_columns hit = straw_hit_columns(&event->hit);
    struct straw_track *track = &event->track;
    unsigned quality = 0;
    uint32_t n_times, n_shared = 0;
    for (uint32_t chamber = 0; chamber < 4; ++chamber)
        if (!candidate->point[chamber]) pick_point(event, candidate, chamber);
    enter_track(event, candidate);
    collect_near(event, candidate);
    kernels->times(track, &finder->drift, &hit, finder->view_z_mm,
                   (float)finder->settings.time_window);
    all->candidate = candidate;
    all->time_ns = track->about_ns + mean_time(track, &n_times);
    if (candidate->n_chambers < 4) quality |= TRACK_THREE_CHAMBERS;
    if (n_times < MIN_TIME_HITS) quality |= TRACK_TIME_UNSURE;
    if (fabsf(all->time_ns) > (float)finder->settings.in_time_window)
        quality |= TRACK_OUT_OF_TIME;
    kernels->circles(track, &finder->drift, &hit,
                     quality & TRACK_OUT_OF_TIME ? all->time_ns : 0);
    all->n_hits = keep_near(event, all->order);
    if (misses_views(event, all)) quality |= TRACK_MISSING_VIEWS;
    for (uint32_t i = 0; i < all->n_hits; ++i)
        n_shared += event->hit.used[track->hit[all->order[i]]];
    if (n_shared) quality |= TRACK_SHARED_HITS;
    all->quality = (uint16_t)quality;
    return n_shared;
}

enum spw_status straw_collect(struct straw_event *event,
                              uint32_t first_row,
                              struct track_candidates *candidates,
                              struct track_hits *hits,
                              struct spw_arena *arena)
{
    memset(event->hit.used, 0, event->n_hits);
    for (uint32_t k = 0; k < event->n_accepted; ++k) {
        struct collected all;
        const uint32_t shared = gather(event, &event->candidate[event->order[k]], &all);
        const float most = straw_max_shared(event->finder, all.candidate);
        if ((float)shared > most * (float)all.n_hits) continue;
        for (uint32_t i = 0; i < all.n_hits; ++i)
            event->hit.used[event->track.hit[all.order[i]]] = 1;
        SPW_TRY(spw_rows_reserve(&candidates->rows, &track_candidates_table, arena, 1));
        SPW_TRY(spw_rows_reserve(&hits->rows, &track_hits_table, arena, all.n_hits));
        append_candidate(event->finder, &all, candidates, hits->rows.count);
        append_hits(event, first_row, all.order, all.n_hits, hits);
    }
    return SPW_OK;
}
