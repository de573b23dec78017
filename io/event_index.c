#include "io/event_index.h"

#include <string.h>

#define GROW(member)                                                          \
    do {                                                                      \
        void *old = index->member;                                            \
        SPW_NEW(arena, index->member, capacity);                              \
        if (index->count)                                                     \
            memcpy(index->member, old, sizeof *index->member * index->count); \
    } while (0)

static enum spw_status
grow(struct spw_event_index *index, struct spw_arena *arena, uint32_t capacity)
{
    GROW(number);
    GROW(burst);
    GROW(ticks);
    GROW(trigger_word);
    GROW(offset);
    GROW(size);
    GROW(reason);
    index->capacity = capacity;
    return SPW_OK;
}

enum spw_status
spw_event_index_add(struct spw_event_index *index, struct spw_arena *arena, uint32_t *row)
{
    if (index->count == index->capacity)
        SPW_TRY(grow(index, arena, index->capacity ? 2 * index->capacity : 1024));
    const uint32_t i = index->count++;
    index->number[i] = index->burst[i] = index->ticks[i] = index->trigger_word[i] = 0;
    index->offset[i] = index->size[i] = 0;
    index->reason[i] = 0;
    *row = i;
    return SPW_OK;
}
