/// GTK readout PCs (formats/na62.md 3.5): items of two words behind the module header, aligned
/// to its end. A half chip is a run of hits closed by its trailers.
///
///   hit        word 0: [31:28] 0, [27:24] chip, [23:22] station 1-3, [21:18] frame, [17] status,
///              [16:10] pixel group, [9:5] arbiter bits, [4:0] pile-up bits
///              word 1: [31:30] quarter, [29:0] times (na62_kernels.c)
///   trailer 1  word 0: [31:28] 0xA, [27:24] chip, [23:0] event counter; word 1: L1A timestamp
///   trailer 2  word 0: [31:28] 0xF, [27:24] chip, [23:8] hits since the trigger before,
///              [7:0] trigger type; word 1: [31:24] hits, [23:0] event counter + 1
///              end of burst: [23:16] errors, [15:8] chokes, 0x8C; word 1: hardware timestamp
///   trailer 3  end of burst, format 2: [31:28] 0xE, [27:24] chip, [23:0] firmware; hits of burst

#include "io/na62/blocks.h"

enum {
    N_PCS = 6,
    N_STATIONS = 3,
    CHIPS_PER_PC = 5,
    HALF_CHIPS_PER_PC = 10,
    MODULE_HEADER_WORDS = 4,
    ROWS_PER_ITEM = 20,
    EOB_TYPE = 0x8C,
    KIND_HIT = 0,
    KIND_TRAILER_1 = NA62_GTK_TRAILER_1,
    KIND_TRAILER_2 = NA62_GTK_TRAILER_2,
    KIND_TRAILER_3 = 0xE,
};

/* L1A timestamp = event timestamp - offset of the station. */
static const uint32_t l1a_offset[N_STATIONS] = {293, 289, 290};

/* One readout PC. */
struct pc {
    struct na62_unpack *u;
    uint32_t number, station;
    uint32_t first_chip, n_chips;
    uint32_t n_half_chips; ///< expected
    uint32_t quality;
    struct na62_words items;
};

static uint32_t item(const struct pc *pc, uint32_t i, uint32_t k)
{
    return na62_word(&pc->items, 2 * i + k);
}

static uint32_t kind(uint32_t word)
{
    return word >> 28;
}

static uint32_t chip(uint32_t word)
{
    return SPW_BITS(word, 27, 24);
}

/* Where the hits of a half chip go: pairs of rows, filled by the kernel from the two words and what
 * the even row says. */
struct gather {
    struct na62_unpack *u;
    uint32_t *word, *meta;
    uint32_t count; ///< rows so far
    uint32_t mark;  ///< bits [31:22] of word 0
    uint32_t l1a, q;
};

static inline void put_pixel(struct gather *g, uint32_t w0, uint32_t w1)
{
    g->word[g->count] = w0;
    g->word[g->count + 1] = w1;
    g->meta[g->count] = (g->l1a & NA62_GTK_L1A_MASK) | g->q << NA62_GTK_QUALITY_SHIFT;
    g->count += 2;
}

/* Every pixel of a hit with any number of them. The time over threshold means something only for
 * the pixel of a lone arbiter bit: others go on as pile-up. */
static void put_pixels(struct gather *g, uint32_t w0, uint32_t w1)
{
    const uint32_t pixel_bits = 0x3ff, arbiter = SPW_BITS(w0, 9, 5);
    uint32_t bits = w0 & pixel_bits;
    if (arbiter & (arbiter - 1)) {
        for (uint32_t each = arbiter; each; each &= each - 1)
            put_pixel(g, (w0 & ~pixel_bits) | (each & -each), w1);
        bits &= 0x1f;
    } else if (arbiter) {
        put_pixel(g, (w0 & ~pixel_bits) | arbiter << 5, w1);
        bits &= 0x1f;
    }
    for (; bits; bits &= bits - 1) put_pixel(g, (w0 & ~pixel_bits) | (bits & -bits), w1);
}

/* Any hit; `again` when it repeats the one before. */
static void put_hit(struct gather *g, uint32_t w0, uint32_t w1, bool again)
{
    if (w0 >> 22 != g->mark || SPW_BITS(w0, 16, 10) >= NA62_GTK_GROUPS) {
        na62_damage(g->u, NA62_TALLY_GTK_HIT);
        return;
    }
    if (again) {
        na62_count(g->u, NA62_TALLY_GTK_DUPLICATE);
        return;
    }
    const uint32_t frames_ago = ((g->l1a >> 8) - SPW_BITS(w0, 21, 18)) & 15;
    if (frames_ago > 1) na62_count(g->u, NA62_TALLY_GTK_FRAME);
    if (SPW_BITS(w0, 17, 17)) na62_count(g->u, NA62_TALLY_GTK_STATUS);
    put_pixels(g, w0, w1);
}

