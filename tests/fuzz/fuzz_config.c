/// Any bytes as a configuration: an error with a message, or values that survive being written
/// and read again. Bytes behind a first zero byte are overrides, one a zero byte.
#include "core/config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct values {
    double window_ns;
    int64_t slots;
    bool enabled;
    const char *file;
    struct spw_reals edges_mm;
    struct spw_texts names;
};

static const struct spw_option options[] = {
    {.key = "window",
     .type = SPW_OPTION_REAL,
     .unit = "ns",
     .fallback = "25 ns",
     .help = "window",
     .offset = offsetof(struct values, window_ns)},
    SPW_OPTION(struct values, slots, SPW_OPTION_INT, NULL, "8", "slots"),
    SPW_OPTION(struct values, enabled, SPW_OPTION_BOOL, NULL, "true", "used"),
    SPW_OPTION(struct values, file, SPW_OPTION_TEXT, NULL, NULL, "file"),
    {.key = "edges",
     .type = SPW_OPTION_REALS,
     .unit = "mm",
     .fallback = "[]",
     .help = "edges",
     .offset = offsetof(struct values, edges_mm)},
    SPW_OPTION(struct values, names, SPW_OPTION_TEXTS, NULL, "[]", "names"),
};

enum { N_OPTIONS = sizeof options / sizeof *options, MAX_OVERRIDES = 8 };

static void require(bool condition, const char *what)
{
    if (condition) return;
    fprintf(stderr, "%s\n%s\n", what, spw_error_message());
    abort();
}

static bool read_all(struct spw_config *config)
{
    struct values values;
    struct spw_texts keys;
    if (spw_config_read(config, "", options, N_OPTIONS, &values) != SPW_OK) return false;
    if (spw_config_read(config, "straw", options, N_OPTIONS, &values) != SPW_OK)
        return false;
    if (spw_config_keys(config, "detectors", &keys) != SPW_OK) return false;
    for (size_t i = 0; i < keys.count; ++i) {
        char path[256];
        snprintf(path, sizeof path, "detectors.%s", keys.text[i]);
        if (strlen(path) == sizeof path - 1) return false;
        if (spw_config_read(config, path, options, N_OPTIONS, &values) != SPW_OK)
            return false;
    }
    return true;
}

/* The effective text must be good, and give itself again. */
static void
check_round_trip(const struct spw_config *config, struct spw_arena *arena, bool help)
{
    struct spw_config *again;
    const char *text = spw_config_text(config, help);
    const char *expected = spw_config_text(config, false);
    require(text && expected, "no text");
    require(spw_config_parse(&again, arena, "again", text, strlen(text), NULL, 0) == SPW_OK,
            text);
    require(read_all(again), text);
    require(spw_config_finish(again) == SPW_OK, text);
    require(strcmp(spw_config_text(again, false), expected) == 0, expected);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *overrides[MAX_OVERRIDES];
    size_t n_overrides = 0, text_size = size;
    char *copy = malloc(size + 1);
    if (!copy) return 0;
    if (size) memcpy(copy, data, size);
    copy[size] = 0;
    const char *zero = memchr(copy, 0, size);
    if (zero) text_size = (size_t)(zero - copy);
    while (zero && zero < copy + size && n_overrides < MAX_OVERRIDES) {
        overrides[n_overrides++] = zero + 1;
        zero = memchr(zero + 1, 0, (size_t)(copy + size - zero - 1));
    }

    struct spw_arena arena = {0};
    struct spw_config *config;
    if (spw_config_parse(&config, &arena, "fuzz", copy, text_size, overrides,
                         n_overrides) != SPW_OK) {
        require(*spw_error_message(), "an error without a message");
    } else if (read_all(config)) {
        (void)!spw_config_finish(config);
        check_round_trip(config, &arena, false);
        check_round_trip(config, &arena, true);
    }
    spw_arena_release(&arena);
    free(copy);
    return 0;
}
