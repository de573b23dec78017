#include "core/tally.h"

#include <string.h>

enum spw_status spw_tally_register(struct spw_tally_list *list,
                                   struct spw_arena *arena,
                                   const struct spw_tally *tallies,
                                   uint32_t n,
                                   uint32_t *base)
{
    if (list->count + n > list->capacity) {
        const uint32_t capacity = 2 * list->capacity + n;
        const struct spw_tally **grown;
        SPW_NEW(arena, grown, capacity);
        if (list->count) memcpy(grown, list->tally, sizeof *grown * list->count);
        list->tally = grown;
        list->capacity = capacity;
    }
    *base = list->count;
    for (uint32_t i = 0; i < n; ++i) list->tally[list->count++] = &tallies[i];
    return SPW_OK;
}
