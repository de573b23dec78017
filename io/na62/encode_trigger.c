/* Trigger blocks (formats/na62.md 3.7-3.9): L0TP, L1, L2 and NSTD with the DIM blocks.
 *
 * L0TP word 0   [7:0] fine time [15:8] data type [31:16] CHOD primitive
 * words 1-3     RICH LAV | MUV3 NewCHOD | TALK CALO, 16 bits each, low half first
 * word 5        [7:0] type [15:8] previous type [31:16] flags
 * words 8-9     fine times of the seven detectors (6-7 in the 8 words of 2015 and 2016)
 * words 10-15   the same for slot N-1 (primitives, then fine times), 16-21 for N+1
 * end of burst  210 words: counters, then 16 masks of 12 words
 */
#include "io/na62/encode.h"

enum { L0TP_2014 = 6, L0TP_2015 = 8, L0TP_WORDS = 22, L0TP_END_OF_BURST = 210 };

enum { N_DETECTORS = 7, N_MASKS = 16, MASK_WORDS = 12, FIRST_MASK_WORD = 18 };

enum { MAX_L1_WORDS = (NA62_MAX_BLOCK_BYTES - 8) / 4, L1_GLOBAL_BYTES = 12 };

enum {
    L1_FORMAT_1_RUN = 8520,
    L1_FORMAT_2_RUN = 8584,
    MAX_DIM_WORDS = 0xFFFF - 2,
    NSTD_WORDS = 3
};

static uint32_t l0tp_words(const struct na62_encoder *encoder)
{
    if (encoder->l0_type == NA62_L0_EOB) return L0TP_END_OF_BURST;
    if (encoder->options->no_burst_header) return L0TP_2014;
    return encoder->options->run < NA62_FIRST_RUN_2017 ? L0TP_2015 : L0TP_WORDS;
}

/* Data type: 1 physics, 2 periodic, 8 calibration, 0x10 control (2.4 gives the trigger types). */
static uint32_t data_type(uint32_t l0_type)
{
    switch (l0_type) {
    case 0x08:
    case 0x31:
    case 0x32:
        return 2;
    case 0x30:
        return 8;
    default:
        return l0_type < 0x20 ? l0_type & 0x13 : 0;
    }
}

/* First word of the primitives and of the fine times of a slot; 0: this size has none. */
static uint32_t fine_time_word(uint32_t n_words, uint32_t slot)
{
    if (n_words == L0TP_WORDS) return slot == 0 ? 8 : 8 + 6 * slot;
    return n_words == L0TP_2015 && slot == 0 ? 6 : 0;
}

/* Primitives in half words: CHOD is the upper half of the first word, the others follow. */
static enum spw_status
put_primitives(struct na62_encoder *encoder, uint32_t *words, uint32_t n_words)
{
    const struct spw_raw_hits *hits = &encoder->batch->hits[NA62_L0TP];
    const uint32_t begin = hits->rows.first[encoder->e],
                   end = hits->rows.first[encoder->e + 1];
    uint8_t *bytes = (uint8_t *)words;
    for (uint32_t i = begin; i < end; ++i) {
        const uint32_t slot = hits->address[i] / N_DETECTORS;
        const uint32_t detector = hits->address[i] % N_DETECTORS;
        const uint32_t fine = fine_time_word(n_words, slot),
                       ticks = (uint32_t)hits->ticks[i];
        if (slot > 2 || n_words == L0TP_END_OF_BURST || (slot > 0 && fine == 0) ||
            ticks > (fine ? 0xFF : 0))
            return NA62_CANNOT(encoder, NA62_SOURCE_L0TP,
                               "primitive %u at %d ticks has no place in %u words",
                               hits->address[i], hits->ticks[i], n_words);
        const uint32_t first = slot == 0 ? 0 : 4 + 6 * slot;
        spw_store_u16(bytes + 4 * first + 2 + 2 * detector, hits->value[i]);
        if (fine) bytes[4 * fine + detector] = (uint8_t)ticks;
    }
    return SPW_OK;
}

static enum spw_status
make_l0tp(struct na62_encoder *encoder, uint32_t *words, uint32_t n_words)
{
    const struct spw_raw_events *events = &encoder->batch->events;
    SPW_TRY(put_primitives(encoder, words, n_words));
    if (events->l0_flags[encoder->e] > 0xFFFF)
        return NA62_CANNOT(encoder, NA62_SOURCE_L0TP, "L0 flags %#x",
                           events->l0_flags[encoder->e]);
    words[0] |= data_type(encoder->l0_type) << 8;
    words[5] = events->l0_flags[encoder->e] << 16 | encoder->l0_type;
    if (n_words != L0TP_END_OF_BURST) {
        words[0] |= events->fine_time[encoder->e];
        return SPW_OK;
    }
    for (uint32_t m = 0; m < N_MASKS; ++m) words[FIRST_MASK_WORD + MASK_WORDS * m] = m;
    return SPW_OK;
}

