/* Candidates: segments that meet in the magnet, or a segment and a point of the other side
 * (docs/physics/straw_tracks.md, 5). */
#include "reco/straw/event.h"

#include <math.h>

/* What scattering adds to the tolerance of a slope; 1 / momentum is known by the deflection. */
static float scattered(const struct straw_settings *s, float deflection)
{
    return (float)s->scattering * fabsf(deflection);
}

static void add_candidate(struct straw_event *event,
                          const struct straw_candidate *candidate)
{
    const struct straw_settings *s = &event->finder->settings;
    if (candidate->n_views < s->min_views) return;
    if (event->n_candidates == (uint32_t)s->max_candidates) {
        event->cut = true;
        return;
    }
    event->candidate[event->n_candidates++] = *candidate;
}

/* Pulls of a match, squared and cut: what a good match is worth less than a view. */
static float
match_score(const struct straw_settings *s, float deflection, float dx, float dy)
{
    const float sigma = 0.5f + 2000.0f * scattered(s, deflection);
    const float chi2 = (dx * dx + dy * dy) / (sigma * sigma);
    return chi2 < 40 ? 0.05f * chi2 : 2;
}

static void take_point(struct straw_candidate *candidate,
                       const struct straw_event *event,
                       uint32_t chamber,
                       uint32_t point,
                       const float at_mm[2])
{
    candidate->point[chamber] = &event->point[chamber][point];
    candidate->at_mm[chamber][0] = at_mm[0];
    candidate->at_mm[chamber][1] = at_mm[1];
    candidate->n_views =
        (uint8_t)(candidate->n_views + event->point[chamber][point].n_views);
    ++candidate->n_chambers;
}

static void take_segment(struct straw_candidate *candidate,
                         const struct straw_event *event,
                         uint32_t side,
                         const struct straw_segment *segment)
{
    for (uint32_t k = 0; k < 2; ++k)
        take_point(candidate, event, 2 * side + k, segment->point[k], segment->at_mm[k]);
}

static void match_segments(struct straw_event *event,
                           struct straw_segment *before,
                           struct straw_segment *after)
{
    const struct straw_settings *s = &event->finder->settings;
    const float dx = after->x_mm - before->x_mm, dy = after->y_mm - before->y_mm;
    const float deflection = after->tx - before->tx, more = scattered(s, deflection);
    const float arm_mm = 10000.0f;
    if (fabsf(before->time_ns - after->time_ns) > (float)s->time_window ||
        fabsf(dy) > (float)s->match_y + arm_mm * more ||
        fabsf(dx) > (float)s->match_x + arm_mm * more ||
        fabsf(after->ty - before->ty) > (float)s->match_slope_y + more)
        return;
    struct straw_candidate candidate = {
        .tx = before->tx,
        .ty = before->ty,
        .tx_after = after->tx,
        .ty_after = after->ty,
        .time_ns = (before->time_ns * before->n_views + after->time_ns * after->n_views) /
                   (float)(before->n_views + after->n_views),
    };
    take_segment(&candidate, event, 0, before);
    take_segment(&candidate, event, 1, after);
    candidate.score = (float)candidate.n_views - match_score(s, deflection, dx, dy) -
                      (before->chi2 + after->chi2);
    before->matched = after->matched = true;
    add_candidate(event, &candidate);
}

/* A segment and one point on the other side of the magnet: y goes straight on, and the point's
   x gives the deflection. */
