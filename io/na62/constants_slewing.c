/* Time walk: corrections by the time over threshold, and light propagation in the CHOD. */
#include "io/na62/constants_slewing.h"
#include "io/na62/constants_internal.h"

#include <stdio.h>
#include <string.h>

static enum spw_status width_slewing_create(struct na62_width_slewing *slewing,
                                            struct spw_arena *arena,
                                            uint32_t n)
{
    *slewing = (struct na62_width_slewing){.n_channels = n};
    SPW_NEW_ZEROS(arena, slewing->min_width_ns, n);
    SPW_NEW_ZEROS(arena, slewing->max_width_ns, n);
    SPW_NEW_ZEROS(arena, slewing->at_min_ns, n);
    SPW_NEW_ZEROS(arena, slewing->at_max_ns, n);
    return SPW_OK;
}

/* The last value of `Key value`, or fallback. */
static double
named_value(const struct spw_text_table *table, const char *key, double fallback)
{
    for (uint32_t i = 0; i < table->count; ++i)
        if (strcmp(table->line[i].key, key) == 0 && na62_has_numbers(&table->line[i], 1))
            fallback = table->line[i].value[0];
    return fallback;
}

enum spw_status na62_ktag_slewing_read(struct na62_width_slewing *slewing,
                                       struct spw_arena *arena,
                                       const struct spw_text_table *table,
                                       uint32_t n_addresses)
{
    SPW_TRY(width_slewing_create(slewing, arena, n_addresses));
    const double min_ns = named_value(table, "MinWidth", 10);
    const double max_ns = named_value(table, "MaxWidth", 16);
    if (!(min_ns < max_ns))
        return SPW_FAIL(SPW_BAD_CONFIG, "%s: MinWidth %g is not below MaxWidth %g",
                        table->path, min_ns, max_ns);
    for (uint32_t i = 0; i < table->count; ++i) {
        const struct spw_text_line *line = &table->line[i];
        uint32_t address;
        if (strcmp(line->key, "SlewingCorr") != 0) continue;
        if (!na62_has_numbers(line, 3) ||
            !na62_whole(line->value[0], n_addresses, &address)) {
            ++slewing->n_bad;
            continue;
        }
        slewing->min_width_ns[address] = (float)min_ns;
        slewing->max_width_ns[address] = (float)max_ns;
        slewing->at_min_ns[address] = (float)line->value[1];
        slewing->at_max_ns[address] = (float)line->value[2];
        ++slewing->n_given;
    }
    return slewing->n_given ? SPW_OK : NA62_NOTHING(table, "SlewingCorr");
}

enum spw_status na62_rich_slewing_read(struct na62_width_slewing *slewing,
                                       struct spw_arena *arena,
                                       const struct spw_text_table *table)
{
    SPW_TRY(width_slewing_create(slewing, arena, NA62_RICH_SEQUENTIAL));
    for (uint32_t i = 0; i < table->count; ++i) {
        const struct spw_text_line *line = &table->line[i];
        uint32_t n;
        if (!na62_is_row_of(line, 5) || line->value[1] > line->value[2] ||
            !na62_whole(line->value[0], NA62_RICH_SEQUENTIAL, &n)) {
            ++slewing->n_bad;
            continue;
        }
        slewing->min_width_ns[n] = (float)line->value[1];
        slewing->max_width_ns[n] = (float)line->value[2];
        slewing->at_min_ns[n] = (float)line->value[3];
        slewing->at_max_ns[n] = (float)line->value[4];
        ++slewing->n_given;
    }
    return slewing->n_given ? SPW_OK : NA62_NOTHING(table, "five numbers");
}

int32_t na62_rich_sequential(uint32_t id)
{
    const uint32_t disk = id / 100000, updown = id / 10000 % 10, cell = id / 100 % 100;
    const uint32_t sum = id / 10 % 10, pm = id % 10;
    if (disk > 1 || updown > 1 || cell > 60 || sum > 1) return -1;
    if (sum)
        return pm ? -1
                  : (int32_t)(NA62_RICH_SUPERCELL_FIRST + cell + 61 * updown + 122 * disk);
    return pm > 7 ? -1 : (int32_t)(8 * cell + pm + 488 * updown + 976 * disk);
}

