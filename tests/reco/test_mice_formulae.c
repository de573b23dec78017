/// Formulae of the MICE stages, each against numbers worked out by hand.
#include "core/json.h"
#include "reco/mice/ckov_sum.h"
#include "reco/mice/fadc.h"
#include "reco/mice/tof_constants.h"
#include "reco/mice/tracker_pedestals.h"
#include "support/test.h"

#include <string.h>
#include <unistd.h>

enum { N = 128 };

static void flat(uint16_t *sample, uint16_t value)
{
    for (int i = 0; i < N; ++i) sample[i] = value;
}

static void test_positive_pulse(void **state)
{
    (void)state;
    uint16_t sample[N];
    struct mice_features f;
    flat(sample, 8500);
    for (int i = 0; i < 15; ++i) sample[2 * i] = 8501; /* pedestal 8500.5 in the first 30 */
    sample[60] = 8600;
    sample[61] = 9000;
    sample[62] = 8700;
    sample[100] = 8490; /* minimum behind sample 30: pedestal from the front */
    mice_features(sample, N, false, &f);
    assert_near(f.pedestal_adc, 8500.5, 1e-12, 0);
    assert_int_equal(f.charge_mm_adc, 510);
    assert_int_equal(f.charge_pm_adc, 9000 - 8501);
    assert_int_equal(f.max_position, 61);
    assert_int_equal(f.min_position, 100);
    /* samples 51 ... 80: 100 + 500 + 200 and thirty times -0.5 */
    assert_int_equal(f.area_adc, (int)(800 - 15.0 + 0.5));
    assert_int_equal(f.arrival, 60);
}

static void test_negative_pulse_and_late_pedestal(void **state)
{
    (void)state;
    uint16_t sample[N];
    struct mice_features f;
    flat(sample, 144);
    sample[5] = 104; /* minimum at or before sample 30: pedestal from the end */
    sample[127] = 146;
    mice_features(sample, N, true, &f);
    assert_near(f.pedestal_adc, 144 + 2.0 / 30, 1e-12, 0);
    assert_int_equal(f.min_position, 5);
    assert_int_equal(f.charge_mm_adc, 42);
    assert_int_equal(f.charge_pm_adc, 40);
    /* samples 0 ... 24: 24 times 1/15, once 40 + 1/15: 41.67, rounded */
    assert_int_equal(f.area_adc, 42);
    assert_int_equal(f.arrival, 5);
}

static void test_flat_waveform(void **state)
{
    (void)state;
    uint16_t sample[N];
    struct mice_features f;
    flat(sample, 100);
    mice_features(sample, N, true, &f);
    assert_int_equal(f.arrival, N - 1);
    assert_int_equal(f.charge_mm_adc, 0);
    assert_int_equal(f.area_adc, 0);
    assert_near(f.mean_adc, 100, 1e-12, 0);
    assert_near(f.rms_adc, 0, 1e-12, 0);
    sample[3] = 228; /* mean 101, variance 127 */
    mice_features(sample, N, true, &f);
    assert_near(f.mean_adc, 101, 1e-12, 0);
    assert_near(f.rms_adc, sqrt(127.0), 1e-9, 0);
}

static void test_rounding_goes_towards_zero(void **state)
{
    (void)state;
    uint16_t sample[N];
    struct mice_features f;
    flat(sample, 100);
    for (int i = 98; i < N; ++i)
        sample[i] = 101; /* last 30: 101; the minimum is sample 0 */
    mice_features(sample, N, false, &f);
    assert_near(f.pedestal_adc, 101, 1e-12, 0);
    /* maximum at 98: samples 88 ... 117 hold ten times -1: (int)(-10 + 0.5) = -9 */
    assert_int_equal(f.area_adc, -9);
}

