/* Segments: lines through the two chambers of a side of the magnet
 * (docs/physics/straw_tracks.md, 4). */
#include "reco/straw/event.h"

#include <math.h>

/* True when the slopes measured in a chamber allow the line. */
static bool allows(const struct straw_point *point, float tx, float ty, float tolerance)
{
    return !point->slopes ||
           (fabsf(point->tx - tx) <= tolerance && fabsf(point->ty - ty) <= tolerance);
}

/* Places both points once more with the slopes of the line through them. False when a view is
   too far from the line. */
static bool refine(const struct straw_event *event,
                   uint32_t side,
                   const struct straw_point *const point[2],
                   struct straw_segment *segment)
{
    const struct straw_settings *s = &event->finder->settings;
    const float *z = event->finder->chamber_z_mm + 2 * side;
    const float tolerance = (float)(s->view_tolerance * s->view_tolerance);
    const float slope[2] = {segment->tx, segment->ty}, per_mm = 1 / (z[1] - z[0]);
    segment->chi2 = 0;
    for (uint32_t k = 0; k < 2; ++k) {
        const float chi2 =
            straw_point_place(event->finder, point[k], slope, segment->at_mm[k]);
        segment->chi2 += chi2;
        if (chi2 > tolerance) return false;
    }
    segment->tx = (segment->at_mm[1][0] - segment->at_mm[0][0]) * per_mm;
    segment->ty = (segment->at_mm[1][1] - segment->at_mm[0][1]) * per_mm;
    const float dz = (float)s->magnet_z - z[1];
    segment->x_mm = segment->at_mm[1][0] + segment->tx * dz;
    segment->y_mm = segment->at_mm[1][1] + segment->ty * dz;
    return true;
}

static void
join(struct straw_event *event, uint32_t side, uint16_t i, uint16_t j, float slope[2])
{
    const struct straw_settings *s = &event->finder->settings;
    const struct straw_point *const point[2] = {&event->point[2 * side][i],
                                                &event->point[2 * side + 1][j]};
    const float tolerance = (float)s->link_slope;
    struct straw_segment segment = {
        .tx = slope[0],
        .ty = slope[1],
        .point = {i, j},
        .n_views = (uint8_t)(point[0]->n_views + point[1]->n_views),
    };
    if (!allows(point[0], slope[0], slope[1], tolerance) ||
        !allows(point[1], slope[0], slope[1], tolerance) ||
        !refine(event, side, point, &segment))
        return;
    if (event->n_segments[side] == (uint32_t)s->max_segments) {
        event->cut = true;
        return;
    }
    segment.time_ns =
        (point[0]->time_ns * point[0]->n_views + point[1]->time_ns * point[1]->n_views) /
        segment.n_views;
    event->segment[side][event->n_segments[side]++] = segment;
}

static void find_side(struct straw_event *event, uint32_t side)
{
    const struct straw_settings *s = &event->finder->settings;
    const float *z = event->finder->chamber_z_mm + 2 * side;
    const float per_mm = 1 / (z[1] - z[0]), window = (float)s->time_window;
    const float limit_x = (float)(side ? s->slope_after : s->slope_before);
    const float limit_y = (float)s->slope_before;
    event->n_segments[side] = 0;
    for (uint32_t i = 0; i < event->n_points[2 * side]; ++i)
        for (uint32_t j = 0; j < event->n_points[2 * side + 1]; ++j) {
            const struct straw_point *a = &event->point[2 * side][i];
            const struct straw_point *b = &event->point[2 * side + 1][j];
            float slope[2] = {(b->x_mm - a->x_mm) * per_mm, (b->y_mm - a->y_mm) * per_mm};
            if ((fabsf(a->time_ns - b->time_ns) <= window) & (fabsf(slope[0]) <= limit_x) &
                (fabsf(slope[1]) <= limit_y))
                join(event, side, (uint16_t)i, (uint16_t)j, slope);
        }
}

void straw_find_segments(struct straw_event *event)
{
    find_side(event, 0);
    find_side(event, 1);
}
