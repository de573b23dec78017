/// Every equipment type from hand-made words: what the unpacked streams and records hold.
#include "support/date_file.h"

#include <string.h>

static struct date_file f;

static void read_all(uint32_t minor)
{
    date_bytes_everything(&f.bytes, minor);
    date_file_read(&f);
}

static void test_rows(void **state)
{
    (void)state;
    const uint32_t minors[] = {9, 10, 11, 13, 14};
    for (int i = 0; i < 5; ++i) {
        read_all(minors[i]);
        assert_no_tallies(&f);
        assert_int_equal(f.file.index.count, 4);
        assert_int_equal(f.file.run, 4321);
        for (uint32_t row = 0; row < 4; ++row) {
            assert_int_equal(f.batch.events.burst[row], row / 2);
            assert_int_equal(f.batch.events.event[row], row % 2);
            assert_int_equal(f.batch.events.timestamp_ticks[row], 100 + row % 2);
            assert_int_equal(f.batch.events.trigger_word[row], DATE_PHYSICS_EVENT);
            assert_int_equal(f.batch.events.quality[row], 0);
        }
        assert_near(f.file.start_time_s, 1300000001 + (minors[i] > 10 ? 0.5 : 0), 1e-6, 0);
        date_file_release(&f);
    }
}

static void test_v1290(void **state)
{
    (void)state;
    read_all(9);
    const struct spw_raw_hits *hits = &f.batch.hits[DATE_V1290];
    assert_int_equal(hits->rows.count, 4 * 3);
    const uint32_t i = hits->rows.first[1];
    assert_int_equal(hits->address[i], date_address_v1290(1, 3, 0));
    assert_int_equal(hits->ticks[i], 2010);
    assert_int_equal(hits->address[i + 1], date_address_v1290(1, 3, 1));
    assert_int_equal(hits->ticks[i + 1], 1910);
    assert_int_equal(hits->address[i + 2], date_address_v1290(1, 3, 9));
    assert_int_equal(hits->ticks[i + 2], 1010);
    assert_int_equal(hits->edge[i + 2], SPW_EDGE_LEADING);
    assert_int_equal(hits->quality[i + 2], 0);

    const struct spw_raw_hits *bunches = &f.batch.hits[DATE_BUNCHES];
    assert_int_equal(bunches->rows.count, 4 * 4);
    assert_int_equal(bunches->address[3], date_address_bunch(1, 3, 3));
    assert_int_equal(bunches->ticks[3], 77);
    assert_int_equal(bunches->value[3], 5000 & 0xfff);
    const struct spw_raw_hits *tags = &f.batch.hits[DATE_TAGS];
    assert_int_equal(tags->rows.count, 4 * 3);
    assert_int_equal(tags->address[0], date_address_tag(0, 1, 3));
    assert_int_equal(tags->value[0], 5000);
    assert_int_equal(tags->address[1], date_address_tag(1, 1, 4));
    assert_int_equal(tags->ticks[1], 800);
    assert_int_equal(tags->address[2], date_address_tag(2, 1, 9));
    assert_int_equal(tags->ticks[2], 900);
    date_file_release(&f);
}

static void test_trailing_edge_and_wrap(void **state)
{
    (void)state;
    assert_int_equal(date_v1290_difference(5, 0x1ffffb), 10);
    assert_int_equal(date_v1290_difference(0x1ffffb, 5), -10);
    date_bytes_start(&f.bytes, 9);
    date_bytes_begin_run(&f.bytes, 1, 1, 1);
    date_bytes_physics(&f.bytes, 1, 1, 1);
    const uint32_t begin = f.bytes.count;
    date_bytes_v1290(&f.bytes, 3, 1, 9);
    for (uint32_t i = begin; i < f.bytes.count;
         ++i) /* the hit of channel 9 becomes trailing */
        if (f.bytes.word[i] == (9u << 21 | 1000)) f.bytes.word[i] |= 1u << 26;
    date_bytes_close(&f.bytes);
    date_file_read(&f);
    assert_no_tallies(&f);
    assert_int_equal(f.batch.hits[DATE_V1290].edge[2], SPW_EDGE_TRAILING);
    date_file_release(&f);
}

static void test_flash_adcs(void **state)
{
    (void)state;
    read_all(14);
    const struct spw_raw_pulses *wide = &f.batch.pulses[DATE_V1724];
    assert_int_equal(wide->rows.count, 4 * 8);
    for (uint32_t c = 0; c < 8; ++c) {
        assert_int_equal(wide->address[c], date_address_fadc(1, 4, c));
        assert_int_equal(wide->length[c], c == 2 ? 32 : 0);
    }
    for (uint32_t k = 0; k < 32; ++k)
        assert_int_equal(wide->sample[2 * wide->n_samples + k], 8500);
    const struct spw_raw_pulses *narrow = &f.batch.pulses[DATE_V1731];
    assert_int_equal(narrow->rows.count, 4 * 8);
    for (uint32_t c = 0; c < 8; ++c) {
        assert_int_equal(narrow->length[c], 16);
        assert_int_equal(narrow->sample[c * narrow->n_samples + 15], 100 + c);
    }
    date_file_release(&f);
}

