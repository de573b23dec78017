/* Paths through a vertical field that depends on z alone (docs/physics/tracks.md, 2). */
#include "geometry/transport.h"

#include <math.h>

enum { L = SPW_TRACK_LANES };

static const double min_cosine2 = 1e-2; /* of the direction and the z axis */

/// Direction before the field, and the integrals over the path of its derivatives.
struct path {
    double ex[L], ey[L];         ///< p_x / p before the field, p_y / p
    double x[L], y[L];           ///< displacement in x; in y over e_y
    double xx[L], xy[L], yy[L];  ///< of (x, y) by (e_x, e_y): symmetric
    double x_kick[L], y_kick[L]; ///< of (x, y) by q/p
};

/* 1 / sqrt(x) for 0.001 < x < 1000: in single precision, then one step of third order (1e-15). */
static inline double inverse_root(double x)
{
    const double y = (double)(1.0f / sqrtf((float)x)), rest = fma(-x * y, y, 1.0);
    return fma(y * rest, fma(0.375, rest, 0.5), y);
}

static void enter(const struct spw_track_states *states, struct path *path)
{
    *path = (struct path){0};
#pragma omp simd
    for (int l = 0; l < L; ++l) {
        const double tx = states->dxdz[l], ty = states->dydz[l];
        const double norm = inverse_root(fma(tx, tx, fma(ty, ty, 1.0)));
        path->ex[l] = tx * norm;
        path->ey[l] = ty * norm;
    }
}

/* 1 / e_z from the other two; e_z is kept away from 0. */
static inline double inverse_cosine(double ex, double ey)
{
    const double ez2 = fma(-ex, ex, fma(-ey, ey, 1.0));
    return inverse_root(ez2 > min_cosine2 ? ez2 : min_cosine2);
}

static void add_node(const struct spw_track_states *states,
                     double weight,
                     double kick,
                     struct path *path)
{
#pragma omp simd
    for (int l = 0; l < L; ++l) {
        const double ey = path->ey[l], ex = fma(-kick, states->q_over_p[l], path->ex[l]);
        const double inverse = inverse_cosine(ex, ey);
        const double length = weight * inverse, cube = length * inverse * inverse;
        const double xx = fma(-ey, ey, 1.0) * cube, xy = ex * ey * cube;
        path->x[l] = fma(ex, length, path->x[l]);
        path->y[l] += length;
        path->xx[l] += xx;
        path->xy[l] += xy;
        path->yy[l] = fma(fma(-ex, ex, 1.0), cube, path->yy[l]);
        path->x_kick[l] = fma(-kick, xx, path->x_kick[l]);
        path->y_kick[l] = fma(-kick, xy, path->y_kick[l]);
    }
}

/* Derivatives by the slopes before: those by the direction times d(e_x, e_y) / d(dxdz, dydz). */
static void leave(const struct path *path,
                  double kick,
                  struct spw_track_states *states,
                  struct spw_track_jacobian *jacobian)
{
    double(*by)[3][L] = jacobian->by;
#pragma omp simd
    for (int l = 0; l < L; ++l) {
        const double tx = states->dxdz[l], ty = states->dydz[l];
        const double norm = inverse_root(fma(tx, tx, fma(ty, ty, 1.0)));
        const double norm3 = norm * norm * norm;
        const double fxx = fma(ty, ty, 1.0) * norm3, fyy = fma(tx, tx, 1.0) * norm3;
        const double fxy = -tx * ty * norm3;

        const double ey = path->ey[l], ex = fma(-kick, states->q_over_p[l], path->ex[l]);
        const double inverse = inverse_cosine(ex, ey);
        const double cube = inverse * inverse * inverse;
        const double gxx = fma(-ey, ey, 1.0) * cube, gyy = fma(-ex, ex, 1.0) * cube;
        const double gxy = ex * ey * cube;

        states->x_mm[l] += path->x[l];
        states->y_mm[l] += ey * path->y[l];
        states->dxdz[l] = ex * inverse;
        states->dydz[l] = ey * inverse;
        by[0][0][l] = path->xx[l] * fxx + path->xy[l] * fxy;
        by[0][1][l] = path->xx[l] * fxy + path->xy[l] * fyy;
        by[0][2][l] = path->x_kick[l];
        by[1][0][l] = path->xy[l] * fxx + path->yy[l] * fxy;
        by[1][1][l] = path->xy[l] * fxy + path->yy[l] * fyy;
        by[1][2][l] = path->y_kick[l];
        by[2][0][l] = gxx * fxx + gxy * fxy;
        by[2][1][l] = gxx * fxy + gxy * fyy;
        by[2][2][l] = -kick * gxx;
        by[3][0][l] = gxy * fxx + gyy * fxy;
        by[3][1][l] = gxy * fxy + gyy * fyy;
        by[3][2][l] = -kick * gxy;
    }
}

static void dipole(const struct spw_dipole *field,
                   struct spw_track_states *states,
                   struct spw_track_jacobian *jacobian)
{
    struct path path;
    enter(states, &path);
    for (uint32_t i = 0; i < field->n_nodes; ++i)
        add_node(states, field->weight_mm[i], field->node_kick_MeV[i], &path);
    leave(&path, field->kick_MeV, states, jacobian);
}

const struct spw_transport_kernels SPW_KERNELS(spw_transport_kernels) = {
    .dipole = dipole,
};
