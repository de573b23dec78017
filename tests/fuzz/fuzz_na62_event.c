/* One event: header, source table, dispatch to all decoders. */
#include "na62_blocks.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const uint32_t runs[] = {8252, 6000, 4350, 1500};
    struct spw_arena arena = {0};
    struct spw_raw_batch batch;
    uint64_t tally[NA62_N_TALLIES] = {0};
    struct na62_unpack u;
    const struct na62_settings settings = na62_settings_for(runs[size & 3]);
    enum spw_status status =
        spw_raw_batch_init(&batch, &arena, spw_format_na62.streams, NA62_N_STREAMS, 1);
    assert(status == SPW_OK);
    na62_unpack_begin(&u, &settings, spw_isa_best(), &batch, tally);
    status = na62_event_unpack(&u, (struct spw_bytes){data, size}, 17);
    assert(status == SPW_OK);
    na62_unpack_finish(&u);
    assert(batch.events.rows.count == 1);
    spw_arena_release(&arena);
    return 0;
}
