/* Filter and smoother of the track fit (docs/physics/tracks.md, 4). */
#include "reco/track/filter_kernels.h"

#include <math.h>

enum {
    L = TRACK_LANES,
    LAST = TRACK_VIEWS - 1,
    BEHIND = 8
}; /* first view behind the magnet */

enum { XX, YX, YY, UX, UY, UU, VX, VY, VU, VV, QX, QY, QU, QV, QQ }; /* u, v: slopes */

static inline int at(int i, int j)
{
    return i >= j ? i * (i + 1) / 2 + j : j * (j + 1) / 2 + i;
}

static void begin(const struct track_constants *constants, struct track_block *block)
{
    for (int k = 0; k < TRACK_COVARIANCES; ++k)
        for (int l = 0; l < L; ++l) block->covariance[k][l] = 0;
    for (int i = 0; i < 5; ++i)
        for (int l = 0; l < L; ++l) {
            block->covariance[at(i, i)][l] = constants->prior[i];
            block->shift[i][l] = block->response[i][l] = 0;
        }
}

/* Variance of the scattering angle of a view. */
static void scattering(const struct track_constants *constants,
                       const struct track_block *block,
                       double angle2[L])
{
    const double scatter = constants->scatter_MeV2, mass2 = constants->mass2_MeV2;
#pragma omp simd
    for (int l = 0; l < L; ++l) {
        const double qp2 = block->state.q_over_p[l] * block->state.q_over_p[l];
        angle2[l] = scatter * qp2 * (1.0 + mass2 * qp2);
    }
}

/* Gains of a view; the parameters behind its measurement and the straight way dz. */
static void update_state(struct track_block *block, uint32_t view, const double dz_mm[L])
{
    const double(*restrict p)[L] = block->covariance;
    double(*restrict x)[L] = block->shift, (*restrict r)[L] = block->response;
    struct track_view *restrict here = &block->view[view];
    struct track_block_sums *restrict sums = &block->sums;
#pragma omp simd
    for (int l = 0; l < L; ++l) {
        const double c = here->cosine[l], s = here->sine[l];
        const double w = (double)here->weight[l];
        const double g0 = c * p[XX][l] + s * p[YX][l], g1 = c * p[YX][l] + s * p[YY][l];
        const double g2 = c * p[UX][l] + s * p[UY][l], g3 = c * p[VX][l] + s * p[VY][l];
        const double g4 = c * p[QX][l] + s * p[QY][l];
        const double shrink = 1.0 / (1.0 + w * (c * g0 + s * g1)), inverse = w * shrink;
        const double nu = (double)here->mean_mm[l] - (c * x[0][l] + s * x[1][l]);
        const double rho = (double)here->drift[l] - (c * r[0][l] + s * r[1][l]);
        const double pull = inverse * nu, delay = inverse * rho;
        const double xu = x[2][l] + g2 * pull, xv = x[3][l] + g3 * pull;
        const double ru = r[2][l] + g2 * delay, rv = r[3][l] + g3 * delay, dz = dz_mm[l];
        x[0][l] += g0 * pull + dz * xu, x[1][l] += g1 * pull + dz * xv;
        x[2][l] = xu, x[3][l] = xv, x[4][l] += g4 * pull;
        r[0][l] += g0 * delay + dz * ru, r[1][l] += g1 * delay + dz * rv;
        r[2][l] = ru, r[3][l] = rv, r[4][l] += g4 * delay;
        sums->yy[l] += nu * pull;
        sums->ya[l] += rho * pull;
        sums->aa[l] += rho * delay;
        here->column[0][l] = g0, here->column[1][l] = g1, here->column[2][l] = g2;
        here->column[3][l] = g3, here->column[4][l] = g4;
        here->inverse[l] = inverse;
        here->shrink[l] = shrink;
        here->innovation[l] = nu;
        here->response[l] = rho;
    }
}

