/* Column files: all types and lengths, attributes, chunks out of order, full disks, names.
 *
 * `test_column_file --write FILE` writes the example that tests/python/test_column_file.py
 * reads; `--endless FOLDER` writes files for ever, to be killed. */
#include "support/test.h"

#include "io/column_file.h"

#include <dirent.h>
#include <fcntl.h>
#include <hdf5.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>
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

static int count_entries(const char *path)
{
    int n = 0;
    DIR *handle = opendir(path);
    assert_non_null(handle);
    for (const struct dirent *entry; (entry = readdir(handle));)
        n += entry->d_name[0] != '.';
    closedir(handle);
    return n;
}

/* A value that any type can hold a part of; written and expected by the same formula. */
static void value_of(enum spw_type type, uint32_t id, uint64_t row, void *out)
{
    uint64_t random = row * 1000003 + id;
    uint64_t bits = test_random(&random);
    if (row % 3) bits &= 0xFFFF; /* something to compress */
    const float f32 = (float)(int64_t)bits * 0.125f;
    const double f64 = (double)(int64_t)bits * 0.125;
    if (type == SPW_F32)
        memcpy(out, &f32, sizeof f32);
    else if (type == SPW_F64)
        memcpy(out, &f64, sizeof f64);
    else
        memcpy(out, &bits, spw_type_size(type));
}

struct example {
    enum spw_type type;
    const char *name;
    uint64_t n_rows;
};

static const struct example examples[] = {
    {SPW_U8, "u8", 3 * SPW_CHUNK_ROWS + 5},
    {SPW_I8, "i8", SPW_CHUNK_ROWS},
    {SPW_U16, "u16", SPW_CHUNK_ROWS + 1},
    {SPW_I16, "i16", SPW_CHUNK_ROWS - 1},
    {SPW_U32, "u32", 200000},
    {SPW_I32, "i32", 1},
    {SPW_U64, "u64", 131072},
    {SPW_I64, "i64", 100001},
    {SPW_F32, "time_ns", 3 * SPW_CHUNK_ROWS},
    {SPW_F64, "f64", 777},
    {SPW_F32, "empty", 0},
};

enum { N_EXAMPLES = sizeof examples / sizeof *examples };

static enum spw_status drain(struct spw_column_file *file)
{
    for (struct spw_chunk *chunk; (chunk = spw_column_file_take_chunk(file));) {
        SPW_TRY(spw_chunk_compress(chunk));
        SPW_TRY(spw_column_file_put_chunk(file, chunk));
    }
    return SPW_OK;
}

/* Appends the rows of all examples in random portions. */
static enum spw_status
append_examples(struct spw_column_file *file, const uint32_t *id, uint64_t *random)
{
    static uint8_t portion[30000 * 8];
    uint64_t done[N_EXAMPLES] = {0};
    for (bool more = true; more;) {
        more = false;
        for (uint32_t k = 0; k < N_EXAMPLES; ++k) {
            const uint64_t left = examples[k].n_rows - done[k];
            uint64_t n = test_random(random) % 30000;
            if (n > left) n = left;
            const size_t width = spw_type_size(examples[k].type);
            for (uint64_t i = 0; i < n; ++i)
                value_of(examples[k].type, k, done[k] + i, portion + i * width);
            SPW_TRY(spw_column_file_append(file, id[k], portion, n));
            done[k] += n;
            more = more || done[k] < examples[k].n_rows;
        }
        if (test_random(random) % 4 == 0) SPW_TRY(drain(file));
    }
    return SPW_OK;
}

static enum spw_status write_example(const char *path, uint64_t seed)
{
    const char *const names[] = {"na62.bad", "naïve", ""};
    struct spw_column_file *file;
    uint32_t id[N_EXAMPLES];
    SPW_TRY(spw_column_file_create(&file, path));
    for (uint32_t k = 0; k < N_EXAMPLES; ++k)
        SPW_TRY(spw_column_file_add(file, k % 2 ? "/straw/hits" : "/events",
                                    examples[k].name, examples[k].type, k == 8 ? "ns" : "1",
                                    "an example µ", &id[k]));
    SPW_TRY(spw_column_file_text(file, "/", "format", "spillway-test"));
    SPW_TRY(spw_column_file_text(file, "/", "config", "unit: µm\n"));
    SPW_TRY(spw_column_file_text(file, "/", "config", "unit: mm\n"));
    SPW_TRY(spw_column_file_number(file, "/", "run", 12345));
    SPW_TRY(spw_column_file_number(file, "/straw/hits", "n_dead", -3));
    SPW_TRY(spw_column_file_text(file, "/rich/rings", "comment", ""));
    SPW_TRY(append_examples(file, id, &seed));
    SPW_TRY(spw_column_file_texts(file, "/log", "name", "names", names, 3));
    SPW_TRY(spw_column_file_texts(file, "/log", "none", "no names", names, 0));
    return spw_column_file_close(file);
}

