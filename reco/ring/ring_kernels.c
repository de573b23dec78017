#include "reco/ring/ring_kernels.h"

#include <math.h>
#include <string.h>

enum { LANES = RING_LANES, NEWTON_STEPS = 6 };

/* Sums of the six moments of z = x^2 + y^2 round the lane's mean. */
struct moments {
    _Alignas(64) double x[LANES], y[LANES];
    double scale[LANES]; ///< 1 / sum of weights
    double xx[LANES], yy[LANES], xy[LANES], xz[LANES], yz[LANES], zz[LANES];
};

static void mean_of(const struct ring_block *b, struct moments *m)
{
    double sum[LANES] = {0}, x[LANES] = {0}, y[LANES] = {0};
    for (uint32_t k = 0; k < b->n_slots; ++k)
#pragma omp simd
        for (int i = 0; i < LANES; ++i) {
            const double w = b->weight[k][i];
            sum[i] += w;
            x[i] += w * b->x[k][i];
            y[i] += w * b->y[k][i];
        }
#pragma omp simd
    for (int i = 0; i < LANES; ++i) {
        m->scale[i] = sum[i] > 0 ? 1 / sum[i] : 0;
        m->x[i] = x[i] * m->scale[i];
        m->y[i] = y[i] * m->scale[i];
    }
}

static void moments_of(const struct ring_block *b, struct moments *m)
{
    struct moments sum = {0};
    mean_of(b, &sum);
    for (uint32_t k = 0; k < b->n_slots; ++k)
#pragma omp simd
        for (int i = 0; i < LANES; ++i) {
            const double w = b->weight[k][i] * sum.scale[i];
            const double x = b->x[k][i] - sum.x[i], y = b->y[k][i] - sum.y[i];
            const double z = x * x + y * y, wx = w * x, wy = w * y, wz = w * z;
            sum.xx[i] += wx * x;
            sum.yy[i] += wy * y;
            sum.xy[i] += wx * y;
            sum.xz[i] += wx * z;
            sum.yz[i] += wy * z;
            sum.zz[i] += wz * z;
        }
    *m = sum;
}

/* A number that may be divided by. */
static inline double divisor(double value)
{
    const double sign = value < 0 ? -1e-300 : 1e-300;
    return fabs(value) > 1e-300 ? value : sign;
}

/* Newton's way from 0 to the smallest root of the characteristic polynomial; a step that does not
   come closer is not taken. */
static void taubin(struct ring_block *b)
{
    struct moments m;
    moments_of(b, &m);
#pragma omp simd
    for (int i = 0; i < LANES; ++i) {
        const double xx = m.xx[i], yy = m.yy[i], xy = m.xy[i], xz = m.xz[i], yz = m.yz[i];
        const double z = xx + yy, cov = xx * yy - xy * xy, var = m.zz[i] - z * z;
        const double a3 = 4 * z, a2 = -3 * z * z - m.zz[i];
        const double a1 = var * z + 4 * cov * z - xz * xz - yz * yz;
        const double a0 = xz * (xz * yy - yz * xy) + yz * (yz * xx - xz * xy) - var * cov;
        double root = 0, value = a0;
        for (int step = 0; step < NEWTON_STEPS; ++step) {
            const double slope = a1 + root * (2 * a2 + 3 * a3 * root);
            const double next = root - value / divisor(slope);
            const double there = a0 + next * (a1 + next * (a2 + next * a3));
            const int closer = fabs(there) < fabs(value);
            root = closer ? next : root;
            value = closer ? there : value;
        }
        const double scale = 0.5 / divisor(root * root - root * z + cov);
        const double x = (xz * (yy - root) - yz * xy) * scale;
        const double y = (yz * (xx - root) - xz * xy) * scale;
        const int known = z > 0;
        b->centre_x[i] = known ? x + m.x[i] : b->centre_x[i];
        b->centre_y[i] = known ? y + m.y[i] : b->centre_y[i];
        b->radius[i] = known ? sqrt(x * x + y * y + z) : b->radius[i];
    }
}

/* Normal equations of one step: matrix and right side. */
struct normal {
    _Alignas(64) double xx[LANES], xy[LANES], yy[LANES], xr[LANES], yr[LANES], rr[LANES];
    double gx[LANES], gy[LANES], gr[LANES], chi2[LANES];
};