enum spw_status na62_encode_l0tp(struct na62_encoder *encoder)
{
    const uint32_t n_words = l0tp_words(encoder);
    const struct na62_record_key key = {NA62_SOURCE_L0TP, NA62_RECORD_L0TP_WORD, 0, 0,
                                        n_words};
    uint32_t *block = na62_open_l0(encoder, 0, encoder->timestamp);
    memset(encoder->at, 0, sizeof *encoder->at * n_words);
    if (!na62_copy_records(encoder, &key, encoder->at))
        SPW_TRY(make_l0tp(encoder, encoder->at, n_words));
    encoder->at += n_words;
    return na62_close_l0(encoder, NA62_SOURCE_L0TP, block);
}

static uint32_t l1_format(uint32_t run)
{
    return run >= L1_FORMAT_2_RUN ? 2 : run >= L1_FORMAT_1_RUN ? 1 : 0;
}

/* Without words: no masks; until 2015 a single word that says nothing. */
enum spw_status na62_encode_l1(struct na62_encoder *encoder)
{
    const struct na62_record_key key = {NA62_SOURCE_L1, NA62_RECORD_L1_WORD, 0, 0,
                                        na62_record_limit(encoder, MAX_L1_WORDS)};
    const uint32_t run = encoder->options->run;
    uint32_t *block = na62_open_l0(encoder, 0, encoder->timestamp);
    memset(encoder->at, 0, sizeof *encoder->at * key.n_indices);
    const uint32_t n_words = na62_copy_records(encoder, &key, encoder->at);
    encoder->at += n_words;
    if (n_words == 0 && run <= NA62_LAST_RUN_2015) na62_put(encoder, 0);
    if (n_words == 0 && run > NA62_LAST_RUN_2015) {
        na62_put(encoder, l1_format(run) << 24 | L1_GLOBAL_BYTES);
        na62_put(encoder, 0);
        na62_put(encoder, 0);
    }
    return na62_close_l0(encoder, NA62_SOURCE_L1, block);
}

enum spw_status na62_encode_l2(struct na62_encoder *encoder)
{
    const struct na62_record_key key = {NA62_SOURCE_L2, NA62_RECORD_L2_WORD, 0, 0, 1};
    uint32_t *block = na62_open_l0(encoder, 0, encoder->timestamp);
    na62_put(encoder, na62_record_word(encoder, &key, 0, encoder->trigger_word >> 16));
    return na62_close_l0(encoder, NA62_SOURCE_L2, block);
}

/* One DIM block: head, unix time, payload. */
static void put_dim_block(struct na62_encoder *encoder, uint32_t board)
{
    const struct na62_record_key time = {NA62_SOURCE_NSTD, NA62_RECORD_DIM_TIME, board, 0,
                                         1};
    const struct na62_record_key words = {NA62_SOURCE_NSTD, NA62_RECORD_DIM_WORD, board, 0,
                                          na62_record_limit(encoder, MAX_DIM_WORDS)};
    uint32_t *head = encoder->at++;
    na62_put(encoder, na62_record_word(encoder, &time, 0, encoder->options->sob_time_s));
    memset(encoder->at, 0, sizeof *encoder->at * words.n_indices);
    encoder->at += na62_copy_records(encoder, &words, encoder->at);
    const uint32_t n_words = (uint32_t)(encoder->at - head);
    *head = (board >> 8 & 0xFF) << 24 | (board & 0xFF) << 16 | n_words;
}

/* The size may run over 16 bits into the board number, as the merger's sum does (trap 5). */
enum spw_status na62_encode_nstd(struct na62_encoder *encoder)
{
    const struct spw_raw_records *records = &encoder->batch->records;
    const uint32_t begin = records->rows.first[encoder->e];
    const uint32_t end = records->rows.first[encoder->e + 1];
    uint32_t *block = na62_open_l0(encoder, 0, encoder->timestamp);
    while (encoder->at < block + NSTD_WORDS) na62_put(encoder, 0);
    for (uint32_t i = begin; i < end && encoder->l0_type == NA62_L0_EOB; ++i) {
        const bool dim = records->item[i] == NA62_RECORD_DIM_WORD ||
                         records->item[i] == NA62_RECORD_DIM_TIME;
        if (!dim || encoder->record_used[i - begin]) continue;
        if (records->source[i] != NA62_SOURCE_NSTD || records->board[i] > 0xFFFF)
            return NA62_CANNOT(encoder, NA62_SOURCE_NSTD, "DIM block %#x of source %#x",
                               records->board[i], records->source[i]);
        put_dim_block(encoder, records->board[i]);
    }
    block[0] += (uint32_t)na62_block_bytes(encoder, block);
    return SPW_OK;
}
