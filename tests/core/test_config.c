#include "support/test.h"

#include "support/config_window.h"

#include <string.h>

static void defaults_without_file(void **state)
{
    struct config_fixture *f = *state;
    struct window w;
    assert_ok(spw_config_open(&f->config, &f->arena, NULL, NULL, 0));
    assert_ok(config_read_window(f, "straw", &w));
    assert_ok(spw_config_finish(f->config));
    assert_true(w.window_ns == 25 && w.gain == 0.055 && w.threshold_MeV == 50);
    assert_true(w.slots == 8 && w.enabled && w.file == NULL);
    assert_string_equal(w.folder, "a folder/of: things");
    assert_int_equal(w.edges_mm.count, 2);
    assert_true(w.edges_mm.value[1] == 2.5);
    assert_int_equal(w.names.count, 0);
}

static void reads_all_types(void **state)
{
    struct config_fixture *f = *state;
    struct window w;
    assert_ok(config_parse(f, "# comment\n"
                              "detectors:\n"
                              "  straw:\n"
                              "    window: 0.1 us\n"
                              "    gain: 1 MeV/count\n"
                              "    threshold_MeV: 2 GeV\n"
                              "    slots: 0x10\n"
                              "    enabled: false\n"
                              "    file: no\n"
                              "    folder: \"say \\\"x\\\"\"\n"
                              "    edges: [ 1 cm, 20 um ]\n"
                              "    names:\n"
                              "      - a\n"
                              "      - 'b c'\n"
                              "  lkr:\n"));
    assert_ok(config_read_window(f, "detectors.straw", &w));
    assert_true(w.window_ns == 100 && w.gain == 1e-3 && w.threshold_MeV == 2000);
    assert_true(w.slots == 16 && !w.enabled);
    assert_string_equal(w.file, "no");
    assert_string_equal(w.folder, "say \"x\"");
    assert_true(w.edges_mm.count == 2 && w.edges_mm.value[0] == 10);
    assert_near(w.edges_mm.value[1], 0.02, 0, 1e-15);
    assert_int_equal(w.names.count, 2);
    assert_string_equal(w.names.text[1], "b c");

    struct spw_texts keys;
    assert_ok(spw_config_keys(f->config, "detectors", &keys));
    assert_int_equal(keys.count, 2);
    assert_string_equal(keys.text[0], "straw");
    assert_string_equal(keys.text[1], "lkr");
    assert_ok(spw_config_keys(f->config, "nothing.here", &keys));
    assert_int_equal(keys.count, 0);
    assert_ok(config_read_window(f, "detectors.lkr", &w));
    assert_ok(spw_config_finish(f->config));
}

static void overrides_win(void **state)
{
    struct config_fixture *f = *state;
    static const char *const overrides[] = {
        "straw.window=50 ns", "straw.edges=[3 mm]", "new.part.slots=5",
        "straw.file=",        "straw.window=60 ns", "straw.names=[x, 'y, z']",
    };
    struct window w;
    assert_ok(config_parse_with(f, "straw: {window: 1 ns, slots: 3}\n", overrides, 6));
    assert_int_equal(config_read_window(f, "straw", &w), SPW_BAD_CONFIG);
    assert_string_equal(spw_error_message(), "--set:4:1: 'file' has no value\n"
                                             "    straw.file=\n"
                                             "    ^");
    static const char *const good[] = {"straw.window=50 ns", "new.part.slots=5",
                                       "straw.file=a=b"};
    assert_ok(config_parse_with(f, "straw: {window: 1 ns, slots: 3}\n", good, 3));
    assert_ok(config_read_window(f, "straw", &w));
    assert_true(w.window_ns == 50 && w.slots == 3);
    assert_string_equal(w.file, "a=b");
    assert_ok(config_read_window(f, "new.part", &w));
    assert_true(w.slots == 5);
    assert_ok(spw_config_finish(f->config));
}

static void absent_or_huge_file(void **state)
{
    struct config_fixture *f = *state;
    assert_int_equal(spw_config_open(&f->config, &f->arena, "/no/such.yaml", NULL, 0),
                     SPW_MISSING);
    static char huge[(1 << 20) + 2];
    memset(huge, '#', sizeof huge - 1);
    assert_int_equal(config_parse(f, huge), SPW_BAD_CONFIG);
    huge[1 << 20] = 0;
    assert_ok(config_parse(f, huge));
}

