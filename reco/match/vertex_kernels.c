#include "reco/match/vertex_kernels.h"

#include <math.h>
#include <string.h>

enum { N_ITERATIONS = 3, L = SPW_VERTEX_LANES };

/* Places in a line, and in the lower triangle by rows of its covariance. */
enum { X, Y, TX, TY, QP };

enum { XX, YX, YY, TX_X, TX_Y, TX_TX, TY_X, TY_Y, TY_TX, TY_TY, QP_X, QP_Y, QP_TX, QP_TY };

static const double tiny = 1e-30;

/* The steps below work on the lanes of one block. */
typedef double lanes[L];

static inline double clip(double value, double reach)
{
    value = value > -reach ? value : -reach;
    return value < reach ? value : reach;
}

/* Mean of one parameter of all lines. */
static inline void
mean(int n_lines, const struct spw_vertex_block *b, int parameter, lanes out)
{
    const double share = 1.0 / n_lines;
    for (int l = 0; l < L; ++l) out[l] = share * b->line[0][parameter][l];
    for (int i = 1; i < n_lines; ++i)
        for (int l = 0; l < L; ++l) out[l] += share * b->line[i][parameter][l];
}

/* z where the lines are nearest to each other, without weights, and how near (eq. 1). */
static inline void start(int n_lines, double reach, struct spw_vertex_block *b)
{
    lanes x, y, tx, ty, slopes, product, squares = {0};
    mean(n_lines, b, X, x);
    mean(n_lines, b, Y, y);
    mean(n_lines, b, TX, tx);
    mean(n_lines, b, TY, ty);
    for (int l = 0; l < L; ++l) slopes[l] = 1e-16, product[l] = 0.0;
    for (int i = 0; i < n_lines; ++i)
#pragma omp simd
        for (int l = 0; l < L; ++l) {
            const double dx = b->line[i][TX][l] - tx[l], dy = b->line[i][TY][l] - ty[l];
            slopes[l] += dx * dx + dy * dy;
            product[l] += dx * (b->line[i][X][l] - x[l]) + dy * (b->line[i][Y][l] - y[l]);
        }
    for (int l = 0; l < L; ++l) b->z_mm[l] = clip(-product[l] / slopes[l], reach);
    for (int i = 0; i < n_lines; ++i)
#pragma omp simd
        for (int l = 0; l < L; ++l) {
            const double z = b->z_mm[l];
            const double dx = b->line[i][X][l] - x[l] + z * (b->line[i][TX][l] - tx[l]);
            const double dy = b->line[i][Y][l] - y[l] + z * (b->line[i][TY][l] - ty[l]);
            squares[l] += dx * dx + dy * dy;
        }
    const double scale = n_lines == 2 ? 2.0 : 1.0 / n_lines;
#pragma omp simd
    for (int l = 0; l < L; ++l) b->cda_mm[l] = sqrt(scale * squares[l]);
}

/// Weights of a line's position at the vertex: the inverse of its covariance there.
struct weights {
    lanes xx, xy, yy;
};

static inline void weigh(const struct spw_vertex_block *b, int i, struct weights *w)
{
    const double(*c)[L] = b->covariance[i];
#pragma omp simd
    for (int l = 0; l < L; ++l) {
        const double z = b->z_mm[l];
        const double xx = c[XX][l] + z * (2.0 * c[TX_X][l] + z * c[TX_TX][l]);
        const double yy = c[YY][l] + z * (2.0 * c[TY_Y][l] + z * c[TY_TY][l]);
        const double xy = c[YX][l] + z * (c[TX_Y][l] + c[TY_X][l] + z * c[TY_TX][l]);
        const double determinant = xx * yy - xy * xy;
        const double inverse = 1.0 / (determinant > tiny ? determinant : tiny);
        w->xx[l] = yy * inverse;
        w->xy[l] = -xy * inverse;
        w->yy[l] = xx * inverse;
    }
}

/// Normal equations of (x, y, step in z) and their right side.
struct normal {
    lanes xx, xy, yy, xz, yz, zz, bx, by, bz;
};