/* The covariance behind the measurement and the scattering of a view, and the straight way dz. */
static void update_covariance(struct track_block *block,
                              uint32_t view,
                              const double angle2[L],
                              const double dz_mm[L])
{
    double(*restrict p)[L] = block->covariance;
    const struct track_view *restrict here = &block->view[view];
#pragma omp simd
    for (int l = 0; l < L; ++l) {
        const double dz = dz_mm[l], inverse = here->inverse[l];
        const double g0 = here->column[0][l], g1 = here->column[1][l];
        const double g2 = here->column[2][l], g3 = here->column[3][l];
        const double g4 = here->column[4][l];
        const double k0 = g0 * inverse, k1 = g1 * inverse, k2 = g2 * inverse;
        const double k3 = g3 * inverse, k4 = g4 * inverse;
        const double uu = p[UU][l] - k2 * g2 + angle2[l],
                     vv = p[VV][l] - k3 * g3 + angle2[l];
        const double vu = p[VU][l] - k3 * g2, qu = p[QU][l] - k4 * g2;
        const double qv = p[QV][l] - k4 * g3;
        const double ux = p[UX][l] - k2 * g0, uy = p[UY][l] - k2 * g1;
        const double vx = p[VX][l] - k3 * g0, vy = p[VY][l] - k3 * g1;
        const double far_ux = ux + dz * uu, far_vy = vy + dz * vv;
        const double far_uy = uy + dz * vu;
        p[XX][l] += dz * (ux + far_ux) - k0 * g0;
        p[YX][l] += dz * (vx + far_uy) - k1 * g0;
        p[YY][l] += dz * (vy + far_vy) - k1 * g1;
        p[UX][l] = far_ux;
        p[UY][l] = far_uy;
        p[UU][l] = uu;
        p[VX][l] = vx + dz * vu;
        p[VY][l] = far_vy;
        p[VU][l] = vu;
        p[VV][l] = vv;
        p[QX][l] += dz * qu - k4 * g0;
        p[QY][l] += dz * qv - k4 * g1;
        p[QU][l] = qu;
        p[QV][l] = qv;
        p[QQ][l] -= k4 * g4;
    }
}

/* The straight way dz of parameters, and of a covariance that meets nothing there. */
static void drift_state(struct track_block *block, const double dz_mm[L])
{
    double(*restrict x)[L] = block->shift, (*restrict r)[L] = block->response;
#pragma omp simd
    for (int l = 0; l < L; ++l) {
        x[0][l] += dz_mm[l] * x[2][l];
        x[1][l] += dz_mm[l] * x[3][l];
        r[0][l] += dz_mm[l] * r[2][l];
        r[1][l] += dz_mm[l] * r[3][l];
    }
}

static void drift_covariance(struct track_block *block, const double dz_mm[L])
{
    double(*restrict p)[L] = block->covariance;
#pragma omp simd
    for (int l = 0; l < L; ++l) {
        const double dz = dz_mm[l], vu = p[VU][l];
        const double ux = p[UX][l] + dz * p[UU][l], vy = p[VY][l] + dz * p[VV][l];
        const double uy = p[UY][l] + dz * vu;
        p[XX][l] += dz * (p[UX][l] + ux);
        p[YX][l] += dz * (p[VX][l] + uy);
        p[YY][l] += dz * (p[VY][l] + vy);
        p[UX][l] = ux;
        p[UY][l] = uy;
        p[VX][l] += dz * vu;
        p[VY][l] = vy;
        p[QX][l] += dz * p[QU][l];
        p[QY][l] += dz * p[QV][l];
    }
}

/* A vector of parameters through the magnet, against the beam. */
static void pass_vector(const struct spw_track_jacobian *back, double (*x)[L])
{
#pragma omp simd
    for (int l = 0; l < L; ++l) {
        const double u = x[2][l], v = x[3][l], q = x[4][l];
        x[0][l] += back->by[0][0][l] * u + back->by[0][1][l] * v + back->by[0][2][l] * q;
        x[1][l] += back->by[1][0][l] * u + back->by[1][1][l] * v + back->by[1][2][l] * q;
        x[2][l] = back->by[2][0][l] * u + back->by[2][1][l] * v + back->by[2][2][l] * q;
        x[3][l] = back->by[3][0][l] * u + back->by[3][1][l] * v + back->by[3][2][l] * q;
    }
}

/* F P F^T: first the columns, then the rows. */
static void pass_covariance(const struct spw_track_jacobian *back, double (*p)[L])
{
    double column[5][L], m[5][5][L];
    for (int i = 0; i < 5; ++i) {
        for (int j = 0; j < 5; ++j)
            for (int l = 0; l < L; ++l) column[j][l] = p[at(i, j)][l];
        pass_vector(back, column);
        for (int j = 0; j < 5; ++j)
            for (int l = 0; l < L; ++l) m[j][i][l] = column[j][l];
    }
    for (int i = 0; i < 5; ++i) {
        pass_vector(back, m[i]);
        for (int j = 0; j <= i; ++j)
            for (int l = 0; l < L; ++l) p[at(i, j)][l] = m[i][j][l];
    }
}

/* The way against the beam from a view's hits to a plane. */
static void way_to_plane(const struct track_constants *constants,
                         const struct track_block *block,
                         uint32_t view,
                         double plane_mm,
                         double dz_mm[L])
{
    const double nominal = plane_mm - constants->view_z_mm[view];
#pragma omp simd
    for (int l = 0; l < L; ++l) dz_mm[l] = nominal - (double)block->view[view].dz_mm[l];
}

