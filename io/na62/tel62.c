/// TEL62 boards with TDCs (formats/na62.md 3.3).
///
///   board word   [7:0] FPGAs that follow (bit 4: SL), [15:8] trigger type, [23:16] board
///   FPGA word    [7:0] slots, [23:16] FPGA, [24] error frame follows the slots
///   slot word    [15:0] low bits of the slot's timestamp, [31:16] words with this one
///   edge         [18:0] time, [23:19] channel, [25:24] TDC, [31:28] 4 leading, 5 trailing
///   error frame  [7:0], [15:8] words of its two parts, [31:16] all words with this one
///
/// An edge is gathered as raw word, with address and time of its slot as bases.

#include "io/na62/blocks.h"

#include <string.h>

enum {
    N_FPGAS = 5,
    SL_FPGA = 4,
    CHANNELS_PER_BOARD = NA62_TEL62_CHANNELS_PER_BOARD,
    CHANNELS_PER_FPGA = NA62_TEL62_CHANNELS_PER_FPGA,
};

/* Slots read for a trigger: their number and the last one, relative to the trigger (3.3.7). The
 * decoder of the experiment allows one more on either side. */
struct detector {
    uint8_t source, stream, n_boards, n_slots, last_slot;
};

static const struct detector detectors[] = {
    {NA62_SOURCE_KTAG, NA62_KTAG, 6, 7, 4}, {NA62_SOURCE_CHANTI, NA62_CHANTI, 2, 7, 5},
    {NA62_SOURCE_LAV, NA62_LAV, 12, 11, 7}, {NA62_SOURCE_CHOD, NA62_CHOD, 1, 5, 2},
    {NA62_SOURCE_RICH, NA62_RICH, 5, 5, 2}, {NA62_SOURCE_IRC, NA62_IRC_BOARD, 1, 9, 4},
    {NA62_SOURCE_MUV3, NA62_MUV3, 1, 8, 4}, {NA62_SOURCE_HASC, NA62_HASC, 1, 12, 8},
};

static const struct detector *find_detector(uint32_t source)
{
    for (size_t i = 0; i < sizeof detectors / sizeof *detectors; ++i)
        if (detectors[i].source == source) return &detectors[i];
    return &detectors[0];
}

/* Where gathered edges go. */
struct edges {
    uint32_t *word, *meta;
    int32_t *base;
};

/* What stays the same for all boards of a source, and the number of edges so far. */
struct gather {
    struct na62_unpack *u;
    struct edges out;
    uint32_t count;
    uint32_t mark;               ///< na62_mark_event()
    int32_t first_slot;          ///< allowed window
    uint32_t n_window;           ///< slots of it - 1
    uint32_t n_slots, n_outside; ///< of the present board
};

/* Slot time relative to the trigger from its low 16 bits (3.3.3). */
static inline int32_t slot_relative(uint32_t low, uint32_t ticks)
{
    uint32_t slot = low + (ticks & 0xFFFF0000u);
    if (((low ^ ticks) & 0xF000) == 0) return (int32_t)(slot - ticks);
    if ((ticks & 0xF000) == 0xF000 && (slot & 0xF000) == 0) slot += 0x10000;
    if ((ticks & 0xF000) == 0 && (slot & 0xF000) == 0xF000) slot -= 0x10000;
    return (int32_t)(slot - ticks);
}

enum {
    STEP = 8
}; /* edges stored at once: the columns have room behind, mostly one is enough */

static inline void
put_bases(const struct edges *out, uint32_t at, uint32_t meta, uint32_t base)
{
    for (uint32_t k = 0; k < STEP; ++k) {
        out->meta[at + k] = meta;
        out->base[at + k] = (int32_t)base;
    }
}

/* Gathers the `n` edges at `from`; `safe` when STEP words more may be read. */
static inline void
put_edges(const struct edges *out, uint32_t at, const uint8_t *from, uint32_t n, bool safe)
{
    if (!safe) {
        memcpy(out->word + at, from, 4 * (size_t)n);
        return;
    }
    memcpy(out->word + at, from, 4 * STEP);
    for (uint32_t i = STEP; i < n; i += STEP)
        memcpy(out->word + at + i, from + 4 * i, 4 * STEP);
}

/* Edges of TDCs whose limiter was active carry a quality bit. */
static void mark_limited(struct gather *g, uint32_t first, uint32_t limited_tdcs)
{
    for (uint32_t i = first; i < g->count; ++i)
        if (limited_tdcs >> SPW_BITS(g->out.word[i], 25, 24) & 1)
            g->out.meta[i] |= SPW_MULTI_HIT << NA62_META_QUALITY_SHIFT;
}

