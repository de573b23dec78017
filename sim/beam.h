/// Particles of the secondary beam behind TRIM5.
#pragma once

#include "sim/event.h"

/// Straight line x = x_mm + tx (z - NA62_BEAM_Z0_MM), y alike.
struct sim_beam {
    double p_MeV, x_mm, y_mm, tx, ty;
};

/// A particle of 75 GeV/c +- 1 %.
void sim_beam_particle(struct sim_event *event, struct sim_beam *beam);

/// Where the line is at `z_mm`.
void sim_beam_at(const struct sim_beam *beam, double z_mm, double r_mm[3]);

/// Its pixels in the three stations.
void sim_gtk_hits(struct sim_event *event,
                  const struct sim_beam *beam,
                  int32_t particle,
                  double time_ns);
