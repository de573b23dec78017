#include "reco/match/selection.h"

#include <math.h>
#include <string.h>

/// The section as it is read: a hypothesis, and [low, high] of every quantity.
struct section {
    const char *hypothesis;
    struct spw_reals range[MATCH_N_QUANTITIES];
};

#define SPW_QUANTITY(name, unit_, meaning) \
    {.key = #name,                         \
     .type = SPW_OPTION_REALS,             \
     .unit = (unit_),                      \
     .fallback = "[]",                     \
     .help = (meaning),                    \
     .offset = offsetof(struct section, range[MATCH_Q_##name])},

/* The hypothesis comes last, so that quantities may be read without it. */
static const struct spw_option options[] = {
#include "reco/match/quantities.def"
    SPW_OPTION(struct section,
               hypothesis,
               SPW_OPTION_TEXT,
               NULL,
               "pion",
               "what all tracks are: electron, muon, pion or kaon"),
};
#undef SPW_QUANTITY

static const struct {
    const char *name;
    double mass_MeV;
} hypotheses[] = {{"electron", 0.51099895},
                  {"muon", 105.6583755},
                  {"pion", 139.57039},
                  {"kaon", 493.677}};

static enum spw_status read_hypothesis(struct match_selection *selection, const char *name)
{
    for (size_t i = 0; i < sizeof hypotheses / sizeof *hypotheses; ++i)
        if (strcmp(name, hypotheses[i].name) == 0) {
            selection->mass_MeV = hypotheses[i].mass_MeV;
            return SPW_OK;
        }
    return SPW_FAIL(SPW_BAD_CONFIG,
                    "events.selections.%s.hypothesis: '%s' is none of electron, muon, pion, kaon",
                    selection->name, name);
}

static enum spw_status
check_range(const char *section, int q, const struct spw_reals *range)
{
    if (range->count != 2 || range->value[0] > range->value[1])
        return SPW_FAIL(SPW_BAD_CONFIG, "%s.%s: has to be [from, to]", section,
                        options[q].key);
    return SPW_OK;
}

static enum spw_status read_cuts(struct match_selection *selection, struct spw_run *run)
{
    struct section values;
    const char *path = spw_arena_printf(&run->arena, "events.selections.%s", selection->name);
    if (!path) return SPW_FAIL(SPW_RETRY, "out of memory");
    SPW_TRY(spw_config_read(run->config, path, options, sizeof options / sizeof *options,
                            &values));
    for (int q = 0; q < MATCH_N_QUANTITIES; ++q) {
        const struct spw_reals *range = &values.range[q];
        if (!range->count) continue;
        SPW_TRY(check_range(path, q, range));
        selection->cut[selection->n_cuts++] =
            (struct match_cut){(enum match_quantity)q, range->value[0], range->value[1]};
        if (q < MATCH_FIRST_MASS) selection->n_plain = selection->n_cuts;
    }
    return read_hypothesis(selection, values.hypothesis);
}

enum { PLOT_BINS = 200, MOMENTUM_BINS = 32 };

static enum spw_status book(struct match_selection *selection,
                            struct spw_run *run,
                            int q,
                            const struct spw_reals *range)
{
    struct match_plot *plot = &selection->plot[selection->n_plots++];
    const struct spw_option *option = &options[q];
    struct spw_arena *arena = &run->arena;
    const char *label = spw_arena_printf(arena, "%s [%s]", option->help, option->unit);
    const struct spw_axis axis = {option->key, label, range->value[0], range->value[1],
                                  PLOT_BINS};
    struct spw_histogram_spec spec = {
        .path = spw_arena_printf(arena, "/events/%s_%s", selection->name, option->key),
        .title = spw_arena_printf(arena, "%s of %s", option->key, selection->name),
        .n_axes = 1,
        .axis = {axis},
    };
    plot->quantity = (enum match_quantity)q;
    if (!label || !spec.path || !spec.title) return SPW_FAIL(SPW_RETRY, "out of memory");
    SPW_TRY(spw_histogram_book(&run->histograms, arena, &spec, &plot->histogram));
    spec.path = spw_arena_printf(arena, "%s_by_momentum", spec.path);
    spec.title = spw_arena_printf(arena, "%s by the momentum of each track", spec.title);
    spec.n_axes = 2;
    spec.axis[0] = (struct spw_axis){"q_p_MeV", "charge times momentum of a track [MeV]",
                                     -80000, 80000, MOMENTUM_BINS};
    spec.axis[1] = axis;
    if (!spec.path || !spec.title) return SPW_FAIL(SPW_RETRY, "out of memory");
    return spw_histogram_book(&run->histograms, arena, &spec, &plot->by_momentum);
}

static enum spw_status read_plots(struct match_selection *selection, struct spw_run *run)
{
    struct section values;
    const char *path =
        spw_arena_printf(&run->arena, "events.selections.%s.histograms", selection->name);
    if (!path) return SPW_FAIL(SPW_RETRY, "out of memory");
    SPW_TRY(spw_config_read(run->config, path, options, MATCH_N_QUANTITIES, &values));
    for (int q = 0; q < MATCH_N_QUANTITIES; ++q) {
        const struct spw_reals *range = &values.range[q];
        if (!range->count) continue;
        SPW_TRY(check_range(path, q, range));
        if (!(range->value[0] < range->value[1]))
            return SPW_FAIL(SPW_BAD_CONFIG, "%s.%s: is empty", path, options[q].key);
        SPW_TRY(book(selection, run, q, range));
    }
    return SPW_OK;
}

enum spw_status match_selections_read(struct match_selections *selections,
                                      struct spw_run *run)
{
    struct spw_texts names;
    SPW_TRY(spw_config_keys(run->config, "events.selections", &names));
    if (names.count > MATCH_MAX_SELECTIONS)
        return SPW_FAIL(SPW_BAD_CONFIG, "events.selections: %zu, but at most %d", names.count,
                        MATCH_MAX_SELECTIONS);
    SPW_NEW_ZEROS(&run->arena, selections->selection, names.count + 1);
    selections->count = (uint32_t)names.count;
    for (uint32_t s = 0; s < selections->count; ++s) {
        selections->selection[s].name = names.text[s];
        SPW_TRY(read_cuts(&selections->selection[s], run));
        SPW_TRY(read_plots(&selections->selection[s], run));
    }
    return SPW_OK;
}

/* NAN passes no cut. */
static bool pass(const struct match_cut *cut, uint32_t n, const struct match_values *values)
{
    for (uint32_t i = 0; i < n; ++i) {
        const double value = values->of[cut[i].quantity];
        if (!(value >= cut[i].low && value <= cut[i].high)) return false;
    }
    return true;
}

bool match_selection_passes(const struct match_selection *selection,
                            const struct match_vertex *vertex,
                            struct match_values *values)
{
    const uint32_t n = selection->n_plain;
    if (!pass(selection->cut, n, values)) return false;
    match_values_masses(vertex, selection->mass_MeV, values);
    return pass(selection->cut + n, selection->n_cuts - n, values);
}

void match_selection_plot(const struct match_selection *selection,
                          const struct match_vertex *vertex,
                          const struct match_values *values,
                          struct spw_histogram *set)
{
    const struct match_vertices *v = vertex->vertices;
    for (uint32_t i = 0; i < selection->n_plots; ++i) {
        const struct match_plot *plot = &selection->plot[i];
        const float value = (float)values->of[plot->quantity];
        spw_fill(&set[plot->histogram], value);
        for (int k = 0; k < v->n_tracks[vertex->row]; ++k)
            spw_fill2(&set[plot->by_momentum], (float)(1.0 / v->q_over_p[k][vertex->row]),
                      value);
    }
}
