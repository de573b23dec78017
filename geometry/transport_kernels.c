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

static void enter(const struct spw_track_states *states, struct path *path)
{
    *path = (struct path){0};
#pragma omp simd
    for (int l = 0; l < L; ++l) {
        const double tx = states->dxdz[l], ty = states->dydz[l];
        const double norm = 1.0 / sqrt(1.0 + tx * tx + ty * ty);
        path->ex[l] = tx * norm;
        path->ey[l] = ty * norm;
    }
}

/* e_z^2 from the other two, kept away from 0. */
static inline double forward2(double ex, double ey)
{
    const double ez2 = 1.0 - ex * ex - ey * ey;
    return ez2 > min_cosine2 ? ez2 : min_cosine2;
}

static void add_node(const struct spw_track_states *states,
                     double weight,
                     double kick,
                     struct path *path)
{
#pragma omp simd
    for (int l = 0; l < L; ++l) {
        const double ey = path->ey[l], ex = path->ex[l] - kick * states->q_over_p[l];
        const double inverse = 1.0 / sqrt(forward2(ex, ey));
        const double length = weight * inverse, cube = length * inverse * inverse;
        const double xx = (1.0 - ey * ey) * cube, xy = ex * ey * cube;
        path->x[l] += ex * length;
        path->y[l] += length;
        path->xx[l] += xx;
        path->xy[l] += xy;
        path->yy[l] += (1.0 - ex * ex) * cube;
        path->x_kick[l] -= kick * xx;
        path->y_kick[l] -= kick * xy;
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
        const double norm2 = 1.0 / (1.0 + tx * tx + ty * ty), norm3 = norm2 * sqrt(norm2);
        const double fxx = (1.0 + ty * ty) * norm3, fyy = (1.0 + tx * tx) * norm3;
        const double fxy = -tx * ty * norm3;

        const double ey = path->ey[l], ex = path->ex[l] - kick * states->q_over_p[l];
        const double inverse = 1.0 / sqrt(forward2(ex, ey));
        const double cube = inverse * inverse * inverse;
        const double gxx = (1.0 - ey * ey) * cube, gyy = (1.0 - ex * ex) * cube;
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
