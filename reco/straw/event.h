/// One event on its way from drift circles to candidates: internal to reco/straw/.
///
/// Hits stand in slots along their view; clusters of neighbouring slots give a coordinate and a
/// time each; points are clusters of the views of a chamber; segments join the two chambers of
/// a side of the magnet; candidates join segments, or a segment and a point.
#pragma once

#include "geometry/na62_geometry.h"
#include "reco/objects.h"
#include "reco/straw/settings.h"
#include "reco/straw/straw_kernels.h"
#include "reco/straw/wires.h"

enum {
    STRAW_NONE = 0xffff,
    STRAW_MAX_CLUSTERS = 64, ///< of a view
};

/// Hits of the event with a leading edge in the window.
///
/// Shape  columns of n_hits, room for max_hits
struct straw_event_hits {
    float *time_ns;  ///< leading edge relative to the trigger
    float *track_ns; ///< time of its track by the trailing edge; 0 without one
    float *trailing; ///< 1 with a trailing edge, else 0
    float *w_mm, *z_mm;
    uint16_t *next; ///< another hit in the slot, or STRAW_NONE
    uint16_t *row;  ///< among the event's /straw/hits
    uint16_t *slot;
    uint8_t *view, *plane;
    uint8_t *used; ///< in a cluster of several hits; later: in a candidate
};

/// Coordinates of tracks in a view, in any order.
struct straw_clusters {
    float w_mm[STRAW_MAX_CLUSTERS], z_mm[STRAW_MAX_CLUSTERS];
    float time_ns[STRAW_MAX_CLUSTERS];   ///< of the track; infinite behind the last
    uint16_t hit[STRAW_MAX_CLUSTERS][3]; ///< of neighbouring slots in order
    uint8_t n_hits[STRAW_MAX_CLUSTERS];  ///< 1: the other side of the wire is another one
    uint32_t count;
};

/// Pairs of hits in neighbouring slots. Shape: columns, room for 4 max_hits.
struct straw_event_pairs {
    uint32_t *a, *b;
    float *slope_per_mm, *spread;
    struct straw_pair_results result;
    uint32_t count, capacity;
};

/// Clusters of two to four views of a chamber.
struct straw_point {
    float w_mm[4],
        dz_mm[4];     ///< by view: coordinate, z from the chamber's centre; 0 without
    float x_mm, y_mm; ///< at the chamber's centre
    float tx, ty;     ///< in the chamber: measured if `slopes`, else guessed
    float time_ns;
    uint8_t cluster[4]; ///< by view
    uint8_t views;      ///< bit by view
    uint8_t n_views;
    bool slopes;
};

/// Line through two points of a side of the magnet.
struct straw_segment {
    float x_mm, y_mm; ///< in the middle of the magnet
    float tx, ty;
    float time_ns;
    float at_mm[2][2]; ///< x, y at the centres of its two chambers
    float chi2;
    uint16_t point[2];
    uint8_t n_views;
    bool matched; ///< part of a candidate of four chambers
};

/// A possible track.
struct straw_candidate {
    const struct straw_point *point[4]; ///< NULL: none in this chamber
    float at_mm[4][2];                  ///< x, y at the chambers' centres
    float tx, ty, tx_after, ty_after;
    float time_ns;
    float score;
    uint8_t n_views, n_chambers;
};

/// Least squares of a chamber's x and y: x = sum of to_x times the views' coordinates.
struct straw_weights {
    float to_x[4], to_y[4], there[4];
};

/// Two views of a chamber that place a track, and the two that confirm it.
struct straw_base {
    uint8_t a, b, other[2];
    bool second;            ///< another base finds what both others confirm
    bool gaps_only;         ///< used only where both others are blind
    float to_x[2], to_y[2]; ///< x = to_x[0] wa + to_x[1] wb
    float reach[2][2];      ///< of the others: in time, and in w for all slopes
    float range_mm[2][2];   ///< of a and b: middle and half width of what is looked at
    float max_slope[2];     ///< in x and y
};

enum { STRAW_BASES = 6 };

