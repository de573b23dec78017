/* Reference path of the track fit (docs/physics/tracks.md, 2). */
#include "reco/track/path_kernels.h"

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
            const double x = state->x_mm[l] + dz * state->dxdz[l];
            const double y = state->y_mm[l] + dz * state->dydz[l];
            block->view[view].path_mm[l] = (float)(c * x + s * y);
            block->view[view].slope[l] = (float)(c * state->dxdz[l] + s * state->dydz[l]);
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

static void
follow(const struct track_constants *constants, struct track_block *block, int start)
{
    const struct spw_transport_kernels *transport = &SPW_KERNELS(spw_transport_kernels);
    struct spw_track_states returned = block->state;
    follow_arm(constants, &block->state, constants->z_before_mm, 0, block);
    move(&returned, constants->forth.z_in_mm - constants->z_before_mm);
    transport->dipole(&constants->forth, &returned, &block->back);
    block->path = returned;
    follow_arm(constants, &block->path, constants->forth.z_out_mm, BEHIND, block);
    transport->dipole(&constants->back, &returned, &block->back);
    if (!start) return;
    for (uint32_t view = 0; view < TRACK_VIEWS; ++view)
        for (int l = 0; l < L; ++l)
            block->view[view].place_mm[l] = block->view[view].path_mm[l];
}

const struct track_path_kernels SPW_KERNELS(track_path_kernels) = {
    .follow = follow,
};
