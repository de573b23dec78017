/// One block decoder under fuzzing: the first 16 bytes choose the event, the rest is the source.
#pragma once

#include "io/na62/reader.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/// Bytes: [0] L0 type, [1] bits of the run range, [4:7] timestamp, [8:11] event number; from 16 the
/// data of the source. Decodes them with every instruction set of the machine.
static inline int
na62_fuzz_block(na62_decode *decode, uint32_t source, const uint8_t *data, size_t size)
{
    enum { HEADER = 16 };

    static const uint32_t runs[] = {8252, 6000, 4350, 1500};
    if (size < HEADER + 4) return 0;
    const uint32_t n = (uint32_t)((size - HEADER) / 4);
    uint8_t *copy = malloc(4 * (size_t)n);
    memcpy(copy, data + HEADER, 4 * (size_t)n);
    const struct na62_words words = {copy, n, n};
    const struct na62_settings settings = na62_settings_for(runs[data[1] & 3]);
    for (int isa = 0; isa <= (int)spw_isa_best(); ++isa) {
        struct spw_arena arena = {0};
        struct spw_raw_batch batch;
        uint64_t tally[NA62_N_TALLIES] = {0};
        struct na62_unpack u;
        enum spw_status status =
            spw_raw_batch_init(&batch, &arena, spw_format_na62.streams, NA62_N_STREAMS, 1);
        assert(status == SPW_OK);
        na62_unpack_begin(&u, &settings, (enum spw_isa)isa, &batch, tally);
        u.event = (struct na62_event){
            .number = spw_load_u32(data + 8) & 0xffffff,
            .ticks = spw_load_u32(data + 4),
            .l0_type = data[0],
            .special = na62_is_special(data[0]),
            .end_of_burst = data[0] == NA62_L0_EOB,
        };
        status = decode(&u, source, &words);
        assert(status == SPW_OK);
        batch.events.rows.count = 1;
        spw_raw_batch_close_event(&batch, 0);
        na62_unpack_finish(&u);
        for (uint32_t s = 0; s < NA62_N_STREAMS; ++s) {
            const struct spw_raw_hits *hits = &batch.hits[s];
            if (batch.stream[s].kind != SPW_STREAM_HITS) continue;
            for (uint32_t i = 0; i < hits->rows.count; ++i) {
                assert(hits->address[i] < batch.stream[s].n_addresses);
                assert(hits->edge[i] <= 1);
            }
        }
        spw_arena_release(&arena);
    }
    free(copy);
    return 0;
}

#define NA62_FUZZ_BLOCK(decode, source)                           \
    int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size); \
    int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)  \
    {                                                             \
        return na62_fuzz_block(decode, source, data, size);       \
    }
