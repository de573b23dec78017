#include "reco/candidates/finder.h"

#include "reco/calibrate/detector_list.h"

#include <string.h>

#define OPTION(member, type, unit, fallback, help) \
    SPW_OPTION(struct finder_options, member, type, unit, fallback, help)

static const struct spw_option options[] = {
    OPTION(kind,
           SPW_OPTION_TEXT,
           NULL,
           "clusters",
           "sectors, crossings, tiles or clusters"),
    OPTION(window,
           SPW_OPTION_REAL,
           "ns",
           "5 ns",
           "hits of a candidate are closer than this"),
    OPTION(min_sectors, SPW_OPTION_INT, NULL, "4", "sectors: least number of sectors"),
    OPTION(time_sigma,
           SPW_OPTION_REAL,
           "ns",
           "0 ns",
           "sectors: of a hit; a window spread wider holds two particles; 0: never"),
    OPTION(min_hits, SPW_OPTION_INT, NULL, "1", "clusters: least number of hits"),
    OPTION(ids_below, SPW_OPTION_INT, NULL, "1000000", "channel IDs used (low thresholds)"),
    OPTION(pm_step, SPW_OPTION_INT, NULL, "50", "tiles: ID of the second photomultiplier"),
    OPTION(time, SPW_OPTION_TEXT, NULL, "mean", "tiles: mean or later of the two times"),
    OPTION(loose, SPW_OPTION_BOOL, NULL, "false", "tiles: keep single photomultipliers"),
    OPTION(light, SPW_OPTION_TEXTS, NULL, "[]", "crossings: light velocities, first found"),
    OPTION(slewing_file, SPW_OPTION_TEXTS, NULL, "[]", "crossings: slewing by crossing"),
    OPTION(tile_t0, SPW_OPTION_TEXTS, NULL, "[]", "tiles: T0 of the tiles, first found"),
    OPTION(outwards,
           SPW_OPTION_REALS,
           "1",
           "[]",
           "crossings: 1 where the counters of a quadrant are numbered outwards, V then H"),
    OPTION(tier, SPW_OPTION_TEXT, NULL, "mdst", "smallest tier that writes the candidates"),
};

static const struct {
    const char *name;
    const struct spw_table *table;
} kinds[FIND_N_KINDS] = {
    [FIND_SECTORS] = {"sectors", &spw_sector_candidates_table},
    [FIND_CROSSING] = {"crossings", &spw_plane_candidates_table},
    [FIND_TILES] = {"tiles", &spw_tile_candidates_table},
    [FIND_CLUSTERS] = {"clusters", &spw_cluster_candidates_table},
};

void finder_place_slabs(struct finder *finder, const struct na62_chod_layout *layout)
{
    for (uint32_t id = 0; id < NA62_CHOD_SLABS; ++id)
        finder->slab[id] = na62_chod_slab(layout, id);
}

static struct finder_place place_tile(const struct finder *finder, uint32_t id)
{
    const struct na62_position at =
        finder->options.pm_step == 50 ? na62_newchod_tile(id) : na62_muv3_tile(id);
    return (struct finder_place){(float)at.x_mm, (float)at.y_mm};
}

void finder_place_tiles(struct finder *finder)
{
    for (uint32_t id = 0; id < FINDER_TILES; ++id)
        finder->tile[id] = place_tile(finder, id);
}

struct finder_place finder_tile(const struct finder *finder, uint32_t id)
{
    return id < FINDER_TILES ? finder->tile[id] : place_tile(finder, id);
}

