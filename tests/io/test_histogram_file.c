/* Histogram files: write, read, merge, refuse; `--write FILE` writes the example that
 * tests/python/test_uhi.py reads. */
#include "support/test.h"

#include "io/histogram_file.h"

#include <dirent.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
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

static const struct spw_histogram_spec specs[] = {
    {.path = "/ktag/time",
     .title = "KTAG hit times",
     .n_axes = 1,
     .axis = {{"time_ns", "hit time - trigger time [ns]", -25, 25, 50}}},
    {.path = "/ktag/time_by_channel",
     .title = "KTAG hit times by channel µ",
     .n_axes = 2,
     .axis = {{"channel", "channel", 0, 512, 512},
              {"time_ns", "hit time - trigger time [ns]", -10, 10, 300}}},
    {.path = "/lkr/a/deep/cube",
     .title = "",
     .n_axes = 3,
     .axis = {{"x", "x [mm]", -1, 1, 4},
              {"y", "y [mm]", -2, 2, 7},
              {"z", "z [mm]", 0, 9, 9}}},
    {.path = "/one/bin", .title = "a bin", .n_axes = 1, .axis = {{"x", "x", 0, 1, 1}}},
    {.path = "/wide/axis",
     .title = "many bins",
     .n_axes = 1,
     .axis = {{"x", "x", 0, 1, 200000}}},
};

enum { N_SPECS = sizeof specs / sizeof *specs };

/* The count of bin b of histogram k; the Python test has the same formula. */
static int64_t count_of(uint32_t k, uint64_t b)
{
    return (int64_t)((b * 2654435761u + k * 40503u) % 1000003 % (b % 7 ? 97 : 50000));
}

static void make_set(struct spw_histogram_set *set, struct spw_arena *arena, uint32_t burst)
{
    *set = (struct spw_histogram_set){0};
    set->count = spw_arena_alloc(arena, sizeof *set->count * N_SPECS);
    for (uint32_t k = 0; k < N_SPECS; ++k) {
        uint32_t id;
        assert_ok(spw_histogram_book(&set->list, arena, &specs[k], &id));
        const uint64_t n = spw_histogram_n_bins(&specs[k]);
        set->count[k] = spw_arena_alloc(arena, n * sizeof **set->count);
        for (uint64_t b = 0; b < n; ++b) set->count[k][b] = count_of(k, b);
    }
    set->input = spw_arena_alloc(arena, sizeof *set->input);
    set->input[0] = (struct spw_histogram_input){
        12345, burst, 250000 + burst, spw_arena_printf(arena, "digest-%u", burst),
        spw_arena_printf(arena, "burst_%u.dat", burst)};
    set->n_inputs = 1;
}

static void check_set(const struct spw_histogram_set *set, int64_t factor)
{
    assert_int_equal(set->list.count, N_SPECS);
    for (uint32_t k = 0; k < N_SPECS; ++k) {
        const int64_t id = spw_histogram_set_find(set, specs[k].path);
        assert_true(id >= 0);
        const struct spw_histogram_spec *spec = &set->list.spec[id];
        assert_true(spw_histogram_same_axes(spec, &specs[k]));
        assert_string_equal(spec->title, specs[k].title);
        for (uint32_t i = 0; i < spec->n_axes; ++i)
            assert_string_equal(spec->axis[i].label, specs[k].axis[i].label);
        const uint64_t n = spw_histogram_n_bins(spec);
        for (uint64_t b = 0; b < n; ++b)
            assert_int_equal(set->count[id][b], factor * count_of(k, b));
    }
}

static void write_and_read(void **state)
{
    (void)state;
    struct spw_arena arena = {0};
    struct spw_histogram_set set, back;
    make_set(&set, &arena, 7);
    assert_ok(spw_histogram_file_write(below("a.h5"), &set));
    assert_ok(spw_histogram_file_read(&back, &arena, below("a.h5")));
    check_set(&back, 1);
    assert_int_equal(back.n_inputs, 1);
    assert_int_equal(back.input[0].run, 12345);
    assert_int_equal(back.input[0].burst, 7);
    assert_int_equal(back.input[0].events, 250007);
    assert_string_equal(back.input[0].digest, "digest-7");
    assert_string_equal(back.input[0].name, "burst_7.dat");
    unlink(below("a.h5"));
    spw_arena_release(&arena);
}

