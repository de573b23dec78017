/// Transport of a block of tracks through the dipole, with derivatives.
///
/// Lanes are tracks. Bit-identical in all instruction sets.
#pragma once

#include "core/isa.h"
#include "geometry/field.h"

enum { SPW_TRACK_LANES = 16 };

/// Track parameters at a plane of constant z.
struct spw_track_states {
    double x_mm[SPW_TRACK_LANES], y_mm[SPW_TRACK_LANES];
    double dxdz[SPW_TRACK_LANES], dydz[SPW_TRACK_LANES];
    double q_over_p[SPW_TRACK_LANES]; ///< 1/MeV
};

/// Derivatives of x, y, dxdz, dydz behind by dxdz, dydz, q/p before; those by x and y are 1 or 0.
struct spw_track_jacobian {
    double by[4][3][SPW_TRACK_LANES];
};

struct spw_transport_kernels {
    /// From dipole->z_in_mm to z_out_mm. A track that would turn round in the field (|p_x| near
    /// p) comes out with a finite direction that means nothing.
    void (*dipole)(const struct spw_dipole *dipole,
                   struct spw_track_states *states,
                   struct spw_track_jacobian *jacobian);
};

SPW_DECLARE_KERNELS(spw_transport_kernels);
