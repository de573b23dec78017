/// Every integrity check of formats/mice.md 8: one word of a good file is changed, and exactly the
/// tallies named count it, while the rest of the file is still there.
#include "support/date_file.h"

#include <string.h>

static struct date_file f;

enum { END = -1 };

/* A change of one word: payload word `word` of the first block of an equipment type (or word of
 * its header, counted from -7) in the first physics event becomes (old & keep) ^ flip. */
struct damage {
    uint32_t equipment;
    int32_t word;
    uint32_t keep, flip;
    int tallies[6];
};

/* Place of the first payload word of a block of this type with data, in the first physics event. */
static uint32_t find_payload(uint32_t equipment)
{
    for (uint32_t i = 1; i + 6 < f.bytes.count; ++i) {
        const uint32_t *w = f.bytes.word + i;
        if (w[0] == equipment && w[2] == 0 && w[3] == 0 && w[4] == 0 && w[5] == 4 &&
            (equipment != 101 || w[6] == 0x00020033))
            return i + 6;
    }
    fail_msg("no equipment %u", equipment);
    return 0;
}

static void check(const struct damage *damage)
{
    date_bytes_everything(&f.bytes, 9);
    const uint32_t at = find_payload(damage->equipment) + (uint32_t)damage->word;
    f.bytes.word[at] = (f.bytes.word[at] & damage->keep) ^ damage->flip;
    date_file_read(&f);
    fprintf(stderr, "equipment %u word %d\n", damage->equipment, damage->word);
    date_file_tallies(&f, damage->tallies);
    assert_int_equal(f.file.index.count, 4);
    for (uint32_t row = 2; row < 4; ++row) { /* the other spill is whole */
        assert_int_equal(f.batch.events.quality[row], 0);
        assert_int_equal(date_file_hits(&f, DATE_V1290, row), 3);
        assert_int_equal(date_file_hits(&f, DATE_VLSB, row), 512);
        assert_int_equal(date_file_hits(&f, DATE_V1724, row), 8);
    }
    date_file_release(&f);
}

#define LOST DATE_UNDECODED_BYTES, DATE_COUNT_MISMATCH, DATE_MAUS_DROPS

static void test_tdc(void **state)
{
    (void)state;
    static const struct damage all[] = {
        {102, 0, ~0u, 1, {DATE_V1290_GEO, END}},
        {102, 13, ~0u, 1, {DATE_V1290_GEO, END}},
        {102, 14, ~0u, 8u << 5, {DATE_V1290_COUNTER, DATE_V1290_CHIP_EVENT, END}},
        {102, 5, ~0u, 1u << 12, {DATE_V1290_CHIP_EVENT, END}},
        {102, 4, ~0u, 1, {DATE_V1290_CHIP_WORDS, END}},
        {102, 6, ~0u, 8u << 21, {DATE_V1290_CHIP_CHANNEL, END}},
        {102, 12, 0, 0x04u << 27, {DATE_V1290_ERROR_WORD, END}},
        {102, 13, ~0u, 1u << 24, {DATE_V1290_STATUS, END}},
        {102, 13, ~0u, 1u << 5, {DATE_V1290_WORDS, END}},
        {102, 13, 0, 0x18u << 27, {DATE_V1290_NO_TRAILER, END}},
        {102, 12, 0, 0x1fu << 27, {DATE_V1290_STRAY_WORD, END}},
    };
    for (size_t i = 0; i < sizeof all / sizeof *all; ++i) check(&all[i]);
}

static void test_flash_adc(void **state)
{
    (void)state;
    static const struct damage all[] = {
        {120, 0, ~0u, 1u << 28, {DATE_FADC_SYNC, LOST, END}},
        {120, 28, ~0u, 1u << 20, {DATE_FADC_SIZE, LOST, END}},
        {120, 1, ~0u, 1u << 27, {DATE_FADC_GEO, END}},
        {120, 2, ~0u, 4, {DATE_FADC_COUNTER, END}},
        {120, 30, ~0u, 4, {DATE_FADC_COUNTER, END}},
        {120, 1, ~0u, 6u << 24, {DATE_FADC_MODE, DATE_UNDECODED_BYTES, END}},
        {120, 4, ~0u, 1u << 12, {DATE_FADC_LAYOUT, DATE_UNDECODED_BYTES, END}},
        {121, 1, ~0u, 1, {DATE_FADC_LAYOUT, DATE_UNDECODED_BYTES, END}},
        {121, 1, ~0u, 1u << 27, {DATE_FADC_GEO, END}},
    };
    for (size_t i = 0; i < sizeof all / sizeof *all; ++i) check(&all[i]);
}

