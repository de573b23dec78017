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

enum {
    N_BOARDS = 32,
    N_SLOTS = 16,
    STRAWS_PER_BOARD = NA62_SRB_STRAWS_PER_BOARD,
    FIXED_WORDS = NA62_SRB_FIXED_WORDS,
    PADDING = NA62_SRB_PADDING,
    MAX_LATENCY = NA62_SRB_MAX_LATENCY,
    TICKS_PER_CLOCK = NA62_SRB_TICKS_PER_CLOCK,
};

/* Copies the hits of a board without padding, returns their number. */
static uint32_t
copy_hits(struct na62_unpack *u, const uint8_t *from, uint32_t n, uint32_t *word)
{
    uint32_t kept = 0;
    if (n && spw_load_u16(from + 2 * (size_t)(n - 1)) == PADDING) --n;
    for (uint32_t i = 0; i < n; ++i) {
        const uint32_t hit = spw_load_u16(from + 2 * (size_t)i);
        if (hit != PADDING) word[kept++] = hit;
    }
    u->tally[NA62_TALLY_SRB_PADDING] += n - kept;
    return kept;
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
    uint32_t sum = 0;
    for (uint32_t slot = 0; slot < N_SLOTS; ++slot) sum += counters[slot];
    const uint32_t n =
        copy_hits(u, board->body.data + 8, 2 * n_words, u->word[NA62_STRAW] + first);
    if (n != sum) return false;
    const uint32_t quality = check_latency(u, board) << NA62_META_QUALITY_SHIFT;
    const uint32_t meta = STRAWS_PER_BOARD * board->number | quality | u->mark[NA62_STRAW];
    uint32_t time = (na62_word(&board->body, 1) - u->event.ticks) * TICKS_PER_CLOCK;
    uint32_t row = first;
    for (uint32_t slot = 0; slot < N_SLOTS; ++slot, time += TICKS_PER_CLOCK)
        for (uint32_t i = 0; i < counters[slot]; ++i, ++row) {
            hits->address[row] = meta;
            hits->ticks[row] = (int32_t)time;
        }
    hits->rows.count = first + n;
    return true;
}

/* Takes boards as long as they are as they should be. */
static void take_usual(struct na62_unpack *u, struct na62_boards *boards)
{
    if (u->event.special) return;
    struct na62_board_walk walk = na62_board_walk_from(u, boards, NA62_STRAW);
    u->board->srb(&walk);
    boards->at = walk.at;
    boards->seen = walk.seen;
    u->batch->hits[NA62_STRAW].rows.count = walk.count;
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
    for (;;) {
        take_usual(u, &boards);
        if (!na62_boards_next(u, &boards, &board)) break;
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
