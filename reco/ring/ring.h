/// Rings of the RICH on their way from hits to rows: what the files of this folder share.
#pragma once

#include "geometry/na62_geometry.h"
#include "io/na62/constants_geometry.h"
#include "reco/objects.h"
#include "reco/ring/ring_kernels.h"
#include "reco/run.h"
#include "reco/worker.h"

enum {
    RING_PMS = 1952,         ///< photomultipliers of both disks, by sequential number
    RING_CLUSTER_HITS = 256, ///< of one time candidate; those with more are cut
    RING_CLUSTER_RINGS = 8,  ///< of one time candidate; more are cut
    RING_CELLS = 128,        ///< a side of the map of what is covered
    RING_CELL_MM = 6,
};

/// Way of the light to the mirrors, from the middle of the neon, over the focal length.
#define RING_MEAN_PATH \
    (0.5 * (NA62_Z_RICH_MIRROR_MM - NA62_Z_RICH_FRONT_MM) / NA62_RICH_FOCAL_MM)

/// Section `rings`.
struct ring_options {
    const char *hits, *tracks;
    bool track_seeded;
    struct spw_texts positions, mirrors, mirror_corners;
    double window, track_window;
    int64_t min_hits, min_track_hits;
    double hit_sigma, centre_sigma, scattering;
    double radius_min, radius_max;
    double refraction, photons, background;
    const char *tier;
};

enum ring_histogram {
    RING_N_RINGS,
    RING_TIME,
    RING_HITS,
    RING_RADIUS,
    RING_TIME_BY_CHANNEL, ///< for T0s
    RING_X_BY_MIRROR,     ///< for the alignment
    RING_Y_BY_MIRROR,
    RING_RADIUS_BY_MOMENTUM,
    RING_N_HISTOGRAMS
};

struct ring_circle {
    float x_mm, y_mm, radius_mm;
};

/// Read-only once prepared. Memory: the run's arena.
struct ring_state {
    struct ring_options options;
    const struct ring_kernels *kernels;
    float *x_mm, *y_mm; ///< image of each photomultiplier, by sequential number; NaN: none
    struct na62_rich_mirror_map mirrors;
    bool shifted;       ///< some mirrors have images of their own
    uint32_t *fraction; ///< [3 RING_TRIPLES] of 2^32: which hits are tried as circles
    uint8_t *covered;   ///< [disk][y][x] a photomultiplier is near, see ring_cell()
    struct ring_circle safe[2]; ///< of each disk: covered everywhere inside
    float radius[RING_RADII];   ///< tried where tracks point to, behind those of the masses
    uint32_t hits, tracks, rings; ///< objects read and made
    bool seeded;                  ///< there are tracks
    uint32_t histogram[RING_N_HISTOGRAMS];
    uint32_t tally;
};

/// Usable hits of a batch: one photomultiplier counts once in a window; each event's in order of
/// time.
struct ring_hits {
    uint32_t *first; ///< [n_events + 1]
    float *x_mm, *y_mm, *time_ns;
    uint16_t *pm;   ///< sequential number
    uint8_t *taken; ///< lies on a ring that was found
};

/// Hits close in time.
struct ring_cluster {
    uint32_t event, begin, end;
    uint32_t ring[RING_CLUSTER_RINGS];
    uint32_t n_rings;
    float circle[3]; ///< seed of the next ring
    bool active;     ///< still searched
    bool changed;    ///< has rings to be fitted
};

/// Centre of a ring as its hits alone say less the track's, and the uncertainty of that.
struct ring_offset {
    double x, y, sigma_x, sigma_y;
    bool known;
};

/// A ring being fitted. The centre is expected where the track points, or nowhere (pull 0).
struct ring {
    uint32_t cluster;
    int32_t track; ///< row among the event's tracks, -1: found without one
    float p_MeV;
    float expected_radius[RING_MASSES]; ///< of each hypothesis, 0 below its threshold
    double x, y, radius;
    double expected_x, expected_y, pull;
    double shift_x, shift_y;    ///< of the image, by the mirrors that the light meets
    double covariance[6], chi2; ///< for unit errors of the hits
    uint32_t n_hits;            ///< nearer to this ring than to others
    uint32_t n_shared;          ///< of these: near another one too
    float time_ns;
    double log_likelihood[RING_MASSES];
    struct ring_offset offset; ///< of one with a track
    bool alive;
    uint8_t quality;
};

