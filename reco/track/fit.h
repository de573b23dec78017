/// Fit of a block of tracks, and how its constants are made.
#pragma once

#include "reco/track/filter_kernels.h"
#include "reco/track/measure_kernels.h"
#include "reco/track/path_kernels.h"

#include "core/status.h"

/// What the constants follow from; section `tracks` has the same.
struct track_fit_settings {
    struct spw_dipole_shape dipole;
    double chamber_x0;     ///< radiation lengths of a chamber; a quarter acts in each view
    double mass_MeV;       ///< for the scattering angle
    double sigma_mm[3];    ///< of a radius r: s0 + s1 exp(-r / s2)
    double time_prior_ns;  ///< of the trigger's time
    double in_time_sigmas; ///< tracks this near to the trigger are taken as in time
    double max_pull;       ///< hits further away (sigmas) are left out
    double min_p_MeV;
    const double *heat_mm; ///< [n_heat] added in quadrature to the errors, turn by turn
    uint32_t n_heat;       ///< turns; the last one should add nothing
};

/// The kernels of one instruction set.
struct track_kernels {
    const struct track_path_kernels *path;
    const struct track_measure_kernels *measure;
    const struct track_filter_kernels *filter;
};

/// Kernels of `isa`.
struct track_kernels track_kernels_pick(enum spw_isa isa);

/// Constants from settings, with the nominal planes of the spectrometer.
void track_constants_make(struct track_constants *constants,
                          const struct track_fit_settings *settings);

/// Fits all lanes: from the seeds in state, seed_ns, time_ns and the hits to the results.
/// Lanes without hits give numbers that mean nothing.
void track_block_fit(const struct track_kernels *kernels,
                     const struct track_constants *constants,
                     struct track_block *block);