/* The same from a view to the one before it. */
static void way_to_view(const struct track_constants *constants,
                        const struct track_block *block,
                        uint32_t view,
                        double dz_mm[L])
{
    const float *here = block->view[view].dz_mm, *next = block->view[view - 1].dz_mm;
    const double nominal = constants->view_z_mm[view - 1] - constants->view_z_mm[view];
#pragma omp simd
    for (int l = 0; l < L; ++l) dz_mm[l] = nominal + (double)(next[l] - here[l]);
}

/* Both straight ways from the first view behind the magnet to the last one before it. */
static void ways_to_magnet(const struct track_constants *constants,
                           const struct track_block *block,
                           double behind_mm[L],
                           double before_mm[L])
{
    way_to_plane(constants, block, BEHIND, constants->dipole.z_out_mm, behind_mm);
    way_to_plane(constants, block, BEHIND - 1, constants->dipole.z_in_mm, before_mm);
    for (int l = 0; l < L; ++l) before_mm[l] = -before_mm[l];
}

static void pass_magnet(struct track_block *block, const double before_mm[L])
{
    pass_covariance(&block->back, block->covariance);
    pass_vector(&block->back, block->shift);
    pass_vector(&block->back, block->response);
    drift_state(block, before_mm);
    drift_covariance(block, before_mm);
}

static void filter(const struct track_constants *constants, struct track_block *block)
{
    double angle2[L], dz[L], before[L];
    scattering(constants, block, angle2);
    begin(constants, block);
    for (uint32_t view = TRACK_VIEWS; view-- > 0;) {
        if (view == BEHIND)
            ways_to_magnet(constants, block, dz, before);
        else if (view > 0)
            way_to_view(constants, block, view, dz);
        else
            way_to_plane(constants, block, view, constants->z_before_mm, dz);
        update_state(block, view, dz);
        update_covariance(block, view, angle2, dz);
        if (view == BEHIND) pass_magnet(block, before);
    }
}

/* The time that makes chi2 smallest; with the trigger's time for tracks near it. */
static void fit_time(const struct track_constants *constants,
                     struct track_block *block,
                     double step_ns[L])
{
    const double prior = 1.0 / constants->time_prior_ns2, pull2 = constants->in_time_pull2;
    const struct track_block_sums *restrict sums = &block->sums;
#pragma omp simd
    for (int l = 0; l < L; ++l) {
        const double now = block->seed_ns[l] + block->time_ns[l];
        const double aa = sums->aa[l] + 1e-6, ya = sums->ya[l], variance = 1.0 / aa;
        const double free = now + ya * variance;
        const double near = pull2 * (variance + constants->time_prior_ns2);
        const double use = free * free < near ? prior : 0.0;
        const double all = 1.0 / (aa + use), step = (ya - use * now) * all;
        const double late = now + step;
        step_ns[l] = step;
        block->drift_time_ns[l] = free;
        block->drift_time_ns2[l] = variance;
        block->in_time[l] = use > 0.0 ? 1.0 : 0.0;
        block->chi2[l] =
            sums->yy[l] - step * (2.0 * ya - step * sums->aa[l]) + use * late * late;
        block->time_ns[l] += step;
        double(*restrict r)[L] = block->response, (*restrict p)[L] = block->covariance;
        p[XX][l] += all * r[0][l] * r[0][l], p[YX][l] += all * r[1][l] * r[0][l];
        p[YY][l] += all * r[1][l] * r[1][l], p[UX][l] += all * r[2][l] * r[0][l];
        p[UY][l] += all * r[2][l] * r[1][l], p[UU][l] += all * r[2][l] * r[2][l];
        p[VX][l] += all * r[3][l] * r[0][l], p[VY][l] += all * r[3][l] * r[1][l];
        p[VU][l] += all * r[3][l] * r[2][l], p[VV][l] += all * r[3][l] * r[3][l];
        p[QX][l] += all * r[4][l] * r[0][l], p[QY][l] += all * r[4][l] * r[1][l];
        p[QU][l] += all * r[4][l] * r[2][l], p[QV][l] += all * r[4][l] * r[3][l];
        p[QQ][l] += all * r[4][l] * r[4][l];
        for (int i = 0; i < 5; ++i) block->shift[i][l] -= step * r[i][l];
    }
}

