/// Drift radii of straw hits by the configured r-t relation.
#pragma once

#include "reco/calibrate/calibrate_kernels.h"
#include "reco/objects.h"
#include "reco/run.h"

struct straw_rt {
    enum spw_rt_kind kind;
    struct spw_rt rt;
};

/// Reads section `straw_rt`. Memory: the run's arena. Errors: SPW_BAD_CONFIG.
SPW_MUST_CHECK enum spw_status straw_rt_prepare(struct straw_rt *rt, struct spw_run *run);

/// Fills radius_mm of all hits from time_ns.
void straw_radii(const struct straw_rt *rt,
                 const struct spw_calibrate_kernels *kernels,
                 struct spw_straw_hits *hits);
