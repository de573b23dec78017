/// Tracks on their way to the objects "/straw/tracks" and "/straw/track_hits", and their
/// histograms.
#pragma once

#include "reco/fill_kernels.h"
#include "reco/track/fitted.h"
#include "reco/worker.h"

/// Straws of the tracks of one batch, track after track.
///
/// Order   those of a track in order of z
struct track_straws {
    struct spw_rows rows;
    int32_t *track;     ///< row among the event's tracks
    int32_t *hit;       ///< row among the event's straw hits
    int8_t *side;       ///< +1: the track passes at larger w than the wire
    float *distance_mm; ///< of the fitted track from the wire, signed
    float *residual_mm; ///< measured - fitted distance
    uint32_t *channel;  ///< straw ID; this and the following are not written
    float *radius_mm;   ///< fitted distance without sign
    float *drift_ns;    ///< drift time, by the track's own time
    float *late_ns;     ///< measured - fitted drift time
};

extern const struct spw_table track_straws_table;

/// Ids of objects and histograms.
struct track_output {
    const struct spw_fill_kernels *fill;
    uint32_t tracks, straws, straw_hits;
    uint32_t n_tracks, momentum, chi2, time;
    uint32_t residual_by_straw, time_by_straw, distance_by_time;
};

/// The tracks of an event: `order` lists n candidates by falling momentum.
struct track_event {
    uint32_t event, n;
    const uint32_t *order;
    const struct track_fitted *fitted;
    const struct track_hit_fits *hits;
};

/// Declares objects, books histograms.
SPW_MUST_CHECK enum spw_status track_output_prepare(struct track_output *output,
                                                    struct spw_run *run);

/// Appends the tracks of one event; events must come in order.
SPW_MUST_CHECK enum spw_status track_output_append(const struct track_output *output,
                                                   struct spw_worker *worker,
                                                   struct spw_batch *batch,
                                                   const struct track_source *source,
                                                   const struct track_event *event);

/// Residuals of the batch's tracks into the histograms, when all events are appended.
SPW_MUST_CHECK enum spw_status track_output_fill(const struct track_output *output,
                                                 struct spw_worker *worker,
                                                 const struct spw_batch *batch);
