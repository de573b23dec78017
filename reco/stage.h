/// Stages: what turns the objects of a batch into further objects.
///
/// A stage is a folder or file and one line in reco/stages.def. A run uses those stages whose
/// name appears under `stages:` in the configuration; `needs` and `makes` order them.
#pragma once

#include "core/config.h"
#include "core/status.h"
#include "reco/run.h"
#include "reco/worker.h"

struct spw_stage {
    const char *name;
    const char *meaning;
    const char *const
        *needs; ///< NULL-terminated names of objects: "raw", "hits", "candidates"
    const char *const *makes; ///< NULL-terminated
    const char *const
        *uses; ///< the same, or NULL: comes after who makes them, if anybody does

    /// Reads options and constants, declares objects (spw_run_add_object) and books histograms.
    /// `*state` is kept for run(); it is shared by all workers and must not change afterwards.
    enum spw_status (*prepare)(struct spw_run *run, void **state);

    /// Works on one batch. Lanes, scratch memory, histograms and tallies are the worker's;
    /// rows of objects grow in batch->arena.
    enum spw_status (*run)(const void *state,
                           struct spw_worker *worker,
                           struct spw_batch *batch);
};

extern const struct spw_stage *const spw_stages[];
extern const size_t spw_n_stages;

/// The stages of this run, ordered; fails with SPW_BAD_CONFIG on a missing or circular need.
SPW_MUST_CHECK enum spw_status spw_stages_order(struct spw_run *run);