static void test_channel_mask(void **state)
{
    (void)state;
    const uint32_t words[] = {0xAu << 28 | 6, 9u << 27 | 0x81, 1, 0,
                              0x04030201,     0xff060005};
    date_bytes_start(&f.bytes, 9);
    date_bytes_begin_run(&f.bytes, 1, 1, 1);
    date_bytes_physics(&f.bytes, 1, 1, 1);
    date_bytes_equipment(&f.bytes, DATE_EQUIPMENT_V1731, 9, words, 6);
    date_bytes_close(&f.bytes);
    date_file_read(&f);
    assert_no_tallies(&f);
    const struct spw_raw_pulses *pulses = &f.batch.pulses[DATE_V1731];
    assert_int_equal(pulses->rows.count, 2);
    assert_int_equal(pulses->address[1], date_address_fadc(1, 9, 7));
    const uint16_t first[] = {1, 2, 3, 4}, second[] = {5, 0, 6, 255};
    assert_memory_equal(pulses->sample, first, sizeof first);
    assert_memory_equal(pulses->sample + pulses->n_samples, second, sizeof second);
    assert_int_equal(pulses->quality[0], 0);
    assert_int_equal(pulses->quality[1], SPW_SATURATED | SPW_UNDERFLOW);
    date_file_release(&f);
}

static void test_tracker(void **state)
{
    (void)state;
    read_all(9);
    const struct spw_raw_hits *hits = &f.batch.hits[DATE_VLSB];
    assert_int_equal(hits->rows.count, 4 * 4 * 128);
    const uint32_t i =
        hits->rows.first[1] + 128 + 5; /* trigger 1, bank 5, word 5: channel 65 */
    assert_int_equal(hits->address[i], date_address_vlsb(1, 5, 65));
    assert_int_equal(hits->value[i], 65);
    assert_int_equal(hits->ticks[i], 1);
    assert_int_equal(hits->edge[i], 0);
    date_file_release(&f);
}

static void test_tracker_number_wraps(void **state)
{
    (void)state;
    date_bytes_start(&f.bytes, 9);
    date_bytes_begin_run(&f.bytes, 1, 3, 1);
    date_bytes_physics(&f.bytes, 1, 3, 1);
    const uint32_t master[] = {120, 166}; /* the form of 2012 */
    date_bytes_equipment(&f.bytes, 130, 0, master, 2);
    date_bytes_block(&f.bytes, 132, 0);
    for (uint32_t t = 0; t < 600; ++t)
        date_bytes_put(&f.bytes, ((t + 1) & 0xff) << 24 | t % 100);
    date_bytes_end_block(&f.bytes);
    date_bytes_close(&f.bytes);
    date_file_read(&f);
    assert_int_equal(f.file.index.count, 600);
    for (uint32_t t = 0; t < 600; ++t) {
        assert_int_equal(date_file_hits(&f, DATE_VLSB, t), 1);
        assert_int_equal(f.batch.hits[DATE_VLSB].value[t], t % 100);
    }
    date_file_release(&f);
}

static void test_tracker_suppressed_gap(void **state)
{
    (void)state;
    date_bytes_start(&f.bytes, 9);
    date_bytes_begin_run(&f.bytes, 1, 3, 1);
    date_bytes_physics(&f.bytes, 1, 3, 1);
    const uint32_t master = 0xAu << 28 | 100u << 16,
                   words[] = {3u << 24 | 1, 40u << 24 | 2};
    date_bytes_equipment(&f.bytes, 130, 0, &master, 1);
    date_bytes_equipment(&f.bytes, 132, 63, words, 2);
    date_bytes_close(&f.bytes);
    date_file_read(&f);
    assert_int_equal(date_file_hits(&f, DATE_VLSB, 2), 1);
    assert_int_equal(date_file_hits(&f, DATE_VLSB, 39), 1);
    assert_int_equal(f.batch.hits[DATE_VLSB].rows.count, 2);
    assert_int_equal(f.batch.hits[DATE_VLSB].address[1], date_address_vlsb(3, 63, 0));
    date_file_release(&f);
}

