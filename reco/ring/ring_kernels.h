/// Kernels of the rings: circle fits, circles through three hits, likelihoods.
///
/// Lanes are rings of any events, side by side; nothing is summed across lanes.
#pragma once

#include "core/isa.h"

#include <stdint.h>

enum {
    RING_LANES = 8,    ///< rings of a block
    RING_SLOTS = 64,   ///< hits of a ring
    RING_TRIPLES = 64, ///< circles tried at once
    RING_RADII = 32,   ///< radii tried at once
    RING_PADDING = 16, ///< arrays of hits are read and written up to a multiple of this
    RING_MASSES = 4,   ///< hypotheses: e, mu, pi, K
};

/// Hits of up to RING_LANES rings: slot by slot, one lane a ring.
///
/// A hit with weight 0 does not count. Lanes that are no rings have weights 0 everywhere and
/// give their starting circle back.
struct ring_block {
    _Alignas(64) double x[RING_SLOTS][RING_LANES], y[RING_SLOTS][RING_LANES];
    double weight[RING_SLOTS][RING_LANES];
    double centre_x[RING_LANES], centre_y[RING_LANES],
        radius[RING_LANES];                                ///< start, result
    double expected_x[RING_LANES], expected_y[RING_LANES]; ///< centre known beforehand
    double
        pull[RING_LANES]; ///< (sigma of a hit / sigma of the expected centre)^2; 0: unknown
    double chi2[RING_LANES]; ///< sum of weight (distance - radius)^2
    double sum[RING_LANES];  ///< of the weights
    double covariance[6]
                     [RING_LANES]; ///< xx, xy, yy, xr, yr, rr for unit errors of the hits
    uint32_t n_slots;              ///< of the longest ring
};

/// Circles through three hits each, and how many hits agree with them.
struct ring_triples {
    _Alignas(64) float ax[RING_TRIPLES], ay[RING_TRIPLES], bx[RING_TRIPLES],
        by[RING_TRIPLES], cx[RING_TRIPLES], cy[RING_TRIPLES];
    float x[RING_TRIPLES], y[RING_TRIPLES], radius[RING_TRIPLES], score[RING_TRIPLES];
    float radius_min, radius_max; ///< others have score 0
    float width;                  ///< a hit this far from the circle counts 0
};

/// Likelihoods of a block's hits, for each hypothesis.
struct ring_masses {
    double x[RING_MASSES][RING_LANES], y[RING_MASSES][RING_LANES];
    double radius[RING_MASSES][RING_LANES];
    double peak[RING_MASSES]
               [RING_LANES]; ///< density on the circle / that of the background
    double product[RING_MASSES][RING_LANES]; ///< of 1 + weight peak profile over all hits
    double width2;                           ///< scale of the profile, squared
};

/// The profile of a ring across its circle: (1 - q^2 / 16)^8 with q = (distance - radius) / width,
/// 0 from |q| = 4 on. A Gaussian for small q, without its tails; its variance is 16/19 width^2.
#define RING_PROFILE_AREA     2.3963 ///< its integral over q
#define RING_PROFILE_VARIANCE (16.0 / 19.0)

struct ring_kernels {
    /// Taubin's algebraic fit (IEEE PAMI 13, 1991, 1115; the root as N. Chernov, "Circular and
    /// Linear Regression", 2010, ch. 5): fills centre and radius.
    void (*taubin)(struct ring_block *block);

    /// At least one Gauss-Newton step from centre and radius towards the minimum of
    /// sum weight (distance - radius)^2 + pull |centre - expected|^2. chi2, sum and covariance
    /// are those of the last step.
    void (*geometric)(struct ring_block *block, uint32_t n_steps);

    /// Fills x, y, radius, score = sum of 1 - (deviation / width)^2 where that is positive.
    void (*triples)(struct ring_triples *triples,
                    uint32_t n,
                    const float *x,
                    const float *y);

    /// profile[i] of n hits for one circle; n is rounded up to RING_PADDING.
    void (*profile)(uint32_t n,
                    const float *x,
                    const float *y,
                    const float circle[3],
                    float width,
                    float *profile);

    /// score[k] = sum over n hits of 1 - ((distance from centre - radius[k]) / width)^2 where
    /// positive; n is rounded up to RING_PADDING for reading.
    void (*radii)(uint32_t n,
                  const float *x,
                  const float *y,
                  const float centre[2],
                  const float *radius,
                  float width,
                  float *score);

    /// Fills product.
    void (*masses)(const struct ring_block *block, struct ring_masses *masses);
};

SPW_DECLARE_KERNELS(ring_kernels);
