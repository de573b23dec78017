/* V1495 trigger engine (formats/mice.md 5.7):
 *
 *   header    31..28 5    24..17 geo   15..0 spill
 *   record    word 0: 31..28 0xA   27..8 TOF2 pattern   7..0 top 8 bits of the TOF1 pattern
 *             word 1: 31..20 low 12 bits of TOF1   19..0 TOF0 pattern
 *             word 2: 31..22 trigger from 0   21..0 time (10 ns)
 *   trailer   31..28 0xF   26..17 number of triggers   15..0 spill
 */
#include "io/date/builder.h"
#include "io/date/unpacker.h"

enum { HEADER = 5, RECORD = 0xA, TRAILER = 0xF, RECORD_WORDS = 3, STATIONS = 3, BITS = 20 };

/* Place of the record at word i; an index out of order is believed only when the next record
 * goes on from there. */
static uint32_t place(struct date_builder *builder,
                      const struct date_block *block,
                      uint32_t next,
                      uint32_t i)
{
    const uint32_t index = SPW_BITS(date_word(block->payload, i + 2), 31, 22);
    if (index == (next & 0x3ff)) return next;
    ++builder->tally[DATE_V1495_INDEX];
    if (index <= next || block->n_words - i < 2 * RECORD_WORDS) return next;
    const uint32_t after =
        SPW_BITS(date_word(block->payload, i + RECORD_WORDS + 2), 31, 22);
    return after == index + 1 ? index : next;
}

static enum spw_status add_record(struct date_builder *builder,
                                  const struct date_block *block,
                                  struct date_board *board,
                                  uint32_t i)
{
    const uint32_t trigger = place(builder, block, board->n_fragments, i);
    SPW_TRY(date_skip_to(builder, board, trigger));
    struct date_fragment *fragment;
    SPW_TRY(date_add_fragment(builder, board, &fragment));
    *fragment =
        (struct date_fragment){.begin = i, .end = i + RECORD_WORDS, .readable = true};
    return SPW_OK;
}

static void check_trailer(struct date_builder *builder,
                          const struct date_block *block,
                          const struct date_board *board,
                          uint32_t at)
{
    if (at + 1 != block->n_words ||
        SPW_BITS(date_word(block->payload, at), 31, 28) != TRAILER) {
        ++builder->tally[DATE_V1495_LAYOUT];
        date_give_up(builder, block->n_words - at);
        return;
    }
    const uint32_t trailer = date_word(block->payload, at);
    if (SPW_BITS(trailer, 26, 17) != (board->n_fragments & 0x3ff) ||
        SPW_BITS(trailer, 15, 0) != SPW_BITS(date_word(block->payload, 0), 15, 0))
        ++builder->tally[DATE_V1495_COUNT];
}

enum spw_status date_v1495_scan(struct date_builder *builder,
                                const struct date_block *block)
{
    if (block->n_words == 0) return SPW_OK;
    const uint32_t header = date_word(block->payload, 0);
    if (SPW_BITS(header, 31, 28) != HEADER) {
        ++builder->tally[DATE_V1495_LAYOUT];
        date_give_up(builder, block->n_words);
        return SPW_OK;
    }
    struct date_board *board;
    SPW_TRY(date_add_board(builder, block, &board));
    uint32_t i = 1;
    while (i + RECORD_WORDS <= block->n_words &&
           SPW_BITS(date_word(block->payload, i), 31, 28) == RECORD) {
        SPW_TRY(add_record(builder, block, board, i));
        i += RECORD_WORDS;
    }
    check_trailer(builder, block, board, i);
    return date_add_record(builder, block, DATE_RECORD_V1495_SPILL,
                           SPW_BITS(header, 24, 17), SPW_BITS(header, 15, 0));
}

enum spw_status date_v1495_unpack(const struct date_unpacker *unpacker,
                                  const struct date_board *board,
                                  const struct date_fragment *fragment)
{
    if (fragment->begin == fragment->end) return SPW_OK;
    const uint8_t *payload = unpacker->data + board->offset;
    const uint32_t w0 = date_word(payload, fragment->begin);
    const uint32_t w1 = date_word(payload, fragment->begin + 1);
    const uint32_t w2 = date_word(payload, fragment->begin + 2);
    const uint32_t pattern[STATIONS] = {SPW_BITS(w1, 19, 0),
                                        SPW_BITS(w0, 7, 0) << 12 | SPW_BITS(w1, 31, 20),
                                        SPW_BITS(w0, 27, 8)};
    const int32_t ticks = (int32_t)SPW_BITS(w2, 21, 0);

    struct spw_raw_hits *hits = &unpacker->batch->hits[DATE_V1495];
    SPW_TRY(spw_raw_hits_reserve(unpacker->batch, DATE_V1495, STATIONS * BITS + 1));
    date_put_hit(hits, DATE_V1495_RECORD, ticks, 0, 0, (uint16_t)SPW_BITS(w2, 31, 22));
    for (uint32_t s = 0; s < STATIONS; ++s)
        for (uint32_t bit = 0; bit < BITS; ++bit)
            if (pattern[s] >> bit & 1) date_put_hit(hits, BITS * s + bit, ticks, 0, 0, 0);
    return SPW_OK;
}
