/* Constants of a calorimeter of square cells: profile, thresholds, readable cells. */
#include "reco/calorimeter/calorimeter.h"

#include "geometry/na62_geometry.h"
#include "geometry/nominal.h"
#include "io/na62/constants.h"
#include "reco/calibrate/detector_list.h"

#include <math.h>
#include <string.h>

/* Those files of section `detectors.NAME` that say which cells are read out. */
struct cell_files {
    struct spw_texts map, slope, dead;
};

#define FILES(member, help) \
    SPW_OPTION(struct cell_files, member, SPW_OPTION_TEXTS, NULL, "[]", help)

static const struct spw_option file_options[] = {
    FILES(map, "channel-map files, first found; else nominal"),
    FILES(slope, "LKr slopes by cell"),
    FILES(dead, "dead LKr cells"),
};

static enum spw_status find_detector(const struct calorimeter *calorimeter,
                                     struct spw_run *run,
                                     struct spw_detector_entry *found)
{
    struct spw_detector_entry *entry;
    uint32_t n;
    SPW_TRY(spw_detectors_list(&entry, &n, run, SPW_STREAM_PULSES));
    for (uint32_t i = 0; i < n; ++i) {
        *found = entry[i];
        if (strcmp(entry[i].name, calorimeter->name) == 0) return SPW_OK;
    }
    return SPW_FAIL(SPW_BAD_CONFIG, "clusters.%s: no such detector", calorimeter->name);
}

static enum spw_status read_map(struct spw_channel_map *map,
                                const struct spw_detector_entry *detector,
                                struct spw_run *run,
                                const struct cell_files *files)
{
    struct spw_text_table table;
    const uint32_t n = run->file->format->streams[detector->stream].n_addresses;
    SPW_TRY(spw_constants_open(&table, run, files->map));
    if (table.count) return spw_channel_map_read(map, &run->arena, &table, n);
    return spw_nominal_channel_map(map, &run->arena, detector->name);
}

/* Cells of the map are read out, but those that are dead or have no gain. */
static void mark_readable(float *readable,
                          const struct spw_channel_map *map,
                          const float *slope_MeV,
                          const uint8_t *dead)
{
    for (uint32_t i = 0; i < map->n_channels; ++i) {
        const uint32_t ix = map->id[i] / 1000, iy = map->id[i] % 1000;
        const uint32_t cell = NA62_LKR_SIDE * ix + iy;
        if (ix >= NA62_LKR_SIDE || iy >= NA62_LKR_SIDE || dead[cell]) continue;
        if (slope_MeV && !(slope_MeV[cell] > 0.0f)) continue;
        readable[shower_slot(ix, iy)] = 1.0f;
    }
}

static enum spw_status
read_cells(float **readable, const struct calorimeter *calorimeter, struct spw_run *run)
{
    struct spw_detector_entry detector = {0};
    struct cell_files files;
    struct spw_channel_map map;
    struct spw_text_table table;
    struct na62_lkr_slopes slopes = {0};
    uint8_t *dead;
    uint32_t n_dead;
    SPW_NEW_ZEROS(&run->arena, *readable, SHOWER_SLOTS);
    SPW_NEW_ZEROS(&run->arena, dead, NA62_LKR_CELLS);
    SPW_TRY(find_detector(calorimeter, run, &detector));
    SPW_TRY(spw_config_read(run->config, detector.section, file_options,
                            sizeof file_options / sizeof *file_options, &files));
    SPW_TRY(read_map(&map, &detector, run, &files));
    SPW_TRY(spw_constants_open(&table, run, files.slope));
    if (table.count) SPW_TRY(na62_lkr_slopes_read(&slopes, &run->arena, &table));
    SPW_TRY(spw_constants_open(&table, run, files.dead));
    if (table.count) SPW_TRY(na62_lkr_dead_read(dead, &n_dead, &table));
    mark_readable(*readable, &map, slopes.slope_MeV, dead);
    return SPW_OK;
}

static struct shower_density density_of(const struct calorimeter_options *o)
{
    struct shower_density density = {
        .kind = strcmp(o->profile, "exponentials") == 0 ? SHOWER_EXPONENTIALS
                                                        : SHOWER_GAUSSIANS,
        .n_parts = (int)o->profile_weights.count,
        .cell_mm = NA62_LKR_CELL_MM,
    };
    for (int i = 0; i < density.n_parts; ++i) {
        density.weight[i] = o->profile_weights.value[i];
        density.width_mm[i] = o->profile_widths.value[i];
    }
    return density;
}

enum spw_status calorimeter_showers(struct calorimeter *calorimeter, struct spw_run *run)
{
    const struct calorimeter_options *o = &calorimeter->options;
    const struct shower_density density = density_of(o);
    struct shower_finder *finder = &calorimeter->showers;
    struct shower_constants *c = &finder->constants;
    *finder = (struct shower_finder){
        .kernels = SPW_PICK(shower_kernels, run->isa),
        .seed_above_MeV = (float)o->seed_above,
        .wide_fraction = (float)o->wide_fraction,
        .wide_MeV = (float)o->wide_above,
        .hole_mm = (float)o->hole,
        .border_mm = (float)o->border,
        .in_time_ns = (float)o->in_time,
        .max_showers = (uint32_t)o->max_clusters,
        .n_iterations = (int)o->iterations,
        .energy = {strcmp(o->energy, "experiment") == 0 ? SHOWER_ENERGY_EXPERIMENT
                                                        : SHOWER_ENERGY_PROFILE,
                   (float)o->offset, (float)o->scale},
        .constants = {
            .threshold_MeV = (float)o->threshold,
            .count_above_MeV = (float)o->count_above,
            .dead_above_MeV = (float)o->dead_above,
            .variance_per_MeV = (float)(o->fluctuation * o->fluctuation * 1000),
            .noise_MeV2 = (float)(o->noise * o->noise),
            .window_ns = (float)o->window,
            .window_ns_MeV = (float)(o->window_slope * 1000),
            .time_ns2 = (float)(o->cell_time * o->cell_time),
            .time_ns_MeV2 = (float)(o->cell_time_slope * o->cell_time_slope * 1e6),
        }};
    SPW_TRY(shower_profile_build(&c->profile, &run->arena, &density));
    for (int rows = 0; rows < SHOWER_HALF; ++rows)
        finder->rows_above_MeV[rows] = c->count_above_MeV / c->profile.row_share[rows + 1];
    return read_cells(&c->readable, calorimeter, run);
}
