/* Blocks that are said once a spill, as records.
 *
 *   101 receiver   31..16 live inputs   15..0 latched inputs; bits: 0 physics request, 1 busy,
 *                  2/3 calibration, 4/5 spill start, 6/7 spill end
 *   111 V830       header: 31..27 geo   26 1   23..18 data words   17..16 trigger source
 *                  15..0 trigger count; data: 31..27 channel   26 0   25..0 count
 *   201 EPICS      header: 31..28 0xA   23..0 n; then n x (27..24 type 1, 7..0 id; double); the
 *                  last 4 bytes may be cut off: that value is NaN
 */
#include "io/date/builder.h"

#include <math.h>

enum { EPICS_WORDS = 3, EPICS_TYPE = 1, MAX_WORDS_KEPT = 4096 };

/* The live busy bit (17, 19, 21, 23) that stands for an event type, 0 if none does. */
static uint32_t busy_bit(uint32_t event_type)
{
    switch (event_type) {
    case DATE_PHYSICS_EVENT:
        return 1u << 17;
    case DATE_CALIBRATION_EVENT:
        return 1u << 19;
    case DATE_START_OF_BURST:
        return 1u << 21;
    case DATE_END_OF_BURST:
        return 1u << 23;
    default:
        return 0;
    }
}

enum spw_status date_receiver_scan(struct date_builder *builder,
                                   const struct date_block *block)
{
    if (block->n_words != 1) return date_words_scan(builder, block);
    const uint32_t word = date_word(block->payload, 0);
    const uint32_t busy = busy_bit(block->event_type);
    if (busy && !(word & busy)) ++builder->tally[DATE_RECEIVER_BITS];
    return date_add_record(builder, block, DATE_RECORD_RECEIVER, block->event_type, word);
}

enum spw_status date_v830_scan(struct date_builder *builder, const struct date_block *block)
{
    if (block->n_words == 0) return SPW_OK;
    const uint32_t header = date_word(block->payload, 0);
    bool good = SPW_BITS(header, 26, 26) == 1 && SPW_BITS(header, 31, 27) == block->geo &&
                SPW_BITS(header, 23, 18) == (block->n_words - 1) % 64 &&
                SPW_BITS(header, 15, 0) == 0;
    SPW_TRY(date_add_record(builder, block, DATE_RECORD_SCALER_TRIGGER, 0,
                            SPW_BITS(header, 17, 0)));
    for (uint32_t i = 1; i < block->n_words; ++i) {
        const uint32_t word = date_word(block->payload, i);
        good &= SPW_BITS(word, 26, 26) == 0;
        SPW_TRY(date_add_record(builder, block, DATE_RECORD_SCALER, SPW_BITS(word, 31, 27),
                                SPW_BITS(word, 25, 0)));
    }
    if (!good) ++builder->tally[DATE_V830_LAYOUT];
    return SPW_OK;
}

static double load_double(const uint8_t *data)
{
    double value;
    memcpy(&value, data, sizeof value);
    return value;
}

enum spw_status date_epics_scan(struct date_builder *builder,
                                const struct date_block *block)
{
    if (block->n_words == 0) return SPW_OK;
    const uint32_t header = date_word(block->payload, 0);
    const uint32_t n = SPW_BITS(header, 23, 0);
    if (SPW_BITS(header, 31, 28) != 0xA) {
        ++builder->tally[DATE_EPICS_LAYOUT];
        return date_words_scan(builder, block);
    }
    bool good = true;
    uint32_t at = 1;
    for (uint32_t i = 0; i < n; ++i, at += EPICS_WORDS) {
        if (at + EPICS_WORDS - 1 > block->n_words) break;
        const uint32_t word = date_word(block->payload, at);
        const bool whole = at + EPICS_WORDS <= block->n_words;
        good &= SPW_BITS(word, 27, 24) == EPICS_TYPE;
        SPW_TRY(date_add_record(builder, block, DATE_RECORD_EPICS, SPW_BITS(word, 7, 0),
                                whole ? load_double(block->payload + 4 * (at + 1)) : NAN));
    }
    const uint64_t stated = 1 + (uint64_t)EPICS_WORDS * n;
    good &= block->n_words == stated || block->n_words + 1 == stated;
    if (good) return SPW_OK;
    ++builder->tally[DATE_EPICS_LAYOUT];
    date_give_up(builder, block->n_words > at ? block->n_words - at : 0);
    return SPW_OK;
}

enum spw_status date_words_scan(struct date_builder *builder,
                                const struct date_block *block)
{
    uint32_t n = block->n_words;
    if (n > MAX_WORDS_KEPT) {
        date_give_up(builder, n - MAX_WORDS_KEPT);
        n = MAX_WORDS_KEPT;
    }
    for (uint32_t i = 0; i < n; ++i)
        SPW_TRY(date_add_record(builder, block, DATE_RECORD_WORD, i,
                                date_word(block->payload, i)));
    return SPW_OK;
}
