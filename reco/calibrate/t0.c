#include "reco/calibrate/detector.h"

#include <string.h>

/// Section `straw_t0`: what stands above the channels' T0s.
struct straw_t0_options {
    struct spw_texts station, covers, magic, jumps;
    double station_nominal, magic_nominal;
};

#define OPTION(member, type, unit, fallback, help) \
    SPW_OPTION(struct straw_t0_options, member, type, unit, fallback, help)

static const struct spw_option straw_options[] = {
    OPTION(station,
           SPW_OPTION_TEXTS,
           NULL,
           "[Spectrometer-CoarseT0.dat, Spectrometer-CoarseT0.HLTOnline.dat, "
           "Spectrometer-StationsT0.dat]",
           "files with StationsT0 (and perhaps covers), first found"),
    OPTION(covers,
           SPW_OPTION_TEXTS,
           NULL,
           "[Spectrometer-ROMezzaninesT0.dat]",
           "files with the covers' T0s, read when the station file has none"),
    OPTION(magic, SPW_OPTION_TEXTS, NULL, "[]", "files with MagicT0, added to the times"),
    OPTION(jumps,
           SPW_OPTION_TEXTS,
           NULL,
           "[Spectrometer-T0Jumps.dat]",
           "files with the jumps of covers, by burst"),
    OPTION(station_nominal,
           SPW_OPTION_REAL,
           "ns",
           "-6405.33 ns",
           "station T0 without a file"),
    OPTION(magic_nominal, SPW_OPTION_REAL, "ns", "0 ns", "MagicT0 without a file"),
};

/* Station and covers, once a file gave them; the nominal station T0 otherwise. */
static enum spw_status read_coarse(struct na62_straw_t0 *coarse,
                                   struct spw_run *run,
                                   const struct straw_t0_options *values)
{
    struct spw_text_table table;
    *coarse = (struct na62_straw_t0){0};
    SPW_TRY(spw_constants_open(&table, run, values->station));
    if (table.count) SPW_TRY(na62_straw_coarse_t0_read(coarse, &table));
    if (!coarse->n_stations) coarse->station_ns = values->station_nominal;
    if (coarse->n_covers) return SPW_OK;
    SPW_TRY(spw_constants_open(&table, run, values->covers));
    return table.count ? na62_straw_coarse_t0_read(coarse, &table) : SPW_OK;
}

/* Station + cover + jump of the cover - MagicT0, for every address. */
static enum spw_status
read_straw_t0(double *t0_ns, struct spw_run *run, uint32_t n_addresses)
{
    struct straw_t0_options values;
    SPW_TRY(spw_config_read(run->config, "straw_t0", straw_options,
                            sizeof straw_options / sizeof *straw_options, &values));
    struct na62_straw_t0 *coarse;
    struct spw_text_table table;
    float *jump_ns;
    SPW_NEW_ZEROS(&run->arena, coarse, 1);
    SPW_NEW_ZEROS(&run->arena, jump_ns, NA62_STRAW_COVERS);
    SPW_TRY(read_coarse(coarse, run, &values));

    double magic_ns = values.magic_nominal;
    SPW_TRY(spw_constants_open(&table, run, values.magic));
    if (table.count) SPW_TRY(na62_straw_magic_t0_read(&magic_ns, &table));

    uint32_t n_jumps;
    SPW_TRY(spw_constants_open(&table, run, values.jumps));
    if (table.count)
        SPW_TRY(na62_straw_jumps_read(jump_ns, &n_jumps, &table, run->file->run,
                                      run->file->burst));
    for (uint32_t a = 0; a < n_addresses; ++a) {
        const uint32_t cover = a / 16;
        t0_ns[a] = coarse->station_ns - magic_ns;
        if (cover < NA62_STRAW_COVERS)
            t0_ns[a] += (double)coarse->cover_ns[cover] + (double)jump_ns[cover];
    }
    return SPW_OK;
}

/* Where a file has the T0 of an address: RICH files with T0_N lines (2014) count photomultipliers. */
static uint32_t
place_of(const struct hit_detector *detector, const struct na62_t0 *t0, uint32_t address)
{
    if (!t0->grouped || strcmp(detector->name, "rich") != 0) return address;
    return (uint32_t)na62_rich_sequential((uint32_t)detector->map.channel[address]);
}

enum spw_status
hit_t0_read(double *t0_ns, struct spw_run *run, const struct hit_detector *detector)
{
    const uint32_t n = detector->map.n_addresses;
    struct spw_text_table table;
    struct na62_t0 t0 = {0};
    memset(t0_ns, 0, sizeof *t0_ns * n);
    if (detector->options.drift_time) SPW_TRY(read_straw_t0(t0_ns, run, n));

    SPW_TRY(spw_constants_open(&table, run, detector->options.t0));
    if (!table.count) return SPW_OK;
    if (n == NA62_GTK_PIXELS)
        SPW_TRY(na62_gtk_t0_read(&t0, &run->arena, &table));
    else
        SPW_TRY(na62_t0_read(&t0, &run->arena, &table, n));
    for (uint32_t a = 0; a < n; ++a) {
        const uint32_t place = place_of(detector, &t0, a);
        if (place < t0.n_addresses) t0_ns[a] += (double)t0.t0_ns[place];
    }
    return SPW_OK;
}

/// Section `trigger_drift`.
struct drift_options {
    struct spw_texts file;
};

static const struct spw_option drift_options[] = {
    SPW_OPTION(struct drift_options,
               file,
               SPW_OPTION_TEXTS,
               NULL,
               "[TriggerDriftT0.dat]",
               "files with the drift of the trigger's T0 by burst, first found"),
};

enum spw_status hit_trigger_drift(double *drift_ns, struct spw_run *run)
{
    struct drift_options values;
    struct spw_text_table table;
    *drift_ns = 0.0;
    SPW_TRY(spw_config_read(run->config, "trigger_drift", drift_options, 1, &values));
    SPW_TRY(spw_constants_open(&table, run, values.file));
    if (!table.count) return SPW_OK;
    return na62_trigger_drift_read(drift_ns, &table, run->file->run, run->file->burst);
}
