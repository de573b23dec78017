/* Calorimeters, vetoes, beam detectors. */
#include "geometry/na62_geometry.h"

#include <math.h>

const double na62_z_gtk_mm[3] = {79600.0, 92800.0, 102400.0};
static const double z_lav_mm[12] = {121363, 128973, 136583, 144193, 151803, 165313,
                                    172823, 180333, 192709, 203102, 217528, 238313};

struct na62_position na62_lkr_cell(uint32_t id)
{
    const double middle = (NA62_LKR_SIDE - 1) / 2.0;
    return (struct na62_position){(id / 1000 - middle) * NA62_LKR_CELL_MM,
                                  (id % 1000 - middle) * NA62_LKR_CELL_MM, NA62_Z_LKR_MM};
}

bool na62_lkr_cell_exists(uint32_t id)
{
    const double half_x_mm = 1240.0, half_y_mm = 1260.0, oblique_mm = 1244.0,
                 pipe_mm = 105.0;
    if (id / 1000 >= NA62_LKR_SIDE || id % 1000 >= NA62_LKR_SIDE) return false;
    const struct na62_position p = na62_lkr_cell(id);
    const double x = fabs(p.x_mm), y = fabs(p.y_mm);
    return x < half_x_mm && y < half_y_mm && (x + y) * M_SQRT1_2 < oblique_mm &&
           hypot(x, y) > pipe_mm;
}

struct na62_lav_station na62_lav_station(uint32_t station)
{
    struct na62_lav_station s = {
        .front_mm = z_lav_mm[station - 1],
        .back_mm = z_lav_mm[station - 1] + (station <= 8 ? 590 : 470),
        .n_layers = station <= 8 ? 5 : 4,
    };
    if (station <= 5)
        s.n_bananas = 8, s.inner_mm = 536.5;
    else if (station <= 8)
        s.n_bananas = 12, s.inner_mm = 767.5;
    else if (station <= 11)
        s.n_bananas = 15, s.inner_mm = 980.0;
    else
        s.n_bananas = 16, s.inner_mm = 1070.0;
    s.outer_mm = s.inner_mm + 370.0;
    return s;
}

/* Left edge of a column of the 5 chips beside each other. */
static double gtk_edge_mm(uint32_t column)
{
    const double pitch_mm = 0.3, wider_mm = 0.1;
    const uint32_t chip = column / 40, in_chip = column % 40;
    /* Wider columns passed: two at each border between chips. */
    const uint32_t wider = chip ? 2 * chip - 1 + (in_chip > 0) : 0;
    return pitch_mm * column + wider_mm * wider;
}

struct na62_position na62_gtk_pixel(uint32_t address)
{
    const uint32_t station = address / NA62_GTK_STATION_PIXELS;
    const uint32_t pixel = address % NA62_GTK_STATION_PIXELS;
    const uint32_t column = pixel % NA62_GTK_COLUMNS, row = pixel / NA62_GTK_COLUMNS;
    const double half_mm = 30.4; /* 192 columns of 0.3 mm and 8 of 0.4 mm */
    const double right =
        column + 1 < NA62_GTK_COLUMNS ? gtk_edge_mm(column + 1) : 2 * half_mm;
    return (struct na62_position){(gtk_edge_mm(column) + right) / 2 - half_mm,
                                  (row + 0.5 - NA62_GTK_ROWS / 2.0) * 0.3,
                                  na62_z_gtk_mm[station % 3]};
}
