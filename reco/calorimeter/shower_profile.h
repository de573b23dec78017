/// Lateral profile of electromagnetic showers: what share of the energy each cell receives.
///
/// Tables are made from the density of the configuration (docs/physics/calorimeter.md, 2).
#pragma once

#include "core/arena.h"
#include "core/status.h"

enum {
    SHOWER_HALF = 6, ///< cells on each side of the seed
    SHOWER_SIDE = 2 * SHOWER_HALF + 1,
    SHOWER_LANES = 16, ///< a row of the window, padded with zeros
    SHOWER_STEPS = 16, ///< steps of the position over one cell
    SHOWER_REACH = 10, ///< steps to each side: positions up to 0.625 cells
    SHOWER_PHASES = 2 * SHOWER_REACH + 1,
    SHOWER_GRAVITIES = 128, ///< steps of the inverted S shape
    SHOWER_MAX_PARTS = 6,
};

/// The farthest position that the tables hold, in cells.
#define SHOWER_REACH_CELLS ((float)SHOWER_REACH / SHOWER_STEPS)

/// Density across: sum of weight f(r / width), f a Gaussian or an exponential in the radius, each
/// of integral 1.
struct shower_density {
    enum { SHOWER_GAUSSIANS, SHOWER_EXPONENTIALS } kind;

    int n_parts;
    double weight[SHOWER_MAX_PARTS], width_mm[SHOWER_MAX_PARTS];
    double cell_mm;
};

/// Row of a window: cells side by side along x.
typedef float shower_row[SHOWER_LANES] __attribute__((aligned(SPW_ALIGN)));

/// Tables. Memory: the arena given.
struct shower_profile {
    /// [(phase y) * SHOWER_PHASES + phase x][row][lane]: share of the cell (lane - 6, row - 6)
    /// from the seed of a shower at ((phase x - 10) / 16, (phase y - 10) / 16) cells from the
    /// seed's centre
    shower_row (*share)[SHOWER_SIDE];
    /// [phase] centre of gravity of 3 x 3 cells, in cells: the S shape, rising
    float gravity[SHOWER_PHASES];
    float position[SHOWER_GRAVITIES + 2]; ///< its inverse, over centres of gravity -1 ... 1
    float nine; ///< share of 3 x 3 cells of a shower at the seed's centre
    float row_share[SHOWER_HALF + 1]; ///< largest share that a cell of rows +-k can receive
};

/// Integrates the density over cells for all positions.
SPW_MUST_CHECK enum spw_status shower_profile_build(struct shower_profile *profile,
                                                    struct spw_arena *arena,
                                                    const struct shower_density *density);

/// Position in cells of a centre of gravity of 3 x 3 cells, |gravity| <= 1: the S shape inverted.
static inline float shower_position(const struct shower_profile *profile, float gravity)
{
    const float place = (gravity + 1.0f) * (SHOWER_GRAVITIES / 2);
    const int i = (int)place;
    const float *at = profile->position + i;
    return at[0] + (place - (float)i) * (at[1] - at[0]);
}
