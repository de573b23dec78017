#include "io/na62/constants_calorimeter.h"
#include "io/na62/constants_internal.h"

static const uint32_t CELLS[2] = {128, 128};

/* `ix iy flag ...` with at least n numbers: cell and flag. */
static bool
cell_row(const struct spw_text_line *line, uint32_t n, uint32_t *cell, uint8_t *flag)
{
    uint32_t at[2], whole;
    if (!na62_is_row_of(line, n) || !na62_whole_pair(line->value, CELLS, at) ||
        !na62_whole(line->value[2], 256, &whole))
        return false;
    *cell = 128 * at[0] + at[1];
    *flag = (uint8_t)whole;
    return true;
}

enum spw_status na62_lkr_slopes_read(struct na62_lkr_slopes *slopes,
                                     struct spw_arena *arena,
                                     const struct spw_text_table *table)
{
    *slopes = (struct na62_lkr_slopes){0};
    SPW_NEW_ZEROS(arena, slopes->slope_MeV, NA62_LKR_CELLS);
    SPW_NEW(arena, slopes->flag, NA62_LKR_CELLS);
    memset(slopes->flag, NA62_LKR_NO_CELL, NA62_LKR_CELLS);
    for (uint32_t i = 0; i < table->count; ++i) {
        const struct spw_text_line *line = &table->line[i];
        uint32_t cell;
        uint8_t flag;
        if (!na62_is_row(line)) continue;
        if (!cell_row(line, 4, &cell, &flag)) {
            ++slopes->n_bad;
            continue;
        }
        slopes->flag[cell] = flag;
        slopes->slope_MeV[cell] = (float)(1e3 * line->value[3]);
        slopes->n_cells += flag < NA62_LKR_NO_CELL;
    }
    return slopes->n_cells ? SPW_OK : NA62_NOTHING(table, "ix iy flag slope of a cell");
}

enum spw_status na62_lkr_pedestals_read(struct na62_lkr_pedestals *pedestals,
                                        struct spw_arena *arena,
                                        const struct spw_text_table *table)
{
    *pedestals = (struct na62_lkr_pedestals){0};
    SPW_NEW_ZEROS(arena, pedestals->mean_adc, NA62_LKR_CELLS);
    SPW_NEW_ZEROS(arena, pedestals->rms_adc, NA62_LKR_CELLS);
    SPW_NEW(arena, pedestals->flag, NA62_LKR_CELLS);
    memset(pedestals->flag, NA62_LKR_NO_CELL, NA62_LKR_CELLS);
    for (uint32_t i = 0; i < table->count; ++i) {
        const struct spw_text_line *line = &table->line[i];
        uint32_t cell;
        uint8_t flag;
        if (!na62_is_row(line)) continue;
        if (!cell_row(line, 5, &cell, &flag)) {
            ++pedestals->n_bad;
            continue;
        }
        pedestals->flag[cell] = flag;
        pedestals->mean_adc[cell] = (float)line->value[3];
        pedestals->rms_adc[cell] = (float)line->value[4];
        pedestals->n_cells += flag < NA62_LKR_NO_CELL;
    }
    return pedestals->n_cells ? SPW_OK
                              : NA62_NOTHING(table, "ix iy flag mean rms of a cell");
}

enum { NO_SHAPE = 255, MAX_SHAPES = 254 };

/* Place of a line `shape phase ...` of the filter, or -1. */
static int32_t filter_place(const struct spw_text_line *line)
{
    static const uint32_t limit[2] = {MAX_SHAPES, NA62_FILTER_PHASES};
    uint32_t at[2];
    if (!na62_is_row_of(line, 8)) return -1;
    const double shifted[2] = {line->value[0] - 1, line->value[1] + NA62_FILTER_ZERO};
    if (!na62_whole_pair(shifted, limit, at)) return -1;
    return (int32_t)(NA62_FILTER_PHASES * at[0] + at[1]);
}

enum spw_status na62_lkr_filter_read(struct na62_lkr_filter *filter,
                                     struct spw_arena *arena,
                                     const struct spw_text_table *table)
{
    int32_t last = -1;
    for (uint32_t i = 0; i < table->count; ++i) {
        const int32_t place = filter_place(&table->line[i]);
        if (place > last) last = place;
    }
    *filter = (struct na62_lkr_filter){.n_shapes = (uint32_t)(last + NA62_FILTER_PHASES) /
                                                   NA62_FILTER_PHASES};
    const uint32_t n = filter->n_shapes * NA62_FILTER_PHASES;
    uint8_t *given;
    SPW_NEW_ZEROS(arena, filter->weight, n);
    SPW_NEW_ZEROS(arena, given, n);
    uint32_t n_given = 0;
    for (uint32_t i = 0; i < table->count; ++i) {
        const struct spw_text_line *line = &table->line[i];
        const int32_t place = filter_place(line);
        filter->n_bad += place < 0 && na62_is_row(line);
        if (place < 0) continue;
        n_given += !given[place];
        given[place] = 1;
        for (uint32_t j = 0; j < 6; ++j)
            filter->weight[place][j] = (float)line->value[2 + j];
    }
    if (n_given == 0 || n_given != n)
        return SPW_FAIL(SPW_BAD_CONFIG, "%s: %u of %u lines shape phase a1 a2 a3 b1 b2 b3",
                        table->path, n_given, n);
    return SPW_OK;
}

