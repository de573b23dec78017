/* GTK and CREAM modules, trigger and slow-control blocks from hand-made bytes: values, and the
 * traps of formats/na62.md 6 in brackets. */
#include "support/na62_fixture.h"
#include "support/test.h"

#include "io/na62/trigger.h"

#include <string.h>

static double record_value(const struct na62_read *read,
                           uint32_t source,
                           uint32_t board,
                           uint32_t item,
                           uint32_t index)
{
    const struct spw_raw_records *r = &read->batch.records;
    for (uint32_t i = 0; i < r->rows.count; ++i)
        if (r->source[i] == source && r->board[i] == board && r->item[i] == item &&
            r->index[i] == index)
            return r->value[i];
    return -1;
}

/* ---- CREAM: modules of slots 3-6 in the standard event, 3 3 2 2 channels of 8 samples ---- */

static uint32_t pulses_of(const struct na62_read *read, uint32_t s)
{
    const struct spw_rows *rows = &read->batch.pulses[s].rows;
    return rows->first[EVENT + 1] - rows->first[EVENT];
}

static uint32_t pulses_of_slot(const struct na62_read *read, uint32_t slot)
{
    const struct spw_raw_pulses *p = &read->batch.pulses[NA62_LKR];
    uint32_t n = 0;
    for (uint32_t i = p->rows.first[EVENT]; i < p->rows.first[EVENT + 1]; ++i)
        n += p->address[i] / 32 == 16 * 5 + slot - 3;
    return n;
}

static const size_t CREAM_1 = 7 + 3 * 4; /* first word of the second module */

static void cream_values(void **state)
{
    struct fixture *f = *state;
    const struct spw_raw_pulses *p = &f->good.batch.pulses[NA62_LKR];
    const uint32_t i = p->rows.first[EVENT];
    assert_int_equal(na62_read_damage(&f->good), 0);
    assert_int_equal(p->address[i], 512 * 5);
    assert_int_equal(p->address[i + 1], 512 * 5 + 4);
    assert_int_equal(p->address[i + 2], 512 * 5 + 31);
    assert_int_equal(p->sample[8 * i], 400);
    assert_int_equal(p->sample[8 * i + 1], 404);
    assert_int_equal(p->sample[8 * i + 9], 408);
    assert_int_equal(f->good.batch.pulses[NA62_MUV1]
                         .address[f->good.batch.pulses[NA62_MUV1].rows.first[EVENT]],
                     32 + 1);
    assert_int_equal(pulses_of(&f->good, NA62_MUV1), 2);
    assert_int_equal(f->good.batch.pulses[NA62_MUV1].n_samples, 10);
    assert_int_equal(pulses_of(&f->good, NA62_MUV2), 1);
    assert_int_equal(pulses_of(&f->good, NA62_SAV), 2);
    assert_int_equal(f->good.batch.pulses[NA62_SAV].n_samples, 8);
    assert_near(record_value(&f->good, 0x28, 31 << 5 | 4, NA62_RECORD_CREAM_WORD, 2), 3, 0,
                0);
}

static void only_slot_4_changed(const struct fixture *f, uint32_t n)
{
    assert_int_equal(pulses_of_slot(&f->bad, 3), pulses_of_slot(&f->good, 3));
    assert_int_equal(pulses_of_slot(&f->bad, 4), n);
    assert_int_equal(pulses_of_slot(&f->bad, 5), pulses_of_slot(&f->good, 5));
    assert_int_equal(pulses_of_slot(&f->bad, 6), pulses_of_slot(&f->good, 6));
    others_unchanged(f, NA62_LKR);
}

static void block_length_recovered(void **state) /* [18] */
{
    struct fixture *f = *state;
    static const uint32_t wrong[] = {0, 5, 500};
    for (int i = 0; i < 3; ++i) {
        uint32_t *word = source_word(f, 0x24, CREAM_1 + 1);
        *word = wrong[i];
        read_bad(f);
        assert_int_equal(f->bad.tally[NA62_TALLY_CREAM_RECOVERED], 1);
        assert_int_equal(f->bad.tally[NA62_TALLY_CREAM_CHECKSUM], 1);
        only_slot_4_changed(f, 2);
        na62_read_release(&f->bad);
    }
}

