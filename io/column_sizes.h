/// How many bytes each column of an HDF5 file takes, on disk and unpacked.
#pragma once

#include "core/arena.h"
#include "core/status.h"

#include <stdint.h>

struct spw_column_size {
    const char *path; ///< "/straw/tracks/x_mm"
    uint64_t n_rows;
    uint64_t stored_bytes; ///< of its chunks in the file, without indices
    uint64_t raw_bytes;    ///< rows times the size of a value; texts count as references
};

/// All datasets of a file in byte order of their paths.
struct spw_column_sizes {
    struct spw_column_size *column;
    uint32_t count, capacity;
    uint64_t file_bytes; ///< of the whole file: columns, indices, attributes
};

/// Reads the sizes, not the columns. Memory: arena.
/// Errors  SPW_MISSING, SPW_CORRUPT (no HDF5 file, or a broken one)
SPW_MUST_CHECK enum spw_status spw_column_sizes_read(struct spw_column_sizes *sizes,
                                                     struct spw_arena *arena,
                                                     const char *path);
