#include "support/test.h"

#include "core/file.h"
#include "core/json.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char path[64];

static void write_file(const char *text, size_t size)
{
    strcpy(path, "/tmp/spillway-file-XXXXXX");
    const int file = mkstemp(path);
    assert_true(file >= 0);
    assert_int_equal(write(file, text, size), size);
    close(file);
}

static void reads_all_bytes(void **state)
{
    (void)state;
    static char text[300000];
    uint64_t random = test_seed();
    for (size_t i = 0; i < sizeof text; ++i) text[i] = (char)test_random(&random);
    const size_t sizes[] = {0, 1, 63, 64, 65536, sizeof text};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; ++i) {
        struct spw_arena arena = {0};
        struct spw_bytes bytes;
        write_file(text, sizes[i]);
        assert_ok(spw_file_read(&bytes, &arena, path, sizeof text));
        assert_int_equal(bytes.size, sizes[i]);
        assert_memory_equal(bytes.data, text, sizes[i]);
        assert_int_equal(bytes.data[sizes[i]], 0);
        unlink(path);
        spw_arena_release(&arena);
    }
}

static void refuses(void **state)
{
    (void)state;
    struct spw_arena arena = {0};
    struct spw_bytes bytes;
    write_file("12345", 5);
    assert_int_equal(spw_file_read(&bytes, &arena, path, 4), SPW_MISSING);
    assert_non_null(strstr(spw_error_message(), "5 bytes, more than the 4"));
    unlink(path);
    assert_int_equal(spw_file_read(&bytes, &arena, path, 4), SPW_MISSING);
    assert_int_equal(spw_file_read(&bytes, &arena, "/tmp", 4), SPW_MISSING);
    assert_int_equal(mkfifo(path, 0600), 0); /* must not wait for a writer */
    assert_int_equal(spw_file_read(&bytes, &arena, path, 4), SPW_MISSING);
    unlink(path);
    spw_arena_release(&arena);
}

static enum spw_status
read_json(struct spw_json_table *table, struct spw_arena *arena, const char *text)
{
    static const char *const keys[] = {"b", "a"};
    write_file(text, strlen(text));
    const enum spw_status status = spw_json_table_open(table, arena, path, keys, 2);
    unlink(path);
    return status;
}

static void json_tables(void **state)
{
    (void)state;
    struct spw_arena arena = {0};
    struct spw_json_table table;
    assert_ok(
        read_json(&table, &arena,
                  "[{\"a\": 1, \"b\": 2.5}, {\"b\": -3}, {\"a\": \"x\", \"c\": 1}, 7]"));
    assert_int_equal(table.count, 4);
    assert_int_equal(table.n_keys, 2);
    assert_true(table.value[0] == 2.5 && table.value[1] == 1 && table.value[2] == -3);
    for (int i = 3; i < 8; ++i) assert_true(isnan(table.value[i]));
    assert_ok(read_json(&table, &arena, "[]"));
    assert_int_equal(table.count, 0);
    static const char *const bad[] = {"",     "{}", "[1, 2", "[{\"a\": 1, \"a\": 2}]",
                                      "\xff", "3"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; ++i)
        assert_int_equal(read_json(&table, &arena, bad[i]), SPW_CORRUPT);
    assert_int_equal(spw_json_table_open(&table, &arena, "/no/such.json", NULL, 0),
                     SPW_MISSING);
    spw_arena_release(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_all_bytes),
        cmocka_unit_test(refuses),
        cmocka_unit_test(json_tables),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
