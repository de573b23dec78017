/// Benches: a few measurements, each repeated, with median and spread, next to a floor measured
/// in the same run. Read the ratios: machines are shared and noisy.
#pragma once

#include "core/isa.h"
#include "core/status.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/// One thing to time. `run` does `units` units of work (words, hits, channels, events) over
/// `bytes` bytes, and returns something that depends on all of it, so it cannot be dropped.
struct bench_case {
    const char *name; ///< "unpack/tdc_words"
    const char *isa;  ///< "v2", "v3", "v4" or "-"
    const char *unit; ///< "word"
    double units, bytes;
    uint64_t (*run)(void *state);
    void *state;
};

/// Median and spread of a case.
struct bench_result {
    double median_ns; ///< a call
    double spread;    ///< half the distance of the 16 % and 84 % points, over the median
    double ns_per_unit;
    double gb_per_s;
};

/// Where results go: a table on stdout, and a JSON array.
struct bench_report {
    json_t *results;
    const char *filter; ///< only names that contain this, or NULL
    int repeats;
    double read_gb_per_s; ///< floor: reading memory once
    double copy_gb_per_s; ///< floor: copying memory (bytes read)
};

/// Runs a case `repeats` times (each long enough to be timed), prints a line, keeps it.
struct bench_result bench_run(struct bench_report *report, const struct bench_case *which);

/// Whether the filter lets a case of this name pass: spares making its data.
bool bench_is_chosen(const struct bench_report *report, const char *name);

/// Prints the header of a group of cases.
void bench_group(const char *title);

/// Measures memory read and copy on a block as large as a batch and larger than all caches.
SPW_MUST_CHECK enum spw_status bench_floor(struct bench_report *report);

/// Unpacking of the blocks of a burst, per instruction set.
SPW_MUST_CHECK enum spw_status bench_unpack(struct bench_report *report, const char *raw);

/// Showers of LKr events, per instruction set, and their floor.
SPW_MUST_CHECK enum spw_status bench_clusters(struct bench_report *report);

/// Calibration and pulse kernels, per instruction set.
SPW_MUST_CHECK enum spw_status bench_kernels(struct bench_report *report);

/// Circle fits of the RICH, next to their floor.
SPW_MUST_CHECK enum spw_status bench_rings(struct bench_report *report);

/// Pairs of hits in the straws, per instruction set, and their floor.
SPW_MUST_CHECK enum spw_status bench_straw(struct bench_report *report);

/// Track fit: filling, filter and smoother, the whole fit, and their floor.
SPW_MUST_CHECK enum spw_status bench_tracks(struct bench_report *report);

/// The whole chain on a burst, one and two threads, next to the sum of the floors of its steps.
SPW_MUST_CHECK enum spw_status
bench_chain(struct bench_report *report, const char *raw, const char *config);

/// The chain on simulated bursts of 0.5 to 4 times the nominal activity.
SPW_MUST_CHECK enum spw_status
bench_occupancy(struct bench_report *report, const char *config, uint64_t n_events);
