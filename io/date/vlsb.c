/* VLSB tracker boards (formats/mice.md 5.5).
 *
 *   131 board   5 words: flags (3..0 FIFO empty, 7..4 full, 11..8 time-out, 15..12 CRC,
 *               19..16 clock phase; 0x1000F in good data), then the words of banks 0..3
 *   130 master  2012: two words, triggers and trigger-data TDC; later one word: 31..28 0xA,
 *               27..16 triggers, 15..0 TDC
 *   132 bank    31..24 trigger from 1 (wraps after 255)   23 discriminator   22..16 channel
 *               15..8 TDC   7..0 ADC;   0xDEADBEEF: read error
 *   80  VLSB_C  4 words (17..0 = words of a bank), then the four banks
 */
#include "io/date/builder.h"
#include "io/date/unpacker.h"

enum { N_BANKS = 4, CHANNELS = 128, FLAGS_BAD = 0xfff0, MAX_LOST = 8 };

#define READ_ERROR 0xDEADBEEFu

/* Seen channels of a trigger. */
struct seen {
    uint64_t bit[2];
};

static bool see(struct seen *seen, uint32_t channel)
{
    const uint64_t bit = UINT64_C(1) << (channel & 63);
    const bool twice = seen->bit[channel >> 6] & bit;
    seen->bit[channel >> 6] |= bit;
    return !twice;
}

/* Trigger of a word whose number is `number`; the step from the last one is taken modulo 256. */
static bool place(const struct date_builder *builder,
                  const struct date_board *board,
                  uint32_t number,
                  uint32_t *trigger)
{
    const uint32_t n = board->n_fragments;
    const uint32_t step = (number - n) & 0xff; /* 0: still the last one */
    *trigger = n - 1 + step;
    if (step == 0) return n > 0;
    if (step <= MAX_LOST) return true;
    return *trigger < builder->spill.master_count[board->ldc] &&
           *trigger < DATE_MAX_TRIGGERS;
}

static void check_fragment(struct date_builder *builder,
                           const struct date_block *block,
                           struct date_fragment *fragment)
{
    const uint32_t number = SPW_BITS(date_word(block->payload, fragment->begin), 31, 24);
    struct seen seen = {{0}};
    bool distinct = true;
    for (uint32_t i = fragment->begin; i < fragment->end; ++i) {
        const uint32_t word = date_word(block->payload, i);
        if (word != READ_ERROR && SPW_BITS(word, 31, 24) == number)
            distinct &= see(&seen, SPW_BITS(word, 22, 16));
    }
    if (distinct) return;
    ++builder->tally[DATE_VLSB_CHANNELS];
    fragment->hit_quality |= SPW_BAD_CHECK;
}

/* A single word of another number inside a trigger: the number is damaged. */
static bool is_stray(const struct date_block *block, uint32_t i, uint32_t number)
{
    return i + 1 < block->n_words &&
           SPW_BITS(date_word(block->payload, i + 1), 31, 24) == number;
}

/* The words of one trigger, from word i; returns the word behind them. */
static enum spw_status scan_trigger(struct date_builder *builder,
                                    const struct date_block *block,
                                    struct date_board *board,
                                    uint32_t *i)
{
    const uint32_t number = SPW_BITS(date_word(block->payload, *i), 31, 24);
    uint32_t trigger;
    if (!place(builder, board, number, &trigger) || trigger + 1 == board->n_fragments) {
        ++builder->tally[DATE_VLSB_NUMBER];
        date_give_up(builder, 1);
        ++*i;
        return SPW_OK;
    }
    SPW_TRY(date_skip_to(builder, board, trigger));
    struct date_fragment *fragment;
    SPW_TRY(date_add_fragment(builder, board, &fragment));
    fragment->readable = true;
    fragment->begin = *i;
    for (; *i < block->n_words; ++*i) {
        const uint32_t word = date_word(block->payload, *i);
        if (word == READ_ERROR) {
            ++builder->tally[DATE_VLSB_READ_ERROR];
            fragment->board_status = true;
        } else if (SPW_BITS(word, 31, 24) != number) {
            if (!is_stray(block, *i, number)) break;
            ++builder->tally[DATE_VLSB_NUMBER];
            date_give_up(builder, 1);
            fragment->board_status = true;
        }
    }
    fragment->end = *i;
    check_fragment(builder, block, fragment);
    return SPW_OK;
}

enum spw_status date_vlsb_scan(struct date_builder *builder, const struct date_block *block)
{
    struct date_board *board;
    SPW_TRY(date_add_board(builder, block, &board));
    uint32_t n_full = 0;
    for (uint32_t i = 0; i < block->n_words;) {
        if (date_word(block->payload, i) == READ_ERROR) {
            ++builder->tally[DATE_VLSB_READ_ERROR];
            ++i;
            continue;
        }
        const uint32_t begin = i;
        SPW_TRY(scan_trigger(builder, block, board, &i));
        if (i - begin == CHANNELS) ++n_full;
    }
    board->counts = n_full > 0 && n_full == board->n_fragments; /* no zero suppression */
    return SPW_OK;
}

