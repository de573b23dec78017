/* Boards read once a particle trigger (formats/mice.md 5.1-5.4), and V830.
 *
 * V1290   0x08 header [26:5] counter [4:0] geo; four times 0x01 chip header [25:24] chip
 *         [23:12] event id [11:0] bunch, 0x00 hits [26] edge [25:21] channel [20:0] time,
 *         0x03 chip trailer [25:24] chip [23:12] event id [11:0] words; 0x11 tag [26:0];
 *         0x10 trailer [26:24] status [20:5] words [4:0] geo; codes in [31:27]
 * fADC    [31:28] 0xA [27:0] words | [31:27] geo [26:24] mode [23:8] pattern [7:0] channels |
 *         [23:0] counter from 1 | tag | mode 0: samples of the channels; mode 7: eight times
 *         [23:12] channel [11:0] words, then the words
 * V830    [31:27] geo [26] 1 [23:18] words [17:0] trigger | [31:27] channel [25:0] count
 */
#include "io/date/encode.h"

#include <assert.h>
#include <string.h>

enum { N_CHIPS = 4, CHIP_CHANNELS = 8, V1290_FIXED_WORDS = 11, TIME_MASK = 0x1FFFFF };

enum {
    FADC_CHANNELS = 8,
    FADC_HEAD_WORDS = 4,
    SUPPRESSED_MODE = 7,
    MAX_CHANNEL_WORDS = 0xFFF
};

/* Time tag of the board's trigger, and its row; 0 without one. */
static uint32_t take_tag(struct date_encoder *encoder, uint32_t kind, uint32_t t)
{
    const struct spw_raw_hits *tags = &encoder->batch->hits[DATE_TAGS];
    const struct date_range range = date_rows(encoder, &tags->rows, t);
    const uint32_t address =
        date_address_tag(kind, encoder->board->ldc, encoder->board->id);
    for (uint32_t i = range.begin; i < range.end; ++i) {
        if (tags->address[i] != address) continue;
        ++encoder->used[DATE_TAGS];
        return (uint32_t)tags->ticks[i];
    }
    return 0;
}

static uint32_t take_bunch(struct date_encoder *encoder, uint32_t chip, uint32_t t)
{
    const struct spw_raw_hits *bunches = &encoder->batch->hits[DATE_BUNCHES];
    const struct date_range range = date_rows(encoder, &bunches->rows, t);
    const uint32_t address =
        date_address_bunch(encoder->board->ldc, encoder->board->id, chip);
    for (uint32_t i = range.begin; i < range.end; ++i) {
        if (bunches->address[i] != address) continue;
        ++encoder->used[DATE_BUNCHES];
        return (uint32_t)bunches->ticks[i] & 0xFFF;
    }
    return 0;
}

static enum spw_status
put_chip(struct date_encoder *encoder, uint32_t chip, uint32_t t, uint32_t counter)
{
    const struct spw_raw_hits *hits = &encoder->batch->hits[DATE_V1290];
    const struct date_range range = date_rows(encoder, &hits->rows, t);
    const uint32_t first =
        date_address_v1290(encoder->board->ldc, encoder->board->id, chip * CHIP_CHANNELS);
    const uint32_t id = chip << 24 | (counter & 0xFFF) << 12;
    const size_t start = encoder->out.count;

    SPW_TRY(date_reserve(encoder, range.end - range.begin + 2));
    date_put(encoder, 0x01u << 27 | id | take_bunch(encoder, chip, t));
    for (uint32_t i = range.begin; i < range.end; ++i) {
        const uint32_t channel = hits->address[i] - first;
        if (channel >= CHIP_CHANNELS) continue;
        if (hits->ticks[i] < 0 || hits->ticks[i] > TIME_MASK)
            return DATE_CANNOT(encoder, "time of %d ticks", hits->ticks[i]);
        date_put(encoder, (uint32_t)hits->edge[i] << 26 |
                              (chip * CHIP_CHANNELS + channel) << 21 |
                              (uint32_t)hits->ticks[i]);
        ++encoder->used[DATE_V1290];
    }
    const uint32_t n_words = (uint32_t)(encoder->out.count - start) + 1;
    date_put(encoder, 0x03u << 27 | id | n_words);
    return SPW_OK;
}

