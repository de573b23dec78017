#include "reco/track/fit.h"

#include "geometry/na62_geometry.h"

#include <math.h>

/* Highland's angle (PDG, Passage of particles through matter, 34.16). */
static const double highland_MeV = 13.6, highland_log = 0.038;

/* Wider than everything the spectrometer can hold: mm, slopes, 1/MeV. */
static const double prior_width[5] = {100, 100, 0.1, 0.1, 1e-3};

struct track_kernels track_kernels_pick(enum spw_isa isa)
{
    return (struct track_kernels){SPW_PICK(track_path_kernels, isa),
                                  SPW_PICK(track_measure_kernels, isa),
                                  SPW_PICK(track_filter_kernels, isa)};
}

static void make_view(struct track_constants *constants, uint32_t view)
{
    double sum = 0, c, s;
    for (uint32_t plane = 0; plane < NA62_STRAW_PLANES_PER_VIEW; ++plane)
        sum += na62_straw_plane_z_mm(view / 4, view % 4, plane);
    na62_straw_view_axis(view % 4, &c, &s);
    constants->view_z_mm[view] = sum / NA62_STRAW_PLANES_PER_VIEW;
    constants->axis[view][0] = (float)c;
    constants->axis[view][1] = (float)s;
}

static void make_steps(struct track_constants *constants,
                       const struct track_fit_settings *settings)
{
    constants->n_steps =
        settings->n_heat < TRACK_MAX_STEPS ? settings->n_heat : TRACK_MAX_STEPS;
    for (uint32_t k = 0; k < constants->n_steps; ++k) {
        const double heat = settings->heat_mm[k], pull = settings->max_pull;
        constants->step[k] =
            (struct track_step){.heat_mm2 = (float)(heat * heat),
                                .by_track = k > 0 ? 1 : 0,
                                .max_pull2 = k == 0 ? INFINITY : (float)(pull * pull)};
    }
}

void track_constants_make(struct track_constants *constants,
                          const struct track_fit_settings *settings)
{
    const double log_term = 1 + highland_log * log(settings->chamber_x0);
    *constants = (struct track_constants){
        .z_before_mm = na62_z_straw_chamber_mm[0],
        .z_after_mm = na62_z_straw_chamber_mm[3],
        .scatter_MeV2 = pow(highland_MeV * log_term, 2) * settings->chamber_x0 / 4,
        .mass2_MeV2 = settings->mass_MeV * settings->mass_MeV,
        .time_prior_ns2 = settings->time_prior_ns * settings->time_prior_ns,
        .in_time_pull2 = settings->in_time_sigmas * settings->in_time_sigmas,
        .max_q_over_p = 1 / settings->min_p_MeV,
    };
    spw_dipole_make(&constants->dipole, &settings->dipole);
    for (uint32_t view = 0; view < TRACK_VIEWS; ++view) make_view(constants, view);
    for (int i = 0; i < 3; ++i) constants->sigma_mm[i] = (float)settings->sigma_mm[i];
    constants->sigma_fall = (float)(1 / (8 * settings->sigma_mm[2]));
    for (int i = 0; i < 5; ++i) constants->prior[i] = prior_width[i] * prior_width[i];
    make_steps(constants, settings);
}

void track_block_fit(const struct track_kernels *kernels,
                     const struct track_constants *constants,
                     struct track_block *block)
{
    for (uint32_t k = 0; k < constants->n_steps; ++k) {
        kernels->path->follow(constants, block, k == 0);
        kernels->measure->measure(constants, &constants->step[k], block);
        kernels->filter->filter(constants, block);
        kernels->filter->smooth(constants, block);
    }
}
