/// Unpacking: what a board's trigger becomes in a batch.
#pragma once

#include "core/isa.h"
#include "io/date/layout.h"

/// Kernels of the boards whose words are regular.
struct date_kernels {
    /// V1731: one sample a byte.
    void (*samples8)(size_t n, const uint8_t *restrict in, uint16_t *restrict sample);
    /// V1724: 14-bit samples in 16-bit halves.
    void (*samples14)(size_t n, const uint8_t *restrict in, uint16_t *restrict sample);
    /// VLSB: n words to address (first + channel), TDC, discriminator, ADC.
    void (*vlsb)(size_t n,
                 const uint8_t *restrict in,
                 uint32_t first_address,
                 uint32_t *restrict address,
                 int32_t *restrict ticks,
                 uint8_t *restrict edge,
                 uint16_t *restrict value);
};

SPW_DECLARE_KERNELS(date_kernels);

struct date_unpacker {
    const uint8_t *data; ///< the file
    const struct date_state *state;
    const struct date_kernels *kernels;
    struct spw_raw_batch *batch;
};

/// One hit; room has been reserved.
static inline void date_put_hit(struct spw_raw_hits *hits,
                                uint32_t address,
                                int32_t ticks,
                                uint8_t edge,
                                uint8_t quality,
                                uint16_t value)
{
    const uint32_t i = hits->rows.count++;
    hits->address[i] = address;
    hits->ticks[i] = ticks;
    hits->edge[i] = edge;
    hits->quality[i] = quality;
    hits->value[i] = value;
}

/// Append one trigger of a board.
SPW_MUST_CHECK enum spw_status date_v1290_unpack(const struct date_unpacker *unpacker,
                                                 const struct date_board *board,
                                                 const struct date_fragment *fragment);
SPW_MUST_CHECK enum spw_status date_fadc_unpack(const struct date_unpacker *unpacker,
                                                const struct date_board *board,
                                                const struct date_fragment *fragment);
SPW_MUST_CHECK enum spw_status date_vlsb_unpack(const struct date_unpacker *unpacker,
                                                const struct date_board *board,
                                                const struct date_fragment *fragment);
SPW_MUST_CHECK enum spw_status date_dbb_unpack(const struct date_unpacker *unpacker,
                                               const struct date_board *board,
                                               const struct date_fragment *fragment);
SPW_MUST_CHECK enum spw_status date_v1495_unpack(const struct date_unpacker *unpacker,
                                                 const struct date_board *board,
                                                 const struct date_fragment *fragment);
