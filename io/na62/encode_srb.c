/* STRAW readout boards (formats/na62.md 3.4): 32 blocks, hits in 16 slots of 25 ns.
 *
 * block header 8 bytes; its timestamp is the event's + offset of the run
 * word 0       [4:0] SRB [7:5] flags [15:8] trigger type [31:16] bytes from here on
 * word 1       coarse time of slot 0
 * hits         16 bits: [4:0] fine [5] edge [13:6] straw [15:14] error; padded with 0xFFFF
 * 4 words      hits in slot 0 ... 15, 8 bits each
 */
#include "io/na62/encode.h"

enum { N_SRBS = 32, N_SLOTS = 16, N_CELLS = N_SRBS * N_SLOTS, MAX_IN_SLOT = 0xFF };

enum { FIXED_BYTES = 24, ERROR_BIT = 1 << 14 };

int32_t na62_srb_first_slot(uint32_t run)
{
    const bool year_2016 = run > NA62_LAST_RUN_2015 && run < NA62_FIRST_RUN_2017;
    return year_2016 ? -245 : -261;
}

/* Groups the hits of an event by board and slot: cell c has edges [first[c], first[c + 1]). */
static enum spw_status group_hits(struct na62_encoder *encoder, uint32_t *first)
{
    const struct spw_raw_hits *hits = &encoder->batch->hits[NA62_STRAW];
    const uint32_t begin = hits->rows.first[encoder->e],
                   end = hits->rows.first[encoder->e + 1];
    const int32_t first_slot = na62_srb_first_slot(encoder->options->run);
    uint32_t next[N_CELLS];

    memset(first, 0, sizeof *first * (N_CELLS + 1));
    for (uint32_t i = begin; i < end; ++i) {
        const int32_t slot = (hits->ticks[i] >> 5) - first_slot;
        if (slot < 0 || slot >= N_SLOTS)
            return NA62_CANNOT(encoder, NA62_SOURCE_STRAW,
                               "time of %d ticks is outside the 16 slots from %d",
                               hits->ticks[i], first_slot);
        if (hits->address[i] / 256 >= N_SRBS)
            return NA62_CANNOT(encoder, NA62_SOURCE_STRAW, "no channel %u",
                               hits->address[i]);
        ++first[hits->address[i] / 256 * N_SLOTS + (uint32_t)slot + 1];
    }
    for (uint32_t c = 0; c < N_CELLS; ++c) {
        if (first[c + 1] > MAX_IN_SLOT)
            return NA62_CANNOT(encoder, NA62_SOURCE_STRAW, "%u hits in a slot of SRB %u",
                               first[c + 1], c / N_SLOTS);
        first[c + 1] += first[c];
        next[c] = first[c];
    }
    for (uint32_t i = begin; i < end; ++i) {
        const uint32_t slot = (uint32_t)((hits->ticks[i] >> 5) - first_slot);
        const uint32_t cell = hits->address[i] / 256 * N_SLOTS + slot;
        const uint32_t error = hits->quality[i] & SPW_MULTI_HIT ? ERROR_BIT : 0;
        encoder->edge[next[cell]++].word[0] = error | (hits->address[i] & 0xFF) << 6 |
                                              (uint32_t)hits->edge[i] << 5 |
                                              ((uint32_t)hits->ticks[i] & 0x1F);
    }
    return SPW_OK;
}

static enum spw_status
put_srb(struct na62_encoder *encoder, uint32_t srb, const uint32_t *first)
{
    const uint32_t run = encoder->options->run, n = first[N_SLOTS] - first[0];
    const uint32_t length = FIXED_BYTES + 4 * ((n + 1) / 2);
    const int32_t first_slot = na62_srb_first_slot(run);

    uint32_t *block = na62_open_l0(encoder, srb, encoder->timestamp + na62_latency(run));
    na62_put(encoder, length << 16 | na62_board_type(encoder) << 8 | srb);
    na62_put(encoder, encoder->timestamp + (uint32_t)first_slot);
    const struct na62_edge *edge = encoder->edge + first[0];
    for (uint32_t i = 0; i + 1 < n; i += 2)
        na62_put(encoder, edge[i + 1].word[0] << 16 | edge[i].word[0]);
    if (n & 1) na62_put(encoder, 0xFFFF0000 | edge[n - 1].word[0]);
    for (uint32_t s = 0; s < N_SLOTS; s += 4) {
        uint32_t counts = 0;
        for (uint32_t k = 0; k < 4; ++k)
            counts |= (first[s + k + 1] - first[s + k]) << (8 * k);
        na62_put(encoder, counts);
    }
    return na62_close_l0(encoder, NA62_SOURCE_STRAW, block);
}

enum spw_status na62_encode_srb(struct na62_encoder *encoder)
{
    uint32_t first[N_CELLS + 1];
    SPW_TRY(group_hits(encoder, first));
    if (encoder->special && first[N_CELLS])
        return NA62_CANNOT(encoder, NA62_SOURCE_STRAW, "%u hits in a special frame",
                           first[N_CELLS]);
    if (encoder->unfinished) {
        na62_put_missing_l0(encoder, N_SRBS);
        return SPW_OK;
    }
    for (uint32_t srb = 0; srb < N_SRBS; ++srb)
        SPW_TRY(put_srb(encoder, srb, first + srb * N_SLOTS));
    return SPW_OK;
}