static void test_tracker(void **state)
{
    (void)state;
    static const struct damage all[] = {
        {132, 0, 0, 0xDEADBEEF, {DATE_VLSB_READ_ERROR, END}},
        {132, 5, 0, 0xDEADBEEF, {DATE_VLSB_READ_ERROR, END}},
        {132, 5, ~0u, 0x70u << 24, {DATE_VLSB_NUMBER, DATE_UNDECODED_BYTES, END}},
        {132, 5, ~0u, 1u << 16, {DATE_VLSB_CHANNELS, END}},
        {131, 1, ~0u, 1, {DATE_VLSB_LENGTH, END}},
        {131, 0, ~0u, 1u << 4, {DATE_VLSB_FLAGS, END}},
        {131, 0, ~0u, 1u << 8, {DATE_VLSB_FLAGS, END}},
        {131, 0, ~0u, 1u << 12, {DATE_VLSB_FLAGS, END}},
        {130, 0, ~0u, 1u << 28, {DATE_VLSB_MASTER, DATE_UNDECODED_BYTES, END}},
        {130, 0, ~0u, 1u << 16, {DATE_COUNT_MISMATCH, DATE_MAUS_DROPS, END}},
    };
    for (size_t i = 0; i < sizeof all / sizeof *all; ++i) check(&all[i]);
}

static void test_emr(void **state)
{
    (void)state;
    static const struct damage all[] = {
        {141, 0, ~0u, 1u << 28, {DATE_DBB_LAYOUT, DATE_UNDECODED_BYTES, END}},
        {141, 10, ~0u, 2u << 28, {DATE_DBB_LAYOUT, DATE_UNDECODED_BYTES, END}},
        {141, 0, ~0u, 1, {DATE_DBB_BOARD, END}},
        {141, 10, ~0u, 1u << 22, {DATE_DBB_BOARD, END}},
        {141, 10, ~0u, 1u << 16, {DATE_DBB_STATUS, END}},
        {141, 1, ~0u, 1, {DATE_DBB_HITS, END}},
        {141, 1, ~0u, 1u << 16, {DATE_DBB_TRIGGERS, END}},
    };
    for (size_t i = 0; i < sizeof all / sizeof *all; ++i) check(&all[i]);
}

static void test_spill_blocks(void **state)
{
    (void)state;
    static const struct damage all[] = {
        {111, 0, ~0u, 1u << 26, {DATE_V830_LAYOUT, END}},
        {111, 0, ~0u, 1u << 27, {DATE_V830_LAYOUT, END}},
        {111, 0, ~0u, 1u << 18, {DATE_V830_LAYOUT, END}},
        {111, 0, ~0u, 1, {DATE_V830_LAYOUT, END}},
        {111, 1, ~0u, 1u << 26, {DATE_V830_LAYOUT, END}},
        {151, 0, ~0u, 1u << 28, {DATE_V1495_LAYOUT, DATE_UNDECODED_BYTES, END}},
        {151, 7, ~0u, 1u << 28, {DATE_V1495_LAYOUT, DATE_UNDECODED_BYTES, END}},
        {151, 3, ~0u, 1u << 22, {DATE_V1495_INDEX, END}},
        {151, 7, ~0u, 1u << 17, {DATE_V1495_COUNT, END}},
        {151, 7, ~0u, 1, {DATE_V1495_COUNT, END}},
        {201, 0, ~0u, 1u << 28, {DATE_EPICS_LAYOUT, END}},
        {201, 1, ~0u, 1u << 25, {DATE_EPICS_LAYOUT, END}},
        {101, 0, ~(1u << 17), 0, {DATE_RECEIVER_BITS, END}},
    };
    for (size_t i = 0; i < sizeof all / sizeof *all; ++i) check(&all[i]);
}

static void test_containers(void **state)
{
    (void)state;
    static const struct damage all[] = {
        {110, -6, 0, 99, {DATE_UNKNOWN_EQUIPMENT, END}},
        {110, -7, 0, 24, {DATE_BAD_EQUIPMENT_CHAIN, DATE_UNDECODED_BYTES, END}},
        {102, -5, 0, 40, {DATE_BAD_ADDRESS, DATE_UNDECODED_BYTES, END}},
    };
    for (size_t i = 0; i < sizeof all / sizeof *all; ++i) check(&all[i]);
}

static void test_read_error_costs_the_word(void **state)
{
    (void)state;
    date_bytes_everything(&f.bytes, 9);
    f.bytes.word[find_payload(132) + 5] = 0xDEADBEEF;
    date_file_read(&f);
    assert_int_equal(date_file_hits(&f, DATE_VLSB, 0), 511);
    assert_int_equal(f.batch.events.quality[0], DATE_EVENT_BOARD_STATUS);
    assert_int_equal(f.batch.events.quality[1], 0);
    date_file_release(&f);
}

