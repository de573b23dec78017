#include "support/test.h"

#include "support/config_window.h"

#include <string.h>

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
    struct config_fixture *f = *state;
    for (size_t i = 0; i < sizeof faulty / sizeof *faulty; ++i) {
        assert_int_equal(config_parse(f, faulty[i].text), SPW_BAD_CONFIG);
        assert_string_equal(spw_error_message(), faulty[i].message);
    }
}

static void refuses_bad_overrides(void **state)
{
    struct config_fixture *f = *state;
    static const char *const overrides[] = {"straw", "a..b=1", "straw.window.x=2", "a=[1",
                                            "a=*b"};
    assert_int_equal(config_parse_with(f, "straw: {window: 1 ns}\n", overrides, 5),
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
    struct config_fixture *f = *state;
    struct window w;
    assert_ok(config_parse(f, "straw:\n"
                              "  window: 25\n"
                              "  gain: 3 mm\n"
                              "  threshold_MeV: [1 MeV]\n"
                              "  slots: 1e3\n"
                              "  enabled: yes\n"
                              "  edges: 3 mm\n"
                              "  names: [[x]]\n"));
    assert_int_equal(config_read_window(f, "straw", &w), SPW_BAD_CONFIG);
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

    assert_ok(
        config_parse(f, "straw: {window: 1 us, slots: 99999999999999999999}\nlkr: 5\n"));
    assert_int_equal(config_read_window(f, "straw", &w), SPW_BAD_CONFIG);
    assert_string_equal(spw_error_message(),
                        "dir/run.yaml:1:17: 'window': 1 us is outside 0 to 500 ns\n"
                        "    straw: {window: 1 us, slots: 99999999999999999999}\n"
                        "                    ^\n"
                        "dir/run.yaml:1:30: 'slots': '99999999999999999999' is not a whole "
                        "number\n"
                        "    straw: {window: 1 us, slots: 99999999999999999999}\n"
                        "                                 ^");
    assert_int_equal(config_read_window(f, "lkr", &w), SPW_BAD_CONFIG);
    assert_string_equal(
        spw_error_message(),
        "dir/run.yaml:2:6: 'lkr' is a section: 'key: value' lines are wanted\n"
        "    lkr: 5\n"
        "         ^");
}

static void required_keys(void **state)
{
    struct config_fixture *f = *state;
    struct needed needed;
    assert_ok(config_parse(f, "map:\n  pahts: x\n"));
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
    struct config_fixture *f = *state;
    struct window w;
    static const char *const overrides[] = {"straw.slost=3"};
    assert_ok(config_parse_with(f,
                                "straw:\n  widow: 3 ns\n  xyz: 1\n"
                                "stray:\n  window: 2\n"
                                "other: {a: 1}\n",
                                overrides, 1));
    assert_ok(config_read_window(f, "straw", &w));
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
    struct config_fixture *f = *state;
    assert_ok(config_parse(f, "sim: {a: {b: 1}, c: [1]}\nother: 1\n"));
    spw_config_ignore(f->config, "sim");
    spw_config_ignore(f->config, "absent");
    assert_int_equal(spw_config_finish(f->config), SPW_BAD_CONFIG);
    assert_string_equal(spw_error_message(), "dir/run.yaml:2:1: unknown key 'other'\n"
                                             "    other: 1\n"
                                             "    ^");
}

static void many_faults_are_cut(void **state)
{
    struct config_fixture *f = *state;
    char text[4096];
    size_t length = 0;
    for (int i = 0; i < 200; ++i)
        length += (size_t)snprintf(text + length, sizeof text - length, "key%d: 1\n", i);
    assert_ok(config_parse(f, text));
    assert_int_equal(spw_config_finish(f->config), SPW_BAD_CONFIG);
    const char *end = strstr(spw_error_message(), "\nand ");
    assert_non_null(end);
    assert_true(atoi(end + 5) > 0 && atoi(end + 5) < 199);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        CONFIG_TEST(refuses_bad_yaml),       CONFIG_TEST(refuses_bad_overrides),
        CONFIG_TEST(reports_all_bad_values), CONFIG_TEST(required_keys),
        CONFIG_TEST(unknown_keys),           CONFIG_TEST(ignored_sections),
        CONFIG_TEST(many_faults_are_cut),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
