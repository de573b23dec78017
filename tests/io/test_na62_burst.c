/* Header, tables and events of hand-made burst files, damaged in every way of formats/na62.md 6
 * that concerns the file: no good event may be lost, every byte is accounted for. */
#include "support/na62_bytes.h"
#include "support/na62_read.h"
#include "support/test.h"

#include <string.h>

enum { N_EVENTS = 6 }; /* start of burst, four events, end of burst */

struct fixture {
    struct nb bytes;
    struct na62_read good, bad;
};

static int setup(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    nb_standard_burst(&f->bytes, N_EVENTS - 2);
    na62_read(&f->good, "na62raw_1509379200-02-008252-0017.dat", nb_bytes(&f->bytes));
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    na62_read_release(&f->good);
    na62_read_release(&f->bad);
    nb_release(&f->bytes);
    free(f);
    return 0;
}

static void read_bad(struct fixture *f)
{
    na62_read(&f->bad, "na62raw_1509379200-02-008252-0017.dat", nb_bytes(&f->bytes));
    assert_ok(f->bad.status);
}

/* Event `e` of the good file is row `row` of the damaged one, hit for hit. */
static void same_event(const struct fixture *f, uint32_t e, uint32_t row)
{
    assert_int_equal(f->bad.file.index.reason[row], 0);
    assert_int_equal(f->bad.file.index.number[row], f->good.file.index.number[e]);
    for (uint32_t s = 0; s < NA62_N_STREAMS; ++s)
        assert_true(na62_same_event(&f->good, e, &f->bad, row, s));
}

static void all_events_there(const struct fixture *f)
{
    assert_int_equal(f->bad.file.index.count, N_EVENTS);
    for (uint32_t e = 0; e < N_EVENTS; ++e) same_event(f, e, e);
}

static void good_burst(void **state)
{
    struct fixture *f = *state;
    const struct spw_raw_file *file = &f->good.file;
    assert_ok(f->good.status);
    assert_int_equal(na62_read_damage(&f->good), 0);
    assert_int_equal(file->run, 8252);
    assert_int_equal(file->burst, 17);
    assert_near(file->start_time_s, 1509379200, 0, 0);
    assert_int_equal(file->index.count, N_EVENTS);
    assert_int_equal(file->index.header_bytes, 16 + 12 * N_EVENTS);
    assert_int_equal(file->index.number[2], 8);
    assert_int_equal(file->index.ticks[2], 1012345);
    assert_int_equal(file->index.trigger_word[2], 0x010101);
    assert_int_equal(file->index.burst[2], 17);
}

static void headerless_file(void **state) /* [1] */
{
    struct fixture *f = *state;
    const size_t first = nb_event_at(&f->bytes, 0);
    const struct spw_bytes all = nb_bytes(&f->bytes);
    const struct spw_bytes events = {all.data + 4 * first, all.size - 4 * first};
    assert_true(spw_format_na62.probe(events, events.size));
    na62_read(&f->bad, "cdr02008252-0017.dat", events);
    assert_ok(f->bad.status);
    assert_int_equal(na62_read_damage(&f->bad), 0);
    assert_int_equal(f->bad.file.run, 8252);
    assert_int_equal(f->bad.file.index.header_bytes, 0);
    all_events_there(f);
}

static void no_number_of_events(void **state) /* [2] */
{
    struct fixture *f = *state;
    f->bytes.word[1] = 0;
    read_bad(f);
    assert_int_equal(f->bad.tally[NA62_TALLY_HEADER_TABLES], 1);
    all_events_there(f);
}

static void damaged_number_of_events(void **state) /* [2] */
{
    struct fixture *f = *state;
    for (uint32_t bit = 0; bit < 32; ++bit) {
        f->bytes.word[1] ^= 1u << bit;
        read_bad(f);
        f->bytes.word[1] ^= 1u << bit;
        assert_true(na62_read_damage(&f->bad) > 0);
        all_events_there(f);
        na62_read_release(&f->bad);
    }
}

