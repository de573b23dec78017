/// A block of tracks in the fit: everything it reads and makes, lanes are tracks.
///
/// Units  mm, ns, 1/MeV; z of hits relative to the nominal centre of their view
#pragma once

#include "geometry/transport.h"

#include <stdint.h>

enum {
    TRACK_LANES = SPW_TRACK_LANES,
    TRACK_VIEWS = 16,       ///< 4 chamber + view
    TRACK_VIEWS_BEFORE = 8, ///< in front of the magnet
    TRACK_SLOTS = 4,        ///< hits of a track in a view: the staggered planes give 2 or 3
    TRACK_COVARIANCES = 15,
    TRACK_MAX_STEPS = 8,
};

/// One turn of the fit.
struct track_step {
    float heat_mm2; ///< added to the variance of every hit
    float
        by_track; ///< 1: sides and errors by the track found so far; 0: sides by the pattern
    float max_pull2; ///< hits further away are not used
};

/// Read-only during a run.
struct track_constants {
    struct spw_dipole dipole;
    double view_z_mm[TRACK_VIEWS];
    float axis[TRACK_VIEWS][2];     ///< nominal c, s: of views without hits
    double z_before_mm, z_after_mm; ///< of the results: centres of chambers 1 and 4
    double scatter_MeV2;   ///< (13.6 MeV (1 + 0.038 ln X))^2 X / 4: theta^2 p^2 beta^2
    double mass2_MeV2;     ///< of beta
    float sigma_fall;      ///< 1 / (8 s2)
    float sigma_mm[3];     ///< of a radius: s0 + s1 exp(-r / s2)
    double prior[5];       ///< variances of the parameters without any hit
    double time_prior_ns2; ///< variance of the trigger's time for tracks in time
    double in_time_pull2;  ///< tracks this near to the trigger's time are in time
    double max_q_over_p;
    struct track_step step[TRACK_MAX_STEPS];
    uint32_t n_steps;
};

/// A place for a hit in every lane.
struct track_slot {
    _Alignas(64) float wire_mm[TRACK_LANES];
    float dz_mm[TRACK_LANES];
    float radius[4][TRACK_LANES]; ///< at a time t of the track, relative to seed_ns:
                                  ///< r0 - r1 t + r2 t^2; and - r2 / r1^2
    float side[TRACK_LANES];      ///< +1, -1, 0 unknown
    float weight[TRACK_LANES];    ///< result: 0 is not used
    float signed_mm[TRACK_LANES]; ///< result: radius with the sign of the side taken
    float residual_mm
        [TRACK_LANES]; ///< result: measured - smoothed signed distance to the wire
};

/// One view: its hits, their mean as one measurement relative to the reference path, and what
/// the filter leaves here for the smoother. Side by side, because whole arrays by view would lie
/// 4096 bytes apart and push each other out of the near cache.
struct track_view {
    float n[TRACK_LANES];                         ///< hits: those in slots [0, n)
    float cosine[TRACK_LANES], sine[TRACK_LANES]; ///< w = c x + s y
    struct track_slot slot[TRACK_SLOTS];

    float weight[TRACK_LANES];
    float dz_mm[TRACK_LANES];    ///< mean place of the hits
    float mean_mm[TRACK_LANES];  ///< mean residual in w
    float drift[TRACK_LANES];    ///< its decrease with the time of the track, mm/ns
    float place_mm[TRACK_LANES]; ///< w of the smoothed track at the view's centre
    float path_mm[TRACK_LANES];  ///< w of the reference path there
    float slope[TRACK_LANES];    ///< dw/dz of the reference path

    double column[5][TRACK_LANES]; ///< P H^T before the view
    double inverse[TRACK_LANES];   ///< 1 / (V + H P H^T), 0 without hits
    double shrink[TRACK_LANES];    ///< V / (V + H P H^T), 1 without hits
    double innovation[TRACK_LANES];
    double response[TRACK_LANES]; ///< the same for the drift as measurement
};

/// Sums of all hits: chi2 = yy - 2 t ya + t^2 aa for a shift t of the track's time.
struct track_block_sums {
    double yy[TRACK_LANES], ya[TRACK_LANES], aa[TRACK_LANES];
    float n_hits[TRACK_LANES];
};

/// Memory  the caller's; 64-byte aligned
struct track_block {
    struct track_view view[TRACK_VIEWS];
    _Alignas(64) uint32_t n_slots[TRACK_VIEWS]; ///< in use in any lane
    struct track_block_sums sums;

    struct spw_track_states state;  ///< seed, then result, before the magnet at z_before_mm
    struct spw_track_states path;   ///< the reference path behind the magnet, at its exit
    struct spw_track_jacobian back; ///< of the way through the magnet against the beam
    double seed_ns[TRACK_LANES];    ///< time of the seed relative to the trigger
    double time_ns[TRACK_LANES];    ///< used in the fit, relative to the seed

    double shift[5][TRACK_LANES];                      ///< of the state in this turn
    double response[5][TRACK_LANES];                   ///< its derivative by the time
    double covariance[TRACK_COVARIANCES][TRACK_LANES]; ///< lower triangle by rows
    double after[5][TRACK_LANES];                      ///< state at z_after_mm
    double chi2[TRACK_LANES];
    double drift_time_ns[TRACK_LANES];  ///< from the hits alone, relative to the trigger
    double drift_time_ns2[TRACK_LANES]; ///< its variance
    double in_time[TRACK_LANES];        ///< 1: the trigger's time was used too
};
