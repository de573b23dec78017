/* A whole file: probe, index, unpack of every event; every byte must be accounted for. */
#include "io/na62/na62.h"
#include "io/na62/tallies.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_bytes(const struct spw_raw_file *file)
{
    uint64_t at = file->index.header_bytes;
    for (uint32_t i = 0; i < file->index.count; ++i) {
        assert(file->index.offset[i] == at && file->index.size[i] > 0);
        at += file->index.size[i];
    }
    assert(at == file->map.bytes.size);
}

static void unpack(const struct spw_raw_file *file)
{
    enum { BATCH = 8 };

    const uint32_t n = file->index.count;
    uint64_t tally[NA62_N_TALLIES] = {0};
    for (uint32_t i = 0; i < n; i += BATCH) {
        struct spw_arena arena = {0};
        struct spw_raw_batch batch;
        const uint32_t n_events = n - i < BATCH ? n - i : BATCH;
        enum spw_status status = spw_raw_batch_init(&batch, &arena, file->format->streams,
                                                    NA62_N_STREAMS, n_events);
        assert(status == SPW_OK);
        status = file->format->unpack(file, i, n_events, spw_isa_best(), &batch, tally);
        assert(status == SPW_OK);
        assert(batch.events.rows.count == n_events);
        spw_arena_release(&arena);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct spw_raw_file file = {.path = "fuzz",
                                .format = &spw_format_na62,
                                .map.bytes = {.data = data, .size = size}};
    spw_format_na62.probe(spw_bytes_from(file.map.bytes, 0, 1 << 16), size);
    file.tally = spw_arena_zeros(&file.arena, NA62_N_TALLIES, sizeof *file.tally);
    if (spw_format_na62.index(&file) == SPW_OK) {
        check_bytes(&file);
        unpack(&file);
    }
    spw_raw_file_release(&file);
    return 0;
}
