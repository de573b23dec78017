/* Boards read once a spill (formats/mice.md 5.5-5.8).
 *
 * VLSB bank   [7:0] ADC [15:8] TDC [22:16] channel [23] discriminator [31:24] trigger from 1
 * VLSB board  flags | words of four banks;  VLSB_C: words of four banks, then the banks
 * DBB         0xD [27:22] board [15:0] spill | 0x8 [25:16] triggers [12:0] hits |
 *             3 leading, 2 trailing [27:22] channel [21:0] time |
 *             0xE [27:22] board [21:16] status [15:0] spill | [21:0] width
 * V1495       5 [24:17] geo [15:0] spill | 0xA [27:8] TOF2 [7:0] TOF1 high |
 *             [31:20] TOF1 low [19:0] TOF0 | [31:22] trigger [21:0] time |
 *             0xF [26:17] triggers [15:0] spill
 * EPICS       0xA [23:0] n | [27:24] 1 [7:0] id, double
 */
#include "io/date/encode.h"

#include <string.h>

enum { BANKS_OF_BOARD = 4, BANK_CHANNELS = 128, DBB_CHANNELS = 64, DBBS_OF_CHAIN = 6 };

enum {
    ALL_BANKS_READY = 0x1000F,
    STATION_BITS = 20,
    N_STATIONS = 3,
    MAX_V1495_RECORDS = 300
};

enum spw_status date_put_vlsb_master(struct date_encoder *encoder)
{
    const uint32_t count =
        date_board_word(encoder, DATE_RECORD_MASTER_COUNT, encoder->n_triggers);
    const uint32_t tdc = date_board_word(encoder, DATE_RECORD_MASTER_TDC, 0);
    SPW_TRY(date_reserve(encoder, 2));
    if (encoder->options->master_2012) {
        date_put(encoder, count);
        date_put(encoder, tdc);
        return SPW_OK;
    }
    if (count > 0xFFF || tdc > 0xFFFF)
        return DATE_CANNOT(encoder, "%u triggers, TDC %u", count, tdc);
    date_put(encoder, 0xAu << 28 | count << 16 | tdc);
    return SPW_OK;
}

static uint32_t bank_length(const struct date_encoder *encoder, uint32_t bank)
{
    const struct spw_raw_hits *hits = &encoder->batch->hits[DATE_VLSB];
    const uint32_t first = date_address_vlsb(encoder->board->ldc, bank, 0);
    uint32_t n = 0;
    for (uint32_t i = hits->rows.first[encoder->first]; i < hits->rows.first[encoder->end];
         ++i)
        n += hits->address[i] - first < BANK_CHANNELS;
    return n;
}

enum spw_status date_put_vlsb_board(struct date_encoder *encoder)
{
    SPW_TRY(date_reserve(encoder, 1 + BANKS_OF_BOARD));
    date_put(encoder, date_board_word(encoder, DATE_RECORD_VLSB_FLAGS, ALL_BANKS_READY));
    for (uint32_t b = 0; b < BANKS_OF_BOARD; ++b)
        date_put(encoder, bank_length(encoder, BANKS_OF_BOARD * encoder->board->id + b));
    return SPW_OK;
}

enum spw_status date_put_vlsb_bank(struct date_encoder *encoder, uint32_t bank)
{
    const struct spw_raw_hits *hits = &encoder->batch->hits[DATE_VLSB];
    const uint32_t first = date_address_vlsb(encoder->board->ldc, bank, 0);
    for (uint32_t t = 0; t < encoder->n_triggers; ++t) {
        const struct date_range range = date_rows(encoder, &hits->rows, t);
        SPW_TRY(date_reserve(encoder, range.end - range.begin));
        for (uint32_t i = range.begin; i < range.end; ++i) {
            const uint32_t channel = hits->address[i] - first;
            if (channel >= BANK_CHANNELS) continue;
            if (hits->value[i] > 0xFF || (uint32_t)hits->ticks[i] > 0xFF)
                return DATE_CANNOT(encoder, "ADC %u, TDC %d", hits->value[i],
                                   hits->ticks[i]);
            date_put(encoder, ((t + 1) & 0xFF) << 24 | (uint32_t)hits->edge[i] << 23 |
                                  channel << 16 | (uint32_t)hits->ticks[i] << 8 |
                                  hits->value[i]);
            ++encoder->used[DATE_VLSB];
        }
    }
    return SPW_OK;
}

