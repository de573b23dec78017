#include "bench/chain_job.h"

#include "core/config.h"
#include "sim/sim.h"

#include <stdio.h>
#include <sys/stat.h>

const char bench_folder[] = "build/bench/data";

enum { CHAIN_REPEATS = 5 };

enum spw_status
bench_simulate(const char *config, double activity, uint64_t n_events, const char **raw)
{
    static struct sim_result result;
    char override[64], folder[128];
    const char *const overrides[] = {override};
    snprintf(override, sizeof override, "sim.activity=%g", activity);
    snprintf(folder, sizeof folder, "%s/activity%g", bench_folder, activity);
    mkdir(bench_folder, 0777);
    mkdir(folder, 0777);

    struct spw_arena arena = {0};
    struct sim_options options = {.out_dir = folder, .n_events = n_events, .seed = 1};
    enum spw_status status = spw_config_open(&options.config, &arena, config, overrides, 1);
    if (status == SPW_OK) {
        spw_config_ignore(options.config, "experiment");
        status = sim_na62(&options, &result);
    }
    spw_arena_release(&arena);
    *raw = result.raw_path;
    return status;
}

enum spw_status chain_job_open(struct chain_job *job, const char *raw, const char *config)
{
    *job = (struct chain_job){0};
    SPW_TRY(spw_raw_file_open(&job->file, raw));
    job->options = (struct spw_job_options){.config_path = config,
                                            .folder = bench_folder,
                                            .isa = spw_isa_best(),
                                            .tier = SPW_TIER_MDST,
                                            .max_bad_fraction = 1,
                                            .force = true};
    return SPW_OK;
}

static uint64_t run_job(void *state)
{
    struct chain_job *job = state;
    struct spw_job_result result;
    job->status = spw_job_run(&job->file, &job->options, &result);
    if (job->status != SPW_OK) return 0;
    json_decref(job->summary);
    job->summary = result.summary;
    return 1;
}

/* Forgets the peak of the process so far: that of the floors is larger than a job's. */
static void reset_peak_memory(void)
{
    FILE *file = fopen("/proc/self/clear_refs", "w");
    if (!file) return;
    fputs("5", file);
    fclose(file);
}

/* CPU time of each stage in the last run, printed and kept beside the case; returns their sum. */
static double report_stages(const struct chain_job *job, struct bench_report *report)
{
    const double n = job->file.index.count;
    const json_t *performance = json_object_get(job->summary, "performance");
    const double peak =
        json_number_value(json_object_get(performance, "peak_memory_bytes"));
    json_t *kept = json_array_get(report->results, json_array_size(report->results) - 1);
    json_t *stages = json_object(), *seconds;
    const char *stage;
    double sum_us = 0;
    json_object_foreach(json_object_get(performance, "stage_cpu_seconds"), stage, seconds)
    {
        const double us = 1e6 * json_number_value(seconds) / n;
        printf("  of which %-16s %8.3f us/event\n", stage, us);
        json_object_set_new(stages, stage, json_real(us));
        sum_us += us;
    }
    printf("  peak memory %.0f MB\n", 1e-6 * peak);
    json_object_set_new(kept, "stage_us_per_event", stages);
    json_object_set_new(kept, "peak_memory_bytes", json_real(peak));
    return sum_us;
}

struct bench_result chain_job_time(struct chain_job *job,
                                   struct bench_report *report,
                                   const char *name,
                                   int threads)
{
    struct bench_report few = *report;
    few.repeats = CHAIN_REPEATS;
    reset_peak_memory();
    job->options.threads = threads;
    const struct bench_result result =
        bench_run(&few, &(struct bench_case){.name = name,
                                             .isa = spw_isa_name(job->options.isa),
                                             .unit = "event",
                                             .units = job->file.index.count,
                                             .bytes = (double)job->file.map.bytes.size,
                                             .run = run_job,
                                             .state = job});
    if (job->status == SPW_OK && result.median_ns > 0)
        job->stages_us = report_stages(job, report);
    return result;
}

void chain_job_release(struct chain_job *job)
{
    json_decref(job->summary);
    spw_raw_file_release(&job->file);
}
