#include "support/raw_compare.h"

#include "support/test.h"

#include <string.h>

enum spw_status raw_whole_open(struct raw_whole *whole, struct spw_bytes bytes)
{
    *whole = (struct raw_whole){0};
    SPW_TRY(spw_raw_file_parse(&whole->file, "memory", bytes));
    const struct spw_format *format = whole->file.format;
    const uint32_t n = whole->file.index.count;
    whole->tally =
        spw_arena_zeros(&whole->arena, format->n_tallies + 1, sizeof *whole->tally);
    assert_non_null(whole->tally);
    assert_ok(spw_raw_batch_init(&whole->batch, &whole->arena, format->streams,
                                 format->n_streams, n));
    assert_ok(
        format->unpack(&whole->file, 0, n, spw_isa_best(), &whole->batch, whole->tally));
    assert_int_equal(whole->batch.events.rows.count, n);
    return SPW_OK;
}

void raw_whole_release(struct raw_whole *whole)
{
    spw_raw_file_release(&whole->file);
    spw_arena_release(&whole->arena);
}

void raw_assert_accounted(const struct raw_whole *whole)
{
    const struct spw_event_index *index = &whole->file.index;
    const size_t size = whole->file.map.bytes.size;
    uint64_t sum = index->header_bytes;
    for (uint32_t i = 0; i < index->count; ++i) {
        assert_true(index->offset[i] <= size && index->size[i] <= size - index->offset[i]);
        sum += index->size[i];
    }
    assert_int_equal(sum, size);
}

static bool is_allowed(const char *name, const char *const *allowed)
{
    for (; *allowed; ++allowed)
        if (strcmp(name, *allowed) == 0) return true;
    return false;
}

uint64_t raw_damage_seen(const struct raw_whole *whole, const char *const *allowed)
{
    const struct spw_format *format = whole->file.format;
    uint64_t sum = 0;
    for (uint32_t t = 0; t < format->n_tallies; ++t) {
        const uint64_t n = whole->file.tally[t] + whole->tally[t];
        if (n == 0 || is_allowed(format->tallies[t].name, allowed)) continue;
        fprintf(stderr, "%s: %llu (%s)\n", format->tallies[t].name, (unsigned long long)n,
                format->tallies[t].meaning);
        sum += n;
    }
    return sum;
}

/* Compares one column of one row; prints the first difference. */
static bool same_column(const struct spw_column *column,
                        const struct spw_rows *a,
                        uint32_t ia,
                        const struct spw_rows *b,
                        uint32_t ib)
{
    const size_t size = spw_type_size(column->type);
    const uint8_t *x = (const uint8_t *)spw_column_data(a, column) + ia * size;
    const uint8_t *y = (const uint8_t *)spw_column_data(b, column) + ib * size;
    if (memcmp(x, y, size) == 0) return true;
    uint64_t vx = 0, vy = 0;
    memcpy(&vx, x, size);
    memcpy(&vy, y, size);
    fprintf(stderr, "%s: %#llx and %#llx\n", column->name, (unsigned long long)vx,
            (unsigned long long)vy);
    return false;
}

static bool same_rows(const struct spw_table *table,
                      const struct spw_rows *a,
                      uint32_t ea,
                      const struct spw_rows *b,
                      uint32_t eb,
                      const char *skipped)
{
    const uint32_t n = a->first[ea + 1] - a->first[ea];
    if (n != b->first[eb + 1] - b->first[eb]) {
        fprintf(stderr, "%u and %u rows\n", n, b->first[eb + 1] - b->first[eb]);
        return false;
    }
    for (uint32_t i = 0; i < n; ++i)
        for (size_t c = 0; c < table->n_columns; ++c) {
            if (strcmp(table->columns[c].name, skipped) == 0) continue;
            if (!same_column(&table->columns[c], a, a->first[ea] + i, b,
                             b->first[eb] + i)) {
                fprintf(stderr, "in row %u of %u\n", i, n);
                return false;
            }
        }
    return true;
}

static bool same_hits(const struct spw_raw_hits *a,
                      uint32_t ea,
                      const struct spw_raw_hits *b,
                      uint32_t eb,
                      uint8_t ignored)
{
    if (!same_rows(&spw_raw_hits_table, &a->rows, ea, &b->rows, eb, "quality"))
        return false;
    const uint32_t n = a->rows.first[ea + 1] - a->rows.first[ea];
    for (uint32_t i = 0; i < n; ++i)
        if ((a->quality[a->rows.first[ea] + i] ^ b->quality[b->rows.first[eb] + i]) &
            ~ignored)
            return false;
    return true;
}

static bool same_pulses(const struct spw_raw_pulses *a,
                        uint32_t ea,
                        const struct spw_raw_pulses *b,
                        uint32_t eb,
                        uint8_t ignored)
{
    if (!same_rows(&spw_raw_pulses_table, &a->rows, ea, &b->rows, eb, "quality"))
        return false;
    const uint32_t n = a->rows.first[ea + 1] - a->rows.first[ea];
    for (uint32_t i = 0; i < n; ++i) {
        const uint32_t ia = a->rows.first[ea] + i, ib = b->rows.first[eb] + i;
        if ((a->quality[ia] ^ b->quality[ib]) & ~ignored) return false;
        if (memcmp(a->sample + (size_t)ia * a->n_samples,
                   b->sample + (size_t)ib * b->n_samples,
                   a->length[ia] * sizeof *a->sample) != 0)
            return false;
    }
    return true;
}

bool raw_events_equal(const struct spw_raw_batch *a,
                      uint32_t ea,
                      const struct spw_raw_batch *b,
                      uint32_t eb,
                      uint8_t ignored_quality)
{
    for (uint32_t s = 0; s < a->n_streams; ++s) {
        const bool same =
            a->stream[s].kind == SPW_STREAM_HITS
                ? same_hits(&a->hits[s], ea, &b->hits[s], eb, ignored_quality)
                : same_pulses(&a->pulses[s], ea, &b->pulses[s], eb, ignored_quality);
        if (same) continue;
        fprintf(stderr, "in stream %u of events %u and %u\n", s, ea, eb);
        return false;
    }
    return same_rows(&spw_raw_records_table, &a->records.rows, ea, &b->records.rows, eb,
                     "") &&
           same_rows(&spw_raw_events_table, &a->events.rows, ea, &b->events.rows, eb, "");
}
