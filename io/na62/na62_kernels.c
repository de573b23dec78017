#include "io/na62/na62_kernels.h"

#include "io/raw.h"

#include <string.h>

enum { META_ADDRESS = 0x1fff, META_QUALITY = 7, SLOT_BITS = 0x7ff };

/* Edge kinds 4 and 5 are [31:29] = 2. Words that share slot and FPGA share both bases. */
static void tel62_check(const struct na62_lanes *lanes, struct na62_findings *found)
{
    const size_t n = lanes->n;
    const uint32_t *restrict word = lanes->word;
    const uint32_t *restrict meta = lanes->address;
    const int32_t *restrict base = lanes->ticks;
    uint32_t dropped = 0, repeated = 0, unordered = 0, outside = 0;

#pragma omp simd reduction(+ : dropped, outside)
    for (size_t i = 0; i < n; ++i) {
        const uint32_t edge = word[i] >> 29 == 2;
        dropped += !edge;
        outside += edge & (((word[i] >> 8) & SLOT_BITS) != meta[i] >> NA62_META_SLOT_SHIFT);
    }
#pragma omp simd reduction(+ : repeated, unordered)
    for (size_t i = 1; i < n; ++i) {
        const uint32_t same = (uint32_t)(meta[i] == meta[i - 1]) &
                              (base[i] == base[i - 1]) & (word[i] >> 29 == 2) &
                              (word[i - 1] >> 29 == 2);
        repeated += same & (word[i] == word[i - 1]);
        unordered += same & ((word[i] & 0x7ffff) < (word[i - 1] & 0x7ffff));
    }
    *found = (struct na62_findings){dropped, repeated, unordered, outside};
}

/* address = base + 32 TDC + channel, ticks = base + time[18:0] (formats/na62.md 3.3.3, 3.3.4) */
static void tel62(const struct na62_lanes *lanes)
{
    const size_t n = lanes->n;
    const uint32_t *restrict word = lanes->word;
    uint32_t *restrict address = lanes->address;
    int32_t *restrict ticks = lanes->ticks;
    uint8_t *restrict edge = lanes->edge, *restrict quality = lanes->quality;
    uint16_t *restrict value = lanes->value;

#pragma omp simd
    for (size_t i = 0; i < n; ++i) {
        const uint32_t w = word[i], meta = address[i];
        const uint32_t outside = ((w >> 8) & SLOT_BITS) != meta >> NA62_META_SLOT_SHIFT;
        address[i] = (meta & META_ADDRESS) + ((w >> 19) & 0x7f);
        ticks[i] = (int32_t)((uint32_t)ticks[i] + (w & 0x7ffff));
        edge[i] = (uint8_t)((w >> 28) & 1);
        quality[i] = (uint8_t)(((meta >> NA62_META_QUALITY_SHIFT) & META_QUALITY) |
                               outside * SPW_OUT_OF_SLOT);
        value[i] = 0;
    }
}

static void srb_check(const struct na62_lanes *lanes, struct na62_findings *found)
{
    const size_t n = lanes->n;
    const uint32_t *restrict word = lanes->word;
    const uint32_t *restrict meta = lanes->address;
    const int32_t *restrict base = lanes->ticks;
    uint32_t repeated = 0;

#pragma omp simd reduction(+ : repeated)
    for (size_t i = 1; i < n; ++i)
        repeated += (uint32_t)(word[i] == word[i - 1]) & (meta[i] == meta[i - 1]) &
                    (base[i] == base[i - 1]);
    *found = (struct na62_findings){.dropped = repeated, .repeated = repeated};
}

/* Hit: [4:0] fine time, [5] edge, [13:6] straw, [15:14] error bits (formats/na62.md 3.4) */
static void srb(const struct na62_lanes *lanes)
{
    const size_t n = lanes->n;
    const uint32_t *restrict word = lanes->word;
    uint32_t *restrict address = lanes->address;
    int32_t *restrict ticks = lanes->ticks;
    uint8_t *restrict edge = lanes->edge, *restrict quality = lanes->quality;
    uint16_t *restrict value = lanes->value;

#pragma omp simd
    for (size_t i = 0; i < n; ++i) {
        const uint32_t w = word[i], meta = address[i];
        const uint32_t error = w >> 14 != 0;
        address[i] = (meta & META_ADDRESS) + ((w >> 6) & 0xff);
        ticks[i] = (int32_t)((uint32_t)ticks[i] + (w & 31));
        edge[i] = (uint8_t)((w >> 5) & 1);
        quality[i] = (uint8_t)(((meta >> NA62_META_QUALITY_SHIFT) & META_QUALITY) |
                               error * SPW_MULTI_HIT);
        value[i] = 0;
    }
}

