/* Channel maps, T0s and dead channels of the detectors. */
#include "geometry/nominal.h"
#include "io/na62/constants.h"
#include "sim/random.h"
#include "sim/setup.h"

#include <math.h>

const struct sim_detector_info sim_detector_info[SIM_N_HIT_DETECTORS] = {
    [SIM_KTAG] = {"ktag", NA62_KTAG, "[Cedar-RawDecoderSettings.dat]", "[Cedar-T0.dat]", 7,
                  4, 1},
    [SIM_CHANTI] = {"chanti", NA62_CHANTI, "[CHANTI-RawDecoderSettings.dat]",
                    "[CHANTI-T0.dat]", 7, 5, 1},
    [SIM_LAV] = {"lav", NA62_LAV, "[LAV-RawDecoderSettings.dat]", "[LAV-T0.dat]", 11, 7, 1},
    [SIM_STRAW] = {"straw", NA62_STRAW, "[Spectrometer-RawDecoderSettings.dat]",
                   "[Spectrometer-T0.dat]", 16, -246, 1},
    [SIM_CHOD] = {"chod", NA62_CHOD, "[CHOD-RawDecoderSettings.dat]", "[CHOD-T0.dat]", 5, 2,
                  1},
    [SIM_RICH] = {"rich", NA62_RICH, "[RICH-RawDecoderSettings.dat]", "[RICH-T0.dat]", 5, 2,
                  1},
    [SIM_IRC] = {"irc", NA62_IRC_BOARD, "[IRC-RawDecoderSettings.dat]", "[IRC-T0.dat]", 8,
                 4, 1},
    [SIM_SAC] = {"sac", NA62_IRC_BOARD, "[SAC-RawDecoderSettings.dat]", "[SAC-T0.dat]", 8,
                 4, 1},
    [SIM_MUV0] = {"muv0", NA62_IRC_BOARD, "[MUV0-RawDecoderSettings.dat]", "[MUV0-T0.dat]",
                  8, 4, 1},
    [SIM_NEWCHOD] = {"newchod", NA62_IRC_BOARD, "[NewCHOD-RawDecoderSettings.dat]",
                     "[NewCHOD-T0.dat]", 8, 4, 1},
    [SIM_MUV3] = {"muv3", NA62_MUV3, "[MUV3-RawDecoderSettings.dat]", "[MUV3-T0.dat]", 8, 4,
                  1},
    [SIM_HASC] = {"hasc", NA62_HASC, "[HAC-RawDecoderSettings.dat]", "[HAC-T0.dat]", 12, 8,
                  1},
    [SIM_GTK] = {"gtk", NA62_GTK, NULL, "[GigaTracker-T0.dat]", 4, 2, 0.5},
};

const struct sim_detector_info sim_calorimeter_info[SIM_N_CALORIMETERS] = {
    [SIM_LKR] = {"lkr", NA62_LKR, "[LKr-RawDecoderSettings.dat]", "[LKr-T0.dat]", 8, 0,
                 0.5},
    [SIM_MUV1] = {"muv1", NA62_MUV1, "[MUV1-RawDecoderSettings.dat]", "[MUV1-T0.dat]", 10,
                  0, 0.5},
    [SIM_MUV2] = {"muv2", NA62_MUV2, "[MUV2-RawDecoderSettings.dat]", "[MUV2-T0.dat]", 10,
                  0, 0.5},
    [SIM_SAV] = {"sav", NA62_SAV, "[SAV-RawDecoderSettings.dat]", "[SAV-T0.dat]", 8, 0,
                 0.5},
};

/* Streams of random numbers of the setup lie beyond all events. */
enum { STREAM_T0 = 1, STREAM_DEAD = 2 };

static uint64_t setup_stream(uint32_t what, uint32_t detector)
{
    return UINT64_C(1) << 62 | (uint64_t)what << 32 | detector;
}

enum spw_status sim_constants_file(struct spw_text_table *table,
                                   const struct sim_setup *setup,
                                   struct spw_arena *arena,
                                   const char *name)
{
    const struct spw_texts names = {.text = &name, .count = name != NULL};
    return sim_constants_open(table, setup, arena, names);
}

enum spw_status sim_constants_open(struct spw_text_table *table,
                                   const struct sim_setup *setup,
                                   struct spw_arena *arena,
                                   struct spw_texts names)
{
    *table = (struct spw_text_table){0};
    for (size_t i = 0; i < names.count && setup->conditions.count; ++i) {
        const char *path = spw_file_search_find(&setup->conditions, names.text[i],
                                                setup->run, setup->burst);
        if (path) return spw_text_table_open(table, arena, path);
    }
    return SPW_OK;
}

