/// The whole chain on a burst: raw bytes to finished files, next to what its steps must cost.
#include "bench/chain_job.h"
#include "bench/steps.h"

#include <stdio.h>
#include <string.h>

/* Rows of all objects whose path ends so, in the last job. */
static double rows_of(const struct chain_job *job, const char *end)
{
    const json_t *metadata = json_object_get(job->summary, "metadata");
    const size_t length = strlen(end);
    const char *path;
    json_t *count;
    double sum = 0;
    json_object_foreach(json_object_get(metadata, "spillway.rows"), path, count)
    {
        const size_t all = strlen(path);
        if (all > length && strcmp(path + all - length, end) == 0)
            sum += json_number_value(count);
    }
    return sum;
}

/* Floors of the steps, us an event. */
struct floors {
    double
        steps; ///< bytes read and checked, edges decoded and paired, cells measured, columns packed
    double all; ///< and every hit and cell counted in its histograms
};

static struct floors floors_of(const struct chain_job *job, const struct bench_steps *steps)
{
    const json_t *performance = json_object_get(job->summary, "performance");
    const double bytes = (double)job->file.map.bytes.size, n = job->file.index.count;
    const double written = json_number_value(json_object_get(performance, "column_bytes"));
    const double hits = rows_of(job, "/hits"), cells = rows_of(job, "/cells");
    const double ns = bytes / steps->read_gb_per_s + bytes / steps->checksum_gb_per_s +
                      2 * hits * (steps->decode_ns + steps->pair_ns) +
                      cells * steps->pulse_ns + written / steps->pack_gb_per_s;
    return (struct floors){1e-3 * ns / n,
                           1e-3 * (ns + (hits + cells) * steps->count_ns) / n};
}

/* A chain with one and two threads; with `steps`, next to what it must cost. */
static enum spw_status time_chain(struct bench_report *report,
                                  struct chain_job *job,
                                  const char *name,
                                  const struct bench_steps *steps)
{
    double one_thread_us = 0;
    for (int threads = 1; threads <= 2; ++threads) {
        char full_name[32];
        snprintf(full_name, sizeof full_name, "chain/%s_j%d", name, threads);
        if (!bench_is_chosen(report, full_name)) continue;
        const struct bench_result result = chain_job_time(job, report, full_name, threads);
        if (job->status != SPW_OK) return job->status;
        const double us = 1e-3 * result.ns_per_unit, per_core = us * threads;
        if (threads == 1) one_thread_us = us;
        printf("  %.2f us/event/core", per_core);
        if (one_thread_us > 0) printf(", speed-up %.2f", one_thread_us / us);
        printf("\n");
        if (!steps) continue;
        const struct floors floors = floors_of(job, steps);
        printf(
            "  %.2f x the floor of its steps (%.2f us), %.2f x with histograms (%.2f us)\n",
            per_core / floors.steps, floors.steps, per_core / floors.all, floors.all);
    }
    return SPW_OK;
}

enum spw_status
bench_chain(struct bench_report *report, const char *raw, const char *config)
{
    static const char *const calibration = "stages=[hits, pulses, candidates]";
    struct chain_job job;
    struct bench_steps steps;
    SPW_TRY(bench_steps(report, &steps));
    SPW_TRY(chain_job_open(&job, raw, config));
    bench_group("chain: burst to calibrated hits, mdst tier");
    job.options.overrides = &calibration;
    job.options.n_overrides = 1;
    enum spw_status status = time_chain(report, &job, "hits", &steps);
    bench_group("chain: burst to finished files with all objects, mdst tier");
    job.options.n_overrides = 0;
    if (status == SPW_OK) status = time_chain(report, &job, "mdst", NULL);
    chain_job_release(&job);
    return status;
}
