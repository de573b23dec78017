/// HDF5 files of columns: chunks shuffled and deflated by the caller's threads, written in
/// order.
///
/// Layout  interface.md: 1-D datasets with `units` and `long_name`, int64 offsets of length
///         n + 1, variable-length UTF-8 strings; written as PATH.part..., renamed when
///         complete.
/// Threads spw_column_file_* must be called from one thread at a time, but
///         spw_chunk_compress() may run anywhere.
#pragma once

#include "core/arena.h"
#include "core/columns.h"
#include "core/status.h"
#include "core/tally.h"

#include <stdbool.h>
#include <stdint.h>

enum { SPW_CHUNK_ROWS = 1 << 16, SPW_CHUNK_BYTES = 1 << 20, SPW_F32_BITS = 24 };

struct spw_column_file; ///< opaque; memory of its own until close or discard

/// Creates PATH.part.<host>.<pid>. Errors: SPW_CANNOT_CREATE.
SPW_MUST_CHECK enum spw_status spw_column_file_create(struct spw_column_file **file,
                                                      const char *path);

/// Declares a column `group/name`. `*id` is used to append.
SPW_MUST_CHECK enum spw_status spw_column_file_add(struct spw_column_file *file,
                                                   const char *group,
                                                   const char *name,
                                                   enum spw_type type,
                                                   const char *unit,
                                                   const char *meaning,
                                                   uint32_t *id);

/// Rounds the values of an SPW_F32 column to `bits` of mantissa (1 ... 24, the leading one
/// included; ties to even) when its chunks are compressed; kept as attribute
/// `significant_bits`. To be called before the first row.
void spw_column_file_round(struct spw_column_file *file, uint32_t id, uint32_t bits);

/// Appends `n` values. Full chunks become pending; see spw_column_file_take_chunk().
SPW_MUST_CHECK enum spw_status spw_column_file_append(struct spw_column_file *file,
                                                      uint32_t id,
                                                      const void *values,
                                                      uint64_t n);

/// A full chunk on its way to the file: raw rows in, zlib stream out.
struct spw_chunk {
    uint32_t column;
    uint64_t first_row;
    uint32_t element_size, n_rows; ///< n_rows counts padding of a last chunk
    uint32_t significant_bits;     ///< of float32 values; SPW_F32_BITS: all
    uint8_t *raw;                  ///< gone once compressed
    uint8_t *planes;               ///< room for the shuffled bytes
    uint8_t *packed;               ///< the stream, in one of the two
    size_t packed_bytes;
    void *scratch; ///< of the codec
    struct spw_chunk *next;
};

/// The next pending chunk, or NULL. A failure inside is told by the next call that can.
struct spw_chunk *spw_column_file_take_chunk(struct spw_column_file *file);

/// Shuffles and deflates a chunk (ISA-L level 1; stored blocks if it would grow). Any
/// thread.
SPW_MUST_CHECK enum spw_status spw_chunk_compress(struct spw_chunk *chunk);

/// Writes a compressed chunk and frees it.
SPW_MUST_CHECK enum spw_status spw_column_file_put_chunk(struct spw_column_file *file,
                                                         struct spw_chunk *chunk);

/// No more rows will come: now spw_column_file_take_chunk() also gives the last, partial
/// chunks, so that they can be compressed in parallel. Optional; close does it else.
void spw_column_file_finish(struct spw_column_file *file);

/// Attributes of a group ("/" = root), which is made if it does not exist.
SPW_MUST_CHECK enum spw_status spw_column_file_text(struct spw_column_file *file,
                                                    const char *group,
                                                    const char *name,
                                                    const char *text);
SPW_MUST_CHECK enum spw_status spw_column_file_number(struct spw_column_file *file,
                                                      const char *group,
                                                      const char *name,
                                                      int64_t value);

/// A column of strings written at once (tally names, meanings).
SPW_MUST_CHECK enum spw_status spw_column_file_texts(struct spw_column_file *file,
                                                     const char *group,
                                                     const char *name,
                                                     const char *meaning,
                                                     const char *const *texts,
                                                     uint64_t n);

/// Writes the last chunks (compressed here), closes, syncs and renames to the final name.
/// Takes chunks that are still pending; all taken ones must have been put.
/// Errors  SPW_IO (disk full, named); the .part file is removed. `file` is gone in any
///         case.
SPW_MUST_CHECK enum spw_status spw_column_file_close(struct spw_column_file *file);

/// Throws the unfinished file away, with its memory and all its chunks.
void spw_column_file_discard(struct spw_column_file *file);
