/// The whole chain on a burst: raw bytes to finished files, next to what its steps must cost.
#include "bench/bench.h"

#include "core/arena.h"
#include "core/config.h"
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
    struct spw_arena arena = {0};
    struct spw_config *config;
    mkdir(folder, 0777);
    SPW_TRY(spw_config_open(&config, &arena, "configs/na62/na62.yaml", NULL, 0));
    const struct sim_options options = {
        .config = config, .out_dir = folder, .n_events = n_events, .seed = 1};
    const enum spw_status status = sim_na62(&options, &result);
    *raw = result.raw_path;
    spw_arena_release(&arena);
    return status;
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

/* What the bytes must cost at least: read and checked once, decoded and calibrated at the rates
 * of docs/performance.md scaled to the memory speed measured in this run, packed and written. */
static double floor_us(const struct bench_report *report, double event_bytes)
{
    const double reference_read_gb_per_s = 30; /* the machine of those rates */
    const double scale = reference_read_gb_per_s / report->read_gb_per_s;
    const double read = 1e-3 * event_bytes / 30, check = 1e-3 * event_bytes / 60;
    const double decode = 1e-3 * event_bytes / 3.3, pulses = 0.07 * event_bytes / 10000;
    const double pair = 1.0 * event_bytes / 10000, output = 1.2;
    return scale * (read + check + decode + pulses + pair + output);
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
        printf("  %.2f us/event/core, %.2f x the sum of floors (%.2f us), speed-up %.2f\n",
               us * threads, us * threads / floor_us(report, bytes / n),
               floor_us(report, bytes / n), one_thread_us / us);
        print_stages(&chain, n);
    }
    json_decref(chain.summary);
    spw_raw_file_release(&chain.file);
    return chain.status;
}
