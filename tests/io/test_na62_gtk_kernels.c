/* The kernel of the GTK decoder: good half chips are taken, one wrong bit and they are left. */
#include "core/bytes.h"
#include "io/na62/gtk_kernels.h"
#include "io/na62/na62_kernels.h"
#include "support/test.h"

#include <string.h>

enum {
    MAX_ITEMS = 400,
    ROWS = 2 * MAX_ITEMS + NA62_GTK_SLACK,
    NUMBER = 0x00123456,
    L1A = 0x0003B7C1,
    L0_TYPE = 0x5C,
    STATION = 2,
    QUALITY = 5,
    UNTOUCHED = 0x5A5A5A5A,
};

struct burst {
    uint32_t word[2 * (MAX_ITEMS + 8)];
    uint32_t n_items;
};

static void put(struct burst *burst, uint32_t w0, uint32_t w1)
{
    burst->word[2 * burst->n_items] = w0;
    burst->word[2 * burst->n_items + 1] = w1;
    ++burst->n_items;
}

/* A hit of one pixel in this or the last frame. */
static void put_hit(struct burst *burst, uint32_t chip, uint64_t *seed)
{
    const uint32_t frame = ((L1A >> 8) - (uint32_t)test_random(seed) % 2) & 15;
    const uint32_t group = (uint32_t)test_random(seed) % 90;
    const uint32_t bit = 1u << test_random(seed) % 10;
    put(burst, chip << 24 | STATION << 22 | frame << 18 | group << 10 | bit,
        (uint32_t)test_random(seed));
}

static void
put_trailers(struct burst *burst, uint32_t chip, uint32_t n_hits, uint64_t *seed)
{
    put(burst, 0xAu << 28 | chip << 24 | NUMBER, L1A);
    put(burst, 0xFu << 28 | chip << 24 | ((uint32_t)test_random(seed) & 0xffff00) | L0_TYPE,
        n_hits << 24 | (NUMBER + 1));
}

struct rows {
    uint32_t word[ROWS], meta[ROWS];
};

static struct na62_gtk_walk walk_over(const struct burst *burst, struct rows *rows)
{
    memset(rows, 0x5A, sizeof *rows);
    return (struct na62_gtk_walk){
        .items = (const uint8_t *)burst->word,
        .n_items = burst->n_items,
        .n_readable = MAX_ITEMS + 8,
        .first_chip = 5,
        .n_chips = 5,
        .station = STATION,
        .number = NUMBER,
        .l1a = L1A,
        .l0_type = L0_TYPE,
        .quality = QUALITY,
        .word = rows->word,
        .meta = rows->meta,
    };
}

static void take(int isa, struct na62_gtk_walk *walk)
{
    SPW_PICK(na62_gtk_kernels, (enum spw_isa)isa)->take(walk);
}

/* Half chips of 0 to 16 hits: every hit in its place. */
static void good(void **state)
{
    (void)state;
    uint64_t seed = test_seed();
    for (int trial = 0; trial < 1000; ++trial) {
        const int isa = trial % ((int)spw_isa_best() + 1);
        struct burst burst = {.n_items = 0};
        struct rows rows;
        uint32_t expected[ROWS], n = 0;
        for (uint32_t half = 0; half < 10; ++half) {
            const uint32_t chip = 5 + half / 2, n_hits = (uint32_t)test_random(&seed) % 17;
            const uint32_t first = burst.n_items;
            for (uint32_t i = 0; i < n_hits; ++i) put_hit(&burst, chip, &seed);
            memcpy(expected + n, burst.word + 2 * first, 8 * (size_t)n_hits);
            n += 2 * n_hits;
            put_trailers(&burst, chip, n_hits, &seed);
        }
        struct na62_gtk_walk walk = walk_over(&burst, &rows);
        take(isa, &walk);
        assert_int_equal(walk.at, burst.n_items);
        assert_int_equal(walk.n_half_chips, 10);
        assert_int_equal(walk.count, n);
        assert_memory_equal(rows.word, expected, 4 * (size_t)n);
        for (uint32_t i = 0; i < n; i += 2)
            assert_int_equal(rows.meta[i],
                             (L1A & NA62_GTK_L1A_MASK) | QUALITY << NA62_GTK_QUALITY_SHIFT);
        assert_int_equal(rows.word[n + NA62_GTK_SLACK], UNTOUCHED);
        assert_int_equal(rows.meta[n + NA62_GTK_SLACK], UNTOUCHED);
    }
}