static hid_t memory_type(enum spw_type type)
{
    const hid_t types[] = {
        [SPW_U8] = H5T_NATIVE_UINT8,   [SPW_I8] = H5T_NATIVE_INT8,
        [SPW_U16] = H5T_NATIVE_UINT16, [SPW_I16] = H5T_NATIVE_INT16,
        [SPW_U32] = H5T_NATIVE_UINT32, [SPW_I32] = H5T_NATIVE_INT32,
        [SPW_U64] = H5T_NATIVE_UINT64, [SPW_I64] = H5T_NATIVE_INT64,
        [SPW_F32] = H5T_NATIVE_FLOAT,  [SPW_F64] = H5T_NATIVE_DOUBLE,
    };
    return types[type];
}

static void check_column(hid_t file, uint32_t k)
{
    char path[64];
    snprintf(path, sizeof path, "%s/%s", k % 2 ? "/straw/hits" : "/events",
             examples[k].name);
    const hid_t data = H5Dopen2(file, path, H5P_DEFAULT);
    assert_true(data >= 0);
    const hid_t space = H5Dget_space(data);
    assert_int_equal(H5Sget_simple_extent_npoints(space), examples[k].n_rows);
    const size_t width = spw_type_size(examples[k].type);
    uint8_t *values = malloc(examples[k].n_rows * width + 1);
    assert_true(H5Dread(data, memory_type(examples[k].type), H5S_ALL, H5S_ALL, H5P_DEFAULT,
                        values) >= 0);
    for (uint64_t i = 0; i < examples[k].n_rows; ++i) {
        uint8_t expected[8];
        value_of(examples[k].type, k, i, expected);
        assert_memory_equal(values + i * width, expected, width);
    }
    assert_true(H5Aexists(data, "units") > 0 && H5Aexists(data, "long_name") > 0);
    free(values);
    H5Sclose(space);
    H5Dclose(data);
}

static void all_types_come_back(void **state)
{
    (void)state;
    const char *path = below("all.h5");
    assert_ok(write_example(path, test_seed()));
    assert_int_equal(count_entries(folder), 1);
    const hid_t file = H5Fopen(path, H5F_ACC_RDONLY, H5P_DEFAULT);
    assert_true(file >= 0);
    for (uint32_t k = 0; k < N_EXAMPLES; ++k) check_column(file, k);
    H5Fclose(file);
    unlink(path);
}

/* Chunks compressed and written in any order give the same values. */
static void chunks_may_come_in_any_order(void **state)
{
    (void)state;

    enum { CHUNKS = 7, ROWS = CHUNKS * SPW_CHUNK_ROWS + 99 };

    const char *path = below("order.h5");
    struct spw_column_file *file;
    uint32_t id;
    int32_t *values = malloc(ROWS * sizeof *values);
    for (int32_t i = 0; i < ROWS; ++i) values[i] = i * 7;
    assert_ok(spw_column_file_create(&file, path));
    assert_ok(spw_column_file_add(file, "/a/b", "c", SPW_I32, "1", "numbers", &id));
    assert_ok(spw_column_file_append(file, id, values, ROWS));
    spw_column_file_finish(file);
    struct spw_chunk *taken[CHUNKS + 2];
    int n = 0;
    while ((taken[n] = spw_column_file_take_chunk(file))) ++n;
    assert_int_equal(n, CHUNKS + 1);
    for (int i = 0; i < n; ++i) assert_ok(spw_chunk_compress(taken[i]));
    for (int i = n; i-- > 0;) assert_ok(spw_column_file_put_chunk(file, taken[i]));
    assert_ok(spw_column_file_close(file));

    const hid_t h5 = H5Fopen(path, H5F_ACC_RDONLY, H5P_DEFAULT);
    const hid_t data = H5Dopen2(h5, "/a/b/c", H5P_DEFAULT);
    int32_t *back = malloc(ROWS * sizeof *back);
    assert_true(H5Dread(data, H5T_NATIVE_INT32, H5S_ALL, H5S_ALL, H5P_DEFAULT, back) >= 0);
    assert_memory_equal(back, values, ROWS * sizeof *back);
    H5Dclose(data);
    H5Fclose(h5);
    free(values);
    free(back);
    unlink(path);
}

