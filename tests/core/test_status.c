#include "support/test.h"

#include "core/status.h"

#include <pthread.h>
#include <string.h>

static enum spw_status fails(int value)
{
    if (value > 2)
        return SPW_FAIL(SPW_CORRUPT, "%s: value %d at byte %zu", "burst", value,
                        (size_t)16);
    return SPW_OK;
}

static enum spw_status forwards(int value, int *reached)
{
    SPW_TRY(fails(value));
    *reached = 1;
    return SPW_OK;
}

static void try_forwards(void **state)
{
    (void)state;
    int reached = 0;
    assert_int_equal(forwards(2, &reached), SPW_OK);
    assert_int_equal(reached, 1);
    reached = 0;
    assert_int_equal(forwards(3, &reached), SPW_CORRUPT);
    assert_int_equal(reached, 0);
    assert_string_equal(spw_error_message(), "burst: value 3 at byte 16");
    assert_non_null(strstr(spw_error_place(), "test_status.c:"));
}

static void message_may_wrap_the_last_one(void **state)
{
    (void)state;
    assert_int_equal(fails(7), SPW_CORRUPT);
    assert_int_equal(SPW_FAIL(SPW_IO, "outer: %s", spw_error_message()), SPW_IO);
    assert_string_equal(spw_error_message(), "outer: burst: value 7 at byte 16");
}

static void long_message_is_cut(void **state)
{
    (void)state;
    assert_int_equal(SPW_FAIL(SPW_USAGE, "%*s", 3 * SPW_MESSAGE_BYTES, "x"), SPW_USAGE);
    assert_int_equal(strlen(spw_error_message()), SPW_MESSAGE_BYTES - 1);
}

static void *other_thread(void *argument)
{
    struct spw_error *error = argument;
    assert_string_equal(spw_error_message(), "");
    spw_error_keep(error, fails(5));
    spw_error_keep(error, SPW_FAIL(SPW_IO, "a later one"));
    return NULL;
}

static void error_travels_between_threads(void **state)
{
    (void)state;
    struct spw_error error = {0};
    pthread_t thread;
    assert_int_equal(SPW_FAIL(SPW_USAGE, "mine"), SPW_USAGE);
    assert_int_equal(pthread_create(&thread, NULL, other_thread, &error), 0);
    pthread_join(thread, NULL);
    assert_string_equal(spw_error_message(), "mine");
    assert_int_equal(spw_error_raise(&error), SPW_CORRUPT);
    assert_string_equal(spw_error_message(), "burst: value 5 at byte 16");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(try_forwards),
        cmocka_unit_test(message_may_wrap_the_last_one),
        cmocka_unit_test(long_message_is_cut),
        cmocka_unit_test(error_travels_between_threads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