static enum spw_status check(struct finder *finder)
{
    const struct finder_options *o = &finder->options;
    int kind = 0;
    while (kind < FIND_N_KINDS && strcmp(o->kind, kinds[kind].name) != 0) ++kind;
    if (kind == FIND_N_KINDS)
        return SPW_FAIL(SPW_BAD_CONFIG, "candidates.%s.kind: '%s' is unknown", finder->name,
                        o->kind);
    if (strcmp(o->time, "mean") != 0 && strcmp(o->time, "later") != 0)
        return SPW_FAIL(SPW_BAD_CONFIG,
                        "candidates.%s.time: '%s' is neither mean nor later", finder->name,
                        o->time);
    if (!(o->window > 0.0) || !(o->time_sigma >= 0.0) || o->pm_step < 1 ||
        (o->outwards.count && o->outwards.count != 8))
        return SPW_FAIL(SPW_BAD_CONFIG,
                        "candidates.%s: window and pm_step above 0, time_sigma not below, "
                        "outwards has 8 numbers",
                        finder->name);
    finder->kind = (enum finder_kind)kind;
    finder->later = strcmp(o->time, "later") == 0;
    struct na62_chod_layout layout = na62_chod_nominal;
    for (size_t i = 0; i < o->outwards.count; ++i)
        layout.outwards[i / 4][i % 4] = o->outwards.value[i] != 0.0;
    finder_place_slabs(finder, &layout);
    finder_place_tiles(finder);
    return SPW_OK;
}

static enum spw_status read_constants(struct finder *finder, struct spw_run *run)
{
    const struct finder_options *o = &finder->options;
    struct spw_text_table table;
    SPW_TRY(spw_constants_open(&table, run, o->light));
    if (table.count) {
        SPW_NEW_ZEROS(&run->arena, finder->light_ns_per_mm, NA62_CHOD_SLABS);
        SPW_TRY(na62_chod_light_read(finder->light_ns_per_mm, &table));
    }
    SPW_TRY(spw_constants_open(&table, run, o->slewing_file));
    if (table.count) {
        SPW_NEW_ZEROS(&run->arena, finder->slewing, 1);
        SPW_TRY(na62_chod_slewing_read(finder->slewing, &table));
    }
    SPW_TRY(spw_constants_open(&table, run, o->tile_t0));
    if (table.count)
        SPW_TRY(na62_t0_read(&finder->tile_t0, &run->arena, &table, NA62_MUV3_TILES));
    return SPW_OK;
}

static enum spw_status declare(struct finder *finder, struct spw_run *run)
{
    struct spw_object object = {
        .path = spw_arena_printf(&run->arena, "/%s/candidates", finder->name),
        .offset_name = spw_arena_printf(&run->arena, "%s_candidates_offset", finder->name),
        .table = kinds[finder->kind].table,
        .capacity_per_event = 4,
    };
    const char *hits = spw_arena_printf(&run->arena, "/%s/hits", finder->name);
    if (!object.path || !object.offset_name || !hits)
        return SPW_FAIL(SPW_RETRY, "out of memory");
    SPW_TRY(spw_run_find_object(run, hits, &finder->hits));
    SPW_TRY(spw_tier_parse(finder->options.tier, &object.tier));
    return spw_run_add_object(run, &object, &finder->object);
}

static enum spw_status book(struct finder *finder, struct spw_run *run)
{
    struct spw_histogram_spec spec = {
        .path = spw_arena_printf(&run->arena, "/%s/n_candidates", finder->name),
        .title = "candidates of an event",
        .n_axes = 1,
        .axis = {{"n", "candidates", 0, 50, 50}},
    };
    if (!spec.path) return SPW_FAIL(SPW_RETRY, "out of memory");
    SPW_TRY(
        spw_histogram_book(&run->histograms, &run->arena, &spec, &finder->multiplicity));
    spec = (struct spw_histogram_spec){
        .path = spw_arena_printf(&run->arena, "/%s/candidate_time", finder->name),
        .title = "time of candidates",
        .n_axes = 1,
        .axis = {{"time_ns", "candidate time - trigger time [ns]", -25, 25, 500}},
    };
    if (!spec.path) return SPW_FAIL(SPW_RETRY, "out of memory");
    return spw_histogram_book(&run->histograms, &run->arena, &spec, &finder->time);
}

enum spw_status finder_prepare(struct finder *finder, struct spw_run *run, const char *name)
{
    const char *section = spw_arena_printf(&run->arena, "candidates.%s", name);
    if (!section) return SPW_FAIL(SPW_RETRY, "out of memory");
    finder->name = name;
    SPW_TRY(spw_config_read(run->config, section, options, sizeof options / sizeof *options,
                            &finder->options));
    SPW_TRY(check(finder));
    SPW_TRY(read_constants(finder, run));
    SPW_TRY(declare(finder, run));
    return book(finder, run);
}