/* The files of a detector, as the reconstruction is told where to look for them. */
struct files {
    struct spw_texts map, t0, slewing_file, masked_file;
    bool slewing_continuous, drift_t0;
};

static enum spw_status read_files(struct files *files,
                                  struct spw_arena *arena,
                                  struct spw_config *config,
                                  const struct sim_detector_info *info)
{
    const struct spw_option options[] = {
        SPW_OPTION(struct files, map, SPW_OPTION_TEXTS, NULL,
                   info->map_files ? info->map_files : "[]", "channel map"),
        SPW_OPTION(struct files, t0, SPW_OPTION_TEXTS, NULL, info->t0_files, "channel T0s"),
        SPW_OPTION(struct files, slewing_file, SPW_OPTION_TEXTS, NULL, "[]", "slewing"),
        SPW_OPTION(struct files, masked_file, SPW_OPTION_TEXTS, NULL, "[]",
                   "masked channels"),
        SPW_OPTION(struct files, slewing_continuous, SPW_OPTION_BOOL, NULL, "true", "RICH"),
        SPW_OPTION(struct files, drift_t0, SPW_OPTION_BOOL, NULL, "true",
                   "trigger's drift"),
    };
    const char *section = spw_arena_printf(arena, "detectors.%s", info->name);
    if (!section) return SPW_FAIL(SPW_RETRY, "out of memory");
    return spw_config_read(config, section, options, sizeof options / sizeof *options,
                           files);
}

/* As many digits as the files will have. */
static double rounded(double t0_ns)
{
    return round(t0_ns * 100) / 100;
}

/* GTK: station, chip and pixel in the chip from the address. */
static enum spw_status gtk_map(struct spw_channel_map *map, struct spw_arena *arena)
{
    int32_t *channel;
    SPW_NEW(arena, channel, NA62_GTK_PIXELS);
    for (int32_t a = 0; a < NA62_GTK_PIXELS; ++a) {
        const int32_t x = a % NA62_GTK_COLUMNS,
                      y = a % NA62_GTK_STATION_PIXELS / NA62_GTK_COLUMNS;
        channel[a] = 100000 * (a / NA62_GTK_STATION_PIXELS) +
                     10000 * (x / 40 + 5 * (y / 45)) + 40 * (y % 45) + x % 40;
    }
    return spw_channel_map_build(map, arena, channel, NA62_GTK_PIXELS);
}

static enum spw_status open_map(struct sim_channels *channels,
                                const struct sim_setup *setup,
                                struct spw_arena *arena,
                                const struct sim_detector_info *info,
                                struct spw_texts files)
{
    struct spw_text_table table;
    if (!info->map_files) return gtk_map(&channels->map, arena);
    SPW_TRY(sim_constants_open(&table, setup, arena, files));
    if (!table.count) return spw_nominal_channel_map(&channels->map, arena, info->name);
    return spw_channel_map_read(&channels->map, arena, &table,
                                spw_format_na62.streams[info->stream].n_addresses);
}

static enum spw_status read_t0(struct na62_t0 *t0,
                               struct spw_arena *arena,
                               const struct spw_text_table *table,
                               const struct sim_detector_info *info)
{
    return info->stream == NA62_GTK
               ? na62_gtk_t0_read(t0, arena, table)
               : na62_t0_read(t0, arena, table,
                              spw_format_na62.streams[info->stream].n_addresses);
}

/* Channel T0s: from the file, else seeded around 0. */
static enum spw_status open_t0(struct sim_channels *channels,
                               const struct sim_setup *setup,
                               struct spw_arena *arena,
                               const struct sim_detector_info *info,
                               struct spw_texts files)
{
    const uint32_t n = channels->map.n_channels;
    const double spread = setup->settings.t0_spread * info->t0_spread_scale;
    struct spw_text_table table;
    SPW_NEW_ZEROS(arena, channels->t0_ns, n);
    SPW_NEW_ZEROS(arena, channels->channel_t0_ns, n);
    SPW_TRY(sim_constants_open(&table, setup, arena, files));
    if (table.count) {
        struct na62_t0 t0;
        SPW_TRY(read_t0(&t0, arena, &table, info));
        for (uint32_t i = 0; i < n; ++i)
            channels->channel_t0_ns[i] = (double)t0.t0_ns[channels->map.address[i]];
    } else if (spread > 0) {
        struct sim_random random;
        sim_random_seed(&random, setup->seed, setup_stream(STREAM_T0, info->stream * 97u));
        for (uint32_t i = 0; i < n; ++i)
            channels->channel_t0_ns[i] = rounded(sim_gauss(&random, spread));
    }
    for (uint32_t i = 0; i < n; ++i) channels->t0_ns[i] = channels->channel_t0_ns[i];
    return SPW_OK;
}

