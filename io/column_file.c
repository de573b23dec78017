#include "io/column_file.h"

#include "io/codec.h"
#include "io/hdf5_file.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

enum { MAX_PATH = 512, N_WIDTHS = 4, MAX_WIDTH = 8 };

_Static_assert(SPW_CHUNK_ROWS *MAX_WIDTH <= SPW_CHUNK_BYTES,
               "a chunk fits readers' caches");

struct column {
    const char *path, *unit, *meaning;
    enum spw_type type;
    uint32_t width;
    uint64_t n_rows;   ///< appended so far
    uint32_t n_filled; ///< of them in `buffer`
    uint8_t *buffer;   ///< SPW_CHUNK_ROWS rows; NULL until the first row
    hid_t data;        ///< -1 until the first chunk
    uint64_t extent;   ///< rows in the file
};

/// Memory  its own arena, in which it lives itself.
struct spw_column_file {
    struct spw_arena arena;
    struct spw_hdf5 h5;
    struct column *column;
    uint32_t n_columns, capacity;
    bool finished;
    uint32_t n_drained;              ///< columns whose last rows were taken, once finished
    struct spw_error error;          ///< of spw_column_file_take_chunk()
    struct spw_chunk *first, **last; ///< pending
    struct spw_chunk *idle;          ///< with planes and scratch, to be used again
    struct spw_chunk *empty;         ///< without
    struct free_buffer *free_buffer[N_WIDTHS];
};

struct free_buffer {
    struct free_buffer *next;
};

static hid_t file_type(enum spw_type type)
{
    switch (type) {
    case SPW_U8:
        return H5T_STD_U8LE;
    case SPW_I8:
        return H5T_STD_I8LE;
    case SPW_U16:
        return H5T_STD_U16LE;
    case SPW_I16:
        return H5T_STD_I16LE;
    case SPW_U32:
        return H5T_STD_U32LE;
    case SPW_I32:
        return H5T_STD_I32LE;
    case SPW_U64:
        return H5T_STD_U64LE;
    case SPW_I64:
        return H5T_STD_I64LE;
    case SPW_F32:
        return H5T_IEEE_F32LE;
    case SPW_F64:
        return H5T_IEEE_F64LE;
    }
    return -1;
}

/* Fails with "cannot write WHAT NAME". */
static enum spw_status
fail(const struct spw_column_file *file, const char *what, const char *name)
{
    char text[MAX_PATH + 64];
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
    const enum spw_status status = spw_hdf5_create(&file->h5, &file->arena, path);
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

/* Creates the dataset; the first chunk decides the rows of all. */
static hid_t create_data(const struct spw_column_file *file,
                         const struct column *column,
                         hsize_t chunk_rows)
{
    const hsize_t none = 0, unlimited = H5S_UNLIMITED;
    const hid_t space = H5Screate_simple(1, &none, &unlimited);
    const hid_t list = H5Pcreate(H5P_DATASET_CREATE);
    hid_t data = -1;
    if (space >= 0 && list >= 0 && H5Pset_chunk(list, 1, &chunk_rows) >= 0 &&
        H5Pset_fill_time(list, H5D_FILL_TIME_NEVER) >= 0 &&
        (column->width == 1 || H5Pset_shuffle(list) >= 0) && H5Pset_deflate(list, 1) >= 0)
        data = H5Dcreate2(file->h5.file, column->path, file_type(column->type), space,
                          file->h5.link_list, list, H5P_DEFAULT);
    if (space >= 0) H5Sclose(space);
    if (list >= 0) H5Pclose(list);
    return data;
}

static enum spw_status
open_column(struct spw_column_file *file, struct column *column, uint32_t chunk_rows)
{
    if (column->data >= 0) return SPW_OK;
    column->data = create_data(file, column, chunk_rows);
    if (column->data < 0 ||
        !spw_hdf5_put_text(&file->h5, column->data, "units", column->unit) ||
        !spw_hdf5_put_text(&file->h5, column->data, "long_name", column->meaning))
        return fail(file, "column", column->path);
    return SPW_OK;
}

/* Room for the rows, and for their stream in the place of them. */
static enum spw_status take_buffer(struct spw_column_file *file, struct column *column)
{
    struct free_buffer **list = &file->free_buffer[__builtin_ctz(column->width)];
    if (*list) {
        column->buffer = (uint8_t *)*list;
        *list = (*list)->next;
        return SPW_OK;
    }
    SPW_NEW(&file->arena, column->buffer,
            spw_codec_bound((size_t)SPW_CHUNK_ROWS * column->width));
    return SPW_OK;
}

static void give_buffer(struct spw_column_file *file, uint8_t *buffer, uint32_t width)
{
    struct free_buffer **list = &file->free_buffer[__builtin_ctz(width)];
    struct free_buffer *given = (struct free_buffer *)(void *)buffer;
    given->next = *list;
    *list = given;
}

/* The rows in the buffer become a pending chunk of `n_rows` rows. */
static enum spw_status
push_chunk(struct spw_column_file *file, uint32_t id, uint32_t n_rows)
{
    struct column *column = &file->column[id];
    spw_hdf5_listen();
    SPW_TRY(open_column(file, column, n_rows));
    struct spw_chunk *chunk = file->empty;
    if (chunk)
        file->empty = chunk->next;
    else
        SPW_NEW(&file->arena, chunk, 1);
    *chunk = (struct spw_chunk){
        .column = id,
        .first_row = column->n_rows - column->n_filled,
        .element_size = column->width,
        .n_rows = n_rows,
        .raw = column->buffer,
    };
    memset(chunk->raw + (size_t)column->n_filled * column->width, 0,
           (size_t)(n_rows - column->n_filled) * column->width);
    column->buffer = NULL;
    column->n_filled = 0;
    *file->last = chunk;
    file->last = &chunk->next;
    return SPW_OK;
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
        if (!column->buffer) SPW_TRY(take_buffer(file, column));
        const uint64_t room = SPW_CHUNK_ROWS - column->n_filled;
        const uint32_t taken = (uint32_t)(n < room ? n : room);
        const size_t bytes = (size_t)taken * column->width;
        memcpy(column->buffer + (size_t)column->n_filled * column->width, from, bytes);
        column->n_filled += taken;
        column->n_rows += taken;
        from += bytes;
        n -= taken;
        if (column->n_filled == SPW_CHUNK_ROWS)
            SPW_TRY(push_chunk(file, id, SPW_CHUNK_ROWS));
    }
    return spw_hdf5_check(&file->h5);
}