static void memory_is_bounded(void **state)
{
    (void)state;
    struct spw_column_file *file;
    struct rusage before, after;
    uint32_t id;
    static float values[SPW_CHUNK_ROWS];
    const char *path = below("big.h5");
    assert_ok(spw_column_file_create(&file, path));
    assert_ok(spw_column_file_add(file, "/a", "b", SPW_F32, "ns", "times", &id));
    for (int k = 0; k < 400; ++k) {
        for (int i = 0; i < SPW_CHUNK_ROWS; ++i) values[i] = (float)(i * k);
        assert_ok(spw_column_file_append(file, id, values, SPW_CHUNK_ROWS));
        assert_ok(drain(file));
        if (k == 20) getrusage(RUSAGE_SELF, &before);
    }
    getrusage(RUSAGE_SELF, &after);
    assert_ok(spw_column_file_close(file));
    assert_true(after.ru_maxrss - before.ru_maxrss < 4096);
    unlink(path);
}

static void nothing_shows_before_close(void **state)
{
    (void)state;
    struct spw_column_file *file;
    uint32_t id;
    const char *path = below("later.h5");
    assert_ok(spw_column_file_create(&file, path));
    assert_ok(spw_column_file_add(file, "/a", "b", SPW_F32, "ns", "times", &id));
    assert_int_not_equal(access(path, F_OK), 0);
    spw_column_file_discard(file);
    assert_int_equal(count_entries(folder), 0);
    assert_int_equal(spw_column_file_create(&file, below("absent/x.h5")),
                     SPW_CANNOT_CREATE);
    assert_non_null(strstr(spw_error_message(), "absent/x.h5"));
}

static void a_column_is_declared_once(void **state)
{
    (void)state;
    struct spw_column_file *file;
    uint32_t id;
    assert_ok(spw_column_file_create(&file, below("twice.h5")));
    assert_ok(spw_column_file_add(file, "/a", "b", SPW_F32, "ns", "times", &id));
    assert_int_equal(spw_column_file_add(file, "/a", "b", SPW_U8, "1", "other", &id),
                     SPW_INTERNAL);
    spw_column_file_discard(file);
    assert_int_equal(count_entries(folder), 0);
}

/* Writes noise until the disk is full. */
static enum spw_status fill_disk(const char *path, uint64_t n_rows, uint32_t n_columns)
{
    struct spw_column_file *file;
    uint32_t id[64];
    uint64_t random = 1;
    uint64_t values[1000];
    SPW_TRY(spw_column_file_create(&file, path));
    enum spw_status status = SPW_OK;
    for (uint32_t k = 0; k < n_columns && status == SPW_OK; ++k) {
        char name[16];
        snprintf(name, sizeof name, "c%u", k);
        status = spw_column_file_add(file, "/noise", name, SPW_U64, "1", "noise", &id[k]);
    }
    for (uint64_t at = 0; at < n_rows && status == SPW_OK; at += 1000)
        for (uint32_t k = 0; k < n_columns && status == SPW_OK; ++k) {
            for (int i = 0; i < 1000; ++i) values[i] = test_random(&random);
            status = spw_column_file_append(file, id[k], values, 1000);
            if (status == SPW_OK) status = drain(file);
        }
    if (status == SPW_OK) return spw_column_file_close(file);
    spw_column_file_discard(file);
    return status;
}