enum spw_status date_put_v1290(struct date_encoder *encoder)
{
    const uint32_t geo = encoder->board->id;
    const uint32_t first_counter = date_board_word(encoder, DATE_RECORD_FIRST_COUNTER, 0);
    for (uint32_t t = 0; t < encoder->n_triggers; ++t) {
        const uint32_t counter = (first_counter + t) & 0x3FFFFF;
        const size_t start = encoder->out.count;
        SPW_TRY(date_reserve(encoder, V1290_FIXED_WORDS));
        date_put(encoder, 0x08u << 27 | counter << 5 | geo);
        for (uint32_t chip = 0; chip < N_CHIPS; ++chip)
            SPW_TRY(put_chip(encoder, chip, t, counter));
        SPW_TRY(date_reserve(encoder, 2));
        date_put(encoder, 0x11u << 27 | (take_tag(encoder, 0, t) & 0x7FFFFFF));
        const uint32_t n_words = (uint32_t)(encoder->out.count - start) + 1;
        if (n_words > 0xFFFF) return DATE_CANNOT(encoder, "%u words in a trigger", n_words);
        date_put(encoder, 0x10u << 27 | n_words << 5 | geo);
    }
    return SPW_OK;
}

/* A flash ADC: stream, bits of a sample, samples in a word. */
struct fadc {
    uint32_t stream, tag_kind, sample_bits, per_word;
};

static struct fadc fadc_of(const struct date_board *board)
{
    if (board->type == DATE_EQUIPMENT_V1731) return (struct fadc){DATE_V1731, 2, 8, 4};
    return (struct fadc){DATE_V1724, 1, 14, 2};
}

/* Pulse of each channel of the board in a trigger, or -1; `*mask` of those there. */
static enum spw_status find_pulses(struct date_encoder *encoder,
                                   const struct fadc *fadc,
                                   uint32_t t,
                                   int64_t *row,
                                   uint32_t *mask)
{
    const struct spw_raw_pulses *pulses = &encoder->batch->pulses[fadc->stream];
    const struct date_range range = date_rows(encoder, &pulses->rows, t);
    const uint32_t first = date_address_fadc(encoder->board->ldc, encoder->board->id, 0);
    *mask = 0;
    for (uint32_t c = 0; c < FADC_CHANNELS; ++c) row[c] = -1;
    for (uint32_t i = range.begin; i < range.end; ++i) {
        const uint32_t channel = pulses->address[i] - first;
        if (channel >= FADC_CHANNELS) continue;
        if (row[channel] >= 0)
            return DATE_CANNOT(encoder, "two pulses in channel %u", channel);
        if (pulses->length[i] % fadc->per_word ||
            pulses->length[i] / fadc->per_word > MAX_CHANNEL_WORDS)
            return DATE_CANNOT(encoder, "%u samples in channel %u", pulses->length[i],
                               channel);
        row[channel] = i;
        *mask |= 1u << channel;
        ++encoder->used[fadc->stream];
    }
    return SPW_OK;
}

/* True when software zero suppression must say the lengths. */
static bool lengths_differ(const struct spw_raw_pulses *pulses, const int64_t *row)
{
    int32_t length = -1;
    for (uint32_t c = 0; c < FADC_CHANNELS; ++c) {
        if (row[c] < 0) continue;
        if (pulses->length[row[c]] == 0 ||
            (length >= 0 && length != pulses->length[row[c]]))
            return true;
        length = pulses->length[row[c]];
    }
    return false;
}

