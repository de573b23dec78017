/* CREAM blocks (formats/na62.md 3.6): LKr, MUV1, MUV2 and SAV, big-endian before run 4300.
 *
 * L1 header     word 2 timestamp + latency, 31 bits; word 3 [4:0] slot [10:5] crate [21:16] L0
 * word 4        [15:0] payload words = channels * samples / 2 + 3 [24:16] samples
 *               [30] zero suppressed
 * word 5        channel mask
 * samples       16 bits, two a word, channels ascending
 * checksum      exclusive or of all words before
 */
#include "io/na62/encode.h"

enum { FIRST_QUIET_TYPE = 0x20, LAST_QUIET_TYPE = 0x28, MAX_SAMPLES = 0x1FF };

enum { SPECIAL_WORDS = 4, END_OF_BURST_WORDS = 8 };

enum { ZERO_SUPPRESSED = 1 << 30, MUV_CRATE = 31 };

uint32_t na62_n_samples(uint32_t run, enum na62_stream stream)
{
    if (run <= NA62_LAST_RUN_2015) return 16;
    return stream == NA62_MUV1 || stream == NA62_MUV2 ? 10 : 8;
}

/* LKr crates 1, 2, 4-27, 29, 30 with slots 3-10 and 13-20, some of them not instrumented. */
static bool lkr_has(uint32_t crate, uint32_t slot)
{
    switch (crate) {
    case 0:
    case 3:
    case 28:
    case 31:
        return false;
    case 4:
        return slot < 5 || slot > 8;
    case 7:
        return slot != 13 && slot != 14 && slot != 19 && slot != 20;
    case 24:
        return slot != 3 && slot != 4 && slot != 9 && slot != 10;
    case 27:
        return slot < 15 || slot > 18;
    default:
        return true;
    }
}

/* Sub-ID (slot and crate) of a board number = address / 32; false: there is no such board. */
static bool board_sub_id(uint32_t stream, uint32_t board, uint32_t *sub_id)
{
    uint32_t crate = MUV_CRATE, slot = 0;
    switch (stream) {
    case NA62_MUV1:
        slot = 3 + board;
        break;
    case NA62_MUV2:
        slot = 13 + board;
        break;
    case NA62_SAV:
        slot = 16;
        break;
    default:
        crate = board / 16;
        slot = board % 16 < 8 ? 3 + board % 16 : 5 + board % 16;
        if (!lkr_has(crate, slot)) return false;
    }
    *sub_id = crate << 5 | slot;
    return true;
}

static uint32_t board_count(uint32_t stream)
{
    switch (stream) {
    case NA62_MUV1:
        return 6;
    case NA62_MUV2:
        return 3;
    case NA62_SAV:
        return 1;
    default:
        return NA62_MAX_CREAMS;
    }
}

/* Triggers whose boards send a fixed payload without samples. */
static bool is_quiet(const struct na62_encoder *encoder)
{
    return encoder->special ||
           (encoder->l0_type >= FIRST_QUIET_TYPE && encoder->l0_type <= LAST_QUIET_TYPE);
}

/* Notes channel mask and pulse of every board. */
static enum spw_status
group_pulses(struct na62_encoder *encoder, uint32_t source, uint32_t stream)
{
    const struct spw_raw_pulses *pulses = &encoder->batch->pulses[stream];
    const uint32_t begin = pulses->rows.first[encoder->e];
    const uint32_t end = pulses->rows.first[encoder->e + 1], n_boards = board_count(stream);
    memset(encoder->cream_mask, 0, sizeof *encoder->cream_mask * n_boards);
    for (uint32_t i = begin; i < end; ++i) {
        const uint32_t address = pulses->address[i], board = address / 32;
        uint32_t sub_id;
        if (board >= n_boards || !board_sub_id(stream, board, &sub_id))
            return NA62_CANNOT(encoder, source, "no channel %u", address);
        if (encoder->cream_mask[board] >> (address % 32) & 1)
            return NA62_CANNOT(encoder, source, "two pulses in channel %u", address);
        encoder->cream_mask[board] |= 1u << (address % 32);
        encoder->cream_row[address] = i;
    }
    if (is_quiet(encoder) && end > begin)
        return NA62_CANNOT(encoder, source, "%u pulses in a special frame", end - begin);
    return SPW_OK;
}

static void close_board(struct na62_encoder *encoder, uint32_t *block)
{
    na62_put(encoder, 0);
    na62_close_l1(encoder, block);
    const size_t n_words = (size_t)(encoder->at - block);
    uint32_t checksum = 0;
    for (size_t i = 0; i < n_words - 1; ++i) checksum ^= block[i];
    block[n_words - 1] = checksum;
    if (encoder->options->run > NA62_LAST_RUN_BIG_ENDIAN) return;
    for (size_t i = 0; i < n_words; ++i) block[i] = __builtin_bswap32(block[i]);
}