static inline uint32_t from_gray(uint32_t code)
{
    code ^= code >> 1;
    code ^= code >> 2;
    code ^= code >> 4;
    return code ^ (code >> 8);
}

static inline uint32_t parity(uint32_t code)
{
    code ^= code >> 8;
    code ^= code >> 4;
    code ^= code >> 2;
    return (code ^ (code >> 1)) & 1;
}

enum {
    FRAME_STEP_TICKS = 512,
    FRAME_TICKS = 256 * FRAME_STEP_TICKS,
    COARSE_TICKS = 64,
    NO_WIDTH_TICKS = 308
};

/* Leading and trailing time of a GTK hit in clock / 512 (formats/na62.md 3.5): `base` is the
 * start of the trigger's frame minus the trigger. A coarse counter that turned between fine and
 * coarse sampling is one too far; a hit of the frame before has the other frame parity. */
static inline int32_t gtk_times(uint32_t word, int32_t base, int32_t *trailing)
{
    const uint32_t fine = from_gray((word >> 12) & 31), code = (word >> 17) & 0xfff;
    const uint32_t count = from_gray(code);
    const uint32_t late = (uint32_t)(fine > 20) & (parity(code) ^ ((word >> 29) & 1));
    const uint32_t coarse = (count - late) & 0xfff;
    const uint32_t other = ((word >> 31) ^ (coarse >> 11)) & 1;
    const uint32_t odd = (word >> 31) ^ other; /* parity of the hit's frame */
    const int32_t frame = base - (int32_t)other * FRAME_TICKS;

    const uint32_t width = (word >> 5) & 63, fine_end = from_gray(word & 31);
    const uint32_t end = (width + count) & 0xfff;
    const uint32_t end_late =
        (uint32_t)(fine_end > 20) & (parity(end ^ (end >> 1)) ^ ((word >> 11) & 1));
    const int32_t coarse_end = (int32_t)(coarse + late + width) - (int32_t)end_late;

    const int32_t leading =
        frame + (int32_t)((coarse & 0x7ff) * COARSE_TICKS + 2 * fine + 1);
    const int32_t measured = frame - (int32_t)odd * FRAME_TICKS +
                             coarse_end * COARSE_TICKS + (int32_t)(2 * fine_end + 1);
    *trailing = (word >> 30) & 1 ? leading + NO_WIDTH_TICKS : measured;
    return leading;
}

enum {
    GTK_PIXELS = 18000, ///< of a station
    GTK_COLUMNS = 200,
    CHIP_COLUMNS = 40,
    CHIP_GROUPS = 9, ///< of a column of pixels
    QUARTER_COLUMNS = 10,
    UPPER_CHIP = 5,
    UPPER_ORIGIN = GTK_PIXELS - 1 - 9 * CHIP_COLUMNS,
};

/* Pixel of a hit with one pixel bit (formats/na62.md 3.5). Chips of the upper row stand on their
 * heads. */
static inline uint32_t gtk_pixel(uint32_t w0, uint32_t w1)
{
    const uint32_t chip = (w0 >> 24) & 15, station = ((w0 >> 22) & 3) - 1;
    const uint32_t group = (w0 >> 10) & 127, column = (group * 57) >> 9; /* group / 9 */
    const uint32_t hot = (w0 | w0 >> 5) & 31;
    const uint32_t bit =
        ((hot >> 1) & 1) + 2 * ((hot >> 2) & 1) + 3 * ((hot >> 3) & 1) + 4 * (hot >> 4);
    const uint32_t y = group - CHIP_GROUPS * column + CHIP_GROUPS * bit;
    const uint32_t steps = QUARTER_COLUMNS * (w1 >> 30) + column + GTK_COLUMNS * y;
    return GTK_PIXELS * station + CHIP_COLUMNS * chip +
           (chip >= UPPER_CHIP ? UPPER_ORIGIN - steps : steps);
}