static void effective_text(void **state)
{
    struct config_fixture *f = *state;
    struct window w;
    assert_ok(
        config_parse(f, "straw: {window: 0.1 us, names: [a, 'b: c', \"\"], file: \"\"}\n"));
    assert_ok(config_read_window(f, "straw", &w));
    assert_string_equal(spw_config_text(f->config, false),
                        "straw:\n"
                        "  window: 100 ns\n"
                        "  gain: 0.055 GeV/count\n"
                        "  threshold_MeV: 50 MeV\n"
                        "  slots: 8\n"
                        "  enabled: true\n"
                        "  file: \"\"\n"
                        "  folder: \"a folder/of: things\"\n"
                        "  edges: [1 mm, 2.5 mm]\n"
                        "  names: [a, \"b: c\", \"\"]\n");
    assert_string_equal(spw_config_sha256(f->config),
                        "53cf0300f16c9b9918bb5c1a9ea1fc4c0ac42b30fed14117848ba565484d8b66");
    const char *help = spw_config_text(f->config, true);
    assert_non_null(
        strstr(help, "  # half width of the time window [ns], 0 to 500; default 25 ns\n"
                     "  window: 100 ns\n"));
}

/* Any text of `length` characters that YAML can hold. */
static void random_text(char *text, size_t length, uint64_t *random)
{
    static const char *const pieces[] = {
        "a",        "Z",      "7",          " ",  ":",  "#",  ",",    "[",    "]", "{",
        "}",        "\"",     "'",          "\\", "-",  "%",  "@",    "&",    "*", "!",
        "?",        "|",      ">",          "\n", "\t", "\r", "\001", "\177", "µ", "\u2028",
        "\302\205", "\ufeff", "\U0001f600", "=",  "~",  "`",  "...",  "---",
    };
    *text = 0;
    for (size_t i = 0; i < length; ++i)
        strcat(text, pieces[test_random(random) % (sizeof pieces / sizeof *pieces)]);
}

static double random_real(uint64_t *random)
{
    double value;
    do {
        const uint64_t bits = test_random(random);
        memcpy(&value, &bits, sizeof value);
    } while (!isfinite(value));
    return value;
}

/* A random section in the file, its effective text read again: the same values, the same text. */
static void text_round_trip(void **state)
{
    struct config_fixture *f = *state;
    uint64_t random = test_seed();
    for (int round = 0; round < 500; ++round) {
        const struct spw_arena_mark mark = spw_arena_mark(&f->arena);
        char a[128], b[128], gain[96], slots[64];
        random_text(a, test_random(&random) % 8, &random);
        random_text(b, 1 + test_random(&random) % 8, &random);
        snprintf(gain, sizeof gain, "s.gain=%.17g GeV/count", random_real(&random));
        snprintf(slots, sizeof slots, "s.slots=%lld", (long long)test_random(&random));
        const char *const overrides[] = {gain, slots, "s.enabled=false",
                                         "s.edges=[3 um, 1e300 m]"};
        struct window first, second;
        assert_ok(
            config_parse_with(f, "s: {file: A, folder: B, names: [A, B]}\n", overrides, 4));
        /* the texts go in through the options' own struct, as no spelling of YAML is needed */
        const struct spw_option options[] = {
            {.key = "file",
             .type = SPW_OPTION_TEXT,
             .fallback = a,
             .help = "",
             .offset = offsetof(struct window, file)},
            {.key = "folder",
             .type = SPW_OPTION_TEXT,
             .fallback = b,
             .help = "",
             .offset = offsetof(struct window, folder)},
        };
        memset(&first, 0, sizeof first);
        assert_ok(config_read_window(f, "s", &first));
        assert_ok(spw_config_read(f->config, "t", options, 2, &first));
        const char *text = spw_config_text(f->config, round & 1);
        const char *digest = spw_config_sha256(f->config);

        assert_ok(config_parse(f, text));
        assert_ok(config_read_window(f, "s", &second));
        assert_true(memcmp(&first.gain, &second.gain, sizeof first.gain) == 0);
        assert_true(first.slots == second.slots && second.enabled == false);
        assert_true(memcmp(first.edges_mm.value, second.edges_mm.value, 16) == 0);
        assert_ok(spw_config_read(f->config, "t", options, 2, &second));
        assert_string_equal(second.file, a);
        assert_string_equal(second.folder, b);
        assert_ok(spw_config_finish(f->config));
        assert_string_equal(spw_config_sha256(f->config), digest);
        spw_arena_rewind(&f->arena, mark);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        CONFIG_TEST(defaults_without_file), CONFIG_TEST(reads_all_types),
        CONFIG_TEST(overrides_win),         CONFIG_TEST(absent_or_huge_file),
        CONFIG_TEST(effective_text),        CONFIG_TEST(text_round_trip),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