/* Sums in arrays of their own, which the compiler keeps in registers. */
static void linearise(const struct ring_block *b, struct normal *n)
{
    struct normal sum;
    double centre_x[LANES], centre_y[LANES], radius[LANES];
    for (int i = 0; i < LANES; ++i) {
        const double pull = b->pull[i];
        centre_x[i] = b->centre_x[i];
        centre_y[i] = b->centre_y[i];
        radius[i] = b->radius[i];
        sum.xx[i] = sum.yy[i] = pull;
        sum.gx[i] = pull * (b->expected_x[i] - centre_x[i]);
        sum.gy[i] = pull * (b->expected_y[i] - centre_y[i]);
        sum.xy[i] = sum.xr[i] = sum.yr[i] = sum.rr[i] = sum.gr[i] = sum.chi2[i] = 0;
    }
    for (uint32_t k = 0; k < b->n_slots; ++k)
#pragma omp simd
        for (int i = 0; i < LANES; ++i) {
            const double w = b->weight[k][i];
            const double x = b->x[k][i] - centre_x[i], y = b->y[k][i] - centre_y[i];
            const double distance = sqrt(x * x + y * y + 1e-24);
            const double scale = 1 / distance, ux = x * scale, uy = y * scale;
            const double wx = w * ux, wy = w * uy, off = distance - radius[i];
            sum.xx[i] += wx * ux;
            sum.xy[i] += wx * uy;
            sum.yy[i] += wy * uy;
            sum.xr[i] += wx;
            sum.yr[i] += wy;
            sum.rr[i] += w;
            sum.gx[i] += wx * off;
            sum.gy[i] += wy * off;
            sum.gr[i] += w * off;
            sum.chi2[i] += w * off * off;
        }
    *n = sum;
}

/* Inverse of the matrix, with so small a ridge that only a singular one notices. */
static void invert(const struct normal *n, double (*restrict inverse)[LANES])
{
#pragma omp simd
    for (int i = 0; i < LANES; ++i) {
        const double ridge = 1e-10 * n->rr[i] + 1e-30;
        const double xx = n->xx[i] + ridge, yy = n->yy[i] + ridge, rr = n->rr[i] + ridge;
        const double xy = n->xy[i], xr = n->xr[i], yr = n->yr[i];
        const double cxx = yy * rr - yr * yr, cxy = xr * yr - xy * rr;
        const double cxr = xy * yr - xr * yy;
        const double scale = 1 / divisor(xx * cxx + xy * cxy + xr * cxr);
        inverse[0][i] = cxx * scale;
        inverse[1][i] = cxy * scale;
        inverse[2][i] = (xx * rr - xr * xr) * scale;
        inverse[3][i] = cxr * scale;
        inverse[4][i] = (xy * xr - xx * yr) * scale;
        inverse[5][i] = (xx * yy - xy * xy) * scale;
    }
}

/* One step, at most half a radius long; chi2 follows it, as far as distances are linear. */
static void
move(struct ring_block *b, const struct normal *n, const double (*restrict inverse)[LANES])
{
#pragma omp simd
    for (int i = 0; i < LANES; ++i) {
        const double gx = n->gx[i], gy = n->gy[i], gr = n->gr[i], pull = b->pull[i];
        double x = inverse[0][i] * gx + inverse[1][i] * gy + inverse[3][i] * gr;
        double y = inverse[1][i] * gx + inverse[2][i] * gy + inverse[4][i] * gr;
        double r = inverse[3][i] * gx + inverse[4][i] * gy + inverse[5][i] * gr;
        const double length = sqrt(x * x + y * y + r * r), longest = 0.5 * b->radius[i];
        const double scale = length > longest ? longest / divisor(length) : 1;
        x *= scale;
        y *= scale;
        r *= scale;
        const double hx = gx - pull * (b->expected_x[i] - b->centre_x[i]);
        const double hy = gy - pull * (b->expected_y[i] - b->centre_y[i]);
        const double bend = x * x * (n->xx[i] - pull) + y * y * (n->yy[i] - pull) +
                            r * r * n->rr[i] +
                            2 * (x * y * n->xy[i] + x * r * n->xr[i] + y * r * n->yr[i]);
        const double chi2 = n->chi2[i] - 2 * (x * hx + y * hy + r * gr) + bend;
        b->chi2[i] = chi2 > 0 ? chi2 : 0;
        b->sum[i] = n->rr[i];
        b->centre_x[i] += x;
        b->centre_y[i] += y;
        b->radius[i] += r;
    }
}

static void geometric(struct ring_block *b, uint32_t n_steps)
{
    struct normal n;
    double inverse[6][LANES];
    for (uint32_t step = 0; step < n_steps; ++step) {
        linearise(b, &n);
        invert(&n, inverse);
        move(b, &n, (const double(*)[LANES])inverse);
    }
    memcpy(b->covariance, inverse, sizeof inverse);
}

