/* DBB boards of the EMR, 64 channels (formats/mice.md 5.6):
 *
 *   header 1    31..28 0xD   27..22 board id   15..0 spill
 *   header 2                 25..16 trigger count   12..0 hit count (leading edges)
 *   hit         31..28 3 leading, 2 trailing   27..22 channel   21..0 time (2.5 ns)
 *   trailer 1   31..28 0xE   27..22 board id   21..16 status   15..0 spill
 *   trailer 2                21..0 spill width
 *
 * DBBChain = six such blocks back to back. Hits have no trigger number: each goes to the trigger
 * whose time (leading edge of channel 4) is nearest, trailing edges with their leading edge.
 */
#include "io/date/builder.h"
#include "io/date/unpacker.h"

#include <stdlib.h>

enum { LEADING = 3, TRAILING = 2, HEADER = 0xD, TRAILER = 0xE };

enum { HEAD_WORDS = 2, TAIL_WORDS = 2, CHANNELS = 64, CHAIN_EMPTY_WORDS = 2 };

/* The hits of a block: words [HEAD_WORDS, n_hits + HEAD_WORDS). */
static uint32_t count_hits(const uint8_t *payload, uint32_t n_words)
{
    uint32_t i = HEAD_WORDS;
    while (i < n_words) {
        const uint32_t kind = SPW_BITS(date_word(payload, i), 31, 28);
        if (kind != LEADING && kind != TRAILING) break;
        ++i;
    }
    return i - HEAD_WORDS;
}

static enum spw_status note_header(struct date_builder *builder,
                                   const struct date_block *block)
{
    const uint32_t counts = date_word(block->payload, 1);
    SPW_TRY(date_add_record(builder, block, DATE_RECORD_DBB_SPILL, 0,
                            SPW_BITS(date_word(block->payload, 0), 15, 0)));
    SPW_TRY(date_add_record(builder, block, DATE_RECORD_DBB_TRIGGERS, 0,
                            SPW_BITS(counts, 25, 16)));
    return date_add_record(builder, block, DATE_RECORD_DBB_HITS, 0,
                           SPW_BITS(counts, 12, 0));
}

static enum spw_status
check_trailer(struct date_builder *builder, const struct date_block *block, uint32_t at)
{
    if (at + TAIL_WORDS > block->n_words ||
        SPW_BITS(date_word(block->payload, at), 31, 28) != TRAILER) {
        ++builder->tally[DATE_DBB_LAYOUT];
        date_give_up(builder, block->n_words - at);
        return SPW_OK;
    }
    const uint32_t trailer = date_word(block->payload, at);
    const uint32_t header = date_word(block->payload, 0);
    if (SPW_BITS(trailer, 27, 22) != block->geo ||
        SPW_BITS(trailer, 15, 0) != SPW_BITS(header, 15, 0))
        ++builder->tally[DATE_DBB_BOARD];
    const uint32_t status = SPW_BITS(trailer, 21, 16);
    if (status) ++builder->tally[DATE_DBB_STATUS];
    SPW_TRY(date_add_record(builder, block, DATE_RECORD_DBB_STATUS, 0, status));
    const uint32_t width = SPW_BITS(date_word(block->payload, at + 1), 21, 0);
    return date_add_record(builder, block, DATE_RECORD_DBB_WIDTH, 0, width);
}

/* A leading edge of channel 4; `index`: the how many-th, which is the trigger's number. */
struct trigger_time {
    uint32_t time, index;
};

/* Trigger times and, for every hit, its trigger. */
struct triggers {
    uint32_t n;
    struct trigger_time *at;   /* [n] sorted by time */
    uint32_t *of_hit, *n_hits; /* [n_hits], [max(n, 1)] */
};

static uint32_t distance(uint32_t a, uint32_t b)
{
    return a > b ? a - b : b - a;
}

static int by_time(const void *a, const void *b)
{
    const struct trigger_time *x = a, *y = b;
    if (x->time != y->time) return x->time < y->time ? -1 : 1;
    return x->index < y->index ? -1 : x->index > y->index;
}

/* The trigger whose time is nearest; 0 when there is none. */
static uint32_t nearest(const struct triggers *triggers, uint32_t time)
{
    const struct trigger_time *at = triggers->at;
    uint32_t low = 0, high = triggers->n; /* first trigger at or after time */
    if (triggers->n == 0) return 0;
    while (low < high) {
        const uint32_t middle = (low + high) / 2;
        if (at[middle].time < time)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == triggers->n ||
        (low > 0 && distance(at[low - 1].time, time) <= distance(at[low].time, time)))
        --low;
    return at[low].index;
}

static void
find_triggers(const struct date_block *block, uint32_t n_hits, struct triggers *triggers)
{
    triggers->n = 0;
    for (uint32_t i = 0; i < n_hits; ++i) {
        const uint32_t word = date_word(block->payload, HEAD_WORDS + i);
        if (SPW_BITS(word, 31, 28) != LEADING ||
            SPW_BITS(word, 27, 22) != DATE_DBB_TRIGGER_CHANNEL)
            continue;
        triggers->at[triggers->n] =
            (struct trigger_time){SPW_BITS(word, 21, 0), triggers->n};
        ++triggers->n;
    }
    qsort(triggers->at, triggers->n, sizeof *triggers->at, by_time);
}

static void
assign_hits(const struct date_block *block, uint32_t n_hits, struct triggers *triggers)
{
    uint32_t last[CHANNELS] = {0};
    for (uint32_t i = 0; i < n_hits; ++i) {
        const uint32_t word = date_word(block->payload, HEAD_WORDS + i);
        const uint32_t channel = SPW_BITS(word, 27, 22);
        if (SPW_BITS(word, 31, 28) == LEADING)
            last[channel] = nearest(triggers, SPW_BITS(word, 21, 0));
        triggers->of_hit[i] = last[channel];
        ++triggers->n_hits[last[channel]];
    }
}

