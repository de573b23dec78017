/* From accepted candidates to hits: time of the track, chambers without point, and all hits
 * near the track with their sides (docs/physics/straw_tracks.md, 6). */
#include "reco/straw/collect.h"

#include <math.h>

enum {
    MAX_HITS = 16 * 8, ///< of a candidate
    REACH = 2,         ///< slots on either side of the track's
    MIN_TIME_HITS = 6, ///< less do not tell the time
};

/// A candidate as it grows.
struct collection {
    struct straw_event *event;
    const struct straw_candidate *candidate;
    float time_ns;
    uint32_t n_time_hits;
    uint16_t hit[MAX_HITS];
    float distance_mm[MAX_HITS]; ///< of the track from the wire, signed
    uint32_t n_hits;
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
        event->finder->chamber_z_mm[chamber], slope, 1 / sqrtf(1 + slope * slope)};
}

static float distance_mm(const struct view_line *line, const struct straw_hit *hit)
{
    return (line->w_mm + line->slope * (hit->z_mm - line->z_mm) - hit->w_mm) * line->scale;
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
    const struct view_line line = line_in(event, candidate, view);
    float best = (float)s->road;
    for (uint32_t i = 0; i < event->n_clusters[view]; ++i) {
        const struct straw_cluster *cluster = &event->cluster[view][i];
        if (fabsf(cluster->time_ns - candidate->time_ns) > (float)s->time_window) continue;
        const float w = line.w_mm + line.slope * (cluster->z_mm - line.z_mm);
        const float miss = fabsf(cluster->w_mm - w);
        if (miss >= best) continue;
        best = miss;
        point->n_views =
            (uint8_t)(point->n_views + (point->cluster[view % 4] == STRAW_NONE));
        point->cluster[view % 4] = (uint16_t)i;
    }
}

/* Clusters near the track in a chamber without point make one, if at least two views agree. */
static void pick_point(const struct straw_event *event,
                       struct straw_candidate *candidate,
                       uint32_t chamber)
{
    const double tolerance = event->finder->settings.view_tolerance;
    const float slope[2] = {chamber < 2 ? candidate->tx : candidate->tx_after,
                            chamber < 2 ? candidate->ty : candidate->ty_after};
    struct straw_point point = {
        .cluster = {STRAW_NONE, STRAW_NONE, STRAW_NONE, STRAW_NONE}};
    extrapolate(event, candidate, chamber);
    for (uint32_t view = 0; view < 4; ++view)
        pick_nearest(event, candidate, 4 * chamber + view, &point);
    float at[2];
    if (point.n_views < 2) return;
    while (straw_point_place(event, chamber, &point, slope, at) > tolerance * tolerance) {
        uint32_t worst = 0;
        float least = INFINITY;
        for (uint32_t view = 0; view < 4; ++view) { /* leave each out in turn */
            struct straw_point rest = point;
            if (point.cluster[view] == STRAW_NONE || point.n_views == 3) continue;
            rest.cluster[view] = STRAW_NONE;
            const float chi2 = straw_point_place(event, chamber, &rest, slope, at);
            if (chi2 < least) {
                least = chi2;
                worst = view;
            }
        }
        if (least == INFINITY) return;
        point.cluster[worst] = STRAW_NONE;
        --point.n_views;
    }
    candidate->point[chamber] = point;
    candidate->at_mm[chamber][0] = at[0];
    candidate->at_mm[chamber][1] = at[1];
    ++candidate->n_chambers;
}

/* Time of the track: mean of leading edge - drift time over the clusters' hits. */
static void find_time(struct collection *all)
{
    const struct straw_event *event = all->event;
    const struct straw_drift *drift = &event->finder->drift;
    const float window = (float)event->finder->settings.time_window;
    const float about = all->candidate->time_ns;
    float sum = 0, weights = 0;
    all->n_time_hits = 0;
    for (uint32_t view = 0; view < STRAW_VIEWS; ++view) {
        const struct straw_point *point = &all->candidate->point[view / 4];
        if (!point->n_views || point->cluster[view % 4] == STRAW_NONE) continue;
        const struct straw_cluster *cluster =
            &event->cluster[view][point->cluster[view % 4]];
        const struct view_line line = line_in(event, all->candidate, view);
        for (uint32_t k = 0; k < cluster->n_hits; ++k) {
            const struct straw_hit *hit = &event->hit[cluster->hit[k]];
            const float d = fabsf(distance_mm(&line, hit));
            float ns_per_mm;
            const float time = hit->time_ns - straw_drift_ns(drift, d, &ns_per_mm);
            if (fabsf(time - about) > window) continue;
            const float sigma = 1 + ns_per_mm * straw_sigma_mm(drift, d);
            sum += time / (sigma * sigma);
            weights += 1 / (sigma * sigma);
            ++all->n_time_hits;
        }
    }
    all->time_ns = weights > 0 ? sum / weights : about;
}

