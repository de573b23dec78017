#include "bench/bench.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { MAX_REPEATS = 1001 };

static const double shortest_ns =
    2e6; /* one timed stretch: long against the clock's step */

static double now_ns(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return 1e9 * (double)time.tv_sec + (double)time.tv_nsec;
}

static volatile uint64_t sink; /* keeps the compiler from dropping the work */

static double time_calls(const struct bench_case *which, int calls)
{
    const double start = now_ns();
    for (int i = 0; i < calls; ++i) sink += which->run(which->state);
    return (now_ns() - start) / calls;
}

static int by_value(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void print_result(const struct bench_report *report,
                         const struct bench_case *which,
                         const struct bench_result *result)
{
    printf("%-28s %-3s %10.3f ns/%-8s", which->name, which->isa, result->ns_per_unit,
           which->unit);
    if (which->bytes > 0) {
        printf(" %8.2f GB/s", result->gb_per_s);
        if (report->read_gb_per_s > 0)
            printf("  %5.2f x read", report->read_gb_per_s / result->gb_per_s);
    }
    printf("  +- %.1f %%\n", 100 * result->spread);
}

static void keep_result(struct bench_report *report,
                        const struct bench_case *which,
                        const struct bench_result *result)
{
    json_array_append_new(report->results,
                          json_pack("{s:s, s:s, s:s, s:f, s:f, s:f, s:f, s:f}", "name",
                                    which->name, "isa", which->isa, "unit", which->unit,
                                    "ns_per_unit", result->ns_per_unit, "spread",
                                    result->spread, "gb_per_s", result->gb_per_s,
                                    "read_floor_gb_per_s", report->read_gb_per_s,
                                    "copy_floor_gb_per_s", report->copy_gb_per_s));
}

bool bench_is_chosen(const struct bench_report *report, const char *name)
{
    return !report->filter || strstr(name, report->filter);
}

struct bench_result bench_run(struct bench_report *report, const struct bench_case *which)
{
    struct bench_result result = {0};
    if (!bench_is_chosen(report, which->name)) return result;

    const double first = time_calls(which, 1);
    const int calls = first > shortest_ns ? 1 : (int)(shortest_ns / (first + 1)) + 1;
    double sample[MAX_REPEATS];
    const int n = report->repeats < MAX_REPEATS ? report->repeats : MAX_REPEATS;
    for (int i = 0; i < n; ++i) sample[i] = time_calls(which, calls);
    qsort(sample, (size_t)n, sizeof *sample, by_value);

    result.median_ns = sample[n / 2];
    result.spread =
        0.5 * (sample[(int)(0.84 * n)] - sample[(int)(0.16 * n)]) / result.median_ns;
    result.ns_per_unit = result.median_ns / which->units;
    result.gb_per_s = which->bytes / result.median_ns;
    print_result(report, which, &result);
    keep_result(report, which, &result);
    return result;
}

void bench_group(const char *title)
{
    printf("\n-- %s\n", title);
}