static void test_time_walk(void **state)
{
    (void)state;
    static struct tof_constants c;
    const uint32_t pmt = tof_pmt(0, 1, 4, 1), trigger = tof_pmt(1, 0, 2, 0);
    const uint32_t vertical = tof_pmt(1, 1, 5, 0), pixel[2] = {3, 4};
    memset(&c, 0, sizeof c);
    c.trigger_station = 1;
    const double p[4] = {100, 10, 2000, -50000};
    memcpy(c.walk[pmt], p, sizeof p);
    memcpy(c.walk[trigger], p, sizeof p);
    memcpy(c.walk[vertical], p, sizeof p);
    c.t0_ps[pmt] = -70000;
    c.t0_ps[trigger] = -60000;
    c.t0_ps[vertical] = -60000;
    c.reference[trigger] = c.reference[vertical] = 6;
    c.delay_ps[3][4] = 500;
    c.delay_ps[2][6] = 30; /* horizontal slab 2 at its reference */
    c.delay_ps[6][5] = 70; /* vertical slab 5 at its reference */
    /* TW(900) = 10 + 2 - 0.05 */
    assert_near(tof_correction_ps(&c, pmt, 900, pixel), -70000 - 11.95 - 500, 1e-9, 0);
    assert_near(tof_correction_ps(&c, trigger, 900, pixel), -60000 - 11.95 - 500 + 30, 1e-9,
                0);
    assert_near(tof_correction_ps(&c, vertical, 900, pixel), -60000 - 11.95 - 500 + 70,
                1e-9, 0);
    c.walk[pmt][2] = 0; /* any constant that is 0: not calibrated */
    assert_true(isnan(tof_correction_ps(&c, pmt, 900, pixel)));
    c.walk[pmt][2] = 2000;
    c.t0_ps[pmt] = 0;
    assert_true(isnan(tof_correction_ps(&c, pmt, 900, pixel)));
    c.t0_ps[pmt] = 1;
    c.delay_ps[3][4] = NAN; /* a pixel that is not in the file */
    assert_true(isnan(tof_correction_ps(&c, pmt, 900, pixel)));
}

static void test_photo_electrons(void **state)
{
    (void)state;
    const struct ckov_rules rules = {23, 19, 80, 40};
    struct ckov_pmt pmt[CKOV_PMTS] = {
        {.there = true, .area_adc = 46, .position = 30},
        {.there = true, .area_adc = 230, .position = 25},
        {.there = true, .area_adc = 23, .position = 66},  /* 41 from the largest: dropped */
        {.there = true, .area_adc = 230, .position = 19}, /* too early */
    };
    assert_near(ckov_sum(pmt, &rules), 12, 1e-12, 0);
    assert_true(pmt[0].used && pmt[1].used && !pmt[2].used && !pmt[3].used);
    pmt[2].position = 65;
    pmt[3].position = 81; /* too late */
    assert_near(ckov_sum(pmt, &rules), 13, 1e-12, 0);
    pmt[2].area_adc = -1; /* negative areas do not count */
    pmt[3] = (struct ckov_pmt){.there = true, .area_adc = 23, .position = 20};
    assert_near(ckov_sum(pmt, &rules), 13, 1e-12, 0);
    memset(pmt, 0, sizeof pmt);
    pmt[0] = (struct ckov_pmt){.there = true, .area_adc = 230, .position = 60};
    pmt[1] = (struct ckov_pmt){.there = true, .area_adc = 46, .position = 80};
    assert_near(ckov_sum(pmt, &rules), 12, 1e-12, 0);
    pmt[1].position = 81;
    assert_near(ckov_sum(pmt, &rules), 10, 1e-12, 0);
    memset(pmt, 0, sizeof pmt);
    assert_near(ckov_sum(pmt, &rules), 0, 0, 0);
}

static void test_medians(void **state)
{
    (void)state;
    uint32_t count[TRACKER_ADC_VALUES] = {[3] = 2, [7] = 1, [10] = 1};
    assert_int_equal(tracker_median4(count, TRACKER_ADC_VALUES, 4), 4 * 5); /* 3 3 7 10 */
    count[10] = 2;
    assert_int_equal(tracker_median4(count, TRACKER_ADC_VALUES, 5), 4 * 7);
    uint16_t adc[TRACKER_GROUP];
    int32_t median4[TRACKER_GROUP];
    for (int i = 0; i < TRACKER_GROUP; ++i) {
        adc[i] = (uint16_t)(50 + (i * 7) % 32); /* 50 ... 81 in some order */
        median4[i] = 4 * 50;
    }
    assert_int_equal(tracker_common_mode4(adc, median4), 4 * 15 + 2); /* (15 + 16) / 2 */
}

