#include "cli/dump_sizes.h"

#include "cli/table.h"
#include "io/column_sizes.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* Columns of one group, or of the whole file. */
struct sum {
    uint64_t stored, raw;
};

static struct sum sum_add(struct sum sum, const struct spw_column_size *column)
{
    return (struct sum){sum.stored + column->stored_bytes, sum.raw + column->raw_bytes};
}

static size_t group_length(const char *path)
{
    const char *slash = strrchr(path, '/');
    return (size_t)(slash - path);
}

static bool same_group(const char *a, const char *b)
{
    const size_t length = group_length(a);
    return length == group_length(b) && memcmp(a, b, length) == 0;
}

/* Rows of /events; 0 in a file without. */
static uint64_t count_events(const struct spw_column_sizes *sizes)
{
    for (uint32_t i = 0; i < sizes->count; ++i)
        if (strcmp(sizes->column[i].path, "/events/event") == 0)
            return sizes->column[i].n_rows;
    return 0;
}

static double per_event(uint64_t bytes, uint64_t n_events)
{
    return n_events ? (double)bytes / (double)n_events : 0;
}

static void
print_line(const char *name, int length, uint64_t rows, struct sum sum, uint64_t n_events)
{
    printf("%-*.*s %12" PRIu64 " %12.3f %12.3f %7.2f\n", 44, length, name, rows,
           per_event(sum.stored, n_events), per_event(sum.raw, n_events),
           sum.stored ? (double)sum.raw / (double)sum.stored : 0);
}

/* One group: its sum, then its columns. Returns the index of the next group. */
static uint32_t
print_group(const struct spw_column_sizes *sizes, uint32_t first, uint64_t n_events)
{
    const struct spw_column_size *column = sizes->column;
    struct sum sum = {0};
    uint32_t end = first;
    while (end < sizes->count && same_group(column[first].path, column[end].path))
        sum = sum_add(sum, &column[end++]);
    const int length = (int)group_length(column[first].path);
    print_line(column[first].path, length, column[first].n_rows, sum, n_events);
    for (uint32_t i = first; i < end; ++i) {
        char name[160];
        snprintf(name, sizeof name, "  %s", column[i].path + length + 1);
        print_line(name, (int)strlen(name), column[i].n_rows,
                   sum_add((struct sum){0}, &column[i]), n_events);
    }
    return end;
}

static void print_sizes(const struct spw_column_sizes *sizes, uint64_t n_events)
{
    struct sum sum = {0};
    printf("%-44s %12s %12s %12s %7s\n", "column", "rows", "stored B/ev", "raw B/ev",
           "ratio");
    for (uint32_t i = 0; i < sizes->count;) i = print_group(sizes, i, n_events);
    for (uint32_t i = 0; i < sizes->count; ++i) sum = sum_add(sum, &sizes->column[i]);
    print_line("all columns", 44, n_events, sum, n_events);
    printf("file %" PRIu64 " bytes, of which indices and attributes %" PRIu64 "\n",
           sizes->file_bytes, sizes->file_bytes - sum.stored);
}

static void print_json(const struct spw_column_sizes *sizes, uint64_t n_events)
{
    json_t *columns = json_object();
    for (uint32_t i = 0; i < sizes->count; ++i) {
        const struct spw_column_size *column = &sizes->column[i];
        json_object_set_new(columns, column->path,
                            json_pack("{s:I, s:I, s:I}", "rows", (json_int_t)column->n_rows,
                                      "stored_bytes", (json_int_t)column->stored_bytes,
                                      "raw_bytes", (json_int_t)column->raw_bytes));
    }
    json_t *all = json_pack("{s:I, s:I, s:o}", "events", (json_int_t)n_events, "file_bytes",
                            (json_int_t)sizes->file_bytes, "columns", columns);
    cli_print_json(all);
    json_decref(all);
}

enum spw_status dump_sizes(const char *path, bool json)
{
    struct spw_arena arena = {0};
    struct spw_column_sizes sizes;
    const enum spw_status status = spw_column_sizes_read(&sizes, &arena, path);
    if (status == SPW_OK) {
        const uint64_t n_events = count_events(&sizes);
        if (json)
            print_json(&sizes, n_events);
        else
            print_sizes(&sizes, n_events);
    }
    spw_arena_release(&arena);
    return status;
}