/* On a file system of 1 MiB: at the first chunk, in the middle, at closing. */
static void full_disk_is_an_error(void **state)
{
    (void)state;
    const char *disk = below("disk");
    assert_int_equal(mkdir(disk, 0700), 0);
    if (mount("tmpfs", disk, "tmpfs", 0, "size=1m") != 0) {
        fprintf(stderr, "skipped: no right to mount a small disk\n");
        rmdir(disk);
        skip();
    }
    char path[200];
    snprintf(path, sizeof path, "%s/full.h5", disk);

    const struct {
        uint64_t n_rows;
        uint32_t n_columns;
    } sizes[] = {{1000000, 1}, {140000, 1}, {20000, 20},
                 {131072, 1},  {1000, 64},  {2000, 62}};

    int failed = 0, wrong = 0;
    for (size_t k = 0; k < 6; ++k) {
        const enum spw_status status = fill_disk(path, sizes[k].n_rows, sizes[k].n_columns);
        const int left = count_entries(disk);
        failed += status == SPW_IO;
        if (status != SPW_OK) fprintf(stderr, "%s\n", spw_error_message());
        if (status == SPW_OK)
            wrong += left != 1;
        else
            wrong += left != 0 || status != SPW_IO ||
                     !strstr(spw_error_message(), "full.h5") ||
                     !strstr(spw_error_message(), "No space left");
        unlink(path);
    }
    umount(disk);
    rmdir(disk);
    assert_int_equal(wrong, 0);
    assert_true(failed >= 4);
}

static bool is_readable(const char *path, uint32_t n_columns)
{
    bool good = false;
    const hid_t file = H5Fopen(path, H5F_ACC_RDONLY, H5P_DEFAULT);
    for (uint32_t k = 0; k < n_columns && file >= 0; ++k) {
        char name[32];
        uint64_t values[1000];
        snprintf(name, sizeof name, "/noise/c%u", k);
        const hid_t data = H5Dopen2(file, name, H5P_DEFAULT);
        good = data >= 0 &&
               H5Dread(data, H5T_NATIVE_UINT64, H5S_ALL, H5S_ALL, H5P_DEFAULT, values) >= 0;
        if (data >= 0) H5Dclose(data);
        if (!good) break;
    }
    if (file >= 0) H5Fclose(file);
    return good;
}

/* The disk ends somewhere between the first byte and the last, also while HDF5 closes. */
static void full_disk_at_any_moment(void **state)
{
    (void)state;
    const char *disk = below("disk");
    assert_int_equal(mkdir(disk, 0700), 0);
    if (mount("tmpfs", disk, "tmpfs", 0, "size=2m") != 0) {
        fprintf(stderr, "skipped: no right to mount a small disk\n");
        rmdir(disk);
        skip();
    }
    char path[200], filler[200];
    snprintf(path, sizeof path, "%s/full.h5", disk);
    snprintf(filler, sizeof filler, "%s/filler", disk);
    int n_failed = 0, n_good = 0, n_wrong = 0;
    for (long free_bytes = 4096; free_bytes < 800 << 10; free_bytes += 4096) {
        const int fd = open(filler, O_RDWR | O_CREAT | O_TRUNC, 0600);
        n_wrong += fd < 0 || posix_fallocate(fd, 0, (2 << 20) - free_bytes) != 0;
        close(fd);
        const enum spw_status status = fill_disk(path, 1000, 60);
        const int n_files = count_entries(disk) - 1;
        n_good += status == SPW_OK && n_files == 1 && is_readable(path, 60);
        n_failed += status == SPW_IO && n_files == 0;
        unlink(path);
        unlink(filler);
    }
    umount(disk);
    rmdir(disk);
    fprintf(stderr, "%d good, %d failed\n", n_good, n_failed);
    assert_int_equal(n_wrong, 0);
    assert_int_equal(n_good + n_failed, 199);
    assert_true(n_good > 20 && n_failed > 20);
}

static int write_endlessly(const char *where)
{
    char path[512];
    for (unsigned k = 0;; ++k) {
        snprintf(path, sizeof path, "%s/%u.h5", where, k % 3);
        if (write_example(path, k) != SPW_OK) return 1;
    }
}

int main(int argc, char **argv)
{
    if (argc == 3 && strcmp(argv[1], "--write") == 0)
        return write_example(argv[2], 1) == SPW_OK ? 0 : 1;
    if (argc == 3 && strcmp(argv[1], "--endless") == 0) return write_endlessly(argv[2]);
    strcpy(folder, test_folder());
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_types_come_back),
        cmocka_unit_test(chunks_may_come_in_any_order),
        cmocka_unit_test(memory_is_bounded),
        cmocka_unit_test(nothing_shows_before_close),
        cmocka_unit_test(a_column_is_declared_once),
        cmocka_unit_test(full_disk_is_an_error),
        cmocka_unit_test(full_disk_at_any_moment),
    };
    const int failed = cmocka_run_group_tests(tests, NULL, NULL);
    rmdir(folder);
    return failed;
}