/* Counts the bits of one error word (3.3.5); returns the TDCs with active limiter. */
static uint32_t count_errors(struct na62_unpack *u, uint32_t word)
{
    const uint32_t fatal = 1u << 14 | 1u << 29;

    const uint32_t kind = word >> 30, bits = word & 0x3FFFFFFF;
    if (kind < 2) {
        u->tally[NA62_TALLY_TEL62_TDC_ERROR] += (uint32_t)__builtin_popcount(bits & ~fatal);
        u->tally[NA62_TALLY_TEL62_TDC_FATAL] += (uint32_t)__builtin_popcount(bits & fatal);
        return 0;
    }
    if (kind == 2) {
        u->tally[NA62_TALLY_TEL62_BUFFER_ERROR] += (uint32_t)__builtin_popcount(bits);
        return 0;
    }
    uint32_t limited = 0;
    for (uint32_t tdc = 0; tdc < 4; ++tdc)
        if (bits >> 8 * (3 - tdc) & 3) limited |= 1u << tdc;
    u->tally[NA62_TALLY_TEL62_LIMITER] += (uint32_t)__builtin_popcount(limited);
    return limited;
}

/* Reads the error frame at `*at`, or finds that its flag is a flipped bit. */
static bool read_error_frame(struct gather *g,
                             const struct na62_words *words,
                             uint32_t *at,
                             uint32_t first_edge)
{
    struct na62_unpack *u = g->u;
    if (*at == words->count || SPW_BITS(na62_word(words, *at), 15, 8) == 0xFF) {
        na62_count(u, NA62_TALLY_TEL62_FLAG_FLIP);
        return true;
    }
    const uint32_t header = na62_word(words, *at), total = header >> 16;
    const uint32_t parts = SPW_BITS(header, 7, 0) + SPW_BITS(header, 15, 8);
    if (total != parts + 1 || total > words->count - *at) return false;
    na62_count(u, NA62_TALLY_TEL62_ERROR_FRAME);
    uint32_t limited = 0;
    for (uint32_t i = 1; i < total; ++i)
        limited |= count_errors(u, na62_word(words, *at + i));
    if (limited) mark_limited(g, first_edge, limited);
    *at += total;
    return true;
}

/* Reads the slots of an FPGA at `*at`; false when one does not fit. */
static inline bool read_slots(struct gather *g,
                              const struct na62_words *words,
                              uint32_t *at,
                              uint32_t n_slots,
                              uint32_t meta)
{
    const struct edges out = g->out;
    const uint32_t ticks = g->u->event.ticks, end = words->count, n_window = g->n_window;
    const int32_t first_slot = g->first_slot;
    uint32_t here = *at, count = g->count;
    for (uint32_t i = 0; i < n_slots; ++i) {
        if (here >= end) return false;
        const uint32_t slot = na62_word(words, here), n = slot >> 16;
        if (n == 0 || n > end - here) return false;

        const int32_t relative = slot_relative(slot & 0xffff, ticks);
        const uint32_t base = ((uint32_t)relative - (slot & 0x7ff)) * 256;
        uint32_t slot_meta = meta | slot << NA62_META_SLOT_SHIFT;
        if ((uint32_t)relative - (uint32_t)first_slot > n_window) {
            slot_meta |= SPW_OUT_OF_SLOT << NA62_META_QUALITY_SHIFT;
            ++g->n_outside;
        }
        const bool safe = words->readable - here > n + STEP;
        put_edges(&out, count, words->data + 4 * (size_t)(here + 1), n - 1, safe);
        put_bases(&out, count, slot_meta, base);
        for (uint32_t k = STEP; k < n - 1; k += STEP)
            put_bases(&out, count + k, slot_meta, base);
        count += n - 1;
        here += n;
    }
    *at = here;
    g->count = count;
    g->n_slots += n_slots;
    return true;
}

/* Reads one FPGA at `*at`; returns the tally that says why not, or -1. */
static int read_fpga(struct gather *g,
                     const struct na62_words *words,
                     uint32_t *at,
                     uint32_t fpga,
                     uint32_t meta)
{
    if (*at >= words->count) return NA62_TALLY_TEL62_FPGA;
    const uint32_t header = na62_word(words, (*at)++), n_slots = SPW_BITS(header, 7, 0);
    if (SPW_BITS(header, 23, 16) != fpga) return NA62_TALLY_TEL62_FPGA;
    const uint32_t first_edge = g->count;
    if (!read_slots(g, words, at, n_slots, meta)) return NA62_TALLY_TEL62_SLOT;
    if (header >> 24 & 1 && !read_error_frame(g, words, at, first_edge))
        return NA62_TALLY_TEL62_LENGTH;
    if (fpga == SL_FPGA && g->count > first_edge) {
        g->u->tally[NA62_TALLY_TEL62_SL_HIT] += g->count - first_edge;
        g->count = first_edge;
    }
    return -1;
}

