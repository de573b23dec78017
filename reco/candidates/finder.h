/// One detector's candidates: options, and how they are found.
#pragma once

#include "geometry/na62_geometry.h"
#include "io/na62/constants.h"
#include "reco/candidates/clusters.h"
#include "reco/run.h"

/// Section `candidates.NAME`.
struct finder_options {
    const char *kind;
    double window, time_sigma;
    int64_t min_sectors, min_hits, ids_below, pm_step;
    const char *time;
    bool loose;
    struct spw_texts light, slewing_file, tile_t0;
    struct spw_reals outwards;
    const char *tier;
};

enum finder_kind {
    FIND_SECTORS,  ///< KTAG: many sectors within the window
    FIND_CROSSING, ///< CHOD: a vertical and a horizontal slab
    FIND_TILES,    ///< NewCHOD, MUV3: two photomultipliers of a tile
    FIND_CLUSTERS, ///< LAV, CHANTI, IRC, SAC: hits close in time
    FIND_N_KINDS
};

enum { FINDER_TILES = 512 }; ///< tile IDs of which the place is kept

struct finder_place {
    float x_mm, y_mm;
};

/// Read-only once prepared. Memory: the run's arena.
struct finder {
    const char *name;
    enum finder_kind kind;
    struct finder_options options;
    uint32_t hits, object;       ///< objects read and made
    uint32_t multiplicity, time; ///< histograms
    bool later; ///< tiles: time of the later photomultiplier, else the mean
    struct na62_slab slab[NA62_CHOD_SLABS]; ///< CHOD, by ID
    float *light_ns_per_mm;                 ///< CHOD [128], or NULL
    struct na62_chod_slewing *slewing;      ///< CHOD, or NULL
    struct na62_t0 tile_t0;                 ///< MUV3, by tile
    struct finder_place tile[FINDER_TILES]; ///< by ID
};

/// What finding windows of sectors looks at again and again.
struct sector_hit {
    uint32_t row;
    float time_ns;
    uint32_t sector; ///< 0 ... 7
    uint32_t score;  ///< of the window that begins here: sectors above hits; once needed
};

/// An event's hits: keys in order of time.
struct finder_event {
    const struct spw_hits *hits;
    const uint64_t *key;
    uint64_t *spare;         ///< room for n keys
    struct sector_hit *left; ///< room for n hits
    uint32_t n;
};

/// Reads options and constants of the finder `name`, declares what it makes, books histograms.
SPW_MUST_CHECK enum spw_status
finder_prepare(struct finder *finder, struct spw_run *run, const char *name);

/// Looks all slabs of the CHOD up.
void finder_place_slabs(struct finder *finder, const struct na62_chod_layout *layout);

/// Looks all tiles up.
void finder_place_tiles(struct finder *finder);

/// Centre of a tile, or NAN.
struct finder_place finder_tile(const struct finder *finder, uint32_t id);

/// Finds the candidates of one event, in any order.
typedef void finder_function(const struct finder *finder,
                             const struct finder_event *event,
                             struct spw_candidate_list *list);

finder_function find_sectors, find_crossings, find_tiles, find_clusters;
