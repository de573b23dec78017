/// One job (raw burst to finished files), timed again and again.
#pragma once

#include "bench/bench.h"

#include "io/format.h"
#include "reco/job.h"

/// A burst and what is to be done with it. Memory: the open file, and the last summary.
struct chain_job {
    struct spw_raw_file file;
    struct spw_job_options options;
    enum spw_status status; ///< of the last run
    json_t *summary;        ///< of the last run
    double stages_us;       ///< CPU time of all stages an event in the last run
};

/// Opens the burst; outputs go to a folder of the benches, tier mdst, best instruction set.
SPW_MUST_CHECK enum spw_status
chain_job_open(struct chain_job *job, const char *raw, const char *config);

/// Times it with `threads` threads; the result is empty where the job failed (status says why)
/// or the filter leaves it out. Prints and keeps CPU time of the stages and the peak memory.
struct bench_result chain_job_time(struct chain_job *job,
                                   struct bench_report *report,
                                   const char *name,
                                   int threads);

/// Closes the burst and drops the summary.
void chain_job_release(struct chain_job *job);

/// Where simulated bursts and outputs of benches go.
extern const char bench_folder[];

/// Simulates a burst of this activity below the folder; `*raw` is its path, valid until the next
/// call.
SPW_MUST_CHECK enum spw_status
bench_simulate(const char *config, double activity, uint64_t n_events, const char **raw);
