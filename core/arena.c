#include "core/arena.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#if defined(__SANITIZE_ADDRESS__)
#define ARENA_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define ARENA_ASAN 1
#endif
#endif
#ifdef ARENA_ASAN
#include <sanitizer/asan_interface.h>
#else
#define ASAN_POISON_MEMORY_REGION(address, bytes)   ((void)(address), (void)(bytes))
#define ASAN_UNPOISON_MEMORY_REGION(address, bytes) ((void)(address), (void)(bytes))
#endif

enum { BLOCK_BYTES_MIN = 1 << 16 };

struct spw_arena_block {
    struct spw_arena_block *older;
    size_t size, used; ///< usable bytes behind the header, and how many of them are taken
    _Alignas(SPW_ALIGN) unsigned char bytes[];
};

static size_t round_up(size_t bytes)
{
    return (bytes + SPW_ALIGN - 1) & ~(size_t)(SPW_ALIGN - 1);
}

static bool grow(struct spw_arena *arena, size_t bytes)
{
    size_t size =
        arena->total_bytes > BLOCK_BYTES_MIN ? arena->total_bytes : BLOCK_BYTES_MIN;
    if (size < bytes) size = bytes;
    struct spw_arena_block *block =
        aligned_alloc(SPW_ALIGN, round_up(sizeof *block + round_up(size)));
    if (!block) return false;
    *block = (struct spw_arena_block){.older = arena->block, .size = round_up(size)};
    ASAN_POISON_MEMORY_REGION(block->bytes, block->size);
    arena->block = block;
    arena->total_bytes += block->size;
    return true;
}

void *spw_arena_alloc(struct spw_arena *arena, size_t bytes)
{
    if (bytes > SIZE_MAX / 4) return NULL;
    const size_t taken = round_up(bytes ? bytes : 1);
    struct spw_arena_block *block = arena->block;
    if (!block || block->size - block->used < taken) {
        if (!grow(arena, taken)) return NULL;
        block = arena->block;
    }
    void *pointer = block->bytes + block->used;
    block->used += taken;
    ASAN_UNPOISON_MEMORY_REGION(pointer, taken);
    return pointer;
}

void *spw_arena_zeros(struct spw_arena *arena, size_t count, size_t size)
{
    size_t bytes;
    if (__builtin_mul_overflow(count, size, &bytes)) return NULL;
    void *pointer = spw_arena_alloc(arena, bytes);
    if (pointer) memset(pointer, 0, round_up(bytes ? bytes : 1));
    return pointer;
}

char *spw_arena_text(struct spw_arena *arena, const char *text)
{
    const size_t size = strlen(text) + 1;
    char *copy = spw_arena_alloc(arena, size);
    return copy ? memcpy(copy, text, size) : NULL;
}

char *spw_arena_printf(struct spw_arena *arena, const char *format, ...)
{
    va_list arguments, again;
    va_start(arguments, format);
    va_copy(again, arguments);
    const int length = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    char *text = length < 0 ? NULL : spw_arena_alloc(arena, (size_t)length + 1);
    if (text) vsnprintf(text, (size_t)length + 1, format, again);
    va_end(again);
    return text;
}

struct spw_arena_mark spw_arena_mark(const struct spw_arena *arena)
{
    return (struct spw_arena_mark){arena->block, arena->block ? arena->block->used : 0};
}

static void drop_newest(struct spw_arena *arena)
{
    struct spw_arena_block *block = arena->block;
    arena->block = block->older;
    arena->total_bytes -= block->size;
    ASAN_UNPOISON_MEMORY_REGION(block->bytes, block->size);
    free(block);
}

void spw_arena_rewind(struct spw_arena *arena, struct spw_arena_mark mark)
{
    while (arena->block != mark.block) drop_newest(arena);
    if (!mark.block) return;
    mark.block->used = mark.used;
    ASAN_POISON_MEMORY_REGION(mark.block->bytes + mark.used, mark.block->size - mark.used);
}

void spw_arena_reset(struct spw_arena *arena)
{
    const size_t wanted = arena->total_bytes;
    if (arena->block && arena->block->older) {
        spw_arena_release(arena);
        if (!grow(arena, wanted)) return; /* the next allocation will say so */
    }
    if (arena->block) {
        arena->block->used = 0;
        ASAN_POISON_MEMORY_REGION(arena->block->bytes, arena->block->size);
    }
}

void spw_arena_release(struct spw_arena *arena)
{
    while (arena->block) drop_newest(arena);
}
