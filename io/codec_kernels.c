#include "io/codec.h"

typedef uint16_t __attribute__((may_alias)) word16;
typedef uint32_t __attribute__((may_alias)) word32;
typedef uint64_t __attribute__((may_alias)) word64;

/* Lanes are elements; every plane is written in order. */
static void shuffle_2(size_t n, const word16 *restrict raw, uint8_t *restrict planes)
{
    uint8_t *restrict low = planes, *restrict high = planes + n;
#pragma omp simd
    for (size_t i = 0; i < n; ++i) {
        low[i] = (uint8_t)raw[i];
        high[i] = (uint8_t)(raw[i] >> 8);
    }
}

static void shuffle_4(size_t n, const word32 *restrict raw, uint8_t *restrict planes)
{
    uint8_t *restrict p0 = planes, *restrict p1 = planes + n;
    uint8_t *restrict p2 = planes + 2 * n, *restrict p3 = planes + 3 * n;
#pragma omp simd
    for (size_t i = 0; i < n; ++i) {
        p0[i] = (uint8_t)raw[i];
        p1[i] = (uint8_t)(raw[i] >> 8);
        p2[i] = (uint8_t)(raw[i] >> 16);
        p3[i] = (uint8_t)(raw[i] >> 24);
    }
}

/* Eight planes at once run out of registers: the low halves first, then the high ones. */
static void
shuffle_half_8(size_t n, int shift, const word64 *restrict raw, uint8_t *restrict planes)
{
    uint8_t *restrict p0 = planes, *restrict p1 = planes + n;
    uint8_t *restrict p2 = planes + 2 * n, *restrict p3 = planes + 3 * n;
#pragma omp simd
    for (size_t i = 0; i < n; ++i) {
        const uint32_t half = (uint32_t)(raw[i] >> shift);
        p0[i] = (uint8_t)half;
        p1[i] = (uint8_t)(half >> 8);
        p2[i] = (uint8_t)(half >> 16);
        p3[i] = (uint8_t)(half >> 24);
    }
}

static void
shuffle(size_t count, uint32_t width, const uint8_t *restrict raw, uint8_t *restrict planes)
{
    switch (width) {
    case 2:
        shuffle_2(count, (const word16 *)(const void *)raw, planes);
        break;
    case 4:
        shuffle_4(count, (const word32 *)(const void *)raw, planes);
        break;
    case 8:
        shuffle_half_8(count, 0, (const word64 *)(const void *)raw, planes);
        shuffle_half_8(count, 32, (const word64 *)(const void *)raw, planes + 4 * count);
        break;
    default:
        for (uint32_t b = 0; b < width; ++b)
            for (size_t i = 0; i < count; ++i) planes[b * count + i] = raw[i * width + b];
    }
}

/* A carry out of the mantissa raises the exponent, which is what rounding up means. */
static void round_floats(size_t count, uint32_t dropped, uint8_t *values)
{
    const uint32_t exponent = 0x7f800000, below = (1u << dropped) - 1, half = below >> 1;
    word32 *restrict bits = (word32 *)(void *)values;
#pragma omp simd
    for (size_t i = 0; i < count; ++i) {
        const uint32_t value = bits[i], odd = value >> dropped & 1;
        const uint32_t rounded = (value + half + odd) & ~below;
        bits[i] = (value & exponent) == exponent ? value : rounded;
    }
}

const struct spw_codec_kernels SPW_KERNELS(spw_codec_kernels) = {
    .shuffle = shuffle,
    .round = round_floats,
};
