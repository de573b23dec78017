/// Digital filter and parabola correction of a pulse shape.
///
/// Source  least squares of amplitude and time on three samples (docs/physics/pulses.md); the
///         experiment's own weights are read from LKr-digfcons
#pragma once

#include "core/arena.h"
#include "io/na62/constants.h"
#include "reco/pulse/pulse_kernels.h"

/// g(t) = (u exp(1 - u))^power, u = 1 + t / tau_ns, 0 for u < 0; maximum 1 at t = 0.
struct spw_pulse_shape {
    double tau_ns, power;
};

double spw_pulse_shape_value(const struct spw_pulse_shape *shape, double t_ns);

/// Least-squares weights for all phases of one shape: exact for pulses of this shape whose
/// phase is whole, and flat to first order between.
void spw_filter_from_shape(struct spw_pulse_weights weights[SPW_PULSE_PHASES],
                           const struct spw_pulse_shape *shape,
                           double clock_ns);

/// The experiment's weights, padded for the kernel: [n_shapes * 51]. Memory: arena.
SPW_MUST_CHECK enum spw_status spw_filter_from_file(struct spw_pulse_weights **weights,
                                                    struct spw_arena *arena,
                                                    const struct na62_lkr_filter *filter);

/// What the parabola through three samples makes of this shape; power 0: no correction.
void spw_parabola_from_shape(struct spw_parabola *parabola,
                             const struct spw_pulse_shape *shape,
                             double clock_ns);
