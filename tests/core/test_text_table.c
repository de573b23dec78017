#include "support/test.h"

#include "core/text_table.h"

#include <ftw.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

static struct spw_text_table parse(struct spw_arena *arena, const char *text)
{
    struct spw_text_table table;
    const struct spw_bytes bytes = {(const uint8_t *)text, strlen(text)};
    assert_ok(spw_text_table_parse(&table, arena, "test", bytes));
    return table;
}

static void lines_with_equals(void **state)
{
    (void)state;
    struct spw_arena arena = {0};
    const struct spw_text_table table =
        parse(&arena, "# comment\n"
                      "* comment\n"
                      "// comment\n"
                      "\n"
                      "ChRemap_0031= 63 -1\t0x1c +2.5e-3 ## CFD1 1.7M\r\n"
                      "ROMezzanineMasksPerBoard = 7 f 3cff\n"
                      "MaskedChannels=\n"
                      "12= 5\n");
    assert_int_equal(table.count, 4);
    const struct spw_text_line *line = table.line;

    assert_string_equal(line->key, "ChRemap_0031");
    assert_int_equal(line->line, 5);
    assert_int_equal(line->n_values, 4);
    assert_true(line->value[0] == 63 && line->value[1] == -1 && line->value[2] == 28 &&
                line->value[3] == 2.5e-3);
    assert_int_equal(line->n_all, 5);

    assert_string_equal((++line)->key, "ROMezzanineMasksPerBoard");
    assert_int_equal(line->n_all, 4);
    assert_int_equal(line->n_values, 1);
    assert_int_equal(line->n_words, 2);
    assert_string_equal(line->word[0], "ROMezzanineMasksPerBoard");
    assert_string_equal(line->word[3], "3cff");

    assert_string_equal((++line)->key, "MaskedChannels");
    assert_int_equal(line->n_values, 0);

    assert_string_equal((++line)->key, "12");
    assert_true(line->n_values == 1 && line->value[0] == 5);
    spw_arena_release(&arena);
}

static void rows(void **state)
{
    (void)state;
    struct spw_arena arena = {0};
    const struct spw_text_table table =
        parse(&arena, "SlewingCorr 0012 1.4565 -0.1\n"
                      "TOFChannelKey\t1 0 3 1 tof0 DAQChannelKey 01\n"
                      "CHASLOPE  8617  9137     1    2018-11-13\n"
                      "1 3 -0.00204968-0.0177563  \n"
                      "4 boards\n"
                      "nan -INF NA");
    assert_int_equal(table.count, 6);
    const struct spw_text_line *line = table.line;

    assert_string_equal(line->key, "SlewingCorr");
    assert_int_equal(line->n_values, 3);
    assert_true(line->value[0] == 12);

    assert_string_equal((++line)->key, "TOFChannelKey");
    assert_int_equal(line->n_values, 5);
    assert_int_equal(line->n_words, 2);
    assert_string_equal(line->word[5], "tof0");

    assert_string_equal((++line)->key, "CHASLOPE");
    assert_int_equal(line->n_values, 3);
    assert_string_equal(line->word[4], "2018-11-13");

    assert_string_equal((++line)->key, "");
    assert_int_equal(line->n_values, 4);
    assert_true(line->value[2] == -0.00204968 && line->value[3] == -0.0177563);

    assert_string_equal((++line)->key, "boards");
    assert_true(line->n_values == 1 && line->value[0] == 4);

    assert_string_equal((++line)->key, "NA");
    assert_true(line->n_values == 2 && isnan(line->value[0]) && isinf(line->value[1]));
    spw_arena_release(&arena);
}

static void stray_bytes_separate(void **state)
{
    (void)state;
    struct spw_arena arena = {0};
    const struct spw_text_table table = parse(&arena, "T0_00= -199.13¬ -174.57\001 5\n");
    assert_int_equal(table.count, 1);
    assert_int_equal(table.n_stray, 3);
    assert_int_equal(table.line[0].n_values, 3);
    assert_int_equal(table.line[0].n_words, 0);
    spw_arena_release(&arena);
}

static void empty_text_has_no_lines(void **state)
{
    (void)state;
    struct spw_arena arena = {0};
    assert_int_equal(parse(&arena, "").count, 0);
    assert_int_equal(parse(&arena, "\n \n#\n=\n#x").count, 1);
    const struct spw_text_table table = parse(&arena, "a == = = b=c 1.2.3 4");
    assert_int_equal(table.line[0].n_all, 7);
    assert_string_equal(table.line[0].word[1], "=");
    assert_int_equal(table.line[0].n_values, 1);
    spw_arena_release(&arena);
}

static void key_numbers(void **state)
{
    (void)state;
    assert_int_equal(spw_text_key_number("ChRemap_0031", "ChRemap_"), 31);
    assert_int_equal(spw_text_key_number("ChRemap_7", "ChRemap_"), 7);
    assert_int_equal(spw_text_key_number("ChRemap_", "ChRemap_"), -1);
    assert_int_equal(spw_text_key_number("ChRemap_7x", "ChRemap_"), -1);
    assert_int_equal(spw_text_key_number("Remap_7", "ChRemap_"), -1);
    assert_int_equal(spw_text_key_number("T0_99999999999999999999", "T0_"), -1);
}

static void absent_file_is_an_error(void **state)
{
    (void)state;
    struct spw_arena arena = {0};
    struct spw_text_table table;
    assert_int_equal(spw_text_table_open(&table, &arena, "/no/such.dat"), SPW_MISSING);
    assert_string_equal(spw_error_message(),
                        "/no/such.dat: cannot read: No such file or directory");
    assert_int_equal(spw_text_table_open(&table, &arena, "/"), SPW_MISSING);
    spw_arena_release(&arena);
}

