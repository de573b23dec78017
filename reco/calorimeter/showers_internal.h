/// The steps of showers_find(): internal to reco/calorimeter/.
#pragma once

#include "reco/calorimeter/showers.h"

/// Cells into the map; seeds in order of falling energy into work->seed_row. Returns how many of
/// them become showers.
uint32_t showers_seeds(const struct shower_finder *finder,
                       struct shower_work *work,
                       const struct shower_event *event);

/// Takes the cells out of the map.
void showers_clean(const struct shower_work *work, const struct shower_event *event);

/// Measures the showers of n seeds; leaves what they expect together in the map.
void showers_fit(const struct shower_finder *finder,
                 struct shower_work *work,
                 const struct shower_event *event,
                 uint32_t n);

/// Takes the expectations of a shower out of the map.
void showers_forget(const struct shower_work *work, const struct shower *shower);

/// Results of n showers in order of falling energy; the map of expectations is clean again.
void showers_finish(const struct shower_finder *finder,
                    struct shower_work *work,
                    const struct shower_event *event,
                    uint32_t n);