enum spw_status date_vlsb_c_scan(struct date_builder *builder,
                                 const struct date_block *block)
{
    uint32_t at = N_BANKS;
    for (uint32_t b = 0; b < N_BANKS && block->n_words > N_BANKS; ++b) {
        const uint32_t length = SPW_BITS(date_word(block->payload, b), 17, 0);
        if (length > block->n_words - at) break;
        struct date_block bank = *block;
        bank.geo = N_BANKS * block->geo + b;
        bank.payload += 4 * (size_t)at;
        bank.offset += 4 * (uint64_t)at;
        bank.n_words = length;
        SPW_TRY(date_vlsb_scan(builder, &bank));
        at += length;
    }
    if (at == block->n_words || block->n_words == 0) return SPW_OK;
    ++builder->tally[DATE_VLSB_MASTER];
    date_give_up(builder, block->n_words > at ? block->n_words - at : block->n_words);
    return SPW_OK;
}

enum spw_status date_vlsb_master_scan(struct date_builder *builder,
                                      const struct date_block *block)
{
    if (block->n_words == 0) return SPW_OK;
    const uint32_t head = date_word(block->payload, 0);
    uint32_t count, tdc;
    if (block->n_words == 2) {
        count = head;
        tdc = date_word(block->payload, 1);
    } else if (block->n_words == 1 && SPW_BITS(head, 31, 28) == 0xA) {
        count = SPW_BITS(head, 27, 16);
        tdc = SPW_BITS(head, 15, 0);
    } else {
        ++builder->tally[DATE_VLSB_MASTER];
        date_give_up(builder, block->n_words);
        return SPW_OK;
    }
    if (block->ldc < DATE_N_LDC) builder->spill.master_count[block->ldc] = count;
    SPW_TRY(date_add_record(builder, block, DATE_RECORD_MASTER_COUNT, 0, count));
    return date_add_record(builder, block, DATE_RECORD_MASTER_TDC, 0, tdc);
}

enum spw_status date_vlsb_board_scan(struct date_builder *builder,
                                     const struct date_block *block)
{
    if (block->n_words == 0) return SPW_OK;
    if (block->n_words != 1 + N_BANKS || block->ldc >= DATE_N_LDC ||
        block->geo >= DATE_N_BANKS / N_BANKS) {
        ++builder->tally[DATE_VLSB_MASTER];
        date_give_up(builder, block->n_words);
        return SPW_OK;
    }
    const uint32_t flags = date_word(block->payload, 0);
    if (flags & FLAGS_BAD) ++builder->tally[DATE_VLSB_FLAGS];
    SPW_TRY(date_add_record(builder, block, DATE_RECORD_VLSB_FLAGS, 0, flags));
    for (uint32_t b = 0; b < N_BANKS; ++b) {
        const uint32_t length = date_word(block->payload, 1 + b);
        builder->spill.bank_length[block->ldc][N_BANKS * block->geo + b] =
            (int32_t)(length & INT32_MAX);
        SPW_TRY(date_add_record(builder, block, DATE_RECORD_VLSB_LENGTH, b, length));
    }
    return SPW_OK;
}

/* A trigger with read errors: word by word. */
static void unpack_around_errors(struct spw_raw_hits *hits,
                                 const uint8_t *words,
                                 uint32_t n,
                                 uint32_t first_address,
                                 uint8_t quality)
{
    const uint32_t number = SPW_BITS(date_word(words, 0), 31, 24);
    for (uint32_t i = 0; i < n; ++i) {
        const uint32_t word = date_word(words, i);
        if (word == READ_ERROR || SPW_BITS(word, 31, 24) != number) continue;
        date_put_hit(hits, first_address + SPW_BITS(word, 22, 16),
                     (int32_t)SPW_BITS(word, 15, 8), (uint8_t)SPW_BITS(word, 23, 23),
                     quality, (uint16_t)SPW_BITS(word, 7, 0));
    }
}

enum spw_status date_vlsb_unpack(const struct date_unpacker *unpacker,
                                 const struct date_board *board,
                                 const struct date_fragment *fragment)
{
    struct spw_raw_hits *hits = &unpacker->batch->hits[DATE_VLSB];
    const uint8_t *words = unpacker->data + board->offset + 4 * (size_t)fragment->begin;
    const uint32_t n = fragment->end - fragment->begin;
    const uint32_t first = date_address_vlsb(board->ldc, board->geo, 0);
    SPW_TRY(spw_raw_hits_reserve(unpacker->batch, DATE_VLSB, n));
    if (fragment->board_status) {
        unpack_around_errors(hits, words, n, first, fragment->hit_quality);
        return SPW_OK;
    }
    const uint32_t at = hits->rows.count;
    unpacker->kernels->vlsb(n, words, first, hits->address + at, hits->ticks + at,
                            hits->edge + at, hits->value + at);
    memset(hits->quality + at, fragment->hit_quality, n);
    hits->rows.count += n;
    return SPW_OK;
}
