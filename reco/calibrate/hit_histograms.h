/// Histograms of calibrated hits: how often a channel, and when.
#pragma once

#include "reco/calibrate/detector.h"
#include "reco/worker.h"

/// Enters all hits of a batch into the detector's histograms; `pairs` are theirs, row by row; times
/// are relative to origin_ns of their event.
/// Memory  the worker's scratch
SPW_MUST_CHECK enum spw_status
hit_histograms_fill(const struct hit_detector *detector,
                    const struct spw_calibrate_kernels *kernels,
                    struct spw_worker *worker,
                    const struct spw_pairs *pairs,
                    const struct spw_hits *hits,
                    const float *origin_ns);
