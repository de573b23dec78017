#include "cli/hist.h"

#include <assert.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { BAR_WIDTH = 50, MAP_COLUMNS = 72, MAP_ROWS = 30 };

int64_t hist_entries(const struct spw_histogram_set *set, uint32_t id)
{
    const uint64_t n = spw_histogram_n_bins(&set->list.spec[id]);
    int64_t sum = 0;
    for (uint64_t b = 0; b < n; ++b) sum += set->count[id][b];
    return sum;
}

struct moments {
    int64_t entries, underflow, overflow; ///< of the projection on this axis
    double mean, rms;                     ///< from bin centres; 0 without entries
};

/* The counts summed over the other axes: bins + 2 values. NULL: out of memory. */
static int64_t *project(const struct spw_histogram_set *set,
                        uint32_t id,
                        uint32_t axis,
                        struct spw_arena *arena)
{
    const struct spw_histogram_spec *spec = &set->list.spec[id];
    const uint64_t size = (uint64_t)spec->axis[axis].bins + 2;
    const uint64_t n = spw_histogram_n_bins(spec);
    uint64_t stride = 1;
    for (uint32_t i = axis + 1; i < spec->n_axes; ++i)
        stride *= (uint64_t)spec->axis[i].bins + 2;
    int64_t *sum = spw_arena_zeros(arena, size, sizeof *sum);
    if (!sum) return NULL;
    for (uint64_t b = 0; b < n; ++b) sum[b / stride % size] += set->count[id][b];
    return sum;
}

static double edge(const struct spw_axis *axis, uint32_t bin)
{
    return axis->lower + (axis->upper - axis->lower) * bin / axis->bins;
}

/* What one axis says; the flow bins are counted apart. */
static struct moments moments(const struct spw_axis *axis, const int64_t *projection)
{
    struct moments m = {.underflow = projection[0], .overflow = projection[axis->bins + 1]};
    double sum = 0, squares = 0;
    for (uint32_t b = 0; b < axis->bins; ++b) {
        m.entries += projection[b + 1];
        sum += (double)projection[b + 1] * (edge(axis, b) + edge(axis, b + 1)) / 2;
    }
    if (m.entries == 0) return m;
    m.mean = sum / (double)m.entries;
    for (uint32_t b = 0; b < axis->bins; ++b) {
        const double d = (edge(axis, b) + edge(axis, b + 1)) / 2 - m.mean;
        squares += (double)projection[b + 1] * d * d;
    }
    m.rms = sqrt(squares / (double)m.entries);
    return m;
}

static bool terminal_has_blocks(void)
{
    const char *const names[] = {"LC_ALL", "LC_CTYPE", "LANG"};
    for (size_t i = 0; i < sizeof names / sizeof *names; ++i) {
        const char *value = getenv(names[i]);
        if (value && *value)
            return strcasestr(value, "utf-8") != NULL || strcasestr(value, "utf8") != NULL;
    }
    return false;
}

