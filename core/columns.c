#include "core/columns.h"

#include <string.h>

size_t spw_type_size(enum spw_type type)
{
    static const size_t size[] = {
        [SPW_U8] = 1,  [SPW_I8] = 1,  [SPW_U16] = 2, [SPW_I16] = 2, [SPW_U32] = 4,
        [SPW_I32] = 4, [SPW_U64] = 8, [SPW_I64] = 8, [SPW_F32] = 4, [SPW_F64] = 8,
    };
    return size[type];
}

static void set_column(struct spw_rows *rows, const struct spw_column *column, void *data)
{
    *(void **)((char *)rows + column->offset) = data;
}

/* Moves every array to one of `capacity` rows, with the first `count` kept. */
static enum spw_status resize(struct spw_rows *rows,
                              const struct spw_table *table,
                              struct spw_arena *arena,
                              uint32_t capacity)
{
    for (size_t i = 0; i < table->n_columns; ++i) {
        const struct spw_column *column = &table->columns[i];
        const size_t size = spw_type_size(column->type);
        char *data = spw_arena_alloc(arena, size * capacity);
        if (!data)
            return SPW_FAIL(SPW_RETRY, "out of memory: %u rows of %s", capacity,
                            column->name);
        if (rows->count) memcpy(data, spw_column_data(rows, column), size * rows->count);
        set_column(rows, column, data);
    }
    rows->capacity = capacity;
    return SPW_OK;
}

enum spw_status spw_rows_init(struct spw_rows *rows,
                              const struct spw_table *table,
                              struct spw_arena *arena,
                              uint32_t n_events,
                              uint32_t capacity)
{
    rows->count = 0;
    SPW_NEW_ZEROS(arena, rows->first, (size_t)n_events + 1);
    return resize(rows, table, arena, capacity ? capacity : 16);
}

enum spw_status spw_rows_reserve(struct spw_rows *rows,
                                 const struct spw_table *table,
                                 struct spw_arena *arena,
                                 uint32_t extra)
{
    if (extra <= rows->capacity - rows->count) return SPW_OK;
    const uint64_t wanted = (uint64_t)rows->count + extra;
    uint64_t capacity = 2 * (uint64_t)rows->capacity;
    if (capacity < wanted) capacity = wanted;
    if (capacity > UINT32_MAX) capacity = UINT32_MAX;
    if (capacity < wanted)
        return SPW_FAIL(SPW_RETRY, "table of %llu rows is too long",
                        (unsigned long long)wanted);
    return resize(rows, table, arena, (uint32_t)capacity);
}
