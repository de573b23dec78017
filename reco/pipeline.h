/// The only place with threads: batches as tasks, an ordered writer, bounded memory.
#pragma once

#include "core/status.h"
#include "reco/output.h"
#include "reco/run.h"
#include "reco/worker.h"

#include <signal.h>

struct spw_pipeline_options {
    int threads;                       ///< >= 1
    const volatile sig_atomic_t *stop; ///< set by a signal: finish nothing, SPW_RETRY
};

/// What a run leaves behind besides its output. Memory: `workers` of their own.
struct spw_pipeline_result {
    struct spw_worker
        *worker; ///< [threads]; worker 0 holds the merged histograms and tallies
    int threads;
    uint32_t adler32; ///< of the whole raw file
    struct spw_arena arena;
};

/// Runs all events of run->file through the stages and appends them to `output` in order.
///
/// The content of output, histograms and tallies is the same for any number of threads.
/// Errors  what stages and writing give; SPW_RETRY when stopped.
SPW_MUST_CHECK enum spw_status spw_pipeline_run(const struct spw_run *run,
                                                struct spw_output *output,
                                                const struct spw_pipeline_options *options,
                                                struct spw_pipeline_result *result);

/// Gives the workers of a result back.
void spw_pipeline_release(struct spw_pipeline_result *result);
