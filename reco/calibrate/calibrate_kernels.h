/// Kernels of TDC hits: times from ticks, slewing corrections, drift radius.
///
/// Lanes are hits. Arrays are aligned and padded to SPW_ALIGN; results of padding lanes are
/// never looked at. Bit-identical in all instruction sets.
#pragma once

#include "core/isa.h"

#include <stdint.h>

/// Ticks to ns: (ticks - origin_ticks) * lsb_ns - t0_ns - shift of the event.
///
/// The origin is a whole number of ticks near the T0 of the detector, so that the float product
/// stays small and exact to better than 1 ps also for straws at -6400 ns.
struct spw_time_scale {
    int32_t origin_ticks;
    float lsb_ns;
};

/// Correction to be subtracted, piecewise linear in the width; index: dense channel.
struct spw_linear_slewing {
    const float *min_ns, *max_ns;     ///< [n_channels] limits of the width
    const float *below_ns, *above_ns; ///< correction outside
    const float *offset_ns, *slope;   ///< inside: offset + slope width
};

/// Correction p2 + p1 exp(p0 width), to be subtracted; index: dense channel.
struct spw_exponential_slewing {
    const float *p0_per_ns, *p1_ns, *p2_ns;
};

/// Drift time to radius.
///
/// formula (SPW_RT_ROOT)  q = p1 (t - p2) + p4 (t - p2)^2, r = p0 + sqrt|q| - p3 t, t in us
/// formula (SPW_RT_QUADRATIC)  the inverse of t = p0 r + p1 r^2: r = (sqrt(p0^2 + 4 p1 t) - p0) / 2 p1
/// table  (SPW_RT_TABLE)  linear between r = table[i] at t = i step_ns
/// All are clipped to [0, max_mm].
enum spw_rt_kind { SPW_RT_ROOT, SPW_RT_QUADRATIC, SPW_RT_TABLE };

struct spw_rt {
    float p[5];
    float max_mm;
    const float *table_mm;
    float step_ns;
    float n_steps; ///< entries of the table - 1
};

struct spw_calibrate_kernels {
    /// time_ns[i], width_ns[i] of n hits; `shift_ns` by event.
    void (*times)(uint32_t n,
                  const struct spw_time_scale *scale,
                  const int32_t *ticks,
                  const int32_t *width_ticks,
                  const float *t0_ns,
                  const uint32_t *event,
                  const float *shift_ns,
                  float *time_ns,
                  float *width_ns);

    /// Subtracts the correction where both edges are there.
    void (*slew_linear)(uint32_t n,
                        const struct spw_linear_slewing *slewing,
                        const uint32_t *index,
                        const float *width_ns,
                        const uint8_t *quality,
                        float *time_ns);
    void (*slew_exponential)(uint32_t n,
                             const struct spw_exponential_slewing *slewing,
                             const uint32_t *index,
                             const float *width_ns,
                             const uint8_t *quality,
                             float *time_ns);

    /// radius_mm[i] by the relation of one kind.
    void (*radius[3])(uint32_t n,
                      const struct spw_rt *rt,
                      const float *time_ns,
                      float *radius_mm);
};

SPW_DECLARE_KERNELS(spw_calibrate_kernels);
