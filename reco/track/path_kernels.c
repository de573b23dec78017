/* Reference path of the track fit (docs/physics/tracks.md, 2). */
#include "reco/track/path_kernels.h"

#include <math.h>

enum { L = TRACK_LANES, BEHIND = TRACK_VIEWS_BEFORE };

/* Views of one arm: straight lines. */
static void follow_arm(const struct track_constants *constants,
                       const struct spw_track_states *state,
                       double z_mm,
                       uint32_t first,
                       struct track_block *block)
{
    for (uint32_t view = first; view < first + BEHIND; ++view) {
        const double dz = constants->view_z_mm[view] - z_mm;
#pragma omp simd
        for (int l = 0; l < L; ++l) {
            const double c = (double)block->view[view].cosine[l];
            const double s = (double)block->view[view].sine[l];
            const double x = fma(dz, state->dxdz[l], state->x_mm[l]);
            const double y = fma(dz, state->dydz[l], state->y_mm[l]);
            block->view[view].path_mm[l] = (float)fma(c, x, s * y);
            block->view[view].slope[l] = (float)fma(c, state->dxdz[l], s * state->dydz[l]);
        }
    }
}

static void move(struct spw_track_states *state, double dz_mm)
{
#pragma omp simd
    for (int l = 0; l < L; ++l) {
        state->x_mm[l] += dz_mm * state->dxdz[l];
        state->y_mm[l] += dz_mm * state->dydz[l];
    }
}

/* Derivatives of the way against the beam from those of the way with it: with the slopes s,
 * places r and k = q/p, s' = M s + m k and r' = r + A s + a k give s = M^-1 (s' - m k). */
static void invert(struct spw_track_jacobian *jacobian)
{
    double(*by)[3][L] = jacobian->by;
#pragma omp simd
    for (int l = 0; l < L; ++l) {
        const double uu = by[2][0][l], uv = by[2][1][l], vu = by[3][0][l], vv = by[3][1][l];
        const double scale = 1.0 / (uu * vv - uv * vu), uk = by[2][2][l], vk = by[3][2][l];
        const double iuu = vv * scale, iuv = -uv * scale, ivu = -vu * scale,
                     ivv = uu * scale;
        const double su = -(iuu * uk + iuv * vk), sv = -(ivu * uk + ivv * vk);
        const double xu = by[0][0][l], xv = by[0][1][l], yu = by[1][0][l], yv = by[1][1][l];
        by[0][2][l] = -(by[0][2][l] + xu * su + xv * sv);
        by[1][2][l] = -(by[1][2][l] + yu * su + yv * sv);
        by[0][0][l] = -(xu * iuu + xv * ivu);
        by[0][1][l] = -(xu * iuv + xv * ivv);
        by[1][0][l] = -(yu * iuu + yv * ivu);
        by[1][1][l] = -(yu * iuv + yv * ivv);
        by[2][0][l] = iuu;
        by[2][1][l] = iuv;
        by[2][2][l] = su;
        by[3][0][l] = ivu;
        by[3][1][l] = ivv;
        by[3][2][l] = sv;
    }
}

static void
follow(const struct track_constants *constants, struct track_block *block, int start)
{
    const struct spw_dipole *dipole = &constants->dipole;
    block->path = block->state;
    follow_arm(constants, &block->state, constants->z_before_mm, 0, block);
    move(&block->path, dipole->z_in_mm - constants->z_before_mm);
    SPW_KERNELS(spw_transport_kernels).dipole(dipole, &block->path, &block->back);
    invert(&block->back);
    follow_arm(constants, &block->path, dipole->z_out_mm, BEHIND, block);
    if (!start) return;
    for (uint32_t view = 0; view < TRACK_VIEWS; ++view)
        for (int l = 0; l < L; ++l)
            block->view[view].place_mm[l] = block->view[view].path_mm[l];
}

const struct track_path_kernels SPW_KERNELS(track_path_kernels) = {
    .follow = follow,
};