/* The rows of the next column that has some left; a short column is one chunk of its length. */
static enum spw_status push_last_chunk(struct spw_column_file *file)
{
    while (!file->first && file->n_drained < file->n_columns) {
        const uint32_t id = file->n_drained++;
        const struct column *column = &file->column[id];
        if (column->n_filled == 0) continue;
        const bool only = column->n_rows == column->n_filled;
        SPW_TRY(push_chunk(file, id, only ? column->n_filled : SPW_CHUNK_ROWS));
    }
    return SPW_OK;
}

/* Gives a chunk what it needs to be compressed. */
static enum spw_status equip(struct spw_column_file *file, struct spw_chunk *chunk)
{
    struct spw_chunk *idle = file->idle;
    if (idle) {
        chunk->planes = idle->planes;
        chunk->scratch = idle->scratch;
        file->idle = idle->next;
        idle->next = file->empty;
        file->empty = idle;
        return SPW_OK;
    }
    SPW_NEW(&file->arena, chunk->planes, spw_codec_bound(SPW_CHUNK_ROWS * MAX_WIDTH));
    uint8_t *scratch;
    SPW_NEW(&file->arena, scratch, spw_codec_scratch_bytes());
    chunk->scratch = scratch;
    return SPW_OK;
}

struct spw_chunk *spw_column_file_take_chunk(struct spw_column_file *file)
{
    enum spw_status status = SPW_OK;
    if (!file->first && file->finished) status = push_last_chunk(file);
    struct spw_chunk *chunk = file->first;
    if (status == SPW_OK && chunk) status = equip(file, chunk);
    if (status != SPW_OK) spw_error_keep(&file->error, status);
    if (status != SPW_OK || !chunk) return NULL;
    file->first = chunk->next;
    if (!file->first) file->last = &file->first;
    chunk->next = NULL;
    return chunk;
}

enum spw_status spw_chunk_compress(struct spw_chunk *chunk)
{
    const struct spw_codec_kernels *kernels = SPW_PICK(spw_codec_kernels, spw_isa_best());
    struct spw_bytes bytes = {chunk->raw, (size_t)chunk->n_rows * chunk->element_size};
    chunk->packed = chunk->planes;
    if (chunk->element_size > 1) {
        kernels->shuffle(chunk->n_rows, chunk->element_size, chunk->raw, chunk->planes);
        bytes.data = chunk->planes;
        chunk->packed = chunk->raw;
    }
    chunk->packed_bytes =
        spw_codec_deflate(SPW_CODEC_FAST, bytes, chunk->packed, chunk->scratch);
    return SPW_OK;
}

static enum spw_status write_chunk(struct spw_column_file *file,
                                   const struct spw_chunk *chunk)
{
    struct column *column = &file->column[chunk->column];
    uint64_t end = chunk->first_row + chunk->n_rows;
    if (end > column->n_rows) end = column->n_rows;
    const hsize_t extent = end, offset = chunk->first_row;
    if (end > column->extent) {
        if (H5Dset_extent(column->data, &extent) < 0)
            return fail(file, "column", column->path);
        column->extent = end;
    }
    if (H5Dwrite_chunk(column->data, H5P_DEFAULT, 0, &offset, chunk->packed_bytes,
                       chunk->packed) < 0)
        return fail(file, "column", column->path);
    return spw_hdf5_check(&file->h5);
}

enum spw_status spw_column_file_put_chunk(struct spw_column_file *file,
                                          struct spw_chunk *chunk)
{
    spw_hdf5_listen();
    const enum spw_status status = write_chunk(file, chunk);
    give_buffer(file, chunk->raw, chunk->element_size);
    chunk->next = file->idle;
    file->idle = chunk;
    return status;
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
    const hid_t object = spw_hdf5_group(&file->h5, group);
    const bool good = object >= 0 && spw_hdf5_put_text(&file->h5, object, name, text);
    if (object >= 0) H5Gclose(object);
    return good ? spw_hdf5_check(&file->h5) : fail(file, "attribute", name);
}

enum spw_status spw_column_file_number(struct spw_column_file *file,
                                       const char *group,
                                       const char *name,
                                       int64_t value)
{
    spw_hdf5_listen();
    const hid_t object = spw_hdf5_group(&file->h5, group);
    const bool good = object >= 0 && spw_hdf5_put_int(object, name, value);
    if (object >= 0) H5Gclose(object);
    return good ? spw_hdf5_check(&file->h5) : fail(file, "attribute", name);
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
        return fail(file, "column", path);
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
        SPW_TRY(open_column(file, &file->column[i], SPW_CHUNK_ROWS));
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