enum { GTK_BLOCK = 64 };

/* Some hits, one array a quantity. */
struct gtk_hits {
    uint32_t w0[GTK_BLOCK], w1[GTK_BLOCK], meta[GTK_BLOCK], pixel[GTK_BLOCK];
    int32_t leading[GTK_BLOCK], trailing[GTK_BLOCK];
    uint8_t quality[GTK_BLOCK];
};

static inline void gtk_split(struct gtk_hits *restrict hits,
                             size_t n,
                             const uint32_t *restrict word,
                             const uint32_t *restrict meta)
{
#pragma omp simd
    for (size_t i = 0; i < n; ++i) {
        hits->w0[i] = word[2 * i];
        hits->w1[i] = word[2 * i + 1];
        hits->meta[i] = meta[2 * i];
    }
}

static inline void gtk_finish(struct gtk_hits *hits)
{
#pragma omp simd
    for (size_t i = 0; i < GTK_BLOCK; ++i) {
        const uint32_t w0 = hits->w0[i], w1 = hits->w1[i], meta = hits->meta[i];
        const uint32_t shared = (w0 & 0x3e0) == 0; /* a pile-up bit */
        const uint32_t timing = (w1 & 0x3fffffff) | ((meta >> 8) & 1) << 31 | shared << 30;
        const int32_t base = -(int32_t)(meta & 0xff) * FRAME_STEP_TICKS;
        hits->leading[i] = gtk_times(timing, base, &hits->trailing[i]);
        hits->pixel[i] = gtk_pixel(w0, w1);
        hits->meta[i] = (meta >> NA62_GTK_QUALITY_SHIFT & 0xff) | shared * SPW_MULTI_HIT;
    }
    for (size_t i = 0; i < GTK_BLOCK; ++i) hits->quality[i] = (uint8_t)hits->meta[i];
}

static inline void
gtk_join(const struct gtk_hits *restrict hits, size_t n, const struct na62_lanes *lanes)
{
    uint32_t *restrict address = lanes->address;
    int32_t *restrict ticks = lanes->ticks;
    uint8_t *restrict edge = lanes->edge, *restrict quality = lanes->quality;
#pragma omp simd
    for (size_t i = 0; i < n; ++i) address[2 * i] = address[2 * i + 1] = hits->pixel[i];
#pragma omp simd
    for (size_t i = 0; i < n; ++i) {
        ticks[2 * i] = hits->leading[i];
        ticks[2 * i + 1] = hits->trailing[i];
    }
#pragma omp simd
    for (size_t i = 0; i < n; ++i) quality[2 * i] = quality[2 * i + 1] = hits->quality[i];
#pragma omp simd
    for (size_t i = 0; i < n; ++i) {
        edge[2 * i] = SPW_EDGE_LEADING;
        edge[2 * i + 1] = SPW_EDGE_TRAILING;
    }
    memset(lanes->value, 0, 2 * n * sizeof *lanes->value);
}

static void gtk(const struct na62_lanes *lanes)
{
    const size_t n_pairs = lanes->n / 2;
    struct gtk_hits hits = {.w0 = {0}};
    for (size_t i = 0; i < n_pairs; i += GTK_BLOCK) {
        const size_t n = n_pairs - i < GTK_BLOCK ? n_pairs - i : GTK_BLOCK;
        const struct na62_lanes part = {
            .address = lanes->address + 2 * i,
            .ticks = lanes->ticks + 2 * i,
            .edge = lanes->edge + 2 * i,
            .quality = lanes->quality + 2 * i,
            .value = lanes->value + 2 * i,
        };
        gtk_split(&hits, n, lanes->word + 2 * i, part.address);
        gtk_finish(&hits);
        gtk_join(&hits, n, &part);
    }
}

const struct na62_kernels SPW_KERNELS(na62_kernels) = {
    .tel62_check = tel62_check,
    .tel62 = tel62,
    .srb_check = srb_check,
    .srb = srb,
    .gtk = gtk,
};