enum spw_status date_put_vlsb_c(struct date_encoder *encoder)
{
    const uint32_t first = BANKS_OF_BOARD * encoder->board->id;
    SPW_TRY(date_reserve(encoder, BANKS_OF_BOARD));
    for (uint32_t b = 0; b < BANKS_OF_BOARD; ++b) {
        const uint32_t length = bank_length(encoder, first + b);
        if (length > 0x3FFFF) return DATE_CANNOT(encoder, "%u words in bank %u", length, b);
        date_put(encoder, length);
    }
    for (uint32_t b = 0; b < BANKS_OF_BOARD; ++b)
        SPW_TRY(date_put_vlsb_bank(encoder, first + b));
    return SPW_OK;
}

static uint32_t
dbb_word(const struct date_encoder *encoder, uint32_t dbb, uint32_t item, uint32_t fallback)
{
    uint32_t from = 0;
    const double *value =
        date_next_record(encoder, encoder->board->type,
                         date_record_board(encoder->board->ldc, dbb), item, &from);
    return value ? (uint32_t)*value : fallback;
}

/* The hits of the whole spill in the order of the rows; `*n_leading` of them are leading edges. */
static enum spw_status
put_dbb_hits(struct date_encoder *encoder, uint32_t dbb, uint32_t *n_leading)
{
    const struct spw_raw_hits *hits = &encoder->batch->hits[DATE_DBB];
    const uint32_t first = date_address_dbb(encoder->board->ldc, dbb, 0);
    const uint32_t begin = hits->rows.first[encoder->first];
    const uint32_t end = hits->rows.first[encoder->end];
    *n_leading = 0;
    SPW_TRY(date_reserve(encoder, end - begin));
    for (uint32_t i = begin; i < end; ++i) {
        const uint32_t channel = hits->address[i] - first;
        if (channel >= DBB_CHANNELS) continue;
        if ((uint32_t)hits->ticks[i] > 0x3FFFFF)
            return DATE_CANNOT(encoder, "time of %d ticks", hits->ticks[i]);
        const bool leading = hits->edge[i] == SPW_EDGE_LEADING;
        date_put(encoder,
                 (leading ? 3u : 2u) << 28 | channel << 22 | (uint32_t)hits->ticks[i]);
        *n_leading += leading;
        ++encoder->used[DATE_DBB];
    }
    return SPW_OK;
}

enum spw_status date_put_dbb(struct date_encoder *encoder, uint32_t dbb)
{
    const uint32_t spill =
        dbb_word(encoder, dbb, DATE_RECORD_DBB_SPILL, encoder->spill) & 0xFFFF;
    const uint32_t triggers =
        dbb_word(encoder, dbb, DATE_RECORD_DBB_TRIGGERS, encoder->n_triggers);
    const uint32_t status = dbb_word(encoder, dbb, DATE_RECORD_DBB_STATUS, 0);
    const uint32_t width = dbb_word(encoder, dbb, DATE_RECORD_DBB_WIDTH, 0);
    const size_t start = encoder->out.count;
    uint32_t n_leading = 0;

    SPW_TRY(date_reserve(encoder, 2));
    date_put(encoder, 0xDu << 28 | dbb << 22 | spill);
    date_put(encoder, 0);
    SPW_TRY(put_dbb_hits(encoder, dbb, &n_leading));
    if (dbb > 63 || triggers > 0x3FF || n_leading > 0x1FFF || status > 0x3F ||
        width > 0x3FFFFF)
        return DATE_CANNOT(encoder, "DBB %u: %u triggers, %u hits, status %u, width %u",
                           dbb, triggers, n_leading, status, width);
    encoder->out.word[start + 1] = 0x8u << 28 | triggers << 16 | n_leading;
    SPW_TRY(date_reserve(encoder, 2));
    date_put(encoder, 0xEu << 28 | dbb << 22 | status << 16 | spill);
    date_put(encoder, width);
    return SPW_OK;
}

