/// Kernels of showers: windows of 13 x 13 cells, expected energies, sums of the fit.
///
/// Formulae: docs/physics/calorimeter.md, 3. Lanes are cells side by side; sums run along
/// columns, and the 16 column sums are added in a fixed order: bit-identical everywhere.
#pragma once

#include "core/isa.h"
#include "reco/calorimeter/shower_profile.h"

#include <stdbool.h>
#include <stdint.h>

enum {
    SHOWER_STRIDE = 144, ///< of a map: 128 cells with margins that windows reach into
    SHOWER_MAP_ROWS = 128 + 2 * SHOWER_HALF,
    SHOWER_SLOTS = SHOWER_STRIDE * SHOWER_MAP_ROWS,
};

/// Place of a cell in a map.
static inline uint32_t shower_slot(uint32_t ix, uint32_t iy)
{
    return (iy + SHOWER_HALF) * SHOWER_STRIDE + ix + SHOWER_HALF;
}

/// What a calorimeter's showers are measured with. Read-only once prepared.
struct shower_constants {
    struct shower_profile profile;
    float *readable;        ///< [SHOWER_SLOTS] 1: a cell that is read out, 0: none or dead
    float threshold_MeV;    ///< cells are read from about here
    float count_above_MeV;  ///< cells expected below this are not looked at
    float dead_above_MeV;   ///< an unread cell expected above this is dead
    float variance_per_MeV; ///< of a cell: variance_per_MeV * E + noise_MeV2
    float noise_MeV2;
    float window_ns;     ///< a cell belongs to a seed when |t - t_seed| is below
    float window_ns_MeV; ///< window_ns + window_ns_MeV / E of the cell
    float time_ns2;      ///< variance of a cell's time: time_ns2 + (time_ns_MeV / E)^2
    float time_ns_MeV2;
};

/// One event's cells. Memory: the worker's; clean between events.
struct shower_map {
    float *energy_MeV; ///< [SHOWER_SLOTS] 0: not read
    float *time_ns;
    float *expected_MeV; ///< sum of all showers' expectations
};

/// The cells round one seed.
struct shower_window {
    shower_row energy_MeV[SHOWER_SIDE], time_ns[SHOWER_SIDE];
    shower_row live[SHOWER_SIDE];    ///< 1: read in time, or readable and empty
    shower_row share[SHOWER_SIDE];   ///< of the profile at the position of the fit
    shower_row along_x[SHOWER_SIDE]; ///< derivatives, per cell
    shower_row along_y[SHOWER_SIDE];
};

/// A shower being measured.
struct shower {
    uint32_t slot; ///< of the seed
    int rows;      ///< rows and columns to each side that are looked at
    float seed_ns;
    float energy_MeV; ///< of the profile that fits
    float x, y;       ///< cells from the seed's centre
    bool shared;      ///< its window meets another shower's
    bool one_cell;    ///< none of the 8 neighbours of the seed has energy
};

/// Sums over the window of a shower.
struct shower_sums {
    float energy;        ///< its part of the energies of cells that count
    float share;         ///< of the profile in them
    float gx, gy;        ///< derivatives of the log likelihood by x and y
    float hxx, hxy, hyy; ///< information
};

/// What a finished fit leaves.
struct shower_summary {
    float raw_MeV;     ///< its part of all cells in time
    float counted_MeV; ///< the same of the cells that count
    float time_ns;     ///< weighted mean, relative to the seed
    float n_cells;     ///< read cells that count and that are mostly its own
    float n_dead;      ///< cells that would count but tell nothing
    float n_odd;       ///< the same because they are out of time
};

struct shower_kernels {
    /// Places in the maps of n channels 1000 ix + iy; 0 (a margin) where there is no cell.
    void (*slots)(uint32_t n, const uint32_t *channel, uint32_t *slot);
    /// Copies the window and decides which cells are live.
    void (*load)(const struct shower_constants *constants,
                 const struct shower_map *map,
                 const struct shower *shower,
                 struct shower_window *window);
    /// Shares and derivatives at the shower's position; adds to map->expected_MeV if shared.
    void (*expect)(const struct shower_constants *constants,
                   const struct shower_map *map,
                   const struct shower *shower,
                   struct shower_window *window);
    /// Sums for the next step of the fit.
    void (*measure)(const struct shower_constants *constants,
                    const struct shower_map *map,
                    const struct shower *shower,
                    const struct shower_window *window,
                    struct shower_sums *sums);
    /// What the cells say once the fit is done.
    void (*summarise)(const struct shower_constants *constants,
                      const struct shower_map *map,
                      const struct shower *shower,
                      const struct shower_window *window,
                      struct shower_summary *summary);
};

SPW_DECLARE_KERNELS(shower_kernels);
