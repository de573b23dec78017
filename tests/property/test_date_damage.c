/* Damaged files of spills: nothing crashes, no byte is lost, and spills that lie apart
 * from the damage stay as they are. */
#include "support/damage.h"
#include "support/date_random.h"
#include "support/raw_compare.h"
#include "support/test.h"

#include <string.h>

enum { N_FILES = 400, N_DAMAGES = 25, N_ROWS = 12, PER_SPILL = 3 };

static int64_t row_at(const struct spw_event_index *index, uint64_t offset, uint32_t number)
{
    for (uint32_t i = 0; i < index->count; ++i)
        if (index->offset[i] == offset && index->number[i] == number && !index->reason[i])
            return i;
    return -1;
}

/* First row behind the spill of row i. */
static uint32_t spill_end(const struct spw_event_index *index, uint32_t i)
{
    const uint64_t offset = index->offset[i];
    while (i < index->count && index->offset[i] == offset) ++i;
    return i;
}

/* A lost start of burst may have changed the number of the spill. */
static void assert_row(const struct raw_whole *good, uint32_t i, struct raw_whole *bad)
{
    const int64_t row =
        row_at(&bad->file.index, good->file.index.offset[i], good->file.index.number[i]);
    if (row < 0) fail_msg("row %u is lost", i);
    bad->batch.events.burst[row] = good->batch.events.burst[i];
    assert_true(raw_events_equal(&good->batch, i, &bad->batch, (uint32_t)row, 0));
}

/* Spills beside the damaged one may take over what is left of it, so they are not compared. */
static void assert_untouched(const struct raw_whole *good,
                             struct raw_whole *bad,
                             const struct damage *damage)
{
    const struct spw_event_index *index = &good->file.index;
    const size_t file_size = good->file.map.bytes.size;
    for (uint32_t i = 0, end; i < index->count; i = end) {
        end = spill_end(index, i);
        const uint32_t next = end < index->count ? spill_end(index, end) : index->count;
        const uint64_t behind = next < index->count ? index->offset[next] : file_size;
        const uint64_t before = i > 0 ? index->offset[i - 1] : 0;
        if (before < damage->end && damage->first < behind) continue;
        for (uint32_t row = i; row < end; ++row) assert_row(good, row, bad);
    }
}

static void hurt(const struct raw_whole *good, struct spw_bytes bytes, uint64_t *random)
{
    struct spw_arena arena = {0};
    uint8_t *copy = spw_arena_alloc(&arena, bytes.size);
    assert_non_null(copy);
    memcpy(copy, bytes.data, bytes.size);
    const struct damage damage = damage_apply(copy, bytes.size, random);

    struct raw_whole bad;
    const enum spw_status status =
        raw_whole_open(&bad, (struct spw_bytes){copy, damage.size});
    if (status == SPW_OK) {
        raw_assert_accounted(&bad);
        if (bad.file.format == good->file.format) assert_untouched(good, &bad, &damage);
        raw_whole_release(&bad);
    } else {
        assert_int_equal(status, SPW_CORRUPT);
    }
    spw_arena_release(&arena);
}

static void test_damage(void **state)
{
    (void)state;
    uint64_t random = test_seed();
    for (uint32_t f = 0; f < N_FILES; ++f) {
        struct spw_arena arena = {0};
        struct spw_raw_batch batch;
        struct date_write_options options;
        struct date_board board[DATE_RANDOM_MAX_BOARDS];
        struct spw_bytes bytes;
        struct raw_whole good;
        date_random_options(&options, board, &random);
        assert_ok(spw_raw_batch_init(&batch, &arena, spw_format_date.streams,
                                     DATE_N_STREAMS, N_ROWS));
        assert_ok(date_random_batch(&batch, &options, PER_SPILL, &random));
        assert_ok(date_encode(&options, &batch, &arena, &bytes));
        assert_ok(raw_whole_open(&good, bytes));
        for (int d = 0; d < N_DAMAGES; ++d) hurt(&good, bytes, &random);
        raw_whole_release(&good);
        spw_arena_release(&arena);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_damage)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
