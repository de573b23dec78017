/// One simulated particle trigger of MICE.
#pragma once

#include "sim/mice.h"

/// The beam: fractions of pions and electrons (the rest are muons), relative spread.
struct mice_beam {
    double momentum_MeV, spread, pions, electrons;
};

/// What really happened.
struct mice_truth {
    uint32_t species; ///< 0 muon, 1 pion, 2 electron
    int32_t pdg;
    double momentum_MeV;
    double time_ns[MICE_STATIONS];             ///< relative to TOF1
    uint32_t slab[MICE_STATIONS][MICE_PLANES]; ///< plane 0 horizontal
    uint32_t n_pe[2];                          ///< photo-electrons in CKOV A and B
    uint32_t kl_cell;
    uint32_t n_emr_planes; ///< planes of the EMR passed, from plane 0 on
};

struct mice_trigger {
    struct sim_random random; ///< seeded by the caller
    uint32_t number;          ///< in the spill, from 0
    double time_ns;           ///< since the start of the run
    double spill_time_ns;     ///< since the start of the spill
    uint32_t request_ticks;   ///< of the trigger request, V1290 counter
    struct mice_truth truth;
};

/// Appends the rows of a trigger to the batch; the event is closed by the caller.
SPW_MUST_CHECK enum spw_status mice_trigger_make(const struct mice_setup *setup,
                                                 const struct mice_beam *beam,
                                                 struct mice_trigger *trigger,
                                                 struct spw_raw_batch *batch);