static void match_point(struct straw_event *event,
                        uint32_t side,
                        const struct straw_segment *segment,
                        uint32_t chamber,
                        uint32_t row)
{
    const struct straw_settings *s = &event->finder->settings;
    const struct straw_point *point = &event->point[chamber][row];
    if (fabsf(point->time_ns - segment->time_ns) > (float)s->time_window) return;
    const float dz = event->finder->chamber_z_mm[chamber] - (float)s->magnet_z;
    const float dy = point->y_mm - segment->y_mm - segment->ty * dz;
    const float room = (float)s->link_mm + (float)s->match_y;
    if (fabsf(dy) > room + 0.1f * fabsf(dz) * (float)s->scattering) return;

    float at[2], tx = (point->x_mm - segment->x_mm) / dz;
    const float ty = segment->ty;
    const float chi2 = straw_point_place(event->finder, point, (float[]){tx, ty}, at);
    tx = (at[0] - segment->x_mm) / dz;
    const float deflection = side ? segment->tx - tx : tx - segment->tx;
    const float more = scattered(s, deflection);
    const float miss = at[1] - segment->y_mm - ty * dz;
    const float limit = (float)(side ? s->slope_before : s->slope_after);
    if (fabsf(tx) > limit || chi2 > (float)(s->view_tolerance * s->view_tolerance) ||
        fabsf(miss) > (float)s->match_y + fabsf(dz) * more ||
        (point->slopes && (fabsf(point->tx - tx) > (float)s->link_slope ||
                           fabsf(point->ty - ty) > (float)s->link_slope)))
        return;
    const float slope_y = (at[1] - segment->y_mm) / dz;
    struct straw_candidate candidate = {
        .tx = side ? tx : segment->tx,
        .ty = side ? slope_y : ty,
        .tx_after = side ? segment->tx : tx,
        .ty_after = side ? ty : slope_y,
        .time_ns = (segment->time_ns * segment->n_views + point->time_ns * point->n_views) /
                   (float)(segment->n_views + point->n_views),
    };
    take_segment(&candidate, event, side, segment);
    take_point(&candidate, event, chamber, row, at);
    candidate.score = (float)candidate.n_views - match_score(s, deflection, 0, miss) -
                      (segment->chi2 + chi2);
    add_candidate(event, &candidate);
}

void straw_find_candidates(struct straw_event *event)
{
    event->n_candidates = 0;
    for (uint32_t i = 0; i < event->n_segments[0]; ++i)
        for (uint32_t j = 0; j < event->n_segments[1]; ++j)
            match_segments(event, &event->segment[0][i], &event->segment[1][j]);
    for (uint32_t side = 0; side < 2; ++side)
        for (uint32_t i = 0; i < event->n_segments[side]; ++i) {
            const struct straw_segment *segment = &event->segment[side][i];
            if (segment->matched) continue;
            for (uint32_t chamber = 2 - 2 * side; chamber < 4 - 2 * side; ++chamber)
                for (uint32_t row = 0; row < event->n_points[chamber]; ++row)
                    match_point(event, side, segment, chamber, row);
        }
}

/* Clusters that two candidates have both. */
static uint32_t count_shared(const struct straw_candidate *a,
                             const struct straw_candidate *b)
{
    uint32_t n = 0;
    for (uint32_t chamber = 0; chamber < 4; ++chamber) {
        const struct straw_point *p = a->point[chamber], *q = b->point[chamber];
        if (!p || !q) continue;
        for (uint32_t view = 0; view < 4; ++view)
            n += (p->views & q->views) >> view & (p->cluster[view] == q->cluster[view]);
    }
    return n;
}

static bool is_new(const struct straw_event *event, const struct straw_candidate *candidate)
{
    const float most = straw_max_shared(event->finder, candidate);
    for (uint32_t k = 0; k < event->n_accepted; ++k) {
        const uint32_t n = count_shared(candidate, &event->candidate[event->order[k]]);
        if ((float)n > most * (float)candidate->n_views) return false;
    }
    return true;
}

/* Best score first; equal ones in the order found. */
static void sort_by_score(struct straw_event *event)
{
    for (uint32_t i = 0; i < event->n_candidates; ++i) {
        uint32_t k = i;
        for (; k > 0 &&
               event->candidate[event->order[k - 1]].score < event->candidate[i].score;
             --k)
            event->order[k] = event->order[k - 1];
        event->order[k] = (uint16_t)i;
    }
}

void straw_choose_candidates(struct straw_event *event)
{
    sort_by_score(event);
    event->n_accepted = 0;
    for (uint32_t k = 0; k < event->n_candidates; ++k) {
        const uint16_t i = event->order[k];
        if (is_new(event, &event->candidate[i])) event->order[event->n_accepted++] = i;
    }
}
