#include "io/na62/constants_geometry.h"
#include "io/na62/constants_internal.h"

enum spw_status na62_straw_alignment_read(struct na62_straw_alignment *alignment,
                                          struct spw_arena *arena,
                                          const struct spw_text_table *table)
{
    static const uint32_t limit[2] = {NA62_STRAW_PLANES, 122};
    *alignment = (struct na62_straw_alignment){0};
    SPW_NEW_ZEROS(arena, alignment->shift_mm, NA62_STRAWS);
    for (uint32_t i = 0; i < table->count; ++i) {
        const struct spw_text_line *line = &table->line[i];
        uint32_t at[2];
        const bool row = na62_is_row_of(line, 5);
        const double place[2] = {row ? line->value[0] : -1, row ? line->value[1] - 1 : -1};
        if (!na62_whole_pair(place, limit, at)) {
            ++alignment->n_bad;
            continue;
        }
        float *shift = alignment->shift_mm[122 * at[0] + at[1]];
        for (int j = 0; j < 3; ++j) shift[j] = (float)line->value[2 + j];
        ++alignment->n_given;
    }
    return alignment->n_given ? SPW_OK : NA62_NOTHING(table, "plane straw dx dy dz");
}

enum spw_status na62_station_alignment_read(struct na62_station_alignment *alignment,
                                            const struct spw_text_table *table)
{
    static const uint32_t limit[2] = {4, 4};
    *alignment = (struct na62_station_alignment){0};
    for (uint32_t i = 0; i < table->count; ++i) {
        const struct spw_text_line *line = &table->line[i];
        uint32_t at[2];
        if (!na62_is_row_of(line, 4) || !na62_whole_pair(line->value, limit, at)) {
            ++alignment->n_bad;
            continue;
        }
        alignment->shift_mm[4 * at[0] + at[1]] = line->value[2];
        alignment->angle[4 * at[0] + at[1]] = line->value[3];
        ++alignment->n_given;
    }
    return alignment->n_given ? SPW_OK : NA62_NOTHING(table, "chamber view shift angle");
}

enum spw_status na62_straw_z_offset_read(struct na62_straw_z_offset *offset,
                                         const struct spw_text_table *table)
{
    double z_mm[5];
    uint32_t n = 0;
    for (uint32_t i = 0; i < table->count; ++i)
        if (na62_is_row_of(&table->line[i], 1) && n++ < 5)
            z_mm[n - 1] = table->line[i].value[0];
    if (n != 5)
        return SPW_FAIL(SPW_BAD_CONFIG, "%s: %u lines of z offsets, not 5", table->path, n);
    offset->magnet_mm = z_mm[0];
    for (int i = 0; i < 4; ++i) offset->chamber_mm[i] = z_mm[i + 1];
    return SPW_OK;
}

enum spw_status na62_straw_xt_read(struct na62_straw_xt *xt,
                                   const struct spw_text_table *table)
{
    uint32_t n = 0;
    *xt = (struct na62_straw_xt){0};
    for (uint32_t i = 0; i < table->count; ++i) {
        const struct spw_text_line *line = &table->line[i];
        if (!na62_is_row_of(line, 7) || n++ >= NA62_STRAW_VIEWS) continue;
        xt->reference_ns[n - 1] = line->value[0];
        for (int j = 0; j < 6; ++j) xt->fit[n - 1][j / 2][j % 2] = line->value[1 + j];
    }
    if (n != NA62_STRAW_VIEWS)
        return SPW_FAIL(SPW_BAD_CONFIG, "%s: %u lines of seven numbers, not %d",
                        table->path, n, NA62_STRAW_VIEWS);
    return SPW_OK;
}

enum spw_status na62_gtk_offsets_read(struct na62_gtk_offsets *offsets,
                                      const struct spw_text_table *table)
{
    uint32_t n = 0;
    *offsets = (struct na62_gtk_offsets){0};
    for (uint32_t i = 0; i < table->count; ++i) {
        const struct spw_text_line *line = &table->line[i];
        uint32_t station;
        if (!na62_is_row_of(line, 3) || !na62_whole(line->value[0], 3, &station)) continue;
        offsets->x_mm[station] = line->value[1];
        offsets->y_mm[station] = line->value[2];
        ++n;
    }
    return n ? SPW_OK : NA62_NOTHING(table, "station x y");
}

/* Pairs (x, y) of key number n into the places n * pairs a line ...; how many. */
static uint32_t take_points(float *x_mm,
                            float *y_mm,
                            uint32_t n_places,
                            const struct spw_text_line *line,
                            int64_t number)
{
    const uint32_t n = line->n_values / 2;
    if (n == 0 || !na62_has_numbers(line, 2 * n)) return 0;
    if (number >= n_places || number * n + n > n_places) return 0;
    for (uint32_t i = 0; i < n; ++i) {
        x_mm[number * n + i] = (float)line->value[2 * i];
        y_mm[number * n + i] = (float)line->value[2 * i + 1];
    }
    return n;
}

