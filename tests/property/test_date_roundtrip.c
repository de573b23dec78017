/* Random MICE spills of every header version and board: written, read back, and written again;
 * and the real runs: read, written, and read back. */
#include "support/date_random.h"
#include "support/raw_compare.h"
#include "support/test.h"

#include <string.h>

enum { N_FILES = 4000 };

static const char *const not_damage[] = {"date.unknown_equipment", "date.spill_origin",
                                         NULL};

static const uint32_t group_of[DATE_N_STREAMS] =
    {[DATE_V1290] = 8, [DATE_VLSB] = 128, [DATE_DBB] = 64};

#define MOVE_ROW(array, to, from)                             \
    do {                                                      \
        for (uint32_t k_ = (from); k_ > (to); --k_) {         \
            const __typeof__(*(array)) moving_ = (array)[k_]; \
            (array)[k_] = (array)[k_ - 1];                    \
            (array)[k_ - 1] = moving_;                        \
        }                                                     \
    } while (0)

/* Stable sort by chip, bank or board, as io/date/write.h says. */
static void sort_hits(struct spw_raw_batch *batch, uint32_t stream, uint32_t e)
{
    struct spw_raw_hits *hits = &batch->hits[stream];
    const uint32_t begin = hits->rows.first[e], end = hits->rows.first[e + 1];
    const uint32_t group = group_of[stream];
    for (uint32_t i = begin; i < end && group; ++i) {
        uint32_t k = i;
        while (k > begin && hits->address[k - 1] / group > hits->address[i] / group) --k;
        MOVE_ROW(hits->address, k, i);
        MOVE_ROW(hits->ticks, k, i);
        MOVE_ROW(hits->edge, k, i);
        MOVE_ROW(hits->quality, k, i);
        MOVE_ROW(hits->value, k, i);
    }
}

static void sort_pulses(struct spw_raw_batch *batch, uint32_t stream, uint32_t e)
{
    struct spw_raw_pulses *pulses = &batch->pulses[stream];
    const uint32_t begin = pulses->rows.first[e], end = pulses->rows.first[e + 1];
    const size_t stride = pulses->n_samples;
    for (uint32_t i = begin; i < end; ++i) {
        uint32_t k = i;
        while (k > begin && pulses->address[k - 1] > pulses->address[i]) --k;
        MOVE_ROW(pulses->address, k, i);
        MOVE_ROW(pulses->length, k, i);
        MOVE_ROW(pulses->quality, k, i);
        for (size_t s = 0; s < stride; ++s)
            for (uint32_t m = i; m > k; --m) {
                const uint16_t moving = pulses->sample[m * stride + s];
                pulses->sample[m * stride + s] = pulses->sample[(m - 1) * stride + s];
                pulses->sample[(m - 1) * stride + s] = moving;
            }
    }
}

static void sort_batch(struct spw_raw_batch *batch)
{
    for (uint32_t e = 0; e < batch->n_events; ++e)
        for (uint32_t s = 0; s < DATE_N_STREAMS; ++s) {
            if (batch->stream[s].kind == SPW_STREAM_HITS)
                sort_hits(batch, s, e);
            else
                sort_pulses(batch, s, e);
        }
}

static void assert_records_in(const struct spw_raw_batch *in,
                              const struct spw_raw_batch *out)
{
    const struct spw_raw_records *a = &in->records, *b = &out->records;
    for (uint32_t e = 0; e < in->n_events; ++e)
        for (uint32_t i = a->rows.first[e]; i < a->rows.first[e + 1]; ++i) {
            bool found = false;
            for (uint32_t k = b->rows.first[e]; k < b->rows.first[e + 1] && !found; ++k)
                found = b->item[k] == a->item[i] && b->index[k] == a->index[i] &&
                        b->board[k] == a->board[i] && b->source[k] == a->source[i] &&
                        b->value[k] == a->value[i];
            if (!found)
                fail_msg("row %u: record of source %u, board %#x, item %u, index %u, value "
                         "%.17g",
                         e, a->source[i], a->board[i], a->item[i], a->index[i],
                         a->value[i]);
        }
}

/* Columns that the reader derives are taken over; spill, trigger and run must agree. */
static void assert_same(struct spw_raw_batch *in, const struct spw_raw_batch *out)
{
    const uint32_t n = in->n_events;
    assert_memory_equal(in->events.run, out->events.run, n * sizeof *in->events.run);
    assert_memory_equal(in->events.burst, out->events.burst, n * sizeof *in->events.burst);
    assert_memory_equal(in->events.event, out->events.event, n * sizeof *in->events.event);
    for (uint32_t e = 0; e < n; ++e)
        assert_int_equal(in->events.quality[e] & SPW_EVENT_SPECIAL,
                         out->events.quality[e] & SPW_EVENT_SPECIAL);
    const struct spw_raw_records records = in->records;
    const struct spw_raw_events events = in->events;
    in->records = out->records;
    in->events = out->events;
    for (uint32_t e = 0; e < n; ++e)
        if (!raw_events_equal(in, e, out, e, SPW_SATURATED | SPW_UNDERFLOW))
            fail_msg("row %u differs", e);
    in->records = records;
    in->events = events;
}

