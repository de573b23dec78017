/* Pedestals, noise and gains of the calorimeters. */
#include "io/na62/constants.h"
#include "sim/random.h"
#include "sim/setup.h"

#include <math.h>

/* Electronics noise and pedestals, counts (docs/physics/simulation.md, 8). */
static const float noise_adc[SIM_N_CALORIMETERS] = {1.6f, 3.0f, 3.0f, 3.0f};
static const double pedestal_adc[SIM_N_CALORIMETERS] = {400, 1000, 1000, 1000};

/* The section `detectors.NAME` of a calorimeter, as the reconstruction reads it. */
#define OPTION(member, unit_, fallback_, help_) \
    SPW_OPTION(struct sim_gains, member, SPW_OPTION_REAL, unit_, fallback_, help_)

static const struct spw_option options[] = {
    OPTION(nominal_pedestal, "1", "0", "counts, without a file; 0: the simulation's own"),
    OPTION(nominal_gain, "MeV", "1 MeV", "per count, without a file"),
    OPTION(pulse_tau, "ns", "72 ns", "pulse shape (u exp(1 - u))^power, u = 1 + t / tau"),
    OPTION(pulse_power, "1", "6", "see pulse_tau"),
    SPW_OPTION(struct sim_gains, filter, SPW_OPTION_TEXTS, NULL, "[]", "digital filter"),
    SPW_OPTION(struct sim_gains, shape, SPW_OPTION_TEXTS, NULL, "[]", "shapes by cell"),
    OPTION(peak_sample, "1", "3.5", "sample at which a pulse of time 0 has its maximum"),
};

static enum spw_status read_options(struct sim_gains *gains,
                                    struct spw_arena *arena,
                                    struct spw_config *config,
                                    int c)
{
    const char *section =
        spw_arena_printf(arena, "detectors.%s", sim_calorimeter_info[c].name);
    if (!section) return SPW_FAIL(SPW_RETRY, "out of memory");
    SPW_TRY(
        spw_config_read(config, section, options, sizeof options / sizeof *options, gains));
    if (gains->nominal_pedestal == 0) gains->nominal_pedestal = pedestal_adc[c];
    if (!(gains->nominal_pedestal > 0) || !(gains->nominal_gain > 0) ||
        !(gains->pulse_tau > 0) || !(gains->pulse_power > 0))
        return SPW_FAIL(
            SPW_BAD_CONFIG,
            "%s: nominal_pedestal, nominal_gain, pulse_tau and pulse_power of a "
            "simulation are above 0",
            section);
    return SPW_OK;
}

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
        gains->pedestal_adc[i] =
            rounded(gains->nominal_pedestal + setup->settings.pedestal_spread * shift, 1e2);
        gains->slope_MeV[i] =
            rounded(gains->nominal_gain * (1 + setup->settings.gain_spread * factor), 1e6);
        gains->noise_adc[i] = noise_adc[c];
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

static enum spw_status
open_muv_files(struct sim_setup *setup, struct spw_arena *arena, int c)
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

/* MUV1: the gains of strips that the reconstruction equalises. */
static enum spw_status open_equalisation(struct sim_setup *setup, struct spw_arena *arena)
{
    const struct spw_channel_map *map = &setup->cells[SIM_MUV1].map;
    struct na62_muv_equalisation *file;
    struct spw_text_table table;
    SPW_TRY(sim_constants_file(&table, setup, arena, "MUV1-QEqualization.dat"));
    if (!table.count) return SPW_OK;
    SPW_NEW_ZEROS(arena, file, 1);
    SPW_TRY(na62_muv_equalisation_read(file, &table));
    for (uint32_t i = 0; i < map->n_channels; ++i)
        if (map->id[i] < NA62_MUV_IDS && file->factor[map->id[i]] > 0)
            setup->gains[SIM_MUV1].slope_MeV[i] /= file->factor[map->id[i]];
    return SPW_OK;
}

enum spw_status
sim_gains_open(struct sim_setup *setup, struct spw_arena *arena, struct spw_config *config)
{
    for (int c = 0; c < SIM_N_CALORIMETERS; ++c) {
        SPW_TRY(read_options(&setup->gains[c], arena, config, c));
        SPW_TRY(open_nominal(setup, arena, c));
        SPW_TRY(sim_pulse_open(setup, arena, (enum sim_calorimeter)c));
    }
    SPW_TRY(open_lkr_files(setup, arena));
    for (int c = SIM_MUV1; c <= SIM_SAV; ++c) SPW_TRY(open_muv_files(setup, arena, c));
    return open_equalisation(setup, arena);
}