/* The hits of a view near the track: of each straw the best, in order of z. */
static void collect_view(struct collection *all, uint32_t view, float time_ns)
{
    struct straw_event *event = all->event;
    const struct straw_drift *drift = &event->finder->drift;
    const struct view_line line = line_in(event, all->candidate, view);
    const uint32_t begin = all->n_hits;
    const float place =
        (line.w_mm + line.slope * (event->finder->view_z_mm[view] - line.z_mm) -
         event->finder->wires.slot_0_mm[view]) /
        STRAW_PAIR_MM;
    if (!(place > -REACH && place < STRAW_SLOTS + REACH)) return;
    const int middle = (int)(place + 0.5f);
    for (int slot = middle - REACH; slot <= middle + REACH; ++slot) {
        if (slot < 0 || slot >= STRAW_SLOTS ||
            !(event->occupied[view][slot / 64] >> slot % 64 & 1))
            continue;
        float best = (float)event->finder->settings.hit_tolerance, distance = 0;
        uint16_t nearest = STRAW_NONE;
        for (uint16_t i = event->head[view][slot]; i != STRAW_NONE;
             i = event->hit[i].next) {
            const float d = distance_mm(&line, &event->hit[i]);
            const float miss =
                fabsf(fabsf(d) - straw_radius_mm(drift, event->hit[i].time_ns - time_ns));
            if (miss >= best) continue;
            best = miss;
            distance = d;
            nearest = i;
        }
        if (nearest == STRAW_NONE || all->n_hits == MAX_HITS) continue;
        uint32_t k = all->n_hits++;
        for (; k > begin && event->hit[all->hit[k - 1]].z_mm > event->hit[nearest].z_mm;
             --k) {
            all->hit[k] = all->hit[k - 1];
            all->distance_mm[k] = all->distance_mm[k - 1];
        }
        all->hit[k] = nearest;
        all->distance_mm[k] = distance;
    }
}

static void append_hits(const struct collection *all,
                        uint32_t first_row,
                        float time_ns,
                        struct track_hits *hits)
{
    const struct straw_finder *finder = all->event->finder;
    for (uint32_t i = 0; i < all->n_hits; ++i) {
        const struct straw_hit *hit = &all->event->hit[all->hit[i]];
        const float r = straw_radius_mm(&finder->drift, hit->time_ns - time_ns);
        const float sigma = straw_sigma_mm(&finder->drift, r), d = all->distance_mm[i];
        const bool sure = fabsf(d) + r > (float)finder->settings.side_sigmas * sigma;
        const uint32_t row = hits->rows.count++;
        hits->hit[row] = first_row + hit->row;
        hits->event_hit[row] = hit->row;
        hits->z_mm[row] = hit->z_mm;
        hits->w_mm[row] = hit->w_mm;
        hits->c[row] = straw_axis_c[hit->view % 4];
        hits->s[row] = straw_axis_s[hit->view % 4];
        hits->radius_mm[row] = r;
        hits->time_ns[row] = hit->time_ns;
        hits->sigma_mm[row] = sigma;
        hits->side[row] = (int8_t)(sure ? d >= 0 ? 1 : -1 : 0);
        hits->chamber[row] = hit->view / 4;
        hits->view[row] = hit->view % 4;
        hits->plane[row] = hit->plane;
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

/* Marks the hits as used; how many were. */
static uint32_t mark_used(struct collection *all, bool mark)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < all->n_hits; ++i) {
        struct straw_hit *hit = &all->event->hit[all->hit[i]];
        n += hit->used;
        hit->used |= mark;
    }
    return n;
}

static void
gather(struct collection *all, struct straw_candidate *candidate, uint16_t *quality)
{
    struct straw_event *event = all->event;
    const float in_time = (float)event->finder->settings.in_time_window;
    for (uint32_t chamber = 0; chamber < 4; ++chamber)
        if (!candidate->point[chamber].n_views) pick_point(event, candidate, chamber);
    find_time(all);
    *quality = 0;
    if (candidate->n_chambers < 4) *quality |= TRACK_THREE_CHAMBERS;
    if (all->n_time_hits < MIN_TIME_HITS) *quality |= TRACK_TIME_UNSURE;
    if (fabsf(all->time_ns) > in_time) *quality |= TRACK_OUT_OF_TIME;
    const float time = *quality & TRACK_OUT_OF_TIME ? all->time_ns : 0;
    for (uint32_t view = 0; view < STRAW_VIEWS; ++view) {
        const uint32_t before = all->n_hits;
        if (!candidate->point[view / 4].n_views) continue;
        collect_view(all, view, time);
        const struct view_line line = line_in(event, candidate, view);
        if (all->n_hits == before &&
            !straw_is_blind(&event->finder->wires, view, line.w_mm))
            *quality |= TRACK_MISSING_VIEWS;
    }
}

enum spw_status straw_collect(struct straw_event *event,
                              uint32_t first_row,
                              struct track_candidates *candidates,
                              struct track_hits *hits,
                              struct spw_arena *arena)
{
    const double most = event->finder->settings.max_shared;
    for (uint32_t i = 0; i < event->n_hits; ++i) event->hit[i].used = false;
    for (uint32_t k = 0; k < event->n_accepted; ++k) {
        struct straw_candidate *candidate = &event->candidate[event->order[k]];
        struct collection all = {.event = event, .candidate = candidate};
        uint16_t quality;
        gather(&all, candidate, &quality);
        const uint32_t shared = mark_used(&all, false);
        if (shared > most * all.n_hits) continue;
        mark_used(&all, true);
        if (shared) quality |= TRACK_SHARED_HITS;
        SPW_TRY(spw_rows_reserve(&candidates->rows, &track_candidates_table, arena, 1));
        SPW_TRY(spw_rows_reserve(&hits->rows, &track_hits_table, arena, all.n_hits));
        append_candidate(&all, quality, candidates, hits->rows.count);
        append_hits(&all, first_row, quality & TRACK_OUT_OF_TIME ? all.time_ns : 0, hits);
    }
    return SPW_OK;
}
