/* Words of regular boards to columns. Lanes are samples or channels; integers only, so every
 * instruction set agrees bit for bit. */
#include "io/date/unpacker.h"

static void samples8(size_t n, const uint8_t *restrict in, uint16_t *restrict sample)
{
#pragma omp simd
    for (size_t i = 0; i < n; ++i) sample[i] = in[i];
}

static void samples14(size_t n, const uint8_t *restrict in, uint16_t *restrict sample)
{
#pragma omp simd
    for (size_t i = 0; i < n; ++i) sample[i] = spw_load_u16(in + 2 * i) & 0x3fff;
}

static void vlsb(size_t n,
                 const uint8_t *restrict in,
                 uint32_t first_address,
                 uint32_t *restrict address,
                 int32_t *restrict ticks,
                 uint8_t *restrict edge,
                 uint16_t *restrict value)
{
#pragma omp simd
    for (size_t i = 0; i < n; ++i) {
        const uint32_t word = spw_load_u32(in + 4 * i);
        address[i] = first_address + (word >> 16 & 0x7f);
        ticks[i] = (int32_t)(word >> 8 & 0xff);
        edge[i] = (uint8_t)(word >> 23 & 1);
        value[i] = (uint16_t)(word & 0xff);
    }
}

const struct date_kernels SPW_KERNELS(date_kernels) = {samples8, samples14, vlsb};
