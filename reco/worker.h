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
    struct spw_arena scratch;
    struct spw_histogram *histogram; ///< [run->histograms.count]
    uint64_t *tally;                 ///< [run->tallies.count]
    void **stage_scratch;            ///< [run->n_stages] kept by stages across batches, or NULL
};

/// One batch on its way from raw bytes to columns.
///
/// Memory  `arena`: raw data and objects, until the writer has appended them
struct spw_batch {
    struct spw_arena arena;
    struct spw_raw_batch raw;
    struct spw_rows *object[SPW_MAX_OBJECTS]; ///< each points to the object's own struct
};

/// The rows of an object as the struct they are: SPW_OBJECT(batch, id, struct spw_hits)
#define SPW_OBJECT(batch, id, structure) ((structure *)(void *)(batch)->object[id])