enum spw_status na62_chanti_slewing_read(struct na62_chanti_slewing *slewing,
                                         struct spw_arena *arena,
                                         const struct spw_text_table *table,
                                         uint32_t n_addresses)
{
    *slewing = (struct na62_chanti_slewing){.n_addresses = n_addresses};
    SPW_NEW_ZEROS(arena, slewing->p0_per_ns, n_addresses);
    SPW_NEW_ZEROS(arena, slewing->p1_ns, n_addresses);
    SPW_NEW_ZEROS(arena, slewing->p2_ns, n_addresses);
    for (uint32_t i = 0; i < table->count; ++i) {
        const struct spw_text_line *line = &table->line[i];
        uint32_t address;
        if (!na62_is_row_of(line, 4) ||
            !na62_whole(line->value[0], n_addresses, &address)) {
            ++slewing->n_bad;
            continue;
        }
        slewing->p0_per_ns[address] = (float)line->value[1];
        slewing->p1_ns[address] = (float)line->value[2];
        slewing->p2_ns[address] = (float)line->value[3];
        ++slewing->n_given;
    }
    return slewing->n_given ? SPW_OK : NA62_NOTHING(table, "four numbers");
}

/* The next row of `n` numbers, from line *at on; NULL behind the last. */
static const struct spw_text_line *
next_row(const struct spw_text_table *table, uint32_t *at, uint32_t n)
{
    while (*at < table->count) {
        const struct spw_text_line *line = &table->line[(*at)++];
        if (na62_is_row_of(line, n)) return line;
    }
    return NULL;
}

enum spw_status na62_chod_slewing_read(struct na62_chod_slewing *slewing,
                                       const struct spw_text_table *table)
{
    enum { N = 16 * NA62_CHOD_SLABS };

    *slewing = (struct na62_chod_slewing){0};
    uint32_t at = 0;
    for (const struct spw_text_line *line; (line = next_row(table, &at, 2));) {
        const uint32_t n = slewing->n_given++;
        if (n >= N) continue;
        slewing->slope[n] = (float)line->value[0];
        slewing->constant_ns[n] = (float)line->value[1];
    }
    if (slewing->n_given != N)
        return SPW_FAIL(SPW_BAD_CONFIG, "%s: %u lines of slope and constant, not %d",
                        table->path, slewing->n_given, N);
    return SPW_OK;
}

enum spw_status na62_chod_light_read(float light_ns_per_mm[NA62_CHOD_SLABS],
                                     const struct spw_text_table *table)
{
    uint32_t at = 0, n = 0;
    for (const struct spw_text_line *line; (line = next_row(table, &at, 1)); ++n)
        if (n < NA62_CHOD_SLABS) light_ns_per_mm[n] = (float)line->value[0];
    if (n != NA62_CHOD_SLABS)
        return SPW_FAIL(SPW_BAD_CONFIG, "%s: %u lines of ns/mm, not %d", table->path, n,
                        NA62_CHOD_SLABS);
    return SPW_OK;
}

const struct na62_lav_slewing na62_lav_slewing_nominal = {
    .low_ns = {4.576, -3.30, 0.9678, 1.027},
    .both_ns = {-0.04063, 0.03829, -2.839, 2.599, -0.942},
};

enum spw_status na62_lav_slewing_read(struct na62_lav_slewing *slewing,
                                      const struct spw_text_table *table)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < table->count; ++i) {
        const struct spw_text_line *line = &table->line[i];
        if (!na62_has_numbers(line, line->n_values)) continue;
        for (uint32_t j = 0; j < line->n_values; ++j, ++n) {
            if (n < 4) slewing->low_ns[n] = line->value[j];
            if (n >= 4 && n < 9) slewing->both_ns[n - 4] = line->value[j];
        }
    }
    if (n != 9)
        return SPW_FAIL(SPW_BAD_CONFIG, "%s: %u numbers, not 4 + 5", table->path, n);
    return SPW_OK;
}