static enum spw_status open_slewing(struct sim_channels *channels,
                                    const struct sim_setup *setup,
                                    struct spw_arena *arena,
                                    const char *name,
                                    const struct files *files)
{
    struct spw_text_table table;
    channels->slewing.rich_continuous = files->slewing_continuous;
    SPW_TRY(sim_constants_open(&table, setup, arena, files->slewing_file));
    return sim_slewing_open(&channels->slewing, arena, name, &table,
                            channels->map.n_addresses);
}

/* Masked channels do not answer either. */
static enum spw_status add_masked(struct sim_channels *channels,
                                  const struct sim_setup *setup,
                                  struct spw_arena *arena,
                                  struct spw_texts files)
{
    struct spw_text_table table;
    uint32_t *id, n;
    SPW_TRY(sim_constants_open(&table, setup, arena, files));
    if (!table.count) return SPW_OK;
    SPW_TRY(na62_masked_channels_read(&id, &n, arena, &table));
    for (uint32_t i = 0; i < n; ++i) {
        const int32_t channel = spw_channel_map_index(&channels->map, id[i]);
        if (channel >= 0) channels->dead[channel] = true;
    }
    return SPW_OK;
}

static enum spw_status open_dead(struct sim_channels *channels,
                                 const struct sim_setup *setup,
                                 struct spw_arena *arena,
                                 const struct sim_detector_info *info,
                                 struct spw_texts masked_files)
{
    struct sim_random random;
    uint64_t stream = setup_stream(STREAM_DEAD, (uint32_t)info->stream);
    for (const char *c = info->name; *c; ++c) stream = stream * 31 + (uint64_t)*c;
    sim_random_seed(&random, setup->seed, stream);
    SPW_NEW_ZEROS(arena, channels->dead, channels->map.n_channels);
    for (uint32_t i = 0; i < channels->map.n_channels; ++i)
        channels->dead[i] = sim_chance(&random, setup->settings.dead_fraction);
    return add_masked(channels, setup, arena, masked_files);
}

/* Section `straw_t0`, as the reconstruction reads it. */
struct straw_files {
    struct spw_texts station, covers, magic, jumps;
    double station_nominal, magic_nominal;
};

#define OPTION(member, type_, unit_, fallback_, help_) \
    SPW_OPTION(struct straw_files, member, type_, unit_, fallback_, help_)

static const struct spw_option straw_options[] = {
    OPTION(station, SPW_OPTION_TEXTS, NULL, "[Spectrometer-CoarseT0.dat]", "station T0"),
    OPTION(covers,
           SPW_OPTION_TEXTS,
           NULL,
           "[Spectrometer-ROMezzaninesT0.dat]",
           "cover T0s"),
    OPTION(magic, SPW_OPTION_TEXTS, NULL, "[]", "MagicT0, added to the times"),
    OPTION(jumps, SPW_OPTION_TEXTS, NULL, "[]", "jumps of covers, by burst"),
    OPTION(station_nominal,
           SPW_OPTION_REAL,
           "ns",
           "-6405.33 ns",
           "station T0 without a file"),
    OPTION(magic_nominal, SPW_OPTION_REAL, "ns", "0 ns", "MagicT0 without a file"),
};

/* Cover T0s from files, else seeded; with the jumps of this burst. */
static enum spw_status open_covers(struct sim_setup *setup,
                                   struct spw_arena *arena,
                                   const struct straw_files *files,
                                   struct na62_straw_t0 *coarse)
{
    struct sim_channels *straws = &setup->channels[SIM_STRAW];
    struct spw_text_table table;
    SPW_TRY(sim_constants_open(&table, setup, arena, files->station));
    if (table.count) SPW_TRY(na62_straw_coarse_t0_read(coarse, &table));
    if (!coarse->n_covers) {
        SPW_TRY(sim_constants_open(&table, setup, arena, files->covers));
        if (table.count) SPW_TRY(na62_straw_coarse_t0_read(coarse, &table));
    }
    struct sim_random random;
    sim_random_seed(&random, setup->seed, setup_stream(STREAM_T0, 1));
    for (uint32_t i = 0; i < NA62_STRAW_COVERS; ++i)
        straws->cover_t0_ns[i] =
            coarse->n_covers ? (double)coarse->cover_ns[i]
                             : rounded(sim_gauss(&random, 2 * setup->settings.t0_spread));

