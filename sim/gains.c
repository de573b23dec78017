/* Pedestals, noise and gains of the calorimeters. */
#include "io/na62/constants.h"
#include "sim/random.h"
#include "sim/setup.h"

#include <math.h>

/* Nominal counts and MeV a count (formats/na62.md 3.6, 5.2). */
static const struct {
    float pedestal_adc, noise_adc, slope_MeV;
} nominal[SIM_N_CALORIMETERS] = {
    [SIM_LKR] = {400.0f, 1.6f, 3.5f},
    [SIM_MUV1] = {1000.0f, 3.0f, 2.0f},
    [SIM_MUV2] = {1000.0f, 3.0f, 2.0f},
    [SIM_SAV] = {1000.0f, 3.0f, 10.0f},
};

static float rounded(double value, double digits)
{
    return (float)(round(value * digits) / digits);
}

static enum spw_status open_nominal(struct sim_setup *setup, struct spw_arena *arena, int c)
{
    struct sim_gains *gains = &setup->gains[c];
    const uint32_t n = setup->cells[c].map.n_channels;
    struct sim_random random;
    sim_random_seed(&random, setup->seed, UINT64_C(3) << 60 | (uint64_t)c);
    SPW_NEW(arena, gains->pedestal_adc, n);
    SPW_NEW(arena, gains->noise_adc, n);
    SPW_NEW(arena, gains->slope_MeV, n);
    for (uint32_t i = 0; i < n; ++i) { /* as many digits as the files will have */
        const double shift = sim_gauss(&random, 1), factor = sim_gauss(&random, 1);
        gains->pedestal_adc[i] = rounded(
            (double)nominal[c].pedestal_adc + setup->settings.pedestal_spread * shift, 1e2);
        gains->slope_MeV[i] = rounded((double)nominal[c].slope_MeV *
                                          (1 + setup->settings.gain_spread * factor),
                                      1e6);
        gains->noise_adc[i] = nominal[c].noise_adc;
    }
    return SPW_OK;
}

static uint32_t lkr_cell(uint32_t id)
{
    return id / 1000 * 128 + id % 1000;
}

/* The experiment's slopes and pedestals, where conditions_dir has them. Cells that these files
 * do not know are dead. */
static enum spw_status open_lkr_files(struct sim_setup *setup, struct spw_arena *arena)
{
    struct sim_channels *cells = &setup->cells[SIM_LKR];
    struct sim_gains *gains = &setup->gains[SIM_LKR];
    struct spw_text_table table;
    SPW_TRY(sim_constants_file(&table, setup, arena, "LKr-chaslope.dat"));
    if (table.count) {
        struct na62_lkr_slopes slopes;
        SPW_TRY(na62_lkr_slopes_read(&slopes, arena, &table));
        for (uint32_t i = 0; i < cells->map.n_channels; ++i) {
            const uint32_t cell = lkr_cell(cells->map.id[i]);
            gains->slope_MeV[i] = slopes.slope_MeV[cell];
            if (!(gains->slope_MeV[i] > 0)) cells->dead[i] = true;
        }
    }
    SPW_TRY(sim_constants_file(&table, setup, arena, "LKr-chapedes.dat"));
    if (table.count) {
        struct na62_lkr_pedestals pedestals;
        SPW_TRY(na62_lkr_pedestals_read(&pedestals, arena, &table));
        for (uint32_t i = 0; i < cells->map.n_channels; ++i) {
            const uint32_t cell = lkr_cell(cells->map.id[i]);
            gains->pedestal_adc[i] = pedestals.mean_adc[cell];
            gains->noise_adc[i] = fminf(pedestals.rms_adc[cell], 5.0f);
            if (!(gains->pedestal_adc[i] > 0)) cells->dead[i] = true;
        }
    }
    return SPW_OK;
}

static enum spw_status open_muv_files(struct sim_setup *setup, struct spw_arena *arena, int c)
{
    static const char *const name[SIM_N_CALORIMETERS] = {NULL, "MUV1-Gains.dat",
                                                         "MUV2-Gains.dat", "SAV-Gains.dat"};
    const struct spw_channel_map *map = &setup->cells[c].map;
    struct spw_text_table table;
    struct na62_channel_gains file;
    SPW_TRY(sim_constants_file(&table, setup, arena, name[c]));
    if (!table.count) return SPW_OK;
    SPW_TRY(na62_channel_gains_read(&file, arena, &table, NA62_MUV_IDS));
    for (uint32_t i = 0; i < map->n_channels; ++i) {
        if (!(file.gain_MeV[map->id[i]] > 0)) continue;
        setup->gains[c].pedestal_adc[i] = file.pedestal_adc[map->id[i]];
        setup->gains[c].slope_MeV[i] = file.gain_MeV[map->id[i]];
    }
    return SPW_OK;
}

enum spw_status sim_gains_open(struct sim_setup *setup, struct spw_arena *arena)
{
    for (int c = 0; c < SIM_N_CALORIMETERS; ++c) SPW_TRY(open_nominal(setup, arena, c));
    SPW_TRY(open_lkr_files(setup, arena));
    for (int c = SIM_MUV1; c <= SIM_SAV; ++c) SPW_TRY(open_muv_files(setup, arena, c));
    return SPW_OK;
}
