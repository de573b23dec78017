#include "reco/job.h"

#include "core/digest.h"
#include "io/histogram_file.h"
#include "io/sidecar.h"
#include "reco/output.h"
#include "reco/pipeline.h"
#include "reco/record.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

struct spw_bytes spw_job_stem(const char *path)
{
    const char *slash = strrchr(path, '/');
    const char *name = slash ? slash + 1 : path;
    const size_t length = strlen(name);
    const bool has_dat = length > 4 && strcmp(name + length - 4, ".dat") == 0;
    return (struct spw_bytes){(const uint8_t *)name, has_dat ? length - 4 : length};
}

static enum spw_status make_paths(struct spw_job *job)
{
    const struct spw_bytes stem = spw_job_stem(job->file->path);
    const char *name = (const char *)stem.data, *folder = job->options->folder;
    const int n = (int)stem.size;
    struct spw_arena *arena = &job->run.arena;
    job->raw_name = spw_arena_text(arena, name);
    job->reco_path = spw_arena_printf(arena, "%s/%.*s.reco.h5", folder, n, name);
    job->hist_path = spw_arena_printf(arena, "%s/%.*s.hist.h5", folder, n, name);
    job->sidecar_path = spw_arena_printf(arena, "%s/%.*s.reco.h5.json", folder, n, name);
    if (!job->sidecar_path) return SPW_FAIL(SPW_RETRY, "out of memory: output names");
    return SPW_OK;
}

static enum spw_status read_state(const char *path, struct spw_job_input *input)
{
    struct stat about;
    if (stat(path, &about) != 0) return SPW_FAIL(SPW_MISSING, "%s: cannot read: %m", path);
    *input = (struct spw_job_input){about.st_size, about.st_mtim};
    return SPW_OK;
}

/* A file still being copied would give outputs that look complete. */
static enum spw_status check_unchanged(const struct spw_job *job)
{
    struct spw_job_input now = {0};
    SPW_TRY(read_state(job->file->path, &now));
    if (now.size == job->input.size && now.changed.tv_sec == job->input.changed.tv_sec &&
        now.changed.tv_nsec == job->input.changed.tv_nsec)
        return SPW_OK;
    return SPW_FAIL(SPW_RETRY, "%s: changed while it was read; nothing was written",
                    job->file->path);
}

/* Says what was asked, so that a re-run knows whether it is done: input, configuration,
 * constants, tier and program. */
static enum spw_status digest_request(struct spw_job *job)
{
    char facts[256];
    SPW_TRY(read_state(job->file->path, &job->input));
    snprintf(facts, sizeof facts, "%lld %lld.%09ld %s " SPW_VERSION,
             (long long)job->input.size, (long long)job->input.changed.tv_sec,
             job->input.changed.tv_nsec, spw_tier_name(job->run.tier));
    struct spw_digest digest;
    SPW_TRY(spw_digest_init(&digest));
    spw_digest_add_text(&digest, job->raw_name);
    spw_digest_add_text(&digest, facts);
    spw_digest_add_text(&digest, spw_config_sha256(job->run.config));
    spw_digest_add_text(&digest, job->run.conditions_digest);
    spw_digest_finish(&digest, job->request_digest);
    return SPW_OK;
}

static enum spw_status prepare(struct spw_job *job, struct spw_arena *config_arena)
{
    const struct spw_job_options *options = job->options;
    struct spw_config *config;
    SPW_TRY(spw_config_open(&config, config_arena, options->config_path, options->overrides,
                            options->n_overrides));
    job->run.isa = options->isa;
    job->run.tier = options->tier;
    SPW_TRY(spw_run_prepare(&job->run, config, job->file));
    SPW_TRY(make_paths(job));
    return digest_request(job);
}

