/* Mapped files: contents, empty files, refusals, advice at every boundary. */
#include "support/test.h"

#include "io/map.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[64];

static const char *below(const char *name)
{
    static char path[4][160];
    static int turn;
    char *text = path[turn++ & 3];
    snprintf(text, sizeof path[0], "%s/%s", folder, name);
    return text;
}

static const char *write_file(const char *name, size_t size)
{
    const char *path = below(name);
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    for (size_t i = 0; i < size; ++i) fputc((int)(i * 31 % 251), file);
    assert_int_equal(fclose(file), 0);
    return path;
}

static void bytes_are_the_file(void **state)
{
    (void)state;
    const size_t sizes[] = {1, 4095, 4096, 4097, 100000};
    for (size_t k = 0; k < sizeof sizes / sizeof *sizes; ++k) {
        struct spw_map map;
        assert_ok(spw_map_open(&map, write_file("data", sizes[k])));
        assert_int_equal(map.bytes.size, sizes[k]);
        for (size_t i = 0; i < sizes[k]; ++i)
            assert_int_equal(map.bytes.data[i], i * 31 % 251);
        spw_map_release(&map);
        assert_int_equal(map.bytes.size, 0);
    }
}

/* Advice must never change what is read, nor reach outside the mapping. */
static void advice_is_harmless(void **state)
{
    (void)state;
    struct spw_map map;
    const size_t size = 5 * 4096 + 17;
    assert_ok(spw_map_open(&map, write_file("data", size)));
    uint64_t random = test_seed();
    for (int k = 0; k < 200; ++k) {
        const size_t at = test_random(&random) % (size + 8192);
        const size_t length = test_random(&random) % (2 * size);
        spw_map_ahead(&map, at, length);
        spw_map_behind(&map, at, length);
    }
    spw_map_behind(&map, 0, SIZE_MAX);
    spw_map_ahead(&map, SIZE_MAX, SIZE_MAX);
    for (size_t i = 0; i < size; ++i) assert_int_equal(map.bytes.data[i], i * 31 % 251);
    spw_map_release(&map);
}

static size_t resident_pages(void)
{
    size_t total = 0, resident = 0;
    FILE *file = fopen("/proc/self/statm", "r");
    if (!file) skip();
    assert_int_equal(fscanf(file, "%zu %zu", &total, &resident), 2);
    fclose(file);
    return resident;
}

static void released_pages_are_not_resident(void **state)
{
    (void)state;
    if (TEST_UNDER_TSAN) skip();
    const size_t size = 16 << 20;
    struct spw_map map;
    const char *path = below("big");
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    static const uint8_t block[1 << 16] = {1};
    for (size_t at = 0; at < size; at += sizeof block) fwrite(block, 1, sizeof block, file);
    fclose(file);
    assert_ok(spw_map_open(&map, path));
    const size_t before = resident_pages();
    uint64_t sum = 0;
    for (size_t i = 0; i < size; i += 512) sum += map.bytes.data[i];
    assert_int_equal(sum, size / sizeof block);
    const size_t read = resident_pages();
    spw_map_behind(&map, 0, size);
    const size_t after = resident_pages();
    assert_true(read > before + 2000);
    assert_true(after < before + 500);
    spw_map_release(&map);
}

static void empty_file_is_no_bytes(void **state)
{
    (void)state;
    struct spw_map map;
    assert_ok(spw_map_open(&map, write_file("empty", 0)));
    assert_int_equal(map.bytes.size, 0);
    assert_non_null(map.bytes.data);
    spw_map_ahead(&map, 0, 1);
    spw_map_behind(&map, 0, 1);
    spw_map_release(&map);
}

static void others_are_refused(void **state)
{
    (void)state;
    struct spw_map map;
    assert_int_equal(spw_map_open(&map, below("absent")), SPW_MISSING);
    assert_non_null(strstr(spw_error_message(), "No such file"));
    assert_int_equal(spw_map_open(&map, folder), SPW_MISSING);
    assert_non_null(strstr(spw_error_message(), "a folder"));
    assert_int_equal(mkfifo(below("pipe"), 0600), 0);
    assert_int_equal(spw_map_open(&map, below("pipe")), SPW_MISSING);
    assert_non_null(strstr(spw_error_message(), "a pipe"));
    assert_int_equal(spw_map_open(&map, "/dev/null"), SPW_MISSING);
    assert_non_null(strstr(spw_error_message(), "a device"));
}

int main(void)
{
    strcpy(folder, test_folder());
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bytes_are_the_file),
        cmocka_unit_test(advice_is_harmless),
        cmocka_unit_test(released_pages_are_not_resident),
        cmocka_unit_test(empty_file_is_no_bytes),
        cmocka_unit_test(others_are_refused),
    };
    const int failed = cmocka_run_group_tests(tests, NULL, NULL);
    const char *const names[] = {"data", "big", "empty", "pipe"};
    for (size_t i = 0; i < 4; ++i) unlink(below(names[i]));
    rmdir(folder);
    return failed;
}
