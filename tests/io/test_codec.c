/* Shuffle and deflate: every instruction set and codec, data that do and do not shrink. */
#include "support/test.h"

#include "core/arena.h"
#include "io/codec.h"

#include <math.h>
#include <string.h>

static void fill_random(uint8_t *data, size_t size, uint64_t *random)
{
    for (size_t i = 0; i < size; ++i) data[i] = (uint8_t)test_random(random);
}

/* Planes by their definition, for all widths, odd counts and every instruction set here. */
static void shuffles_agree(void **state)
{
    (void)state;
    struct spw_arena arena = {0};
    uint64_t random = test_seed();
    const size_t counts[] = {0, 1, 2, 3, 15, 16, 17, 63, 64, 65, 127, 1000, 4099};
    for (uint32_t width = 1; width <= 12; ++width) {
        for (size_t k = 0; k < sizeof counts / sizeof *counts; ++k) {
            const size_t n = counts[k], size = n * width;
            uint8_t *raw = spw_arena_alloc(&arena, size);
            fill_random(raw, size, &random);
            for (int isa = SPW_ISA_V2; isa <= (int)spw_isa_best(); ++isa) {
                uint8_t *planes = spw_arena_zeros(&arena, size + 1, 1);
                planes[size] = 0xA5;
                SPW_PICK(spw_codec_kernels, isa)->shuffle(n, width, raw, planes);
                for (size_t i = 0; i < n; ++i)
                    for (uint32_t b = 0; b < width; ++b)
                        assert_int_equal(planes[b * n + i], raw[i * width + b]);
                assert_int_equal(planes[size], 0xA5);
            }
            spw_arena_reset(&arena);
        }
    }
    spw_arena_release(&arena);
}

/* The nearest of the values that have the bits, by arithmetic instead of by bits. */
static float nearest(float value, int bits)
{
    int exponent;
    const double fraction = frexp((double)value, &exponent);
    return (float)ldexp(nearbyint(ldexp(fraction, bits)), exponent - bits);
}

static void rounds_to_nearest(void **state)
{
    (void)state;

    enum { N = 1003 };

    uint64_t random = test_seed();
    for (uint32_t dropped = 1; dropped <= 23; ++dropped) {
        float value[N], rounded[N];
        for (int i = 0; i < N; ++i) {
            const double scale = ldexp(1.0, (int)(test_random(&random) % 200) - 100);
            value[i] =
                (float)(((double)(test_random(&random) >> 11) * 0x1p-53 - 0.5) * scale);
        }
        value[0] = 0.0f, value[1] = INFINITY, value[2] = -INFINITY, value[3] = NAN;
        value[4] = 1.0f + ldexpf(1.0f, (int)dropped - 24); /* a tie: to even */
        for (int isa = SPW_ISA_V2; isa <= (int)spw_isa_best(); ++isa) {
            memcpy(rounded, value, sizeof value);
            SPW_PICK(spw_codec_kernels, isa)->round(N, dropped, (uint8_t *)rounded);
            for (int i = 0; i < N; ++i)
                if (isfinite(value[i]))
                    assert_true(rounded[i] == nearest(value[i], 24 - (int)dropped));
                else
                    assert_memory_equal(&rounded[i], &value[i], sizeof value[i]);
        }
    }
}

static size_t
round_trip(enum spw_codec codec, struct spw_bytes raw, struct spw_arena *arena)
{
    const struct spw_arena_mark mark = spw_arena_mark(arena);
    uint8_t *packed = spw_arena_alloc(arena, spw_codec_bound(raw.size));
    void *scratch = spw_arena_alloc(arena, spw_codec_scratch_bytes());
    uint8_t *back = spw_arena_alloc(arena, raw.size);
    const size_t size = spw_codec_deflate(codec, raw, packed, scratch);
    assert_true(size <= spw_codec_bound(raw.size));
    assert_int_equal((packed[0] << 8 | packed[1]) % 31, 0); /* RFC 1950 header check */
    assert_ok(spw_codec_inflate((struct spw_bytes){packed, size}, back, raw.size));
    if (raw.size) assert_memory_equal(back, raw.data, raw.size);
    spw_arena_rewind(arena, mark);
    return size;
}

