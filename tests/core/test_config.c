#include "support/test.h"

#include "core/config.h"

#include <string.h>
#include <unistd.h>

/* A section as a module has it. */
struct window {
    double window_ns, gain, threshold_MeV;
    int64_t slots;
    bool enabled;
    const char *file, *folder;
    struct spw_reals edges_mm;
    struct spw_texts names;
};

static const struct spw_option window_options[] = {
    {.key = "window",
     .type = SPW_OPTION_REAL,
     .unit = "ns",
     .fallback = "25 ns",
     .max = 500,
     .help = "half width of the time window",
     .offset = offsetof(struct window, window_ns)},
    {.key = "gain",
     .type = SPW_OPTION_REAL,
     .unit = "GeV/count",
     .fallback = "0.055 GeV/count",
     .help = "energy of a count",
     .offset = offsetof(struct window, gain)},
    SPW_OPTION(struct window,
               threshold_MeV,
               SPW_OPTION_REAL,
               "MeV",
               "50 MeV",
               "lowest energy"),
    SPW_OPTION(struct window, slots, SPW_OPTION_INT, NULL, "8", "number of 25 ns slots"),
    SPW_OPTION(struct window, enabled, SPW_OPTION_BOOL, NULL, "true", "whether it is used"),
    SPW_OPTION(struct window, file, SPW_OPTION_TEXT, NULL, NULL, "where the constants are"),
    SPW_OPTION(struct window,
               folder,
               SPW_OPTION_TEXT,
               NULL,
               "a folder/of: things",
               "a place"),
    {.key = "edges",
     .type = SPW_OPTION_REALS,
     .unit = "mm",
     .fallback = "[1 mm, 2.5 mm]",
     .help = "bin edges",
     .offset = offsetof(struct window, edges_mm)},
    SPW_OPTION(struct window, names, SPW_OPTION_TEXTS, NULL, "[]", "names of planes"),
};

enum { N_WINDOW_OPTIONS = sizeof window_options / sizeof *window_options };

struct needed {
    const char *path;
    int64_t number;
};

static const struct spw_option needed_options[] = {
    {.key = "path",
     .type = SPW_OPTION_TEXT,
     .help = "file of the map",
     .required = true,
     .offset = offsetof(struct needed, path)},
    {.key = "number",
     .type = SPW_OPTION_INT,
     .help = "how many",
     .offset = offsetof(struct needed, number)},
};

struct fixture {
    struct spw_arena arena;
    struct spw_config *config;
};

static int set_up(void **state)
{
    static struct fixture fixture;
    fixture = (struct fixture){0};
    *state = &fixture;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    spw_arena_release(&f->arena);
    return 0;
}

static enum spw_status
parse_with(struct fixture *f, const char *text, const char *const *overrides, size_t n)
{
    return spw_config_parse(&f->config, &f->arena, "dir/run.yaml", text, strlen(text),
                            overrides, n);
}

static enum spw_status parse(struct fixture *f, const char *text)
{
    return parse_with(f, text, NULL, 0);
}

static enum spw_status
read_window(struct fixture *f, const char *section, struct window *values)
{
    *values = (struct window){0};
    return spw_config_read(f->config, section, window_options, N_WINDOW_OPTIONS, values);
}

static void defaults_without_file(void **state)
{
    struct fixture *f = *state;
    struct window w;
    assert_ok(spw_config_open(&f->config, &f->arena, NULL, NULL, 0));
    assert_ok(read_window(f, "straw", &w));
    assert_ok(spw_config_finish(f->config));
    assert_true(w.window_ns == 25 && w.gain == 0.055 && w.threshold_MeV == 50);
    assert_true(w.slots == 8 && w.enabled && w.file == NULL);
    assert_string_equal(w.folder, "a folder/of: things");
    assert_int_equal(w.edges_mm.count, 2);
    assert_true(w.edges_mm.value[1] == 2.5);
    assert_int_equal(w.names.count, 0);
    assert_string_equal(spw_config_folder(f->config), ".");
}