static void crashed_merger(void **state)
{
    struct fixture *f = *state;
    memset(f->bytes.word, 0, 16 + 12 * N_EVENTS);
    read_bad(f);
    assert_int_equal(f->bad.tally[NA62_TALLY_HEADER_TABLES], 1);
    assert_int_equal(f->bad.file.run, 8252); /* from the name */
    assert_int_equal(f->bad.file.index.header_bytes, 16 + 12 * N_EVENTS);
    all_events_there(f);
}

static void first_offset_wrong(void **state) /* [2] */
{
    struct fixture *f = *state;
    f->bytes.word[4 + 2 * N_EVENTS] += 5;
    read_bad(f);
    assert_int_equal(f->bad.tally[NA62_TALLY_TABLE_MISMATCH], 1);
    all_events_there(f);
}

static void offsets_do_not_increase(void **state) /* [2] */
{
    struct fixture *f = *state;
    f->bytes.word[4 + 2 * N_EVENTS + 3] = 7;
    read_bad(f);
    assert_int_equal(f->bad.tally[NA62_TALLY_TABLE_MISMATCH], 1);
    assert_int_equal(f->bad.tally[NA62_TALLY_TABLE_ORDER], 1);
    all_events_there(f);
}

static void tables_disagree(void **state)
{
    struct fixture *f = *state;
    f->bytes.word[4 + 2] ^= 1;
    f->bytes.word[4 + N_EVENTS + 3] ^= 1;
    read_bad(f);
    assert_int_equal(f->bad.tally[NA62_TALLY_TABLE_MISMATCH], 2);
    all_events_there(f);
}

/* N counts an event that was skipped: the last entries are uninitialised. */
static void table_entries_without_event(void **state) /* [3] */
{
    struct nb b = {0};
    struct na62_read read;
    (void)state;
    nb_burst_begin(&b, 8252, 17, 3);
    nb_standard_event(&b, 1, 5000, 0x01);
    nb_standard_event(&b, 2, 6000, 0x01);
    nb_burst_end(&b);
    b.word[4 + 2] = 0xdeadbeef;
    b.word[4 + 6 + 2] = 0xdeadbeef;
    na62_read(&read, "burst", nb_bytes(&b));
    assert_int_equal(read.file.index.count, 2);
    assert_int_equal(read.tally[NA62_TALLY_TABLE_UNUSED], 1);
    assert_int_equal(na62_read_damage(&read), 1);
    na62_read_release(&read);
    nb_release(&b);
}

static void lost_event_header(void **state)
{
    struct fixture *f = *state;
    const size_t at = nb_event_at(&f->bytes, 2);
    memset(&f->bytes.word[at], 0x55, 4 * 12);
    read_bad(f);
    assert_int_equal(f->bad.tally[NA62_TALLY_EVENT_LOST], 1);
    assert_int_equal(f->bad.file.index.count, N_EVENTS);
    assert_int_equal(f->bad.file.index.reason[2], NA62_TALLY_EVENT_LOST);
    assert_int_equal(f->bad.file.index.number[2], 8); /* from the table */
    assert_int_equal(f->bad.file.index.offset[2], 4 * at);
    for (uint32_t e = 0; e < N_EVENTS; ++e)
        if (e != 2) same_event(f, e, e);
}

static void lost_version_byte(void **state)
{
    struct fixture *f = *state;
    f->bytes.word[nb_event_at(&f->bytes, 2)] ^= 1u << 30;
    read_bad(f);
    assert_int_equal(f->bad.tally[NA62_TALLY_EVENT_VERSION], 1);
    all_events_there(f);
}