static void payload_recovered(void **state) /* [18] */
{
    struct fixture *f = *state;
    *source_word(f, 0x24, CREAM_1 + 4) ^= 1;
    read_bad(f);
    assert_int_equal(f->bad.tally[NA62_TALLY_CREAM_RECOVERED], 1);
    only_slot_4_changed(f, 2);
}

static void samples_recovered(void **state) /* [18] */
{
    struct fixture *f = *state;
    *source_word(f, 0x24, CREAM_1 + 4) ^= 4u << 16; /* 12 samples */
    read_bad(f);
    assert_int_equal(f->bad.tally[NA62_TALLY_CREAM_RECOVERED], 1);
    only_slot_4_changed(f, 2);
}

static void wrong_mask_costs_the_module(void **state) /* [18] */
{
    struct fixture *f = *state;
    *source_word(f, 0x24, CREAM_1 + 5) ^= 1u << 20;
    read_bad(f);
    assert_int_equal(f->bad.tally[NA62_TALLY_CREAM_LENGTH], 1);
    assert_int_equal(f->bad.tally[NA62_TALLY_CREAM_RECOVERED], 0);
    assert_true(f->bad.batch.events.quality[EVENT] & SPW_EVENT_DAMAGED);
    only_slot_4_changed(f, 0);
}

static void header_damage_is_flagged(void **state) /* [19] */
{
    static const struct {
        uint32_t word, flip;
        enum na62_tally tally;
        uint8_t quality;
    } cases[] = {
        {0, 1u << 3, NA62_TALLY_BLOCK_NUMBER, SPW_BAD_CHECK},
        {2, 1u << 9, NA62_TALLY_CREAM_TIME, SPW_BAD_CHECK | SPW_BAD_BOARD_TIME},
        {3, 2u << 16, NA62_TALLY_BLOCK_TRIGGER, SPW_BAD_CHECK},
        {3, 1u << 27, NA62_TALLY_BLOCK_ERROR_BITS, SPW_BAD_CHECK},
        {4, 1u << 31, NA62_TALLY_CREAM_REQUEST, SPW_BAD_CHECK},
        {8, 1u << 1, NA62_TALLY_CREAM_CHECKSUM, SPW_BAD_CHECK},
    };
    struct fixture *f = *state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; ++i) {
        uint32_t *word = source_word(f, 0x24, CREAM_1 + cases[i].word);
        *word ^= cases[i].flip;
        read_bad(f);
        *word ^= cases[i].flip;
        assert_int_equal(f->bad.tally[cases[i].tally], 1);
        assert_int_equal(f->bad.tally[NA62_TALLY_CREAM_CHECKSUM], 1);
        only_slot_4_changed(f, 2);
        const struct spw_raw_pulses *p = &f->bad.batch.pulses[NA62_LKR];
        assert_int_equal(p->quality[p->rows.first[EVENT] + 3], cases[i].quality);
        assert_int_equal(p->quality[p->rows.first[EVENT]], 0);
        na62_read_release(&f->bad);
    }
}

static void unknown_module_is_given_up(void **state)
{
    struct fixture *f = *state;
    *source_word(f, 0x24, CREAM_1 + 3) ^= 31u << 5; /* crate 26: there, but 31 ^ 5 */
    read_bad(f);
    assert_int_equal(pulses_of_slot(&f->bad, 4), 0);
    *source_word(f, 0x24, CREAM_1 + 3) =
        (*source_word(f, 0x24, CREAM_1 + 3) & ~0x7e0u) | 28u << 5;
    na62_read_release(&f->bad);
    read_bad(f);
    assert_int_equal(f->bad.tally[NA62_TALLY_BLOCK_BOARD], 1);
    only_slot_4_changed(f, 0);
}

