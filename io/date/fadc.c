/* V1724 (14 bit, 100 MS/s) and V1731 (8 bit, 500 MS/s) flash ADCs (formats/mice.md 5.2, 5.3).
 *
 *   word 0   31..28 0xA   27..0 words of this trigger, these four included
 *   word 1   31..27 geo   26..24 mode   23..8 pattern   7..0 channel mask
 *   word 2   23..0 event counter, from 1 in each spill
 *   word 3   31..0 trigger time tag (10 ns, 8 ns)
 *   mode 0   the rest in equal parts for the channels of the mask, rising
 *   mode 7   for channels 0..7 one word (23..12 channel, 11..0 words; 0 = suppressed), then these
 *   data     V1724: samples in 13..0 and 29..16; V1731: four samples, first in 7..0
 */
#include "io/date/builder.h"
#include "io/date/unpacker.h"

#include <string.h>

enum { HEAD_WORDS = 4, MODE_EQUAL = 0, MODE_SUPPRESSED = 7, CHANNELS = 8, MAX_LOST = 64 };

/* The data words of the channels of one trigger. */
struct channels {
    uint32_t n;
    uint32_t channel[CHANNELS], begin[CHANNELS], n_words[CHANNELS];
};

static bool
list_equal(const uint8_t *payload, uint32_t begin, uint32_t end, struct channels *list)
{
    const uint32_t mask = SPW_BITS(date_word(payload, begin + 1), 7, 0);
    const uint32_t n = (uint32_t)__builtin_popcount(mask), rest = end - begin - HEAD_WORDS;
    if (n == 0 || rest % n) return rest == 0;
    for (uint32_t c = 0; c < CHANNELS; ++c) {
        if (!(mask >> c & 1)) continue;
        list->channel[list->n] = c;
        list->begin[list->n] = begin + HEAD_WORDS + list->n * (rest / n);
        list->n_words[list->n++] = rest / n;
    }
    return true;
}

static bool
list_suppressed(const uint8_t *payload, uint32_t begin, uint32_t end, struct channels *list)
{
    uint32_t at = begin + HEAD_WORDS;
    for (uint32_t c = 0; c < CHANNELS; ++c) {
        if (at >= end) return false;
        const uint32_t word = date_word(payload, at++);
        const uint32_t n_words = SPW_BITS(word, 11, 0);
        if (SPW_BITS(word, 23, 12) != c || n_words > end - at) return false;
        list->channel[c] = c;
        list->begin[c] = at;
        list->n_words[c] = n_words;
        list->n = c + 1;
        at += n_words;
    }
    return at == end;
}

/* False when mode and words contradict each other; the channels before that are listed. */
static bool
list_channels(const uint8_t *payload, uint32_t begin, uint32_t end, struct channels *list)
{
    list->n = 0;
    const uint32_t mode = SPW_BITS(date_word(payload, begin + 1), 26, 24);
    return mode == MODE_EQUAL ? list_equal(payload, begin, end, list)
                              : list_suppressed(payload, begin, end, list);
}

static uint32_t samples_per_word(uint32_t equipment)
{
    return equipment == DATE_EQUIPMENT_V1731 ? 4 : 2;
}

static void check_channels(struct date_builder *builder,
                           const struct date_block *block,
                           struct date_fragment *fragment)
{
    const uint32_t mode = SPW_BITS(date_word(block->payload, fragment->begin + 1), 26, 24);
    struct channels list;
    fragment->readable = mode == MODE_EQUAL || mode == MODE_SUPPRESSED;
    if (!fragment->readable) {
        ++builder->tally[DATE_FADC_MODE];
        date_give_up(builder, fragment->end - fragment->begin - HEAD_WORDS);
        return;
    }
    if (!list_channels(block->payload, fragment->begin, fragment->end, &list)) {
        ++builder->tally[DATE_FADC_LAYOUT];
        const uint32_t good = list.n ? list.begin[list.n - 1] + list.n_words[list.n - 1]
                                     : fragment->begin + HEAD_WORDS;
        date_give_up(builder, fragment->end - good);
        fragment->hit_quality |= SPW_BAD_CHECK;
    }
    for (uint32_t c = 0; c < list.n; ++c)
        if (list.n_words[c] * samples_per_word(block->equipment) > DATE_MAX_SAMPLES)
            ++builder->tally[DATE_FADC_LONG_WINDOW];
}

/* Place of the trigger at word i: its counter - 1. A counter out of sequence is believed only
 * when the trigger behind it goes on from there: then triggers are missing in this board. */
static uint32_t place(struct date_builder *builder,
                      const struct date_block *block,
                      const struct date_board *board,
                      uint32_t i,
                      uint32_t n_words)
{
    const uint32_t next = board->n_fragments;
    const uint32_t counter = SPW_BITS(date_word(block->payload, i + 2), 23, 0);
    if (counter == next + 1) return next;
    ++builder->tally[DATE_FADC_COUNTER];
    if (counter <= next || counter - 1 - next > MAX_LOST ||
        block->n_words - i - n_words < HEAD_WORDS)
        return next;
    const uint32_t after = SPW_BITS(date_word(block->payload, i + n_words + 2), 23, 0);
    return after == counter + 1 ? counter - 1 : next;
}

