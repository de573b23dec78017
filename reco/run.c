#include "reco/run.h"

#include "core/digest.h"
#include "reco/precision.h"
#include "reco/stage.h"

#include <assert.h>
#include <string.h>

static const char *const tier_names[] = {"mdst", "reco", "cdst"};

enum spw_status spw_tier_parse(const char *text, enum spw_tier *tier)
{
    for (int i = 0; i < 3; ++i) {
        if (strcmp(text, tier_names[i]) != 0) continue;
        *tier = (enum spw_tier)i;
        return SPW_OK;
    }
    return SPW_FAIL(SPW_USAGE, "unknown tier '%s' (mdst, reco or cdst)", text);
}

const char *spw_tier_name(enum spw_tier tier)
{
    return tier_names[tier];
}

struct run_options {
    int64_t schema;
    const char *experiment;
    const char *conditions_dir;
    int64_t batch_events;
};

static const struct spw_option options[] = {
    {.key = "schema",
     .type = SPW_OPTION_INT,
     .fallback = "1",
     .min = 1,
     .max = 1,
     .help = "version of this file's layout",
     .offset = offsetof(struct run_options, schema)},
    {.key = "experiment",
     .type = SPW_OPTION_TEXT,
     .required = true,
     .help = "na62 or mice",
     .offset = offsetof(struct run_options, experiment)},
    {.key = "conditions_dir",
     .type = SPW_OPTION_TEXT,
     .help = "DIR[:DIR...] with the experiment's constants; none: nominal constants",
     .offset = offsetof(struct run_options, conditions_dir)},
    {.key = "batch_events",
     .type = SPW_OPTION_INT,
     .fallback = "128",
     .min = 1,
     .max = 65536,
     .help = "events in a unit of work",
     .offset = offsetof(struct run_options, batch_events)},
};

enum spw_status
spw_run_add_object(struct spw_run *run, const struct spw_object *object, uint32_t *id)
{
    assert(run->n_objects < SPW_MAX_OBJECTS);
    *id = run->n_objects;
    run->object[run->n_objects++] = *object;
    return SPW_OK;
}

enum spw_status
spw_run_find_object(const struct spw_run *run, const char *path, uint32_t *id)
{
    for (uint32_t i = 0; i < run->n_objects; ++i) {
        if (strcmp(run->object[i].path, path) != 0) continue;
        *id = i;
        return SPW_OK;
    }
    return SPW_FAIL(SPW_BAD_CONFIG, "no stage of this configuration makes %s", path);
}

const char *spw_run_constants(struct spw_run *run, const char *name)
{
    if (!run->conditions.count) return NULL;
    const char *path =
        spw_file_search_find(&run->conditions, name, run->file->run, run->file->burst);
    if (!path) return NULL;
    for (uint32_t i = 0; i < run->n_constants_used; ++i)
        if (strcmp(run->constants_used[i], path) == 0) return path;
    assert(run->n_constants_used < SPW_MAX_CONSTANTS);
    run->constants_used[run->n_constants_used++] = path;
    return path;
}

static enum spw_status digest_constants(struct spw_run *run)
{
    struct spw_digest digest;
    SPW_TRY(spw_digest_init(&digest));
    enum spw_status status = SPW_OK;
    for (uint32_t i = 0; i < run->n_constants_used && status == SPW_OK; ++i) {
        const char *path = run->constants_used[i];
        const char *slash = strrchr(path, '/');
        spw_digest_add_text(&digest, slash ? slash + 1 : path);
        status = spw_digest_add_file(&digest, path);
    }
    spw_digest_finish(&digest, run->conditions_digest);
    return status;
}

static enum spw_status prepare_stages(struct spw_run *run)
{
    SPW_TRY(spw_stages_order(run));
    for (uint32_t i = 0; i < run->n_stages; ++i)
        SPW_TRY(run->stage[i]->prepare(run, &run->stage_state[i]));
    return SPW_OK;
}

static enum spw_status prepare(struct spw_run *run)
{
    struct run_options values;
    SPW_TRY(spw_config_read(run->config, "", options, sizeof options / sizeof *options,
                            &values));
    if (strcmp(values.experiment, run->file->format->experiment) != 0)
        return SPW_FAIL(SPW_BAD_CONFIG, "%s is %s data, the configuration is for %s",
                        run->file->path, run->file->format->experiment, values.experiment);
    run->batch_events = (uint32_t)values.batch_events;
    if (values.conditions_dir)
        SPW_TRY(spw_file_search_open(&run->conditions, &run->arena, values.conditions_dir));

    uint32_t base;
    SPW_TRY(spw_tally_register(&run->tallies, &run->arena, run->file->format->tallies,
                               run->file->format->n_tallies, &base));
    SPW_TRY(prepare_stages(run));
    SPW_TRY(spw_precision_read(run));
    spw_config_ignore(run->config, "sim");
    SPW_TRY(spw_config_finish(run->config));
    return digest_constants(run);
}

enum spw_status spw_run_prepare(struct spw_run *run,
                                struct spw_config *config,
                                const struct spw_raw_file *file)
{
    run->config = config;
    run->file = file;
    const enum spw_status status = prepare(run);
    if (status != SPW_OK) spw_run_release(run);
    return status;
}

void spw_run_release(struct spw_run *run)
{
    spw_arena_release(&run->arena);
}
