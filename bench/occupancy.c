/// How the chain grows with the number of particles in an event.
#include "bench/chain_job.h"

#include <math.h>
#include <stdio.h>

/* One burst: CPU time of the stages and bytes of an event. */
struct point {
    double us, kB;
};

static enum spw_status measure(struct bench_report *report,
                               const char *config,
                               double activity,
                               uint64_t n_events,
                               struct point *point)
{
    const char *raw;
    struct chain_job job;
    char name[48];
    snprintf(name, sizeof name, "occupancy/activity_%g", activity);
    SPW_TRY(bench_simulate(config, activity, n_events, &raw));
    SPW_TRY(chain_job_open(&job, raw, config));
    chain_job_time(&job, report, name, 1);
    *point = (struct point){job.stages_us,
                            1e-3 * (double)job.file.map.bytes.size / job.file.index.count};
    chain_job_release(&job);
    return job.status;
}

enum spw_status
bench_occupancy(struct bench_report *report, const char *config, uint64_t n_events)
{
    static const double activity[] = {0.5, 1, 2, 4};
    struct point first = {0}, point;
    if (!bench_is_chosen(report, "occupancy/")) return SPW_OK;
    bench_group("occupancy: accidental activity against the nominal one, one thread");
    for (size_t i = 0; i < sizeof activity / sizeof *activity; ++i) {
        SPW_TRY(measure(report, config, activity[i], n_events, &point));
        if (i == 0) first = point;
        printf("  %.1f kB an event, stages %.3f us/kB", point.kB, point.us / point.kB);
        if (i > 0)
            printf(", grows as bytes to the power %.2f",
                   log(point.us / first.us) / log(point.kB / first.kB));
        printf("\n");
    }
    return SPW_OK;
}