/* One LKr module with these samples. */
static void read_module(struct na62_read *read, const uint16_t *sample, uint32_t n)
{
    struct nb b = {.latency = 0x1F01};
    nb_burst_begin(&b, 8252, 17, 1);
    nb_event_begin(&b, 9, 0x50000, 0x01, 1);
    nb_source(&b, 0x24);
    nb_module_begin(&b, 20 | 30u << 5, 0x50000 + 0x1F01);
    nb_put(&b, (n / 2 + 3) | n << 16 | 1u << 30);
    nb_put(&b, 1u << 31);
    for (uint32_t i = 0; i < n / 2; ++i)
        nb_put(&b, sample[2 * i] | (uint32_t)sample[2 * i + 1] << 16);
    nb_module_end(&b, true);
    nb_event_end(&b);
    nb_burst_end(&b);
    na62_read(read, "burst", nb_bytes(&b));
    assert_int_equal(read->batch.pulses[NA62_LKR].address[0], 512 * 30 + 32 * 15 + 31);
    nb_release(&b);
}

static void strange_samples(void **state) /* [22] */
{
    static const struct {
        uint16_t sample[8];
        uint8_t quality;
        enum na62_tally tally;
        uint32_t count;
    } cases[] = {
        {{400, 402, 399, 800, 1200, 900, 500, 420}, 0, NA62_TALLY_CREAM_OSCILLATING, 0},
        {{400, 402, 16383, 16383, 1200, 900, 500, 420},
         SPW_SATURATED,
         NA62_TALLY_CREAM_CHECKSUM,
         0},
        {{400, 402, 0, 7, 1200, 900, 500, 420},
         SPW_UNDERFLOW,
         NA62_TALLY_CREAM_ZERO_PHASE,
         0},
        {{0, 402, 0, 400, 0, 401, 0, 402},
         SPW_UNDERFLOW | SPW_BAD_CHECK,
         NA62_TALLY_CREAM_ZERO_PHASE,
         1},
        {{402, 0, 401, 0, 400, 0, 401, 0},
         SPW_UNDERFLOW | SPW_BAD_CHECK,
         NA62_TALLY_CREAM_ZERO_PHASE,
         1},
        {{400, 528, 401, 527, 400, 529, 399, 528},
         SPW_BAD_CHECK,
         NA62_TALLY_CREAM_OSCILLATING,
         1},
        {{528, 400, 529, 401, 528, 400, 529, 401},
         SPW_BAD_CHECK,
         NA62_TALLY_CREAM_OSCILLATING,
         1},
        {{400, 500, 400, 500, 400, 500, 400, 500}, 0, NA62_TALLY_CREAM_OSCILLATING, 0},
        {{400, 528, 401, 527, 400, 410, 399, 401}, 0, NA62_TALLY_CREAM_OSCILLATING, 0},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; ++i) {
        struct na62_read read;
        read_module(&read, cases[i].sample, 8);
        assert_int_equal(read.batch.pulses[NA62_LKR].quality[0], cases[i].quality);
        assert_int_equal(read.tally[cases[i].tally], cases[i].count);
        assert_memory_equal(read.batch.pulses[NA62_LKR].sample, cases[i].sample, 16);
        na62_read_release(&read);
    }
}

/* Another number of samples keeps its own length, rows are padded with 0. */
static void mixed_sample_counts(void **state) /* [23] */
{
    struct nb b = {.latency = 0x1F01};
    struct na62_read read;
    (void)state;
    nb_burst_begin(&b, 8252, 17, 1);
    nb_event_begin(&b, 9, 0x50000, 0x01, 1);
    nb_source(&b, 0x24);
    nb_cream(&b, 1, 3, 1, 8);
    nb_cream(&b, 1, 4, 1, 10);
    nb_cream(&b, 1, 5, 1, 10);
    nb_event_end(&b);
    nb_burst_end(&b);
    na62_read(&read, "burst", nb_bytes(&b));
    const struct spw_raw_pulses *p = &read.batch.pulses[NA62_LKR];
    assert_int_equal(read.tally[NA62_TALLY_CREAM_SAMPLES], 2);
    assert_int_equal(p->n_samples, 10);
    assert_int_equal(p->length[0], 8);
    assert_int_equal(p->length[1], 10);
    assert_int_equal(p->sample[0], 400);
    assert_int_equal(p->sample[8], 0);
    assert_int_equal(p->sample[19], 404 + 405 - 400);
    na62_read_release(&read);
    nb_release(&b);
}

