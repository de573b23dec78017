/// Cells of a batch on their way into their detector's histograms: first the places of a
/// stretch of cells are found and their cache lines asked for, later the bins are counted.
#pragma once

#include "reco/fill_kernels.h"
#include "reco/objects.h"
#include "reco/pulse/cell_detector.h"
#include "reco/worker.h"

/// What enters the histograms beside the columns of spw_cells, and its places.
///
/// Shape   arrays by cell; those of large pulses by their number
/// Memory  the worker's scratch arena
struct cell_fill {
    const struct spw_fill_kernels *kernels;
    const struct spw_histogram *histogram[CELL_N_HISTOGRAMS];
    const struct spw_cells *cells;
    float threshold_MeV;
    uint32_t *crate;                  ///< by the caller
    float *early_adc, *trigger_ns;    ///< by the caller
    float *step_ns;                   ///< behind the trigger
    uint32_t *pedestal, *amplitude;   ///< places of all cells
    uint32_t *time, *time_by_crate;   ///< of those being looked at
    uint32_t *large, *large_by_crate; ///< places of the times of large pulses
    uint32_t n_large, n_done, n_large_done;
};

/// Room for `n` cells.
SPW_MUST_CHECK enum spw_status cell_fill_init(struct cell_fill *fill,
                                              const struct cell_detector *detector,
                                              struct spw_worker *worker,
                                              const struct spw_cells *cells,
                                              uint32_t n);

/// Finds the places of the cells [first, first + n).
void cell_fill_find(struct cell_fill *fill, uint32_t first, uint32_t n);

/// Counts the cells up to `end` and the large ones up to `large_end` that are not counted yet.
void cell_fill_count(struct cell_fill *fill, uint32_t end, uint32_t large_end);
