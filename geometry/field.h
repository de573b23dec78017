/// Field of the spectrometer's dipole: vertical, a function of z alone.
///
/// In B = (0, B_y(z), 0) the sum p_x + q K(z) is conserved, with K(z) = 0.299792458 MeV/(T mm)
/// times the integral of B_y up to z, and so are p_y and |p|. A path through the field is then a
/// quadrature over z: no integration in steps, exact for every profile (docs/physics/tracks.md).
#pragma once

#include <stdint.h>

enum { SPW_DIPOLE_NODES = 32 };

/// Profile: a box, or one with edges B ~ (tanh((z + L/2) / f) - tanh((z - L/2) / f)) / 2.
struct spw_dipole_shape {
    double centre_mm, length_mm;
    double kick_MeV;  ///< K over the whole field; positive particles go to -x for kick > 0
    double fringe_mm; ///< f; 0: box
};

/// A field to pass in one direction: Gauss-Legendre nodes between two planes.
struct spw_dipole {
    double z_in_mm, z_out_mm;
    double kick_MeV; ///< K(z_out) - K(z_in)
    uint32_t n_nodes;
    double weight_mm[SPW_DIPOLE_NODES];     ///< negative when passed against z
    double node_kick_MeV[SPW_DIPOLE_NODES]; ///< K(node) - K(z_in)
};

/// Nodes and kicks of a profile, passed towards larger z. The tails of the edges are cut 4 f
/// outside the box; the kick is that between the cuts.
void spw_dipole_make(struct spw_dipole *dipole, const struct spw_dipole_shape *shape);

/// The same field passed the other way.
void spw_dipole_reverse(struct spw_dipole *reverse, const struct spw_dipole *dipole);