/// What all events share; read-only.
struct straw_finder {
    struct straw_settings settings;
    struct straw_wires wires;
    struct straw_drift drift;
    struct straw_pair_rules rules;
    const struct straw_kernels *kernels;
    struct straw_base base[4][STRAW_BASES]; ///< by chamber
    struct straw_weights weights[16];       ///< by straw_point.views
    float chamber_z_mm[4];
    float view_z_mm[STRAW_VIEWS]; ///< middle of the four planes
    float middle_mm[STRAW_VIEWS]; ///< the same, from the centre of the chamber
    float slope_per_mm[STRAW_VIEWS], spread[STRAW_VIEWS]; ///< before any track is known
};

/// Room for one event; reused by the next.
struct straw_event {
    const struct straw_finder *finder;
    struct straw_event_hits hit;
    uint32_t n_hits;
    uint64_t occupied[STRAW_VIEWS][STRAW_SLOT_WORDS + 1];
    uint8_t words[STRAW_VIEWS];    ///< bit by word of `occupied`: not empty
    uint16_t (*head)[STRAW_SLOTS]; ///< [view][slot] first hit, where occupied
    struct straw_event_pairs pairs;
    uint16_t *alone;  ///< [max_hits] hits that are in no pair
    float *radius_mm; ///< of each hit, at the time of its trailing edge

    struct straw_clusters cluster[STRAW_VIEWS];
    struct straw_point *point[4]; ///< [max_points] each
    uint32_t n_points[4];
    struct straw_segment *segment[2]; ///< [max_segments]: before and behind the magnet
    uint32_t n_segments[2];
    struct straw_candidate *candidate; ///< [max_candidates]
    uint32_t n_candidates;
    uint16_t *order;          ///< [max_candidates] accepted ones, best first
    struct straw_track track; ///< the accepted one being collected
    uint32_t n_accepted;
    uint32_t n_far; ///< hits and clusters outside the window of track times
    bool cut;       ///< a limit was reached
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

/// Fraction of a candidate's hits that better candidates may have.
static inline float straw_max_shared(const struct straw_finder *finder,
                                     const struct straw_candidate *candidate)
{
    return (float)(candidate->n_chambers < 4 ? finder->settings.max_shared_three
                                             : finder->settings.max_shared);
}

/// The hits as kernels read them.
static inline struct straw_hit_columns straw_hit_columns(const struct straw_event_hits *hit)
{
    return (struct straw_hit_columns){hit->time_ns, hit->track_ns, hit->trailing, hit->w_mm,
                                      hit->z_mm};
}

/// Makes cluster i of a view part of a point of the chamber.
static inline void straw_point_add(struct straw_point *point,
                                   const struct straw_event *event,
                                   uint32_t chamber,
                                   uint32_t view,
                                   uint32_t i)
{
    const struct straw_clusters *clusters = &event->cluster[4 * chamber + view];
    point->w_mm[view] = clusters->w_mm[i];
    point->dz_mm[view] = clusters->z_mm[i] - event->finder->chamber_z_mm[chamber];
    point->cluster[view] = (uint8_t)i;
    point->views = (uint8_t)(point->views | 1u << view);
    ++point->n_views;
}

/// x, y at the chamber's centre of a point on a track of slopes tx, ty, by least squares;
/// returns the sum of squares of the views' distances, mm^2.
static inline float straw_point_place(const struct straw_finder *finder,
                                      const struct straw_point *point,
                                      const float slope[2],
                                      float at_mm[2])
{
    const struct straw_weights *weights = &finder->weights[point->views];
    float w[4], x = 0, y = 0, chi2 = 0;
    for (int v = 0; v < 4; ++v) {
        w[v] = point->w_mm[v] -
               point->dz_mm[v] * (straw_axis_c[v] * slope[0] + straw_axis_s[v] * slope[1]);
        x += weights->to_x[v] * w[v];
        y += weights->to_y[v] * w[v];
    }
    for (int v = 0; v < 4; ++v) {
        const float d = w[v] - straw_axis_c[v] * x - straw_axis_s[v] * y;
        chi2 += weights->there[v] * d * d;
    }
    at_mm[0] = x;
    at_mm[1] = y;
    return chi2;
}
