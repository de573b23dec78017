/// Bump memory: many allocations, one release. The only place of the program that calls malloc.
///
/// Three lifetimes are in use: run (configuration, geometry, constants), burst (event index) and
/// batch (everything made from some hundred events). Freed bytes are poisoned under ASan.
#pragma once

#include "core/status.h"

#include <stdbool.h>
#include <stddef.h>

enum { SPW_ALIGN = 64 }; ///< alignment of every allocation, and of every array

struct spw_arena_block;

/// Memory  owns its blocks; release with spw_arena_release(). Zero-initialise before use.
struct spw_arena {
    struct spw_arena_block *block; ///< newest block, or NULL
    size_t total_bytes;            ///< bytes held in all blocks
};

/// A point to rewind to.
struct spw_arena_mark {
    struct spw_arena_block *block;
    size_t used;
};

/// Bytes aligned to SPW_ALIGN, uninitialised; NULL when memory is exhausted.
/// The allocation is rounded up to SPW_ALIGN, so kernels may read to the end of the last vector.
void *spw_arena_alloc(struct spw_arena *arena, size_t bytes);

/// The same, zeroed.
void *spw_arena_zeros(struct spw_arena *arena, size_t count, size_t size);

/// `text` copied, terminated; NULL when memory is exhausted.
char *spw_arena_text(struct spw_arena *arena, const char *text);

/// printf into the arena; NULL when memory is exhausted.
char *spw_arena_printf(struct spw_arena *arena, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/// The point to rewind to: now.
struct spw_arena_mark spw_arena_mark(const struct spw_arena *arena);

/// Frees everything allocated since `mark`.
void spw_arena_rewind(struct spw_arena *arena, struct spw_arena_mark mark);

/// Frees everything but keeps one block of the size last needed, for the next batch.
void spw_arena_reset(struct spw_arena *arena);

/// Gives all memory back.
void spw_arena_release(struct spw_arena *arena);

/// Allocates `count` uninitialised elements of `*pointer`, or fails with SPW_RETRY.
#define SPW_NEW(arena, pointer, count)                                             \
    do {                                                                           \
        (pointer) = spw_arena_alloc((arena), sizeof *(pointer) * (size_t)(count)); \
        if (!(pointer))                                                            \
            return SPW_FAIL(SPW_RETRY, "out of memory: %zu elements of %zu bytes", \
                            (size_t)(count), sizeof *(pointer));                   \
    } while (0)

/// The same, zeroed.
#define SPW_NEW_ZEROS(arena, pointer, count)                                       \
    do {                                                                           \
        (pointer) = spw_arena_zeros((arena), (size_t)(count), sizeof *(pointer));  \
        if (!(pointer))                                                            \
            return SPW_FAIL(SPW_RETRY, "out of memory: %zu elements of %zu bytes", \
                            (size_t)(count), sizeof *(pointer));                   \
    } while (0)