/* Adds a line (eq. 3). */
static inline void add_line(const struct spw_vertex_block *b, int i, struct normal *n)
{
    struct weights w;
    weigh(b, i, &w);
    const double(*line)[L] = b->line[i];
#pragma omp simd
    for (int l = 0; l < L; ++l) {
        const double tx = line[TX][l], ty = line[TY][l], z = b->z_mm[l];
        const double x = line[X][l] + z * tx, y = line[Y][l] + z * ty;
        const double wx = w.xx[l] * x + w.xy[l] * y, wy = w.xy[l] * x + w.yy[l] * y;
        const double sx = w.xx[l] * tx + w.xy[l] * ty, sy = w.xy[l] * tx + w.yy[l] * ty;
        n->xx[l] += w.xx[l];
        n->xy[l] += w.xy[l];
        n->yy[l] += w.yy[l];
        n->xz[l] -= sx;
        n->yz[l] -= sy;
        n->zz[l] += tx * sx + ty * sy;
        n->bx[l] += wx;
        n->by[l] += wy;
        n->bz[l] -= tx * wx + ty * wy;
    }
}

/* Solves them: x and y are eliminated first, whose block is far from singular. Lines that are
   parallel do not move z. */
static inline void step(const struct normal *n, double reach, struct spw_vertex_block *b)
{
#pragma omp simd
    for (int l = 0; l < L; ++l) {
        const double det = n->xx[l] * n->yy[l] - n->xy[l] * n->xy[l];
        const double inverse = 1.0 / (det > tiny ? det : tiny);
        const double ax = (n->yy[l] * n->xz[l] - n->xy[l] * n->yz[l]) * inverse;
        const double ay = (n->xx[l] * n->yz[l] - n->xy[l] * n->xz[l]) * inverse;
        const double rest = n->zz[l] - (n->xz[l] * ax + n->yz[l] * ay);
        const double right = n->bz[l] - (n->bx[l] * ax + n->by[l] * ay);
        const double moved = right / (rest > tiny ? rest : tiny);
        const double dz = rest > 1e-9 * n->zz[l] ? moved : 0.0;
        b->x_mm[l] = (n->yy[l] * n->bx[l] - n->xy[l] * n->by[l]) * inverse - ax * dz;
        b->y_mm[l] = (n->xx[l] * n->by[l] - n->xy[l] * n->bx[l]) * inverse - ay * dz;
        b->z_mm[l] = clip(b->z_mm[l] + dz, reach);
    }
}

/* Pulls a line through the vertex and adds its chi2 (eq. 4). */
static inline void pull(struct spw_vertex_block *b, int i)
{
    struct weights w;
    weigh(b, i, &w);
    const double(*line)[L] = b->line[i], (*c)[L] = b->covariance[i];
    double(*fitted)[L] = b->fitted[i];
#pragma omp simd
    for (int l = 0; l < L; ++l) {
        const double z = b->z_mm[l];
        const double fx = line[X][l] + z * line[TX][l] - b->x_mm[l];
        const double fy = line[Y][l] + z * line[TY][l] - b->y_mm[l];
        const double kx = w.xx[l] * fx + w.xy[l] * fy, ky = w.xy[l] * fx + w.yy[l] * fy;
        fitted[0][l] = line[TX][l] - ((c[TX_X][l] + z * c[TX_TX][l]) * kx +
                                      (c[TX_Y][l] + z * c[TY_TX][l]) * ky);
        fitted[1][l] = line[TY][l] - ((c[TY_X][l] + z * c[TY_TX][l]) * kx +
                                      (c[TY_Y][l] + z * c[TY_TY][l]) * ky);
        fitted[2][l] = line[QP][l] - ((c[QP_X][l] + z * c[QP_TX][l]) * kx +
                                      (c[QP_Y][l] + z * c[QP_TY][l]) * ky);
        b->chi2[l] += fx * kx + fy * ky;
    }
}

static inline void fit(int n_lines, double reach, struct spw_vertex_block *b)
{
    start(n_lines, reach, b);
    for (int k = 0; k < N_ITERATIONS; ++k) {
        struct normal normal;
        memset(&normal, 0, sizeof normal);
        for (int i = 0; i < n_lines; ++i) add_line(b, i, &normal);
        step(&normal, reach, b);
    }
    for (int l = 0; l < L; ++l) b->chi2[l] = 0.0;
    for (int i = 0; i < n_lines; ++i) pull(b, i);
}

static void fit2(double reach_mm, struct spw_vertex_block *block)
{
    fit(2, reach_mm, block);
}

static void fit3(double reach_mm, struct spw_vertex_block *block)
{
    fit(3, reach_mm, block);
}

const struct spw_vertex_kernels SPW_KERNELS(spw_vertex_kernels) = {
    .fit2 = fit2,
    .fit3 = fit3,
};
