/* The burst of another program, read with the rules of formats/na62.md and nothing else: event
 * and hit counts as its README states them, no damage, the same columns for every ISA. */
#include "io/na62/na62.h"
#include "support/test.h"

#include "io/na62/tallies.h"

#include <string.h>

#define BURST "data/na62/bursts/independent/na62raw_1509379200-02-008252-0017.dat"

/* Of truth: straws with an edge in the window, and those with a leading edge there. The README
 * counts straw edges, and hits with a leading edge of the other detectors. */
enum { STRAW_EDGES = 53505, STRAW_HITS = 27330, STRAW_LEADING = 26920 };

struct burst {
    uint8_t *data;
    size_t size;
    struct spw_raw_file file;
};

static void load(struct burst *burst)
{
    FILE *file = fopen(test_shared_path(BURST), "rb");
    assert_non_null(file);
    fseek(file, 0, SEEK_END);
    burst->size = (size_t)ftell(file);
    rewind(file);
    burst->data = malloc(burst->size);
    assert_int_equal(fread(burst->data, 1, burst->size, file), burst->size);
    fclose(file);
    assert_ok(spw_raw_file_parse(&burst->file, strrchr(BURST, '/') + 1,
                                 (struct spw_bytes){burst->data, burst->size}));
    assert_ptr_equal(burst->file.format, &spw_format_na62);
}

static void unload(struct burst *burst)
{
    spw_raw_file_release(&burst->file);
    free(burst->data);
}

static void unpack(const struct burst *burst,
                   enum spw_isa isa,
                   struct spw_arena *arena,
                   struct spw_raw_batch *batch,
                   uint64_t *tally)
{
    const uint32_t n = burst->file.index.count;
    assert_ok(spw_raw_batch_init(batch, arena, spw_format_na62.streams, NA62_N_STREAMS, n));
    assert_ok(spw_format_na62.unpack(&burst->file, 0, n, isa, batch, tally));
}

static void no_damage(const uint64_t *tally)
{
    for (int i = 0; i < NA62_N_TALLIES; ++i) {
        if (tally[i])
            fprintf(stderr, "%s = %llu\n", na62_tallies[i].name,
                    (unsigned long long)tally[i]);
        assert_int_equal(tally[i], 0);
    }
}

/* A hit made of edges: which are there, and when. */
struct digi {
    uint32_t address;
    int has_leading, has_trailing;
    int32_t leading, trailing;
};

static uint32_t count(const struct digi *digi, uint32_t n, bool with_leading)
{
    uint32_t counted = 0;
    for (uint32_t k = 0; k < n; ++k) counted += digi[k].has_leading || !with_leading;
    return counted;
}

/* formats/na62.md 3.3.4: the last digi of the channel decides. */
static uint32_t pair_readout(const struct spw_raw_hits *hits,
                             uint32_t begin,
                             uint32_t end,
                             bool with_leading)
{
    struct digi *digi = calloc(end - begin + 1, sizeof *digi);
    uint32_t n = 0;
    for (uint32_t i = begin; i < end; ++i) {
        struct digi *last = NULL;
        for (uint32_t k = n; k-- > 0 && !last;)
            if (digi[k].address == hits->address[i]) last = &digi[k];
        const int trailing = hits->edge[i] == SPW_EDGE_TRAILING;
        if (!last || last->has_trailing || (!trailing && last->has_leading)) {
            last = &digi[n++];
            last->address = hits->address[i];
        }
        if (trailing)
            last->has_trailing = 1;
        else
            last->has_leading = 1;
    }
    const uint32_t n_counted = count(digi, n, with_leading);
    free(digi);
    return n_counted;
}

/* formats/na62.md 3.4: an edge completes the first digi of its channel that it fits. */
static uint32_t
pair_time(const struct spw_raw_hits *hits, uint32_t begin, uint32_t end, bool with_leading)
{
    struct digi *digi = calloc(end - begin + 1, sizeof *digi);
    uint32_t n = 0;
    for (uint32_t i = begin; i < end; ++i) {
        const int trailing = hits->edge[i] == SPW_EDGE_TRAILING;
        const int32_t t = hits->ticks[i];
        uint32_t k = 0;
        for (; k < n; ++k) {
            const struct digi *d = &digi[k];
            if (d->address != hits->address[i]) continue;
            if (trailing && d->has_leading && !d->has_trailing && d->leading < t) break;
            if (!trailing && d->has_trailing && !d->has_leading && d->trailing > t) break;
        }
        if (k == n) digi[n++].address = hits->address[i];
        if (trailing) {
            digi[k].has_trailing = 1;
            digi[k].trailing = t;
        } else {
            digi[k].has_leading = 1;
            digi[k].leading = t;
        }
    }
    const uint32_t n_counted = count(digi, n, with_leading);
    free(digi);
    return n_counted;
}

/* Hits of a stream after pairing, all or those with a leading edge. */
static uint64_t
count_hits(const struct spw_raw_batch *batch, uint32_t stream, bool with_leading)
{
    const struct spw_raw_hits *hits = &batch->hits[stream];
    uint64_t n = 0;
    for (uint32_t e = 0; e < batch->n_events; ++e) {
        const uint32_t begin = hits->rows.first[e], end = hits->rows.first[e + 1];
        n += batch->stream[stream].pairing == SPW_PAIR_TIME
                 ? pair_time(hits, begin, end, with_leading)
                 : pair_readout(hits, begin, end, with_leading);
    }
    return n;
}