/* Runs below 4300: big-endian words, old latency, 16 samples; blocks of 7 words are empty. */
static void swapped_words_of_2015(void **state) /* [24, 25] */
{
    struct nb b = {.latency = 0xF01};
    struct na62_read read;
    (void)state;
    nb_burst_begin(&b, 4299, 17, 1);
    nb_event_begin(&b, 9, 0x50000, 0x01, 2);
    nb_source(&b, 0x24);
    const size_t from = b.n;
    nb_cream(&b, 1, 3, 0, 16);
    nb_cream(&b, 1, 4, 3, 16);
    const size_t to = b.n;
    nb_source(&b, 0x28);
    nb_event_end(&b);
    nb_burst_end(&b);
    for (size_t i = from; i < to; ++i) b.word[i] = __builtin_bswap32(b.word[i]);
    na62_read(&read, "burst", nb_bytes(&b));
    assert_int_equal(na62_read_damage(&read), 0);
    const struct spw_raw_pulses *p = &read.batch.pulses[NA62_LKR];
    assert_int_equal(p->rows.count, 2);
    assert_int_equal(p->length[0], 16);
    assert_int_equal(p->sample[2], 401);
    assert_int_equal(p->quality[0], 0);
    na62_read_release(&read);
    nb_release(&b);
}

/* ---- GTK ---- */

static uint32_t to_gray(uint32_t value)
{
    return value ^ (value >> 1);
}

/* One GTK event, PC 3 (station 1, chips 5-9) with the two words of a hit in its first half chip. */
static void
gtk_event(struct nb *b, uint32_t ticks, uint32_t w0, uint32_t w1, uint32_t n_copies)
{
    nb_burst_begin(b, 8252, 17, 1);
    nb_event_begin(b, 9, ticks, 0x01, 1);
    nb_source(b, 0x08);
    for (uint32_t pc = 0; pc < 6; ++pc) {
        if (pc != 3) {
            nb_gtk(b, pc, 0);
            continue;
        }
        nb_module_begin(b, pc, ticks);
        for (uint32_t half = 0; half < 10; ++half) {
            const uint32_t n = half ? 0 : n_copies, chip = (5 + half / 2) << 24;
            for (uint32_t i = 0; i < n; ++i) {
                nb_put(b, w0);
                nb_put(b, w1);
            }
            nb_put(b, 0xAu << 28 | chip | 9);
            nb_put(b, ticks - 289);
            nb_put(b, 0xFu << 28 | chip | 4);
            nb_put(b, n << 24 | 10);
        }
        nb_module_end(b, false);
    }
    nb_event_end(b);
    nb_burst_end(b);
}

static uint32_t gtk_word0(uint32_t l1a, uint32_t group, uint32_t arbiter, uint32_t pileup)
{
    return 5u << 24 | 2u << 22 | (l1a >> 8 & 15) << 18 | group << 10 | arbiter << 5 |
           pileup;
}

/* A hit at `leading` and `trailing`, both in clock / 256 since start of burst, encoded as the chip
 * does it: the coarse counter turns over late or early around the fine counter's end. */
static uint32_t gtk_word1(uint32_t leading, uint32_t trailing, bool late, bool late_end)
{
    const uint32_t fine = leading & 31, coarse = (leading >> 5) & 0xfff;
    const uint32_t fine_end = trailing & 31, width = (trailing >> 5) - (leading >> 5);
    const uint32_t stored = (coarse + late) & 0xfff;
    const uint32_t select = (uint32_t)__builtin_parity(to_gray(stored)) ^ late;
    const uint32_t stored_width = width + late_end - late;
    const uint32_t end = (stored_width + stored) & 0xfff;
    const uint32_t select_end = (uint32_t)__builtin_parity(to_gray(end)) ^ late_end;
    return 1u << 30 | select << 29 | to_gray(stored) << 17 | to_gray(fine) << 12 |
           select_end << 11 | (stored_width & 63) << 5 | to_gray(fine_end);
}