/* `ix iy_first iy_last` and the shapes of these cells; how many. */
static uint32_t shapes_row(uint8_t *shape, const struct spw_text_line *line)
{
    uint32_t first[2], last, number;
    if (!na62_is_row_of(line, 4) || !na62_whole_pair(line->value, CELLS, first) ||
        !na62_whole(line->value[2], 128, &last) || last < first[1])
        return 0;
    uint32_t n = last - first[1] + 1;
    if (n > line->n_values - 3) n = line->n_values - 3;
    for (uint32_t i = 0; i < n; ++i)
        if (na62_whole(line->value[3 + i] - 1, MAX_SHAPES, &number))
            shape[128 * first[0] + first[1] + i] = (uint8_t)number;
    return n;
}

enum spw_status na62_lkr_shapes_read(uint8_t **shape,
                                     struct spw_arena *arena,
                                     const struct spw_text_table *table)
{
    SPW_NEW(arena, *shape, NA62_LKR_CELLS);
    memset(*shape, NO_SHAPE, NA62_LKR_CELLS);
    uint32_t n = 0;
    for (uint32_t i = 0; i < table->count; ++i) n += shapes_row(*shape, &table->line[i]);
    return n ? SPW_OK : NA62_NOTHING(table, "ix iy_first iy_last shapes");
}

enum spw_status na62_lkr_pulse_read(struct na62_lkr_pulse *pulse,
                                    struct spw_arena *arena,
                                    const struct spw_text_table *table)
{
    pulse->count = 0;
    SPW_NEW(arena, pulse->value, table->count);
    for (uint32_t i = 0; i < table->count; ++i)
        if (na62_is_row_of(&table->line[i], 1))
            pulse->value[pulse->count++] = (float)table->line[i].value[0];
    return pulse->count ? SPW_OK : NA62_NOTHING(table, "value of a pulse");
}

enum spw_status na62_lkr_dead_read(uint8_t dead[NA62_LKR_CELLS],
                                   uint32_t *n_dead,
                                   const struct spw_text_table *table)
{
    *n_dead = 0;
    for (uint32_t i = 0; i < table->count; ++i) {
        const struct spw_text_line *line = &table->line[i];
        uint32_t id, at[2];
        if (!na62_is_row_of(line, 1)) continue;
        double cell[2] = {line->value[0], line->n_values > 1 ? line->value[1] : 0};
        if (line->n_values == 1 && na62_whole(cell[0], 128 * 1000, &id)) {
            cell[0] = id / 1000;
            cell[1] = id % 1000;
        }
        if (!na62_whole_pair(cell, CELLS, at)) continue;
        *n_dead += !dead[128 * at[0] + at[1]];
        dead[128 * at[0] + at[1]] = 1;
    }
    return *n_dead || !table->count ? SPW_OK : NA62_NOTHING(table, "cell");
}

enum spw_status na62_muv_equalisation_read(struct na62_muv_equalisation *muv,
                                           const struct spw_text_table *table)
{
    *muv = (struct na62_muv_equalisation){0};
    for (uint32_t i = 0; i < table->count; ++i) {
        const struct spw_text_line *line = &table->line[i];
        uint32_t id;
        if (!na62_is_row(line)) continue;
        if (!na62_has_numbers(line, 11) || !na62_whole(line->value[0], NA62_MUV_IDS, &id)) {
            ++muv->n_bad;
            continue;
        }
        muv->n_given += muv->factor[id] == 0;
        muv->factor[id] = (float)line->value[1];
        memcpy(muv->shape[id], line->value + 2, sizeof muv->shape[id]);
    }
    return muv->n_given ? SPW_OK : NA62_NOTHING(table, "ID factor p0 ... p8");
}

double
na62_muv_light_yield(const struct na62_muv_equalisation *muv, uint32_t id, double x_mm)
{
    const double *p = muv->shape[id];
    const double distance = p[1] - p[2] * x_mm;
    return p[0] * (exp(-distance / p[3]) + p[4] * exp(-(2 * p[5] - distance) / p[3]) -
                   p[6] / (1 + exp((p[7] + p[6] * p[2] * x_mm) / p[8])));
}

enum spw_status na62_channel_gains_read(struct na62_channel_gains *gains,
                                        struct spw_arena *arena,
                                        const struct spw_text_table *table,
                                        uint32_t n_ids)
{
    *gains = (struct na62_channel_gains){.n_ids = n_ids};
    SPW_NEW_ZEROS(arena, gains->pedestal_adc, n_ids);
    SPW_NEW_ZEROS(arena, gains->gain_MeV, n_ids);
    for (uint32_t i = 0; i < table->count; ++i) {
        const struct spw_text_line *line = &table->line[i];
        uint32_t id;
        if (!na62_is_row_of(line, 3) || !na62_whole(line->value[0], n_ids, &id)) {
            ++gains->n_bad;
            continue;
        }
        gains->pedestal_adc[id] = (float)line->value[1];
        gains->gain_MeV[id] = (float)line->value[2];
        ++gains->n_given;
    }
    return gains->n_given ? SPW_OK : NA62_NOTHING(table, "ID pedestal gain");
}
