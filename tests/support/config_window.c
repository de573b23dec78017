#include "support/config_window.h"

#include <string.h>

const struct spw_option window_options[] = {
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

const size_t n_window_options = sizeof window_options / sizeof *window_options;

int config_set_up(void **state)
{
    static struct config_fixture fixture;
    fixture = (struct config_fixture){0};
    *state = &fixture;
    return 0;
}

int config_tear_down(void **state)
{
    struct config_fixture *f = *state;
    spw_arena_release(&f->arena);
    return 0;
}

enum spw_status config_parse_with(struct config_fixture *f,
                                  const char *text,
                                  const char *const *overrides,
                                  size_t n)
{
    return spw_config_parse(&f->config, &f->arena, "dir/run.yaml", text, strlen(text),
                            overrides, n);
}

enum spw_status config_parse(struct config_fixture *f, const char *text)
{
    return config_parse_with(f, text, NULL, 0);
}

enum spw_status
config_read_window(struct config_fixture *f, const char *section, struct window *values)
{
    *values = (struct window){0};
    return spw_config_read(f->config, section, window_options, n_window_options, values);
}