enum spw_status date_put_dbb_chain(struct date_encoder *encoder)
{
    for (uint32_t d = 0; d < DBBS_OF_CHAIN; ++d)
        SPW_TRY(date_put_dbb(encoder, DBBS_OF_CHAIN * encoder->board->id + d));
    return SPW_OK;
}

static enum spw_status put_v1495_record(struct date_encoder *encoder, uint32_t t)
{
    const struct spw_raw_hits *hits = &encoder->batch->hits[DATE_V1495];
    const struct date_range range = date_rows(encoder, &hits->rows, t);
    uint32_t pattern[N_STATIONS] = {0}, time = 0;
    for (uint32_t i = range.begin; i < range.end; ++i) {
        const uint32_t address = hits->address[i];
        time = (uint32_t)hits->ticks[i];
        if (time > 0x3FFFFF || address > DATE_V1495_RECORD)
            return DATE_CANNOT(encoder, "address %u at %u ticks", address, time);
        if (address < DATE_V1495_RECORD)
            pattern[address / STATION_BITS] |= 1u << address % STATION_BITS;
        ++encoder->used[DATE_V1495];
    }
    SPW_TRY(date_reserve(encoder, 3));
    date_put(encoder, 0xAu << 28 | pattern[2] << 8 | pattern[1] >> 12);
    date_put(encoder, (pattern[1] & 0xFFF) << 20 | pattern[0]);
    date_put(encoder, t << 22 | time);
    return SPW_OK;
}

enum spw_status date_put_v1495(struct date_encoder *encoder)
{
    const uint32_t spill =
        date_board_word(encoder, DATE_RECORD_V1495_SPILL, encoder->spill) & 0xFFFF;
    if (encoder->n_triggers > MAX_V1495_RECORDS)
        return DATE_CANNOT(encoder, "%u triggers", encoder->n_triggers);
    SPW_TRY(date_reserve(encoder, 1));
    date_put(encoder, 5u << 28 | encoder->board->id << 17 | spill);
    for (uint32_t t = 0; t < encoder->n_triggers; ++t)
        SPW_TRY(put_v1495_record(encoder, t));
    SPW_TRY(date_reserve(encoder, 1));
    date_put(encoder, 0xFu << 28 | encoder->n_triggers << 17 | spill);
    return SPW_OK;
}

enum spw_status date_put_epics(struct date_encoder *encoder)
{
    const size_t start = encoder->out.count;
    uint32_t from = 0, n = 0;
    SPW_TRY(date_reserve(encoder, 1));
    date_put(encoder, 0);
    for (const double *value;
         (value = date_next_record(encoder, DATE_EQUIPMENT_EPICS, date_board_key(encoder),
                                   DATE_RECORD_EPICS, &from));
         ++n) {
        uint32_t word[2];
        memcpy(word, value, sizeof word);
        SPW_TRY(date_reserve(encoder, 3));
        date_put(encoder, 1u << 24 | (encoder->batch->records.index[from - 1] & 0xFF));
        date_put(encoder, word[0]);
        date_put(encoder, word[1]);
    }
    encoder->out.word[start] = 0xAu << 28 | n;
    return SPW_OK;
}

/* A payload that nobody knows, word by word. */
enum spw_status date_put_words(struct date_encoder *encoder)
{
    uint32_t from = 0;
    for (const double *value;
         (value = date_next_record(encoder, encoder->board->type, date_board_key(encoder),
                                   DATE_RECORD_WORD, &from));) {
        SPW_TRY(date_reserve(encoder, 1));
        date_put(encoder, (uint32_t)*value);
    }
    return SPW_OK;
}
