/// How the chain grows with the number of particles in an event.
#include "bench/chain_job.h"

#include <math.h>
#include <stdio.h>

/* One burst: CPU time of the stages and bytes of an event. */
struct point {
    double us, kB;
};

static enum spw_status measure(struct bench_report *report,
                               const char *name,
                               const char *config,
                               const char *raw,
                               struct point *point)
{
    struct chain_job job;
    SPW_TRY(chain_job_open(&job, raw, config));
    chain_job_time(&job, report, name, 1);
    *point = (struct point){job.stages_us,
                            1e-3 * (double)job.file.map.bytes.size / job.file.index.count};
    chain_job_release(&job);
    return job.status;
}

static void print_point(struct point point, struct point first)
{
    printf("  %.1f kB an event, stages %.3f us/kB", point.kB, point.us / point.kB);
    if (point.kB > first.kB)
        printf(", grows as bytes to the power %.2f",
               log(point.us / first.us) / log(point.kB / first.kB));
    printf("\n");
}

enum spw_status
bench_occupancy(struct bench_report *report, const char *config, uint64_t n_events)
{
    static const double activity[] = {0.5, 1, 2, 4};
    struct point first = {0}, point;
    bench_group("occupancy: accidental activity against the nominal one, one thread");
    for (size_t i = 0; i < sizeof activity / sizeof *activity; ++i) {
        const char *raw;
        char name[48];
        snprintf(name, sizeof name, "occupancy/activity_%g", activity[i]);
        if (!bench_is_chosen(report, name)) continue;
        SPW_TRY(bench_simulate(config, activity[i], n_events, &raw));
        SPW_TRY(measure(report, name, config, raw, &point));
        if (first.kB == 0) first = point;
        print_point(point, first);
    }
    return SPW_OK;
}
