/* The kernels of the CREAM decoder: good modules are taken, one wrong bit and they are left. */
#include "core/bytes.h"
#include "io/na62/cream_kernels.h"
#include "support/test.h"

#include <string.h>

enum { CREAM_ROWS = 96, CREAM_WORDS = 4096, CREAM_MARK = 0x24000123 };

static const struct na62_cream_places cream_places = {
    .absent = {[2] = UINT32_MAX},
    .slots = 0xf8,
    .crate_step = 512,
    .module = {[3] = 0, 1, 2, 3, 4},
};

/* Appends a module with samples that are their own numbers; returns the number of its words. */
static uint32_t put_module(uint8_t *words,
                           uint32_t sub_id,
                           uint32_t mask,
                           uint32_t n_samples,
                           uint64_t *seed)
{
    const uint32_t n = (uint32_t)__builtin_popcount(mask) * n_samples / 2 + 7;
    const uint32_t header[6] = {
        CREAM_MARK, n, 77, 1u << 16 | sub_id, n_samples << 16 | (n - 4), mask};
    uint32_t sum = 0;
    for (uint32_t i = 0; i + 1 < n; ++i) {
        const uint32_t word = i < 6 ? header[i] : (uint32_t)test_random(seed);
        spw_store_u32(words + 4 * i, word);
        sum ^= word;
    }
    spw_store_u32(words + 4 * (n - 1), sum);
    return n;
}

struct cream_rows {
    uint32_t address[CREAM_ROWS];
    uint16_t length[CREAM_ROWS], sample[CREAM_ROWS * 12];
    uint8_t quality[CREAM_ROWS];
    uint32_t taken[NA62_CREAM_CRATES];
};

static struct na62_cream_walk cream_walk(struct cream_rows *rows, uint32_t n_samples)
{
    memset(rows, 0xA5, sizeof *rows);
    memcpy(rows->taken, cream_places.absent, sizeof rows->taken);
    return (struct na62_cream_walk){
        .mark = CREAM_MARK,
        .timestamp = 77,
        .trigger = 1u << 16,
        .places = &cream_places,
        .taken = rows->taken,
        .capacity = CREAM_ROWS,
        .n_samples = n_samples,
        .address = rows->address,
        .length = rows->length,
        .quality = rows->quality,
        .sample = rows->sample,
    };
}

static void take(int isa, struct na62_cream_walk *walk)
{
    SPW_PICK(na62_cream_kernels, (enum spw_isa)isa)->take(walk);
}

/* Good modules of any number of channels and samples are taken whole, not aligned. */
static void good(void **state)
{
    (void)state;
    uint64_t seed = test_seed();
    for (uint32_t trial = 0; trial < 600; ++trial) {
        static uint8_t bytes[4 * CREAM_WORDS + 1];
        const int isa = (int)(trial % (uint32_t)(spw_isa_best() + 1));
        const uint32_t n_samples = 2 * (1 + (uint32_t)test_random(&seed) % 6);
        const uint32_t mask = (uint32_t)test_random(&seed) & (uint32_t)test_random(&seed);
        struct cream_rows rows;
        struct na62_cream_walk walk = cream_walk(&rows, n_samples);
        const uint32_t first = put_module(bytes + 1, 5 << 5 | 4, mask, n_samples, &seed);
        walk.n_words =
            first + put_module(bytes + 1 + 4 * first, 6 << 5 | 3, 1, n_samples, &seed);
        walk.words = bytes + 1;
        take(isa, &walk);
        const uint32_t n = (uint32_t)__builtin_popcount(mask);
        assert_int_equal(walk.at, walk.n_words);
        assert_int_equal(walk.count, n + 1);
        uint32_t row = 0;
        for (uint32_t channel = 0; channel < 32; ++channel)
            if (mask >> channel & 1)
                assert_int_equal(rows.address[row++], 5 * 512 + 32 + channel);
        assert_int_equal(rows.address[n], 6 * 512);
        assert_memory_equal(rows.sample, bytes + 1 + 4 * 6, 2 * (size_t)n * n_samples);
        for (row = 0; row < walk.count; ++row) {
            assert_int_equal(rows.length[row], n_samples);
            assert_int_equal(rows.quality[row], 0);
        }
        assert_int_equal(rows.taken[5], mask ? 1 << 4 : 0);
        assert_int_equal(rows.taken[6], 1 << 3);
        assert_int_equal(rows.address[n + 1], 0xA5A5A5A5);
    }
}