enum spw_status na62_rich_positions_read(struct na62_rich_positions *p,
                                         const struct spw_text_table *table)
{
    *p = (struct na62_rich_positions){0};
    for (uint32_t i = 0; i < table->count; ++i) {
        const struct spw_text_line *line = &table->line[i];
        const int64_t pms = spw_text_key_number(line->key, "PMPosition_SC_");
        const int64_t cells = spw_text_key_number(line->key, "SCPosition_SC_");
        if (pms < 0 && cells < 0) continue;
        const uint32_t n =
            pms >= 0
                ? take_points(p->pm_x_mm, p->pm_y_mm, NA62_RICH_PMS, line, pms)
                : take_points(p->cell_x_mm, p->cell_y_mm, NA62_RICH_CELLS, line, cells);
        *(pms >= 0 ? &p->n_pms : &p->n_cells) += n;
        p->n_bad += n == 0;
    }
    return p->n_pms ? SPW_OK : NA62_NOTHING(table, "PMPosition_SC_N");
}

/* The block whose first line stands at table->line[at]; false if it is none. */
static bool mirror_block(struct na62_rich_mirrors *mirrors,
                         const struct spw_text_table *table,
                         uint32_t at)
{
    static const uint32_t n_numbers[4] = {2, 4, 24, 24};
    if (at + 4 > table->count) return false;
    const struct spw_text_line *line = table->line + at;
    for (int i = 0; i < 4; ++i)
        if (line[i].n_values != n_numbers[i] || !na62_is_row_of(&line[i], n_numbers[i]))
            return false;
    if (!na62_whole(line[0].value[0], UINT32_MAX, &mirrors->first_run) ||
        !na62_whole(line[0].value[1], UINT32_MAX, &mirrors->last_run))
        return false;
    for (int side = 0; side < 2; ++side) {
        mirrors->extra_x_mm[side] = line[1].value[2 * side];
        mirrors->extra_y_mm[side] = line[1].value[2 * side + 1];
    }
    for (int i = 0; i < 24; ++i) {
        const double x = line[2].value[i], y = line[3].value[i];
        mirrors->aligned[i] = fabs(x) < 999 && fabs(y) < 999;
        mirrors->x_mm[i] = mirrors->aligned[i] ? x : 0;
        mirrors->y_mm[i] = mirrors->aligned[i] ? y : 0;
    }
    return true;
}

enum spw_status na62_rich_mirrors_read(struct na62_rich_mirrors *mirrors,
                                       const struct spw_text_table *table,
                                       uint32_t run)
{
    uint32_t n_blocks = 0;
    for (uint32_t at = 0; at < table->count;) {
        if (!mirror_block(mirrors, table, at)) {
            ++at;
            continue;
        }
        if (mirrors->first_run <= run && run <= mirrors->last_run) return SPW_OK;
        ++n_blocks;
        at += 4;
    }
    if (n_blocks == 0) return NA62_NOTHING(table, "block of runs, offsets, x and y");
    return SPW_FAIL(SPW_NO_CONSTANTS, "%s: none of %u blocks holds run %u", table->path,
                    n_blocks, run);
}

enum spw_status na62_rich_mirror_corners_read(struct na62_rich_mirror_corners *corners,
                                              const struct spw_text_table *table)
{
    static const uint32_t limit[2] = {NA62_RICH_MIRRORS, 6};
    uint32_t n = 0;
    *corners = (struct na62_rich_mirror_corners){0};
    for (uint32_t i = 0; i < table->count; ++i) {
        const struct spw_text_line *line = &table->line[i];
        uint32_t at[2];
        if (!na62_is_row_of(line, 4) || !na62_whole_pair(line->value, limit, at)) {
            ++corners->n_bad;
            continue;
        }
        corners->x_mm[at[0]][at[1]] = line->value[2];
        corners->y_mm[at[0]][at[1]] = line->value[3];
        ++corners->n_corners[at[0]];
        ++n;
    }
    return n ? SPW_OK : NA62_NOTHING(table, "mirror corner x y");
}

void na62_rich_mirror_map_make(struct na62_rich_mirror_map *map,
                               const struct na62_rich_mirrors *mirrors,
                               const struct na62_rich_mirror_corners *corners)
{
    for (uint32_t i = 0; i < NA62_RICH_MIRRORS; ++i) {
        const uint8_t n = corners->n_corners[i];
        const bool aligned = i > 0 && i <= 24 && mirrors->aligned[i - 1];
        double x = 0, y = 0;
        for (uint32_t k = 0; k < n; ++k) {
            x += corners->x_mm[i][k];
            y += corners->y_mm[i][k];
        }
        map->x_mm[i] = n ? x / n : NAN;
        map->y_mm[i] = n ? y / n : NAN;
        map->shift_x_mm[i] = aligned ? mirrors->x_mm[i - 1] : 0;
        map->shift_y_mm[i] = aligned ? mirrors->y_mm[i - 1] : 0;
    }
}

/* Hexagons: the mirror whose centre is nearest. */
uint32_t
na62_rich_mirror_at(const struct na62_rich_mirror_map *map, double x_mm, double y_mm)
{
    const double reach_mm = 410; /* corners are no farther from the centre */
    double nearest = reach_mm * reach_mm;
    uint32_t mirror = 0;
    for (uint32_t i = 1; i < NA62_RICH_MIRRORS; ++i) {
        const double x = x_mm - map->x_mm[i], y = y_mm - map->y_mm[i], d2 = x * x + y * y;
        if (!(d2 < nearest)) continue;
        nearest = d2;
        mirror = i;
    }
    return mirror;
}
