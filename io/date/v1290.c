/* V1290 TDC: 32 channels, 4 chips of 8 (formats/mice.md 5.1). Words by bits 31..27:
 *
 *   0x08 global header    26..5 event counter, 4..0 geo
 *   0x01 chip header      25..24 chip, 23..12 event id (counter & 0xFFF), 11..0 bunch id
 *   0x00 hit              26 edge (0 leading), 25..21 channel, 20..0 time
 *   0x03 chip trailer     25..24 chip, 23..12 event id, 11..0 words, header and trailer included
 *   0x04 chip error       25..24 chip, 14..0 flags
 *   0x11 time tag         26..0, 800 ns
 *   0x10 global trailer   26..24 status, 20..5 words of the trigger, 4..0 geo
 *   0x18 filler
 *
 * One trigger = header, 4 x (chip header, hits, chip trailer), tag, trailer.
 */
#include "io/date/builder.h"
#include "io/date/unpacker.h"

enum { HIT = 0x00, CHIP = 0x01, CHIP_END = 0x03, CHIP_ERROR = 0x04 };

enum { HEADER = 0x08, TRAILER = 0x10, TAG = 0x11, FILLER = 0x18 };

enum { COUNTER_MASK = 0x3fffff, MAX_LOST = 64 };

static uint32_t code(uint32_t word)
{
    return SPW_BITS(word, 31, 27);
}

/* The trigger being checked. */
struct trigger {
    uint64_t *tally;
    struct date_fragment *fragment;
    uint32_t geo, counter;
    uint32_t chip, chip_begin;
    bool in_chip;
};

static void doubt(struct trigger *trigger, enum date_tally tally)
{
    ++trigger->tally[tally];
    trigger->fragment->hit_quality |= SPW_BAD_CHECK;
}

static void check_chip(struct trigger *trigger, uint32_t word, uint32_t i)
{
    if (SPW_BITS(word, 23, 12) != (trigger->counter & 0xfff))
        doubt(trigger, DATE_V1290_CHIP_EVENT);
    if (code(word) == CHIP) {
        trigger->chip = SPW_BITS(word, 25, 24);
        trigger->chip_begin = i;
        trigger->in_chip = true;
        return;
    }
    if (!trigger->in_chip || SPW_BITS(word, 11, 0) != i - trigger->chip_begin + 1)
        doubt(trigger, DATE_V1290_CHIP_WORDS);
    trigger->in_chip = false;
}

static void check_trailer(struct trigger *trigger, uint32_t word, uint32_t n_words)
{
    if (SPW_BITS(word, 4, 0) != trigger->geo) doubt(trigger, DATE_V1290_GEO);
    if (SPW_BITS(word, 20, 5) != (n_words & 0xffff)) doubt(trigger, DATE_V1290_WORDS);
    if (SPW_BITS(word, 26, 24) == 0) return;
    doubt(trigger, DATE_V1290_STATUS);
    trigger->fragment->board_status = true;
}

static void check_word(struct trigger *trigger, uint32_t word, uint32_t i)
{
    switch (code(word)) {
    case HIT:
        if (!trigger->in_chip || SPW_BITS(word, 25, 21) / 8 != trigger->chip)
            doubt(trigger, DATE_V1290_CHIP_CHANNEL);
        break;
    case CHIP:
    case CHIP_END:
        check_chip(trigger, word, i);
        break;
    case CHIP_ERROR:
        doubt(trigger, DATE_V1290_ERROR_WORD);
        trigger->fragment->board_status = true;
        break;
    case TAG:
    case FILLER:
        break;
    default:
        doubt(trigger, DATE_V1290_STRAY_WORD);
    }
}

/* Checks the trigger whose header is word `begin`; returns the word behind it. */
static uint32_t
scan_trigger(struct trigger *trigger, const struct date_block *block, uint32_t begin)
{
    uint32_t i = begin + 1;
    for (; i < block->n_words; ++i) {
        const uint32_t word = date_word(block->payload, i);
        if (code(word) == HEADER) break;
        if (code(word) == TRAILER) {
            check_trailer(trigger, word, i - begin + 1);
            return i + 1;
        }
        check_word(trigger, word, i);
    }
    doubt(trigger, DATE_V1290_NO_TRAILER);
    return i;
}

