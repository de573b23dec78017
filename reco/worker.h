/// What a thread owns, and what a batch carries through the stages.
#pragma once

#include "core/arena.h"
#include "core/columns.h"
#include "core/histogram.h"
#include "io/raw.h"
#include "reco/run.h"

/// One a thread. Scratch memory is rewound after every batch.
struct spw_worker {
    const struct spw_run *run;
    struct spw_arena arena; ///< what stages keep across batches
    struct spw_arena scratch;
    struct spw_histogram *histogram; ///< [run->histograms.count]
    uint64_t *tally;                 ///< [run->tallies.count]
    void **kept;                     ///< [run->n_stages] see spw_worker_kept()
    uint64_t unpack_ns;              ///< time spent unpacking, for the summary
    uint64_t *stage_ns;              ///< [run->n_stages] time spent in each stage
    uint32_t stage;                  ///< the stage that is running
};

/// Where the running stage may keep what it allocated in worker->arena: NULL at its first batch.
static inline void **spw_worker_kept(struct spw_worker *worker)
{
    return &worker->kept[worker->stage];
}

/// One batch on its way from raw bytes to columns.
///
/// Memory  `arena`: raw data and objects, until the writer has appended them
struct spw_batch {
    struct spw_arena arena;
    struct spw_raw_batch raw;
    struct spw_rows *object[SPW_MAX_OBJECTS]; ///< each points to the object's own struct
};

/// Empty histograms and counters for a thread of this run. Memory: worker->arena.
SPW_MUST_CHECK enum spw_status spw_worker_init(struct spw_worker *worker,
                                               const struct spw_run *run);

/// Gives the memory of a worker back.
void spw_worker_release(struct spw_worker *worker);

/// Unpacks the events [first, first + n) and runs all stages on them.
/// Memory  batch->arena is reset first.
SPW_MUST_CHECK enum spw_status spw_worker_process(struct spw_worker *worker,
                                                  struct spw_batch *batch,
                                                  uint32_t first,
                                                  uint32_t n);

/// The rows of an object as the struct they are: SPW_OBJECT(batch, id, struct spw_hits)
#define SPW_OBJECT(batch, id, structure) ((structure *)(void *)(batch)->object[id])
