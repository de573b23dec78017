/* Detectors on TEL62 boards: address = 512 board + 128 FPGA + 32 TDC + channel. Where the
 * experiment's cabling is regular the addresses are its own (LAV, IRC, SAC, MUV0); elsewhere
 * channels follow each other in the order of their IDs on the boards that the detector has. */
#include "geometry/nominal_internal.h"

/* KTAG: every eighth address; 8 sectors of 48 photomultipliers, 100 sector + 10 row + cone. */
void nominal_ktag(int32_t *channel)
{
    static const struct {
        int32_t first, last;
    } cone[8] = {{5, 5}, {2, 7}, {2, 8}, {1, 8}, {1, 9}, {1, 8}, {2, 8}, {2, 7}};

    for (int32_t sector = 1; sector <= 8; ++sector)
        for (int32_t row = 1; row <= 8; ++row)
            for (int32_t i = cone[row - 1].first; i <= cone[row - 1].last; ++i) {
                if (row == 8 && i > 2 && i < 7) continue; /* only the two at the ends */
                *channel = 100 * sector + 10 * row + i;
                channel += 8;
            }
}

/* CHANTI: 6 stations of 48 bars, three on each board; two thresholds a bar. IDs are
 * 100000 (station + 1) + 10000 ring + 1000 side + 10 bar + threshold, as in the cabling. */
void nominal_chanti(int32_t *channel)
{
    for (int32_t station = 0; station < 6; ++station) {
        int32_t *at = channel + 512 * (station / 3) + 96 * (station % 3);
        for (int32_t half = 0; half < 4; ++half) {
            const int32_t ring = half / 2, side = half % 2;
            for (int32_t bar = side ? 5 : 0; bar <= (side ? 11 : 16); ++bar)
                for (int32_t threshold = 0; threshold < 2; ++threshold)
                    *at++ = 100000 * (station + 1) + 10000 * ring + 1000 * side + 10 * bar +
                            threshold;
        }
    }
}

/* LAV: a board a station, a pair of addresses a block: low threshold, high (+1000000). Layers of
 * stations 9-12 start at new FPGAs. */
void nominal_lav(int32_t *channel)
{
    for (int32_t station = 1; station <= 12; ++station) {
        const int32_t n_layers = station <= 8 ? 5 : 4;
        const int32_t n_bananas = station <= 5    ? 8
                                  : station <= 8  ? 12
                                  : station <= 11 ? 15
                                                  : 16;
        const int32_t step = station <= 8 ? 8 * n_bananas : 128;
        for (int32_t layer = 0; layer < n_layers; ++layer) {
            int32_t *at = channel + 512 * (station - 1) + step * layer;
            for (int32_t block = 0; block < 4 * n_bananas; ++block) {
                const int32_t id =
                    10000 * station + 1000 * layer + 10 * (block / 4) + block % 4;
                *at++ = id;
                *at++ = id + 1000000;
            }
        }
    }
}

/* CHOD: 128 slabs on every fourth address. */
void nominal_chod(int32_t *channel)
{
    for (int32_t slab = 0; slab < 128; ++slab) channel[4 * slab] = slab;
}

/* RICH: boards 0-3 hold 8 photomultipliers of 61 supercells for each half (disk, up or down);
 * board 4 the supercells' ORs, an FPGA a half. */
void nominal_rich(int32_t *channel)
{
    for (int32_t half = 0; half < 4; ++half)
        for (int32_t cell = 0; cell < 61; ++cell) {
            const int32_t id = 100000 * (half / 2) + 10000 * (half % 2) + 100 * cell;
            for (int32_t pm = 0; pm < 8; ++pm)
                channel[512 * half + 8 * cell + pm] = id + pm;
            channel[2048 + 128 * half + cell] = id + 10;
        }
}

/* IRC and SAC: four photomultipliers with two thresholds (+1000) each, eight addresses apart. */
static void four_tubes(int32_t *channel)
{
    for (int32_t tube = 0; tube < 4; ++tube) {
        channel[8 * tube] = tube;
        channel[8 * tube + 1] = tube + 1000;
    }
}

void nominal_irc(int32_t *channel)
{
    four_tubes(channel + 98);
}

void nominal_sac(int32_t *channel)
{
    four_tubes(channel + 2);
}

/* MUV0: nine tiles with two thresholds (+10) on the second mezzanine. */
void nominal_muv0(int32_t *channel)
{
    for (int32_t tile = 0; tile < 9; ++tile) {
        channel[128 + 2 * tile] = tile;
        channel[128 + 2 * tile + 1] = tile + 10;
    }
}

/* NewCHOD: 80 addresses a quadrant from 192 on; 38 tiles, then their second photomultipliers
 * (+50). */
void nominal_newchod(int32_t *channel)
{
    for (int32_t quadrant = 1; quadrant <= 4; ++quadrant)
        for (int32_t tile = 1; tile <= 38; ++tile) {
            int32_t *at = channel + 192 + 80 * (quadrant - 1) + tile - 1;
            at[0] = 100 * quadrant + tile;
            at[40] = 100 * quadrant + tile + 50;
        }
}

/* MUV3: 12 x 12 tiles, the four in the middle replaced by eight small ones (144-151); groups of
 * eight tiles, then their second photomultipliers (+200). */
void nominal_muv3(int32_t *channel)
{
    int32_t n = 0;
    for (int32_t tile = 0; tile < 152; ++tile) {
        if (tile == 65 || tile == 66 || tile == 77 || tile == 78) continue;
        channel[16 * (n / 8) + n % 8] = tile;
        channel[16 * (n / 8) + n % 8 + 8] = tile + 200;
        ++n;
    }
}

/* HASC: 9 modules of 10 photomultipliers, four thresholds (+100) each; 13 are not cabled. */
void nominal_hasc(int32_t *channel)
{
    static const int16_t not_cabled[] = {256, 283, 315, 324, 326, 331, 332,
                                         356, 371, 378, 382, 383, 388};

    uint32_t skipped = 0;
    for (int32_t threshold = 0; threshold < 4; ++threshold)
        for (int32_t tube = 0; tube < 90; ++tube) {
            const int32_t id = 100 * threshold + tube;
            const uint32_t n = sizeof not_cabled / sizeof *not_cabled;
            if (skipped < n && id == not_cabled[skipped])
                ++skipped;
            else
                channel[4 * tube + threshold] = id;
        }
}
