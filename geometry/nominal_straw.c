/* The straw chambers' cabling, exactly: two boards a view, 16 covers a board, 16 straws a cover.
 *
 * A cover holds eight straws of two planes, inner planes (2, 3) on covers 0-3 and 8-11, outer
 * ones (0, 1) on the others. Its pairs of straws ascend or descend along the view, and within
 * the pairs the planes alternate so that cables run straight. */
#include "geometry/nominal_internal.h"

#include <stdbool.h>

enum { STRAWS_PER_PLANE = 122 };

/* 16 addresses of a cover, eight straws from `first` on in plane `a` and its partner `b`. */
static void
fill_cover(int32_t *channel, int32_t first, int32_t a, int32_t b, bool ascending)
{
    for (int32_t pair = 0; pair < 8; ++pair) {
        const int32_t straw = ascending ? first + pair : first + 7 - pair;
        const bool a_first = ascending == (straw == first);
        channel[2 * pair] = STRAWS_PER_PLANE * (a_first ? a : b) + straw;
        channel[2 * pair + 1] = STRAWS_PER_PLANE * (a_first ? b : a) + straw;
    }
}

/* Boards 2 v + 1 read straws 0-63 of view v, boards 2 v the upper 56 with two covers unused. */
static void fill_board(int32_t *channel, int32_t board)
{
    const int32_t view = board / 2;
    const bool upper = board % 2 == 0;
    const int32_t top = upper ? (view % 4 == 3 ? 113 : 114) : 56;
    for (int32_t cover = 0; cover < 16; ++cover) {
        if (upper && (cover == 11 || cover == 15)) continue;
        const bool inner = cover % 8 < 4;
        fill_cover(channel + 16 * cover, top - 16 * (cover % 4) - (cover >= 8 ? 8 : 0),
                   4 * view + (inner ? 3 : 0), 4 * view + (inner ? 2 : 1),
                   inner == (view % 2 == 1));
    }
}

void nominal_straw(int32_t *channel)
{
    for (int32_t board = 0; board < 32; ++board) fill_board(channel + 256 * board, board);
}
