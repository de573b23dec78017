#include "reco/beam/beam_kernels.h"

/* Six positions, five unknowns, all linear in u = p0 / p: y of station 2 gives u; x, freed from
   the kick, lies on a line whose one residual is shared among the stations (docs/physics/beam.md,
   eq. 1 - 4). */
static void fit_space(uint32_t n,
                      const struct spw_beam_fit *constants,
                      const struct spw_triplets *triplets)
{
    const struct spw_beam_fit c = *constants;
    const float *restrict x1 = triplets->x_mm[0], *restrict x2 = triplets->x_mm[1];
    const float *restrict x3 = triplets->x_mm[2], *restrict y1 = triplets->y_mm[0];
    const float *restrict y2 = triplets->y_mm[1], *restrict y3 = triplets->y_mm[2];
    float *restrict x = triplets->fit_x_mm, *restrict y = triplets->fit_y_mm;
    float *restrict dxdz = triplets->dxdz, *restrict dydz = triplets->dydz;
    float *restrict p = triplets->p_MeV, *restrict chi2_x = triplets->chi2_x;
    float *restrict chi2_beam = triplets->chi2_beam;
#pragma omp simd
    for (uint32_t i = 0; i < n; ++i) {
        const float u = 1.0f - (y2[i] - c.near * y1[i] - c.far * y3[i]) * c.per_dispersion;
        const float a = x1[i] - c.kick_mm[0] * u, b = x2[i] - c.kick_mm[1] * u;
        const float residual = b - c.near * a - c.far * x3[i];
        const float start = a - c.share[0] * residual;
        const float end = x3[i] - c.share[2] * residual;
        const float tx = (end - start) * c.per_length;
        const float ty = (y3[i] - y1[i]) * c.per_length;
        const float off_x = tx - c.slope_x, off_y = ty - c.slope_y, off_u = u - 1.0f;
        x[i] = end;
        y[i] = y3[i];
        dxdz[i] = tx;
        dydz[i] = ty;
        p[i] = c.p0_MeV / (u > 0.1f ? u : 0.1f);
        chi2_x[i] = residual * residual * c.per_variance_x;
        chi2_beam[i] = off_u * off_u * c.per_variance_u +
                       off_x * off_x * c.per_variance_dxdz +
                       off_y * off_y * c.per_variance_dydz;
    }
}

/* Weighted mean of three times and the chi2 around it. */
static void fit_time(uint32_t n,
                     const struct spw_beam_fit *constants,
                     const struct spw_triplets *triplets)
{
    const float per_variance = constants->per_variance_time;
    const float *restrict t1 = triplets->time_ns[0], *restrict t2 = triplets->time_ns[1];
    const float *restrict t3 = triplets->time_ns[2], *restrict w1 = triplets->weight[0];
    const float *restrict w2 = triplets->weight[1], *restrict w3 = triplets->weight[2];
    float *restrict time = triplets->fit_time_ns, *restrict sum = triplets->sum_weights;
    float *restrict chi2 = triplets->chi2_time;
#pragma omp simd
    for (uint32_t i = 0; i < n; ++i) {
        const float w = w1[i] + w2[i] + w3[i];
        const float step2 = t2[i] - t1[i], step3 = t3[i] - t1[i];
        const float mean = (w2[i] * step2 + w3[i] * step3) / w;
        const float r1 = -mean, r2 = step2 - mean, r3 = step3 - mean;
        time[i] = t1[i] + mean;
        sum[i] = w;
        chi2[i] =
            (w1[i] * (r1 * r1) + w2[i] * (r2 * r2) + w3[i] * (r3 * r3)) * per_variance;
    }
}

static void
fit(uint32_t n, const struct spw_beam_fit *constants, const struct spw_triplets *triplets)
{
    fit_space(n, constants, triplets);
    fit_time(n, constants, triplets);
}

const struct spw_beam_kernels SPW_KERNELS(spw_beam_kernels) = {.fit = fit};
