/* Options, objects and histograms of a calorimeter. */
#include "reco/calorimeter/calorimeter.h"

#include "geometry/na62_geometry.h"

#include <string.h>

#define OPTION(member, type, unit, fallback, help) \
    SPW_OPTION(struct calorimeter_options, member, type, unit, fallback, help)
#define NUMBER(member, unit, fallback, help) \
    OPTION(member, SPW_OPTION_REAL, unit, fallback, help)
#define NUMBERS(member, unit, fallback, help) \
    OPTION(member, SPW_OPTION_REALS, unit, fallback, help)
#define TEXT(member, fallback, help) OPTION(member, SPW_OPTION_TEXT, NULL, fallback, help)

static const struct spw_option options[] = {
    TEXT(kind, "showers", "showers (square cells) or strips (two orientations)"),
    TEXT(tier, "mdst", "smallest tier that writes the clusters"),
    NUMBER(seed_above, "MeV", "250 MeV", "local maxima above make clusters"),
    NUMBER(in_time, "ns", "10 ns", "clusters farther from the trigger are flagged"),
    NUMBER(offset,
           "MeV",
           "0 MeV",
           "showers: energy in cells too small to be read, o E / (E + o), added"),
    NUMBER(scale, "1", "1", "factor of all energies, after all corrections"),
    TEXT(profile, "gaussians", "showers: gaussians or exponentials in the radius"),
    NUMBERS(profile_weights, "1", "[0.66, 0.26, 0.08]", "showers: parts of the profile"),
    NUMBERS(profile_widths,
            "mm",
            "[8.5 mm, 22 mm, 52 mm]",
            "showers: sigma or decay length of the parts"),
    TEXT(energy,
         "profile",
         "showers: profile (what is not seen by the profile) or experiment (its chain for "
         "data)"),
    NUMBER(threshold, "MeV", "33 MeV", "showers: half of such cells are read out"),
    NUMBER(count_above, "MeV", "20 MeV", "showers: cells expected below do not count"),
    NUMBER(dead_above,
           "MeV",
           "300 MeV",
           "showers: unread cells expected above are taken for dead"),
    NUMBER(fluctuation,
           "1",
           "0.05",
           "showers: a cell of 1 GeV fluctuates so much, others by the root"),
    NUMBER(noise, "MeV", "6 MeV", "showers: noise of a cell"),
    NUMBER(window,
           "ns",
           "8 ns",
           "cells this close to the seed's time belong to it, strips"),
    NUMBER(window_slope, "ns", "0.8 ns", "showers: added to the window / energy in GeV"),
    NUMBER(cell_time, "ns", "0.3 ns", "showers: time resolution of large cells"),
    NUMBER(cell_time_slope, "ns", "0.24 ns", "showers: the same / energy in GeV, added"),
    NUMBER(wide_fraction,
           "1",
           "0.15",
           "showers: energy beyond the profile, over the energy, that makes a wide one"),
    NUMBER(wide_above, "MeV", "300 MeV", "showers: added to this limit"),
    NUMBER(hole, "mm", "185 mm", "showers: flagged as near the hole below"),
    NUMBER(border, "mm", "1090 mm", "showers: flagged as near the border above (apothem)"),
    OPTION(max_clusters, SPW_OPTION_INT, NULL, "128", "showers: of an event, at most 256"),
    OPTION(iterations, SPW_OPTION_INT, NULL, "4", "showers: of the fit"),
    OPTION(n_strips, SPW_OPTION_INT, NULL, "44", "strips: of an orientation"),
    NUMBER(time_range, "ns", "10 ns", "range of the time histogram to each side"),
    NUMBER(time_above, "MeV", "1 GeV", "clusters that enter the time histogram"),
    NUMBER(position_above, "MeV", "3 GeV", "showers that enter the position histogram"),
    NUMBER(energy_max, "MeV", "80 GeV", "range of the energy histogram"),
};