static void test_sums(void **state)
{
    (void)state;
    const struct tracker_sums sums = {.n = 4, .sum = 8, .sum2 = 24}; /* 0 2 2 4 */
    assert_near(tracker_mean(&sums), 2, 1e-12, 0);
    assert_near(tracker_rms(&sums), sqrt(2.0), 1e-12, 0);
}

static void test_tracker_pe(void **state)
{
    (void)state;
    struct tracker_channel channel = {.pedestal_adc = 20, .gain_adc = 10};
    assert_near(tracker_pe(&channel, 45), 2.5, 1e-12, 0);
    channel.bad = true;
    assert_near(tracker_pe(&channel, 45), 0, 0, 0);
    channel = (struct tracker_channel){.pedestal_adc = 20};
    assert_near(tracker_pe(&channel, 45), 0, 0, 0);
    channel = (struct tracker_channel){.gain_adc = 10};
    assert_near(tracker_pe(&channel, 45), 0, 0, 0);
}

static void test_pick_by_run_and_day(void **state)
{
    (void)state;
    const double june_20 = 1434758400, august_1 = 1438387200;
    const char *const text[] = {"0-3999 old.txt", "1970-01-01 any.txt",
                                "2015-06-18 june.txt", "2015-07-28 july.txt"};
    const struct spw_texts list = {text, 4};
    assert_string_equal(mice_pick(&list, 3758, june_20), "old.txt");
    assert_string_equal(mice_pick(&list, 6008, 1423848000), "any.txt");
    assert_string_equal(mice_pick(&list, 7000, june_20), "june.txt");
    assert_string_equal(mice_pick(&list, 7000, august_1), "july.txt");
    const struct spw_texts always = {(const char *const[]){"all.txt"}, 1};
    assert_string_equal(mice_pick(&always, 1, 0), "all.txt");
    const struct spw_texts none = {(const char *const[]){"5-6 some.txt"}, 1};
    assert_null(mice_pick(&none, 7, 0));
}

static void test_json_table(void **state)
{
    (void)state;
    static const char *const keys[] = {"bank", "adc_gain"};
    struct spw_arena arena = {0};
    struct spw_json_table table;
    char path[4096];
    const char *folder = test_folder();
    snprintf(path, sizeof path, "%s/table.json", folder);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs("[{\"bank\": 3, \"adc_gain\": 9.5}, {\"bank\": 4, \"adc_gain\": \"no number\"}]",
          file);
    fclose(file);
    assert_ok(spw_json_table_open(&table, &arena, path, keys, 2));
    assert_int_equal(table.count, 2);
    assert_near(table.value[0], 3, 0, 0);
    assert_near(table.value[1], 9.5, 0, 0);
    assert_near(table.value[2], 4, 0, 0);
    assert_true(isnan(table.value[3]));
    file = fopen(path, "w");
    assert_non_null(file);
    fputs("[{\"bank\": 3,", file);
    fclose(file);
    assert_int_equal(spw_json_table_open(&table, &arena, path, keys, 2), SPW_CORRUPT);
    remove(path);
    assert_int_equal(spw_json_table_open(&table, &arena, path, keys, 2), SPW_MISSING);
    assert_int_equal(rmdir(folder), 0);
    spw_arena_release(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_positive_pulse),
        cmocka_unit_test(test_negative_pulse_and_late_pedestal),
        cmocka_unit_test(test_flat_waveform),
        cmocka_unit_test(test_rounding_goes_towards_zero),
        cmocka_unit_test(test_time_walk),
        cmocka_unit_test(test_photo_electrons),
        cmocka_unit_test(test_medians),
        cmocka_unit_test(test_sums),
        cmocka_unit_test(test_tracker_pe),
        cmocka_unit_test(test_pick_by_run_and_day),
        cmocka_unit_test(test_json_table),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
