#include "cli/table.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void cli_print_json(const json_t *object)
{
    char *text = json_dumps(object, JSON_COMPACT);
    if (text) puts(text);
    free(text);
}

static double number(const json_t *object, const char *key)
{
    return json_number_value(json_object_get(object, key));
}

static const char *text(const json_t *object, const char *key)
{
    const char *value = json_string_value(json_object_get(object, key));
    return value ? value : "";
}

static void print_rows(const json_t *rows, double n_events)
{
    const char *path;
    json_t *count;
    printf("  %-24s %12s %10s\n", "object", "rows", "per event");
    json_object_foreach((json_t *)rows, path, count)
        printf("  %-24s %12lld %10.2f\n", path, (long long)json_integer_value(count),
               n_events > 0 ? json_number_value(count) / n_events : 0);
}

void cli_print_counts(const char *what, const json_t *counts)
{
    const char *name;
    json_t *count;
    printf("  %-24s %12s\n", what, "count");
    json_object_foreach((json_t *)counts, name, count)
        printf("  %-24s %12lld\n", name, (long long)json_integer_value(count));
}

void cli_print_tallies(const json_t *tallies)
{
    const char *name;
    json_t *count;
    if (!json_object_size(tallies)) {
        printf("  no damage found\n");
        return;
    }
    printf("  %-40s %12s\n", "damage (meanings: /log of the output)", "count");
    json_object_foreach((json_t *)tallies, name, count)
        printf("  %-40s %12lld\n", name, (long long)json_integer_value(count));
}

static void print_speed(const json_t *performance, double n_events, double bytes)
{
    const double seconds = number(performance, "seconds");
    if (!performance || seconds <= 0) return;
    const double threads = number(performance, "threads");
    printf("  %.0f events/s, %.0f MB/s, %.2f us/event/core (%d threads, %s), peak memory "
           "%.0f MB\n",
           n_events / seconds, 1e-6 * bytes / seconds,
           n_events > 0 ? 1e6 * seconds * threads / n_events : 0, (int)threads,
           text(performance, "isa"), 1e-6 * number(performance, "peak_memory_bytes"));
}

void cli_print_summary(const char *raw, const json_t *record, bool already_done)
{
    const json_t *metadata = json_object_get(record, "metadata");
    const double n_events = number(metadata, "core.event_count");
    const double bytes = number(metadata, "spillway.input_bytes");
    printf("%s%s\n", raw, already_done ? ": already done (--force redoes it)" : "");
    printf("  %.0f events, %.1f MB (%.1f kB an event), %.0f quarantined, %.0f missing\n",
           n_events, 1e-6 * bytes, n_events > 0 ? 1e-3 * bytes / n_events : 0,
           number(metadata, "spillway.quarantined"), number(metadata, "spillway.missing"));
    print_speed(json_object_get(record, "performance"), n_events, bytes);
    print_rows(json_object_get(metadata, "spillway.rows"), n_events);
    cli_print_tallies(json_object_get(metadata, "spillway.tallies"));
    const json_t *files = json_object_get(record, "files");
    if (files)
        printf("  files: %s\n         %s\n         %s\n", text(files, "reco"),
               text(files, "hist"), text(files, "sidecar"));
}
