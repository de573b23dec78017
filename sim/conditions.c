/* The constants used, as the experiment's text files (docs/conditions.md), so that a
 * reconstruction with conditions_dir = DIR/conditions calibrates exactly. */
#include "io/text_file.h"
#include "sim/setup.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

/* First name of a list "[NAME, ...]". */
static void first_name(const char *list, char name[128])
{
    const size_t n = strcspn(list + 1, ",]");
    snprintf(name, 128, "%.*s", (int)(n < 127 ? n : 127), list + 1);
}

static enum spw_status write_t0(const char *folder,
                                const struct sim_detector_info *info,
                                const struct sim_channels *channels)
{
    struct spw_text_file text;
    char name[128];
    first_name(info->t0_files, name);
    SPW_TRY(spw_text_file_create(&text, folder, name));
    fprintf(text.file, "# RO channel; geometric ID; T0 offset (ns)\n");
    for (uint32_t i = 0; i < channels->map.n_channels; ++i) {
        if (info->stream == NA62_GTK)
            fprintf(text.file, "%u %.3f\n", channels->map.address[i],
                    channels->channel_t0_ns[i]);
        else
            fprintf(text.file, "%5u %7u %8.3f\n", channels->map.address[i],
                    channels->map.id[i], channels->channel_t0_ns[i]);
    }
    return spw_text_file_close(&text);
}

static enum spw_status write_covers(const struct sim_setup *setup, const char *folder)
{
    const double *cover = setup->channels[SIM_STRAW].cover_t0_ns;
    struct spw_text_file text;
    SPW_TRY(spw_text_file_create(&text, folder, "Spectrometer-CoarseT0.dat"));
    fprintf(text.file, "StationsT0= %.3f\n", setup->station_t0_ns);
    for (uint32_t board = 0; board < 32; ++board) {
        fprintf(text.file, "MezzaninesT0_%02u=", board);
        for (uint32_t i = 0; i < 16; ++i)
            fprintf(text.file, " %.3f", cover[16 * board + i]);
        fprintf(text.file, "\n");
    }
    return spw_text_file_close(&text);
}

/* All 128 x 128 positions: flag 99 where no cell is read out. */
static enum spw_status write_slopes(const struct sim_setup *setup, const char *folder)
{
    struct spw_text_file text;
    SPW_TRY(spw_text_file_create(&text, folder, "LKr-chaslope.dat"));
    fprintf(text.file, "CHASLOPE %u %u simulation\n*\n*\n*\n", setup->run, setup->run);
    for (uint32_t ix = 0; ix < NA62_LKR_SIDE; ++ix)
        for (uint32_t iy = 0; iy < NA62_LKR_SIDE; ++iy) {
            const int32_t i = setup->lkr_channel[NA62_LKR_SIDE * ix + iy];
            const double slope =
                i < 0 ? 0 : (double)setup->gains[SIM_LKR].slope_MeV[i] / 1000;
            fprintf(text.file, "%4u %4u %3d %.9f\n", ix, iy, i < 0 ? 99 : 0, slope);
        }
    return spw_text_file_close(&text);
}

static enum spw_status write_pedestals(const struct sim_setup *setup, const char *folder)
{
    const struct sim_gains *gains = &setup->gains[SIM_LKR];
    struct spw_text_file text;
    SPW_TRY(spw_text_file_create(&text, folder, "LKr-chapedes.dat"));
    fprintf(text.file, "CHAPEDES %u %u simulation\n*\n*\n*\n", setup->run, setup->run);
    for (uint32_t iy = 0; iy < NA62_LKR_SIDE; ++iy)
        for (uint32_t ix = 0; ix < NA62_LKR_SIDE; ++ix) {
            const int32_t i = setup->lkr_channel[NA62_LKR_SIDE * ix + iy];
            fprintf(text.file, "%4u %4u %3d %8.2f %6.2f\n", ix, iy, i < 0 ? 99 : 0,
                    i < 0 ? 0 : (double)gains->pedestal_adc[i],
                    i < 0 ? 0 : (double)gains->noise_adc[i]);
        }
    return spw_text_file_close(&text);
}

/* Cells that do not answer: the experiment knows them. */
static enum spw_status write_dead(const struct sim_setup *setup, const char *folder)
{
    const struct sim_channels *cells = &setup->cells[SIM_LKR];
    struct spw_text_file text;
    SPW_TRY(spw_text_file_create(&text, folder, "LKr-DeadCells.dat"));
    for (uint32_t i = 0; i < cells->map.n_channels; ++i)
        if (cells->dead[i])
            fprintf(text.file, "%u %u\n", cells->map.id[i] / 1000, cells->map.id[i] % 1000);
    return spw_text_file_close(&text);
}

static enum spw_status write_gains(const struct sim_setup *setup,
                                   const char *folder,
                                   enum sim_calorimeter calorimeter,
                                   const char *name)
{
    const struct sim_gains *gains = &setup->gains[calorimeter];
    const struct spw_channel_map *map = &setup->cells[calorimeter].map;
    struct spw_text_file text;
    SPW_TRY(spw_text_file_create(&text, folder, name));
    fprintf(text.file, "# geometric ID; pedestal (counts); gain (MeV a count)\n");
    for (uint32_t i = 0; i < map->n_channels; ++i)
        fprintf(text.file, "%u %.2f %.6f\n", map->id[i], (double)gains->pedestal_adc[i],
                (double)gains->slope_MeV[i]);
    return spw_text_file_close(&text);
}

static enum spw_status write_light(const struct sim_setup *setup, const char *folder)
{
    struct spw_text_file text;
    SPW_TRY(spw_text_file_create(&text, folder, "CHOD-LightVelocities.dat"));
    for (int i = 0; i < 128; ++i)
        fprintf(text.file, "%.8f\n", (double)setup->chod_light_ns_per_mm[i]);
    return spw_text_file_close(&text);
}

enum spw_status sim_conditions_write(const struct sim_setup *setup, const char *folder)
{
    if (mkdir(folder, 0777) != 0 && errno != EEXIST)
        return SPW_FAIL(SPW_CANNOT_CREATE, "%s: %s", folder, strerror(errno));
    for (int d = 0; d < SIM_N_HIT_DETECTORS; ++d)
        SPW_TRY(write_t0(folder, &sim_detector_info[d], &setup->channels[d]));
    for (int c = 0; c < SIM_N_CALORIMETERS; ++c)
        SPW_TRY(write_t0(folder, &sim_calorimeter_info[c], &setup->cells[c]));
    SPW_TRY(write_covers(setup, folder));
    SPW_TRY(write_slopes(setup, folder));
    SPW_TRY(write_pedestals(setup, folder));
    SPW_TRY(write_dead(setup, folder));
    SPW_TRY(write_gains(setup, folder, SIM_MUV1, "MUV1-Gains.dat"));
    SPW_TRY(write_gains(setup, folder, SIM_MUV2, "MUV2-Gains.dat"));
    SPW_TRY(write_gains(setup, folder, SIM_SAV, "SAV-Gains.dat"));
    return write_light(setup, folder);
}
