#include "geometry/na62_geometry.h"

#include <math.h>

const double na62_z_straw_chamber_mm[4] = {183508.0, 194066.0, 204459.0, 218885.0};

static const double view_z_mm[4] = {-173.5, -116.5, 116.5, 173.5};
static const double plane_z_mm[4] = {-18.5, -7.5, 7.5, 18.5};

/* Nominal w of straw 0 by view (v, u, x, y) and plane (formats/na62.md 4.3). */
static const double plane_offset_mm[4][4] = {
    {-1058.2, -1067.0, -1071.4, -1062.6},
    {-1062.6, -1071.4, -1067.0, -1058.2},
    {-1058.2, -1067.0, -1071.4, -1062.6},
    {-1080.2, -1089.0, -1084.6, -1075.8},
};

static const double hole_min_mm[4][4] = {
    {6.6, 6.6, 37.4, -63.8},
    {15.4, 15.4, 50.6, -63.8},
    {2.2, 2.2, 28.6, -63.8},
    {-24.2, -24.2, -11.0, -63.8},
};

static const double hole_max_mm[4][4] = {
    {134.2, 134.2, 165.0, 63.8},
    {143.0, 143.0, 178.2, 63.8},
    {129.8, 129.8, 156.2, 63.8},
    {103.4, 103.4, 116.6, 63.8},
};

static const double outer_mm = 1050.0;

double na62_straw_plane_offset_mm(uint32_t view, uint32_t plane)
{
    return plane_offset_mm[view & 3][plane & 3];
}

double na62_straw_plane_z_mm(uint32_t chamber, uint32_t view, uint32_t plane)
{
    return na62_z_straw_chamber_mm[chamber & 3] + view_z_mm[view & 3] +
           plane_z_mm[plane & 3];
}

void na62_straw_view_axis(uint32_t view, double *c, double *s)
{
    static const double cosine[4] = {M_SQRT1_2, M_SQRT1_2, 1.0, 0.0};
    static const double sine[4] = {-M_SQRT1_2, M_SQRT1_2, 0.0, 1.0};
    *c = cosine[view & 3];
    *s = sine[view & 3];
}

struct na62_wire na62_straw_wire(uint32_t id)
{
    const uint32_t plane = id / NA62_STRAW_POSITIONS;
    struct na62_wire wire = {
        .chamber = plane / 16 & 3,
        .view = plane / 4 & 3,
        .plane = plane & 3,
        .straw = id % NA62_STRAW_POSITIONS,
    };
    wire.w_mm = plane_offset_mm[wire.view][wire.plane] + NA62_STRAW_PITCH_MM * wire.straw;
    wire.z_mm = na62_straw_plane_z_mm(wire.chamber, wire.view, wire.plane);
    wire.exists =
        fabs(wire.w_mm) <= outer_mm && (wire.w_mm <= hole_min_mm[wire.chamber][wire.view] ||
                                        wire.w_mm >= hole_max_mm[wire.chamber][wire.view]);
    return wire;
}
