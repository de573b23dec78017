/// Combinations of lines of an event and the vertices they make.
#pragma once

#include "reco/match/association.h"
#include "reco/match/vertex_kernels.h"

enum { MATCH_MAX_TRACKS = 64 };

/// Combinations of a batch and their fits.
///
/// Order  event; of an event one track with the nominal beam, with its beam track; pairs; triples
struct match_vertices {
    struct spw_rows rows;
    uint8_t *n_tracks;
    int32_t *track[SPW_VERTEX_LINES]; ///< rows of the batch, -1 none
    int32_t *beam;                    ///< row of the batch, -1 none
    float *time_ns;                   ///< weighted mean of the tracks
    float *time_spread_ns;            ///< latest - earliest
    double *x_mm, *y_mm, *z_mm, *chi2, *cda_mm;
    double *dxdz[SPW_VERTEX_LINES], *dydz[SPW_VERTEX_LINES], *q_over_p[SPW_VERTEX_LINES];
};

extern const struct spw_table match_vertices_table;

/// A block that fills up, and whose rows its lanes are.
struct match_block {
    struct spw_vertex_block block;
    uint32_t row[SPW_VERTEX_LANES];
    uint32_t n;
};

/// What a worker fits with.
struct match_fitter {
    const struct spw_vertex_kernels *kernels;
    struct match_block *two, *three; ///< lines
    struct spw_arena *arena;         ///< where vertices grow
};

/// Adds all combinations of event `e`. `*cut`: it has more tracks than are combined.
SPW_MUST_CHECK enum spw_status match_vertices_add(struct match_vertices *vertices,
                                                  struct match_fitter *fitter,
                                                  const struct match_scene *scene,
                                                  uint32_t e,
                                                  bool *cut);

/// Fits what is still waiting.
void match_vertices_finish(struct match_vertices *vertices, struct match_fitter *fitter);
