/* Straws: drift times from the relation in section `straw_rt`, wire positions, and the light
 * in the CHOD's slabs. */
#include "io/na62/constants.h"
#include "sim/setup.h"

#include <math.h>
#include <string.h>

struct relation {
    const char *relation;
    struct spw_reals parameters;
    double step, max_radius;
};

#define OPTION(member, type_, unit_, fallback_, help_) \
    SPW_OPTION(struct relation, member, type_, unit_, fallback_, help_)

static const struct spw_option options[] = {
    OPTION(relation, SPW_OPTION_TEXT, NULL, "root", "root, quadratic or table"),
    OPTION(parameters,
           SPW_OPTION_REALS,
           "1",
           "[-2.29722, 763.831, 0.00807073, 22.5652, -58.9754]",
           "root: p0 ... p4 (t in us, r in mm); quadratic: a, b of t = a r + b r^2; table: "
           "radii"),
    OPTION(step, SPW_OPTION_REAL, "ns", "1 ns", "table: time from one radius to the next"),
    OPTION(max_radius, SPW_OPTION_REAL, "mm", "4.9 mm", "radii are cut here"),
};

/* Radius after a drift time, without cuts. */
static double root_radius(const double *p, double t_ns)
{
    const double t = t_ns * 1e-3, d = t - p[2];
    return p[0] + sqrt(fmax(0, p[1] * d + p[4] * d * d)) - p[3] * t;
}

static double table_radius(const struct relation *rt, double t_ns)
{
    const double place = t_ns / rt->step;
    const size_t last = rt->parameters.count - 1;
    if (place >= (double)last) return rt->parameters.value[last];
    const size_t i = (size_t)place;
    const double rest = place - (double)i;
    return rt->parameters.value[i] * (1 - rest) + rt->parameters.value[i + 1] * rest;
}

/* The latest time up to which the radius is at most r: the relation grows with time there. */
static double invert(const struct relation *rt, bool root, double r)
{
    double low = 0, high = 250;
    for (int i = 0; i < 48; ++i) {
        const double middle = (low + high) / 2;
        const double radius =
            root ? root_radius(rt->parameters.value, middle) : table_radius(rt, middle);
        if (radius <= r)
            low = middle;
        else
            high = middle;
    }
    return low;
}

static enum spw_status fill_drift(struct sim_setup *setup, const struct relation *rt)
{
    const bool root = strcmp(rt->relation, "root") == 0;
    const bool quadratic = strcmp(rt->relation, "quadratic") == 0;
    const bool table = strcmp(rt->relation, "table") == 0;
    const size_t n = rt->parameters.count;
    if ((root && n != 5) || (quadratic && n != 2) || (table && n < 2) ||
        (!root && !quadratic && !table))
        return SPW_FAIL(SPW_BAD_CONFIG, "straw_rt: relation '%s' with %zu parameters",
                        rt->relation, n);
    for (int i = 0; i <= SIM_DRIFT_STEPS; ++i) {
        const double r = NA62_STRAW_RADIUS_MM * i / SIM_DRIFT_STEPS;
        setup->drift_ns[i] =
            quadratic ? r * (rt->parameters.value[0] + r * rt->parameters.value[1])
                      : invert(rt, root, r);
    }
    return SPW_OK;
}

double sim_drift_time_ns(const struct sim_setup *setup, double r_mm, double *ns_per_mm)
{
    const double per_mm = SIM_DRIFT_STEPS / NA62_STRAW_RADIUS_MM, place = r_mm * per_mm;
    int i = (int)place;
    if (i > SIM_DRIFT_STEPS - 1) i = SIM_DRIFT_STEPS - 1;
    const double difference = setup->drift_ns[i + 1] - setup->drift_ns[i];
    *ns_per_mm = difference * per_mm;
    return setup->drift_ns[i] + (place - i) * difference;
}

static enum spw_status open_alignment(struct sim_setup *setup, struct spw_arena *arena)
{
    struct spw_text_table table;
    SPW_TRY(sim_constants_file(&table, setup, arena, "Spectrometer-Alignment.dat"));
    if (table.count) {
        struct na62_straw_alignment alignment;
        SPW_TRY(na62_straw_alignment_read(&alignment, arena, &table));
        setup->wire_shift_mm = alignment.shift_mm;
    }
    SPW_TRY(sim_constants_file(&table, setup, arena, "Spectrometer-StationsAlignment.dat"));
    if (table.count) {
        struct na62_station_alignment stations;
        SPW_TRY(na62_station_alignment_read(&stations, &table));
        memcpy(setup->view_shift_mm, stations.shift_mm, sizeof setup->view_shift_mm);
    }
    return SPW_OK;
}

static enum spw_status open_light(struct sim_setup *setup, struct spw_arena *arena)
{
    const float nominal_ns_per_mm = 0.0072f;
    struct spw_text_table table;
    for (int i = 0; i < 128; ++i) setup->chod_light_ns_per_mm[i] = nominal_ns_per_mm;
    SPW_TRY(sim_constants_file(&table, setup, arena, "CHOD-LightVelocities.dat"));
    return table.count ? na62_chod_light_read(setup->chod_light_ns_per_mm, &table) : SPW_OK;
}

/* Images of the RICH mirrors: of each side, and of each mirror. */
static enum spw_status open_mirrors(struct sim_setup *setup, struct spw_arena *arena)
{
    struct spw_text_table table;
    struct na62_rich_mirror_corners corners = {0};
    SPW_TRY(sim_constants_file(&table, setup, arena, "RICH-MirrorAlignment.dat"));
    if (table.count)
        SPW_TRY(na62_rich_mirrors_read(&setup->rich_mirrors, &table, setup->run));
    SPW_TRY(sim_constants_file(&table, setup, arena, "RICH-MirrorPositions.dat"));
    if (table.count) SPW_TRY(na62_rich_mirror_corners_read(&corners, &table));
    na62_rich_mirror_map_make(&setup->rich_mirror_map, &setup->rich_mirrors, &corners);
    return SPW_OK;
}

enum spw_status
sim_drift_open(struct sim_setup *setup, struct spw_arena *arena, struct spw_config *config)
{
    struct relation rt;
    SPW_TRY(spw_config_read(config, "straw_rt", options, sizeof options / sizeof *options,
                            &rt));
    SPW_TRY(fill_drift(setup, &rt));
    SPW_TRY(open_alignment(setup, arena));
    SPW_TRY(open_mirrors(setup, arena));
    return open_light(setup, arena);
}
