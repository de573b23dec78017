/// Parameters and covariances of a block of tracks through the magnet, for kernels.
///
/// `back` are the derivatives of the way against the beam; lower triangles by rows.
#pragma once

#include "reco/track/block.h"

#include <math.h>

/// Elements of a covariance of x, y, the slopes u, v and q/p.
enum track_covariance { XX, YX, YY, UX, UY, UU, VX, VY, VU, VV, QX, QY, QU, QV, QQ };

/* by[row] times a vector of slopes and q/p; that plus `more`. */
static inline double
row_times(const double (*row)[TRACK_LANES], int l, double u, double v, double q)
{
    return fma(row[0][l], u, fma(row[1][l], v, row[2][l] * q));
}

static inline double
row_plus(const double (*row)[TRACK_LANES], int l, double u, double v, double q, double more)
{
    return fma(row[0][l], u, fma(row[1][l], v, fma(row[2][l], q, more)));
}

/// A vector of parameters through the magnet, against the beam.
static inline void track_pass_vector(const struct spw_track_jacobian *back,
                                     double (*x)[TRACK_LANES])
{
#pragma omp simd
    for (int l = 0; l < TRACK_LANES; ++l) {
        const double u = x[2][l], v = x[3][l], q = x[4][l];
        x[0][l] = row_plus(back->by[0], l, u, v, q, x[0][l]);
        x[1][l] = row_plus(back->by[1], l, u, v, q, x[1][l]);
        x[2][l] = row_times(back->by[2], l, u, v, q);
        x[3][l] = row_times(back->by[3], l, u, v, q);
    }
}

/// F P F^T with F = (1 A; 0 B), B's last row (0 0 1), and P = (R S^T; S T): with W = S + T A^T
/// that is (R + A S + W^T A^T, B W, B T B^T).
static inline void track_pass_covariance(const struct spw_track_jacobian *back,
                                         double (*restrict p)[TRACK_LANES])
{
    const double(*x)[TRACK_LANES] = back->by[0], (*y)[TRACK_LANES] = back->by[1];
    const double(*u)[TRACK_LANES] = back->by[2], (*v)[TRACK_LANES] = back->by[3];
#pragma omp simd
    for (int l = 0; l < TRACK_LANES; ++l) {
        const double uu = p[UU][l], vu = p[VU][l], vv = p[VV][l];
        const double qu = p[QU][l], qv = p[QV][l], qq = p[QQ][l];
        const double ux = p[UX][l], vx = p[VX][l], qx = p[QX][l];
        const double uy = p[UY][l], vy = p[VY][l], qy = p[QY][l];
        const double wux = row_plus(x, l, uu, vu, qu, ux);
        const double wvx = row_plus(x, l, vu, vv, qv, vx);
        const double wqx = row_plus(x, l, qu, qv, qq, qx);
        const double wuy = row_plus(y, l, uu, vu, qu, uy);
        const double wvy = row_plus(y, l, vu, vv, qv, vy);
        const double wqy = row_plus(y, l, qu, qv, qq, qy);
        p[XX][l] = row_plus(x, l, ux + wux, vx + wvx, qx + wqx, p[XX][l]);
        p[YX][l] = row_plus(y, l, ux, vx, qx, row_plus(x, l, wuy, wvy, wqy, p[YX][l]));
        p[YY][l] = row_plus(y, l, uy + wuy, vy + wvy, qy + wqy, p[YY][l]);
        p[UX][l] = row_times(u, l, wux, wvx, wqx);
        p[UY][l] = row_times(u, l, wuy, wvy, wqy);
        p[VX][l] = row_times(v, l, wux, wvx, wqx);
        p[VY][l] = row_times(v, l, wuy, wvy, wqy);
        p[QX][l] = wqx, p[QY][l] = wqy;

        const double fu = row_times(u, l, uu, vu, qu), fv = row_times(u, l, vu, vv, qv);
        const double fq = row_times(u, l, qu, qv, qq);
        const double gu = row_times(v, l, uu, vu, qu), gv = row_times(v, l, vu, vv, qv);
        const double gq = row_times(v, l, qu, qv, qq);
        p[UU][l] = row_times(u, l, fu, fv, fq);
        p[VU][l] = row_times(v, l, fu, fv, fq);
        p[VV][l] = row_times(v, l, gu, gv, gq);
        p[QU][l] = fq, p[QV][l] = gq;
    }
}

/// Adjoint of track_pass_vector().
static inline void track_pass_adjoint(const struct spw_track_jacobian *back,
                                      double a[5][TRACK_LANES])
{
    const double(*by)[3][TRACK_LANES] = back->by;
#pragma omp simd
    for (int l = 0; l < TRACK_LANES; ++l) {
        const double x = a[0][l], y = a[1][l], u = a[2][l], v = a[3][l];
        a[2][l] =
            fma(by[0][0][l], x, by[1][0][l] * y) + fma(by[2][0][l], u, by[3][0][l] * v);
        a[3][l] =
            fma(by[0][1][l], x, by[1][1][l] * y) + fma(by[2][1][l], u, by[3][1][l] * v);
        a[4][l] +=
            fma(by[0][2][l], x, by[1][2][l] * y) + fma(by[2][2][l], u, by[3][2][l] * v);
    }
}
