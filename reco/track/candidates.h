/// Track candidates of the straw spectrometer: what pattern recognition hands to the track fit.
///
/// Objects "/straw/candidates" and "/straw/candidate_hits" of stage `straw_candidates`
/// (reco/straw/), read by the track fit; written in tier cdst.
#pragma once

#include "core/columns.h"
#include "reco/run.h"

/// Candidates of one batch: a seed and a range of hits each.
///
/// Shape   event e owns [rows.first[e], rows.first[e + 1])
/// Order   candidates of an event in order of falling number of hits
/// Units   x_mm, y_mm, dxdz, dydz before the magnet at z = na62_z_straw_chamber_mm[0]; q/p in
///         1/MeV, positive particles are bent towards -x
/// Memory  the batch's arena
struct track_candidates {
    struct spw_rows rows;
    float *x_mm, *y_mm;
    float *dxdz, *dydz;
    float *q_over_p;
    float *time_ns;      ///< of the track relative to the trigger, by its drift times
    uint32_t *first_hit; ///< in track_hits of the batch
    uint16_t *n_hits;    ///< its hits are [first_hit, first_hit + n_hits)
    uint16_t *quality;   ///< enum track_candidate_quality
};

/// Quality bits of candidates.
enum track_candidate_quality {
    TRACK_THREE_CHAMBERS = 1 << 0, ///< one chamber gave no point
    TRACK_SHARED_HITS = 1 << 1,    ///< some hits belong to another candidate too
    TRACK_TIME_UNSURE = 1 << 2,   ///< too few hits to find its time: taken as the trigger's
    TRACK_MISSING_VIEWS = 1 << 3, ///< no hit in a view that the track should cross
    TRACK_OUT_OF_TIME = 1 << 4,   ///< radii are those at time_ns; else those at time 0
};

/// Hits of the candidates of one batch, candidate after candidate: each with the wire it comes
/// from, c x + s y = w at z, aligned.
///
/// Order   those of a candidate in order of z
/// Memory  the batch's arena
struct track_hits {
    struct spw_rows rows;
    uint32_t *hit;       ///< row in /straw/hits of the batch
    uint16_t *event_hit; ///< row among the event's /straw/hits
    float *z_mm;
    float *w_mm; ///< of the wire
    float *c, *s;
    float *radius_mm; ///< by the r-t relation, see TRACK_OUT_OF_TIME
    float *time_ns;   ///< as in /straw/hits: leading edge relative to the trigger
    float *sigma_mm;  ///< of radius_mm
    int8_t *side;     ///< +1: the track passes at larger w than the wire, -1, 0 unknown
    uint8_t *chamber, *view, *plane; ///< as struct na62_wire
};

extern const struct spw_table track_candidates_table;
extern const struct spw_table track_hits_table;
