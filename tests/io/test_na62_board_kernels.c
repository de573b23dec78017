/* The kernels of TEL62 and STRAW boards: good boards are taken, one wrong bit and they are left. */
#include "core/bytes.h"
#include "io/na62/board_kernels.h"
#include "io/na62/na62_kernels.h"
#include "support/test.h"

#include <string.h>

enum {
    MAX_WORDS = 4000,
    READABLE = MAX_WORDS + 16,
    ROWS = 4000,
    TICKS = 0x0123FFFE, /* slots around it wrap in their 16 bits */
    TYPE = 0x5C,
    MARK = NA62_META_EVENT,
    FIRST_SLOT = -3,
    N_WINDOW = 8,
    LATENCY = 0x1F01,
    UNTOUCHED = 0x5A5A5A5A,
};

struct source {
    uint32_t word[READABLE];
    uint32_t n;
};

struct rows {
    uint32_t word[ROWS], meta[ROWS];
    int32_t base[ROWS];
    uint32_t n;
};

static uint32_t below(uint64_t *seed, uint32_t n)
{
    return (uint32_t)(test_random(seed) % n);
}

static void put(struct source *source, uint32_t word)
{
    source->word[source->n++] = word;
}

/* Closes the board that begins at `first`: its size in bytes. */
static void close_board(struct source *source, uint32_t first, uint32_t number)
{
    source->word[first] = 1u << 24 | number << 16 | 4 * (source->n - first);
}

static void expect(struct rows *rows, uint32_t word, uint32_t meta, uint32_t base)
{
    rows->word[rows->n] = word;
    rows->meta[rows->n] = meta;
    rows->base[rows->n++] = (int32_t)base;
}

/* A board of any FPGAs, slots and edges, and the rows that it makes. */
static void
put_tel62(struct source *source, uint32_t number, struct rows *rows, uint64_t *seed)
{
    const uint32_t first = source->n, fpgas = below(seed, 16);
    put(source, 0);
    put(source, TICKS);
    put(source, number << 16 | TYPE << 8 | fpgas);
    for (uint32_t fpga = 0; fpga < 4; ++fpga) {
        if (!(fpgas >> fpga & 1)) continue;
        const uint32_t n_slots = below(seed, 4);
        put(source, fpga << 16 | n_slots);
        for (uint32_t i = 0; i < n_slots; ++i) {
            const int32_t relative = FIRST_SLOT + (int32_t)below(seed, N_WINDOW + 1);
            const uint32_t slot = (TICKS + (uint32_t)relative) & 0xffff;
            const uint32_t n = below(seed, 8) ? below(seed, 5) : below(seed, 30);
            put(source, (n + 1) << 16 | slot);
            for (uint32_t k = 0; k < n; ++k) {
                put(source, (uint32_t)test_random(seed));
                expect(rows, source->word[source->n - 1],
                       (512 * number + 128 * fpga) | MARK | slot << NA62_META_SLOT_SHIFT,
                       256 * ((uint32_t)relative - (slot & 0x7ff)));
            }
        }
    }
    close_board(source, first, number);
}

/* A board of up to 60 hits, none of them padding, with not too many in a slot. */
static void
put_srb(struct source *source, uint32_t number, struct rows *rows, uint64_t *seed)
{
    const uint32_t first = source->n, time = TICKS + 5 - below(seed, 20);
    uint8_t counters[16];
    uint16_t hit[60 * 2];
    uint32_t n = 0;
    for (uint32_t slot = 0; slot < 16; ++slot) {
        counters[slot] = (uint8_t)(below(seed, 3) ? 0 : below(seed, 8));
        for (uint32_t k = 0; k < counters[slot]; ++k, ++n) {
            hit[n] = (uint16_t)below(seed, 0xffff);
            expect(rows, hit[n], 256 * number | MARK, 32 * (time - TICKS + slot));
        }
    }
    if (n % 2) hit[n] = 0xffff;
    put(source, 0);
    put(source, TICKS + LATENCY);
    put(source, (4 * (6 + (n + 1) / 2)) << 16 | TYPE << 8 | number);
    put(source, time);
    for (uint32_t i = 0; i < n; i += 2) put(source, hit[i] | (uint32_t)hit[i + 1] << 16);
    for (uint32_t i = 0; i < 16; i += 4) put(source, spw_load_u32(counters + i));
    close_board(source, first, number);
}

static struct na62_board_walk
walk_over(const struct source *source, struct rows *rows, uint32_t latency)
{
    memset(rows, 0x5A, sizeof *rows);
    return (struct na62_board_walk){
        .words = (const uint8_t *)source->word,
        .n_words = source->n,
        .n_readable = READABLE,
        .n_boards = 12,
        .ticks = TICKS,
        .timestamp = TICKS + latency,
        .type = TYPE,
        .mark = MARK,
        .first_slot = FIRST_SLOT,
        .n_window = N_WINDOW,
        .word = rows->word,
        .meta = rows->meta,
        .base = rows->base,
    };
}

