/// Inside of column files: what column_file.c (columns, attributes, closing) and
/// column_chunks.c (datasets, buffers, chunks) share.
#pragma once

#include "io/column_file.h"
#include "io/hdf5_file.h"

enum { COLUMN_WIDTHS = 4, COLUMN_MAX_WIDTH = 8 };

_Static_assert((int)SPW_CHUNK_ROWS *(int)COLUMN_MAX_WIDTH <= (int)SPW_CHUNK_BYTES,
               "a chunk fits readers' caches");

/// A column on its way to the file.
struct column {
    const char *path, *unit, *meaning;
    enum spw_type type;
    uint32_t width;
    uint32_t significant_bits; ///< SPW_F32_BITS: all
    uint64_t n_rows;           ///< appended so far
    uint32_t n_filled;         ///< of them in `buffer`
    uint8_t *buffer;           ///< SPW_CHUNK_ROWS rows; NULL until the first row
    hid_t data;                ///< -1 until the first chunk
    uint64_t extent;           ///< rows in the file
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
    struct free_buffer *free_buffer[COLUMN_WIDTHS];
};

/// Fails with SPW_IO: "cannot write WHAT NAME", and why.
enum spw_status
column_fail(const struct spw_column_file *file, const char *what, const char *name);

/// Creates the dataset unless it exists; the first chunk decides the rows of all.
SPW_MUST_CHECK enum spw_status
column_open(struct spw_column_file *file, struct column *column, uint32_t chunk_rows);

/// Gives the column an empty buffer.
SPW_MUST_CHECK enum spw_status column_take_buffer(struct spw_column_file *file,
                                                  struct column *column);

/// The rows in the buffer become a pending chunk of `n_rows` rows.
SPW_MUST_CHECK enum spw_status
column_push_chunk(struct spw_column_file *file, uint32_t id, uint32_t n_rows);
