#include "reco/stage.h"

#include <string.h>

#define SPW_STAGE(name, meaning) extern const struct spw_stage spw_stage_##name;
#include "reco/stages.def"
#undef SPW_STAGE

const struct spw_stage *const spw_stages[] = {
#define SPW_STAGE(name, meaning) &spw_stage_##name,
#include "reco/stages.def"
#undef SPW_STAGE
    NULL};

const size_t spw_n_stages = sizeof spw_stages / sizeof *spw_stages - 1;

static const struct spw_stage *find_stage(const char *name)
{
    for (size_t i = 0; i < spw_n_stages; ++i)
        if (strcmp(spw_stages[i]->name, name) == 0) return spw_stages[i];
    return NULL;
}

static bool stands_in(const char *const *names, const char *name)
{
    for (; names && *names; ++names)
        if (strcmp(*names, name) == 0) return true;
    return false;
}

/* True when one of the stages [begin, end) makes `name`. */
static bool
is_made(const struct spw_run *run, uint32_t begin, uint32_t end, const char *name)
{
    for (uint32_t i = begin; i < end; ++i)
        if (stands_in(run->stage[i]->makes, name)) return true;
    return false;
}

/* True when every need of `stage` is "raw" or made by one of the first `n` ordered stages, and
   nothing that it uses is still to be made. */
static bool is_ready(const struct spw_run *run, uint32_t n, const struct spw_stage *stage)
{
    for (const char *const *need = stage->needs; need && *need; ++need)
        if (strcmp(*need, "raw") != 0 && !is_made(run, 0, n, *need)) return false;
    for (const char *const *use = stage->uses; use && *use; ++use)
        if (!is_made(run, 0, n, *use) && is_made(run, n, run->n_stages, *use)) return false;
    return true;
}

/* Moves the stages into an order in which every need is met: earliest ready one first. */
static enum spw_status order(struct spw_run *run)
{
    for (uint32_t n = 0; n < run->n_stages; ++n) {
        uint32_t next = n;
        while (next < run->n_stages && !is_ready(run, n, run->stage[next])) ++next;
        if (next == run->n_stages)
            return SPW_FAIL(SPW_BAD_CONFIG,
                            "stages: '%s' needs something that no earlier stage makes",
                            run->stage[n]->name);
        const struct spw_stage *stage = run->stage[next];
        memmove(&run->stage[n + 1], &run->stage[n], sizeof *run->stage * (next - n));
        run->stage[n] = stage;
    }
    return SPW_OK;
}

struct stage_options {
    struct spw_texts stages;
};

/* The section of a stage that is left out has no reader, and is no mistake. */
static void ignore_unused(const struct spw_run *run)
{
    for (size_t i = 0; i < spw_n_stages; ++i) {
        bool used = false;
        for (uint32_t k = 0; k < run->n_stages; ++k) used |= run->stage[k] == spw_stages[i];
        if (!used) spw_config_ignore(run->config, spw_stages[i]->name);
    }
}

static const struct spw_option options[] = {
    SPW_OPTION(struct stage_options,
               stages,
               SPW_OPTION_TEXTS,
               NULL,
               "[]",
               "stages to run, in any order (reco/README.md lists them)"),
};

enum spw_status spw_stages_order(struct spw_run *run)
{
    struct stage_options chosen;
    SPW_TRY(spw_config_read(run->config, "", options, 1, &chosen));
    SPW_NEW_ZEROS(&run->arena, run->stage, chosen.stages.count);
    SPW_NEW_ZEROS(&run->arena, run->stage_state, chosen.stages.count);
    run->n_stages = 0;
    for (size_t i = 0; i < chosen.stages.count; ++i) {
        const struct spw_stage *stage = find_stage(chosen.stages.text[i]);
        if (!stage)
            return SPW_FAIL(SPW_BAD_CONFIG, "stages: '%s' is not a stage of this program",
                            chosen.stages.text[i]);
        run->stage[run->n_stages++] = stage;
    }
    ignore_unused(run);
    return order(run);
}