static void gtk_times(void **state) /* 3.5, [27] */
{
    static const uint32_t ticks[] = {0x450a35,    0x100 + 289, 0x200 + 289,
                                     0x1ff + 289, 289,         289 + 5};
    uint32_t n = 0;
    (void)state;
    for (size_t t = 0; t < sizeof ticks / sizeof *ticks; ++t)
        for (int32_t delta = -256; delta < 500; delta += 7) /* clocks relative to the L1A */
            for (uint32_t variant = 0; variant < 4; ++variant) {
                const uint32_t l1a = ticks[t] - 289;
                const int32_t when = (int32_t)l1a + delta;
                if (when < 0 || (uint32_t)when >> 8 > l1a >> 8 ||
                    ((l1a >> 8) - ((uint32_t)when >> 8)) > 1)
                    continue;
                const uint32_t leading = (uint32_t)when * 256 + 25,
                               trailing = leading + 32 * 5 + 2;
                struct nb b = {0};
                struct na62_read read;
                gtk_event(&b, ticks[t], gtk_word0(l1a, 13, 1u << 2, 0),
                          gtk_word1(leading, trailing, variant & 1, variant >> 1), 1);
                na62_read(&read, "burst", nb_bytes(&b));
                const struct spw_raw_hits *hits = &read.batch.hits[NA62_GTK];
                assert_int_equal(hits->rows.count, 2);
                assert_int_equal(hits->ticks[0], 2 * (delta * 256 + 25) + 1);
                assert_int_equal(hits->ticks[1], 2 * (delta * 256 + 25 + 162) + 1);
                na62_read_release(&read);
                nb_release(&b);
                ++n;
            }
    assert_true(n > 500);
}

static void gtk_pixels(void **state) /* 3.5 */
{
    struct nb b = {0};
    struct na62_read read;
    const uint32_t ticks = 0x450a35, l1a = ticks - 289;
    (void)state;
    gtk_event(&b, ticks, gtk_word0(l1a, 13, 1u << 4 | 1, 1u << 1),
              gtk_word1(l1a * 256, l1a * 256 + 50, false, false), 1);
    na62_read(&read, "burst", nb_bytes(&b));
    const struct spw_raw_hits *hits = &read.batch.hits[NA62_GTK];
    assert_int_equal(na62_read_damage(&read), 0);
    assert_int_equal(hits->rows.count, 6);
    /* chip 5, quarter 1, group 13: x = 10 + 1, y = 4 + 9 a, turned round; arbiter 0, 4, pile-up 1 */
    static const uint32_t y[] = {4, 40, 13};
    for (uint32_t i = 0; i < 3; ++i) {
        assert_int_equal(hits->address[2 * i], 18000 + 39 - 11 + 200 * (44 - y[i]) + 9000);
        assert_int_equal(hits->address[2 * i + 1], hits->address[2 * i]);
        assert_int_equal(hits->edge[2 * i], SPW_EDGE_LEADING);
        assert_int_equal(hits->edge[2 * i + 1], SPW_EDGE_TRAILING);
        assert_int_equal(hits->quality[2 * i], SPW_MULTI_HIT); /* no time over threshold */
        assert_int_equal(hits->ticks[2 * i + 1] - hits->ticks[2 * i], 308);
    }
    na62_read_release(&read);
    nb_release(&b);
}

static uint32_t gtk_rows(const struct na62_read *read)
{
    const struct spw_rows *rows = &read->batch.hits[NA62_GTK].rows;
    return rows->first[EVENT + 1] - rows->first[EVENT];
}

/* Words of a standard PC with n hits a half chip: PC p has p % 3 hits. */
static size_t pc_at(uint32_t pc)
{
    size_t at = 0;
    for (uint32_t p = 0; p < pc; ++p) at += 4 + 10 * (4 + 2 * (p % 3));
    return at;
}

