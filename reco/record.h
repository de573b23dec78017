/// The catalogue record of a job (sidecar) and the summary it prints.
#pragma once

#include "core/status.h"
#include "reco/job.h"
#include "reco/output.h"
#include "reco/pipeline.h"

#include <sys/types.h>
#include <time.h>

/// State of a raw file, by which a change shows.
struct spw_job_input {
    off_t size;
    struct timespec changed;
};

/// A job on its way: internal to reco/job.c and reco/record.c.
struct spw_job {
    const struct spw_raw_file *file;
    const struct spw_job_options *options;
    struct spw_run run;
    const char *raw_name, *reco_path, *hist_path, *sidecar_path; ///< run arena
    struct spw_job_input input;                                  ///< when the job began
    char request_digest[65];
    struct spw_pipeline_result result;
    double seconds;
};

/// JSON text of the parents list. Memory: the run's arena.
const char *spw_record_parents(struct spw_job *job);

/// The MetaCat-style record of finished outputs (interface.md), with checksums.
SPW_MUST_CHECK enum spw_status
spw_record_make(struct spw_job *job, const struct spw_output *output, json_t **record);

/// Adds what differs from run to run (time, speed, memory) for the printed summary only.
void spw_record_add_performance(const struct spw_job *job,
                                const struct spw_output *output,
                                json_t *record);

/// Reads a sidecar back. Errors: SPW_MISSING.
SPW_MUST_CHECK enum spw_status spw_record_load(const char *path, json_t **record);