static uint32_t *open_board(struct na62_encoder *encoder, uint32_t source, uint32_t sub_id)
{
    const uint32_t time = encoder->timestamp + na62_latency(encoder->options->run);
    return na62_open_l1(encoder, source, time & 0x7FFFFFFF, sub_id,
                        encoder->l0_type & 0x3F);
}

/* Special triggers: a payload whose first word says its length; the others are the records'. */
static void put_quiet_board(struct na62_encoder *encoder, uint32_t source, uint32_t sub_id)
{
    const uint32_t n_words =
        encoder->l0_type == NA62_L0_EOB ? END_OF_BURST_WORDS : SPECIAL_WORDS;
    const struct na62_record_key key = {source, NA62_RECORD_CREAM_WORD, sub_id, 0, n_words};
    uint32_t *block = open_board(encoder, source, sub_id);
    uint32_t words[END_OF_BURST_WORDS] = {0};
    na62_copy_records(encoder, &key, words);
    words[0] = (words[0] & 0xFFFF0000) | n_words;
    for (uint32_t i = 0; i < n_words - 1; ++i) na62_put(encoder, words[i]);
    close_board(encoder, block);
}

/* Samples per channel of a board: those of its pulses, the same for all; of the run if empty. */
static enum spw_status samples_of(const struct na62_encoder *encoder,
                                  uint32_t source,
                                  uint32_t stream,
                                  uint32_t board,
                                  uint32_t *n_samples)
{
    const struct spw_raw_pulses *pulses = &encoder->batch->pulses[stream];
    uint32_t mask = encoder->cream_mask[board];
    *n_samples =
        mask
            ? pulses->length[encoder->cream_row[32 * board + (uint32_t)__builtin_ctz(mask)]]
            : na62_n_samples(encoder->options->run, (enum na62_stream)stream);
    for (; mask; mask &= mask - 1) {
        const uint32_t row = encoder->cream_row[32 * board + (uint32_t)__builtin_ctz(mask)];
        const uint32_t length = pulses->length[row];
        if (length != *n_samples || length == 0 || length % 2 || length > MAX_SAMPLES)
            return NA62_CANNOT(encoder, source, "%u samples in channel %u", length,
                               pulses->address[row]);
    }
    return SPW_OK;
}

static enum spw_status put_board(struct na62_encoder *encoder,
                                 uint32_t source,
                                 uint32_t stream,
                                 uint32_t board,
                                 uint32_t sub_id)
{
    const struct spw_raw_pulses *pulses = &encoder->batch->pulses[stream];
    uint32_t mask = encoder->cream_mask[board], n_samples = 0;
    SPW_TRY(samples_of(encoder, source, stream, board, &n_samples));

    const uint32_t n_channels = (uint32_t)__builtin_popcount(mask);
    uint32_t *block = open_board(encoder, source, sub_id);
    na62_put(encoder, (uint32_t)ZERO_SUPPRESSED | n_samples << 16 |
                          (n_channels * n_samples / 2 + 3));
    na62_put(encoder, mask);
    for (; mask; mask &= mask - 1) {
        const uint32_t row = encoder->cream_row[32 * board + (uint32_t)__builtin_ctz(mask)];
        memcpy(encoder->at, pulses->sample + (size_t)row * pulses->n_samples,
               2 * n_samples);
        encoder->at += n_samples / 2;
    }
    close_board(encoder, block);
    return SPW_OK;
}

static enum spw_status
encode_stream(struct na62_encoder *encoder, uint32_t source, uint32_t stream)
{
    SPW_TRY(group_pulses(encoder, source, stream));
    const bool drop = stream == NA62_LKR && encoder->options->run >= NA62_FIRST_RUN_DROPPED;
    for (uint32_t board = 0; board < board_count(stream); ++board) {
        uint32_t sub_id;
        if (!board_sub_id(stream, board, &sub_id)) continue;
        if (encoder->unfinished)
            na62_put_missing_l1(encoder, source, 1);
        else if (is_quiet(encoder))
            put_quiet_board(encoder, source, sub_id);
        else if (encoder->cream_mask[board] || !drop)
            SPW_TRY(put_board(encoder, source, stream, board, sub_id));
    }
    return SPW_OK;
}

enum spw_status na62_encode_cream(struct na62_encoder *encoder, uint32_t source)
{
    switch (source) {
    case NA62_SOURCE_MUV1:
        return encode_stream(encoder, source, NA62_MUV1);
    case NA62_SOURCE_MUV2:
        SPW_TRY(encode_stream(encoder, source, NA62_MUV2));
        return encode_stream(encoder, source, NA62_SAV);
    default:
        return encode_stream(encoder, source, NA62_LKR);
    }
}
