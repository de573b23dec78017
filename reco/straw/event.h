/// One event on its way from drift circles to candidates: internal to reco/straw/.
///
/// Hits stand in slots along their view; clusters of neighbouring slots give a coordinate and a
/// time each; points are clusters of the views of a chamber; segments join the two chambers of
/// a side of the magnet; candidates join segments, or a segment and a point.
#pragma once

#include "geometry/na62_geometry.h"
#include "reco/objects.h"
#include "reco/straw/drift.h"
#include "reco/straw/settings.h"
#include "reco/straw/wires.h"

enum { STRAW_NONE = 0xffff };

struct straw_hit {
    float time_ns;  ///< leading edge relative to the trigger
    float track_ns; ///< time of its track by the trailing edge; NAN without one
    float w_mm, z_mm;
    uint16_t next; ///< another hit in the slot, or STRAW_NONE
    uint16_t row;  ///< among the event's /straw/hits
    uint16_t slot;
    uint8_t view, plane;
    bool used; ///< in a cluster of several hits; later: in an accepted candidate
};

/// Coordinate of a track in a view.
///
/// Order  of time within a view
struct straw_cluster {
    float w_mm, z_mm;
    float time_ns;   ///< of the track, relative to the trigger
    uint16_t hit[3]; ///< of neighbouring slots in order
    uint8_t n_hits;
    bool single; ///< one hit: its other side is another cluster
};

/// Clusters of two to four views of a chamber.
struct straw_point {
    float x_mm, y_mm; ///< at the chamber's centre
    float tx, ty;     ///< in the chamber: measured if `slopes`, else guessed
    float time_ns;
    uint16_t cluster[4]; ///< by view, or STRAW_NONE
    uint8_t n_views;
    bool slopes;
};

/// Line through two points of a side of the magnet.
struct straw_segment {
    float x_mm, y_mm; ///< in the middle of the magnet
    float tx, ty;
    float time_ns;
    float at_mm[2][2]; ///< x, y at the centres of its two chambers
    uint16_t point[2];
    uint8_t n_views;
    bool matched; ///< part of a candidate of four chambers
    float chi2;
};

/// A possible track.
struct straw_candidate {
    float at_mm[4][2]; ///< x, y at the chambers' centres; missing chamber: extrapolated
    float tx, ty, tx_after, ty_after;
    float time_ns;
    float score;
    struct straw_point point[4]; ///< n_views 0: no point in this chamber
    uint8_t n_views, n_chambers;
};

/// What all events share; read-only.
struct straw_finder {
    struct straw_settings settings;
    struct straw_wires wires;
    struct straw_drift drift;
    float chamber_z_mm[4];
    float view_z_mm[STRAW_VIEWS]; ///< middle of the four planes
};

/// Room for one event; reused by the next.
struct straw_event {
    const struct straw_finder *finder;
    struct straw_hit *hit; ///< [max_hits]
    uint32_t n_hits;
    uint64_t occupied[STRAW_VIEWS][STRAW_SLOT_WORDS];
    uint16_t (*head)[STRAW_SLOTS]; ///< [view][slot] first hit, where occupied

    struct straw_cluster *cluster[STRAW_VIEWS]; ///< [max_clusters] each
    uint32_t n_clusters[STRAW_VIEWS];
    struct straw_point *point[4]; ///< [max_points] each
    uint32_t n_points[4];
    struct straw_segment *segment[2]; ///< [max_segments]: before and behind the magnet
    uint32_t n_segments[2];
    struct straw_candidate *candidate; ///< [max_candidates]
    uint32_t n_candidates;
    uint16_t *order; ///< [max_candidates] accepted ones, best first
    uint32_t n_accepted;
    bool cut; ///< a limit was reached
};

/// Settings, wires and drift relation of a run. Errors: SPW_BAD_CONFIG.
SPW_MUST_CHECK enum spw_status straw_finder_prepare(struct straw_finder *finder,
                                                    struct spw_run *run);

/// Memory  `arena`.
SPW_MUST_CHECK enum spw_status straw_event_init(struct straw_event *event,
                                                const struct straw_finder *finder,
                                                struct spw_arena *arena);

/// Takes the event's hits into slots. More than max_hits: cut, none is taken.
void straw_event_fill(struct straw_event *event,
                      const struct spw_straw_hits *hits,
                      uint32_t begin,
                      uint32_t end);

/// All steps, from hits in slots to accepted candidates.
void straw_event_find(struct straw_event *event);

/// The steps, in order.
void straw_find_clusters(struct straw_event *event);
void straw_find_points(struct straw_event *event);
void straw_find_segments(struct straw_event *event);
void straw_find_candidates(struct straw_event *event);
void straw_choose_candidates(struct straw_event *event);

/// x, y at the chamber's centre of a point on a track of slopes tx, ty, by least squares;
/// returns the sum of squares of the views' distances, mm^2.
float straw_point_place(const struct straw_event *event,
                        uint32_t chamber,
                        const struct straw_point *point,
                        const float slope[2],
                        float at_mm[2]);
