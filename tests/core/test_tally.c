#include "support/test.h"

#include "core/tally.h"

static void bases_follow_each_other(void **state)
{
    (void)state;
    static const struct spw_tally first[] = {{"a.x", "one"}, {"a.y", "two"}};
    static const struct spw_tally second[] = {{"b.x", "three"}};
    struct spw_arena arena = {0};
    struct spw_tally_list list = {0};
    uint32_t base;
    for (uint32_t round = 0; round < 100; ++round) {
        assert_ok(spw_tally_register(&list, &arena, first, 2, &base));
        assert_int_equal(base, 3 * round);
        assert_ok(spw_tally_register(&list, &arena, second, 1, &base));
        assert_int_equal(base, 3 * round + 2);
    }
    assert_int_equal(list.count, 300);
    assert_string_equal(list.tally[0]->name, "a.x");
    assert_string_equal(list.tally[298]->name, "a.y");
    assert_string_equal(list.tally[299]->name, "b.x");
    spw_arena_release(&arena);
}

static void empty_tables_are_fine(void **state)
{
    (void)state;
    struct spw_arena arena = {0};
    struct spw_tally_list list = {0};
    uint32_t base = 7;
    assert_ok(spw_tally_register(&list, &arena, NULL, 0, &base));
    assert_int_equal(base, 0);
    assert_int_equal(list.count, 0);
    spw_arena_release(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bases_follow_each_other),
        cmocka_unit_test(empty_tables_are_fine),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
