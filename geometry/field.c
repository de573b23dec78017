#include "geometry/field.h"

#include <math.h>

enum { BOX_NODES = 4, FRINGE_NODES = 24 };

static const double tail = 4.0; /* of the edges, in units of f */

/* P_n(x) and its derivative by the recurrence. */
static double legendre(uint32_t n, double x, double *derivative)
{
    double last = 1, value = x;
    for (uint32_t k = 2; k <= n; ++k) {
        const double next = ((2 * k - 1) * x * value - (k - 1) * last) / k;
        last = value;
        value = next;
    }
    *derivative = n * (x * value - last) / (x * x - 1);
    return value;
}

/* Node i of n on [-1, 1] in rising order, with its weight: Newton's method from the usual start
 * (Abramowitz and Stegun 25.4.29). */
static double gauss_node(uint32_t n, uint32_t i, double *weight)
{
    double x = -cos(M_PI * (i + 0.75) / (n + 0.5)), slope = 1;
    for (int turn = 0; turn < 8; ++turn) {
        const double value = legendre(n, x, &slope);
        x -= value / slope;
    }
    legendre(n, x, &slope);
    *weight = 2 / ((1 - x * x) * slope * slope);
    return x;
}

/* log(2 cosh x), without overflow. */
static double log_cosh(double x)
{
    return fabs(x) + log1p(exp(-2 * fabs(x)));
}

/* Integral of the profile up to u = z - centre, without scale. */
static double integral(const struct spw_dipole_shape *shape, double u)
{
    const double half = shape->length_mm / 2, f = shape->fringe_mm;
    if (f <= 0) return fmin(fmax(u, -half), half);
    return f / 2 * (log_cosh((u + half) / f) - log_cosh((u - half) / f));
}

void spw_dipole_make(struct spw_dipole *dipole, const struct spw_dipole_shape *shape)
{
    const double range = shape->length_mm / 2 + tail * fmax(shape->fringe_mm, 0);
    const double low = integral(shape, -range);
    const double scale = shape->kick_MeV / (integral(shape, range) - low);
    *dipole =
        (struct spw_dipole){.z_in_mm = shape->centre_mm - range,
                            .z_out_mm = shape->centre_mm + range,
                            .kick_MeV = shape->kick_MeV,
                            .n_nodes = shape->fringe_mm > 0 ? FRINGE_NODES : BOX_NODES};
    for (uint32_t i = 0; i < dipole->n_nodes; ++i) {
        double weight;
        const double u = range * gauss_node(dipole->n_nodes, i, &weight);
        dipole->weight_mm[i] = range * weight;
        dipole->node_kick_MeV[i] = scale * (integral(shape, u) - low);
    }
}

void spw_dipole_reverse(struct spw_dipole *reverse, const struct spw_dipole *dipole)
{
    *reverse = *dipole;
    reverse->z_in_mm = dipole->z_out_mm;
    reverse->z_out_mm = dipole->z_in_mm;
    reverse->kick_MeV = -dipole->kick_MeV;
    for (uint32_t i = 0; i < dipole->n_nodes; ++i) {
        reverse->weight_mm[i] = -dipole->weight_mm[i];
        reverse->node_kick_MeV[i] = dipole->node_kick_MeV[i] - dipole->kick_MeV;
    }
}
