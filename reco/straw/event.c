#include "reco/straw/event.h"

enum spw_status straw_event_init(struct straw_event *event,
                                 const struct straw_finder *finder,
                                 struct spw_arena *arena)
{
    const struct straw_settings *s = &finder->settings;
    *event = (struct straw_event){.finder = finder};
    SPW_NEW(arena, event->hit, s->max_hits);
    SPW_NEW(arena, event->head, STRAW_VIEWS);
    for (uint32_t view = 0; view < STRAW_VIEWS; ++view)
        SPW_NEW(arena, event->cluster[view], s->max_clusters);
    for (uint32_t chamber = 0; chamber < 4; ++chamber)
        SPW_NEW(arena, event->point[chamber], s->max_points);
    for (uint32_t side = 0; side < 2; ++side)
        SPW_NEW(arena, event->segment[side], s->max_segments);
    SPW_NEW(arena, event->candidate, s->max_candidates);
    SPW_NEW(arena, event->order, s->max_candidates);
    return SPW_OK;
}

enum spw_status straw_finder_prepare(struct straw_finder *finder, struct spw_run *run)
{
    struct straw_rt rt;
    SPW_TRY(straw_settings_read(&finder->settings, run));
    SPW_TRY(straw_rt_prepare(&rt, run));
    SPW_TRY(straw_wires_make(&finder->wires, run, finder->settings.gap_margin));
    for (uint32_t view = 0; view < STRAW_VIEWS; ++view) {
        finder->chamber_z_mm[view / 4] = (float)na62_z_straw_chamber_mm[view / 4];
        finder->view_z_mm[view] = (float)((na62_straw_plane_z_mm(view / 4, view % 4, 1) +
                                           na62_straw_plane_z_mm(view / 4, view % 4, 2)) /
                                          2);
    }
    return straw_drift_make(&finder->drift, &rt, &finder->settings, &run->arena);
}

void straw_event_find(struct straw_event *event)
{
    straw_find_clusters(event);
    straw_find_points(event);
    straw_find_segments(event);
    straw_find_candidates(event);
    straw_choose_candidates(event);
}