static void gtk_damage(void **state) /* [26] */
{
    static const struct {
        uint32_t word, flip; /* of PC 1, whose half chips are hit, trailer 1, trailer 2 */
        enum na62_tally tally;
        uint32_t lost;
    } cases[] = {
        {4, 3u << 24, NA62_TALLY_GTK_HIT, 1},
        {4, 3u << 22, NA62_TALLY_GTK_HIT, 1},
        {4, 1u << 16 | 1u << 15 | 1u << 14 | 1u << 13, NA62_TALLY_GTK_HIT, 1},
        {4, 1u << 17, NA62_TALLY_GTK_STATUS, 0},
        {4, 8u << 18, NA62_TALLY_GTK_FRAME, 0},
        {6, 1u, NA62_TALLY_GTK_COUNTER, 0},
        {7, 1u << 3, NA62_TALLY_GTK_TIME, 0},
        {8, 1u << 6, NA62_TALLY_GTK_COUNTER, 0},
        {9, 1u, NA62_TALLY_GTK_COUNTER, 0},
        {9, 1u << 26, NA62_TALLY_GTK_COUNT, 0},
        {8, 1u << 31, NA62_TALLY_GTK_HALF_CHIPS, 0},
        {2, 1u << 4, NA62_TALLY_BLOCK_TIME, 0},
        {3, 1u << 1, NA62_TALLY_BLOCK_BOARD, 10},
    };
    struct fixture *f = *state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; ++i) {
        uint32_t *word = source_word(f, 0x08, pc_at(1) + cases[i].word);
        *word ^= cases[i].flip;
        read_bad(f);
        *word ^= cases[i].flip;
        assert_true(f->bad.tally[cases[i].tally] >= 1);
        assert_int_equal(gtk_rows(&f->good), 2 * 60);
        assert_int_equal(gtk_rows(&f->bad), 2 * (60 - cases[i].lost));
        others_unchanged(f, NA62_GTK);
        na62_read_release(&f->bad);
    }
}

static void gtk_missing_pc(void **state) /* [26] */
{
    struct fixture *f = *state;
    *source_word(f, 0x08, pc_at(1)) ^= 0xff; /* event number and length wrong */
    *source_word(f, 0x08, pc_at(1) + 1) ^= 0xff;
    read_bad(f);
    assert_true(f->bad.tally[NA62_TALLY_GTK_BOARDS] == 1);
    assert_int_equal(gtk_rows(&f->bad), 2 * 50);
    others_unchanged(f, NA62_GTK);
}

static void gtk_duplicates_and_limiter(void **state) /* [26] */
{
    struct nb b = {0};
    struct na62_read read;
    const uint32_t ticks = 0x450a35, l1a = ticks - 289;
    (void)state;
    gtk_event(&b, ticks, gtk_word0(l1a, 13, 1, 0),
              gtk_word1(l1a * 256, l1a * 256 + 50, 0, 0), 17);
    na62_read(&read, "burst", nb_bytes(&b));
    assert_int_equal(read.tally[NA62_TALLY_GTK_DUPLICATE], 16);
    assert_int_equal(read.tally[NA62_TALLY_GTK_LIMITER], 1);
    assert_int_equal(read.batch.hits[NA62_GTK].rows.count, 2);
    na62_read_release(&read);
    nb_release(&b);
}

static void gtk_end_of_burst(void **state)
{
    struct fixture *f = *state;
    assert_near(record_value(&f->good, 0x08, 3, NA62_RECORD_GTK_ERRORS, 7), 7, 0, 0);
    assert_near(record_value(&f->good, 0x08, 3, NA62_RECORD_GTK_CHOKES, 7), 1, 0, 0);
    assert_near(record_value(&f->good, 0x08, 3, NA62_RECORD_GTK_TIMESTAMP, 7),
                200000000 - 289, 0, 0);
    assert_near(record_value(&f->good, 0x08, 3, NA62_RECORD_GTK_FIRMWARE, 7), 0x180712, 0,
                0);
    assert_near(record_value(&f->good, 0x08, 3, NA62_RECORD_GTK_HITS, 7), 1004, 0, 0);
}

/* ---- trigger and slow control ---- */

