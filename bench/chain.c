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

/* The sum of the floors of the steps, us an event: bytes read and checked once, every edge
 * decoded and paired, every cell measured, the columns that were written packed. */
static double floor_us(const struct chain_job *job, const struct bench_steps *steps)
{
    const json_t *performance = json_object_get(job->summary, "performance");
    const double bytes = (double)job->file.map.bytes.size;
    const double written = json_number_value(json_object_get(performance, "column_bytes"));
    const double edges = 2 * rows_of(job, "/hits"), cells = rows_of(job, "/cells");
    const double ns = bytes / steps->checksum_gb_per_s +
                      edges * (steps->decode_ns + steps->pair_ns) +
                      cells * steps->pulse_ns + written / steps->pack_gb_per_s;
    return 1e-3 * ns / job->file.index.count;
}

enum spw_status
bench_chain(struct bench_report *report, const char *raw, const char *config)
{
    struct chain_job job;
    struct bench_steps steps;
    SPW_TRY(bench_steps(report, &steps));
    SPW_TRY(chain_job_open(&job, raw, config));
    double one_thread_us = 0;
    bench_group("chain: burst to finished files, mdst tier");
    for (int threads = 1; threads <= 2 && job.status == SPW_OK; ++threads) {
        char name[32];
        snprintf(name, sizeof name, "chain/mdst_j%d", threads);
        const struct bench_result result = chain_job_time(&job, report, name, threads);
        if (job.status != SPW_OK || result.median_ns == 0) break;
        const double us = 1e-3 * result.ns_per_unit, floor = floor_us(&job, &steps);
        if (threads == 1) one_thread_us = us;
        printf("  %.2f us/event/core, %.2f x the sum of floors (%.2f us), speed-up %.2f\n",
               us * threads, us * threads / floor, floor, one_thread_us / us);
    }
    chain_job_release(&job);
    return job.status;
}
