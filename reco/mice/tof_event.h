/// TOF reconstruction of one trigger, step by step (docs/physics/mice.md 2).
#pragma once

#include "io/date/date.h"
#include "io/raw.h"
#include "reco/mice/fadc.h"
#include "reco/mice/tof.h"

enum { TOF_TDC_BOARDS = DATE_N_LDC * DATE_N_GEO };

/// A slab seen from both ends.
struct tof_slab {
    bool there;
    double raw_ns[TOF_SIDES];
    int32_t charge_adc[TOF_SIDES];
    double time_ns[TOF_SIDES]; ///< corrected
};

/// What the TDC boards and photomultipliers of a trigger say.
struct tof_event {
    struct mice_pulse_index index;
    const struct mice_pulses *pulses;
    int32_t trigger[TOF_TDC_BOARDS], request[TOF_TDC_BOARDS]; ///< ticks, -1: none
    bool has_time[TOF_PMTS];
    double raw_ns[TOF_PMTS]; ///< earliest digit
    int32_t charge_adc[TOF_PMTS];
    struct tof_slab slab[TOF_STATIONS][TOF_PLANES][TOF_SLABS];
    bool has_pixel;
    uint32_t pixel[2];             ///< horizontal, vertical
    double point_ns[TOF_STATIONS]; ///< the last space point
    uint32_t n_points[TOF_STATIONS];
};

/// The objects of one station.
struct tof_objects {
    struct tof_digits *digits;
    struct tof_slab_hits *slabs;
    struct tof_space_points *points;
};

/// First trigger and request hit of every TDC board; forgets the event before.
void tof_event_references(struct tof_event *event,
                          const struct spw_raw_hits *hits,
                          uint32_t e);

/// Digits of a station (room is reserved) and the earliest of each photomultiplier.
void tof_event_digits(struct tof_event *event,
                      const struct tof_constants *constants,
                      const struct spw_raw_hits *hits,
                      uint32_t e,
                      uint32_t station,
                      struct tof_digits *out);

/// Slabs with both ends, in all stations.
void tof_event_slabs(struct tof_event *event);

/// The first (horizontal, vertical) pair of the trigger station within `cut_ns` of 0.
void tof_event_pixel(struct tof_event *event,
                     const struct tof_constants *constants,
                     double cut_ns);

/// Corrects the slabs of a station, appends slab hits and space points (room is reserved).
void tof_event_points(struct tof_event *event,
                      const struct tof_constants *constants,
                      uint32_t station,
                      double cut_ns,
                      const struct tof_objects *out);
