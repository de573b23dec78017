/* Damaged bursts: nothing crashes, no byte is lost, and events that were not hit stay as they are. */
#include "support/damage.h"
#include "support/na62_random.h"
#include "support/raw_compare.h"
#include "support/test.h"

#include <string.h>

enum { N_BURSTS = 80, N_DAMAGES = 25 };

/* The row at the same place with the same size, or -1. */
static int64_t row_at(const struct spw_event_index *index, uint64_t offset, uint64_t size)
{
    for (uint32_t i = 0; i < index->count; ++i)
        if (index->offset[i] == offset && index->size[i] == size && !index->reason[i])
            return i;
    return -1;
}

static void assert_untouched(const struct raw_whole *good,
                             const struct raw_whole *bad,
                             const struct damage *damage)
{
    const struct spw_event_index *index = &good->file.index;
    if (damage->first < index->header_bytes) return;
    for (uint32_t i = 0; i < index->count; ++i) {
        if (index->offset[i] < damage->end &&
            damage->first < index->offset[i] + index->size[i])
            continue;
        const int64_t row = row_at(&bad->file.index, index->offset[i], index->size[i]);
        if (row < 0)
            fail_msg("event %u is lost, damage in bytes %zu to %zu", i, damage->first,
                     damage->end);
        assert_true(raw_events_equal(&good->batch, i, &bad->batch, (uint32_t)row, 0));
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
        assert_untouched(good, &bad, &damage);
        raw_whole_release(&bad);
    } else {
        assert_int_equal(status, SPW_CORRUPT);
        const struct spw_event_index *index = &good->file.index;
        assert_true(damage.first < index->offset[0] + index->size[0]);
    }
    spw_arena_release(&arena);
}

static void test_damage(void **state)
{
    (void)state;
    uint64_t random = test_seed();
    for (uint32_t b = 0; b < N_BURSTS; ++b) {
        const struct na62_period *period = &na62_periods[b % na62_n_periods];
        const struct na62_write_options options = {.run = period->run,
                                                   .burst = b,
                                                   .sob_time_s = 1400000000,
                                                   .no_burst_header =
                                                       period->no_burst_header};
        struct spw_arena arena = {0};
        struct spw_raw_batch batch;
        struct na62_encoded encoded;
        struct spw_bytes bytes;
        struct raw_whole good;
        assert_ok(
            spw_raw_batch_init(&batch, &arena, spw_format_na62.streams, NA62_N_STREAMS, 6));
        assert_ok(na62_random_batch(&batch, period, b, &random));
        assert_ok(na62_encode(&options, &batch, &arena, &encoded));
        assert_ok(na62_burst_bytes(&options, &encoded, &arena, &bytes));
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
