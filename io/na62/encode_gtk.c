/* GTK blocks (formats/na62.md 3.5), formats 1 and 2: six PCs with ten half chips each.
 *
 * half chip    hit ... hit, trailer 1, trailer 2, at end of burst (format 2) trailer 3
 * trailer 1    [31:28] 0xA [27:24] chip [23:0] event number | L1A timestamp
 * trailer 2    [31:28] 0xF [27:24] chip [23:8] hits [7:0] type | [31:24] hits [23:0] number + 1
 * at end of b. [31:28] 0xF [27:24] chip [23:16] errors [15:8] chokes [7:0] type | timestamp
 * trailer 3    [31:28] 0xE [27:24] chip [23:0] firmware | hits of the burst
 * hit          [27:24] chip [23:22] station [21:18] frame [16:10] group [9:5] arbiter
 *            | [31:30] quarter [29] selector [28:17] coarse [16:12] fine [11] selector
 *              [10:5] ToT coarse [4:0] trailing fine; coarse and fine Gray coded
 * Units of time here: clock / 256; one coarse step is 32 of them, one frame 2048 steps.
 */
#include "io/na62/encode.h"

enum { N_PCS = 6, N_HALVES = 10, N_GROUPS = N_PCS * N_HALVES, MAX_HITS = 0xFF };

enum { STATION_PIXELS = 18000, CHIP_PIXEL_ROWS = 45, SENSOR_COLUMNS = 200 };

/* From here on the coarse counter may have stepped before the fine one was caught; the selector
 * bit says so. This writer lets it step in the last eighth of a period. */
enum { MAY_STEP = 21, STEPS = 28 };

static uint32_t gray(uint32_t binary)
{
    return binary ^ binary >> 1;
}

static uint32_t parity(uint32_t word)
{
    return (uint32_t)__builtin_parity(word);
}

static uint32_t l1a_timestamp(const struct na62_encoder *encoder, uint32_t station)
{
    static const uint32_t offset[3] = {293, 289, 290};
    return encoder->timestamp - offset[station];
}

/* Word 1 of a hit without the quarter, and the frame bits of word 0; false: out of reach. */
static bool
encode_time(uint32_t l1a, int32_t leading_ticks, int32_t trailing_ticks, uint32_t *word)
{
    const int64_t trigger = 256 * (int64_t)l1a;
    const int64_t leading = (leading_ticks >> 1) + trigger;
    const int64_t trailing = (trailing_ticks >> 1) + trigger;
    const int64_t frame = leading >> 16, trigger_frame = l1a >> 8;
    const int64_t difference = (trailing >> 5) - (leading >> 5);
    if ((frame != trigger_frame && frame != trigger_frame - 1) || difference < -1 ||
        difference > 64)
        return false;

    const uint32_t fine = (uint32_t)leading & 31, trailing_fine = (uint32_t)trailing & 31;
    const bool stepped =
        fine >= MAY_STEP && (difference == 64 || (fine >= STEPS && difference > 0));
    const int64_t left = difference - stepped;
    const bool trailing_stepped =
        trailing_fine >= MAY_STEP && (left == -1 || (trailing_fine >= STEPS && left < 63));
    const int64_t tot = left + trailing_stepped;
    if (tot < 0 || tot > 63) return false;

    const uint32_t coarse = (uint32_t)((leading >> 5) + stepped) & 0xFFF;
    const uint32_t end = (uint32_t)(coarse + tot) & 0xFFF;
    word[0] = ((uint32_t)frame & 0xF) << 18;
    word[1] = (parity(gray(coarse)) ^ stepped) << 29 | gray(coarse) << 17 |
              gray(fine) << 12 | (parity(gray(end)) ^ trailing_stepped) << 11 |
              (uint32_t)tot << 5 | gray(trailing_fine);
    return true;
}

/* Half chip of a pixel (0-59 over all PCs); completes the words of its hit. */
static uint32_t encode_pixel(uint32_t address, uint32_t *word)
{
    const uint32_t station = address / STATION_PIXELS, pixel = address % STATION_PIXELS;
    const uint32_t upper = pixel / (CHIP_PIXEL_ROWS * SENSOR_COLUMNS);
    const uint32_t chip = 5 * upper + pixel % SENSOR_COLUMNS / 40;
    uint32_t x = pixel % 40, y = pixel / SENSOR_COLUMNS % CHIP_PIXEL_ROWS;
    if (upper) {
        x = 39 - x;
        y = 44 - y;
    }
    const uint32_t quarter = x / 10, arbiter = y / 9, group = 9 * (x % 10) + y % 9;
    word[0] |= chip << 24 | (station + 1) << 22 | group << 10 | 1u << (5 + arbiter);
    word[1] |= quarter << 30;
    return N_HALVES * (2 * station + upper) + 2 * (chip % 5) + quarter / 2;
}

/* Makes the words of hit pair i; `*half` is where it belongs. */
static enum spw_status encode_pair(const struct na62_encoder *encoder,
                                   uint32_t i,
                                   struct na62_edge *pair,
                                   uint32_t *half)
{
    const struct spw_raw_hits *hits = &encoder->batch->hits[NA62_GTK];
    const uint32_t address = hits->address[i];
    if (address >= 3 * STATION_PIXELS)
        return NA62_CANNOT(encoder, NA62_SOURCE_GTK, "no pixel %u", address);
    if (hits->address[i + 1] != address || hits->edge[i] != SPW_EDGE_LEADING ||
        hits->edge[i + 1] != SPW_EDGE_TRAILING)
        return NA62_CANNOT(encoder, NA62_SOURCE_GTK,
                           "pixel %u has no leading and trailing edge side by side",
                           address);
    if (!(hits->ticks[i] & hits->ticks[i + 1] & 1) ||
        !encode_time(l1a_timestamp(encoder, address / STATION_PIXELS), hits->ticks[i],
                     hits->ticks[i + 1], pair->word))
        return NA62_CANNOT(encoder, NA62_SOURCE_GTK,
                           "times of %d and %d ticks are out of reach", hits->ticks[i],
                           hits->ticks[i + 1]);
    *half = encode_pixel(address, pair->word);
    return SPW_OK;
}

