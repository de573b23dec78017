#include "reco/straw/event.h"

enum { PAIRS_PER_HIT = 4 };

static enum spw_status init_pairs(struct straw_event_pairs *pairs, struct spw_arena *arena)
{
    SPW_NEW(arena, pairs->a, pairs->capacity);
    SPW_NEW(arena, pairs->b, pairs->capacity);
    SPW_NEW(arena, pairs->slope_per_mm, pairs->capacity);
    SPW_NEW(arena, pairs->spread, pairs->capacity);
    SPW_NEW(arena, pairs->result.w_mm, pairs->capacity);
    SPW_NEW(arena, pairs->result.z_mm, pairs->capacity);
    SPW_NEW(arena, pairs->result.time_ns, pairs->capacity);
    SPW_NEW(arena, pairs->result.good, pairs->capacity);
    return SPW_OK;
}

static enum spw_status
init_hits(struct straw_event_hits *hit, struct spw_arena *arena, int64_t max_hits)
{
    SPW_NEW(arena, hit->time_ns, max_hits);
    SPW_NEW(arena, hit->track_ns, max_hits);
    SPW_NEW(arena, hit->trailing, max_hits);
    SPW_NEW(arena, hit->w_mm, max_hits);
    SPW_NEW(arena, hit->z_mm, max_hits);
    SPW_NEW(arena, hit->next, max_hits);
    SPW_NEW(arena, hit->row, max_hits);
    SPW_NEW(arena, hit->slot, max_hits);
    SPW_NEW(arena, hit->view, max_hits);
    SPW_NEW(arena, hit->plane, max_hits);
    SPW_NEW(arena, hit->used, max_hits);
    return SPW_OK;
}

enum spw_status straw_event_init(struct straw_event *event,
                                 const struct straw_finder *finder,
                                 struct spw_arena *arena)
{
    const struct straw_settings *s = &finder->settings;
    *event = (struct straw_event){.finder = finder};
    event->pairs.capacity = (uint32_t)(PAIRS_PER_HIT * s->max_hits);
    SPW_TRY(init_hits(&event->hit, arena, s->max_hits + 1));
    SPW_TRY(init_pairs(&event->pairs, arena));
    SPW_NEW(arena, event->alone, s->max_hits + 1);
    SPW_NEW(arena, event->radius_mm, s->max_hits);
    SPW_NEW(arena, event->head, STRAW_VIEWS);
    for (uint32_t chamber = 0; chamber < 4; ++chamber)
        SPW_NEW(arena, event->point[chamber], s->max_points);
    for (uint32_t side = 0; side < 2; ++side)
        SPW_NEW(arena, event->segment[side], s->max_segments);
    SPW_NEW(arena, event->candidate, s->max_candidates);
    SPW_NEW(arena, event->order, s->max_candidates);
    return SPW_OK;
}

void straw_event_find(struct straw_event *event)
{
    straw_find_clusters(event);
    straw_find_points(event);
    straw_find_segments(event);
    straw_find_candidates(event);
    straw_choose_candidates(event);
}
