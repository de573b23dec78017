/// Pixels of one event to clusters, clusters to triplets, triplets to tracks.
#pragma once

#include "reco/beam/setup.h"
#include "reco/objects.h"

/// Neighbouring pixels close in time, or one pixel of such a cluster by itself.
struct beam_cluster {
    float time_ns, x_mm, y_mm;
    uint16_t n_pixels;
    uint16_t whole;  ///< number of the cluster that it is, or is a pixel of
    uint16_t part;   ///< 0: all of it, else its pixel number + 1
    uint8_t quality; ///< of all its pixels
    bool taken;      ///< by a track
};

/// A pixel in the window.
struct beam_pixel {
    float time_ns;
    uint8_t column, row, quality;
    uint16_t label; ///< first pixel of its cluster
};

/// Clusters of one event by station, each in order of time.
///
/// Memory  arrays of max_hits keys and pixels, 2 max_hits clusters, of the worker
struct beam_event {
    uint64_t *key[BEAM_STATIONS], *spare;
    struct beam_pixel *pixel;
    struct beam_cluster *cluster[BEAM_STATIONS];
    uint32_t n_hits[BEAM_STATIONS], n_clusters[BEAM_STATIONS];
    uint16_t *n_pixels[BEAM_STATIONS], *n_used[BEAM_STATIONS]; ///< by whole cluster
    uint64_t *order;                                           ///< [max_triplets] keys
    bool cut;
};

/// Allocates what an event needs; once a worker.
SPW_MUST_CHECK enum spw_status beam_event_init(struct beam_event *event,
                                               struct spw_arena *arena,
                                               const struct beam_options *options);

/// Clusters of the hits [begin, end) near `trigger_ns`.
void beam_clusters_find(struct beam_event *event,
                        const struct beam_setup *setup,
                        const struct spw_hits *hits,
                        uint32_t begin,
                        uint32_t end,
                        float trigger_ns);
