/* T0s of channels, straw covers and GTK pixels; T0s that change from burst to burst. */
#include "io/na62/constants.h"
#include "io/na62/constants_internal.h"

#include <string.h>

static enum spw_status
t0_create(struct na62_t0 *t0, struct spw_arena *arena, uint32_t n_addresses)
{
    *t0 = (struct na62_t0){.n_addresses = n_addresses};
    SPW_NEW_ZEROS(arena, t0->t0_ns, n_addresses);
    SPW_NEW_ZEROS(arena, t0->state, n_addresses);
    SPW_NEW(arena, t0->id, n_addresses);
    for (uint32_t i = 0; i < n_addresses; ++i) t0->id[i] = -1;
    return SPW_OK;
}

static enum na62_t0_state state_of(double t0_ns)
{
    if (t0_ns < -NA62_T0_LIMIT_NS) return NA62_T0_MASKED;
    if (t0_ns > NA62_T0_LIMIT_NS) return NA62_T0_FAILED;
    return NA62_T0_GOOD;
}

/* A later line of the same address wins. */
static void t0_set(struct na62_t0 *t0, uint32_t address, double t0_ns)
{
    const enum na62_t0_state state = state_of(t0_ns);
    t0->n_good += state == NA62_T0_GOOD;
    t0->n_good -= t0->state[address] == NA62_T0_GOOD;
    t0->state[address] = (uint8_t)state;
    t0->t0_ns[address] = state == NA62_T0_GOOD ? (float)t0_ns : 0.0f;
}

/* `address ID T0` or `address T0`. */
static bool t0_row(struct na62_t0 *t0, const struct spw_text_line *line)
{
    uint32_t address, id;
    const bool has_id = line->n_values >= 3;
    if (!na62_is_row_of(line, has_id ? 3 : 2)) return false;
    if (!na62_whole(line->value[0], t0->n_addresses, &address)) return false;
    if (has_id && na62_whole(line->value[1], INT32_MAX, &id)) t0->id[address] = (int32_t)id;
    t0_set(t0, address, line->value[has_id ? 2 : 1]);
    return true;
}

/* `T0_N= 16 values`. */
static bool t0_group(struct na62_t0 *t0, const struct spw_text_line *line, int64_t number)
{
    const uint32_t n = line->n_values < 16 ? line->n_values : 16;
    if (!na62_has_numbers(line, n) || n == 0) return false;
    if (number >= t0->n_addresses || 16 * number + n > t0->n_addresses) return false;
    for (uint32_t i = 0; i < n; ++i)
        t0_set(t0, (uint32_t)(16 * number + i), line->value[i]);
    return true;
}

enum spw_status na62_t0_read(struct na62_t0 *t0,
                             struct spw_arena *arena,
                             const struct spw_text_table *table,
                             uint32_t n_addresses)
{
    SPW_TRY(t0_create(t0, arena, n_addresses));
    uint32_t n_read = 0;
    for (uint32_t i = 0; i < table->count; ++i) {
        const struct spw_text_line *line = &table->line[i];
        const int64_t number = spw_text_key_number(line->key, "T0_");
        const bool read = number >= 0 ? t0_group(t0, line, number) : t0_row(t0, line);
        t0->grouped |= read && number >= 0;
        n_read += read;
        t0->n_bad += !read;
    }
    return n_read ? SPW_OK : NA62_NOTHING(table, "T0 of a channel");
}

enum { STATION_PIXELS = 18000, CHIP_PIXELS = 1800, PIXELS_OF_ID = 100000 };

enum gtk_numbering { GTK_PLAIN, GTK_BY_STATION, GTK_BY_CHIP };

static enum gtk_numbering gtk_numbering(const struct spw_text_table *table)
{
    enum gtk_numbering numbering = GTK_PLAIN;
    for (uint32_t i = 0; i < table->count; ++i) {
        uint32_t id;
        const struct spw_text_line *line = &table->line[i];
        if (!na62_is_row_of(line, 2)) continue;
        if (!na62_whole(line->value[0], 3 * PIXELS_OF_ID, &id) || id < NA62_GTK_PIXELS)
            continue;
        if (id % PIXELS_OF_ID >= STATION_PIXELS) return GTK_BY_CHIP;
        numbering = GTK_BY_STATION;
    }
    return numbering;
}

/* Address 18000 station + pixel number; false for an ID outside of the detector. */
static bool gtk_address(uint32_t id, enum gtk_numbering numbering, uint32_t *address)
{
    *address = id;
    if (numbering == GTK_PLAIN) return id < NA62_GTK_PIXELS;
    const uint32_t station = id / PIXELS_OF_ID, rest = id % PIXELS_OF_ID;
    *address = STATION_PIXELS * station + rest;
    if (numbering == GTK_BY_STATION) return rest < STATION_PIXELS;
    const uint32_t chip = rest / 10000, pixel = rest % 10000;
    *address = STATION_PIXELS * station + pixel % 40 + 40 * (chip % 5) +
               200 * (pixel / 40) + 9000 * (chip / 5);
    return pixel < CHIP_PIXELS;
}