static void test_vlsb_c(void **state)
{
    (void)state;
    const uint32_t words[] = {1,
                              0,
                              2,
                              0xfffc0000u,
                              1u << 24 | 5u << 16 | 44,
                              1u << 24 | 1u << 23 | 6u << 16 | 45,
                              2u << 24 | 46};
    date_bytes_start(&f.bytes, 9);
    date_bytes_begin_run(&f.bytes, 1, 0, 1);
    date_bytes_physics(&f.bytes, 1, 0, 1);
    date_bytes_equipment(&f.bytes, 80, 2, words, 7);
    date_bytes_close(&f.bytes);
    date_file_read(&f);
    assert_no_tallies(&f);
    const struct spw_raw_hits *hits = &f.batch.hits[DATE_VLSB];
    assert_int_equal(hits->rows.count, 3);
    assert_int_equal(hits->address[0], date_address_vlsb(0, 8, 5));
    assert_int_equal(hits->address[1], date_address_vlsb(0, 10, 6));
    assert_int_equal(hits->edge[1], 1);
    assert_int_equal(date_file_hits(&f, DATE_VLSB, 1), 1);
    date_file_release(&f);
}

static void test_emr(void **state)
{
    (void)state;
    read_all(13);
    const struct spw_raw_hits *hits = &f.batch.hits[DATE_DBB];
    assert_int_equal(hits->rows.count, 2 * 8);
    for (uint32_t row = 0; row < 2; ++row) {
        const uint32_t i = hits->rows.first[row];
        assert_int_equal(date_file_hits(&f, DATE_DBB, row), 4);
        assert_int_equal(hits->address[i], date_address_dbb(1, 7, 10));
        assert_int_equal(hits->ticks[i], row ? 4790 : 800);
        assert_int_equal(hits->edge[i + 1], SPW_EDGE_TRAILING);
        assert_int_equal(hits->ticks[i + 1], row ? 4795 : 808);
        assert_int_equal(hits->address[i + 2],
                         date_address_dbb(1, 7, DATE_DBB_TRIGGER_CHANNEL));
    }
    date_file_release(&f);
}

static void test_emr_chain(void **state)
{
    (void)state;
    date_bytes_start(&f.bytes, 13);
    date_bytes_begin_run(&f.bytes, 1, 2, 1);
    date_bytes_physics(&f.bytes, 1, 2, 1);
    date_bytes_block(&f.bytes, DATE_EQUIPMENT_DBB_CHAIN, 1);
    const uint32_t chain = f.bytes.block;
    for (uint32_t b = 0; b < 6; ++b) {
        const uint32_t at = f.bytes.count;
        date_bytes_dbb(&f.bytes, 6 + b);
        memmove(f.bytes.word + at, f.bytes.word + at + 7, 4 * (f.bytes.count - at - 7));
        f.bytes.count -= 7;
    }
    f.bytes.block = chain;
    date_bytes_end_block(&f.bytes);
    const uint32_t nothing[] = {0, 0};
    date_bytes_equipment(&f.bytes, DATE_EQUIPMENT_DBB_CHAIN, 2, nothing, 2);
    date_bytes_close(&f.bytes);
    date_file_read(&f);
    assert_no_tallies(&f);
    assert_int_equal(f.batch.hits[DATE_DBB].rows.count, 6 * 8);
    assert_int_equal(f.batch.hits[DATE_DBB].address[20], date_address_dbb(2, 11, 10));
    date_file_release(&f);
}

static void test_v1495(void **state)
{
    (void)state;
    date_bytes_start(&f.bytes, 14);
    date_bytes_begin_run(&f.bytes, 1, 1, 1);
    date_bytes_physics(&f.bytes, 1, 1, 1);
    date_bytes_v1495(&f.bytes, 6, 20);
    date_bytes_close(&f.bytes);
    date_file_read(&f);
    assert_no_tallies(&f);
    const struct spw_raw_hits *hits = &f.batch.hits[DATE_V1495];
    for (uint32_t t = 0; t < 20; ++t) {
        const uint32_t i = hits->rows.first[t];
        assert_int_equal(date_file_hits(&f, DATE_V1495, t), 4);
        assert_int_equal(hits->address[i], DATE_V1495_RECORD);
        assert_int_equal(hits->ticks[i], 300 + t);
        assert_int_equal(hits->value[i], t);
        for (uint32_t s = 0; s < 3; ++s)
            assert_int_equal(hits->address[i + 1 + s], 20 * s + t);
    }
    date_file_release(&f);
}

/* The value of the first record of an item in row 0, with its index; the test fails without. */
static double record(enum date_record_item item, uint32_t index)
{
    const struct spw_raw_records *records = &f.batch.records;
    for (uint32_t i = records->rows.first[0]; i < records->rows.first[1]; ++i)
        if (records->item[i] == (uint32_t)item && records->index[i] == index)
            return records->value[i];
    fail_msg("no record %d index %u", (int)item, index);
    return 0;
}

