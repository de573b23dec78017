/// Kernel of the vertex fit: the point where two or three straight lines meet, by least squares
/// with the lines' covariances (docs/physics/events.md).
///
/// Lanes are vertices. Bit-identical in all instruction sets.
#pragma once

#include "core/isa.h"

#include <stdint.h>

enum {
    SPW_VERTEX_LANES = 8,
    SPW_VERTEX_LINES = 3,
    SPW_LINE_PARAMETERS = 5,   ///< x, y, dx/dz, dy/dz, q/p
    SPW_LINE_COVARIANCES = 15, ///< lower triangle by rows
};

/// Vertices side by side: lines, all at one plane z, and what the fit makes of them.
///
/// Units  mm and 1/MeV; z relative to the plane
/// Memory aligned to SPW_ALIGN; lanes that are not used hold anything finite
struct spw_vertex_block {
    double line[SPW_VERTEX_LINES][SPW_LINE_PARAMETERS][SPW_VERTEX_LANES];
    double covariance[SPW_VERTEX_LINES][SPW_LINE_COVARIANCES][SPW_VERTEX_LANES];

    double x_mm[SPW_VERTEX_LANES], y_mm[SPW_VERTEX_LANES], z_mm[SPW_VERTEX_LANES];
    double chi2[SPW_VERTEX_LANES];   ///< 2 lines - 3 degrees of freedom
    double cda_mm[SPW_VERTEX_LANES]; ///< two lines: closest approach; three: rms distance
    double fitted[SPW_VERTEX_LINES][3]
                 [SPW_VERTEX_LANES]; ///< dx/dz, dy/dz, q/p through the vertex
};

struct spw_vertex_kernels {
    /// Fits a block of vertices of two or of three lines. z stays in [-reach_mm, reach_mm].
    void (*fit2)(double reach_mm, struct spw_vertex_block *block);
    void (*fit3)(double reach_mm, struct spw_vertex_block *block);
};

SPW_DECLARE_KERNELS(spw_vertex_kernels);
