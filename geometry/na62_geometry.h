/// Where NA62's detectors are: nominal positions by geometric ID (formats/na62.md 4.2, 4.3).
///
/// Axes    z along the beam from the T10 target, x towards Jura, y up: right-handed
/// Units   mm
/// Nominal numbers; alignment and surveys are added by the caller from the constants' files.
#pragma once

#include <stdbool.h>
#include <stdint.h>

/// Planes along the beam.
#define NA62_Z_TRIM5_MM        101800.0
#define NA62_Z_FIDUCIAL_MIN_MM 105000.0
#define NA62_Z_FIDUCIAL_MAX_MM 180000.0
#define NA62_Z_MAGNET_MM       196995.0 ///< centre of MNP33
#define NA62_MAGNET_LENGTH_MM  1300.0
#define NA62_MAGNET_FIELD_T    0.6928 ///< positive particles are bent towards -x
#define NA62_MAGNET_KICK_MEV   270.0  ///< 0.299792458 MeV/(T mm) * field * length
#define NA62_Z_RICH_FRONT_MM   219445.0
#define NA62_Z_RICH_MIRROR_MM  236873.0
#define NA62_RICH_FOCAL_MM     17020.0
#define NA62_Z_MUV0_MM         237358.0
#define NA62_Z_NEWCHOD_MM      238131.5
#define NA62_Z_CHOD_V_MM       239009.0
#define NA62_Z_CHOD_H_MM       239389.0
#define NA62_Z_IRC_MM          239700.0
#define NA62_Z_LKR_MM          241093.0 ///< front face
#define NA62_Z_MUV1_MM         243418.0
#define NA62_Z_MUV2_MM         244435.0
#define NA62_Z_MUV3_MM         246800.0
#define NA62_Z_HASC_MM         253350.0
#define NA62_Z_SAC_MM          260956.0

/// Beam of 75 GeV/c behind TRIM5: x = X0 + SLOPE (z - Z0).
#define NA62_BEAM_Z0_MM     102400.0
#define NA62_BEAM_X0_MM     0.72
#define NA62_BEAM_SLOPE     0.0012
#define NA62_BEAM_P_MEV     75000.0
#define NA62_TRIM5_KICK_MEV 90.0 ///< the beam gains this towards +x in TRIM5

extern const double na62_z_gtk_mm[3];
extern const double na62_z_straw_chamber_mm[4];

struct na62_position {
    double x_mm, y_mm, z_mm;
};

enum {
    NA62_STRAW_CHAMBERS = 4,
    NA62_STRAW_VIEWS_PER_CHAMBER = 4,
    NA62_STRAW_PLANES_PER_VIEW = 4, ///< 2 half + plane
    NA62_STRAW_POSITIONS = 122,     ///< a plane; not all are instrumented
};

#define NA62_STRAW_PITCH_MM  17.6
#define NA62_STRAW_RADIUS_MM 4.875 ///< inner

/// A straw's wire: a line of constant view coordinate w.
struct na62_wire {
    uint32_t chamber, view, plane, straw; ///< plane = 2 half + layer, all from 0
    double w_mm, z_mm;
    bool exists; ///< false in the beam hole and outside
};

/// Wire of a straw ID = 122 (16 chamber + 4 view + 2 half + layer) + straw, below 7808.
struct na62_wire na62_straw_wire(uint32_t id);

/// View coordinate w = c x + s y: v (x - y)/sqrt 2, u (x + y)/sqrt 2, x, y for views 0 ... 3.
void na62_straw_view_axis(uint32_t view, double *c, double *s);

/// Nominal w of straw 0 of a plane, and z of the plane.
double na62_straw_plane_offset_mm(uint32_t view, uint32_t plane);
double na62_straw_plane_z_mm(uint32_t chamber, uint32_t view, uint32_t plane);

enum { NA62_LKR_SIDE = 128 };

#define NA62_LKR_CELL_MM 19.7383881

/// Centre of an LKr cell, ID = 1000 ix + iy.
struct na62_position na62_lkr_cell(uint32_t id);

/// True when the cell's centre is inside the octagon and outside the beam pipe.
bool na62_lkr_cell_exists(uint32_t id);

enum { NA62_CHOD_COUNTERS = 16, NA62_CHOD_QUADRANTS = 4 };