static void reads_all_types(void **state)
{
    struct fixture *f = *state;
    struct window w;
    assert_ok(parse(f, "# comment\n"
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
    assert_ok(read_window(f, "detectors.straw", &w));
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
    assert_true(spw_config_has(f->config, "detectors.straw.window"));
    assert_false(spw_config_has(f->config, "detectors.lkr"));
    assert_false(spw_config_has(f->config, "detectors.straw.window.x"));
    assert_ok(read_window(f, "detectors.lkr", &w));
    assert_ok(spw_config_finish(f->config));
    assert_string_equal(spw_config_folder(f->config), "dir");
}

static void overrides_win(void **state)
{
    struct fixture *f = *state;
    static const char *const overrides[] = {
        "straw.window=50 ns", "straw.edges=[3 mm]", "new.part.slots=5",
        "straw.file=",        "straw.window=60 ns", "straw.names=[x, 'y, z']",
    };
    struct window w;
    assert_ok(parse_with(f, "straw: {window: 1 ns, slots: 3}\n", overrides, 6));
    assert_int_equal(read_window(f, "straw", &w), SPW_BAD_CONFIG);
    assert_string_equal(spw_error_message(), "--set:4:1: 'file' has no value\n"
                                             "    straw.file=\n"
                                             "    ^");
    static const char *const good[] = {"straw.window=50 ns", "new.part.slots=5",
                                       "straw.file=a=b"};
    assert_ok(parse_with(f, "straw: {window: 1 ns, slots: 3}\n", good, 3));
    assert_ok(read_window(f, "straw", &w));
    assert_true(w.window_ns == 50 && w.slots == 3);
    assert_string_equal(w.file, "a=b");
    assert_ok(read_window(f, "new.part", &w));
    assert_true(w.slots == 5);
    assert_ok(spw_config_finish(f->config));
}

/* What the user reads, word for word. */
static const struct {
    const char *text, *message;
} faulty[] = {
    {"a: 1\nb: [1, 2\nc: 3\n",
     "dir/run.yaml:3:2: did not find expected ',' or ']' while parsing a flow sequence\n"
     "    c: 3\n"
     "     ^"},
    {"a: 1\n\tb: 2\n", "dir/run.yaml:2:1: found a tab character that violates indentation "
                       "while scanning a plain "
                       "scalar\n"
                       "     b: 2\n"
                       "    ^"},
    {"one: 1\ntwo: 2\none: 3\n", "dir/run.yaml:3:1: key 'one' is there already, in line 1\n"
                                 "    one: 3\n"
                                 "    ^"},
    {"a: &x 1\nb: !!int 2\nc: 3\n",
     "dir/run.yaml:1:4: anchors are not supported: '&x'\n"
     "    a: &x 1\n"
     "       ^\n"
     "dir/run.yaml:2:4: tags are not supported: 'tag:yaml.org,2002:int'\n"
     "    b: !!int 2\n"
     "       ^"},
    {"a: *x\n", "dir/run.yaml:1:4: aliases are not supported: '*x'\n"
                "    a: *x\n"
                "       ^"},
    {"a: 1\n---\nb: 2\n", "dir/run.yaml:2:1: a second document\n"
                          "    ---\n"
                          "    ^"},
    {"%YAML 1.1\n---\na: 1\n", "dir/run.yaml:1:1: directives are not supported\n"
                               "    %YAML 1.1\n"
                               "    ^"},
    {"- 1\n- 2\n", "dir/run.yaml:1:1: a configuration is made of 'key: value' lines\n"
                   "    - 1\n"
                   "    ^"},
    {"a.b: 1\n", "dir/run.yaml:1:1: a key is made of letters, digits, '_' and '-'\n"
                 "    a.b: 1\n"
                 "    ^"},
    {"a: [[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]\n",
     "dir/run.yaml:1:19: more than 16 levels\n"
     "    a: [[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]\n"
     "                      ^"},
    {"a: \xff\n", "dir/run.yaml:1:4: invalid leading UTF-8 octet\n"
                  "    a: \xff\n"
                  "       ^"},
};

static void refuses_bad_yaml(void **state)
{
    struct fixture *f = *state;
    for (size_t i = 0; i < sizeof faulty / sizeof *faulty; ++i) {
        assert_int_equal(parse(f, faulty[i].text), SPW_BAD_CONFIG);
        assert_string_equal(spw_error_message(), faulty[i].message);
    }
}

static void refuses_bad_overrides(void **state)
{
    struct fixture *f = *state;
    static const char *const overrides[] = {"straw", "a..b=1", "straw.window.x=2", "a=[1",
                                            "a=*b"};
    assert_int_equal(parse_with(f, "straw: {window: 1 ns}\n", overrides, 5),
                     SPW_BAD_CONFIG);
    assert_string_equal(spw_error_message(),
                        "--set:1:1: an override is KEY=VALUE, with KEY as in reco.threads\n"
                        "    straw\n"
                        "    ^\n"
                        "--set:2:1: an override is KEY=VALUE, with KEY as in reco.threads\n"
                        "    a..b=1\n"
                        "    ^\n"
                        "--set:3:1: 'window' is a value, no section\n"
                        "    straw.window.x=2\n"
                        "    ^\n"
                        "--set:4:5: did not find expected ',' or ']' while parsing a flow "
                        "sequence\n"
                        "    a=[1\n"
                        "        ^\n"
                        "--set:5:3: aliases are not supported: '*b'\n"
                        "    a=*b\n"
                        "      ^");
}

static void reports_all_bad_values(void **state)
{
    struct fixture *f = *state;
    struct window w;
    assert_ok(parse(f, "straw:\n"
                       "  window: 25\n"
                       "  gain: 3 mm\n"
                       "  threshold_MeV: [1 MeV]\n"
                       "  slots: 1e3\n"
                       "  enabled: yes\n"
                       "  edges: 3 mm\n"
                       "  names: [[x]]\n"));
    assert_int_equal(read_window(f, "straw", &w), SPW_BAD_CONFIG);
    assert_string_equal(
        spw_error_message(),
        "dir/run.yaml:2:11: 'window': '25' needs a unit, as in '25 ns'\n"
        "      window: 25\n"
        "              ^\n"
        "dir/run.yaml:3:9: 'gain': '3 mm' cannot be converted to GeV/count\n"
        "      gain: 3 mm\n"
        "            ^\n"
        "dir/run.yaml:4:18: 'threshold_MeV': a single value is wanted\n"
        "      threshold_MeV: [1 MeV]\n"
        "                     ^\n"
        "dir/run.yaml:5:10: 'slots': '1e3' is not a whole number\n"
        "      slots: 1e3\n"
        "             ^\n"
        "dir/run.yaml:6:12: 'enabled': true or false, not 'yes'\n"
        "      enabled: yes\n"
        "               ^\n"
        "dir/run.yaml:7:10: 'edges': a list is wanted, as in [a, b]\n"
        "      edges: 3 mm\n"
        "             ^\n"
        "dir/run.yaml:8:11: 'names': a list of single values\n"
        "      names: [[x]]\n"
        "              ^");

    assert_ok(parse(f, "straw: {window: 1 us, slots: 99999999999999999999}\nlkr: 5\n"));
    assert_int_equal(read_window(f, "straw", &w), SPW_BAD_CONFIG);
    assert_string_equal(spw_error_message(),
                        "dir/run.yaml:1:17: 'window': 1 us is outside 0 to 500 ns\n"
                        "    straw: {window: 1 us, slots: 99999999999999999999}\n"
                        "                    ^\n"
                        "dir/run.yaml:1:30: 'slots': '99999999999999999999' is not a whole "
                        "number\n"
                        "    straw: {window: 1 us, slots: 99999999999999999999}\n"
                        "                                 ^");
    assert_int_equal(read_window(f, "lkr", &w), SPW_BAD_CONFIG);
    assert_string_equal(
        spw_error_message(),
        "dir/run.yaml:2:6: 'lkr' is a section: 'key: value' lines are wanted\n"
        "    lkr: 5\n"
        "         ^");
}

static void required_keys(void **state)
{
    struct fixture *f = *state;
    struct needed needed;
    assert_ok(parse(f, "map:\n  pahts: x\n"));
    assert_int_equal(spw_config_read(f->config, "map", needed_options, 2, &needed),
                     SPW_BAD_CONFIG);
    assert_string_equal(
        spw_error_message(),
        "dir/run.yaml:1:1: 'map.path' is required: file of the map (is 'pahts' "
        "meant for it?)\n"
        "    map:\n"
        "    ^\n"
        "dir/run.yaml:1:1: 'map.number' is required: how many\n"
        "    map:\n"
        "    ^");
}

static void unknown_keys(void **state)
{
    struct fixture *f = *state;
    struct window w;
    static const char *const overrides[] = {"straw.slost=3"};
    assert_ok(parse_with(f,
                         "straw:\n  widow: 3 ns\n  xyz: 1\n"
                         "stray:\n  window: 2\n"
                         "other: {a: 1}\n",
                         overrides, 1));
    assert_ok(read_window(f, "straw", &w));
    assert_int_equal(spw_config_finish(f->config), SPW_BAD_CONFIG);
    assert_string_equal(
        spw_error_message(),
        "dir/run.yaml:2:3: unknown key 'straw.widow'; did you mean 'window'?\n"
        "      widow: 3 ns\n"
        "      ^\n"
        "dir/run.yaml:3:3: unknown key 'straw.xyz'\n"
        "      xyz: 1\n"
        "      ^\n"
        "--set:1:1: unknown key 'straw.slost'; did you mean 'slots'?\n"
        "    straw.slost=3\n"
        "    ^\n"
        "dir/run.yaml:4:1: unknown key 'stray'; did you mean 'straw'?\n"
        "    stray:\n"
        "    ^\n"
        "dir/run.yaml:6:1: unknown key 'other'\n"
        "    other: {a: 1}\n"
        "    ^");
}

static void ignored_sections(void **state)
{
    struct fixture *f = *state;
    assert_ok(parse(f, "sim: {a: {b: 1}, c: [1]}\nother: 1\n"));
    spw_config_ignore(f->config, "sim");
    spw_config_ignore(f->config, "absent");
    assert_int_equal(spw_config_finish(f->config), SPW_BAD_CONFIG);
    assert_string_equal(spw_error_message(), "dir/run.yaml:2:1: unknown key 'other'\n"
                                             "    other: 1\n"
                                             "    ^");
}

static void many_faults_are_cut(void **state)
{
    struct fixture *f = *state;
    char text[4096];
    size_t length = 0;
    for (int i = 0; i < 200; ++i)
        length += (size_t)snprintf(text + length, sizeof text - length, "key%d: 1\n", i);
    assert_ok(parse(f, text));
    assert_int_equal(spw_config_finish(f->config), SPW_BAD_CONFIG);
    const char *end = strstr(spw_error_message(), "\nand ");
    assert_non_null(end);
    assert_true(atoi(end + 5) > 0 && atoi(end + 5) < 199);
}

static void absent_or_huge_file(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(spw_config_open(&f->config, &f->arena, "/no/such.yaml", NULL, 0),
                     SPW_MISSING);
    static char huge[(1 << 20) + 2];
    memset(huge, '#', sizeof huge - 1);
    assert_int_equal(parse(f, huge), SPW_BAD_CONFIG);
    huge[1 << 20] = 0;
    assert_ok(parse(f, huge));
}

static void effective_text(void **state)
{
    struct fixture *f = *state;
    struct window w;
    assert_ok(parse(f, "straw: {window: 0.1 us, names: [a, 'b: c', \"\"], file: \"\"}\n"));
    assert_ok(read_window(f, "straw", &w));
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
    struct fixture *f = *state;
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
        assert_ok(parse_with(f, "s: {file: A, folder: B, names: [A, B]}\n", overrides, 4));
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
        assert_ok(read_window(f, "s", &first));
        assert_ok(spw_config_read(f->config, "t", options, 2, &first));
        const char *text = spw_config_text(f->config, round & 1);
        const char *digest = spw_config_sha256(f->config);

        assert_ok(parse(f, text));
        assert_ok(read_window(f, "s", &second));
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

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(defaults_without_file), TEST(reads_all_types),
        TEST(overrides_win),         TEST(refuses_bad_yaml),
        TEST(refuses_bad_overrides), TEST(reports_all_bad_values),
        TEST(required_keys),         TEST(unknown_keys),
        TEST(ignored_sections),      TEST(many_faults_are_cut),
        TEST(absent_or_huge_file),   TEST(effective_text),
        TEST(text_round_trip),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