    float *jump;
    uint32_t n_jumps;
    SPW_NEW_ZEROS(arena, jump, NA62_STRAW_COVERS);
    SPW_TRY(sim_constants_open(&table, setup, arena, files->jumps));
    if (table.count)
        SPW_TRY(na62_straw_jumps_read(jump, &n_jumps, &table, setup->run, setup->burst));
    for (uint32_t i = 0; i < NA62_STRAW_COVERS; ++i)
        straws->cover_t0_ns[i] += (double)jump[i];
    return SPW_OK;
}

/* Straws: station, cover and magic T0s on top of the channels'. */
static enum spw_status
add_straw_t0(struct sim_setup *setup, struct spw_arena *arena, struct spw_config *config)
{
    struct sim_channels *straws = &setup->channels[SIM_STRAW];
    struct straw_files files;
    struct na62_straw_t0 *coarse;
    struct spw_text_table table;
    SPW_TRY(spw_config_read(config, "straw_t0", straw_options,
                            sizeof straw_options / sizeof *straw_options, &files));
    SPW_NEW_ZEROS(arena, coarse, 1);
    SPW_NEW_ZEROS(arena, straws->cover_t0_ns, NA62_STRAW_COVERS);
    SPW_TRY(open_covers(setup, arena, &files, coarse));
    setup->station_t0_ns = coarse->n_stations ? coarse->station_ns : files.station_nominal;

    double magic_ns = files.magic_nominal;
    SPW_TRY(sim_constants_open(&table, setup, arena, files.magic));
    if (table.count) SPW_TRY(na62_straw_magic_t0_read(&magic_ns, &table));
    for (uint32_t i = 0; i < straws->map.n_channels; ++i)
        straws->t0_ns[i] += setup->station_t0_ns - magic_ns +
                            straws->cover_t0_ns[straws->map.address[i] / 16];
    return SPW_OK;
}

/* Section `trigger_drift`: the drift of the trigger's T0 in this burst. */
static enum spw_status
open_drift(struct sim_setup *setup, struct spw_arena *arena, struct spw_config *config)
{
    struct drift_files {
        struct spw_texts file;
    } files;
    const struct spw_option option =
        SPW_OPTION(struct drift_files, file, SPW_OPTION_TEXTS, NULL, "[TriggerDriftT0.dat]",
                   "drift by burst");
    struct spw_text_table table;
    SPW_TRY(spw_config_read(config, "trigger_drift", &option, 1, &files));
    SPW_TRY(sim_constants_open(&table, setup, arena, files.file));
    if (!table.count) return SPW_OK;
    return na62_trigger_drift_read(&setup->trigger_drift_ns, &table, setup->run,
                                   setup->burst);
}

static enum spw_status sort_ktag(struct sim_setup *setup, struct spw_arena *arena)
{
    const struct spw_channel_map *map = &setup->channels[SIM_KTAG].map;
    for (uint32_t s = 0; s < 8; ++s)
        SPW_NEW(arena, setup->ktag_in_sector[s], map->n_channels);
    for (uint32_t i = 0; i < map->n_channels; ++i) {
        const uint32_t sector = na62_ktag_sector(map->id[i]) & 7;
        setup->ktag_in_sector[sector][setup->n_ktag_in_sector[sector]++] = i;
    }
    return SPW_OK;
}

static enum spw_status open_channels(struct sim_channels *channels,
                                     const struct sim_setup *setup,
                                     struct spw_arena *arena,
                                     struct spw_config *config,
                                     const struct sim_detector_info *info)
{
    struct files files;
    SPW_TRY(read_files(&files, arena, config, info));
    SPW_TRY(open_map(channels, setup, arena, info, files.map));
    SPW_TRY(open_t0(channels, setup, arena, info, files.t0));
    channels->drifts = files.drift_t0;
    SPW_TRY(open_slewing(channels, setup, arena, info->name, &files));
    return open_dead(channels, setup, arena, info, files.masked_file);
}

enum spw_status sim_channels_open(struct sim_setup *setup,
                                  struct spw_arena *arena,
                                  struct spw_config *config)
{
    for (int d = 0; d < SIM_N_HIT_DETECTORS; ++d)
        SPW_TRY(open_channels(&setup->channels[d], setup, arena, config,
                              &sim_detector_info[d]));
    for (int c = 0; c < SIM_N_CALORIMETERS; ++c)
        SPW_TRY(open_channels(&setup->cells[c], setup, arena, config,
                              &sim_calorimeter_info[c]));
    SPW_TRY(add_straw_t0(setup, arena, config));
    SPW_TRY(open_drift(setup, arena, config));
    return sort_ktag(setup, arena);
}
