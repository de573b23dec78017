/// The electronics: from signals to edges, samples and trigger words, and the truth of them.
#pragma once

#include "io/raw.h"
#include "sim/event.h"
#include "sim/truth.h"

/// Counters of the end of burst, a thread's own; sums do not depend on the threads.
struct sim_counters {
    uint64_t *leading[NA62_N_STREAMS]; ///< [n_addresses] edges written; NULL: no counters
};

SPW_MUST_CHECK enum spw_status sim_counters_init(struct sim_counters *counters,
                                                 struct spw_arena *arena);
void sim_counters_add(struct sim_counters *into, const struct sim_counters *from);

/// Adds event `e` of the batch: hits, pulses, trigger, its truth; closes it in both.
SPW_MUST_CHECK enum spw_status sim_read_out(struct sim_event *event,
                                            uint32_t e,
                                            struct spw_raw_batch *batch,
                                            struct sim_truth *truth,
                                            struct sim_counters *counters);

/// Parts of it.
SPW_MUST_CHECK enum spw_status sim_read_out_hits(struct sim_event *event,
                                                 enum sim_detector detector,
                                                 struct spw_raw_batch *batch,
                                                 struct sim_truth *truth,
                                                 struct sim_counters *counters);
SPW_MUST_CHECK enum spw_status sim_read_out_pulses(struct sim_event *event,
                                                   enum sim_calorimeter calorimeter,
                                                   struct spw_raw_batch *batch,
                                                   struct sim_truth *truth);
SPW_MUST_CHECK enum spw_status sim_trigger(struct sim_event *event,
                                           struct spw_raw_batch *batch);

/// Appends one record to the open event.
SPW_MUST_CHECK enum spw_status sim_add_record(struct spw_raw_batch *batch,
                                              uint32_t source,
                                              uint32_t board,
                                              uint32_t item,
                                              uint32_t index,
                                              double value);

/// First and last event of a burst (frames.c), as a batch of one event.
SPW_MUST_CHECK enum spw_status sim_start_of_burst(const struct sim_setup *setup,
                                                  struct spw_raw_batch *batch,
                                                  struct sim_truth *truth);
SPW_MUST_CHECK enum spw_status sim_end_of_burst(const struct sim_setup *setup,
                                                const struct sim_counters *counters,
                                                struct spw_raw_batch *batch,
                                                struct sim_truth *truth);
