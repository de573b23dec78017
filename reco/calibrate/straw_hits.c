#include "reco/calibrate/straw_hits.h"

#include <string.h>

struct rt_options {
    const char *relation;
    struct spw_reals parameters;
    double step, max_radius;
};

#define OPTION(member, type, unit, fallback, help) \
    SPW_OPTION(struct rt_options, member, type, unit, fallback, help)

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

static const struct {
    const char *name;
    size_t min, max; ///< numbers of parameters
} relations[] = {
    [SPW_RT_ROOT] = {"root", 5, 5},
    [SPW_RT_QUADRATIC] = {"quadratic", 2, 2},
    [SPW_RT_TABLE] = {"table", 2, 1 << 16},
};

enum spw_status straw_rt_prepare(struct straw_rt *rt, struct spw_run *run)
{
    struct rt_options values;
    SPW_TRY(spw_config_read(run->config, "straw_rt", options,
                            sizeof options / sizeof *options, &values));
    int kind = 0;
    while (kind < 3 && strcmp(values.relation, relations[kind].name) != 0) ++kind;
    if (kind == 3)
        return SPW_FAIL(SPW_BAD_CONFIG,
                        "straw_rt.relation: '%s' is none of root, quadratic, table",
                        values.relation);
    const struct spw_reals p = values.parameters;
    if (p.count < relations[kind].min || p.count > relations[kind].max)
        return SPW_FAIL(SPW_BAD_CONFIG, "straw_rt.parameters: %s needs %zu to %zu, has %zu",
                        values.relation, relations[kind].min, relations[kind].max, p.count);
    if (kind == SPW_RT_TABLE && !(values.step > 0.0))
        return SPW_FAIL(SPW_BAD_CONFIG, "straw_rt.step: %g ns is not above 0", values.step);

    float *table;
    SPW_NEW(&run->arena, table, p.count);
    for (size_t i = 0; i < p.count; ++i) table[i] = (float)p.value[i];
    rt->kind = (enum spw_rt_kind)kind;
    rt->rt = (struct spw_rt){.max_mm = (float)values.max_radius,
                             .table_mm = table,
                             .step_ns = (float)values.step,
                             .n_steps = (float)(p.count - 1)};
    if (kind != SPW_RT_TABLE) memcpy(rt->rt.p, table, sizeof *table * p.count);
    return SPW_OK;
}

void straw_radii(const struct straw_rt *rt,
                 const struct spw_calibrate_kernels *kernels,
                 struct spw_straw_hits *hits)
{
    kernels->radius[rt->kind](hits->hits.rows.count, &rt->rt, hits->hits.time_ns,
                              hits->radius_mm);
}
