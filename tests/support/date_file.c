#include "support/date_file.h"

#include <string.h>

void date_file_read(struct date_file *file)
{
    const struct spw_bytes bytes = {(const uint8_t *)file->bytes.word,
                                    4 * (size_t)file->bytes.count};
    uint64_t tally[DATE_N_TALLIES] = {0};
    assert_ok(spw_raw_file_parse(&file->file, "made by hand", bytes));
    const struct spw_format *format = file->file.format;
    assert_string_equal(format->name, "date");
    const uint32_t n = file->file.index.count;
    assert_ok(spw_raw_batch_init(&file->batch, &file->arena, format->streams,
                                 format->n_streams, n));
    assert_ok(format->unpack(&file->file, 0, n, SPW_ISA_V2, &file->batch, tally));
    uint64_t size = file->file.index.header_bytes;
    for (uint32_t i = 0; i < n; ++i) size += file->file.index.size[i];
    assert_int_equal(size, bytes.size); /* every byte belongs to one row */
    assert_int_equal(file->batch.events.rows.count, n);
}

void date_file_release(struct date_file *file)
{
    spw_raw_file_release(&file->file);
    spw_arena_release(&file->arena);
    memset(file, 0, sizeof *file);
}

void date_file_tallies(const struct date_file *file, const int *expected)
{
    for (int i = 0; i < DATE_N_TALLIES; ++i) {
        int wanted = 0;
        for (const int *e = expected; *e >= 0; ++e) wanted |= *e == i;
        if (!file->file.tally[i] == !wanted) continue;
        fprintf(stderr, "%s is %llu\n", date_tallies[i].name,
                (unsigned long long)file->file.tally[i]);
        fail();
    }
}

uint32_t date_file_hits(const struct date_file *file, uint32_t stream, uint32_t row)
{
    const struct spw_rows *rows = file->batch.stream[stream].kind == SPW_STREAM_HITS
                                      ? &file->batch.hits[stream].rows
                                      : &file->batch.pulses[stream].rows;
    return rows->first[row + 1] - rows->first[row];
}
