/// Containers: plain events, spill numbers, truncation, damaged headers, calibration events.
#include "support/date_file.h"

#include <string.h>
#include <unistd.h>

static struct date_file f;

static void put_spill(uint32_t number, uint32_t n_triggers)
{
    date_bytes_event(&f.bytes, DATE_START_OF_BURST, 1, number);
    date_bytes_subevent(&f.bytes, 1);
    date_bytes_close(&f.bytes);
    date_bytes_physics(&f.bytes, 1, 1, number);
    date_bytes_v1290(&f.bytes, 3, n_triggers, 9);
    date_bytes_close(&f.bytes);
    date_bytes_event(&f.bytes, DATE_END_OF_BURST, 1, number);
    date_bytes_subevent(&f.bytes, 1);
    date_bytes_close(&f.bytes);
}

static void put_run(uint32_t type)
{
    date_bytes_event(&f.bytes, type, 1, 1);
    date_bytes_subevent(&f.bytes, 1);
    date_bytes_close(&f.bytes);
}

static void test_spills_are_counted(void **state)
{
    (void)state;
    date_bytes_start(&f.bytes, 9);
    put_run(DATE_START_OF_RUN);
    put_run(DATE_START_OF_RUN);
    for (uint32_t s = 0; s < 3; ++s) put_spill(7 + s, 1 + s);
    put_run(DATE_END_OF_RUN);
    date_file_read(&f);
    assert_no_tallies(&f);
    assert_int_equal(f.file.index.count, 6);
    const uint32_t spill[] = {0, 1, 1, 2, 2, 2}, trigger[] = {0, 0, 1, 0, 1, 2};
    for (uint32_t i = 0; i < 6; ++i) {
        assert_int_equal(f.batch.events.burst[i], spill[i]);
        assert_int_equal(f.batch.events.event[i], trigger[i]);
    }
    assert_int_equal(f.file.index.offset[0],
                     0); /* start of run belongs to the first spill */
    date_file_release(&f);
}

static void test_repeated_start_counts_once(void **state)
{
    (void)state;
    date_bytes_start(&f.bytes, 9);
    put_run(DATE_START_OF_RUN);
    date_bytes_event(&f.bytes, DATE_START_OF_BURST, 1, 1);
    date_bytes_subevent(&f.bytes, 1);
    date_bytes_close(&f.bytes);
    put_spill(1, 1);
    put_spill(2, 1);
    date_file_read(&f);
    assert_int_equal(f.batch.events.burst[0], 0);
    assert_int_equal(f.batch.events.burst[1], 1);
    date_file_release(&f);
}

static void test_later_file_of_a_run(void **state)
{
    (void)state;
    date_bytes_start(&f.bytes, 9);
    put_spill(41, 1);
    date_file_read(&f);
    assert_tallies(&f, DATE_SPILL_ORIGIN);
    assert_int_equal(f.batch.events.burst[0], 40); /* DATE 3.9 counts from 1 */
    date_file_release(&f);
    date_bytes_start(&f.bytes, 14);
    put_spill(41, 1);
    date_file_read(&f);
    assert_int_equal(f.batch.events.burst[0], 41); /* DATE 3.14 from 0 */
    date_file_release(&f);
}

static void write_file(const char *path)
{
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(f.bytes.word, 4, f.bytes.count, file), f.bytes.count);
    fclose(file);
}

static void test_first_file_gives_the_origin(void **state)
{
    (void)state;
    char first[4096], second[4096];
    const char *folder = test_folder();
    snprintf(first, sizeof first, "%s/00001.000", folder);
    snprintf(second, sizeof second, "%.*s.001", (int)(strlen(first) - 4), first);
    date_bytes_start(&f.bytes, 9);
    put_run(DATE_START_OF_RUN);
    put_spill(5, 1);
    write_file(first);
    date_bytes_start(&f.bytes, 9);
    put_spill(8, 1);
    write_file(second);
    assert_ok(spw_raw_file_open(&f.file, second));
    assert_int_equal(f.file.tally[DATE_SPILL_ORIGIN], 0);
    assert_int_equal(f.file.index.burst[0], 3);
    date_file_release(&f);
    remove(first);
    remove(second);
    assert_int_equal(rmdir(folder), 0);
}

static void test_plain_events_of_two_ldcs(void **state)
{
    (void)state;
    date_bytes_start(&f.bytes, 14);
    for (uint32_t spill = 0; spill < 2; ++spill) {
        for (uint32_t ldc = 0; ldc < 2; ++ldc) {
            date_bytes_plain(&f.bytes, DATE_START_OF_BURST, 1, spill, ldc);
            date_bytes_end_event(&f.bytes);
        }
        for (uint32_t ldc = 0; ldc < 2; ++ldc) {
            date_bytes_plain(&f.bytes, DATE_PHYSICS_EVENT, 1, spill, ldc);
            date_bytes_v1290(&f.bytes, 3 + ldc, 2, 9);
            date_bytes_end_event(&f.bytes);
        }
    }
    date_file_read(&f);
    assert_tallies(&f, DATE_SPILL_ORIGIN);
    assert_int_equal(f.file.index.count, 4);
    for (uint32_t row = 0; row < 4; ++row) {
        assert_int_equal(f.batch.events.burst[row], row / 2);
        assert_int_equal(date_file_hits(&f, DATE_V1290, row), 6);
    }
    date_file_release(&f);
}