static void l0tp_sizes(void **state) /* [28, 29] */
{
    (void)state;

    static const struct {
        uint32_t n;
        bool known, flags, neighbours;
    } cases[] = {{4, true, false, false}, {6, true, true, false}, {8, true, true, false},
                 {22, true, true, true},  {30, true, true, true}, {5, false, false, false},
                 {0, false, false, false}};

    for (size_t i = 0; i < sizeof cases / sizeof *cases; ++i) {
        struct nb b = {.ticks = 1, .type = 1};
        struct na62_l0tp l0tp;
        nb_l0tp(&b, cases[i].n, 0x8003);
        const struct spw_bytes words = {(const uint8_t *)(b.word + 2), 4 * (b.n - 2)};
        assert_int_equal(na62_l0tp_read(words, &l0tp), cases[i].known);
        assert_int_equal(l0tp.has_flags, cases[i].flags);
        assert_int_equal(l0tp.flags, cases[i].flags ? 0x8003 : 0);
        assert_int_equal(l0tp.has_neighbours, cases[i].neighbours);
        assert_int_equal(l0tp.primitive[0][NA62_L0_CHOD], cases[i].known ? 0x4001 : 0);
        assert_int_equal(l0tp.primitive[0][NA62_L0_RICH], cases[i].known ? 0x4002 : 0);
        assert_int_equal(l0tp.fine_time[0][NA62_L0_RICH], cases[i].n == 22 ? 0x22 : 0);
        assert_int_equal(l0tp.primitive[1][NA62_L0_CHOD], cases[i].neighbours ? 0x4003 : 0);
        nb_release(&b);
    }
}

static void l0tp_hits(void **state)
{
    struct fixture *f = *state;
    const struct spw_raw_hits *hits = &f->good.batch.hits[NA62_L0TP];
    const uint32_t i = hits->rows.first[EVENT];
    assert_int_equal(hits->rows.first[EVENT + 1] - i, 3);
    assert_int_equal(hits->address[i], 0);
    assert_int_equal(hits->ticks[i], 0x11);
    assert_int_equal(hits->address[i + 1], 1);
    assert_int_equal(hits->ticks[i + 1], 0x22);
    assert_int_equal(hits->address[i + 2], 7);
    assert_int_equal(hits->ticks[i + 2], 0x33);
    assert_int_equal(hits->value[i + 2], 0x4003);
    assert_near(record_value(&f->good, 0x40, 0, NA62_RECORD_L0TP_WORD, 5),
                0x22 | 1 << 8 | 0x8003u << 16, 0, 0);
}

static void l0tp_damage(void **state)
{
    struct fixture *f = *state;
    *source_word(f, 0x40, 2) ^= 1; /* reference fine time */
    read_bad(f);
    assert_int_equal(f->bad.tally[NA62_TALLY_L0TP_MISMATCH], 1);
    assert_int_equal(f->bad.batch.events.quality[EVENT], 0);
}

static void l0tp_unwrapping(void **state) /* [34] */
{
    (void)state;
    assert_int_equal(na62_l0tp_unwrap(10, 1, 200, 2), 10);
    assert_int_equal(na62_l0tp_unwrap(10, 2, 200, 2), 266);
    assert_int_equal(na62_l0tp_unwrap(250, 1, 20, 2), -6);
    assert_int_equal(na62_l0tp_unwrap(30, 2, 20, 2), 30);
    assert_int_equal(na62_l0tp_unwrap(30, 2, 100, 2), 30);
    assert_int_equal(na62_l0tp_unwrap(30, 2, 130, 1), 286);
    assert_int_equal(na62_l0tp_unwrap(30, 1, 127, 1), -226);
    assert_int_equal(na62_l0tp_unwrap(30, 1, 0, 0), -226);
    assert_int_equal(na62_l0tp_unwrap(30, 2, 0, 0), 286);
}