static void triples(struct ring_triples *t,
                    uint32_t n,
                    const float *restrict x,
                    const float *restrict y)
{
    const float narrow = 1 / t->width;
#pragma omp simd
    for (int i = 0; i < RING_TRIPLES; ++i) {
        const float bx = t->bx[i] - t->ax[i], by = t->by[i] - t->ay[i];
        const float cx = t->cx[i] - t->ax[i], cy = t->cy[i] - t->ay[i];
        const float b2 = bx * bx + by * by, c2 = cx * cx + cy * cy;
        const float area = 2 * (bx * cy - by * cx);
        const float scale = 1 / (fabsf(area) > 1e-6f ? area : 1e-6f);
        const float u = (cy * b2 - by * c2) * scale, v = (bx * c2 - cx * b2) * scale;
        t->x[i] = t->ax[i] + u;
        t->y[i] = t->ay[i] + v;
        t->radius[i] = sqrtf(u * u + v * v);
        t->score[i] = 0;
    }
    for (uint32_t k = 0; k < n; ++k)
#pragma omp simd
        for (int i = 0; i < RING_TRIPLES; ++i) {
            const float dx = x[k] - t->x[i], dy = y[k] - t->y[i];
            const float q = (sqrtf(dx * dx + dy * dy) - t->radius[i]) * narrow;
            const float near = 1 - q * q;
            t->score[i] += near > 0 ? near : 0;
        }
#pragma omp simd
    for (int i = 0; i < RING_TRIPLES; ++i) {
        const int allowed =
            (t->radius[i] >= t->radius_min) & (t->radius[i] <= t->radius_max);
        t->score[i] = allowed ? t->score[i] : 0;
    }
}

static inline void profile_16(const float *restrict x,
                              const float *restrict y,
                              const float circle[3],
                              float narrow,
                              float *restrict out)
{
    const float cx = circle[0], cy = circle[1], radius = circle[2];
#pragma omp simd
    for (int i = 0; i < RING_PADDING; ++i) {
        const float dx = x[i] - cx, dy = y[i] - cy;
        const float q = (sqrtf(dx * dx + dy * dy) - radius) * narrow;
        const float rest = 1 - q * q * (1.0f / 16), p1 = rest > 0 ? rest : 0;
        const float p2 = p1 * p1, p4 = p2 * p2;
        out[i] = p4 * p4;
    }
}

/* Whole vectors: what stands behind the hits is computed too. */
static void profile(uint32_t n,
                    const float *x,
                    const float *y,
                    const float circle[3],
                    float width,
                    float *out)
{
    for (uint32_t i = 0; i < n; i += RING_PADDING)
        profile_16(x + i, y + i, circle, 1 / width, out + i);
}

static void radii(uint32_t n,
                  const float *x,
                  const float *y,
                  const float centre[2],
                  const float *restrict radius,
                  float width,
                  float *restrict score)
{
    const float narrow = 1 / width, centre_x = centre[0], centre_y = centre[1];
    for (int k = 0; k < RING_RADII; ++k) score[k] = 0;
    for (uint32_t first = 0; first < n; first += RING_PADDING) {
        const float *restrict at_x = x + first, *restrict at_y = y + first;
        const uint32_t left = n - first < RING_PADDING ? n - first : RING_PADDING;
        float distance[RING_PADDING];
#pragma omp simd
        for (int i = 0; i < RING_PADDING; ++i) {
            const float dx = at_x[i] - centre_x, dy = at_y[i] - centre_y;
            distance[i] = sqrtf(dx * dx + dy * dy);
        }
        for (uint32_t i = 0; i < left; ++i)
#pragma omp simd
            for (int k = 0; k < RING_RADII; ++k) {
                const float q = (distance[i] - radius[k]) * narrow, near = 1 - q * q;
                score[k] += near > 0 ? near : 0;
            }
    }
}

static void masses(const struct ring_block *b, struct ring_masses *m)
{
    const double narrow2 = 1 / (16 * m->width2);
    for (int h = 0; h < RING_MASSES; ++h) {
        double product[LANES], centre_x[LANES], centre_y[LANES], radius[LANES], peak[LANES];
        for (int i = 0; i < LANES; ++i) {
            product[i] = 1;
            centre_x[i] = m->x[h][i];
            centre_y[i] = m->y[h][i];
            radius[i] = m->radius[h][i];
            peak[i] = m->peak[h][i];
        }
        for (uint32_t k = 0; k < b->n_slots; ++k)
#pragma omp simd
            for (int i = 0; i < LANES; ++i) {
                const double x = b->x[k][i] - centre_x[i], y = b->y[k][i] - centre_y[i];
                const double off = sqrt(x * x + y * y) - radius[i];
                const double rest = 1 - off * off * narrow2, p1 = rest > 0 ? rest : 0;
                const double p2 = p1 * p1, p4 = p2 * p2;
                product[i] *= 1 + b->weight[k][i] * peak[i] * (p4 * p4);
            }
        for (int i = 0; i < LANES; ++i) m->product[h][i] = product[i];
    }
}

const struct ring_kernels SPW_KERNELS(ring_kernels) = {
    .taubin = taubin,
    .geometric = geometric,
    .triples = triples,
    .profile = profile,
    .radii = radii,
    .masses = masses,
};