#define NA62_CHOD_LENGTH_MM 1210.5 ///< photomultipliers, from the beam axis, along the slab

/// Numbering of CHOD counters: from the beam outwards or inwards, by plane and quadrant.
struct na62_chod_layout {
    bool outwards[2][NA62_CHOD_QUADRANTS];
};

extern const struct na62_chod_layout na62_chod_nominal;

/// A CHOD slab, ID = 64 plane + 16 quadrant + counter.
struct na62_slab {
    bool vertical;     ///< plane 0: its centre is an x, plane 1: a y
    uint32_t quadrant; ///< 0: x, y > 0; 1: x > 0 > y; 2: x, y < 0; 3: y > 0 > x
    double centre_mm;  ///< signed coordinate across
    double half_width_mm;
    double z_mm;
    double pm_mm; ///< signed coordinate along of its photomultiplier
};

struct na62_slab na62_chod_slab(const struct na62_chod_layout *layout, uint32_t id);

enum { NA62_NEWCHOD_COLUMNS = 10, NA62_NEWCHOD_ROWS = 10, NA62_NEWCHOD_TILES = 38 };

#define NA62_NEWCHOD_BRICK_X_MM 134.0
#define NA62_NEWCHOD_BRICK_Y_MM 107.0

/// Tile (1 ... 38, 0 none) of a brick of a quadrant, counted from the beam axis.
uint32_t na62_newchod_brick(uint32_t column, uint32_t row);

/// Centre of a NewCHOD tile, ID = 100 quadrant + tile (+ 50 second PM); quadrants 1 ... 4 = ++,
/// +-, --, -+. NAN for an ID that is none.
struct na62_position na62_newchod_tile(uint32_t id);

enum { NA62_MUV3_COLUMNS = 12, NA62_MUV3_TILES = 152, NA62_MUV3_FIRST_INNER = 144 };

#define NA62_MUV3_TILE_MM  220.0
#define NA62_MUV3_INNER_MM (440.0 / 3.0) ///< 8 small tiles round the pipe

/// Centre of a MUV3 tile, ID = tile (+ 200 second PM): 12 row + column, rows along y; 144 ... 151
/// are the small ones round the pipe by row, without the middle. The 4 central large tiles
/// (65, 66, 77, 78) do not exist: NAN.
struct na62_position na62_muv3_tile(uint32_t id);

/// Strips of MUV1 and MUV2, ID = 100 + 50 side + n, n = 1 ... n_strips. Sides 0 and 2 hold
/// vertical strips (coordinate x) read above and below; 1 and 3 horizontal ones (y) read at Jura
/// and Saleve.
enum { NA62_MUV1_STRIPS = 44, NA62_MUV2_STRIPS = 22 };

#define NA62_MUV12_HALF_MM 1100.0

/// Stations of lead glass: blocks stand in rings ("layers") of bananas of 4.
struct na62_lav_station {
    uint32_t n_layers, n_bananas;
    double inner_mm, outer_mm, front_mm, back_mm;
};

struct na62_lav_station na62_lav_station(uint32_t station); ///< 1 ... 12

enum { NA62_RICH_DISKS = 2 };

/// Photomultiplier of a RICH ID in its disk's frame (z = disk 0 Jura, 1 Saleve), or the centre
/// of a supercell (ID with or = 1). 18 mm hexagonal grid.
struct na62_position na62_rich_pm(uint32_t id);

/// ID of the photomultiplier nearest to a point of a disk, if the point is on its 9 mm cone.
bool na62_rich_find(uint32_t disk, double x_mm, double y_mm, uint32_t *id);

/// Shift of the images in a disk's frame: x of the ring of a particle on the axis.
extern const double na62_rich_shift_x_mm[NA62_RICH_DISKS];

enum { NA62_GTK_COLUMNS = 200, NA62_GTK_ROWS = 90, NA62_GTK_STATION_PIXELS = 18000 };

/// Centre of a GTK pixel: address 18000 station + 200 row + column. Pixels are 300 um wide, 400
/// um in the columns at the borders of chips.
struct na62_position na62_gtk_pixel(uint32_t address);

/// Sector 0 ... 7 of a KTAG ID = 100 (sector + 1) + 10 row + cone.
static inline uint32_t na62_ktag_sector(uint32_t id)
{
    return id / 100 - 1;
}
