#include "io/column_file_internal.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

enum { INDEX_ENTRIES = 16 };

enum spw_status
column_fail(const struct spw_column_file *file, const char *what, const char *name)
{
    char text[600];
    snprintf(text, sizeof text, "cannot write %s %s", what, name);
    return spw_hdf5_fail(&file->h5, SPW_IO, text);
}

static const char *join(struct spw_column_file *file, const char *group, const char *name)
{
    const char *slash = strcmp(group, "/") == 0 ? "" : "/";
    return spw_arena_printf(&file->arena, "%s%s%s", group, slash, name);
}

enum spw_status spw_column_file_create(struct spw_column_file **out, const char *path)
{
    struct spw_arena arena = {0};
    struct spw_column_file *file = spw_arena_zeros(&arena, 1, sizeof *file);
    if (!file) return SPW_FAIL(SPW_RETRY, "%s: out of memory", path);
    file->arena = arena;
    file->last = &file->first;
    const enum spw_status status =
        spw_hdf5_create(&file->h5, &file->arena, path, INDEX_ENTRIES);
    if (status == SPW_OK) {
        *out = file;
        return SPW_OK;
    }
    arena = file->arena;
    spw_arena_release(&arena);
    return status;
}

static enum spw_status reserve_columns(struct spw_column_file *file)
{
    if (file->n_columns < file->capacity) return SPW_OK;
    const uint32_t capacity = 2 * file->capacity + 64;
    struct column *grown;
    SPW_NEW(&file->arena, grown, capacity);
    if (file->n_columns) memcpy(grown, file->column, sizeof *grown * file->n_columns);
    file->column = grown;
    file->capacity = capacity;
    return SPW_OK;
}

enum spw_status spw_column_file_add(struct spw_column_file *file,
                                    const char *group,
                                    const char *name,
                                    enum spw_type type,
                                    const char *unit,
                                    const char *meaning,
                                    uint32_t *id)
{
    SPW_TRY(reserve_columns(file));
    const struct column column = {
        .path = join(file, group, name),
        .unit = spw_arena_text(&file->arena, unit),
        .meaning = spw_arena_text(&file->arena, meaning),
        .type = type,
        .width = (uint32_t)spw_type_size(type),
        .significant_bits = SPW_F32_BITS,
        .data = -1,
    };
    if (!column.path || !column.unit || !column.meaning)
        return SPW_FAIL(SPW_RETRY, "out of memory: column %s/%s", group, name);
    for (uint32_t i = 0; i < file->n_columns; ++i)
        if (strcmp(file->column[i].path, column.path) == 0)
            return SPW_FAIL(SPW_INTERNAL, "%s: column %s is declared twice", file->h5.path,
                            column.path);
    *id = file->n_columns;
    file->column[file->n_columns++] = column;
    return SPW_OK;
}

void spw_column_file_round(struct spw_column_file *file, uint32_t id, uint32_t bits)
{
    assert(id < file->n_columns && bits >= 1 && bits <= SPW_F32_BITS);
    struct column *column = &file->column[id];
    assert(column->type == SPW_F32 && column->n_rows == 0);
    column->significant_bits = bits;
}

enum spw_status spw_column_file_append(struct spw_column_file *file,
                                       uint32_t id,
                                       const void *values,
                                       uint64_t n)
{
    assert(id < file->n_columns && !file->finished);
    struct column *column = &file->column[id];
    const uint8_t *from = values;
    while (n > 0) {
        if (!column->buffer) SPW_TRY(column_take_buffer(file, column));
        const uint64_t room = SPW_CHUNK_ROWS - column->n_filled;
        const uint32_t taken = (uint32_t)(n < room ? n : room);
        const size_t bytes = (size_t)taken * column->width;
        memcpy(column->buffer + (size_t)column->n_filled * column->width, from, bytes);
        column->n_filled += taken;
        column->n_rows += taken;
        from += bytes;
        n -= taken;
        if (column->n_filled == SPW_CHUNK_ROWS)
            SPW_TRY(column_push_chunk(file, id, SPW_CHUNK_ROWS));
    }
    return spw_hdf5_check(&file->h5);
}

void spw_column_file_finish(struct spw_column_file *file)
{
    file->finished = true;
}

enum spw_status spw_column_file_text(struct spw_column_file *file,
                                     const char *group,
                                     const char *name,
                                     const char *text)
{
    spw_hdf5_listen();
    const hid_t object = spw_hdf5_group(&file->h5, file->h5.file, group);
    const bool good = object >= 0 && spw_hdf5_put_text(&file->h5, object, name, text);
    if (object >= 0) H5Gclose(object);
    return good ? spw_hdf5_check(&file->h5) : column_fail(file, "attribute", name);
}

enum spw_status spw_column_file_number(struct spw_column_file *file,
                                       const char *group,
                                       const char *name,
                                       int64_t value)
{
    spw_hdf5_listen();
    const hid_t object = spw_hdf5_group(&file->h5, file->h5.file, group);
    const bool good = object >= 0 && spw_hdf5_put_int(object, name, value);
    if (object >= 0) H5Gclose(object);
    return good ? spw_hdf5_check(&file->h5) : column_fail(file, "attribute", name);
}

enum spw_status spw_column_file_texts(struct spw_column_file *file,
                                      const char *group,
                                      const char *name,
                                      const char *meaning,
                                      const char *const *texts,
                                      uint64_t n)
{
    const char *path = join(file, group, name);
    if (!path) return SPW_FAIL(SPW_RETRY, "out of memory: column %s/%s", group, name);
    spw_hdf5_listen();
    if (!spw_hdf5_put_texts(&file->h5, path, meaning, texts, n))
        return column_fail(file, "column", path);
    return spw_hdf5_check(&file->h5);
}

static enum spw_status write_rest(struct spw_column_file *file)
{
    struct spw_chunk *chunk;
    spw_column_file_finish(file);
    while ((chunk = spw_column_file_take_chunk(file))) {
        SPW_TRY(spw_chunk_compress(chunk));
        SPW_TRY(spw_column_file_put_chunk(file, chunk));
    }
    if (file->error.status != SPW_OK) return spw_error_raise(&file->error);
    spw_hdf5_listen();
    for (uint32_t i = 0; i < file->n_columns; ++i) {
        SPW_TRY(column_open(file, &file->column[i], SPW_CHUNK_ROWS));
        assert(file->column[i].extent == file->column[i].n_rows);
    }
    return spw_hdf5_check(&file->h5);
}

static void close_columns(struct spw_column_file *file)
{
    for (uint32_t i = 0; i < file->n_columns; ++i)
        if (file->column[i].data >= 0) H5Dclose(file->column[i].data);
}

static void release_memory(struct spw_column_file *file)
{
    struct spw_arena arena = file->arena;
    spw_arena_release(&arena);
}

enum spw_status spw_column_file_close(struct spw_column_file *file)
{
    enum spw_status status = write_rest(file);
    if (status != SPW_OK) {
        spw_column_file_discard(file);
        return status;
    }
    close_columns(file);
    status = spw_hdf5_commit(&file->h5);
    release_memory(file);
    return status;
}

void spw_column_file_discard(struct spw_column_file *file)
{
    file->h5.disk.drop = true;
    close_columns(file);
    spw_hdf5_release(&file->h5);
    release_memory(file);
}
