#include "reco/pulse/filter.h"

#include <math.h>

double spw_pulse_shape_value(const struct spw_pulse_shape *shape, double t_ns)
{
    const double u = 1.0 + t_ns / shape->tau_ns;
    return u > 0.0 ? exp(shape->power * (log(u) + 1.0 - u)) : 0.0;
}

/* d ln g / dt = power (1 / u - 1) / tau */
static double shape_slope(const struct spw_pulse_shape *shape, double t_ns)
{
    const double u = 1.0 + t_ns / shape->tau_ns;
    if (!(u > 0.0)) return 0.0;
    return spw_pulse_shape_value(shape, t_ns) * shape->power * (1.0 / u - 1.0) /
           shape->tau_ns;
}

/* s_i = A g(t_i) - A d g'(t_i) for a maximum late by d: solves the two normal equations. */
void spw_filter_from_shape(struct spw_pulse_weights weights[SPW_PULSE_PHASES],
                           const struct spw_pulse_shape *shape,
                           double clock_ns)
{
    for (int p = 0; p < SPW_PULSE_PHASES; ++p) {
        double g[3], d[3], gg = 0.0, gd = 0.0, dd = 0.0;
        for (int i = 0; i < 3; ++i) {
            const double t = p - SPW_PULSE_ZERO + (i - 1) * clock_ns;
            g[i] = spw_pulse_shape_value(shape, t);
            d[i] = -shape_slope(shape, t);
            gg += g[i] * g[i];
            gd += g[i] * d[i];
            dd += d[i] * d[i];
        }
        const double determinant = gg * dd - gd * gd;
        weights[p] = (struct spw_pulse_weights){0};
        for (int i = 0; i < 3; ++i) {
            weights[p].energy[i] = (float)((dd * g[i] - gd * d[i]) / determinant);
            weights[p].time_ns[i] = (float)((gg * d[i] - gd * g[i]) / determinant);
        }
    }
}

enum spw_status spw_filter_from_file(struct spw_pulse_weights **weights,
                                     struct spw_arena *arena,
                                     const struct na62_lkr_filter *filter)
{
    const uint32_t n = filter->n_shapes * SPW_PULSE_PHASES;
    SPW_NEW_ZEROS(arena, *weights, n);
    for (uint32_t w = 0; w < n; ++w)
        for (int i = 0; i < 3; ++i) {
            (*weights)[w].energy[i] = filter->weight[w][i];
            (*weights)[w].time_ns[i] = filter->weight[w][i + 3];
        }
    return SPW_OK;
}

/// What the parabola says of a pulse whose maximum stands `late` samples behind the middle one.
struct vertex {
    double x, height;
};

static struct vertex
vertex(const struct spw_pulse_shape *shape, double clock_ns, double late)
{
    double s[3];
    for (int i = 0; i < 3; ++i)
        s[i] = spw_pulse_shape_value(shape, (i - 1 - late) * clock_ns);
    const double slope = 0.5 * (s[0] - s[2]);
    const double x = slope / (s[0] - 2.0 * s[1] + s[2]);
    return (struct vertex){x, s[1] - 0.5 * slope * x};
}

/* The parabola's x rises with the true place: bisection inverts it. */
void spw_parabola_from_shape(struct spw_parabola *parabola,
                             const struct spw_pulse_shape *shape,
                             double clock_ns)
{
    for (int i = 0; i < SPW_PULSE_STEPS + 2; ++i) {
        const double x =
            -0.5 + (i < SPW_PULSE_STEPS ? i : SPW_PULSE_STEPS) / (double)SPW_PULSE_STEPS;
        parabola->knot[i].offset_ns = (float)(x * clock_ns);
        parabola->knot[i].ratio = 1.0f;
        if (!(shape->power > 0.0)) continue;
        double low = -0.8, high = 0.8;
        for (int step = 0; step < 50; ++step) {
            const double middle = 0.5 * (low + high);
            if (vertex(shape, clock_ns, middle).x < x)
                low = middle;
            else
                high = middle;
        }
        parabola->knot[i].offset_ns = (float)(low * clock_ns);
        parabola->knot[i].ratio = (float)vertex(shape, clock_ns, low).height;
    }
}