/* A bar in eighths of a character where the terminal knows them. */
static void print_bar(FILE *out, int64_t count, int64_t most, bool blocks)
{
    static const char *const eighth[] = {"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};
    if (count <= 0 || most <= 0) return;
    const double length = (double)count / (double)most * BAR_WIDTH;
    int eighths = (int)lround(length * 8);
    if (eighths == 0) eighths = 1;
    if (!blocks) {
        for (int i = 0; i < (eighths + 7) / 8; ++i) fputc('#', out);
        return;
    }
    for (int i = 0; i < eighths / 8; ++i) fputs("█", out);
    fputs(eighth[eighths % 8], out);
}

static int64_t sum_bins(const int64_t *projection, uint32_t first, uint32_t n)
{
    int64_t sum = 0;
    for (uint32_t b = first; b < first + n; ++b) sum += projection[b + 1];
    return sum;
}

/* How many bins make a line (or a character of a map). */
static uint32_t bins_joined(uint32_t bins, uint32_t max_rows)
{
    return max_rows == 0 || bins <= max_rows ? 1 : (bins + max_rows - 1) / max_rows;
}

static void print_moments(FILE *out, const struct spw_axis *axis, const int64_t *projection)
{
    const struct moments m = moments(axis, projection);
    fprintf(out,
            "%s: %" PRId64 " inside, mean %.6g, rms %.6g, below %" PRId64 ", above %" PRId64
            "\n",
            axis->label[0] ? axis->label : axis->name, m.entries, m.mean, m.rms,
            m.underflow, m.overflow);
}

static void print_bars(FILE *out,
                       const struct spw_axis *axis,
                       const int64_t *projection,
                       uint32_t max_rows)
{
    const bool blocks = terminal_has_blocks();
    const uint32_t joined = bins_joined(axis->bins, max_rows);
    int64_t most = 0;
    for (uint32_t b = 0; b < axis->bins; b += joined) {
        const uint32_t n = b + joined > axis->bins ? axis->bins - b : joined;
        const int64_t sum = sum_bins(projection, b, n);
        if (sum > most) most = sum;
    }
    print_moments(out, axis, projection);
    if (joined > 1) fprintf(out, "(%u bins a line)\n", joined);
    for (uint32_t b = 0; b < axis->bins; b += joined) {
        const uint32_t n = b + joined > axis->bins ? axis->bins - b : joined;
        const int64_t sum = sum_bins(projection, b, n);
        fprintf(out, "%12.6g %12" PRId64 " |", edge(axis, b), sum);
        print_bar(out, sum, most, blocks);
        fputc('\n', out);
    }
    fprintf(out, "%12.6g\n", axis->upper);
}

/* Counts of the inner bins joined to a grid; the first axis across, the second upwards. */
struct map {
    uint32_t columns, rows, x_joined, y_joined;
    int64_t *cell, most;
};

static bool map_init(struct map *map,
                     const struct spw_histogram_set *set,
                     uint32_t id,
                     struct spw_arena *arena)
{
    const struct spw_axis *axis = set->list.spec[id].axis;
    map->x_joined = bins_joined(axis[0].bins, MAP_COLUMNS);
    map->y_joined = bins_joined(axis[1].bins, MAP_ROWS);
    map->columns = (axis[0].bins + map->x_joined - 1) / map->x_joined;
    map->rows = (axis[1].bins + map->y_joined - 1) / map->y_joined;
    map->cell = spw_arena_zeros(arena, (size_t)map->columns * map->rows, sizeof *map->cell);
    map->most = 0;
    if (!map->cell) return false;
    const int64_t *count = set->count[id];
    for (uint32_t x = 0; x < axis[0].bins; ++x)
        for (uint32_t y = 0; y < axis[1].bins; ++y)
            map->cell[(y / map->y_joined) * map->columns + x / map->x_joined] +=
                count[(size_t)(x + 1) * (axis[1].bins + 2) + y + 1];
    for (uint32_t i = 0; i < map->columns * map->rows; ++i)
        if (map->cell[i] > map->most) map->most = map->cell[i];
    return true;
}

/* Linear in the count; anything above zero shows. */
static void print_map(FILE *out, const struct spw_axis *axis, const struct map *map)
{
    static const char shades[] = " .:-=+*#%@";
    const int n_shades = (int)sizeof shades - 2;
    for (uint32_t row = map->rows; row-- > 0;) {
        fprintf(out, "%12.6g |", edge(&axis[1], row * map->y_joined));
        for (uint32_t column = 0; column < map->columns; ++column) {
            const int64_t count = map->cell[row * map->columns + column];
            const double part = map->most ? (double)count / (double)map->most : 0;
            int shade = (int)lround(part * n_shades);
            if (count > 0 && shade == 0) shade = 1;
            fputc(shades[count > 0 ? shade : 0], out);
        }
        fputs("|\n", out);
    }
    fprintf(out, "%12s  %-12.6g%*.6g\n", "", axis[0].lower,
            map->columns > 13 ? (int)map->columns - 12 : 1, axis[0].upper);
    fprintf(out, "a character: %u x %u bins, '%s' up to %" PRId64 "\n", map->x_joined,
            map->y_joined, shades + 1, map->most);
}

static enum spw_status show_text(FILE *out,
                                 const struct spw_histogram_set *set,
                                 uint32_t id,
                                 uint32_t max_rows,
                                 struct spw_arena *arena)
{
    const struct spw_histogram_spec *spec = &set->list.spec[id];
    fprintf(out, "%s  %s\n%" PRId64 " entries\n", spec->path, spec->title,
            hist_entries(set, id));
    for (uint32_t i = 0; i < spec->n_axes; ++i) {
        const int64_t *projection = project(set, id, i, arena);
        if (!projection) return SPW_FAIL(SPW_RETRY, "out of memory: %s", spec->path);
        if (spec->n_axes == 2)
            print_moments(out, &spec->axis[i], projection);
        else
            print_bars(out, &spec->axis[i], projection, max_rows);
    }
    if (spec->n_axes != 2) return SPW_OK;
    struct map map;
    if (!map_init(&map, set, id, arena))
        return SPW_FAIL(SPW_RETRY, "out of memory: %s", spec->path);
    print_map(out, spec->axis, &map);
    return SPW_OK;
}

enum spw_status hist_show_text(FILE *out,
                               const struct spw_histogram_set *set,
                               uint32_t id,
                               uint32_t max_rows)
{
    struct spw_arena arena = {0};
    const enum spw_status status = show_text(out, set, id, max_rows, &arena);
    spw_arena_release(&arena);
    return status;
}

void hist_show_csv(FILE *out, const struct spw_histogram_set *set, uint32_t id)
{
    const struct spw_histogram_spec *spec = &set->list.spec[id];
    for (uint32_t i = 0; i < spec->n_axes; ++i)
        fprintf(out, "%s_lower,%s_upper,", spec->axis[i].name, spec->axis[i].name);
    fputs("count\n", out);

    const uint64_t n = spw_histogram_n_bins(spec);
    uint32_t bin[SPW_MAX_AXES] = {0};
    for (uint64_t b = 0; b < n; ++b) {
        for (uint32_t i = 0; i < spec->n_axes; ++i) {
            const struct spw_axis *axis = &spec->axis[i];
            const double lower = bin[i] ? edge(axis, bin[i] - 1) : -INFINITY;
            const double upper = bin[i] <= axis->bins ? edge(axis, bin[i]) : INFINITY;
            fprintf(out, "%.17g,%.17g,", lower, upper);
        }
        fprintf(out, "%" PRId64 "\n", set->count[id][b]);
        for (uint32_t i = spec->n_axes; i-- > 0 && ++bin[i] == spec->axis[i].bins + 2;)
            bin[i] = 0;
    }
}

/* The bins as nested lists, one level an axis. */
static json_t *json_bins(const struct spw_axis *axis, uint32_t n_axes, const int64_t **at)
{
    json_t *list = json_array();
    for (uint64_t b = 0; b < (uint64_t)axis->bins + 2; ++b)
        json_array_append_new(list, n_axes > 1 ? json_bins(axis + 1, n_axes - 1, at)
                                               : json_integer(*(*at)++));
    return list;
}

json_t *hist_json(const struct spw_histogram_set *set, uint32_t id)
{
    const struct spw_histogram_spec *spec = &set->list.spec[id];
    const int64_t *at = set->count[id];
    json_t *axes = json_array();
    for (uint32_t i = 0; i < spec->n_axes; ++i) {
        const struct spw_axis *axis = &spec->axis[i];
        json_array_append_new(
            axes,
            json_pack("{s:s, s:f, s:f, s:I, s:b, s:b, s:b, s:{s:s, s:s}}", "type",
                      "regular", "lower", axis->lower, "upper", axis->upper, "bins",
                      (json_int_t)axis->bins, "underflow", 1, "overflow", 1, "circular", 0,
                      "metadata", "name", axis->name, "label", axis->label));
    }
    return json_pack("{s:i, s:{s:{s:s}}, s:{s:b, s:s}, s:o, s:{s:s, s:o}}", "uhi_schema", 1,
                     "writer_info", "spillway", "version", SPW_VERSION, "metadata",
                     "_variance_known", 1, "title", spec->title, "axes", axes, "storage",
                     "type", "int", "values", json_bins(spec->axis, spec->n_axes, &at));
}

enum spw_status hist_print_json(json_t *value)
{
    if (!value) return SPW_FAIL(SPW_RETRY, "out of memory: JSON");
    const size_t flags = JSON_SORT_KEYS | JSON_INDENT(2) | JSON_REAL_PRECISION(17);
    const int failed = json_dumpf(value, stdout, flags);
    fputc('\n', stdout);
    json_decref(value);
    return failed ? SPW_FAIL(SPW_IO, "cannot print: %m") : SPW_OK;
}