static void counts_of_readme(void **state)
{
    (void)state;
    struct burst burst;
    struct spw_arena arena = {0};
    struct spw_raw_batch batch;
    uint64_t tally[NA62_N_TALLIES] = {0};
    load(&burst);
    unpack(&burst, spw_isa_best(), &arena, &batch, tally);

    assert_int_equal(burst.file.index.count, 502);
    assert_int_equal(burst.file.run, 8252);
    assert_int_equal(burst.file.burst, 17);
    no_damage(burst.file.tally);
    no_damage(tally);
    assert_int_equal(batch.hits[NA62_STRAW].rows.count, STRAW_EDGES);
    assert_int_equal(count_hits(&batch, NA62_STRAW, false), STRAW_HITS);
    assert_int_equal(count_hits(&batch, NA62_STRAW, true), STRAW_LEADING);
    assert_int_equal(count_hits(&batch, NA62_KTAG, true), 26167);
    assert_int_equal(count_hits(&batch, NA62_CHANTI, true), 278);
    assert_int_equal(count_hits(&batch, NA62_LAV, true), 776);
    assert_int_equal(count_hits(&batch, NA62_CHOD, true), 1852);
    assert_int_equal(count_hits(&batch, NA62_RICH, true), 16055);
    assert_int_equal(count_hits(&batch, NA62_IRC_BOARD, true), 2040);
    assert_int_equal(count_hits(&batch, NA62_MUV3, true), 523);
    assert_int_equal(batch.hits[NA62_GTK].rows.count, 2 * 30821);
    assert_int_equal(batch.pulses[NA62_LKR].rows.count, 32301);
    assert_int_equal(batch.pulses[NA62_LKR].n_samples, 8);
    for (uint32_t i = 0; i < batch.pulses[NA62_LKR].rows.count; ++i)
        assert_int_equal(batch.pulses[NA62_LKR].length[i], 8);

    spw_arena_release(&arena);
    unload(&burst);
}

static void bytes_are_accounted_for(void **state)
{
    (void)state;
    struct burst burst;
    load(&burst);
    const struct spw_event_index *index = &burst.file.index;
    uint64_t at = index->header_bytes;
    for (uint32_t i = 0; i < index->count; ++i) {
        assert_int_equal(index->offset[i], at);
        at += index->size[i];
    }
    assert_int_equal(at, burst.size);
    unload(&burst);
}

static void same(const struct spw_rows *a,
                 const struct spw_rows *b,
                 const struct spw_table *table,
                 uint32_t n_events)
{
    assert_int_equal(a->count, b->count);
    assert_memory_equal(a->first, b->first, (n_events + 1) * sizeof *a->first);
    for (size_t c = 0; a->count && c < table->n_columns; ++c)
        assert_memory_equal(spw_column_data(a, &table->columns[c]),
                            spw_column_data(b, &table->columns[c]),
                            a->count * spw_type_size(table->columns[c].type));
}

static void isas_agree_bit_for_bit(void **state)
{
    (void)state;
    struct burst burst;
    struct spw_arena arena = {0};
    struct spw_raw_batch batch[SPW_N_ISA];
    load(&burst);
    for (int isa = 0; isa <= (int)spw_isa_best(); ++isa) {
        uint64_t tally[NA62_N_TALLIES] = {0};
        unpack(&burst, (enum spw_isa)isa, &arena, &batch[isa], tally);
        for (uint32_t s = 0; s < NA62_N_STREAMS; ++s) {
            const struct spw_raw_batch *a = &batch[0], *b = &batch[isa];
            if (a->stream[s].kind == SPW_STREAM_HITS) {
                same(&a->hits[s].rows, &b->hits[s].rows, &spw_raw_hits_table, a->n_events);
                continue;
            }
            same(&a->pulses[s].rows, &b->pulses[s].rows, &spw_raw_pulses_table,
                 a->n_events);
            const size_t n = (size_t)a->pulses[s].rows.count * a->pulses[s].n_samples;
            if (n) assert_memory_equal(a->pulses[s].sample, b->pulses[s].sample, 2 * n);
        }
    }
    spw_arena_release(&arena);
    unload(&burst);
}

/* 64 events at a time, and appended to one batch, give what all at once gives. */
static void batches_add_up(void **state)
{
    (void)state;
    struct burst burst;
    struct spw_arena arena = {0};
    struct spw_raw_batch whole, parts;
    uint64_t tally[NA62_N_TALLIES] = {0};
    load(&burst);
    unpack(&burst, spw_isa_best(), &arena, &whole, tally);
    const uint32_t n = burst.file.index.count;
    assert_ok(
        spw_raw_batch_init(&parts, &arena, spw_format_na62.streams, NA62_N_STREAMS, n));
    for (uint32_t i = 0; i < n; i += 64)
        assert_ok(spw_format_na62.unpack(&burst.file, i, n - i < 64 ? n - i : 64,
                                         spw_isa_best(), &parts, tally));
    for (uint32_t s = 0; s < NA62_N_STREAMS; ++s)
        if (whole.stream[s].kind == SPW_STREAM_HITS)
            same(&whole.hits[s].rows, &parts.hits[s].rows, &spw_raw_hits_table, n);
        else
            same(&whole.pulses[s].rows, &parts.pulses[s].rows, &spw_raw_pulses_table, n);
    same(&whole.events.rows, &parts.events.rows, &spw_raw_events_table, n);
    same(&whole.records.rows, &parts.records.rows, &spw_raw_records_table, n);
    spw_arena_release(&arena);
    unload(&burst);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counts_of_readme),
        cmocka_unit_test(bytes_are_accounted_for),
        cmocka_unit_test(isas_agree_bit_for_bit),
        cmocka_unit_test(batches_add_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
