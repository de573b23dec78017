/* The kernels of the reader on random words: every instruction set gives what plain formulas of
 * formats/na62.md give, for every length and with all bits of the words in use. */
#include "core/bytes.h"
#include "io/na62/na62_kernels.h"
#include "io/raw.h"
#include "support/test.h"

#include <string.h>

enum { MAX_ROWS = 300, SLACK = 16 };

struct rows {
    _Alignas(64) uint32_t word[MAX_ROWS + SLACK];
    _Alignas(64) uint32_t address[MAX_ROWS + SLACK];
    _Alignas(64) int32_t ticks[MAX_ROWS + SLACK];
    _Alignas(64) uint8_t edge[MAX_ROWS + SLACK], quality[MAX_ROWS + SLACK];
    _Alignas(64) uint16_t value[MAX_ROWS + SLACK];
};

static struct na62_lanes lanes_of(struct rows *rows, size_t n)
{
    return (struct na62_lanes){n,          rows->word,    rows->address, rows->ticks,
                               rows->edge, rows->quality, rows->value};
}

static const struct na62_kernels *kernels(int isa)
{
    return SPW_PICK(na62_kernels, (enum spw_isa)isa);
}

static void fill(struct rows *rows, uint64_t *seed, uint32_t word_mask)
{
    memset(rows, 0xA5, sizeof *rows);
    for (size_t i = 0; i < MAX_ROWS + SLACK; ++i) {
        rows->word[i] = (uint32_t)test_random(seed) & word_mask;
        rows->address[i] = (uint32_t)test_random(seed);
        rows->ticks[i] = (int32_t)(test_random(seed) & 0xffffff) - 0x800000;
        if (i && test_random(seed) % 3 == 0) { /* the same slot as the row before */
            rows->address[i] = rows->address[i - 1];
            rows->ticks[i] = rows->ticks[i - 1];
        }
        if (i && test_random(seed) % 5 == 0) rows->word[i] = rows->word[i - 1];
        if (test_random(seed) % 3) rows->word[i] = (rows->word[i] & 0x1fffffff) | 2u << 29;
    }
}

static void tel62(void **state)
{
    (void)state;
    uint64_t seed = test_seed();
    for (size_t n = 0; n <= MAX_ROWS; n += 1 + n / 16)
        for (int isa = 0; isa <= (int)spw_isa_best(); ++isa) {
            struct rows in, out;
            struct na62_findings found, expected = {0};
            fill(&in, &seed, 0xffffffff);
            out = in;
            struct na62_lanes lanes = lanes_of(&out, n);
            kernels(isa)->tel62_check(&lanes, &found);
            assert_memory_equal(&in, &out, sizeof in);
            kernels(isa)->tel62(&lanes);
            for (size_t i = 0; i < n; ++i) {
                const uint32_t w = in.word[i], m = in.address[i], kind = w >> 28;
                const bool outside = (w >> 8 & 0x7ff) != m >> 21,
                           good = kind == 4 || kind == 5;
                const bool same = i && m == in.address[i - 1] &&
                                  in.ticks[i] == in.ticks[i - 1] && good &&
                                  in.word[i - 1] >> 29 == 2;
                expected.dropped += !good;
                expected.out_of_slot += good && outside;
                expected.repeated += same && w == in.word[i - 1];
                expected.unordered += same && (w & 0x7ffff) < (in.word[i - 1] & 0x7ffff);
                assert_int_equal(out.address[i],
                                 (m & 0x1fff) + 32 * (w >> 24 & 3) + (w >> 19 & 31));
                assert_int_equal(out.ticks[i], in.ticks[i] + (int32_t)(w & 0x7ffff));
                assert_int_equal(out.edge[i], kind & 1);
                assert_int_equal(out.quality[i],
                                 (m >> 13 & 7) | (outside ? SPW_OUT_OF_SLOT : 0));
                assert_int_equal(out.value[i], 0);
            }
            assert_memory_equal(&found, &expected, sizeof found);
            assert_int_equal(out.edge[n], 0xA5); /* nothing written behind the rows */
            assert_int_equal(out.address[n], in.address[n]);
        }
}

static void srb(void **state)
{
    (void)state;
    uint64_t seed = test_seed();
    for (size_t n = 0; n <= MAX_ROWS; n += 1 + n / 16)
        for (int isa = 0; isa <= (int)spw_isa_best(); ++isa) {
            struct rows in, out;
            struct na62_findings found;
            uint32_t repeated = 0;
            fill(&in, &seed, 0xffff);
            for (size_t i = 0; i < n; ++i) in.word[i] &= 0xffff;
            out = in;
            struct na62_lanes lanes = lanes_of(&out, n);
            kernels(isa)->srb_check(&lanes, &found);
            kernels(isa)->srb(&lanes);
            for (size_t i = 0; i < n; ++i) {
                const uint32_t w = in.word[i], m = in.address[i];
                repeated += i && w == in.word[i - 1] && m == in.address[i - 1] &&
                            in.ticks[i] == in.ticks[i - 1];
                assert_int_equal(out.address[i], (m & 0x1fff) + (w >> 6 & 0xff));
                assert_int_equal(out.ticks[i], in.ticks[i] + (int32_t)(w & 31));
                assert_int_equal(out.edge[i], w >> 5 & 1);
                assert_int_equal(out.quality[i],
                                 (m >> 13 & 7) | (w >> 14 ? SPW_MULTI_HIT : 0));
            }
            assert_int_equal(found.dropped, repeated);
            assert_int_equal(out.edge[n], 0xA5);
        }
}