/* Narrow counts in the place of the others: the same file. */
static void narrow_counts(void **state)
{
    (void)state;
    struct spw_arena arena = {0};
    struct spw_histogram_set set, back;
    make_set(&set, &arena, 7);
    set.narrow = spw_arena_alloc(&arena, sizeof *set.narrow * N_SPECS);
    for (uint32_t k = 0; k < N_SPECS; ++k) {
        const uint64_t n = spw_histogram_n_bins(&specs[k]);
        uint32_t *narrow = spw_arena_alloc(&arena, n * sizeof *narrow);
        for (uint64_t b = 0; b < n; ++b) narrow[b] = (uint32_t)count_of(k, b);
        set.narrow[k] = narrow;
    }
    set.count = NULL;
    assert_ok(spw_histogram_file_write(below("a.h5"), &set));
    assert_ok(spw_histogram_file_read(&back, &arena, below("a.h5")));
    check_set(&back, 1);
    unlink(below("a.h5"));
    spw_arena_release(&arena);
}

static void nothing_is_something_too(void **state)
{
    (void)state;
    struct spw_arena arena = {0};
    struct spw_histogram_set set = {0}, back;
    assert_ok(spw_histogram_file_write(below("none.h5"), &set));
    assert_ok(spw_histogram_file_read(&back, &arena, below("none.h5")));
    assert_int_equal(back.list.count, 0);
    assert_int_equal(back.n_inputs, 0);
    unlink(below("none.h5"));
    spw_arena_release(&arena);
}

static size_t read_bytes(const char *path, char **bytes, struct spw_arena *arena)
{
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    *bytes = spw_arena_alloc(arena, 8 << 20);
    const size_t size = fread(*bytes, 1, 8 << 20, file);
    fclose(file);
    return size;
}

static void same_set_same_file(void **state)
{
    (void)state;
    struct spw_arena arena = {0};
    struct spw_histogram_set set;
    char *a, *b;
    make_set(&set, &arena, 7);
    assert_ok(spw_histogram_file_write(below("a.h5"), &set));
    const size_t size_a = read_bytes(below("a.h5"), &a, &arena);
    usleep(1100000); /* no times inside */
    assert_ok(spw_histogram_file_write(below("a.h5"), &set));
    const size_t size_b = read_bytes(below("a.h5"), &b, &arena);
    assert_int_equal(size_a, size_b);
    assert_memory_equal(a, b, size_a);
    unlink(below("a.h5"));
    spw_arena_release(&arena);
}

static void merging_adds(void **state)
{
    (void)state;
    struct spw_arena arena = {0};
    struct spw_histogram_set sum = {0}, one;
    const uint32_t bursts[] = {9, 2, 5};
    for (int k = 0; k < 3; ++k) {
        make_set(&one, &arena, bursts[k]);
        assert_ok(spw_histogram_set_merge(&sum, &arena, &one));
    }
    check_set(&sum, 3);
    assert_int_equal(sum.n_inputs, 3);
    assert_int_equal(sum.input[0].burst, 2);
    assert_int_equal(sum.input[2].burst, 9);
    spw_arena_release(&arena);
}

static void duplicates_are_refused(void **state)
{
    (void)state;
    struct spw_arena arena = {0};
    struct spw_histogram_set sum = {0}, one;
    make_set(&one, &arena, 4);
    assert_ok(spw_histogram_set_merge(&sum, &arena, &one));
    make_set(&one, &arena, 6);
    assert_ok(spw_histogram_set_merge(&sum, &arena, &one));
    make_set(&one, &arena, 4);
    assert_int_equal(spw_histogram_set_merge(&sum, &arena, &one), SPW_CONFLICT);
    assert_non_null(strstr(spw_error_message(), "burst_4.dat (run 12345, burst 4)"));
    assert_null(strstr(spw_error_message(), "burst_6"));
    check_set(&sum, 2);
    assert_int_equal(sum.n_inputs, 2);
    spw_arena_release(&arena);
}

static void other_binning_is_refused(void **state)
{
    (void)state;
    struct spw_arena arena = {0};
    for (int change = 0; change < 4; ++change) {
        struct spw_histogram_set sum = {0}, one;
        make_set(&one, &arena, 1);
        assert_ok(spw_histogram_set_merge(&sum, &arena, &one));
        make_set(&one, &arena, 2);
        struct spw_axis *axis = &one.list.spec[1].axis[1];
        if (change == 0) axis->bins--;
        if (change == 1) axis->upper = 10.5;
        if (change == 2) axis->name = "t";
        if (change == 3) one.list.spec[1].n_axes = 1;
        assert_int_equal(spw_histogram_set_merge(&sum, &arena, &one), SPW_CONFLICT);
        assert_non_null(strstr(spw_error_message(), "/ktag/time_by_channel"));
        check_set(&sum, 1);
    }
    spw_arena_release(&arena);
}

