/// Kernel of the beam tracker: fits of three clusters each (docs/physics/beam.md).
///
/// Lanes are triplets of clusters. Arrays are aligned and padded to SPW_ALIGN. Bit-identical in
/// all instruction sets.
#pragma once

#include "core/columns.h"
#include "core/isa.h"

#include <stdint.h>

enum { SPW_BEAM_STATIONS = 3 };

/// Triplets of clusters of an event and the beam particle that each would be.
struct spw_triplets {
    struct spw_rows rows;
    uint32_t *cluster[SPW_BEAM_STATIONS];
    float *x_mm[SPW_BEAM_STATIONS], *y_mm[SPW_BEAM_STATIONS]; ///< in the laboratory
    float *time_ns[SPW_BEAM_STATIONS];
    float *weight[SPW_BEAM_STATIONS]; ///< of the time: number of pixels
    float *fit_x_mm, *fit_y_mm, *dxdz, *dydz, *p_MeV, *fit_time_ns, *sum_weights;
    float *chi2_x, *chi2_beam, *chi2_time;
    uint8_t *quality; ///< of the chosen ones; not the kernel's
};

extern const struct spw_table spw_triplets_table;

/// Constants of the fit.
///
/// With u = p0 / p, the beam's momentum p0 over the particle's: station 2 sees y lower by
/// dispersion (u - 1), stations 1 and 2 see x shifted by kick_mm u.
struct spw_beam_fit {
    float near, far;      ///< shares of stations 1 and 3 in the line at station 2
    float per_length;     ///< 1 / (z3 - z1) in 1/mm
    float kick_mm[2];     ///< shift of x in stations 1 and 2 at u = 1
    float per_dispersion; ///< 1 / dispersion
    float p0_MeV;
    float share[SPW_BEAM_STATIONS]; ///< of the residual in x that belongs to a station
    float per_variance_x;           ///< of the residual in x
    float per_variance_time;        ///< of one pixel
    float slope_x, slope_y;         ///< of the beam
    float per_variance_u, per_variance_dxdz, per_variance_dydz; ///< beam and resolution
};

struct spw_beam_kernels {
    /// Fills fit_x_mm ... chi2_time of the first n triplets.
    void (*fit)(uint32_t n,
                const struct spw_beam_fit *constants,
                const struct spw_triplets *triplets);
};

SPW_DECLARE_KERNELS(spw_beam_kernels);
