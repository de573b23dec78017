/// What selections cut on, of one vertex (reco/match/quantities.def).
#pragma once

#include "reco/match/vertices.h"

enum match_quantity {

#define SPW_QUANTITY(name, unit, meaning) MATCH_Q_##name,
#include "reco/match/quantities.def"
#undef SPW_QUANTITY
    MATCH_N_QUANTITIES,
    MATCH_FIRST_MASS = MATCH_Q_mass
};

/// What is known of a vertex. What does not exist is NAN: it passes no cut.
struct match_values {
    double of[MATCH_N_QUANTITIES];
};

/// A vertex: row of `vertices`, of event `e`.
struct match_vertex {
    const struct match_scene *scene;
    const struct match_vertices *vertices;
    uint32_t row, e;
    int32_t beam; ///< row of the batch; that of the vertex, or what fits best to a group
    int32_t kaon; ///< row of the batch
};

/// Fills the quantities that need no hypothesis.
void match_values_plain(const struct match_vertex *vertex, struct match_values *values);

/// Fills the others, all tracks being of `mass_MeV`.
void match_values_masses(const struct match_vertex *vertex,
                         double mass_MeV,
                         struct match_values *values);

/// The vertex of a row, with its kaon and beam track.
struct match_vertex match_vertex_at(const struct match_scene *scene,
                                    const struct match_vertices *vertices,
                                    uint32_t row,
                                    uint32_t e);