static enum spw_status
put_samples(struct date_encoder *encoder, const struct fadc *fadc, int64_t row)
{
    const struct spw_raw_pulses *pulses = &encoder->batch->pulses[fadc->stream];
    const uint16_t *sample = pulses->sample + (size_t)row * pulses->n_samples;
    const uint32_t field = 32 / fadc->per_word;
    SPW_TRY(date_reserve(encoder, pulses->length[row] / fadc->per_word));
    for (uint32_t k = 0; k < pulses->length[row]; k += fadc->per_word) {
        uint32_t word = 0;
        for (uint32_t j = 0; j < fadc->per_word; ++j) {
            if (sample[k + j] >> fadc->sample_bits)
                return DATE_CANNOT(encoder, "sample of %u counts", sample[k + j]);
            word |= (uint32_t)sample[k + j] << (field * j);
        }
        date_put(encoder, word);
    }
    return SPW_OK;
}

static enum spw_status
put_fadc_trigger(struct date_encoder *encoder, const struct fadc *fadc, uint32_t t)
{
    const struct spw_raw_pulses *pulses = &encoder->batch->pulses[fadc->stream];
    int64_t row[FADC_CHANNELS];
    uint32_t mask = 0;
    SPW_TRY(find_pulses(encoder, fadc, t, row, &mask));
    const bool suppressed = lengths_differ(pulses, row);
    const size_t start = encoder->out.count;

    SPW_TRY(date_reserve(encoder, FADC_HEAD_WORDS));
    date_put(encoder, 0);
    date_put(encoder, encoder->board->id << 27 |
                          (suppressed ? (uint32_t)SUPPRESSED_MODE << 24 | 0xFF : mask));
    date_put(encoder,
             (t + date_board_word(encoder, DATE_RECORD_FIRST_COUNTER, 1)) & 0xFFFFFF);
    date_put(encoder, take_tag(encoder, fadc->tag_kind, t));
    for (uint32_t c = 0; c < FADC_CHANNELS; ++c) {
        const uint32_t n_words = row[c] < 0 ? 0 : pulses->length[row[c]] / fadc->per_word;
        SPW_TRY(date_reserve(encoder, 1));
        if (suppressed) date_put(encoder, c << 12 | n_words);
        if (n_words) SPW_TRY(put_samples(encoder, fadc, row[c]));
    }
    encoder->out.word[start] = 0xAu << 28 | (uint32_t)(encoder->out.count - start);
    return SPW_OK;
}

enum spw_status date_put_fadc(struct date_encoder *encoder)
{
    const struct fadc fadc = fadc_of(encoder->board);
    for (uint32_t t = 0; t < encoder->n_triggers; ++t)
        SPW_TRY(put_fadc_trigger(encoder, &fadc, t));
    return SPW_OK;
}

enum spw_status date_put_v830(struct date_encoder *encoder)
{
    const size_t start = encoder->out.count;
    uint32_t from = 0, n = 0;
    SPW_TRY(date_reserve(encoder, 1));
    date_put(encoder, 0);
    for (const double *count;
         (count = date_next_record(encoder, DATE_EQUIPMENT_V830, date_board_key(encoder),
                                   DATE_RECORD_SCALER, &from));) {
        const uint32_t channel = encoder->batch->records.index[from - 1];
        if (channel > 31 || !(*count >= 0 && *count <= 0x3FFFFFF))
            return DATE_CANNOT(encoder, "count %.0f in channel %u", *count, channel);
        SPW_TRY(date_reserve(encoder, 1));
        date_put(encoder, channel << 27 | (uint32_t)*count);
        ++n;
    }
    if (n > 0x3F) return DATE_CANNOT(encoder, "%u scalers", n);
    encoder->out.word[start] =
        encoder->board->id << 27 | 1u << 26 | n << 18 |
        (date_board_word(encoder, DATE_RECORD_SCALER_TRIGGER, 0) & 0x3FFFF);
    return SPW_OK;
}