static int32_t from_gray(int32_t code)
{
    int32_t value = 0;
    for (; code; code >>= 1) value ^= code;
    return value;
}

/* formats/na62.md 3.5 in clock / 512, step by step as it is written there. */
static void gtk_formula(uint32_t w, int32_t base, int32_t times[2])
{
    const int32_t F = from_gray(w >> 12 & 31), C0 = from_gray(w >> 17 & 0xfff),
                  tot = w >> 5 & 63;
    const int32_t Ft = from_gray(w & 31);
    const bool selector = w >> 29 & 1, tot_selector = w >> 11 & 1;
    int32_t fc = w >> 31 ? 1 : 2, C = C0,
            corr = 0; /* any frame of this parity: base is relative */
    const int32_t origin = fc;
    if (F > 20 && __builtin_parity(w >> 17 & 0xfff) != selector) {
        C = (C0 - 1) & 0xfff;
        corr = 1;
    }
    if ((fc & 1) != C >> 11) fc -= 1;
    times[0] = (C & 0x7ff) * 64 + 2 * F + 1 + (fc - origin) * 131072 + base;
    int32_t T = C + corr + tot;
    const uint32_t sum = (uint32_t)(tot + C0) & 0xfff;
    if (Ft > 20 && __builtin_parity(sum ^ sum >> 1) != tot_selector) T -= 1;
    times[1] = T * 64 + 2 * Ft + 1 + ((fc & ~1) - origin) * 131072 + base;
    if (w >> 30 & 1)
        times[1] = times[0] + 308; /* 15 ns: the time over threshold means nothing */
}

/* formats/na62.md 3.5: the pixel of pixel bit `bit` (arbiter bits from 5 on). */
static uint32_t gtk_pixel(uint32_t w0, uint32_t w1, uint32_t bit)
{
    const uint32_t chip = w0 >> 24 & 15, group = w0 >> 10 & 127;
    const uint32_t x = 10 * (w1 >> 30) + group / 9, y = group % 9 + 9 * (bit % 5);
    const uint32_t column = chip < 5 ? 40 * chip + x : 40 * (chip - 5) + 39 - x;
    const uint32_t row = chip < 5 ? y : 89 - y;
    return 18000 * ((w0 >> 22 & 3) - 1) + 200 * row + column;
}

/* A hit as the reader gathers it: chip 0-9, station 1-3, group below 90, one pixel bit. */
static uint32_t gtk_word0(uint64_t *seed, uint32_t bit)
{
    const uint32_t chip = (uint32_t)(test_random(seed) % 10);
    const uint32_t station = 1 + (uint32_t)(test_random(seed) % 3);
    const uint32_t group = (uint32_t)(test_random(seed) % 90);
    const uint32_t other = (uint32_t)test_random(seed) & 0x3e0000; /* frame, status */
    return chip << 24 | station << 22 | other | group << 10 | 1u << bit;
}

static void gtk(void **state)
{
    (void)state;
    uint64_t seed = test_seed();
    for (int round = 0; round < 200; ++round)
        for (int isa = 0; isa <= (int)spw_isa_best(); ++isa) {
            struct rows in, out;
            uint32_t bit[MAX_ROWS];
            const size_t n = 2 * (test_random(&seed) % (MAX_ROWS / 2));
            fill(&in, &seed, 0xffffffff);
            for (size_t i = 0; i < n; i += 2) {
                bit[i] = (uint32_t)(test_random(&seed) % 10);
                in.word[i] = gtk_word0(&seed, bit[i]);
                in.word[i + 1] = (uint32_t)test_random(&seed);
                in.address[i] = (uint32_t)test_random(&seed) & NA62_GTK_L1A_MASK;
                in.quality[i] = (uint8_t)(test_random(&seed) & ~(uint64_t)SPW_MULTI_HIT);
                in.address[i] |= (uint32_t)in.quality[i] << NA62_GTK_QUALITY_SHIFT;
            }
            out = in;
            struct na62_lanes lanes = lanes_of(&out, n);
            kernels(isa)->gtk(&lanes);
            for (size_t i = 0; i < n; i += 2) {
                int32_t times[2];
                const uint32_t w0 = in.word[i], w1 = in.word[i + 1],
                               l1a = in.address[i] & NA62_GTK_L1A_MASK;
                const uint32_t shared = bit[i] < 5; /* a pile-up bit */
                gtk_formula((w1 & 0x3fffffff) | (l1a >> 8) << 31 | shared << 30,
                            -(int32_t)(l1a & 0xff) * 512, times);
                for (size_t k = 0; k < 2; ++k) {
                    assert_int_equal(out.ticks[i + k], times[k]);
                    assert_int_equal(out.address[i + k], gtk_pixel(w0, w1, bit[i]));
                    assert_int_equal(out.edge[i + k], k);
                    assert_int_equal(out.quality[i + k],
                                     in.quality[i] | (shared ? SPW_MULTI_HIT : 0));
                    assert_int_equal(out.value[i + k], 0);
                }
            }
            assert_int_equal(out.edge[n], 0xA5);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tel62),
        cmocka_unit_test(srb),
        cmocka_unit_test(gtk),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
