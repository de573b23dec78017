/* CHOD, NewCHOD and MUV3: slabs and tiles. */
#include "geometry/na62_geometry.h"

#include <math.h>

const struct na62_chod_layout na62_chod_nominal = {
    .outwards = {{true, false, true, false}, {false, true, false, true}},
};

/* |centre| and half width of the n-th counter from the beam, n = 0 ... 15. */
static void chod_counter_mm(uint32_t n, double *centre_mm, double *half_width_mm)
{
    static const double centre[NA62_CHOD_COUNTERS] = {
        32.5,   97.53,  162.56, 227.59, 292.62, 357.65, 422.68,  487.71,
        552.74, 617.77, 682.80, 764.83, 863.86, 962.89, 1061.92, 1160.95,
    };
    *centre_mm = centre[n & 15];
    *half_width_mm = (n & 15) < 11 ? 32.5 : 49.5;
}

struct na62_slab na62_chod_slab(const struct na62_chod_layout *layout, uint32_t id)
{
    static const int sign_x[4] = {1, 1, -1, -1}, sign_y[4] = {1, -1, -1, 1};
    const uint32_t plane = id / 64 & 1, quadrant = id / 16 & 3, counter = id & 15;
    const uint32_t n = layout->outwards[plane][quadrant] ? counter : 15 - counter;
    const int across = plane == 0 ? sign_x[quadrant] : sign_y[quadrant];
    const int along = plane == 0 ? sign_y[quadrant] : sign_x[quadrant];

    struct na62_slab slab = {.vertical = plane == 0, .quadrant = quadrant};
    chod_counter_mm(n, &slab.centre_mm, &slab.half_width_mm);
    slab.centre_mm *= across;
    slab.z_mm = plane == 0 ? NA62_Z_CHOD_V_MM : NA62_Z_CHOD_H_MM;
    slab.pm_mm = along * NA62_CHOD_LENGTH_MM;
    return slab;
}

/* One quadrant from the beam outwards: bricks of 134 x 107 mm, two beside each other or above
 * each other make one tile. */
static const uint8_t newchod_brick[NA62_NEWCHOD_ROWS][NA62_NEWCHOD_COLUMNS] = {
    {1, 1, 2, 3, 4, 4, 5, 5},
    {6, 7, 8, 9, 10, 10, 11, 11},
    {12, 13, 14, 14, 15, 15, 16, 16},
    {17, 18, 19, 19, 20, 20, 21, 21},
    {22, 22, 23, 23, 24, 24, 25, 25},
    {26, 26, 27, 27, 28, 28, 29},
    {30, 30, 31, 31, 32, 32, 29},
    {33, 33, 34, 34, 35, 35},
    {36, 36, 37, 37, 35},
    {38, 38, 37, 37},
};

uint32_t na62_newchod_brick(uint32_t column, uint32_t row)
{
    if (column >= NA62_NEWCHOD_COLUMNS || row >= NA62_NEWCHOD_ROWS) return 0;
    return newchod_brick[row][column];
}

struct na62_position na62_newchod_tile(uint32_t id)
{
    static const int sign_x[4] = {1, 1, -1, -1}, sign_y[4] = {1, -1, -1, 1};
    const uint32_t quadrant = id / 100, tile = id % 50;
    double sum_x = 0, sum_y = 0, n = 0;
    if (quadrant < 1 || quadrant > 4) return (struct na62_position){NAN, NAN, NAN};

    for (uint32_t row = 0; row < NA62_NEWCHOD_ROWS; ++row)
        for (uint32_t column = 0; column < NA62_NEWCHOD_COLUMNS; ++column)
            if (tile && newchod_brick[row][column] == tile) {
                sum_x += (column + 0.5) * NA62_NEWCHOD_BRICK_X_MM;
                sum_y += (row + 0.5) * NA62_NEWCHOD_BRICK_Y_MM;
                n += 1;
            }
    return (struct na62_position){sign_x[quadrant - 1] * (sum_x / n),
                                  sign_y[quadrant - 1] * (sum_y / n), NA62_Z_NEWCHOD_MM};
}

/* The small tiles stand in a 3 x 3 square without its middle. */
static struct na62_position muv3_inner(uint32_t n)
{
    const uint32_t place = n < 4 ? n : n + 1;
    return (struct na62_position){((double)(place % 3) - 1) * NA62_MUV3_INNER_MM,
                                  ((double)(place / 3) - 1) * NA62_MUV3_INNER_MM,
                                  NA62_Z_MUV3_MM};
}

struct na62_position na62_muv3_tile(uint32_t id)
{
    const uint32_t tile = id % 200;
    const double middle = (NA62_MUV3_COLUMNS - 1) / 2.0;
    const bool central = tile == 65 || tile == 66 || tile == 77 || tile == 78;
    if (central || tile >= NA62_MUV3_TILES) return (struct na62_position){NAN, NAN, NAN};
    if (tile >= NA62_MUV3_FIRST_INNER) return muv3_inner(tile - NA62_MUV3_FIRST_INNER);
    return (struct na62_position){(tile % NA62_MUV3_COLUMNS - middle) * NA62_MUV3_TILE_MM,
                                  (tile / NA62_MUV3_COLUMNS - middle) * NA62_MUV3_TILE_MM,
                                  NA62_Z_MUV3_MM};
}
