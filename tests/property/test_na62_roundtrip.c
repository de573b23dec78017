/* Random bursts of all run periods: written, read back, and written again.
 *
 * Everything that went in must come out bit for bit, in the order that io/na62/write.h states,
 * and the batch that came out must give the same bytes again. */
#include "support/na62_random.h"
#include "support/raw_compare.h"
#include "support/test.h"

#include <string.h>

#ifdef __SANITIZE_ADDRESS__
enum { N_BURSTS = 200 };
#else
enum { N_BURSTS = 1000 };
#endif
enum { IGNORED_QUALITY = SPW_OUT_OF_SLOT | SPW_SATURATED | SPW_UNDERFLOW };

/* Half chip of a pixel, 0-59: five chips side by side, read out in halves of 20 columns; the
 * upper chips are turned round. */
static uint32_t gtk_half(uint32_t address)
{
    const uint32_t station = address / 18000, upper = address % 18000 / 9000;
    const uint32_t right = address % 40 / 20;
    return 20 * station + 10 * upper + 2 * (address % 200 / 40) + (right ^ upper);
}

/* Sort key of a hit in the order that a reader finds it. */
static uint64_t hit_key(uint32_t stream, uint32_t address, int32_t ticks)
{
    const uint64_t biased = (uint64_t)((int64_t)ticks + (INT64_C(1) << 31));
    switch (stream) {
    case NA62_STRAW:
        return (uint64_t)(address / 256) << 32 | biased >> 5;
    case NA62_GTK:
        return gtk_half(address);
    case NA62_L0TP:
        return address;
    default:
        return (uint64_t)(address / 128) << 32 | biased;
    }
}

#define MOVE_ROW(array, to, from)                             \
    do {                                                      \
        for (uint32_t k_ = (from); k_ > (to); --k_) {         \
            const __typeof__(*(array)) moving_ = (array)[k_]; \
            (array)[k_] = (array)[k_ - 1];                    \
            (array)[k_ - 1] = moving_;                        \
        }                                                     \
    } while (0)

static void sort_hits(struct spw_raw_batch *batch, uint32_t stream, uint32_t e)
{
    struct spw_raw_hits *hits = &batch->hits[stream];
    const uint32_t begin = hits->rows.first[e], end = hits->rows.first[e + 1];
    for (uint32_t i = begin; i < end; ++i) {
        uint32_t k = i;
        const uint64_t key = hit_key(stream, hits->address[i], hits->ticks[i]);
        while (k > begin && hit_key(stream, hits->address[k - 1], hits->ticks[k - 1]) > key)
            --k;
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
        for (uint32_t s = 0; s < NA62_N_STREAMS; ++s) {
            if (batch->stream[s].kind == SPW_STREAM_HITS)
                sort_hits(batch, s, e);
            else
                sort_pulses(batch, s, e);
        }
}

static bool same_key(const struct spw_raw_records *a,
                     uint32_t i,
                     const struct spw_raw_records *b,
                     uint32_t k)
{
    return a->index[i] == b->index[k] && a->item[i] == b->item[k] &&
           a->board[i] == b->board[k] && a->source[i] == b->source[k];
}

/* Every record that was put in is there; where its key stands several times, in that order. */
static void assert_records_in(const struct spw_raw_batch *in,
                              const struct spw_raw_batch *out)
{
    const struct spw_raw_records *a = &in->records, *b = &out->records;
    for (uint32_t e = 0; e < in->n_events; ++e) {
        const uint32_t begin = b->rows.first[e], n = b->rows.first[e + 1] - begin;
        uint32_t next = 0;
        for (uint32_t i = a->rows.first[e]; i < a->rows.first[e + 1]; ++i) {
            uint32_t tried = 0;
            while (tried < n && !same_key(a, i, b, begin + (next + tried) % n)) ++tried;
            const uint32_t k = n ? begin + (next + tried) % n : 0;
            if (tried == n || a->value[i] != b->value[k])
                fail_msg("event %u, source %#x, board %u, item %u, index %u: %.0f", e,
                         a->source[i], a->board[i], a->item[i], a->index[i], a->value[i]);
            next = (next + tried + 1) % n;
        }
    }
}

/* What the reader adds to the events and records is taken over before the comparison. */
static void assert_same(struct spw_raw_batch *in, const struct spw_raw_batch *out)
{
    const struct spw_raw_records records = in->records;
    in->records = out->records;
    for (uint32_t e = 0; e < in->n_events; ++e) {
        in->events.time_ns[e] = out->events.time_ns[e];
        if (!raw_events_equal(in, e, out, e, IGNORED_QUALITY))
            fail_msg("event %u of type %#x differs", e, in->events.trigger_word[e] & 0xFF);
    }
    in->records = records;
}

static void encode(const struct na62_write_options *options,
                   const struct spw_raw_batch *batch,
                   struct spw_arena *arena,
                   struct spw_bytes *bytes)
{
    struct na62_encoded encoded;
    assert_ok(na62_encode(options, batch, arena, &encoded));
    assert_ok(na62_burst_bytes(options, &encoded, arena, bytes));
}

static void round_trip(const struct na62_period *period,
                       uint32_t burst,
                       uint32_t n_events,
                       uint64_t *random)
{
    struct spw_arena arena = {0};
    struct spw_raw_batch batch;
    const struct na62_write_options options = {.run = period->run,
                                               .burst = burst,
                                               .sob_time_s = 1400000000 + burst,
                                               .no_burst_header = period->no_burst_header};
    assert_ok(spw_raw_batch_init(&batch, &arena, spw_format_na62.streams, NA62_N_STREAMS,
                                 n_events));
    assert_ok(na62_random_batch(&batch, period, burst, random));
    struct spw_bytes bytes, again;
    encode(&options, &batch, &arena, &bytes);

    /* random times are right, but not where detectors have theirs */
    static const char *const not_damage[] = {"na62.tel62_window",
                                             "na62.tel62_bad_trigger_time", NULL};
    struct raw_whole whole;
    assert_ok(raw_whole_open(&whole, bytes));
    assert_int_equal(whole.file.index.count, n_events);
    raw_assert_accounted(&whole);
    if (raw_damage_seen(&whole, not_damage) > 0)
        fail_msg("damage seen in a good burst of %s", period->name);
    if (period->no_burst_header)
        memcpy(batch.events.run, whole.batch.events.run,
               n_events * sizeof *batch.events.run);
    assert_records_in(&batch, &whole.batch);
    sort_batch(&batch);
    assert_same(&batch, &whole.batch);

    encode(&options, &whole.batch, &arena, &again);
    assert_int_equal(again.size, bytes.size);
    assert_memory_equal(again.data, bytes.data, bytes.size);
    raw_whole_release(&whole);
    spw_arena_release(&arena);
}

static void test_round_trips(void **state)
{
    (void)state;
    uint64_t random = test_seed();
    for (uint32_t b = 0; b < N_BURSTS; ++b)
        round_trip(&na62_periods[b % na62_n_periods], b, 3 + b % 5, &random);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_round_trips)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