/* Words of the trigger at word i, 0 when its header is damaged. */
static uint32_t
trigger_words(struct date_builder *builder, const struct date_block *block, uint32_t i)
{
    const uint32_t head = date_word(block->payload, i);
    const uint32_t n_words = SPW_BITS(head, 27, 0);
    if (SPW_BITS(head, 31, 28) != 0xA) {
        ++builder->tally[DATE_FADC_SYNC];
        return 0;
    }
    if (n_words < HEAD_WORDS || n_words > block->n_words - i) {
        ++builder->tally[DATE_FADC_SIZE];
        return 0;
    }
    return n_words;
}

enum spw_status date_fadc_scan(struct date_builder *builder, const struct date_block *block)
{
    struct date_board *board;
    SPW_TRY(date_add_board(builder, block, &board));
    board->counts = true;
    uint32_t i = 0;
    while (i < block->n_words) {
        const uint32_t n_words = trigger_words(builder, block, i);
        if (n_words == 0) break;
        SPW_TRY(date_skip_to(builder, board, place(builder, block, board, i, n_words)));
        struct date_fragment *fragment;
        SPW_TRY(date_add_fragment(builder, board, &fragment));
        fragment->begin = i;
        fragment->end = i += n_words;
        const uint32_t geo =
            SPW_BITS(date_word(block->payload, fragment->begin + 1), 31, 27);
        if (geo != block->geo) {
            ++builder->tally[DATE_FADC_GEO];
            fragment->hit_quality |= SPW_BAD_CHECK;
        }
        check_channels(builder, block, fragment);
    }
    date_give_up(builder, block->n_words - i);
    return SPW_OK;
}

/* Saturation and underflow are seen here, where full scale is known. */
static uint8_t range_quality(const uint16_t *sample, uint32_t n, uint16_t full_scale)
{
    uint16_t low = UINT16_MAX, high = 0;
    for (uint32_t i = 0; i < n; ++i) {
        low = sample[i] < low ? sample[i] : low;
        high = sample[i] > high ? sample[i] : high;
    }
    return (uint8_t)((n && high >= full_scale ? SPW_SATURATED : 0) |
                     (n && low == 0 ? SPW_UNDERFLOW : 0));
}

static void put_pulse(const struct date_unpacker *unpacker,
                      const struct date_board *board,
                      struct spw_raw_pulses *pulses,
                      const struct channels *list,
                      uint32_t c)
{
    const bool wide = board->equipment == DATE_EQUIPMENT_V1724;
    const uint8_t *in = unpacker->data + board->offset + 4 * (size_t)list->begin[c];
    uint32_t n = list->n_words[c] * samples_per_word(board->equipment);
    if (n > DATE_MAX_SAMPLES) n = DATE_MAX_SAMPLES;
    const uint32_t row = pulses->rows.count++;
    uint16_t *sample = pulses->sample + (size_t)row * pulses->n_samples;
    (wide ? unpacker->kernels->samples14 : unpacker->kernels->samples8)(n, in, sample);
    memset(sample + n, 0, sizeof *sample * (pulses->n_samples - n));
    pulses->address[row] = date_address_fadc(board->ldc, board->geo, list->channel[c]);
    pulses->length[row] = (uint16_t)n;
    pulses->quality[row] = range_quality(sample, n, wide ? 0x3fff : 0xff);
}

enum spw_status date_fadc_unpack(const struct date_unpacker *unpacker,
                                 const struct date_board *board,
                                 const struct date_fragment *fragment)
{
    const bool wide = board->equipment == DATE_EQUIPMENT_V1724;
    const uint32_t stream = wide ? DATE_V1724 : DATE_V1731;
    const uint8_t *payload = unpacker->data + board->offset;
    struct spw_raw_batch *batch = unpacker->batch;
    struct channels list;
    list_channels(payload, fragment->begin, fragment->end, &list);
    uint32_t longest = 0;
    for (uint32_t c = 0; c < list.n; ++c)
        if (list.n_words[c] > longest) longest = list.n_words[c];
    longest *= samples_per_word(board->equipment);
    if (longest > DATE_MAX_SAMPLES) longest = DATE_MAX_SAMPLES;

    struct spw_raw_pulses *pulses = &batch->pulses[stream];
    SPW_TRY(spw_raw_pulses_reserve(batch, stream, list.n, longest));
    SPW_TRY(spw_raw_hits_reserve(batch, DATE_TAGS, 1));
    date_put_hit(&batch->hits[DATE_TAGS],
                 date_address_tag(wide ? 1 : 2, board->ldc, board->geo),
                 (int32_t)date_word(payload, fragment->begin + 3), 0, fragment->hit_quality,
                 (uint16_t)SPW_BITS(date_word(payload, fragment->begin + 2), 15, 0));
    for (uint32_t c = 0; c < list.n; ++c) {
        put_pulse(unpacker, board, pulses, &list, c);
        pulses->quality[pulses->rows.count - 1] |= fragment->hit_quality;
    }
    return SPW_OK;
}