/* One bit anywhere in the first module, and it is left; but for bits that say nothing. */
static void damage(void **state)
{
    static const uint32_t free_bits[6] = {0, 0xffff0000, 0x80000000, 0xf800, 0x7e000000, 0};

    (void)state;
    uint64_t seed = test_seed();
    for (int isa = 0; isa <= (int)spw_isa_best(); ++isa)
        for (uint32_t bit = 0; bit < 32 * 15; ++bit) {
            uint8_t bytes[4 * 64];
            struct cream_rows rows;
            struct na62_cream_walk walk = cream_walk(&rows, 8);
            const uint32_t n = put_module(bytes, 5 << 5 | 4, 0x41, 8, &seed);
            walk.n_words = n + put_module(bytes + 4 * n, 6 << 5 | 3, 1, 8, &seed);
            walk.words = bytes;
            assert_int_equal(n, 15);
            const bool free = bit < 32 * 6 && free_bits[bit / 32] >> bit % 32 & 1;
            bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
            if (free)
                bytes[4 * 14 + bit % 32 / 8] ^= (uint8_t)(1 << bit % 8); /* checksum */
            take(isa, &walk);
            assert_int_equal(walk.at, free ? walk.n_words : 0);
            assert_int_equal(walk.count, free ? 3 : 0);
            assert_int_equal(rows.taken[5], free ? 1 << 4 : 0);
        }
}

/* Modules that may not fit, came before, or belong to no place. */
static void refused(void **state)
{
    static const struct {
        uint32_t sub_id, taken, count;
        int32_t n_words_less;
        bool takes;
    } cases[] = {
        {5 << 5 | 4, 0, CREAM_ROWS - 32, 0, true},
        {5 << 5 | 4, 0, CREAM_ROWS - 31, 0, false},
        {5 << 5 | 4, 1 << 4, 0, 0, false},
        {5 << 5 | 4, 1 << 3, 0, 0, true},
        {2 << 5 | 4, 0, 0, 0, false},
        {5 << 5 | 2, 0, 0, 0, false},
        {5 << 5 | 8, 0, 0, 0, false},
        {37 << 5 | 4, 0, 0, 0, false},
        {5 << 5 | 4, 0, 0, 1, false},
        {5 << 5 | 4, 0, 0, 9, false},
        {5 << 5 | 4, 0, 0, -3, false},
        {5 << 5 | 4, 0, 0, -4, true},
    };

    (void)state;
    uint64_t seed = test_seed();
    for (int isa = 0; isa <= (int)spw_isa_best(); ++isa)
        for (size_t i = 0; i < sizeof cases / sizeof *cases; ++i) {
            uint8_t bytes[4 * 64] = {0};
            struct cream_rows rows;
            struct na62_cream_walk walk = cream_walk(&rows, 8);
            const uint32_t n = put_module(bytes, cases[i].sub_id, 0x41, 8, &seed);
            walk.words = bytes;
            walk.n_words = n - (uint32_t)cases[i].n_words_less;
            spw_store_u32(bytes + 4 * n, CREAM_MARK); /* another one begins */
            walk.count = cases[i].count;
            rows.taken[5] = cases[i].taken;
            take(isa, &walk);
            assert_int_equal(walk.at, cases[i].takes ? n : 0);
            assert_int_equal(walk.count, cases[i].count + (cases[i].takes ? 2 : 0));
        }
}

/* Never false where the plain definitions hold; false for rising pulses. */
static void strange(void **state)
{
    (void)state;
    uint64_t seed = test_seed();
    for (uint32_t trial = 0; trial < 3000; ++trial) {
        const int isa = (int)(trial % (uint32_t)(spw_isa_best() + 1));
        const struct na62_cream_kernels *k =
            SPW_PICK(na62_cream_kernels, (enum spw_isa)isa);
        const uint32_t n = 4 + 2 * ((uint32_t)test_random(&seed) % 5), kind = trial / 3 % 5;
        uint16_t sample[CREAM_ROWS * 12];
        const uint32_t n_rows = 1 + (uint32_t)test_random(&seed) % CREAM_ROWS;
        for (uint32_t i = 0; i < n_rows * n; ++i)
            sample[i] = (uint16_t)(1 + (uint32_t)test_random(&seed) % 9000 + 10 * (i % n));
        for (uint32_t i = 0; i < n_rows * n; ++i) /* rises to the middle, then falls */
            if (i % n && i % n < 3 && sample[i] < sample[i - 1]) sample[i] = sample[i - 1];
        const uint32_t at = (uint32_t)test_random(&seed) % n_rows * n;
        const uint32_t where = at + (uint32_t)test_random(&seed) % n;
        if (kind == 1) sample[where] = 0;
        if (kind == 2) sample[where] = 16383;
        if (kind == 3) sample[where] = 65535;
        if (kind == 4)
            for (uint32_t i = 0; i < n; ++i)
                sample[at + i] = (uint16_t)(500 + (i & 1) * 16);
        assert_int_equal(k->strange(sample, n_rows, n), kind != 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(good),
        cmocka_unit_test(damage),
        cmocka_unit_test(refused),
        cmocka_unit_test(strange),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