static enum spw_status check_profile(const struct calorimeter *calorimeter)
{
    const struct calorimeter_options *o = &calorimeter->options;
    const size_t n = o->profile_weights.count;
    bool good = n > 0 && n <= SHOWER_MAX_PARTS && n == o->profile_widths.count;
    double sum = 0;
    for (size_t i = 0; good && i < n; ++i) {
        good = o->profile_weights.value[i] > 0 && o->profile_widths.value[i] > 0;
        sum += o->profile_weights.value[i];
    }
    if (!good || sum < 0.99 || sum > 1.01)
        return SPW_FAIL(
            SPW_BAD_CONFIG,
            "clusters.%s: profile_weights and profile_widths are 1 to %d positive "
            "numbers each, weights of sum 1",
            calorimeter->name, SHOWER_MAX_PARTS);
    return SPW_OK;
}

static enum spw_status check_choice(const struct calorimeter *calorimeter,
                                    const char *key,
                                    const char *value,
                                    const char *first,
                                    const char *second)
{
    if (strcmp(value, first) == 0 || strcmp(value, second) == 0) return SPW_OK;
    return SPW_FAIL(SPW_BAD_CONFIG, "clusters.%s.%s: '%s' is neither %s nor %s",
                    calorimeter->name, key, value, first, second);
}

static enum spw_status check(struct calorimeter *calorimeter)
{
    const struct calorimeter_options *o = &calorimeter->options;
    SPW_TRY(check_choice(calorimeter, "kind", o->kind, "showers", "strips"));
    SPW_TRY(check_choice(calorimeter, "profile", o->profile, "gaussians", "exponentials"));
    SPW_TRY(check_choice(calorimeter, "energy", o->energy, "profile", "experiment"));
    SPW_TRY(check_profile(calorimeter));
    if (!(o->seed_above > 0) || !(o->scale > 0) || !(o->noise > 0) || !(o->threshold > 0) ||
        !(o->fluctuation > 0) || !(o->cell_time > 0) || !(o->window > 0) ||
        !(o->count_above > 0) || !(o->time_range > 0) || !(o->energy_max > 0))
        return SPW_FAIL(SPW_BAD_CONFIG,
                        "clusters.%s: seed_above, scale, noise, threshold, fluctuation, "
                        "cell_time, window, count_above and ranges are above 0",
                        calorimeter->name);
    if (o->max_clusters < 1 || o->max_clusters > SHOWER_MAX || o->iterations < 1 ||
        o->iterations > 100 || o->n_strips < 1 || o->n_strips > STRIPS_MAX)
        return SPW_FAIL(
            SPW_BAD_CONFIG,
            "clusters.%s: max_clusters 1 ... %d, iterations 1 ... 100, n_strips "
            "1 ... %d",
            calorimeter->name, SHOWER_MAX, STRIPS_MAX);
    return SPW_OK;
}

static enum spw_status declare(struct calorimeter *calorimeter, struct spw_run *run)
{
    struct spw_object object = {
        .path = spw_arena_printf(&run->arena, "/%s/clusters", calorimeter->name),
        .offset_name =
            spw_arena_printf(&run->arena, "%s_clusters_offset", calorimeter->name),
        .table = &spw_clusters_table,
        .capacity_per_event = 4,
    };
    const char *cells = spw_arena_printf(&run->arena, "/%s/cells", calorimeter->name);
    if (!object.path || !object.offset_name || !cells)
        return SPW_FAIL(SPW_RETRY, "out of memory");
    SPW_TRY(spw_run_find_object(run, cells, &calorimeter->cells));
    SPW_TRY(spw_tier_parse(calorimeter->options.tier, &object.tier));
    return spw_run_add_object(run, &object, &calorimeter->object);
}