/* One bit of the second half chip: it is left, the first was taken. Free are bits of the times,
 * of the group, the last one of the frame; and the hits since the trigger before. */
static void damage(void **state)
{
    (void)state;
    uint64_t seed = test_seed();
    for (int isa = 0; isa <= (int)spw_isa_best(); ++isa)
        for (uint32_t bit = 0; bit < 64 * 7; ++bit) {
            const uint32_t i = 4 + bit / 64, kind = bit / 64 < 5 ? 0 : bit / 64 - 4;
            struct burst burst = {.n_items = 0};
            struct rows rows;
            for (uint32_t k = 0; k < 2; ++k) put_hit(&burst, 7, &seed);
            put_trailers(&burst, 7, 2, &seed);
            for (uint32_t k = 0; k < 5; ++k) {
                const uint32_t w0 = 9u << 24 | STATION << 22 | (L1A >> 8 & 15) << 18;
                put(&burst, w0 | 1 << 3, 1000 + k);
            }
            put_trailers(&burst, 9, 5, &seed);
            burst.word[2 * i + bit / 32 % 2] ^= 1u << bit % 32;
            const uint32_t low = bit % 64;
            if (kind == 0 && low >= 32 && low < 35) continue; /* may repeat its neighbour */
            const bool free = kind == 0 ? low >= 32 || (low >= 10 && low < 17) || low == 18
                              : kind == 2 ? low >= 8 && low < 24
                                          : false;
            struct na62_gtk_walk walk = walk_over(&burst, &rows);
            take(isa, &walk);
            assert_int_equal(walk.n_half_chips, free ? 2 : 1);
            assert_int_equal(walk.at, free ? 11 : 4);
            assert_int_equal(walk.count, free ? 14 : 4);
        }
}

/* What is no damage of one bit: repeats, too many hits, chips of others, groups, the end. */
static void refused(void **state)
{
    enum { REPEAT, LIMITER, CHIP_BELOW, CHIP_ABOVE, GROUP, TWO_FRAMES, CUT, EDGE, N_CASES };

    (void)state;
    uint64_t seed = test_seed();
    for (int isa = 0; isa <= (int)spw_isa_best(); ++isa)
        for (int which = 0; which < N_CASES; ++which) {
            struct burst burst = {.n_items = 0};
            struct rows rows;
            const uint32_t n_hits = which == LIMITER ? 17 : 3;
            const uint32_t chip = which == CHIP_BELOW ? 4 : which == CHIP_ABOVE ? 10 : 6;
            for (uint32_t k = 0; k < n_hits; ++k) put_hit(&burst, chip, &seed);
            put_trailers(&burst, chip, n_hits, &seed);
            uint32_t *hit = burst.word + 4;
            if (which == REPEAT) memcpy(hit, hit - 2, 8);
            if (which == GROUP) hit[0] = (hit[0] & ~(127u << 10)) | 90u << 10;
            if (which == TWO_FRAMES)
                hit[0] = (hit[0] & ~(15u << 18)) | (((L1A >> 8) - 2) & 15) << 18;
            struct na62_gtk_walk walk = walk_over(&burst, &rows);
            if (which == CUT) --walk.n_items;
            if (which == EDGE) walk.n_readable = walk.n_items;
            take(isa, &walk);
            assert_int_equal(walk.at, 0);
            assert_int_equal(walk.count, 0);
            assert_int_equal(walk.n_half_chips, 0);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(good),
        cmocka_unit_test(damage),
        cmocka_unit_test(refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