static void all_codecs_give_back(void **state)
{
    (void)state;
    struct spw_arena arena = {0};
    uint64_t random = test_seed();
    const size_t sizes[] = {0, 1, 5, 100, 65535, 65536, 131070, 131071, 524288};
    for (size_t k = 0; k < sizeof sizes / sizeof *sizes; ++k) {
        const size_t size = sizes[k];
        uint8_t *noise = spw_arena_alloc(&arena, size);
        uint8_t *smooth = spw_arena_alloc(&arena, size);
        fill_random(noise, size, &random);
        for (size_t i = 0; i < size; ++i) smooth[i] = (uint8_t)(i / 100 + (noise[i] & 1));
        for (int codec = SPW_CODEC_FAST; codec <= SPW_CODEC_STORED; ++codec) {
            const size_t hard =
                round_trip((enum spw_codec)codec, (struct spw_bytes){noise, size}, &arena);
            assert_true(hard <= size + 6 + 5 * (size / 65535 + 1));
            const size_t easy =
                round_trip((enum spw_codec)codec, (struct spw_bytes){smooth, size}, &arena);
            if (codec != SPW_CODEC_STORED && size > 1000) assert_true(easy < size / 2);
        }
        spw_arena_reset(&arena);
    }
    spw_arena_release(&arena);
}

/* The checksum at the end of each stream finds any flipped bit, also in stored blocks. */
static void damage_is_found(void **state)
{
    (void)state;
    struct spw_arena arena = {0};
    uint64_t random = test_seed();
    uint8_t raw[3000], back[3000];
    fill_random(raw, sizeof raw, &random);
    memset(raw + 1000, 7, 500);
    for (int codec = SPW_CODEC_FAST; codec <= SPW_CODEC_STORED; ++codec) {
        uint8_t *packed = spw_arena_alloc(&arena, spw_codec_bound(sizeof raw));
        void *scratch = spw_arena_alloc(&arena, spw_codec_scratch_bytes());
        const size_t size = spw_codec_deflate(
            (enum spw_codec)codec, (struct spw_bytes){raw, sizeof raw}, packed, scratch);
        for (int k = 0; k < 300; ++k) {
            /* The first two bytes may change in meaning only (window size). */
            const size_t bit = 16 + test_random(&random) % (8 * size - 16);
            packed[bit / 8] ^= (uint8_t)(1u << bit % 8);
            const enum spw_status status =
                spw_codec_inflate((struct spw_bytes){packed, size}, back, sizeof back);
            if (status == SPW_OK) assert_memory_equal(back, raw, sizeof raw);
            packed[bit / 8] ^= (uint8_t)(1u << bit % 8);
        }
        assert_int_equal(spw_codec_inflate((struct spw_bytes){packed, size}, back, 2999),
                         SPW_CORRUPT);
        assert_int_equal(
            spw_codec_inflate((struct spw_bytes){packed, size - 1}, back, 3000),
            SPW_CORRUPT);
    }
    spw_arena_release(&arena);
}

static void adler32_is_that_of_the_standard(void **state)
{
    (void)state;
    const uint8_t text[] = "Wikipedia";
    assert_int_equal(spw_codec_adler32(1, (struct spw_bytes){text, 9}), 0x11E60398);
    assert_int_equal(spw_codec_adler32(1, (struct spw_bytes){text, 0}), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shuffles_agree),
        cmocka_unit_test(rounds_to_nearest),
        cmocka_unit_test(all_codecs_give_back),
        cmocka_unit_test(damage_is_found),
        cmocka_unit_test(adler32_is_that_of_the_standard),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
