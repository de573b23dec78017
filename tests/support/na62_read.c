#include "support/na62_read.h"

#include "support/test.h"

#include <string.h>

static void account(const struct na62_read *read)
{
    const struct spw_event_index *index = &read->file.index;
    uint64_t at = index->header_bytes;
    for (uint32_t i = 0; i < index->count; ++i) {
        assert_int_equal(index->offset[i], at);
        assert_true(index->size[i] > 0);
        assert_true(index->reason[i] < NA62_N_TALLIES);
        at += index->size[i];
    }
    assert_int_equal(at, read->file.map.bytes.size);
}

static void check_rows(const struct na62_read *read, uint32_t s)
{
    const struct spw_stream *stream = &read->batch.stream[s];
    const bool hits = stream->kind == SPW_STREAM_HITS;
    const struct spw_rows *rows =
        hits ? &read->batch.hits[s].rows : &read->batch.pulses[s].rows;
    const uint32_t *address =
        hits ? read->batch.hits[s].address : read->batch.pulses[s].address;
    for (uint32_t e = 0; e < read->batch.n_events; ++e)
        assert_true(rows->first[e] <= rows->first[e + 1]);
    assert_int_equal(rows->first[read->batch.n_events], rows->count);
    for (uint32_t i = 0; i < rows->count; ++i)
        assert_true(address[i] < stream->n_addresses);
    for (uint32_t i = 0; hits && i < rows->count; ++i)
        assert_true(read->batch.hits[s].edge[i] <= 1);
}

void na62_read(struct na62_read *read, const char *name, struct spw_bytes bytes)
{
    *read = (struct na62_read){0};
    read->copy = malloc(bytes.size ? bytes.size : 1);
    if (bytes.size) memcpy(read->copy, bytes.data, bytes.size);
    read->file = (struct spw_raw_file){
        .path = name, .format = &spw_format_na62, .map.bytes = {read->copy, bytes.size}};
    read->file.tally =
        spw_arena_zeros(&read->file.arena, NA62_N_TALLIES, sizeof *read->file.tally);
    read->status = spw_format_na62.index(&read->file);
    if (read->status != SPW_OK) return;
    account(read);
    const uint32_t n = read->file.index.count;
    memcpy(read->tally, read->file.tally, sizeof read->tally);
    assert_ok(spw_raw_batch_init(&read->batch, &read->arena, spw_format_na62.streams,
                                 NA62_N_STREAMS, n));
    assert_ok(spw_format_na62.unpack(&read->file, 0, n, spw_isa_best(), &read->batch,
                                     read->tally));
    assert_int_equal(read->batch.events.rows.count, n);
    for (uint32_t s = 0; s < NA62_N_STREAMS; ++s) check_rows(read, s);
}

void na62_read_release(struct na62_read *read)
{
    spw_arena_release(&read->arena);
    spw_raw_file_release(&read->file);
    free(read->copy);
    *read = (struct na62_read){0};
}

uint64_t na62_read_damage(const struct na62_read *read)
{
    uint64_t sum = 0;
    for (int i = 0; i < NA62_N_TALLIES; ++i) {
        sum += read->tally[i];
        if (read->tally[i])
            fprintf(stderr, "    %s = %llu\n", na62_tallies[i].name,
                    (unsigned long long)read->tally[i]);
    }
    return sum;
}

static bool same_columns(const struct spw_rows *a,
                         uint32_t ia,
                         const struct spw_rows *b,
                         uint32_t ib,
                         uint32_t n,
                         const struct spw_table *table)
{
    for (size_t c = 0; c < table->n_columns; ++c) {
        const size_t size = spw_type_size(table->columns[c].type);
        const char *x = spw_column_data(a, &table->columns[c]);
        const char *y = spw_column_data(b, &table->columns[c]);
        if (n && memcmp(x + ia * size, y + ib * size, n * size) != 0) return false;
    }
    return true;
}

bool na62_same_event(const struct na62_read *a,
                     uint32_t e,
                     const struct na62_read *b,
                     uint32_t f,
                     uint32_t s)
{
    const bool hits = a->batch.stream[s].kind == SPW_STREAM_HITS;
    const struct spw_raw_pulses *p = &a->batch.pulses[s], *q = &b->batch.pulses[s];
    const struct spw_rows *x = hits ? &a->batch.hits[s].rows : &p->rows;
    const struct spw_rows *y = hits ? &b->batch.hits[s].rows : &q->rows;
    const uint32_t n = x->first[e + 1] - x->first[e];
    if (n != y->first[f + 1] - y->first[f]) return false;
    if (!same_columns(x, x->first[e], y, y->first[f], n,
                      hits ? &spw_raw_hits_table : &spw_raw_pulses_table))
        return false;
    for (uint32_t i = 0; !hits && i < n; ++i)
        if (memcmp(p->sample + (size_t)(x->first[e] + i) * p->n_samples,
                   q->sample + (size_t)(y->first[f] + i) * q->n_samples,
                   2 * (size_t)p->length[x->first[e] + i]) != 0)
            return false;
    return true;
}
