/// Cells of a batch on their way into their detector's histograms, block by block: the places
/// of a block are found and their cache lines asked for, its bins are counted a block later.
#pragma once

#include "reco/fill_kernels.h"
#include "reco/objects.h"
#include "reco/pulse/cell_detector.h"
#include "reco/worker.h"

enum {
    CELL_BLOCK = 256
}; ///< cells of a block: what is known of them stays in the near cache

/// Where the cells of a block are counted.
struct cell_places {
    uint32_t first, n, n_large;
    uint32_t pedestal[CELL_BLOCK], amplitude[CELL_BLOCK];
    uint32_t large[CELL_BLOCK], large_by_crate[CELL_BLOCK]; ///< times of large pulses
};

/// Cells of one detector and batch. Zero-initialised but for the first members.
struct cell_fill {
    const struct spw_cells *cells;
    const float *trigger_ns; ///< by event
    struct spw_histogram *histogram[CELL_N_HISTOGRAMS];
    const struct spw_fill_kernels *kernels;
    bool by_crate; ///< times by crate are counted, not folded
    float threshold_MeV;
    uint32_t event; ///< of the next cell
    uint32_t turn;  ///< the places to use next; the others are to be counted
    struct cell_places places[2];

    uint32_t crate[CELL_BLOCK];  ///< of the block to be added: by the caller
    float early_adc[CELL_BLOCK]; ///< mean of the first two samples: by the caller
    float step_ns[CELL_BLOCK];   ///< behind the trigger
    uint32_t time[CELL_BLOCK], time_by_crate[CELL_BLOCK];
};

/// Ready for the first block of these cells.
void cell_fill_init(struct cell_fill *fill,
                    const struct cell_detector *detector,
                    struct spw_worker *worker,
                    const struct spw_cells *cells,
                    const float *trigger_ns);

/// Adds the next block, the cells [first, first + n).
void cell_fill_add(struct cell_fill *fill, uint32_t first, uint32_t n);

/// Counts what is left.
void cell_fill_finish(struct cell_fill *fill);