static void damaged_length(void **state)
{
    struct fixture *f = *state;
    static const uint32_t flips[] = {1, 1u << 5, 1u << 9, 1u << 30, 0xffffffff};
    for (size_t i = 0; i < sizeof flips / sizeof *flips; ++i) {
        const size_t at = nb_event_at(&f->bytes, 2) + 1;
        f->bytes.word[at] ^= flips[i];
        read_bad(f);
        f->bytes.word[at] ^= flips[i];
        assert_int_equal(f->bad.tally[NA62_TALLY_EVENT_LENGTH], 1);
        assert_true(f->bad.batch.events.quality[2] & SPW_EVENT_DAMAGED);
        all_events_there(f);
        na62_read_release(&f->bad);
    }
}

/* The same without tables. */
static void damaged_length_headerless(void **state)
{
    struct fixture *f = *state;
    const size_t first = nb_event_at(&f->bytes, 0);
    f->bytes.word[nb_event_at(&f->bytes, 2) + 1] ^= 1u << 6;
    const struct spw_bytes all = nb_bytes(&f->bytes);
    na62_read(&f->bad, "cdr02008252-0017.dat",
              (struct spw_bytes){all.data + 4 * first, all.size - 4 * first});
    assert_int_equal(f->bad.tally[NA62_TALLY_EVENT_LENGTH], 1);
    all_events_there(f);
}

static void damaged_trailer(void **state)
{
    struct fixture *f = *state;
    f->bytes.word[nb_event_at(&f->bytes, 3) - 1] ^= 1;
    read_bad(f);
    assert_int_equal(f->bad.tally[NA62_TALLY_EVENT_TRAILER], 1);
    assert_int_equal(f->bad.batch.events.quality[2], NA62_EVENT_BAD_TRAILER);
    all_events_there(f);
}

static void garbage_between_events(void **state)
{
    struct fixture *f = *state;
    struct nb b = {0};
    const size_t cut = nb_event_at(&f->bytes, 3);
    for (size_t i = 0; i < f->bytes.n; ++i) {
        if (i == cut)
            for (uint32_t k = 0; k < 100; ++k) nb_put(&b, 0x62000000 | k * 77);
        nb_put(&b, f->bytes.word[i]);
    }
    na62_read(&f->bad, "burst", nb_bytes(&b));
    assert_int_equal(f->bad.tally[NA62_TALLY_EVENT_LOST], 1);
    assert_int_equal(f->bad.file.index.count, N_EVENTS + 1);
    assert_int_equal(f->bad.file.index.size[3], 400);
    for (uint32_t e = 0; e < N_EVENTS; ++e) same_event(f, e, e < 3 ? e : e + 1);
    nb_release(&b);
}

static void truncated_file(void **state)
{
    struct fixture *f = *state;
    const struct spw_bytes all = nb_bytes(&f->bytes);
    const size_t last = 4 * nb_event_at(&f->bytes, 4);
    na62_read(&f->bad, "burst", (struct spw_bytes){all.data, last + 1001});
    assert_int_equal(f->bad.tally[NA62_TALLY_EVENT_TRUNCATED], 1);
    assert_int_equal(f->bad.tally[NA62_TALLY_FILE_TAIL], 1);
    assert_int_equal(f->bad.file.index.count, 6); /* four whole, one cut, one odd byte */
    for (uint32_t e = 0; e < 4; ++e) same_event(f, e, e);
    assert_true(f->bad.batch.events.quality[4] & SPW_EVENT_DAMAGED);
    assert_true(na62_same_event(&f->good, 4, &f->bad, 4, NA62_KTAG)); /* it comes first */
    assert_int_equal(f->bad.batch.pulses[NA62_LKR].rows.first[5],
                     f->bad.batch.pulses[NA62_LKR].rows.first[4]);
}

