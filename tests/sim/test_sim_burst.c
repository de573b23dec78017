/* Whole bursts: the same bytes for any number of threads, sizes, frames, scenarios. */
#include "io/format.h"
#include "io/na62/na62.h"
#include "sim/sim.h"

#include "support/test.h"

#include <string.h>

static struct sim_result simulate(const struct sim_options *options)
{
    struct sim_result result;
    assert_ok(sim_na62(options, &result));
    return result;
}

static void same_file(const char *a, const char *b)
{
    struct spw_map left, right;
    assert_ok(spw_map_open(&left, a));
    assert_ok(spw_map_open(&right, b));
    assert_int_equal(left.bytes.size, right.bytes.size);
    assert_memory_equal(left.bytes.data, right.bytes.data, left.bytes.size);
    spw_map_release(&left);
    spw_map_release(&right);
}

static bool differ(const char *a, const char *b)
{
    struct spw_map left, right;
    assert_ok(spw_map_open(&left, a));
    assert_ok(spw_map_open(&right, b));
    const bool different = left.bytes.size != right.bytes.size ||
                           memcmp(left.bytes.data, right.bytes.data, left.bytes.size) != 0;
    spw_map_release(&left);
    spw_map_release(&right);
    return different;
}

static void same_seed_same_bytes(void **state)
{
    (void)state;
    struct sim_options options = {.n_events = 700, .seed = 42};
    options.out_dir = test_folder();
    options.n_threads = 1;
    const struct sim_result one = simulate(&options);
    options.out_dir = test_folder();
    options.n_threads = 3;
    const struct sim_result three = simulate(&options);
    same_file(one.raw_path, three.raw_path);
    options.out_dir = test_folder();
    options.seed = 43;
    const struct sim_result other = simulate(&options);
    assert_true(differ(one.raw_path, other.raw_path));
}

static void has_sizes_and_frames_of_the_experiment(void **state)
{
    (void)state;
    const struct sim_options options = {
        .n_events = 600, .seed = 3, .out_dir = test_folder()};
    const struct sim_result result = simulate(&options);
    struct spw_raw_file file;
    assert_ok(spw_raw_file_open(&file, result.raw_path));
    assert_string_equal(file.format->name, "na62");
    assert_int_equal(file.run, 9123);
    assert_int_equal(file.index.count, 602);
    assert_int_equal(file.index.trigger_word[0] & 0xFF, NA62_L0_SOB);
    assert_int_equal(file.index.trigger_word[601] & 0xFF, NA62_L0_EOB);
    for (uint32_t i = 1; i < file.index.count; ++i) {
        assert_true(file.index.number[i] > file.index.number[i - 1]);
        assert_true(file.index.ticks[i] > file.index.ticks[i - 1]);
        assert_int_equal(file.index.reason[i], 0);
    }
    assert_in_range(result.n_bytes / result.n_events, 9500, 12000);
    spw_raw_file_release(&file);
}

/* Mean size with a configuration. */
static uint64_t mean_size(const char *yaml, const char *scenario, uint64_t n)
{
    struct spw_arena arena = {0};
    struct sim_options options = {
        .n_events = n, .seed = 5, .out_dir = test_folder(), .scenario = scenario};
    assert_ok(
        spw_config_parse(&options.config, &arena, "test", yaml, strlen(yaml), NULL, 0));
    const struct sim_result result = simulate(&options);
    spw_arena_release(&arena);
    return result.n_bytes / result.n_events;
}

static void scales_with_activity(void **state)
{
    (void)state;
    const uint64_t half = mean_size("sim: {activity: 0.5}", NULL, 300);
    const uint64_t one = mean_size("sim: {activity: 1}", NULL, 300);
    const uint64_t four = mean_size("sim: {activity: 4}", NULL, 300);
    assert_true(half < one - 1500);
    assert_true(four > one + 8000);
}

static void makes_every_scenario(void **state)
{
    (void)state;
    static const char *const names[] = {"mix",   "kmu2",     "k2pi",   "k3pi",
                                        "ke3",   "kmu3",     "kpi00",  "pinunu",
                                        "empty", "pedestal", "pulser", "photons"};
    for (size_t i = 0; i < sizeof names / sizeof *names; ++i)
        assert_true(mean_size("{}", names[i], 10) > 4000);
    assert_true(mean_size("{}", "pedestal", 3) > 100000); /* all 13212 cells */
    assert_true(mean_size("{}", "k3pi", 200) > mean_size("{}", "empty", 200) + 1000);
}

static void refuses_what_it_does_not_know(void **state)
{
    (void)state;
    struct sim_result result;
    struct sim_options options = {
        .n_events = 1, .out_dir = test_folder(), .scenario = "kaboom"};
    assert_int_equal(sim_na62(&options, &result), SPW_USAGE);
    assert_non_null(strstr(spw_error_message(), "kaboom"));
    options.scenario = NULL;
    options.run = 3000;
    assert_int_equal(sim_na62(&options, &result), SPW_USAGE);
    options.run = 0;
    options.out_dir = "/nowhere/at/all";
    assert_int_equal(sim_na62(&options, &result), SPW_CANNOT_CREATE);

    struct spw_arena arena = {0};
    static const char yaml[] = "sim: {activitee: 2}";
    options.out_dir = test_folder();
    assert_ok(
        spw_config_parse(&options.config, &arena, "test", yaml, sizeof yaml - 1, NULL, 0));
    assert_int_equal(sim_na62(&options, &result), SPW_BAD_CONFIG);
    assert_non_null(strstr(spw_error_message(), "activitee"));
    spw_arena_release(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(same_seed_same_bytes),
        cmocka_unit_test(has_sizes_and_frames_of_the_experiment),
        cmocka_unit_test(scales_with_activity),
        cmocka_unit_test(makes_every_scenario),
        cmocka_unit_test(refuses_what_it_does_not_know),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
