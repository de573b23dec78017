#include "support/test.h"

#include "core/arena.h"

#include <stdint.h>
#include <string.h>

static bool is_aligned(const void *pointer)
{
    return (uintptr_t)pointer % SPW_ALIGN == 0;
}

/* Random sizes, every byte of every piece written with its own mark: nothing overlaps. */
static void pieces_do_not_overlap(void **state)
{
    (void)state;

    enum { N = 2000 };

    static unsigned char *piece[N];
    static size_t size[N];
    struct spw_arena arena = {0};
    uint64_t random = test_seed();
    for (int i = 0; i < N; ++i) {
        const uint64_t r = test_random(&random);
        size[i] = r % 100 == 0 ? (size_t)(r >> 44) : (size_t)(r >> 56); /* up to 1 MiB */
        piece[i] = spw_arena_alloc(&arena, size[i]);
        assert_non_null(piece[i]);
        assert_true(is_aligned(piece[i]));
        memset(piece[i], i & 255, size[i]);
    }
    for (int i = 0; i < N; ++i)
        for (size_t k = 0; k < size[i]; ++k) assert_int_equal(piece[i][k], i & 255);
    spw_arena_release(&arena);
    assert_int_equal(arena.total_bytes, 0);
    assert_null(arena.block);
}

static void last_vector_may_be_read(void **state)
{
    (void)state;
    struct spw_arena arena = {0};
    volatile unsigned char *bytes = spw_arena_zeros(&arena, 65, 1);
    assert_non_null((void *)(uintptr_t)bytes);
    for (int i = 0; i < 128; ++i) assert_int_equal(bytes[i], 0);
    spw_arena_release(&arena);
}

static void impossible_sizes_give_null(void **state)
{
    (void)state;
    struct spw_arena arena = {0};
    assert_null(spw_arena_alloc(&arena, SIZE_MAX));
    assert_null(spw_arena_zeros(&arena, SIZE_MAX / 2, 3));
    spw_arena_release(&arena);
}

static enum spw_status wants_too_much(struct spw_arena *arena)
{
    double *values;
    SPW_NEW(arena, values, SIZE_MAX / 8);
    return values[0] > 0 ? SPW_OK : SPW_INTERNAL;
}

static void exhaustion_is_a_status(void **state)
{
    (void)state;
    struct spw_arena arena = {0};
    assert_int_equal(wants_too_much(&arena), SPW_RETRY);
    assert_non_null(strstr(spw_error_message(), "elements of 8 bytes"));
    spw_arena_release(&arena);
}

static void rewind_gives_back(void **state)
{
    (void)state;
    struct spw_arena arena = {0};
    char *kept = spw_arena_text(&arena, "kept");
    const struct spw_arena_mark mark = spw_arena_mark(&arena);
    char *first = spw_arena_alloc(&arena, 100);
    for (int i = 0; i < 50; ++i) assert_non_null(spw_arena_alloc(&arena, 100000));
    spw_arena_rewind(&arena, mark);
    assert_ptr_equal(spw_arena_alloc(&arena, 100), first);
    assert_string_equal(kept, "kept");
    spw_arena_rewind(&arena, (struct spw_arena_mark){0});
    assert_int_equal(arena.total_bytes, 0);
    spw_arena_release(&arena);
}

static void reset_keeps_one_block(void **state)
{
    (void)state;
    struct spw_arena arena = {0};
    for (int i = 0; i < 100; ++i) assert_non_null(spw_arena_alloc(&arena, 50000));
    spw_arena_reset(&arena);
    const void *block = arena.block;
    const size_t bytes = arena.total_bytes;
    assert_true(bytes >= 100 * 50000);
    for (int round = 0; round < 3; ++round) {
        for (int i = 0; i < 100; ++i) assert_non_null(spw_arena_alloc(&arena, 50000));
        assert_ptr_equal(arena.block, block);
        spw_arena_reset(&arena);
    }
    assert_int_equal(arena.total_bytes, bytes);
    spw_arena_release(&arena);
    spw_arena_reset(&arena);
    assert_null(arena.block);
}

static void texts(void **state)
{
    (void)state;
    struct spw_arena arena = {0};
    char *text =
        spw_arena_printf(&arena, "%s-%04d-%s", "run", 42, "a longer text than that");
    assert_string_equal(text, "run-0042-a longer text than that");
    assert_string_equal(spw_arena_text(&arena, ""), "");
    spw_arena_release(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pieces_do_not_overlap),
        cmocka_unit_test(last_vector_may_be_read),
        cmocka_unit_test(impossible_sizes_give_null),
        cmocka_unit_test(exhaustion_is_a_status),
        cmocka_unit_test(rewind_gives_back),
        cmocka_unit_test(reset_keeps_one_block),
        cmocka_unit_test(texts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