static void round_trip(uint32_t n_rows, uint32_t per_spill, uint64_t *random)
{
    struct spw_arena arena = {0};
    struct spw_raw_batch batch;
    struct date_write_options options;
    struct date_board board[DATE_RANDOM_MAX_BOARDS];
    struct spw_bytes bytes, again;
    date_random_options(&options, board, random);
    assert_ok(spw_raw_batch_init(&batch, &arena, spw_format_date.streams, DATE_N_STREAMS,
                                 n_rows));
    assert_ok(date_random_batch(&batch, &options, per_spill, random));
    assert_ok(date_encode(&options, &batch, &arena, &bytes));

    struct raw_whole whole;
    assert_ok(raw_whole_open(&whole, bytes));
    assert_int_equal(whole.file.index.count, n_rows);
    raw_assert_accounted(&whole);
    if (raw_damage_seen(&whole, not_damage) > 0) fail_msg("damage seen in good spills");
    assert_records_in(&batch, &whole.batch);
    sort_batch(&batch);
    assert_same(&batch, &whole.batch);

    assert_ok(date_encode(&options, &whole.batch, &arena, &again));
    assert_int_equal(again.size, bytes.size);
    assert_memory_equal(again.data, bytes.data, bytes.size);
    raw_whole_release(&whole);
    spw_arena_release(&arena);
}

static void test_round_trips(void **state)
{
    (void)state;
    uint64_t random = test_seed();
    for (uint32_t i = 0; i < N_FILES; ++i) round_trip(1 + i % 13, 1 + i % 5, &random);
}

static uint32_t word(struct spw_bytes bytes, size_t at)
{
    assert_true(at + 4 <= bytes.size);
    return spw_load_u32(bytes.data + at);
}

/* The equipment of the first physics event of a file with one LDC, in its order. */
static uint32_t boards_of(struct spw_bytes bytes, struct date_board *board)
{
    size_t at = 0;
    uint32_t n = 0;
    while (word(bytes, at + 16) != DATE_PHYSICS_EVENT) at += word(bytes, at);
    const size_t header = word(bytes, at + 8), end = at + word(bytes, at);
    at += header; /* the sub-event */
    const uint32_t ldc = word(bytes, at + (header == 80 ? 64 : 56));
    for (at += header; at < end; at += word(bytes, at)) {
        assert_true(n < DATE_RANDOM_MAX_BOARDS);
        board[n++] = (struct date_board){word(bytes, at + 4), ldc, word(bytes, at + 8)};
    }
    return n;
}

/* A real run: what was read is written, and read again with every hit and sample in place. */
static void real_round_trip(const char *below, bool master_2012)
{
    struct spw_arena arena = {0};
    struct raw_whole whole = {0}, again;
    struct date_board board[DATE_RANDOM_MAX_BOARDS];
    struct spw_map map;
    struct spw_bytes bytes;
    assert_ok(spw_map_open(&map, test_shared_path(below)));
    assert_ok(raw_whole_open(&whole, map.bytes));
    const struct date_write_options options = {.version = spw_load_u32(map.bytes.data + 12),
                                               .run = whole.file.run,
                                               .master_2012 = master_2012,
                                               .start_of_run = true,
                                               .end_of_run = true,
                                               .board = board,
                                               .n_boards = boards_of(map.bytes, board)};
    assert_ok(date_encode(&options, &whole.batch, &arena, &bytes));
    assert_ok(raw_whole_open(&again, bytes));
    assert_int_equal(again.file.index.count, whole.file.index.count);
    again.batch.records = whole.batch.records;
    again.batch.events.quality = whole.batch.events.quality;
    for (uint32_t e = 0; e < whole.batch.n_events; ++e)
        if (!raw_events_equal(&whole.batch, e, &again.batch, e, 0))
            fail_msg("row %u differs", e);
    raw_whole_release(&again);
    raw_whole_release(&whole);
    spw_map_release(&map);
    spw_arena_release(&arena);
}

static void test_run_6008(void **state)
{
    (void)state;
    real_round_trip("data/mice/raw/06008.000", false);
}

static void test_run_3758(void **state)
{
    (void)state;
    real_round_trip("data/mice/raw/03758.000", true);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_round_trips),
                                       cmocka_unit_test(test_run_6008),
                                       cmocka_unit_test(test_run_3758)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