/* Groups the hits of an event by half chip: h has edges [first[h], first[h + 1]) of `sorted`. */
static enum spw_status
group_hits(struct na62_encoder *encoder, uint32_t *first, struct na62_edge **sorted)
{
    const struct spw_rows *rows = &encoder->batch->hits[NA62_GTK].rows;
    const uint32_t begin = rows->first[encoder->e],
                   n_rows = rows->first[encoder->e + 1] - begin;
    const uint32_t n = n_rows / 2;
    uint32_t next[N_GROUPS];

    if (n_rows % 2) return NA62_CANNOT(encoder, NA62_SOURCE_GTK, "odd number of edges");
    memset(first, 0, sizeof *first * (N_GROUPS + 1));
    for (uint32_t i = 0; i < n; ++i) {
        struct na62_edge *pair = &encoder->edge[i];
        uint32_t half = 0;
        SPW_TRY(encode_pair(encoder, begin + 2 * i, pair, &half));
        pair->key = (int32_t)half;
        ++first[half + 1];
    }
    for (uint32_t h = 0; h < N_GROUPS; ++h) {
        if (first[h + 1] > MAX_HITS)
            return NA62_CANNOT(encoder, NA62_SOURCE_GTK, "%u hits in half chip %u",
                               first[h + 1], h);
        first[h + 1] += first[h];
        next[h] = first[h];
    }
    *sorted = encoder->edge + n;
    for (uint32_t i = 0; i < n; ++i)
        (*sorted)[next[encoder->edge[i].key]++] = encoder->edge[i];
    return SPW_OK;
}

static void
put_trailers(struct na62_encoder *encoder, uint32_t pc, uint32_t half, uint32_t n)
{
    const uint32_t chip = 5 * (pc % 2) + half / 2;
    na62_put(encoder, 0xA0000000 | chip << 24 | encoder->number);
    na62_put(encoder, l1a_timestamp(encoder, pc / 2));
    na62_put(encoder, 0xF0000000 | chip << 24 | n << 8 | na62_board_type(encoder));
    na62_put(encoder, n << 24 | ((encoder->number + 1) & 0xFFFFFF));
}

/* End of burst: the counters of a half chip; the records of a chip's halves follow each other. */
static void put_last_trailers(struct na62_encoder *encoder, uint32_t pc, uint32_t half)
{
    const uint32_t chip = 5 * (pc % 2) + half / 2, nth = half % 2;
    struct na62_record_key key = {NA62_SOURCE_GTK, NA62_RECORD_GTK_ERRORS, pc, chip, 1};
    const uint32_t errors = na62_record_word(encoder, &key, nth, 0) & 0xFF;
    key.item = NA62_RECORD_GTK_CHOKES;
    const uint32_t chokes = na62_record_word(encoder, &key, nth, 0) & 0xFF;
    key.item = NA62_RECORD_GTK_TIMESTAMP;
    na62_put(encoder, 0xA0000000 | chip << 24 | encoder->number);
    na62_put(encoder, l1a_timestamp(encoder, pc / 2));
    na62_put(encoder, 0xF0000000 | chip << 24 | errors << 16 | chokes << 8 |
                          na62_board_type(encoder));
    na62_put(encoder, na62_record_word(encoder, &key, nth, encoder->timestamp));
    if (encoder->options->run < NA62_FIRST_RUN_2017) return;
    key.item = NA62_RECORD_GTK_FIRMWARE;
    na62_put(encoder, 0xE0000000 | chip << 24 |
                          (na62_record_word(encoder, &key, nth, 0) & 0xFFFFFF));
    key.item = NA62_RECORD_GTK_HITS;
    na62_put(encoder, na62_record_word(encoder, &key, nth, 0));
}

static void put_pc(struct na62_encoder *encoder,
                   uint32_t pc,
                   const uint32_t *first,
                   const struct na62_edge *edge)
{
    uint32_t *block =
        na62_open_l1(encoder, NA62_SOURCE_GTK, encoder->timestamp, pc, encoder->l0_type);
    for (uint32_t half = 0; half < N_HALVES; ++half) {
        for (uint32_t i = first[half]; i < first[half + 1]; ++i) {
            na62_put(encoder, edge[i].word[0]);
            na62_put(encoder, edge[i].word[1]);
        }
        if (encoder->l0_type == NA62_L0_EOB)
            put_last_trailers(encoder, pc, half);
        else
            put_trailers(encoder, pc, half, first[half + 1] - first[half]);
    }
    na62_close_l1(encoder, block);
}

enum spw_status na62_encode_gtk(struct na62_encoder *encoder)
{
    uint32_t first[N_GROUPS + 1];
    struct na62_edge *sorted = NULL;
    SPW_TRY(group_hits(encoder, first, &sorted));
    if (first[N_GROUPS] && encoder->l0_type == NA62_L0_EOB)
        return NA62_CANNOT(encoder, NA62_SOURCE_GTK, "%u hits at end of burst",
                           first[N_GROUPS]);
    if (encoder->unfinished) {
        na62_put_missing_l1(encoder, NA62_SOURCE_GTK, N_PCS);
        return SPW_OK;
    }
    for (uint32_t pc = 0; pc < N_PCS; ++pc)
        put_pc(encoder, pc, first + N_HALVES * pc, sorted);
    return SPW_OK;
}