static void test_records(void **state)
{
    (void)state;
    read_all(14);
    assert_true(record(DATE_RECORD_SCALER, 0) == 2);
    assert_true(record(DATE_RECORD_SCALER, 1) == 3);
    assert_true(record(DATE_RECORD_MASTER_COUNT, 0) == 2);
    assert_true(record(DATE_RECORD_MASTER_TDC, 0) == 159);
    assert_true(record(DATE_RECORD_VLSB_FLAGS, 0) == 0x1000F);
    assert_true(record(DATE_RECORD_VLSB_LENGTH, 3) == 256);
    assert_true(record(DATE_RECORD_DBB_SPILL, 0) == 9);
    assert_true(record(DATE_RECORD_DBB_TRIGGERS, 0) == 2);
    assert_true(record(DATE_RECORD_DBB_HITS, 0) == 4);
    assert_true(record(DATE_RECORD_DBB_WIDTH, 0) == 400000);
    assert_true(record(DATE_RECORD_V1495_SPILL, 6) == 9);
    assert_true(record(DATE_RECORD_EPICS, 17) == 1.5);
    assert_true(record(DATE_RECORD_FIRST_COUNTER, 0) == 5000);
    assert_true(record(DATE_RECORD_RECEIVER, DATE_END_OF_BURST) == 0x008000F3);
    assert_true(record(DATE_RECORD_EVENT_TIME, DATE_PHYSICS_EVENT) == 1300000001.5);
    assert_int_equal(f.batch.records.rows.first[2] - f.batch.records.rows.first[1], 0);
    date_file_release(&f);
}

static void test_epics_cut_by_the_readout(void **state)
{
    (void)state;
    const uint32_t words[] = {0xAu << 28 | 2, 1u << 24 | 5, 0, 0x40000000, 1u << 24 | 6, 1};
    date_bytes_start(&f.bytes, 9);
    date_bytes_begin_run(&f.bytes, 1, 1, 1);
    date_bytes_physics(&f.bytes, 1, 1, 1);
    date_bytes_equipment(&f.bytes, 201, 0, words, 6);
    date_bytes_close(&f.bytes);
    date_file_read(&f);
    assert_no_tallies(&f);
    assert_true(record(DATE_RECORD_EPICS, 5) == 2.0);
    assert_true(isnan(record(DATE_RECORD_EPICS, 6)));
    date_file_release(&f);
}

static void test_instruction_sets_agree(void **state)
{
    (void)state;
    read_all(14);
    for (enum spw_isa isa = SPW_ISA_V3; isa <= spw_isa_best(); ++isa) {
        struct spw_arena arena = {0};
        struct spw_raw_batch other;
        uint64_t tally[DATE_N_TALLIES] = {0};
        assert_ok(spw_raw_batch_init(&other, &arena, f.batch.stream, f.batch.n_streams, 4));
        assert_ok(f.file.format->unpack(&f.file, 0, 4, isa, &other, tally));
        const struct spw_raw_hits *a = &f.batch.hits[DATE_VLSB],
                                  *b = &other.hits[DATE_VLSB];
        assert_int_equal(a->rows.count, b->rows.count);
        assert_memory_equal(a->address, b->address, sizeof *a->address * a->rows.count);
        assert_memory_equal(a->ticks, b->ticks, sizeof *a->ticks * a->rows.count);
        assert_memory_equal(a->value, b->value, sizeof *a->value * a->rows.count);
        for (int s = DATE_V1724; s <= DATE_V1731; ++s)
            assert_memory_equal(f.batch.pulses[s].sample, other.pulses[s].sample,
                                2 * (size_t)other.pulses[s].n_samples *
                                    other.pulses[s].rows.count);
        spw_arena_release(&arena);
    }
    date_file_release(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows),
        cmocka_unit_test(test_v1290),
        cmocka_unit_test(test_trailing_edge_and_wrap),
        cmocka_unit_test(test_flash_adcs),
        cmocka_unit_test(test_channel_mask),
        cmocka_unit_test(test_tracker),
        cmocka_unit_test(test_tracker_number_wraps),
        cmocka_unit_test(test_tracker_suppressed_gap),
        cmocka_unit_test(test_vlsb_c),
        cmocka_unit_test(test_emr),
        cmocka_unit_test(test_emr_chain),
        cmocka_unit_test(test_v1495),
        cmocka_unit_test(test_records),
        cmocka_unit_test(test_epics_cut_by_the_readout),
        cmocka_unit_test(test_instruction_sets_agree),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