/// A batch's clusters and rings. Memory: the worker's scratch arena.
struct ring_work {
    const struct ring_state *state;
    uint32_t n_events;
    struct ring_hits hits;
    struct ring_cluster *cluster;
    uint32_t n_clusters;
    uint32_t *cluster_first; ///< [n_events + 1]
    struct ring *ring;
    uint32_t n_rings, capacity;
    uint32_t *track_ring;    ///< [n_events + 1] rings of the event's tracks
    uint32_t n_rings_before; ///< when the last search began
    uint8_t *cut;            ///< [n_events] a limit was reached
};

/// Reads options and constants, declares the rings, books histograms.
SPW_MUST_CHECK enum spw_status ring_prepare(struct ring_state *state, struct spw_run *run);

/// Images of the photomultipliers from their places (NULL: nominal ones), less the shifts of the
/// disks and the extra offsets of the mirrors of a side.
SPW_MUST_CHECK enum spw_status ring_geometry_make(struct ring_state *state,
                                                  struct spw_arena *arena,
                                                  const struct na62_rich_positions *file,
                                                  const struct na62_rich_mirrors *mirrors);

/// Place in `covered` of a point of a disk; far ones are at the border, which is never covered.
static inline uint32_t ring_cell(uint32_t disk, float x_mm, float y_mm)
{
    const float half = RING_CELLS / 2, x = x_mm * (1.0f / RING_CELL_MM) + half;
    const float y = y_mm * (1.0f / RING_CELL_MM) + half;
    const bool inside = (x >= 0) & (x < RING_CELLS) & (y >= 0) & (y < RING_CELLS);
    const uint32_t at = inside ? (uint32_t)(int)y * RING_CELLS + (uint32_t)(int)x : 0;
    return disk * RING_CELLS * RING_CELLS + at;
}

/// Makes hits and clusters of a batch; room for the rings of `n_tracks` tracks.
SPW_MUST_CHECK enum spw_status ring_work_init(struct ring_work *work,
                                              const struct ring_state *state,
                                              const struct spw_hits *hits,
                                              uint32_t n_events,
                                              struct spw_arena *scratch);

/// Room for `n` rings.
SPW_MUST_CHECK enum spw_status
ring_work_reserve(struct ring_work *work, struct spw_arena *scratch, uint32_t n);

/// A new ring of a cluster at a starting circle, or NULL when the cluster is full (event cut).
struct ring *ring_add(struct ring_work *work, uint32_t cluster, const float circle[3]);

/// A first look at rings that start at rough circles: a fit of those of the clusters that are
/// `changed`, to all hits within 6 widths, near ones first of all.
void ring_fit_seeds(struct ring_work *work);

/// Fits all rings of the clusters that are `changed`, to the hits within 3 widths of them; hits
/// near several rings are shared. Then counts and marks the hits of the rings, and drops rings
/// with too few of them.
void ring_fit_new(struct ring_work *work);

/// Finds rings among the hits that no ring has taken.
void ring_search(struct ring_work *work);

/// A ring for each track that has light: the best cluster in time and the best radius.
void ring_seed_tracks(struct ring_work *work,
                      const struct spw_tracks *tracks,
                      uint32_t n_events);

/// Log likelihoods of the rings with a track, relative to no light at all.
void ring_likelihoods(struct ring_work *work, const struct spw_tracks *tracks);

/// Fills the histograms of all rings; `tracks` may be NULL.
SPW_MUST_CHECK enum spw_status ring_fill_histograms(const struct ring_work *work,
                                                    const struct spw_tracks *tracks,
                                                    struct spw_worker *worker,
                                                    const float *trigger_ns);

/// That offset, from the fit's covariance.
struct ring_offset ring_offset(const struct ring_options *options, const struct ring *ring);

/// Where a track meets the mirrors.
void ring_at_mirror(const struct spw_tracks *tracks, uint32_t row, double at[2]);

/// Width of the profile of a ring: that of its hits.
double ring_width(const struct ring_state *state);

/// Radius of the light of a particle, 0 below the threshold.
double ring_expected_radius(const struct ring_state *state, double p_MeV, double mass_MeV);

/// Masses of the hypotheses.
extern const double ring_mass_MeV[RING_MASSES];
