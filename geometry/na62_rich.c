/* RICH photomultipliers: 2 x 61 supercells of 8 on each disk. */
#include "geometry/na62_geometry.h"

#include <math.h>

const double na62_rich_shift_x_mm[NA62_RICH_DISKS] = {127.0, 177.0};

static const double half_pitch_mm = 9.0;
static const double row_pitch_mm = 15.588457268119894; /* 18 mm sqrt(3) / 2 */

enum { N_RUNS = 12, N_CELLS = 61 };

/* First photomultiplier of supercells, in half pitches and rows: cells follow each other by
 * (+5, -1). Upper half: runs 0 - 5, lower half: runs 6 - 11. */
static const struct {
    int first, column, row;
} cell_run[N_RUNS] = {
    {0, -29, 6},   {12, -28, 9},  {24, -22, 11},   {35, -21, 14},
    {46, -15, 16}, {55, -4, 17},  {61, -30, 3},    {73, -31, 0},
    {85, -32, -3}, {96, -33, -6}, {107, -29, -10}, {116, -25, -14},
};

/* Place of the 8 photomultipliers in a supercell. */
static const int in_cell[8][2] = {{0, 0}, {2, 0}, {4, 0}, {1, 1},
                                  {3, 1}, {0, 2}, {2, 2}, {4, 2}};

static void cell_origin(int cell, int *column, int *row)
{
    int run = N_RUNS - 1;
    while (cell_run[run].first > cell) --run;
    *column = cell_run[run].column + 5 * (cell - cell_run[run].first);
    *row = cell_run[run].row - (cell - cell_run[run].first);
}

struct na62_position na62_rich_pm(uint32_t id)
{
    const uint32_t disk = id / 100000, updown = id / 10000 % 10, cell = id / 100 % 100;
    const bool supercell = id / 10 % 10 == 1;
    const uint32_t pm = id % 10;
    int column, row;
    if (disk > 1 || updown > 1 || cell >= N_CELLS || pm > 7)
        return (struct na62_position){NAN, NAN, NAN};

    cell_origin((int)(N_CELLS * updown + cell), &column, &row);
    const double dx = supercell ? 2 : in_cell[pm][0], dy = supercell ? 1 : in_cell[pm][1];
    return (struct na62_position){half_pitch_mm * (column + dx), row_pitch_mm * (row + dy),
                                  disk};
}

/* Looks up the supercell that holds a grid point, among the runs: the cell index along a run
 * follows from the column, and the row has to fit. */
static bool find_grid(int column, int row, int *cell, int *pm)
{
    for (int run = 0; run < N_RUNS; ++run) {
        const int end = run + 1 < N_RUNS ? cell_run[run + 1].first : 2 * N_CELLS;
        const int guess = (column - cell_run[run].column) / 5;
        const int n = end - cell_run[run].first;
        if (column < cell_run[run].column || guess >= n) continue;
        for (int k = 0; k < 8; ++k)
            if (cell_run[run].column + 5 * guess + in_cell[k][0] == column &&
                cell_run[run].row - guess + in_cell[k][1] == row) {
                *cell = cell_run[run].first + guess;
                *pm = k;
                return true;
            }
    }
    return false;
}

bool na62_rich_find(uint32_t disk, double x_mm, double y_mm, uint32_t *id)
{
    const int middle = (int)lround(y_mm / row_pitch_mm);
    int cell, pm;
    for (int row = middle - 1; row <= middle + 1; ++row) {
        const int odd = !(row & 1); /* even rows hold the odd half pitches */
        const int column = 2 * (int)lround((x_mm / half_pitch_mm - odd) / 2) + odd;
        const double dx = x_mm - half_pitch_mm * column, dy = y_mm - row_pitch_mm * row;
        if (dx * dx + dy * dy > half_pitch_mm * half_pitch_mm) continue;
        if (!find_grid(column, row, &cell, &pm)) continue;
        const int updown = cell / N_CELLS;
        *id = disk * 100000 + (uint32_t)(updown * 10000 + cell % N_CELLS * 100 + pm);
        return true;
    }
    return false;
}
