/// The whole chain on a burst: raw bytes to finished files, next to what its steps must cost.
#include "bench/bench.h"
#include "bench/steps.h"

#include "io/format.h"
#include "reco/job.h"
#include "sim/sim.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static const char folder[] = "build/bench/data";

enum spw_status bench_burst(uint64_t n_events, const char **raw)
{
    static struct sim_result result;
    const struct sim_options options = {.out_dir = folder, .n_events = n_events, .seed = 1};
    mkdir(folder, 0777);
    *raw = result.raw_path;
    return sim_na62(&options, &result);
}

/* One job, done again and again. */
struct chain {
    struct spw_raw_file file;
    struct spw_job_options options;
    enum spw_status status;
    json_t *summary; ///< of the last job
};

static uint64_t run_chain(void *state)
{
    struct chain *chain = state;
    struct spw_job_result result;
    chain->status = spw_job_run(&chain->file, &chain->options, &result);
    if (chain->status != SPW_OK) return 0;
    json_decref(chain->summary);
    chain->summary = result.summary;
    return 1;
}

static void print_stages(const struct chain *chain, double n_events)
{
    const char *stage;
    json_t *seconds;
    const json_t *performance = json_object_get(chain->summary, "performance");
    json_object_foreach(json_object_get(performance, "stage_cpu_seconds"), stage, seconds)
        printf("  of which %-16s %8.3f us/event\n", stage,
               1e6 * json_number_value(seconds) / n_events);
}

/* Rows of all objects whose path ends so, in the last job. */
static double rows_of(const struct chain *chain, const char *end)
{
    const json_t *metadata = json_object_get(chain->summary, "metadata");
    const size_t length = strlen(end);
    const char *path;
    json_t *count;
    double sum = 0;
    json_object_foreach(json_object_get(metadata, "spillway.rows"), path,
                        count) if (strlen(path) > length &&
                                   strcmp(path + strlen(path) - length, end) == 0) sum +=
        json_number_value(count);
    return sum;
}

/* The sum of the floors of the steps, us an event: bytes read and checked once, every edge
 * decoded and paired, every cell measured, the columns that were written packed. */
static double floor_us(const struct chain *chain, const struct bench_steps *steps, double n)
{
    const json_t *performance = json_object_get(chain->summary, "performance");
    const double bytes = (double)chain->file.map.bytes.size;
    const double written = json_number_value(json_object_get(performance, "column_bytes"));
    const double edges = 2 * rows_of(chain, "/hits"), cells = rows_of(chain, "/cells");
    const double ns = bytes / steps->checksum_gb_per_s +
                      edges * (steps->decode_ns + steps->pair_ns) +
                      cells * steps->pulse_ns + written / steps->pack_gb_per_s;
    return 1e-3 * ns / n;
}

enum spw_status
bench_chain(struct bench_report *report, const char *raw, const char *config)
{
    struct chain chain = {0};
    SPW_TRY(spw_raw_file_open(&chain.file, raw));
    const double n = chain.file.index.count, bytes = (double)chain.file.map.bytes.size;
    chain.options = (struct spw_job_options){.config_path = config,
                                             .folder = folder,
                                             .isa = spw_isa_best(),
                                             .tier = SPW_TIER_MDST,
                                             .max_bad_fraction = 1,
                                             .force = true};
    struct bench_steps steps;
    SPW_TRY(bench_steps(report, &steps));
    struct bench_report few = *report;
    few.repeats = 5;
    double one_thread_us = 0;
    bench_group("chain: burst to finished files, mdst tier");
    for (int threads = 1; threads <= 2 && chain.status == SPW_OK; ++threads) {
        char name[32];
        snprintf(name, sizeof name, "chain/mdst_j%d", threads);
        chain.options.threads = threads;
        const struct bench_result result =
            bench_run(&few, &(struct bench_case){.name = name,
                                                 .isa = spw_isa_name(chain.options.isa),
                                                 .unit = "event",
                                                 .units = n,
                                                 .bytes = bytes,
                                                 .run = run_chain,
                                                 .state = &chain});
        if (chain.status != SPW_OK || result.median_ns == 0) break;
        const double us = 1e-3 * result.ns_per_unit;
        if (threads == 1) one_thread_us = us;
        const double floor = floor_us(&chain, &steps, n);
        printf("  %.2f us/event/core, %.2f x the sum of floors (%.2f us), speed-up %.2f\n",
               us * threads, us * threads / floor, floor, one_thread_us / us);
        print_stages(&chain, n);
    }
    json_decref(chain.summary);
    spw_raw_file_release(&chain.file);
    return chain.status;
}