/* Reads a board; returns the tally that says why it must be given up, or -1. */
static int read_board(struct gather *g, const struct na62_board *board)
{
    const struct na62_words *words = &board->body;
    const uint32_t header = na62_word(words, 0), fpgas = SPW_BITS(header, 7, 0);
    uint32_t at = 1;
    if (fpgas >> N_FPGAS) return NA62_TALLY_TEL62_FPGA;
    for (uint32_t fpga = 0; fpga < N_FPGAS; ++fpga) {
        if (!(fpgas >> fpga & 1)) continue;
        const uint32_t address =
            CHANNELS_PER_BOARD * board->number + CHANNELS_PER_FPGA * fpga;
        const uint32_t meta =
            address | board->bad_time << NA62_META_QUALITY_SHIFT | g->mark;
        const int reason = read_fpga(g, words, &at, fpga, meta);
        if (reason >= 0) return reason;
    }
    return at == words->count ? -1 : NA62_TALLY_TEL62_LENGTH;
}

static bool header_agrees(const struct na62_unpack *u, const struct na62_board *board)
{
    if (board->body.count == 0) return false;
    const uint32_t header = na62_word(&board->body, 0);
    return SPW_BITS(header, 23, 16) == board->number &&
           SPW_BITS(header, 15, 8) == na62_board_type(u);
}

static void count_windows(struct gather *g)
{
    struct na62_unpack *u = g->u;
    if (g->n_outside == 0) return;
    u->tally[NA62_TALLY_TEL62_WINDOW] += g->n_outside;
    if (g->n_outside == g->n_slots) na62_count(u, NA62_TALLY_TEL62_BAD_TRIGGER_TIME);
}

/* The edges of one board, all or none. */
static void gather_board(struct na62_unpack *u,
                         const struct detector *detector,
                         const struct na62_board *board,
                         struct na62_boards *boards)
{
    struct spw_raw_hits *hits = &u->batch->hits[detector->stream];
    struct gather g = {
        .u = u,
        .out = {u->word[detector->stream], hits->address, hits->ticks},
        .count = hits->rows.count,
        .mark = u->mark[detector->stream],
        .first_slot = detector->last_slot - detector->n_slots,
        .n_window = u->settings.check_windows ? detector->n_slots + 1u : UINT32_MAX,
    };
    const int reason = read_board(&g, board);
    if (reason >= 0) {
        na62_damage(u, (enum na62_tally)reason);
        na62_boards_resync(u, boards);
        return;
    }
    count_windows(&g);
    hits->rows.count = g.count;
}

/* Takes boards as long as they are as they should be. */
static void take_usual(struct na62_unpack *u,
                       const struct detector *detector,
                       struct na62_boards *boards)
{
    struct spw_raw_hits *hits = &u->batch->hits[detector->stream];
    if (u->event.special || !u->settings.check_windows) return;
    struct na62_board_walk walk = na62_board_walk_from(u, boards, detector->stream);
    walk.first_slot = detector->last_slot - detector->n_slots;
    walk.n_window = detector->n_slots + 1u;
    u->board->tel62(&walk);
    boards->at = walk.at;
    boards->seen = walk.seen;
    hits->rows.count = walk.count;
}

enum spw_status
na62_tel62_decode(struct na62_unpack *u, uint32_t source, const struct na62_words *words)
{
    const struct detector *detector = find_detector(source);
    struct na62_boards boards = {
        .words = *words, .n_boards = detector->n_boards, .source = source};
    struct na62_board board;
    SPW_TRY(na62_words_reserve(u, detector->stream, words->count));
    na62_mark_event(u, detector->stream);
    for (;;) {
        take_usual(u, detector, &boards);
        if (!na62_boards_next(u, &boards, &board)) break;
        if (board.body.count == 0 && board.format) continue; /* empty block */
        if (!header_agrees(u, &board)) {
            na62_damage(u, NA62_TALLY_TEL62_HEADER);
            na62_boards_resync(u, &boards);
        } else if (u->event.special) {
            bool fits;
            SPW_TRY(na62_tel62_special(u, source, &board, &fits));
            if (fits) continue;
            na62_damage(u, NA62_TALLY_TEL62_SPECIAL);
            na62_boards_resync(u, &boards);
        } else {
            gather_board(u, detector, &board, &boards);
        }
    }
    const struct na62_words rest =
        na62_words_from(words, boards.at, words->count - boards.at);
    return na62_dim_decode(u, source, &rest);
}