/* The cells' own occupancy histogram knows how many channels there are. */
static uint32_t channels_of(const struct spw_run *run, const char *path)
{
    for (uint32_t i = 0; i < run->histograms.count; ++i)
        if (strcmp(run->histograms.spec[i].path, path) == 0)
            return run->histograms.spec[i].axis[0].bins;
    return 1;
}

static enum spw_status book_histograms(struct calorimeter *calorimeter, struct spw_run *run)
{
    const struct calorimeter_options *o = &calorimeter->options;
    const char *occupancy =
        spw_arena_printf(&run->arena, "/%s/occupancy", calorimeter->name);
    if (!occupancy) return SPW_FAIL(SPW_RETRY, "out of memory");
    const uint32_t n = calorimeter->n_channels = channels_of(run, occupancy);
    const struct spw_axis time = {"time_ns", "cluster time - trigger time [ns]",
                                  -o->time_range, o->time_range, 50};
    struct spw_histogram_spec spec[CALORIMETER_N_HISTOGRAMS] = {
        [CALORIMETER_N_CLUSTERS] = {.path = "n_clusters",
                                    .title = "clusters of an event",
                                    .n_axes = 1,
                                    .axis = {{"n", "clusters", 0, 50, 50}}},
        [CALORIMETER_ENERGY] = {.path = "cluster_energy",
                                .title = "energy of clusters",
                                .n_axes = 1,
                                .axis = {{"energy_MeV", "energy [MeV]", 0, o->energy_max,
                                          400}}},
        [CALORIMETER_TIME_BY_SEED] = {.path = "cluster_time_by_seed",
                                      .title = "time of clusters by channel of the seed",
                                      .n_axes = 2,
                                      .axis = {{"index", "dense channel number", 0, n, n},
                                               time}},
        [CALORIMETER_POSITION] = {.path = "position_in_cell",
                                  .title = "position of showers in the seed's cell",
                                  .n_axes = 2,
                                  .axis = {{"x", "x [cells]", -0.625, 0.625, 50},
                                           {"y", "y [cells]", -0.625, 0.625, 50}}},
    };
    const int last = calorimeter->kind == CALORIMETER_SHOWERS ? CALORIMETER_POSITION
                                                              : CALORIMETER_TIME_BY_SEED;
    for (int i = 0; i <= last; ++i) {
        spec[i].path =
            spw_arena_printf(&run->arena, "/%s/%s", calorimeter->name, spec[i].path);
        if (!spec[i].path) return SPW_FAIL(SPW_RETRY, "out of memory");
        SPW_TRY(spw_histogram_book(&run->histograms, &run->arena, &spec[i],
                                   &calorimeter->histogram[i]));
    }
    return SPW_OK;
}

enum spw_status
calorimeter_prepare(struct calorimeter *calorimeter, struct spw_run *run, const char *name)
{
    const struct calorimeter_options *o = &calorimeter->options;
    const char *section = spw_arena_printf(&run->arena, "clusters.%s", name);
    if (!section) return SPW_FAIL(SPW_RETRY, "out of memory");
    calorimeter->name = name;
    SPW_TRY(spw_config_read(run->config, section, options, sizeof options / sizeof *options,
                            &calorimeter->options));
    SPW_TRY(check(calorimeter));
    calorimeter->kind =
        strcmp(o->kind, "strips") == 0 ? CALORIMETER_STRIPS : CALORIMETER_SHOWERS;
    calorimeter->strips = (struct strip_finder){
        .n_strips = (uint32_t)o->n_strips,
        .strip_mm = (float)(2 * NA62_MUV12_HALF_MM / (double)o->n_strips),
        .seed_above_MeV = (float)o->seed_above,
        .window_ns = (float)o->window,
        .in_time_ns = (float)o->in_time,
        .scale = (float)o->scale,
    };
    if (calorimeter->kind == CALORIMETER_SHOWERS)
        SPW_TRY(calorimeter_showers(calorimeter, run));
    SPW_TRY(declare(calorimeter, run));
    return book_histograms(calorimeter, run);
}