static void gather_hits(const struct pc *pc, uint32_t from, uint32_t to, uint32_t q)
{
    struct na62_unpack *u = pc->u;
    struct spw_raw_hits *hits = &u->batch->hits[NA62_GTK];
    const uint32_t c = chip(item(pc, to, 0));
    struct gather g = {
        .u = u,
        .word = u->word[NA62_GTK],
        .meta = hits->address,
        .count = hits->rows.count,
        .mark = KIND_HIT << 6 | c << 2 | (pc->station + 1),
        .l1a = item(pc, to, 1),
        .q = q,
    };
    uint32_t before0 = UINT32_MAX, before1 = 0; /* no hit */
    for (uint32_t i = from; i < to; ++i) {
        const uint32_t w0 = item(pc, i, 0), w1 = item(pc, i, 1);
        const bool again = w0 == before0 && w1 == before1;
        put_hit(&g, w0, w1, again);
        before0 = w0;
        before1 = w1;
    }
    hits->rows.count = g.count;
}

/* Quality bits of a half chip from its trailers at `t` and the number of its hits. */
static uint32_t check_trailers(const struct pc *pc, uint32_t t, uint32_t n_hits)
{
    struct na62_unpack *u = pc->u;
    const uint32_t number = u->event.number, count = item(pc, t + 1, 1);
    uint32_t quality = pc->quality;
    if (SPW_BITS(item(pc, t, 0), 23, 0) != number ||
        SPW_BITS(item(pc, t + 1, 0), 7, 0) != na62_board_type(u)) {
        na62_count(u, NA62_TALLY_GTK_COUNTER);
        quality |= SPW_BAD_CHECK;
    }
    if (item(pc, t, 1) != u->event.ticks - l1a_offset[pc->station]) {
        na62_count(u, NA62_TALLY_GTK_TIME);
        quality |= SPW_BAD_BOARD_TIME;
    }
    if (u->event.end_of_burst) return quality;
    if (SPW_BITS(count, 23, 0) != ((number + 1) & 0xffffff)) {
        na62_count(u, NA62_TALLY_GTK_COUNTER);
        quality |= SPW_BAD_CHECK;
    }
    if (count >> 24 != (n_hits & 0xff)) {
        na62_count(u, NA62_TALLY_GTK_COUNT);
        quality |= SPW_BAD_CHECK;
    }
    if (n_hits >= NA62_GTK_LIMITER_HITS) {
        na62_count(u, NA62_TALLY_GTK_LIMITER);
        quality |= SPW_MULTI_HIT;
    }
    return quality;
}

static enum spw_status
record(const struct pc *pc, enum na62_record_item what, uint32_t c, double v)
{
    return na62_record(pc->u, NA62_SOURCE_GTK, pc->number, what, c, v);
}

/* Counters of the end of burst in trailers 2 and 3. */
static enum spw_status take_counters(const struct pc *pc, uint32_t t, uint32_t *next)
{
    const uint32_t w0 = item(pc, t + 1, 0), c = chip(w0);
    if ((w0 & 0xff) != EOB_TYPE) return SPW_OK;
    SPW_TRY(record(pc, NA62_RECORD_GTK_ERRORS, c, SPW_BITS(w0, 23, 16)));
    SPW_TRY(record(pc, NA62_RECORD_GTK_CHOKES, c, SPW_BITS(w0, 15, 8)));
    SPW_TRY(record(pc, NA62_RECORD_GTK_TIMESTAMP, c, item(pc, t + 1, 1)));
    if (*next >= pc->items.count / 2 || kind(item(pc, *next, 0)) != KIND_TRAILER_3)
        return SPW_OK;
    SPW_TRY(record(pc, NA62_RECORD_GTK_FIRMWARE, c, SPW_BITS(item(pc, *next, 0), 23, 0)));
    SPW_TRY(record(pc, NA62_RECORD_GTK_HITS, c, item(pc, *next, 1)));
    ++*next;
    return SPW_OK;
}

static bool trailers_at(const struct pc *pc, uint32_t i)
{
    const uint32_t first = item(pc, i, 0), c = chip(first);
    if (kind(first) != KIND_TRAILER_1 || 2 * i + 4 > pc->items.count) return false;
    const uint32_t second = item(pc, i + 1, 0);
    return kind(second) == KIND_TRAILER_2 && chip(second) == c && c >= pc->first_chip &&
           c < pc->first_chip + pc->n_chips;
}

/* Takes half chips as long as they are as they should be; returns the item behind them. */
static uint32_t take_usual(const struct pc *pc, uint32_t from, uint32_t *n_half_chips)
{
    const struct na62_unpack *u = pc->u;
    struct spw_raw_hits *hits = &u->batch->hits[NA62_GTK];
    struct na62_gtk_walk walk = {
        .items = pc->items.data,
        .n_items = pc->items.count / 2,
        .n_readable = pc->items.readable / 2,
        .at = from,
        .n_half_chips = *n_half_chips,
        .first_chip = pc->first_chip,
        .n_chips = pc->n_chips,
        .station = pc->station + 1,
        .number = u->event.number,
        .l1a = u->event.ticks - l1a_offset[pc->station],
        .l0_type = na62_board_type(u),
        .quality = pc->quality,
        .count = hits->rows.count,
        .word = u->word[NA62_GTK],
        .meta = hits->address,
    };
    u->gtk->take(&walk);
    hits->rows.count = walk.count;
    *n_half_chips = walk.n_half_chips;
    return walk.at;
}