/* The experiments' own files, by what is known of them. */
static void real_files(void **state)
{
    (void)state;

    static const struct {
        const char *path;
        uint32_t lines, values, strays;
    } cases[] = {
        {"data/na62/na62fw-conditions/LKr/LKr-T0.dat", 16384, 3 * 16384, 0},
        {"data/na62/na62fw-conditions/LKr/LKr-chaslope.run008617_0000-run009137_9999.dat",
         16385, 4 * 16384 + 3, 0},
        {"data/na62/na62fw-conditions/GigaTracker/"
         "GigaTracker-T0.run007894_0000-run007905_9999.dat",
         54000, 108000, 0},
        {"data/na62/na62fw-conditions/Spectrometer/Spectrometer-StationsAlignment.dat", 16,
         64, 0},
        {"data/na62/na62-trigger-algorithms/l1/straw_algorithm/config/"
         "Spectrometer-ROMezzaninesT0.run5552.dat",
         32, 512, 74},
        {"data/na62/na62-trigger-algorithms/l1/lav_algorithm/config/LAV.2017.conf", 385,
         6145, 0},
        {"data/mice/cabling/TOFChannelMap.txt", 108, 12 * 108, 0},
        {"data/mice/calibration/tofcalibTW_dec2011.txt", 108, 8 * 108, 0},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; ++i) {
        struct spw_arena arena = {0};
        struct spw_text_table table;
        uint32_t values = 0;
        assert_ok(spw_text_table_open(&table, &arena, test_shared_path(cases[i].path)));
        for (uint32_t k = 0; k < table.count; ++k) values += table.line[k].n_values;
        fprintf(stderr, "%s: %u lines, %u numbers, %u stray\n",
                strrchr(cases[i].path, '/') + 1, table.count, values, table.n_stray);
        if (cases[i].lines) assert_int_equal(table.count, cases[i].lines);
        if (cases[i].values) assert_int_equal(values, cases[i].values);
        assert_int_equal(table.n_stray, cases[i].strays);
        spw_arena_release(&arena);
    }
}

/* Lines that hold anything but space and comments, counted the plain way. */
static uint32_t naive_count(const char *path)
{
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    char *line = NULL;
    size_t size = 0;
    uint32_t count = 0;
    while (getline(&line, &size, file) > 0) {
        const char *c = line;
        while (*c && ((unsigned char)*c <= ' ' || (unsigned char)*c > '~')) ++c;
        count += *c && *c != '#' && *c != '*' && strncmp(c, "//", 2) != 0;
    }
    free(line);
    fclose(file);
    return count;
}

static int n_files, n_empty;

static int
check_file(const char *path, const struct stat *about, int type, struct FTW *where)
{
    (void)about;
    static const char *const endings[] = {".dat", ".txt", ".conf", ".new"};
    const char *name = path + where->base, *ending = strrchr(name, '.');
    if (type != FTW_F || !ending || strncmp(name, "na62raw", 7) == 0) return 0;
    for (size_t i = 0; i < sizeof endings / sizeof *endings; ++i) {
        if (strcmp(ending, endings[i]) != 0) continue;
        struct spw_arena arena = {0};
        struct spw_text_table table;
        assert_ok(spw_text_table_open(&table, &arena, path));
        assert_int_equal(table.count, naive_count(path));
        uint64_t values = 0, words = 0;
        for (uint32_t k = 0; k < table.count; ++k) {
            values += table.line[k].n_values;
            words += table.line[k].n_all;
        }
        assert_true(words >= table.count);
        ++n_files;
        n_empty += values == 0;
        spw_arena_release(&arena);
    }
    return 0;
}

static void every_real_file(void **state)
{
    (void)state;
    assert_int_equal(nftw(test_shared_path("data/na62"), check_file, 16, FTW_PHYS), 0);
    assert_int_equal(nftw(test_shared_path("data/mice"), check_file, 16, FTW_PHYS), 0);
    fprintf(stderr, "%d files, %d without a number\n", n_files, n_empty);
    assert_true(n_files > 120 && n_empty < 12);
}

static void long_files_are_fast(void **state)
{
    (void)state;
    const char *path = test_shared_path("data/na62/na62fw-conditions/GigaTracker/"
                                        "GigaTracker-T0.run007894_0000-run007905_9999.dat");
    struct timespec begin, end;
    double best_ms = 1e9;
    for (int i = 0; i < 5; ++i) {
        struct spw_arena arena = {0};
        struct spw_text_table table;
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &begin);
        assert_ok(spw_text_table_open(&table, &arena, path));
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &end);
        spw_arena_release(&arena);
        const double ms = 1e3 * (double)(end.tv_sec - begin.tv_sec) +
                          1e-6 * (double)(end.tv_nsec - begin.tv_nsec);
        if (ms < best_ms) best_ms = ms;
    }
    fprintf(stderr, "54000 lines in %.1f ms\n", best_ms);
    assert_true(best_ms < 300); /* ten times the aim: sanitizers and busy machines */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_with_equals),    cmocka_unit_test(rows),
        cmocka_unit_test(stray_bytes_separate), cmocka_unit_test(empty_text_has_no_lines),
        cmocka_unit_test(key_numbers),          cmocka_unit_test(absent_file_is_an_error),
        cmocka_unit_test(real_files),           cmocka_unit_test(every_real_file),
        cmocka_unit_test(long_files_are_fast),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