static void l0tp_end_of_burst(void **state)
{
    (void)state;
    uint32_t word[210];
    struct na62_l0tp_end end;
    for (uint32_t i = 0; i < 210; ++i) word[i] = 1000 * i + (i << 16);
    const struct spw_bytes words = {(const uint8_t *)word, sizeof word};
    assert_true(na62_l0tp_end_read(words, &end));
    assert_int_equal(end.n_primitives[6], word[12]);
    assert_int_equal(end.n_chokes, word[13]);
    assert_int_equal(end.control_sent, word[17]);
    assert_int_equal(end.mask[15].downscaling, word[18 + 15 * 12 + 1]);
    assert_int_equal(end.mask[15].generated, word[18 + 15 * 12 + 3]);
    assert_int_equal(end.mask[1].required[6], word[30 + 10] & 0xffff);
    assert_int_equal(end.mask[1].dont_care[0], word[30 + 4] >> 16);
    assert_false(na62_l0tp_end_read((struct spw_bytes){words.data, 4 * 209}, &end));
}

static void l1_fields(void **state)
{
    struct fixture *f = *state;
    struct spw_cursor at = spw_cursor_over(
        (struct spw_bytes){(const uint8_t *)source_word(f, 0x44, 2), 4 * 9});
    struct na62_l1 l1;
    struct na62_l1_mask mask;
    struct na62_l1_algorithm algorithm;
    assert_true(na62_l1_read(&at, &l1));
    assert_int_equal(l1.format, 2);
    assert_int_equal(l1.n_masks, 1);
    assert_true(na62_l1_mask_read(&at, &mask));
    assert_int_equal(mask.n_algorithms, 1);
    assert_int_equal(mask.trigger_word, 1);
    assert_int_equal(mask.mask, 3);
    assert_true(na62_l1_algorithm_read(&at, &algorithm));
    assert_int_equal(algorithm.algorithm, 2);
    assert_int_equal(algorithm.quality, 0x41);
    assert_int_equal(algorithm.half_window_ns, 10);
    assert_int_equal(algorithm.flags, 0x40);
    assert_int_equal(algorithm.n_data, 2);
    assert_int_equal(algorithm.data[1], 77);
    assert_false(na62_l1_algorithm_read(&at, &algorithm));
    *source_word(f, 0x44, 4) += 1; /* one mask more than there is */
    read_bad(f);
    assert_int_equal(f->bad.tally[NA62_TALLY_L1_SIZE], 1);
}

static void slow_control(void **state) /* [5] */
{
    struct fixture *f = *state;
    assert_near(record_value(&f->good, 0x4C, 0x4C << 8 | 2, NA62_RECORD_DIM_TIME, 0),
                1509379207, 0, 0);
    assert_near(record_value(&f->good, 0x4C, 0x4C << 8 | 2, NA62_RECORD_DIM_WORD, 1), 22, 0,
                0);
    assert_near(record_value(&f->good, 0x4C, 0x04 << 8 | 3, NA62_RECORD_DIM_TIME, 0),
                1509379208, 0, 0);
    f->bytes.word[nb_source_at(&f->bytes, 3, 0x4C)] ^=
        0xffff; /* size field overflows: not used */
    read_bad(f);
    assert_near(record_value(&f->bad, 0x4C, 0x4C << 8 | 2, NA62_RECORD_DIM_WORD, 1), 22, 0,
                0);
    na62_read_release(&f->bad);
    f->bytes.word[nb_source_at(&f->bytes, 3, 0x4C) + 3] |= 0x700;
    read_bad(f);
    assert_int_equal(f->bad.tally[NA62_TALLY_NSTD_LENGTH], 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(cream_values),
        TEST(block_length_recovered),
        TEST(payload_recovered),
        TEST(samples_recovered),
        TEST(wrong_mask_costs_the_module),
        TEST(header_damage_is_flagged),
        TEST(unknown_module_is_given_up),
        TEST(strange_samples),
        TEST(mixed_sample_counts),
        TEST(swapped_words_of_2015),
        TEST(gtk_times),
        TEST(gtk_pixels),
        TEST(gtk_damage),
        TEST(gtk_missing_pc),
        TEST(gtk_duplicates_and_limiter),
        TEST(gtk_end_of_burst),
        TEST(l0tp_sizes),
        TEST(l0tp_hits),
        TEST(l0tp_damage),
        TEST(l0tp_unwrapping),
        TEST(l0tp_end_of_burst),
        TEST(l1_fields),
        TEST(slow_control),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
