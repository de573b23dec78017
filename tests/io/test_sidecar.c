/* Records beside outputs: checksums, sorted keys, and what counts as done. */
#include "support/test.h"

#include "io/sidecar.h"

#include <dirent.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mount.h>
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

static void put(const char *name, const char *text, size_t size)
{
    FILE *file = fopen(below(name), "wb");
    assert_non_null(file);
    fwrite(text, 1, size, file);
    fclose(file);
}

static void checksum_is_adler32(void **state)
{
    (void)state;
    char digits[9];
    uint64_t size = 0;
    put("w", "Wikipedia", 9);
    assert_ok(spw_file_adler32(below("w"), digits, &size));
    assert_string_equal(digits, "11e60398");
    assert_int_equal(size, 9);
    put("w", "", 0);
    assert_ok(spw_file_adler32(below("w"), digits, &size));
    assert_string_equal(digits, "00000001");
    assert_int_equal(size, 0);
    assert_int_equal(spw_file_adler32(below("absent"), digits, &size), SPW_MISSING);
    assert_int_equal(spw_file_adler32(folder, digits, &size), SPW_MISSING);
    unlink(below("w"));
}

/* More than one step, against the definition. */
static void long_files_too(void **state)
{
    (void)state;
    const size_t n = (33 << 20) + 7;
    char *text = malloc(n), digits[9], expected[9];
    uint32_t a = 1, b = 0;
    for (size_t i = 0; i < n; ++i) {
        text[i] = (char)(i * 7 % 253);
        a = (a + (uint8_t)text[i]) % 65521;
        b = (b + a) % 65521;
    }
    uint64_t size = 0;
    put("long", text, n);
    free(text);
    assert_ok(spw_file_adler32(below("long"), digits, &size));
    snprintf(expected, sizeof expected, "%08x", b << 16 | a);
    assert_string_equal(digits, expected);
    assert_int_equal(size, n);
    unlink(below("long"));
}

static json_t *
record_of(const char *digest, const char *name, json_int_t size, const char *adler)
{
    return json_pack("{s:s, s:{s:s, s:[{s:s, s:I, s:s}]}, s:s}", "name", "x.h5", "metadata",
                     "spillway.request_digest", digest, "spillway.outputs", "name", name,
                     "size", size, "adler32", adler, "a", "first by key");
}

static void
write_record(const char *digest, const char *name, json_int_t size, const char *adler)
{
    json_t *record = record_of(digest, name, size, adler);
    assert_non_null(record);
    assert_ok(spw_sidecar_write(below("x.h5.json"), record));
    json_decref(record);
}

static void done_is_checked(void **state)
{
    (void)state;
    put("x.h5", "Wikipedia", 9);
    assert_false(spw_sidecar_is_done(below("x.h5.json"), "d1"));
    write_record("d1", "x.h5", 9, "11e60398");
    assert_true(spw_sidecar_is_done(below("x.h5.json"), "d1"));
    assert_false(spw_sidecar_is_done(below("x.h5.json"), "d2"));
    write_record("d1", "x.h5", 8, "11e60398");
    assert_false(spw_sidecar_is_done(below("x.h5.json"), "d1"));
    write_record("d1", "x.h5", 9, "11e60399");
    assert_false(spw_sidecar_is_done(below("x.h5.json"), "d1"));
    write_record("d1", "y.h5", 9, "11e60398");
    assert_false(spw_sidecar_is_done(below("x.h5.json"), "d1"));
    write_record("d1", "x.h5", 9, "11e60398");
    put("x.h5", "Wikipedib", 9);
    assert_false(spw_sidecar_is_done(below("x.h5.json"), "d1"));
    unlink(below("x.h5"));
    assert_false(spw_sidecar_is_done(below("x.h5.json"), "d1"));
    put("x.h5.json", "{\"metadata\": {", 14);
    assert_false(spw_sidecar_is_done(below("x.h5.json"), "d1"));
    unlink(below("x.h5.json"));
}

static void keys_are_sorted(void **state)
{
    (void)state;
    char text[2000] = "";
    write_record("d", "x.h5", 9, "11e60398");
    FILE *file = fopen(below("x.h5.json"), "r");
    assert_non_null(file);
    assert_true(fread(text, 1, sizeof text - 1, file) > 10);
    fclose(file);
    assert_true(strstr(text, "\"a\"") < strstr(text, "\"metadata\""));
    assert_true(strstr(text, "\"spillway.outputs\"") < strstr(text, "\"spillway.request"));
    assert_string_equal(text + strlen(text) - 2, "}\n");
    unlink(below("x.h5.json"));
}

static void nothing_is_left_behind(void **state)
{
    (void)state;
    json_t *record = json_object();
    assert_int_equal(spw_sidecar_write(below("absent/x.json"), record), SPW_CANNOT_CREATE);
    assert_non_null(strstr(spw_error_message(), "absent/x.json"));
    json_decref(record);
    DIR *handle = opendir(folder);
    assert_non_null(handle);
    for (const struct dirent *entry; (entry = readdir(handle));)
        assert_int_equal(entry->d_name[0], '.');
    closedir(handle);
}

static void full_disk_is_an_error(void **state)
{
    (void)state;
    char path[200], filler[200];
    const char *disk = below("disk");
    assert_int_equal(mkdir(disk, 0700), 0);
    if (mount("tmpfs", disk, "tmpfs", 0, "size=16k") != 0) {
        fprintf(stderr, "skipped: no right to mount a small disk\n");
        rmdir(disk);
        skip();
    }
    snprintf(path, sizeof path, "%s/x.json", disk);
    snprintf(filler, sizeof filler, "%s/filler", disk);
    const int fd = open(filler, O_RDWR | O_CREAT, 0600);
    const int filled = posix_fallocate(fd, 0, 16 << 10);
    close(fd);
    json_t *record = json_pack("{s:s}", "name", "value");
    const enum spw_status status = spw_sidecar_write(path, record);
    json_decref(record);
    unlink(filler);
    const bool clean = rmdir(disk) != 0 && umount(disk) == 0 && rmdir(disk) == 0;
    assert_int_equal(filled, 0);
    assert_int_equal(status, SPW_IO);
    assert_non_null(strstr(spw_error_message(), "x.json: cannot write"));
    assert_non_null(strstr(spw_error_message(), "No space left"));
    assert_true(clean);
}

int main(void)
{
    strcpy(folder, test_folder());
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(checksum_is_adler32),    cmocka_unit_test(long_files_too),
        cmocka_unit_test(done_is_checked),        cmocka_unit_test(keys_are_sorted),
        cmocka_unit_test(nothing_is_left_behind), cmocka_unit_test(full_disk_is_an_error),
    };
    const int failed = cmocka_run_group_tests(tests, NULL, NULL);
    rmdir(folder);
    return failed;
}