/* Reads copies of a file with one bit flipped or the end cut off. Returns how many were
 * refused, or -1 for another answer than a set, SPW_CORRUPT or SPW_RETRY with a message. */
static int
read_damaged(const char *bytes, size_t size, struct spw_arena *arena, uint64_t random)
{
    int n_refused = 0;
    for (int k = 0; k < 60; ++k) {
        struct spw_histogram_set back;
        const size_t length = k % 2 ? size : test_random(&random) % size;
        const uint64_t bit = test_random(&random) % (8 * size);
        FILE *file = fopen(below("bad.h5"), "w+b");
        if (!file || fwrite(bytes, 1, length, file) != length) return -1;
        fseek(file, (long)(bit / 8), SEEK_SET);
        fputc(bytes[bit / 8] ^ 1 << bit % 8, file);
        fclose(file);
        const struct spw_arena_mark mark = spw_arena_mark(arena);
        const enum spw_status status =
            spw_histogram_file_read(&back, arena, below("bad.h5"));
        n_refused += status == SPW_CORRUPT;
        if (status != SPW_OK && !strstr(spw_error_message(), "bad.h5")) return -1;
        if (status != SPW_OK && status != SPW_CORRUPT && status != SPW_RETRY) return -1;
        spw_arena_rewind(arena, mark);
    }
    return n_refused;
}

/* In a process of its own, for HDF5 loses memory on damaged files. */
static void damaged_files_are_errors(void **state)
{
    (void)state;
    struct spw_arena arena = {0};
    struct spw_histogram_set set;
    char *bytes;
    int code = -1;
    const uint64_t random = test_seed();
    make_set(&set, &arena, 7);
    set.list.count = 4;
    assert_ok(spw_histogram_file_write(below("a.h5"), &set));
    const size_t size = read_bytes(below("a.h5"), &bytes, &arena);
    const pid_t child = fork();
    if (child == 0) _exit(read_damaged(bytes, size, &arena, random) >= 30 ? 0 : 1);
    assert_int_equal(waitpid(child, &code, 0), child);
    assert_int_equal(code, 0);
    struct spw_histogram_set back;
    assert_int_equal(spw_histogram_file_read(&back, &arena, below("absent")), SPW_MISSING);
    unlink(below("a.h5"));
    unlink(below("bad.h5"));
    spw_arena_release(&arena);
}

static void full_disk_is_an_error(void **state)
{
    (void)state;
    struct spw_arena arena = {0};
    struct spw_histogram_set set;
    char path[200];
    const char *disk = below("disk");
    assert_int_equal(mkdir(disk, 0700), 0);
    if (mount("tmpfs", disk, "tmpfs", 0, "size=64k") != 0) {
        fprintf(stderr, "skipped: no right to mount a small disk\n");
        rmdir(disk);
        skip();
    }
    snprintf(path, sizeof path, "%s/full.h5", disk);
    make_set(&set, &arena, 7);
    const enum spw_status status = spw_histogram_file_write(path, &set);
    const bool clean = rmdir(disk) != 0 && umount(disk) == 0 && rmdir(disk) == 0;
    assert_int_equal(status, SPW_IO);
    assert_non_null(strstr(spw_error_message(), "No space left"));
    assert_true(clean);
    spw_arena_release(&arena);
}

static int write_example(const char *path, uint32_t burst)
{
    struct spw_arena arena = {0};
    struct spw_histogram_set set;
    make_set(&set, &arena, burst);
    const enum spw_status status = spw_histogram_file_write(path, &set);
    spw_arena_release(&arena);
    return (int)status;
}

int main(int argc, char **argv)
{
    if (argc == 4 && strcmp(argv[1], "--write") == 0)
        return write_example(argv[2], (uint32_t)atoi(argv[3]));
    strcpy(folder, test_folder());
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(write_and_read),
        cmocka_unit_test(narrow_counts),
        cmocka_unit_test(nothing_is_something_too),
        cmocka_unit_test(same_set_same_file),
        cmocka_unit_test(merging_adds),
        cmocka_unit_test(duplicates_are_refused),
        cmocka_unit_test(other_binning_is_refused),
        cmocka_unit_test(damaged_files_are_errors),
        cmocka_unit_test(full_disk_is_an_error),
    };
    const int failed = cmocka_run_group_tests(tests, NULL, NULL);
    rmdir(folder);
    return failed;
}