static enum spw_status decode_pc(const struct pc *pc)
{
    struct na62_unpack *u = pc->u;
    const uint32_t n_items = pc->items.count / 2;
    uint32_t from = 0, n_half_chips = 0;
    SPW_TRY(na62_words_reserve(u, NA62_GTK, ROWS_PER_ITEM * n_items));
    for (uint32_t i = 0; i < n_items;) {
        if (i == from && !u->event.end_of_burst) {
            from = i = take_usual(pc, from, &n_half_chips);
            if (i >= n_items) break;
        }
        if (kind(item(pc, i, 0)) != KIND_TRAILER_1 || !trailers_at(pc, i)) {
            ++i;
            continue;
        }
        uint32_t next = i + 2;
        const uint32_t quality = check_trailers(pc, i, i - from);
        if (u->event.end_of_burst)
            SPW_TRY(take_counters(pc, i, &next));
        else
            gather_hits(pc, from, i, quality);
        ++n_half_chips;
        from = i = next;
    }
    if (from < n_items) na62_damage(u, NA62_TALLY_GTK_TRAILER);
    if (n_half_chips != pc->n_half_chips) na62_damage(u, NA62_TALLY_GTK_HALF_CHIPS);
    return SPW_OK;
}

/* The first trailer belongs to this station: the PC is who it says it is. */
static bool identified(const struct pc *pc)
{
    for (uint32_t i = 0; 2 * i < pc->items.count; ++i)
        if (trailers_at(pc, i))
            return item(pc, i, 1) == pc->u->event.ticks - l1a_offset[pc->station];
    return false;
}

/* Items end with the block; an odd word at their beginning belongs to none. */
static struct na62_words
items_of(struct na62_unpack *u, const struct na62_words *words, uint32_t at)
{
    const uint32_t n = words->count - at, odd = n & 1;
    if (odd) na62_damage(u, NA62_TALLY_GTK_TRAILER);
    return na62_words_from(words, at + odd, n - odd);
}

/* 2015: L0 blocks, one PC a station. */
static enum spw_status decode_stations(struct na62_unpack *u,
                                       const struct na62_words *words)
{
    struct na62_boards boards = {
        .words = *words, .n_boards = N_STATIONS, .source = NA62_SOURCE_GTK};
    struct na62_board board;
    while (na62_boards_next(u, &boards, &board)) {
        const struct pc pc = {
            .u = u,
            .number = board.number,
            .station = board.number,
            .n_chips = 2 * CHIPS_PER_PC,
            .n_half_chips = 2 * HALF_CHIPS_PER_PC,
            .quality = board.bad_time,
            .items = items_of(u, &board.body, 0),
        };
        SPW_TRY(decode_pc(&pc));
    }
    const struct na62_words rest =
        na62_words_from(words, boards.at, words->count - boards.at);
    return na62_dim_decode(u, NA62_SOURCE_GTK, &rest);
}

/* Quality bits of a PC from its module header. */
static uint32_t check_time(struct na62_unpack *u, const struct na62_module *module)
{
    if (module->timestamp == u->event.ticks) return module->quality;
    na62_count(u, NA62_TALLY_BLOCK_TIME);
    return module->quality | SPW_BAD_BOARD_TIME;
}

enum spw_status
na62_gtk_decode(struct na62_unpack *u, uint32_t source, const struct na62_words *words)
{
    if (u->settings.gtk_format == 0) return decode_stations(u, words);
    struct na62_modules modules = {.words = *words, .source = source};
    struct na62_module module;
    uint32_t seen = 0;
    while (na62_modules_next(u, &modules, &module)) {
        const uint32_t number = module.sub_id;
        if (number >= N_PCS || seen >> number & 1) {
            na62_damage(u, NA62_TALLY_BLOCK_BOARD);
            continue;
        }
        struct pc pc = {
            .u = u,
            .number = number,
            .station = number / 2,
            .first_chip = number % 2 ? CHIPS_PER_PC : 0,
            .n_chips = CHIPS_PER_PC,
            .n_half_chips = HALF_CHIPS_PER_PC,
            .items = items_of(u, &module.words, MODULE_HEADER_WORDS),
        };
        if (!identified(&pc) && na62_modules_claim_again(u, &modules, number)) {
            na62_damage(u, NA62_TALLY_BLOCK_BOARD);
            continue;
        }
        seen |= 1u << number;
        pc.quality = check_time(u, &module);
        SPW_TRY(decode_pc(&pc));
    }
    if (seen != (1u << N_PCS) - 1) na62_damage(u, NA62_TALLY_GTK_BOARDS);
    return SPW_OK;
}
