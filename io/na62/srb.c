/// STRAW readout boards (formats/na62.md 3.4).
///
///   word 0        [4:0] SRB, [7:5] flags, [15:8] trigger type, [31:16] packet length in bytes
///   word 1        coarse time of slot 0
///   word 2 ...    hits of 16 bits, low half first, 0xFFFF pads an odd number
///   last 4 words  16 counters of 8 bits: hits in slot 0 ... 15
///   hit           [4:0] fine time, [5] edge, [13:6] straw, [15:14] error bits
///
/// A hit is gathered as 16-bit word, with address of its board and time of its slot as bases.

#include "io/na62/blocks.h"

#include <string.h>

enum {
    N_BOARDS = 32,
    STRAWS_PER_BOARD = 256,
    FIXED_WORDS = 6, ///< two in front of the hits, four counters behind
    PADDING = 0xFFFF,
    MAX_LATENCY = 60000,
    TICKS_PER_CLOCK = 32,
    STEP = 8, ///< hits stored at once
};

static uint32_t sum_bytes(uint64_t bytes)
{
    const uint64_t even = UINT64_C(0x00FF00FF00FF00FF);
    const uint64_t pairs = (bytes & even) + (bytes >> 8 & even);
    return (uint32_t)((pairs * UINT64_C(0x0001000100010001)) >> 48);
}

/* Takes padding out of the gathered hits, returns the number that is left. */
static uint32_t drop_padding(struct na62_unpack *u, uint32_t n, uint32_t *word)
{
    uint32_t kept = 0;
    for (uint32_t i = 0; i < n; ++i)
        if (word[i] != PADDING) word[kept++] = word[i];
    u->tally[NA62_TALLY_SRB_PADDING] += n - kept;
    return kept;
}

/* Copies the hits of a board without padding, returns their number. Whole vectors are read and
 * stored: the counters lie behind the hits, and the columns have room. */
static inline uint32_t
copy_hits(struct na62_unpack *u, const uint8_t *from, uint32_t n, uint32_t *word)
{
    uint32_t has_padding = 0;
    if (n && spw_load_u16(from + 2 * (size_t)(n - 1)) == PADDING) --n;
    for (uint32_t i = 0; i < n; i += STEP) {
        uint16_t hit[STEP];
        memcpy(hit, from + 2 * (size_t)i, sizeof hit);
        for (uint32_t k = 0; k < STEP; ++k) word[i + k] = hit[k];
        for (uint32_t k = 0; k < STEP; ++k) has_padding |= hit[k] == PADDING;
    }
    return has_padding ? drop_padding(u, n, word) : n;
}

static inline void put_time(int32_t *ticks, uint32_t time)
{
    for (uint32_t k = 0; k < STEP; ++k) ticks[k] = (int32_t)time;
}

/* Spreads the times of eight slots over their hits; each store reaches into the next slot, which
 * comes later. */
static inline int32_t *spread_slots(uint64_t counters, uint32_t time, int32_t *ticks)
{
    const uint64_t beyond_step = UINT64_C(0x0101010101010101) * (0xff & ~(STEP - 1));
    if ((counters & beyond_step) == 0) {
        for (uint32_t slot = 0; slot < 8; ++slot, counters >>= 8) {
            put_time(ticks, time + slot * TICKS_PER_CLOCK);
            ticks += counters & 0xff;
        }
        return ticks;
    }
    for (uint32_t slot = 0; slot < 8; ++slot, counters >>= 8) {
        const uint32_t n = counters & 0xff;
        for (uint32_t i = 0; i < n; i += STEP)
            put_time(ticks + i, time + slot * TICKS_PER_CLOCK);
        ticks += n;
    }
    return ticks;
}

static bool header_agrees(const struct na62_unpack *u, const struct na62_board *board)
{
    if (board->body.count == 0) return false;
    const uint32_t header = na62_word(&board->body, 0);
    return SPW_BITS(header, 4, 0) == board->number &&
           SPW_BITS(header, 15, 8) == na62_board_type(u);
}

static bool length_agrees(const struct na62_board *board)
{
    const uint32_t length = na62_word(&board->body, 0) >> 16;
    return board->body.count >= FIXED_WORDS && length == 4 * board->body.count;
}

/* Quality bits of a board whose times disagree. */
static uint32_t check_latency(struct na62_unpack *u, const struct na62_board *board)
{
    const uint32_t latency = board->timestamp - na62_word(&board->body, 1);
    if (board->format == 0 || latency <= MAX_LATENCY) return board->bad_time;
    na62_count(u, NA62_TALLY_SRB_LATENCY);
    return SPW_BAD_BOARD_TIME;
}

/* Gathers a board, all or nothing; returns false when counters and hits disagree. */
static bool gather(struct na62_unpack *u, const struct na62_board *board)
{
    struct spw_raw_hits *hits = &u->batch->hits[NA62_STRAW];
    const uint32_t first = hits->rows.count, n_words = board->body.count - FIXED_WORDS;
    const uint8_t *counters = board->body.data + 4 * (size_t)(board->body.count - 4);
    uint64_t low, high;
    memcpy(&low, counters, sizeof low);
    memcpy(&high, counters + sizeof low, sizeof high);

    const uint32_t n =
        copy_hits(u, board->body.data + 8, 2 * n_words, u->word[NA62_STRAW] + first);
    if (n != sum_bytes(low) + sum_bytes(high)) return false;
    const uint32_t quality = check_latency(u, board) << NA62_META_QUALITY_SHIFT;
    const uint32_t meta = STRAWS_PER_BOARD * board->number | quality | u->mark[NA62_STRAW];
    uint32_t *address = hits->address + first;
    for (uint32_t i = 0; i < n; i += STEP)
        for (uint32_t k = 0; k < STEP; ++k) address[i + k] = meta;
    const uint32_t base = (na62_word(&board->body, 1) - u->event.ticks) * TICKS_PER_CLOCK;
    int32_t *ticks = spread_slots(low, base, hits->ticks + first);
    spread_slots(high, base + 8 * TICKS_PER_CLOCK, ticks);
    hits->rows.count = first + n;
    return true;
}

enum spw_status
na62_srb_decode(struct na62_unpack *u, uint32_t source, const struct na62_words *words)
{
    struct na62_boards boards = {.words = *words,
                                 .n_boards = N_BOARDS,
                                 .source = source,
                                 .latency = u->settings.latency};
    struct na62_board board;
    SPW_TRY(na62_words_reserve(u, NA62_STRAW, 2 * words->count));
    na62_mark_event(u, NA62_STRAW);
    while (na62_boards_next(u, &boards, &board)) {
        if (u->event.special) continue; /* content unknown */
        enum na62_tally reason = NA62_N_TALLIES;
        if (board.body.count == 0 && board.format) continue; /* empty block */
        if (!header_agrees(u, &board))
            reason = NA62_TALLY_SRB_HEADER;
        else if (!length_agrees(&board))
            reason = NA62_TALLY_SRB_LENGTH;
        else if (!gather(u, &board))
            reason = NA62_TALLY_SRB_COUNTERS;
        if (reason == NA62_N_TALLIES) continue;
        na62_damage(u, reason);
        na62_boards_resync(u, &boards);
    }
    const struct na62_words rest =
        na62_words_from(words, boards.at, words->count - boards.at);
    return na62_dim_decode(u, source, &rest);
}
