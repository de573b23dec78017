/// A whole DATE file of any bytes: opened, indexed, unpacked; rows must account for every byte.
#include "io/date/date.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void unpack(const struct spw_raw_file *file)
{
    enum { BATCH = 64 };
    const struct spw_format *format = file->format;
    struct spw_arena arena = {0};
    for (uint32_t first = 0; first < file->index.count; first += BATCH) {
        const uint32_t left = file->index.count - first, n = left < BATCH ? left : BATCH;
        struct spw_raw_batch batch;
        uint64_t *tally = spw_arena_zeros(&arena, format->n_tallies, sizeof *tally);
        if (!tally ||
            spw_raw_batch_init(&batch, &arena, format->streams, format->n_streams, n) !=
                SPW_OK ||
            format->unpack(file, first, n, SPW_ISA_V2, &batch, tally) != SPW_OK)
            abort();
        if (batch.events.rows.count != n) abort();
        for (uint32_t s = 0; s < format->n_streams; ++s)
            for (uint32_t i = 0;
                 format->streams[s].kind == SPW_STREAM_HITS && i < batch.hits[s].rows.count;
                 ++i)
                if (batch.hits[s].address[i] >= format->streams[s].n_addresses) abort();
        spw_arena_reset(&arena);
    }
    spw_arena_release(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct spw_raw_file file = {.path = "fuzz", .format = &spw_format_date};
    file.map.bytes = (struct spw_bytes){data, size};
    file.tally =
        spw_arena_zeros(&file.arena, spw_format_date.n_tallies, sizeof *file.tally);
    if (!file.tally) abort();
    if (spw_format_date.index(&file) == SPW_OK) {
        uint64_t sum = file.index.header_bytes;
        for (uint32_t i = 0; i < file.index.count; ++i) sum += file.index.size[i];
        if (sum != size) abort();
        unpack(&file);
    }
    spw_raw_file_release(&file);
    return 0;
}