static enum spw_status store(struct date_builder *builder,
                             struct date_board *board,
                             const struct date_block *block,
                             uint32_t n_hits,
                             const struct triggers *triggers)
{
    struct date_state *state = builder->state;
    for (uint32_t i = 0; i < n_hits; ++i) {
        DATE_GROW(builder->arena, state->word, state->n_words, state->capacity_words);
        state->word[state->n_words++] = 0;
    }
    uint32_t at = state->n_words - n_hits;
    const uint32_t n = triggers->n ? triggers->n : n_hits > 0;
    for (uint32_t t = 0; t < n; ++t) {
        struct date_fragment *fragment;
        SPW_TRY(date_add_fragment(builder, board, &fragment));
        fragment->readable = true;
        fragment->begin = fragment->end = at;
        at += triggers->n_hits[t];
    }
    for (uint32_t i = 0; i < n_hits; ++i) {
        struct date_fragment *fragment =
            &state->fragment[board->first_fragment + triggers->of_hit[i]];
        state->word[fragment->end++] = date_word(block->payload, HEAD_WORDS + i);
    }
    return SPW_OK;
}

static void check_counts(struct date_builder *builder,
                         const struct date_block *block,
                         uint32_t n_hits,
                         uint32_t n_triggers)
{
    const uint32_t counts = date_word(block->payload, 1);
    uint32_t n_leading = 0;
    for (uint32_t i = 0; i < n_hits; ++i)
        n_leading += SPW_BITS(date_word(block->payload, HEAD_WORDS + i), 31, 28) == LEADING;
    if (n_leading != SPW_BITS(counts, 12, 0)) ++builder->tally[DATE_DBB_HITS];
    if (n_triggers != SPW_BITS(counts, 25, 16)) ++builder->tally[DATE_DBB_TRIGGERS];
}

/* One DBB whose words begin the block; `*used` is how many it took. */
static enum spw_status
scan_one(struct date_builder *builder, struct date_block block, uint32_t *used)
{
    *used = block.n_words;
    const uint32_t header = date_word(block.payload, 0);
    if (block.n_words < HEAD_WORDS + TAIL_WORDS || SPW_BITS(header, 31, 28) != HEADER) {
        ++builder->tally[DATE_DBB_LAYOUT];
        date_give_up(builder, block.n_words);
        return SPW_OK;
    }
    block.geo = SPW_BITS(header, 27, 22);
    const uint32_t n_hits = count_hits(block.payload, block.n_words);
    const uint32_t end = HEAD_WORDS + n_hits + TAIL_WORDS;
    if (end <= block.n_words) *used = block.n_words = end;

    struct date_board *board;
    SPW_TRY(date_add_board(builder, &block, &board));
    struct triggers triggers;
    SPW_NEW_ZEROS(builder->arena, triggers.at, n_hits);
    SPW_NEW_ZEROS(builder->arena, triggers.of_hit, n_hits);
    SPW_NEW_ZEROS(builder->arena, triggers.n_hits, (size_t)n_hits + 1);
    find_triggers(&block, n_hits, &triggers);
    assign_hits(&block, n_hits, &triggers);
    check_counts(builder, &block, n_hits, triggers.n);
    SPW_TRY(store(builder, board, &block, n_hits, &triggers));
    SPW_TRY(note_header(builder, &block));
    return check_trailer(builder, &block, HEAD_WORDS + n_hits);
}

enum spw_status date_dbb_scan(struct date_builder *builder, const struct date_block *block)
{
    if (block->n_words == 0) return SPW_OK;
    uint32_t used;
    if (SPW_BITS(date_word(block->payload, 0), 27, 22) != block->geo)
        ++builder->tally[DATE_DBB_BOARD];
    SPW_TRY(scan_one(builder, *block, &used));
    if (used == block->n_words) return SPW_OK;
    ++builder->tally[DATE_DBB_LAYOUT];
    date_give_up(builder, block->n_words - used);
    return SPW_OK;
}

enum spw_status date_dbb_chain_scan(struct date_builder *builder,
                                    const struct date_block *block)
{
    if (block->n_words <= CHAIN_EMPTY_WORDS) return SPW_OK;
    struct date_block rest = *block;
    while (rest.n_words > 0) {
        uint32_t used;
        SPW_TRY(scan_one(builder, rest, &used));
        rest.payload += 4 * (size_t)used;
        rest.offset += 4 * (uint64_t)used;
        rest.n_words -= used;
    }
    return SPW_OK;
}

enum spw_status date_dbb_unpack(const struct date_unpacker *unpacker,
                                const struct date_board *board,
                                const struct date_fragment *fragment)
{
    struct spw_raw_hits *hits = &unpacker->batch->hits[DATE_DBB];
    SPW_TRY(
        spw_raw_hits_reserve(unpacker->batch, DATE_DBB, fragment->end - fragment->begin));
    for (uint32_t i = fragment->begin; i < fragment->end; ++i) {
        const uint32_t word = unpacker->state->word[i];
        const bool leading = SPW_BITS(word, 31, 28) == LEADING;
        date_put_hit(hits, date_address_dbb(board->ldc, board->geo, SPW_BITS(word, 27, 22)),
                     (int32_t)SPW_BITS(word, 21, 0),
                     leading ? SPW_EDGE_LEADING : SPW_EDGE_TRAILING, fragment->hit_quality,
                     0);
    }
    return SPW_OK;
}
