/// Showers in a calorimeter of square cells: seeds, sharing, position, energy, time.
///
/// Formulae: docs/physics/calorimeter.md.
#pragma once

#include "reco/calorimeter/shower_energy.h"
#include "reco/calorimeter/shower_kernels.h"
#include "reco/objects.h"

enum {
    SHOWER_MAX = 256, ///< showers of an event, most that the configuration may allow
    SHOWER_MAX_SEEDS = (1 << 14) + 2, ///< all cells and what is none, once each
};

/// How showers are found and measured. Read-only once prepared.
struct shower_finder {
    struct shower_constants constants;
    const struct shower_kernels *kernels;
    struct shower_energy energy; ///< corrections
    float seed_above_MeV;
    float wide_fraction, wide_MeV;
    float hole_mm, border_mm;
    float in_time_ns;
    float rows_above_MeV[SHOWER_HALF + 1]; ///< rows +-k matter from this energy
    uint32_t max_showers;
    int n_iterations;
};

/// One cluster before it is a row.
struct shower_result {
    float x_mm, y_mm, energy_MeV, raw_MeV, time_ns;
    uint32_t seed_channel, seed_row;
    uint16_t n_cells, quality;
};

/// A worker's memory for one event's showers.
struct shower_work {
    struct shower_map map;
    uint32_t *seed; ///< [SHOWER_MAX_SEEDS] rows of cells that are local maxima
    uint64_t *key, *spare;
    struct shower *shower;        ///< [SHOWER_MAX]
    struct shower_window *window; ///< [SHOWER_MAX]
    struct shower_result *result; ///< [SHOWER_MAX] in order of falling energy
    uint32_t *seed_row;           ///< [SHOWER_MAX] row of the seed of a shower
    uint32_t n_results, n_seeds;
};

/// The cells [begin, end) of an event; `slot` by row, from showers_slots().
struct shower_event {
    const struct spw_cells *cells;
    const uint32_t *slot;
    uint32_t begin, end;
    float trigger_ns;
};

/// Memory: `arena`. Everything is clean.
SPW_MUST_CHECK enum spw_status showers_init(struct shower_work *work,
                                            struct spw_arena *arena);

/// Finds the showers of one event into work->result; work->n_seeds may exceed max_showers: then
/// the showers of the smallest seeds are missing.
void showers_find(const struct shower_finder *finder,
                  struct shower_work *work,
                  const struct shower_event *event);
