/* Filter and smoother of the track fit (docs/physics/tracks.md, 4). */
#include "reco/track/filter_kernels.h"
#include "reco/track/magnet.h"

#include <math.h>

enum { L = TRACK_LANES, LAST = TRACK_VIEWS - 1, BEHIND = TRACK_VIEWS_BEFORE };

static const int diagonal[5] = {XX, YY, UU, VV, QQ};

static void begin(const struct track_constants *constants, struct track_block *block)
{
    for (int k = 0; k < TRACK_COVARIANCES; ++k)
        for (int l = 0; l < L; ++l) block->covariance[k][l] = 0;
    for (int i = 0; i < 5; ++i)
        for (int l = 0; l < L; ++l) {
            block->covariance[diagonal[i]][l] = constants->prior[i];
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
        const double c = (double)here->cosine[l], s = (double)here->sine[l];
        const double w = (double)here->weight[l];
        const double g0 = fma(c, p[XX][l], s * p[YX][l]),
                     g1 = fma(c, p[YX][l], s * p[YY][l]);
        const double g2 = fma(c, p[UX][l], s * p[UY][l]),
                     g3 = fma(c, p[VX][l], s * p[VY][l]);
        const double g4 = fma(c, p[QX][l], s * p[QY][l]);
        const double shrink = 1.0 / fma(w, fma(c, g0, s * g1), 1.0), inverse = w * shrink;
        const double nu = fma(-s, x[1][l], fma(-c, x[0][l], (double)here->mean_mm[l]));
        const double rho = fma(-s, r[1][l], fma(-c, r[0][l], (double)here->drift[l]));
        const double pull = inverse * nu, delay = inverse * rho, dz = dz_mm[l];
        const double xu = fma(g2, pull, x[2][l]), xv = fma(g3, pull, x[3][l]);
        const double ru = fma(g2, delay, r[2][l]), rv = fma(g3, delay, r[3][l]);
        x[0][l] = fma(dz, xu, fma(g0, pull, x[0][l]));
        x[1][l] = fma(dz, xv, fma(g1, pull, x[1][l]));
        x[2][l] = xu, x[3][l] = xv, x[4][l] = fma(g4, pull, x[4][l]);
        r[0][l] = fma(dz, ru, fma(g0, delay, r[0][l]));
        r[1][l] = fma(dz, rv, fma(g1, delay, r[1][l]));
        r[2][l] = ru, r[3][l] = rv, r[4][l] = fma(g4, delay, r[4][l]);
        sums->yy[l] = fma(nu, pull, sums->yy[l]);
        sums->ya[l] = fma(rho, pull, sums->ya[l]);
        sums->aa[l] = fma(rho, delay, sums->aa[l]);
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
        const double uu = fma(-k2, g2, p[UU][l] + angle2[l]);
        const double vv = fma(-k3, g3, p[VV][l] + angle2[l]);
        const double vu = fma(-k3, g2, p[VU][l]), qu = fma(-k4, g2, p[QU][l]);
        const double qv = fma(-k4, g3, p[QV][l]);
        const double ux = fma(-k2, g0, p[UX][l]), uy = fma(-k2, g1, p[UY][l]);
        const double vx = fma(-k3, g0, p[VX][l]), vy = fma(-k3, g1, p[VY][l]);
        const double far_ux = fma(dz, uu, ux), far_vy = fma(dz, vv, vy);
        const double far_uy = fma(dz, vu, uy);
        p[XX][l] = fma(dz, ux + far_ux, fma(-k0, g0, p[XX][l]));
        p[YX][l] = fma(dz, vx + far_uy, fma(-k1, g0, p[YX][l]));
        p[YY][l] = fma(dz, vy + far_vy, fma(-k1, g1, p[YY][l]));
        p[UX][l] = far_ux;
        p[UY][l] = far_uy;
        p[UU][l] = uu;
        p[VX][l] = fma(dz, vu, vx);
        p[VY][l] = far_vy;
        p[VU][l] = vu;
        p[VV][l] = vv;
        p[QX][l] = fma(dz, qu, fma(-k4, g0, p[QX][l]));
        p[QY][l] = fma(dz, qv, fma(-k4, g1, p[QY][l]));
        p[QU][l] = qu;
        p[QV][l] = qv;
        p[QQ][l] = fma(-k4, g4, p[QQ][l]);
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
    track_pass_covariance(&block->back, block->covariance);
    track_pass_vector(&block->back, block->shift);
    track_pass_vector(&block->back, block->response);
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

/* Adjoint of drift_state(): what the smoother carries from view to view. */
static void drift_adjoint(const double dz_mm[L], double a[5][L])
{
#pragma omp simd
    for (int l = 0; l < L; ++l) {
        a[2][l] = fma(dz_mm[l], a[0][l], a[2][l]);
        a[3][l] = fma(dz_mm[l], a[1][l], a[3][l]);
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
        const double nu = fma(-step_ns[l], here->response[l], here->innovation[l]);
        const double both = fma(g[0][l], a[0][l], fma(g[1][l], a[1][l], nu)) +
                            fma(g[2][l], a[2][l], fma(g[3][l], a[3][l], g[4][l] * a[4][l]));
        const double pull = here->inverse[l] * both;
        const double residual = here->shrink[l] * both;
        const double mean =
            fma(-step_ns[l], (double)here->drift[l], (double)here->mean_mm[l]);
        a[0][l] = fma(-(double)here->cosine[l], pull, a[0][l]);
        a[1][l] = fma(-(double)here->sine[l], pull, a[1][l]);
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
            track_pass_adjoint(&block->back, adjoint);
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