/* Place of a trigger in its board: the next one, or further when words before it were lost. */
static uint32_t place(struct date_builder *builder,
                      const struct date_board *board,
                      uint32_t counter,
                      uint32_t last,
                      bool lost)
{
    const uint32_t step = (counter - last) & COUNTER_MASK;
    if (board->n_fragments == 0 || step == 1) return board->n_fragments;
    ++builder->tally[DATE_V1290_COUNTER];
    if (!lost || step == 0 || step > MAX_LOST) return board->n_fragments;
    return board->n_fragments - 1 + step;
}

enum spw_status date_v1290_scan(struct date_builder *builder,
                                const struct date_block *block)
{
    struct date_board *board;
    SPW_TRY(date_add_board(builder, block, &board));
    board->counts = true;
    uint32_t last = 0, first = 0;
    bool lost = false;
    for (uint32_t i = 0; i < block->n_words;) {
        const uint32_t word = date_word(block->payload, i);
        if (code(word) != HEADER) {
            if (code(word) != FILLER) {
                lost = true;
                ++builder->tally[DATE_V1290_STRAY_WORD];
                date_give_up(builder, 1);
            }
            ++i;
            continue;
        }
        const uint32_t counter = SPW_BITS(word, 26, 5);
        SPW_TRY(date_skip_to(builder, board, place(builder, board, counter, last, lost)));
        struct date_fragment *fragment;
        SPW_TRY(date_add_fragment(builder, board, &fragment));
        struct trigger trigger = {.tally = builder->tally,
                                  .fragment = fragment,
                                  .geo = block->geo,
                                  .counter = counter};
        if (SPW_BITS(word, 4, 0) != block->geo) doubt(&trigger, DATE_V1290_GEO);
        fragment->begin = i;
        fragment->end = i = scan_trigger(&trigger, block, i);
        fragment->readable = true;
        lost = fragment->hit_quality != 0;
        last = counter;
        if (board->n_fragments == 1) first = counter;
    }
    if (board->n_fragments == 0) return SPW_OK;
    return date_add_record(builder, block, DATE_RECORD_FIRST_COUNTER, 0, first);
}

enum spw_status date_v1290_unpack(const struct date_unpacker *unpacker,
                                  const struct date_board *board,
                                  const struct date_fragment *fragment)
{
    struct spw_raw_batch *batch = unpacker->batch;
    const uint8_t *payload = unpacker->data + board->offset;
    const uint32_t n = fragment->end - fragment->begin;
    const uint32_t first = date_address_v1290(board->ldc, board->geo, 0);
    const uint8_t quality = fragment->hit_quality;
    SPW_TRY(spw_raw_hits_reserve(batch, DATE_V1290, n));
    SPW_TRY(spw_raw_hits_reserve(batch, DATE_BUNCHES, n));
    SPW_TRY(spw_raw_hits_reserve(batch, DATE_TAGS, n));

    uint16_t counter = 0;
    for (uint32_t i = fragment->begin; i < fragment->end; ++i) {
        const uint32_t word = date_word(payload, i);
        switch (code(word)) {
        case HEADER:
            counter = (uint16_t)SPW_BITS(word, 20, 5);
            break;
        case HIT:
            date_put_hit(&batch->hits[DATE_V1290], first + SPW_BITS(word, 25, 21),
                         (int32_t)SPW_BITS(word, 20, 0), (uint8_t)SPW_BITS(word, 26, 26),
                         quality, 0);
            break;
        case CHIP:
            date_put_hit(&batch->hits[DATE_BUNCHES],
                         date_address_bunch(board->ldc, board->geo, SPW_BITS(word, 25, 24)),
                         (int32_t)SPW_BITS(word, 11, 0), 0, quality,
                         (uint16_t)SPW_BITS(word, 23, 12));
            break;
        case TAG:
            date_put_hit(&batch->hits[DATE_TAGS],
                         date_address_tag(0, board->ldc, board->geo),
                         (int32_t)SPW_BITS(word, 26, 0), 0, quality, counter);
            break;
        default:
            break;
        }
    }
    return SPW_OK;
}
