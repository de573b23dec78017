/// The section of a module, its options, and a configuration to read it from: for config tests.
#pragma once

#include "core/config.h"

struct window {
    double window_ns, gain, threshold_MeV;
    int64_t slots;
    bool enabled;
    const char *file, *folder;
    struct spw_reals edges_mm;
    struct spw_texts names;
};

extern const struct spw_option window_options[];
extern const size_t n_window_options;

/// What each test starts with: no memory, no configuration.
struct config_fixture {
    struct spw_arena arena;
    struct spw_config *config;
};

/// Setup and teardown of cmocka; *state is the fixture.
int config_set_up(void **state);
int config_tear_down(void **state);

/// Parses `text` as dir/run.yaml, with overrides or without.
enum spw_status config_parse_with(struct config_fixture *f,
                                  const char *text,
                                  const char *const *overrides,
                                  size_t n);
enum spw_status config_parse(struct config_fixture *f, const char *text);

/// Reads a window from a section.
enum spw_status
config_read_window(struct config_fixture *f, const char *section, struct window *values);

#define CONFIG_TEST(name) \
    cmocka_unit_test_setup_teardown(name, config_set_up, config_tear_down)