static void test_status_flags_hits_and_event(void **state)
{
    (void)state;
    date_bytes_everything(&f.bytes, 9);
    f.bytes.word[find_payload(102) + 13] |= 1u << 24;
    date_file_read(&f);
    assert_int_equal(f.batch.events.quality[0],
                     DATE_EVENT_BOARD_STATUS | SPW_EVENT_DAMAGED);
    assert_int_equal(f.batch.hits[DATE_V1290].quality[0], SPW_BAD_CHECK);
    assert_int_equal(f.batch.events.quality[1], 0);
    date_file_release(&f);
}

/* A board that missed a trigger in its middle: what follows stays with its own triggers. */
static void test_lost_trigger_keeps_the_others_in_place(void **state)
{
    (void)state;
    date_bytes_start(&f.bytes, 9);
    date_bytes_begin_run(&f.bytes, 1, 1, 1);
    date_bytes_physics(&f.bytes, 1, 1, 1);
    date_bytes_v1731(&f.bytes, 9, 6, 1);
    const uint32_t begin = f.bytes.count;
    date_bytes_v1731(&f.bytes, 10, 6, 1);
    const uint32_t second = begin + 7 + 12; /* cut trigger 1 of board 10 out */
    memmove(f.bytes.word + second, f.bytes.word + second + 12,
            4 * (f.bytes.count - second - 12));
    f.bytes.count -= 12;
    date_bytes_end_block(&f.bytes);
    date_bytes_close(&f.bytes);
    date_file_read(&f);
    assert_tallies(&f, DATE_FADC_COUNTER);
    assert_int_equal(f.file.index.count, 6);
    for (uint32_t row = 0; row < 6; ++row)
        assert_int_equal(date_file_hits(&f, DATE_V1731, row), row == 1 ? 8 : 16);
    date_file_release(&f);
}

static void test_long_window_is_cut(void **state)
{
    (void)state;
    date_bytes_start(&f.bytes, 9);
    date_bytes_begin_run(&f.bytes, 1, 1, 1);
    date_bytes_physics(&f.bytes, 1, 1, 1);
    date_bytes_v1731(&f.bytes, 9, 1, 300);
    date_bytes_close(&f.bytes);
    date_file_read(&f);
    assert_tallies(&f, DATE_FADC_LONG_WINDOW);
    assert_int_equal(f.batch.pulses[DATE_V1731].length[0], DATE_MAX_SAMPLES);
    date_file_release(&f);
}

static void test_empty_block_is_unread(void **state)
{
    (void)state;
    date_bytes_start(&f.bytes, 9);
    date_bytes_begin_run(&f.bytes, 1, 1, 1);
    date_bytes_physics(&f.bytes, 1, 1, 1);
    date_bytes_v1290(&f.bytes, 3, 4, 9);
    date_bytes_equipment(&f.bytes, 120, 2, NULL, 0);
    date_bytes_close(&f.bytes);
    date_file_read(&f);
    assert_tallies(&f, DATE_SPILL_UNREAD, DATE_MAUS_DROPS);
    assert_int_equal(f.file.index.count, 4);
    assert_int_equal(f.batch.events.quality[3], DATE_EVENT_UNREAD | SPW_EVENT_DAMAGED);
    assert_int_equal(date_file_hits(&f, DATE_V1290, 3), 3);
    date_file_release(&f);
}

/* Any bit flipped anywhere, and any truncation: rows account for every byte, nothing crashes. */
static void test_flips_and_cuts(void **state)
{
    (void)state;
    uint64_t seed = test_seed();
    for (int i = 0; i < 3000; ++i) {
        date_bytes_everything(&f.bytes, i % 2 ? 14 : 9);
        const uint64_t random = test_random(&seed);
        f.bytes.word[(random >> 8) % f.bytes.count] ^= 1u << (random % 32);
        if (i % 3 == 0)
            f.bytes.count = 40 + (uint32_t)(random >> 32) % (f.bytes.count - 40);
        date_file_read(&f);
        date_file_release(&f);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tdc),
        cmocka_unit_test(test_flash_adc),
        cmocka_unit_test(test_tracker),
        cmocka_unit_test(test_emr),
        cmocka_unit_test(test_spill_blocks),
        cmocka_unit_test(test_containers),
        cmocka_unit_test(test_read_error_costs_the_word),
        cmocka_unit_test(test_status_flags_hits_and_event),
        cmocka_unit_test(test_lost_trigger_keeps_the_others_in_place),
        cmocka_unit_test(test_long_window_is_cut),
        cmocka_unit_test(test_empty_block_is_unread),
        cmocka_unit_test(test_flips_and_cuts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