/* 3 + 4 numbers of the lowest threshold, 3 + 3 of the others. */
static bool hasc_line(struct na62_hasc_slewing *slewing, const struct spw_text_line *line)
{
    unsigned channel, threshold;
    if (sscanf(line->key, "Channel-%3u_Threshold-%3u", &channel, &threshold) != 2)
        return false;
    if (channel >= NA62_HASC_CHANNELS || threshold >= 4) return false;
    const uint32_t n_above = threshold == 0 ? 4 : 3;
    if (!na62_has_numbers(line, 3 + n_above)) return false;
    for (uint32_t i = 0; i < 3; ++i)
        slewing->below_ns[channel][threshold][i] = (float)line->value[i];
    for (uint32_t i = 0; i < n_above; ++i)
        slewing->above_ns[channel][threshold][i] = (float)line->value[3 + i];
    return true;
}

enum spw_status na62_hasc_slewing_read(struct na62_hasc_slewing *slewing,
                                       const struct spw_text_table *table)
{
    *slewing = (struct na62_hasc_slewing){0};
    for (uint32_t i = 0; i < table->count; ++i) {
        const bool read = hasc_line(slewing, &table->line[i]);
        slewing->n_given += read;
        slewing->n_bad += !read;
    }
    return slewing->n_given ? SPW_OK : NA62_NOTHING(table, "Channel-N_Threshold-T");
}

/* The numbered keys of one stem into value[n]; how many places were filled. */
static uint32_t take_numbered(float *value,
                              uint32_t n,
                              const struct spw_text_table *table,
                              const char *stem)
{
    uint32_t n_filled = 0;
    for (uint32_t i = 0; i < n; ++i) value[i] = NAN;
    for (uint32_t i = 0; i < table->count; ++i) {
        const struct spw_text_line *line = &table->line[i];
        const int64_t number = spw_text_key_number(line->key, stem);
        if (number < 0 || number >= n || !na62_has_numbers(line, 1)) continue;
        n_filled += isnan(value[number]) != 0;
        value[number] = (float)line->value[0];
    }
    return n_filled;
}

static uint32_t count_keys(const struct spw_text_table *table, const char *stem)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < table->count; ++i)
        n += spw_text_key_number(table->line[i].key, stem) >= 0;
    return n;
}

enum { GTK_CHIPS = 30 };

enum spw_status na62_gtk_time_walk_read(struct na62_gtk_time_walk *walk,
                                        struct spw_arena *arena,
                                        const struct spw_text_table *table)
{
    *walk = (struct na62_gtk_time_walk){0};
    const uint32_t n_edges = count_keys(table, "TimeWalkBinning_");
    const uint32_t n_values = count_keys(table, "TimeWalk_");
    if (n_edges < 2 || n_values != GTK_CHIPS * (n_edges - 1))
        return SPW_FAIL(SPW_BAD_CONFIG, "%s: %u values of time walk for %u edges of bins",
                        table->path, n_values, n_edges);
    walk->n_bins = n_edges - 1;
    walk->n_bad = table->count - n_edges - n_values;
    SPW_NEW(arena, walk->edge_ns, n_edges);
    SPW_NEW(arena, walk->correction_ns, n_values);
    if (take_numbered(walk->edge_ns, n_edges, table, "TimeWalkBinning_") != n_edges ||
        take_numbered(walk->correction_ns, n_values, table, "TimeWalk_") != n_values)
        return SPW_FAIL(SPW_BAD_CONFIG, "%s: a number of TimeWalk is missing", table->path);
    for (uint32_t i = 1; i < n_edges; ++i)
        if (!(walk->edge_ns[i] > walk->edge_ns[i - 1]))
            return SPW_FAIL(SPW_BAD_CONFIG,
                            "%s: edge %u of TimeWalkBinning does not ascend", table->path,
                            i);
    return SPW_OK;
}
