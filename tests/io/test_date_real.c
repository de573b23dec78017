/// Raw figures of the real files (formats/mice.md 10) from the reader alone.
#include "support/date_file.h"

static struct date_file f;

static void open_real(const char *below)
{
    const char *path = test_shared_path(below);
    uint64_t tally[DATE_N_TALLIES] = {0};
    assert_ok(spw_raw_file_open(&f.file, path));
    const uint32_t n = f.file.index.count;
    assert_ok(
        spw_raw_batch_init(&f.batch, &f.arena, f.file.format->streams, DATE_N_STREAMS, n));
    assert_ok(f.file.format->unpack(&f.file, 0, n, spw_isa_best(), &f.batch, tally));
    uint64_t size = 0;
    for (uint32_t i = 0; i < n; ++i) size += f.file.index.size[i];
    assert_int_equal(size, f.file.map.bytes.size);
    assert_int_equal(f.file.tally[DATE_UNDECODED_BYTES], 0);
}

static void close_real(void)
{
    spw_raw_file_release(&f.file);
    spw_arena_release(&f.arena);
}

static void test_06008(void **state)
{
    (void)state;
    open_real("data/mice/raw/06008.000");
    assert_no_tallies(&f);
    assert_int_equal(f.file.index.count, 882);
    assert_int_equal(f.file.run, 6008);
    const struct spw_raw_hits *hits = &f.batch.hits[DATE_V1290];
    uint32_t n[2] = {0};
    assert_int_equal(hits->rows.count, 7056);
    for (uint32_t i = 0; i < hits->rows.count; ++i) {
        assert_int_equal(hits->edge[i], SPW_EDGE_LEADING);
        assert_true(hits->address[i] % 32 < 2);
        ++n[hits->address[i] % 32];
    }
    assert_int_equal(n[0], 3528);
    assert_int_equal(n[1], 3528);
    const struct spw_raw_pulses *narrow = &f.batch.pulses[DATE_V1731];
    assert_int_equal(narrow->rows.count, 7056);
    for (uint32_t i = 0; i < narrow->rows.count; ++i)
        assert_int_equal(narrow->length[i], 256);
    const struct spw_raw_pulses *wide = &f.batch.pulses[DATE_V1724];
    assert_int_equal(wide->rows.count, 63504);
    for (uint32_t i = 0; i < wide->rows.count; ++i) assert_int_equal(wide->length[i], 0);
    close_real();
}

static void test_03758(void **state)
{
    (void)state;
    open_real("data/mice/raw/03758.000");
    assert_tallies(&f, DATE_SPILL_UNREAD, DATE_MAUS_DROPS); /* spill 0: banks are empty */
    assert_int_equal(f.file.index.count, 2060);
    const struct spw_raw_hits *hits = &f.batch.hits[DATE_VLSB];
    uint64_t adc = 0, tdc = 0, discriminator = 0, read = 0;
    for (uint32_t i = 0; i < hits->rows.count; ++i) {
        adc += hits->value[i];
        tdc += (uint64_t)hits->ticks[i];
        discriminator += hits->edge[i];
    }
    for (uint32_t e = 0; e < 2060; ++e) read += date_file_hits(&f, DATE_VLSB, e) == 512;
    assert_int_equal(hits->rows.count, 1023488);
    assert_int_equal(read, 1999);
    assert_int_equal(adc, 26720071);
    assert_int_equal(tdc, 34859933);
    assert_int_equal(discriminator, 0);
    close_real();
}

static void test_02873(void **state)
{
    (void)state;
    open_real("data/mice/synthetic/02873_spill0_v3.9.date");
    assert_no_tallies(&f);
    assert_int_equal(f.file.index.count, 36);
    double triggers = -1, requests = -1;
    const struct spw_raw_records *records = &f.batch.records;
    for (uint32_t i = 0; i < records->rows.count; ++i) {
        if (records->item[i] != DATE_RECORD_SCALER) continue;
        if (records->index[i] == 0) triggers = records->value[i];
        if (records->index[i] == 1) requests = records->value[i];
    }
    assert_true(triggers == 36 && requests == 38);
    close_real();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_06008),
        cmocka_unit_test(test_03758),
        cmocka_unit_test(test_02873),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