enum spw_status na62_gtk_t0_read(struct na62_t0 *t0,
                                 struct spw_arena *arena,
                                 const struct spw_text_table *table)
{
    SPW_TRY(t0_create(t0, arena, NA62_GTK_PIXELS));
    const enum gtk_numbering numbering = gtk_numbering(table);
    uint32_t n_read = 0;
    for (uint32_t i = 0; i < table->count; ++i) {
        const struct spw_text_line *line = &table->line[i];
        uint32_t id, address;
        const bool read = na62_is_row_of(line, 2) &&
                          na62_whole(line->value[0], 3 * PIXELS_OF_ID, &id) &&
                          gtk_address(id, numbering, &address);
        if (read) t0_set(t0, address, line->value[1]);
        if (read && numbering == GTK_BY_CHIP) t0->id[address] = (int32_t)id;
        n_read += read;
        t0->n_bad += !read;
    }
    return n_read ? SPW_OK : NA62_NOTHING(table, "T0 of a pixel");
}

/* The 16 covers of a board; values beyond 999 ns mark unused ones. */
static bool
read_covers(struct na62_straw_t0 *t0, const struct spw_text_line *line, int64_t board)
{
    if (board >= NA62_STRAW_BOARDS || !na62_has_numbers(line, 16)) return false;
    for (uint32_t i = 0; i < 16; ++i) {
        const uint32_t cover = 16 * (uint32_t)board + i;
        const enum na62_t0_state state = state_of(line->value[i]);
        t0->n_covers += state == NA62_T0_GOOD;
        t0->n_covers -= t0->state[cover] == NA62_T0_GOOD;
        t0->state[cover] = (uint8_t)state;
        t0->cover_ns[cover] = state == NA62_T0_GOOD ? (float)line->value[i] : 0.0f;
    }
    return true;
}

enum spw_status na62_straw_coarse_t0_read(struct na62_straw_t0 *t0,
                                          const struct spw_text_table *table)
{
    uint32_t n_read = 0;
    for (uint32_t i = 0; i < table->count; ++i) {
        const struct spw_text_line *line = &table->line[i];
        int64_t board = spw_text_key_number(line->key, "MezzaninesT0_");
        if (board < 0) board = spw_text_key_number(line->key, "ROMezzaninesT0_");
        bool read = false;
        if (board >= 0) {
            read = read_covers(t0, line, board);
        } else if (strcmp(line->key, "StationsT0") == 0 && na62_has_numbers(line, 1)) {
            t0->station_ns = line->value[0];
            ++t0->n_stations;
            read = true;
        }
        n_read += read;
        t0->n_bad += !read;
    }
    return n_read ? SPW_OK : NA62_NOTHING(table, "StationsT0 or MezzaninesT0_N");
}

enum spw_status na62_straw_magic_t0_read(double *magic_ns,
                                         const struct spw_text_table *table)
{
    for (uint32_t i = 0; i < table->count; ++i)
        if (na62_has_numbers(&table->line[i], 1)) {
            *magic_ns = table->line[i].value[0];
            return SPW_OK;
        }
    return NA62_NOTHING(table, "MagicT0");
}

enum spw_status na62_straw_jumps_read(float jump_ns[NA62_STRAW_COVERS],
                                      uint32_t *n_jumps,
                                      const struct spw_text_table *table,
                                      uint32_t run,
                                      uint32_t burst)
{
    uint32_t n_rows = 0;
    *n_jumps = 0;
    for (uint32_t i = 0; i < table->count; ++i) {
        const struct spw_text_line *line = &table->line[i];
        uint32_t cover;
        if (!na62_is_row_of(line, 4)) continue;
        if (!na62_whole(line->value[2], NA62_STRAW_COVERS, &cover)) continue;
        ++n_rows;
        if (!na62_is_of_burst(line, run, burst)) continue;
        jump_ns[cover] += (float)line->value[3];
        ++*n_jumps;
    }
    return n_rows || !table->count ? SPW_OK : NA62_NOTHING(table, "run burst cover jump");
}

enum spw_status na62_trigger_drift_read(double *drift_ns,
                                        const struct spw_text_table *table,
                                        uint32_t run,
                                        uint32_t burst)
{
    uint32_t n_rows = 0;
    *drift_ns = 0;
    for (uint32_t i = 0; i < table->count; ++i) {
        const struct spw_text_line *line = &table->line[i];
        if (!na62_is_row_of(line, 2)) continue;
        ++n_rows;
        if (na62_has_numbers(line, 3)) {
            if (na62_is_of_burst(line, run, burst)) *drift_ns = line->value[2];
        } else if (line->value[0] == burst) {
            *drift_ns = line->value[1];
        }
    }
    return n_rows || !table->count ? SPW_OK : NA62_NOTHING(table, "run burst drift");
}