static void take(int isa, bool srb, struct na62_board_walk *walk)
{
    const struct na62_board_kernels *kernels =
        SPW_PICK(na62_board_kernels, (enum spw_isa)isa);
    (srb ? kernels->srb : kernels->tel62)(walk);
}

static void good(bool srb)
{
    uint64_t seed = test_seed();
    for (int trial = 0; trial < 1500; ++trial) {
        const int isa = trial % ((int)spw_isa_best() + 1);
        static struct source source;
        static struct rows rows, expected;
        source.n = expected.n = 0;
        for (uint32_t number = 0; number < 6; ++number)
            (srb ? put_srb : put_tel62)(&source, 11 - number, &expected, &seed);
        struct na62_board_walk walk = walk_over(&source, &rows, srb ? LATENCY : 0);
        take(isa, srb, &walk);
        assert_int_equal(walk.at, source.n);
        assert_int_equal(walk.count, expected.n);
        assert_int_equal(walk.seen, 0xfc0);
        assert_memory_equal(rows.word, expected.word, 4 * (size_t)expected.n);
        assert_memory_equal(rows.meta, expected.meta, 4 * (size_t)expected.n);
        assert_memory_equal(rows.base, expected.base, 4 * (size_t)expected.n);
        assert_int_equal(rows.word[expected.n + NA62_BOARD_SLACK], UNTOUCHED);
    }
}

static void tel62(void **state)
{
    (void)state;
    good(false);
}

static void srb(void **state)
{
    (void)state;
    good(true);
}

/* One bit of the header words, of the structure or of the end: the second board is left. */
static void damage(void **state)
{
    (void)state;
    uint64_t seed = test_seed();
    for (int trial = 0; trial < 12000; ++trial) {
        const int isa = trial % ((int)spw_isa_best() + 1);
        const bool is_srb = trial / 3 % 2;
        static struct source source;
        static struct rows rows, expected;
        source.n = expected.n = 0;
        (is_srb ? put_srb : put_tel62)(&source, 3, &expected, &seed);
        const uint32_t at = source.n, n = expected.n;
        (is_srb ? put_srb : put_tel62)(&source, 4, &expected, &seed);
        const uint32_t i = trial % 5 ? below(&seed, 3) : (is_srb ? source.n - at - 1 : 2);
        const uint32_t bit = below(&seed, 32);
        const bool spare = i == 2 && (is_srb ? bit >= 5 && bit < 8 : bit >= 24);
        source.word[at + i] ^= 1u << bit;
        struct na62_board_walk walk = walk_over(&source, &rows, is_srb ? LATENCY : 0);
        take(isa, is_srb, &walk);
        assert_int_equal(walk.at, spare ? source.n : at);
        assert_int_equal(walk.count, spare ? expected.n : n);
        assert_int_equal(walk.seen, spare ? 0x18 : 0x8);
    }
}

/* What is no damage of one bit of a header: left as well. */
static void refused(void **state)
{
    enum { GOOD, WINDOW, ERROR_FRAME, SL, EMPTY_SLOT, LONG_SLOT, SEEN, CUT, EDGE, N_CASES };

    (void)state;
    for (int isa = 0; isa <= (int)spw_isa_best(); ++isa)
        for (int which = 0; which < N_CASES; ++which) {
            static struct source source;
            static struct rows rows;
            source.n = 0;
            put(&source, 1u << 24 | 4 << 16 | 4 * 6);
            put(&source, TICKS);
            put(&source, 4 << 16 | TYPE << 8 | (which == SL ? 16 : 4));
            put(&source,
                (which == SL ? 4u : 2u) << 16 | 1 | (uint32_t)(which == ERROR_FRAME) << 24);
            put(&source, (which == EMPTY_SLOT  ? 0u
                          : which == LONG_SLOT ? 3u
                                               : 2u)
                                 << 16 |
                             ((TICKS + (which == WINDOW ? 6 : 5)) & 0xffff));
            put(&source, 4u << 28);
            struct na62_board_walk walk = walk_over(&source, &rows, 0);
            if (which == SEEN) walk.seen = 1 << 4;
            if (which == CUT) --walk.n_words;
            if (which == EDGE) walk.n_readable = walk.n_words + NA62_BOARD_SLACK - 1;
            take(isa, false, &walk);
            assert_int_equal(walk.at, which == GOOD ? 6 : 0);
            assert_int_equal(walk.count, which == GOOD ? 1 : 0);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tel62),
        cmocka_unit_test(srb),
        cmocka_unit_test(damage),
        cmocka_unit_test(refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
