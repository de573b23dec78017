/// The straws' wires as pattern recognition wants them: aligned, and numbered along their view.
#pragma once

#include "geometry/na62_geometry.h"
#include "reco/run.h"

#include <math.h>

enum {
    STRAW_VIEWS = 16,  ///< 4 chamber + view: v, u, x, y
    STRAW_SLOTS = 512, ///< places along a view, 4.4 mm apart: 4 straw + order of the plane
    STRAW_SLOT_WORDS = STRAW_SLOTS / 64,
};

struct straw_wire {
    float w_mm, z_mm; ///< nominal + shift of the view - shift of the straw
    uint16_t slot;
    uint8_t view; ///< 0 ... 15
    uint8_t plane;
};

enum {
    STRAW_REACH = 2, ///< slots looked at on either side of a track's
    STRAW_NEAR = 2 * STRAW_REACH + 1,
};

/// Slots round a track in order of z, then of w.
struct straw_near_order {
    uint8_t offset[8];                 ///< k-th slot from the first one
    uint8_t in_order[1 << STRAW_NEAR]; ///< bit by offset to bit by k
};

/// Read-only once made. Memory: the run's arena.
struct straw_wires {
    struct straw_wire *wire; ///< [NA62_STRAWS] by straw ID
    uint32_t n_wires;
    float slot_0_mm[STRAW_VIEWS]; ///< nominal w of slot 0
    float gap_mm[STRAW_VIEWS][2]; ///< lower and upper edge of the gap round the beam
    uint64_t blind[STRAW_VIEWS]
                  [STRAW_SLOT_WORDS];   ///< slots near which a track may leave no
                                        ///< pair of hits: gaps and edges
    struct straw_near_order near[4][4]; ///< by view, first slot % 4
};

/// Nominal wires and, where conditions_dir has them, Spectrometer-StationsAlignment and
/// Spectrometer-Alignment. `margin_mm`: reach of gaps.
SPW_MUST_CHECK enum spw_status
straw_wires_make(struct straw_wires *wires, struct spw_run *run, double margin_mm);

/// True where a track at `w_mm` of a view may leave no pair of hits.
static inline bool
straw_is_blind(const struct straw_wires *wires, uint32_t view, float w_mm)
{
    const float place = (w_mm - wires->slot_0_mm[view]) / 4.4f + 0.5f;
    if (!(place >= 0 && place < STRAW_SLOTS)) return true;
    const uint32_t slot = (uint32_t)place;
    return wires->blind[view][slot / 64] >> slot % 64 & 1;
}

/// View axis: w = c x + s y.
static const float straw_axis_c[4] = {(float)M_SQRT1_2, (float)M_SQRT1_2, 1, 0};
static const float straw_axis_s[4] = {-(float)M_SQRT1_2, (float)M_SQRT1_2, 0, 1};
