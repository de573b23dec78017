/* Calorimeters on CREAM boards: address = 512 crate index + 32 slot index + channel (LKr), or
 * 32 slot index + channel (MUV1, MUV2, SAV). */
#include "geometry/nominal_internal.h"

#include <stdbool.h>
#include <stdlib.h>

/* A read-out cell: inside the octagon |x| + |y| <= 89 cells, not in columns 0 and 127, and more
 * than 5.3 cells (104 mm) off the beam. In half cells from the centre, all numbers are odd. */
static bool is_cell(int32_t ix, int32_t iy)
{
    const int32_t x = 2 * ix - 127, y = 2 * iy - 127;
    return abs(x) <= 125 && abs(x) + abs(y) <= 178 && x * x + y * y > 112;
}

/* Slot indices with a CREAM, by crate. */
static uint32_t slot_mask(int32_t crate)
{
    switch (crate) {
    case 0:
    case 3:
    case 28:
    case 31:
        return 0;
    case 4:
        return 0xffc3;
    case 7:
        return 0x3cff;
    case 24:
        return 0xff3c;
    case 27:
        return 0xc3ff;
    default:
        return 0xffff;
    }
}

/* Where the CREAM in a slot reads its 4 x 8 cells. Crates cover 16 x 32 cells, four a column;
 * the four at the octagon's oblique sides serve two tiles outside of theirs. */
static void find_tile(int32_t crate, int32_t slot, int32_t *tile_x, int32_t *tile_y)
{
    *tile_x = 4 * (crate / 4) + slot % 4;
    *tile_y = 4 * (3 - crate % 4) + 3 - slot / 4;
    const bool moved = (crate == 4 && slot < 2) || (crate == 7 && (slot & ~1) == 12) ||
                       (crate == 24 && (slot & ~1) == 2) || (crate == 27 && slot >= 14);
    if (!moved) return;
    *tile_x += crate < 16 ? -2 : 2;
    *tile_y += crate % 4 == 0 ? -3 : 3;
}

/* LKr: 13212 of the 13248 cells; the others stand at the corners of the octagon and around the
 * beam hole and have no channel. ID = 1000 ix + iy. */
void nominal_lkr(int32_t *channel)
{
    for (int32_t board = 0; board < 512; ++board) {
        if (!(slot_mask(board / 16) >> board % 16 & 1)) continue;
        int32_t tile_x, tile_y;
        find_tile(board / 16, board % 16, &tile_x, &tile_y);
        for (int32_t i = 0; i < 32; ++i) {
            const int32_t ix = 4 * tile_x + i / 8, iy = 8 * tile_y + 7 - i % 8;
            if (is_cell(ix, iy)) channel[32 * board + i] = 1000 * ix + iy;
        }
    }
}

/* Four sides of strips, IDs 101 + 50 side + strip. */
static void fill_strips(int32_t *channel, int32_t n_strips)
{
    for (int32_t side = 0; side < 4; ++side)
        for (int32_t strip = 0; strip < n_strips; ++strip)
            *channel++ = 101 + 50 * side + strip;
}

void nominal_muv1(int32_t *channel)
{
    fill_strips(channel, 44);
}

void nominal_muv2(int32_t *channel)
{
    fill_strips(channel, 22);
}

/* SAV: two detectors of four photomultipliers, 10 detector + channel, on every other address. */
void nominal_sav(int32_t *channel)
{
    for (int32_t tube = 0; tube < 8; ++tube)
        channel[2 * tube] = 10 * (tube / 4) + tube % 4 + 1;
}