/* Adjoint of drift() and pass_vector(): what the smoother carries from view to view. */
static void drift_adjoint(const double dz_mm[L], double a[5][L])
{
#pragma omp simd
    for (int l = 0; l < L; ++l) {
        a[2][l] += dz_mm[l] * a[0][l];
        a[3][l] += dz_mm[l] * a[1][l];
    }
}

static void pass_adjoint(const struct spw_track_jacobian *back, double a[5][L])
{
    const double(*by)[3][L] = back->by;
#pragma omp simd
    for (int l = 0; l < L; ++l) {
        const double x = a[0][l], y = a[1][l], u = a[2][l], v = a[3][l];
        a[2][l] = by[0][0][l] * x + by[1][0][l] * y + by[2][0][l] * u + by[3][0][l] * v;
        a[3][l] = by[0][1][l] * x + by[1][1][l] * y + by[2][1][l] * u + by[3][1][l] * v;
        a[4][l] += by[0][2][l] * x + by[1][2][l] * y + by[2][2][l] * u + by[3][2][l] * v;
    }
}

/* The smoothed place in a view, and the adjoint behind it. */
static void smooth_view(struct track_block *block,
                        uint32_t view,
                        const double step_ns[L],
                        double a[5][L])
{
    struct track_view *here = &block->view[view];
    const double(*g)[L] = here->column;
#pragma omp simd
    for (int l = 0; l < L; ++l) {
        const double nu = here->innovation[l] - step_ns[l] * here->response[l];
        const double both = nu + (g[0][l] * a[0][l] + g[1][l] * a[1][l]) +
                            (g[2][l] * a[2][l] + g[3][l] * a[3][l]) + g[4][l] * a[4][l];
        const double pull = here->inverse[l] * both;
        const double residual = here->shrink[l] * both;
        const double mean = (double)here->mean_mm[l] - step_ns[l] * (double)here->drift[l];
        a[0][l] -= block->view[view].cosine[l] * pull;
        a[1][l] -= block->view[view].sine[l] * pull;
        here->place_mm[l] = (float)((double)here->path_mm[l] + (mean - residual));
    }
}

/* State behind the last view: without hits it has the variances `prior` and no shift, so its
 * smoothed shift is - prior times the adjoint. */
static void fill_after(const struct track_constants *constants,
                       const double a[5][L],
                       struct track_block *block)
{
    const double z = constants->z_after_mm, *prior = constants->prior;
    const double path = z - constants->dipole.z_out_mm,
                 last = z - constants->view_z_mm[LAST];
#pragma omp simd
    for (int l = 0; l < L; ++l) {
        const double u = -prior[2] * a[2][l], v = -prior[3] * a[3][l];
        const double dz = last - (double)block->view[LAST].dz_mm[l];
        block->after[0][l] =
            block->path.x_mm[l] + path * block->path.dxdz[l] - prior[0] * a[0][l] + dz * u;
        block->after[1][l] =
            block->path.y_mm[l] + path * block->path.dydz[l] - prior[1] * a[1][l] + dz * v;
        block->after[2][l] = block->path.dxdz[l] + u;
        block->after[3][l] = block->path.dydz[l] + v;
        block->after[4][l] = block->path.q_over_p[l] - prior[4] * a[4][l];
    }
}

/* The reference path of the next turn. */
static void advance(const struct track_constants *constants, struct track_block *block)
{
    const double max = constants->max_q_over_p;
#pragma omp simd
    for (int l = 0; l < L; ++l) {
        double qp = block->state.q_over_p[l] + block->shift[4][l];
        qp = qp < max ? qp : max;
        qp = qp > -max ? qp : -max;
        block->state.x_mm[l] += block->shift[0][l];
        block->state.y_mm[l] += block->shift[1][l];
        block->state.dxdz[l] += block->shift[2][l];
        block->state.dydz[l] += block->shift[3][l];
        block->state.q_over_p[l] = qp;
    }
}

static void smooth(const struct track_constants *constants, struct track_block *block)
{
    double step[L], adjoint[5][L] = {0}, dz[L], before[L];
    fit_time(constants, block, step);
    for (uint32_t view = 0;; ++view) {
        smooth_view(block, view, step, adjoint);
        if (view == LAST) break;
        if (view + 1 == BEHIND) {
            ways_to_magnet(constants, block, dz, before);
            drift_adjoint(before, adjoint);
            pass_adjoint(&block->back, adjoint);
            drift_adjoint(dz, adjoint);
            continue;
        }
        way_to_view(constants, block, view + 1, dz);
        drift_adjoint(dz, adjoint);
    }
    fill_after(constants, adjoint, block);
    advance(constants, block);
}

const struct track_filter_kernels SPW_KERNELS(track_filter_kernels) = {
    .filter = filter,
    .smooth = smooth,
};