static void test_calibration_event_is_flagged(void **state)
{
    (void)state;
    date_bytes_start(&f.bytes, 9);
    put_run(DATE_START_OF_RUN);
    put_spill(1, 1);
    date_bytes_event(&f.bytes, DATE_CALIBRATION_EVENT, 1, 1);
    date_bytes_subevent(&f.bytes, 1);
    date_bytes_v1290(&f.bytes, 3, 2, 9);
    date_bytes_close(&f.bytes);
    date_file_read(&f);
    assert_no_tallies(&f);
    assert_int_equal(f.file.index.count, 3);
    assert_int_equal(f.batch.events.quality[0], 0);
    assert_int_equal(f.batch.events.quality[1], DATE_EVENT_CALIBRATION);
    assert_int_equal(f.batch.events.trigger_word[2], DATE_CALIBRATION_EVENT);
    date_file_release(&f);
}

static void test_spill_without_triggers_is_special(void **state)
{
    (void)state;
    date_bytes_start(&f.bytes, 9);
    put_run(DATE_START_OF_RUN);
    put_spill(1, 0);
    put_spill(2, 1);
    date_file_read(&f);
    assert_int_equal(f.file.index.count, 2);
    assert_int_equal(f.batch.events.quality[0], SPW_EVENT_SPECIAL);
    assert_int_equal(f.batch.events.quality[1], 0);
    date_file_release(&f);
}

/* Word at which the n-th event of this type begins. */
static uint32_t find_event(uint32_t type, int n)
{
    for (uint32_t at = 0; at < f.bytes.count; at += f.bytes.word[at] / 4)
        if (f.bytes.word[at + 4] == type && n-- == 0) return at;
    fail();
    return 0;
}

static void test_damaged_event_header_costs_the_event(void **state)
{
    (void)state;
    date_bytes_start(&f.bytes, 9);
    put_run(DATE_START_OF_RUN);
    for (uint32_t s = 1; s < 4; ++s) put_spill(s, 2);
    f.bytes.word[find_event(DATE_PHYSICS_EVENT, 1) + 1] ^= 1; /* its magic */
    date_file_read(&f);
    assert_true(f.file.tally[DATE_BAD_CONTAINER] == 1);
    uint32_t n_bad = 0, n_good = 0;
    for (uint32_t i = 0; i < f.file.index.count; ++i) {
        n_bad += f.file.index.reason[i] == DATE_BAD_CONTAINER;
        n_good += f.batch.events.quality[i] == 0 && date_file_hits(&f, DATE_V1290, i) == 3;
    }
    assert_int_equal(n_bad, 1);
    assert_true(n_good >= 4); /* the spills before and behind are whole */
    date_file_release(&f);
}

static void test_damaged_size_finds_the_next_event(void **state)
{
    (void)state;
    date_bytes_start(&f.bytes, 9);
    put_run(DATE_START_OF_RUN);
    for (uint32_t s = 1; s < 4; ++s) put_spill(s, 2);
    f.bytes.word[find_event(DATE_PHYSICS_EVENT, 1)] ^= 1u << 20;
    date_file_read(&f);
    assert_tallies(&f, DATE_BAD_EVENT_SIZE);
    assert_int_equal(f.file.index.count, 6);
    for (uint32_t i = 0; i < 6; ++i) assert_int_equal(date_file_hits(&f, DATE_V1290, i), 3);
    date_file_release(&f);
}

static void test_damaged_subevent(void **state)
{
    (void)state;
    date_bytes_start(&f.bytes, 9);
    put_run(DATE_START_OF_RUN);
    for (uint32_t s = 1; s < 3; ++s) put_spill(s, 2);
    const uint32_t at = find_event(DATE_PHYSICS_EVENT, 0) + 17;
    f.bytes.word[at + 6] ^= 4; /* number in the run of the sub-event */
    date_file_read(&f);
    assert_tallies(&f, DATE_SUBEVENT_FIELDS);
    assert_int_equal(f.file.index.count, 4);
    f.bytes.word[at + 6] ^= 4;
    spw_raw_file_release(&f.file);
    spw_arena_release(&f.arena);
    f.bytes.word[at + 1] ^= 1; /* its magic: the sub-event is lost */
    date_file_read(&f);
    assert_tallies(&f, DATE_BAD_SUBEVENT, DATE_UNDECODED_BYTES);
    assert_int_equal(f.file.index.count, 3);
    assert_int_equal(f.batch.events.quality[0], SPW_EVENT_SPECIAL);
    date_file_release(&f);
}

static void test_refused(void **state)
{
    (void)state;
    struct spw_raw_file file;
    uint8_t bytes[128] = {0};
    assert_int_equal(spw_raw_file_parse(&file, "zeros", (struct spw_bytes){bytes, 128}),
                     SPW_CORRUPT);
    const uint32_t swapped = 0xFE5A1EDA;
    memcpy(bytes + 4, &swapped, 4);
    assert_int_equal(spw_raw_file_parse(&file, "swapped", (struct spw_bytes){bytes, 128}),
                     SPW_CORRUPT);
    assert_non_null(strstr(spw_error_message(), "big-endian"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_spills_are_counted),
        cmocka_unit_test(test_repeated_start_counts_once),
        cmocka_unit_test(test_later_file_of_a_run),
        cmocka_unit_test(test_first_file_gives_the_origin),
        cmocka_unit_test(test_plain_events_of_two_ldcs),
        cmocka_unit_test(test_calibration_event_is_flagged),
        cmocka_unit_test(test_spill_without_triggers_is_special),
        cmocka_unit_test(test_damaged_event_header_costs_the_event),
        cmocka_unit_test(test_damaged_size_finds_the_next_event),
        cmocka_unit_test(test_damaged_subevent),
        cmocka_unit_test(test_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