static void source_table_damage(void **state)
{
    struct fixture *f = *state;
    const size_t table = nb_event_at(&f->bytes, 2) + 8;
    f->bytes.word[table + 2] ^= 1u << 20; /* straw: outside the event */
    read_bad(f);
    assert_int_equal(f->bad.tally[NA62_TALLY_SOURCE_OFFSET], 1);
    for (uint32_t s = 0; s < NA62_N_STREAMS; ++s)
        assert_true(na62_same_event(&f->good, 2, &f->bad, 2, s) == (s != NA62_STRAW));
    na62_read_release(&f->bad);
    f->bytes.word[table + 2] ^= 1u << 20;
    f->bytes.word[table + 1] =
        (f->bytes.word[table + 1] & 0xffffff) | 0xACu << 24; /* LAV: unknown */
    read_bad(f);
    assert_int_equal(f->bad.tally[NA62_TALLY_SOURCE_UNKNOWN], 1);
    for (uint32_t s = 0; s < NA62_N_STREAMS; ++s)
        assert_true(na62_same_event(&f->good, 2, &f->bad, 2, s) == (s != NA62_LAV));
    na62_read_release(&f->bad);
    f->bytes.word[table + 1] =
        (f->bytes.word[table + 1] & 0xffffff) | 0x04u << 24; /* twice KTAG */
    read_bad(f);
    assert_int_equal(f->bad.tally[NA62_TALLY_SOURCE_TWICE], 2);
    for (uint32_t s = 0; s < NA62_N_STREAMS; ++s)
        assert_true(na62_same_event(&f->good, 2, &f->bad, 2, s) ==
                    (s != NA62_LAV && s != NA62_KTAG));
}

static void sources_in_any_order(void **state)
{
    struct nb b = {.latency = 0x1F01};
    struct na62_read read;
    (void)state;
    nb_burst_begin(&b, 8252, 17, 1);
    nb_event_begin(&b, 1, 5000, 0x01, 5);
    nb_source(&b, 0x28);
    nb_cream(&b, 31, 8, 1, 10);
    nb_source(&b, 0x40);
    nb_l0tp(&b, 22, 7);
    nb_source(&b, 0x34); /* an ID without data */
    nb_source(&b, 0x3C);
    nb_tel62(&b, 0, 3);
    nb_source(&b, 0x04);
    nb_tel62(&b, 5, 1);
    nb_event_end(&b);
    nb_burst_end(&b);
    na62_read(&read, "burst", nb_bytes(&b));
    assert_int_equal(na62_read_damage(&read), 0);
    assert_int_equal(read.batch.hits[NA62_HASC].rows.count, 9);
    assert_int_equal(read.batch.hits[NA62_KTAG].rows.count, 3);
    assert_int_equal(read.batch.pulses[NA62_MUV1].rows.count, 1);
    assert_int_equal(read.batch.events.l0_flags[0], 7);
    na62_read_release(&read);
    nb_release(&b);
}

static void nothing_of_na62(void **state)
{
    (void)state;
    uint32_t word[4096];
    for (uint32_t i = 0; i < 4096; ++i) word[i] = i * 2654435761u & 0x3fffffff;
    const struct spw_bytes bytes = {(const uint8_t *)word, sizeof word};
    struct na62_read read;
    assert_false(spw_format_na62.probe(bytes, bytes.size));
    assert_false(spw_format_na62.probe((struct spw_bytes){bytes.data, 0}, 0));
    na62_read(&read, "noise", bytes);
    assert_int_equal(read.status, SPW_CORRUPT);
    na62_read_release(&read);
    na62_read(&read, "empty", (struct spw_bytes){bytes.data, 0});
    assert_int_equal(read.status, SPW_CORRUPT);
    na62_read_release(&read);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(good_burst),
        TEST(headerless_file),
        TEST(no_number_of_events),
        TEST(damaged_number_of_events),
        TEST(crashed_merger),
        TEST(first_offset_wrong),
        TEST(offsets_do_not_increase),
        TEST(tables_disagree),
        TEST(table_entries_without_event),
        TEST(lost_event_header),
        TEST(lost_version_byte),
        TEST(damaged_length),
        TEST(damaged_length_headerless),
        TEST(damaged_trailer),
        TEST(garbage_between_events),
        TEST(truncated_file),
        TEST(source_table_damage),
        TEST(sources_in_any_order),
        TEST(nothing_of_na62),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
