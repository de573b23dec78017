#include "io/column_file_internal.h"

#include "io/codec.h"

#include <string.h>

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
        data = spw_hdf5_data(&file->h5, file->h5.file, column->path,
                             file_type(column->type), space, list);
    if (space >= 0) H5Sclose(space);
    if (list >= 0) H5Pclose(list);
    return data;
}

enum spw_status
column_open(struct spw_column_file *file, struct column *column, uint32_t chunk_rows)
{
    if (column->data >= 0) return SPW_OK;
    column->data = create_data(file, column, chunk_rows);
    if (column->data < 0 ||
        !spw_hdf5_put_text(&file->h5, column->data, "units", column->unit) ||
        !spw_hdf5_put_text(&file->h5, column->data, "long_name", column->meaning) ||
        (column->significant_bits < SPW_F32_BITS &&
         !spw_hdf5_put_int(column->data, "significant_bits", column->significant_bits)))
        return column_fail(file, "column", column->path);
    return SPW_OK;
}

/* Room for the rows, and for their stream in the place of them. */
enum spw_status column_take_buffer(struct spw_column_file *file, struct column *column)
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
enum spw_status
column_push_chunk(struct spw_column_file *file, uint32_t id, uint32_t n_rows)
{
    struct column *column = &file->column[id];
    spw_hdf5_listen();
    SPW_TRY(column_open(file, column, n_rows));
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
        .significant_bits = column->significant_bits,
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

/* The rows of the next column that has some left; a short column is one chunk of its
 * length. */
static enum spw_status push_last_chunk(struct spw_column_file *file)
{
    while (!file->first && file->n_drained < file->n_columns) {
        const uint32_t id = file->n_drained++;
        const struct column *column = &file->column[id];
        if (column->n_filled == 0) continue;
        const bool only = column->n_rows == column->n_filled;
        SPW_TRY(column_push_chunk(file, id, only ? column->n_filled : SPW_CHUNK_ROWS));
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
    SPW_NEW(&file->arena, chunk->planes,
            spw_codec_bound(SPW_CHUNK_ROWS * COLUMN_MAX_WIDTH));
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
    if (chunk->significant_bits < SPW_F32_BITS)
        kernels->round(chunk->n_rows, SPW_F32_BITS - chunk->significant_bits, chunk->raw);
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
            return column_fail(file, "column", column->path);
        column->extent = end;
    }
    if (H5Dwrite_chunk(column->data, H5P_DEFAULT, 0, &offset, chunk->packed_bytes,
                       chunk->packed) < 0)
        return column_fail(file, "column", column->path);
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