static enum spw_status check_damage(const struct spw_job *job)
{
    const struct spw_event_index *index = &job->file->index;
    uint64_t bad = 0;
    const uint64_t missing = job->file->n_missing, all = index->count + missing;
    for (uint32_t i = 0; i < index->count; ++i) bad += index->reason[i] != 0;
    if ((double)(bad + missing) <= job->options->max_bad_fraction * (double)all)
        return SPW_OK;
    return SPW_FAIL(SPW_CORRUPT,
                    "%s: %llu of %llu events are damaged and %llu missing, more than "
                    "--max-bad-fraction %g; nothing was written (spillway dump shows the "
                    "damage)",
                    job->file->path, (unsigned long long)bad, (unsigned long long)all,
                    (unsigned long long)missing, job->options->max_bad_fraction);
}

/* The merged histograms of the workers, as a file's set with this one input. */
static enum spw_status write_histograms(struct spw_job *job, uint64_t n_events)
{
    struct spw_arena arena = {0};
    const struct spw_histogram_list *list = &job->run.histograms;
    char digest[96];
    snprintf(digest, sizeof digest, "%08x-%llu-%.16s", job->result.adler32,
             (unsigned long long)job->file->map.bytes.size, job->run.conditions_digest);
    struct spw_histogram_input input = {.run = job->file->run,
                                        .burst = job->file->burst,
                                        .events = n_events,
                                        .digest = digest,
                                        .name = job->raw_name};
    struct spw_histogram_set set = {.list = *list, .input = &input, .n_inputs = 1};
    SPW_NEW(&arena, set.narrow, list->count);
    for (uint32_t h = 0; h < list->count; ++h)
        set.narrow[h] = job->result.worker[0].histogram[h].count;
    const enum spw_status status = spw_histogram_file_write(job->hist_path, &set);
    spw_arena_release(&arena);
    return status;
}

static double now_s(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

/* The sidecar goes first and comes last: a file beside an old sidecar is never taken as done. */
static enum spw_status reconstruct(struct spw_job *job, struct spw_output *output)
{
    const struct spw_output_header header = {.path = job->reco_path,
                                             .parents = spw_record_parents(job)};
    SPW_TRY(spw_output_create(output, &job->run, &header));
    const struct spw_pipeline_options options = {.threads = job->options->threads,
                                                 .stop = job->options->stop};
    enum spw_status status = spw_pipeline_run(&job->run, output, &options, &job->result);
    if (status == SPW_OK) status = check_unchanged(job);
    if (status != SPW_OK) {
        spw_output_discard(output);
        return status;
    }
    remove(job->sidecar_path);
    return spw_output_close(output, job->result.worker[0].tally);
}

static enum spw_status run_prepared(struct spw_job *job, struct spw_job_result *result)
{
    if (!job->options->force &&
        spw_sidecar_is_done(job->sidecar_path, job->request_digest)) {
        result->already_done = true;
        return spw_record_load(job->sidecar_path, &result->summary);
    }
    SPW_TRY(check_damage(job));
    struct spw_output output;
    const double start = now_s();
    SPW_TRY(reconstruct(job, &output));
    SPW_TRY(write_histograms(job, output.n_events));
    job->seconds = now_s() - start;

    json_t *record;
    SPW_TRY(spw_record_make(job, &output, &record));
    const enum spw_status status = spw_sidecar_write(job->sidecar_path, record);
    spw_record_add_performance(job, &output, record);
    result->summary = record;
    return status;
}

enum spw_status spw_job_run(const struct spw_raw_file *file,
                            const struct spw_job_options *options,
                            struct spw_job_result *result)
{
    *result = (struct spw_job_result){0};
    struct spw_job job = {.file = file, .options = options};
    struct spw_arena config_arena = {0};
    enum spw_status status = prepare(&job, &config_arena);
    if (status == SPW_OK) status = run_prepared(&job, result);
    spw_pipeline_release(&job.result);
    spw_run_release(&job.run);
    spw_arena_release(&config_arena);
    return status;
}
