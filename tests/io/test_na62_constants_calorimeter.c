/* LKr and MUV constants: every real file, with values read off by eye or awk. */
#include "support/constants.h"

#include "io/na62/constants.h"

#include <string.h>

#define OPEN(name)  test_open_table(&arena, "data/na62/na62fw-conditions/" name)
#define BURST(name) test_open_table(&arena, "data/na62/bursts/independent/conditions/" name)
#define TEXT(text)  test_text_table(&arena, text)

static struct spw_arena arena;

/* In the file ix is slow: line `100 64 0 0.003517082` must come to cell 128 * 100 + 64. */
static void slopes(void **state)
{
    (void)state;
    struct na62_lkr_slopes s;
    struct spw_text_table table =
        OPEN("LKr/LKr-chaslope.run008617_0000-run009137_9999.dat");
    assert_ok(na62_lkr_slopes_read(&s, &arena, &table));
    assert_int_equal(s.n_cells, 13212); /* 16384 lines, 3172 of them with flag 99 */
    assert_int_equal(s.n_bad, 0);
    assert_near(s.slope_MeV[128 * 100 + 64], 3.517082, 1e-6, 0);
    assert_near(s.slope_MeV[128 * 63 + 30], 3.507877, 1e-6, 0);
    assert_int_equal(s.flag[0], NA62_LKR_NO_CELL);
    uint32_t n_90 = 0;
    for (uint32_t i = 0; i < NA62_LKR_CELLS; ++i) n_90 += s.flag[i] == 90;
    assert_int_equal(n_90, 94);

    table = BURST("LKr-chaslope.dat");
    assert_ok(na62_lkr_slopes_read(&s, &arena, &table));
    assert_int_equal(s.n_cells, 13212);
}

/* Here ix is fast; the values must come to the same cells. */
static void pedestals(void **state)
{
    (void)state;
    struct na62_lkr_pedestals p;
    struct spw_text_table table =
        OPEN("LKr/LKr-chapedes.run009444_0000-run009444_9999.dat");
    assert_ok(na62_lkr_pedestals_read(&p, &arena, &table));
    assert_int_equal(p.n_cells, 13212);
    assert_near(p.mean_adc[128 * 100 + 64], 404.30, 1e-4, 0);
    assert_near(p.rms_adc[128 * 100 + 64], 2.01, 1e-6, 0);
    assert_near(p.mean_adc[128 * 63 + 30], 407.84, 1e-4, 0);
    assert_int_equal(p.n_bad, 0);

    table =
        BURST("LKr-chapedes.dat"); /* awk: mean of 13212 means 398.295, of the rms 1.9909 */
    assert_ok(na62_lkr_pedestals_read(&p, &arena, &table));
    double mean = 0, rms = 0;
    for (uint32_t i = 0; i < NA62_LKR_CELLS; ++i)
        if (p.flag[i] < NA62_LKR_NO_CELL) {
            mean += (double)p.mean_adc[i] / 13212;
            rms += (double)p.rms_adc[i] / 13212;
        }
    assert_near(mean, 398.295, 1e-3, 0);
    assert_near(rms, 1.9909, 1e-4, 0);
}

static void filter(void **state)
{
    (void)state;
    struct na62_lkr_filter f;
    struct spw_text_table table = OPEN("LKr/LKr-digfcons.dat");
    assert_ok(na62_lkr_filter_read(&f, &arena, &table));
    assert_int_equal(f.n_shapes, 12);
    assert_int_equal(f.n_bad, 0);
    static const float middle[6] = {0.301f, 0.492f, 0.399f, -27.698f, 1.809f, 23.170f};
    assert_memory_equal(f.weight[4 * NA62_FILTER_PHASES + NA62_FILTER_ZERO], middle,
                        sizeof middle); /* shape 5, phase 0 */
    static const float last[6] = {0.938f, 0.166f, -0.176f, -36.857f, 28.126f, 39.660f};
    assert_memory_equal(f.weight[12 * NA62_FILTER_PHASES - 1], last, sizeof last);
    --table.count;
    assert_int_equal(na62_lkr_filter_read(&f, &arena, &table), SPW_BAD_CONFIG);
}

/* awk over the values: 6553 cells of shape 4, 23 of shape 0 (none). */
static void shapes(void **state)
{
    (void)state;
    uint8_t *shape;
    const struct spw_text_table table = OPEN("LKr/LKr-refshape.dat");
    assert_ok(na62_lkr_shapes_read(&shape, &arena, &table));
    uint32_t n[256] = {0};
    for (uint32_t i = 0; i < NA62_LKR_CELLS; ++i) ++n[shape[i]];
    assert_int_equal(n[3], 6553);
    assert_int_equal(n[11], 239);
    assert_int_equal(n[255], 23);
    /* `64 48 63 6 4 4 5 ...`: shape 6 in cell (64, 48), 4, 4, then 5 */
    assert_int_equal(shape[128 * 64 + 48], 5);
    assert_int_equal(shape[128 * 64 + 51], 4);
}

static void reference_pulse(void **state)
{
    (void)state;
    struct na62_lkr_pulse pulse;
    const struct spw_text_table table = OPEN("LKr/LKr-digishape.dat");
    assert_ok(na62_lkr_pulse_read(&pulse, &arena, &table));
    assert_int_equal(pulse.count, 3000);
    assert_near(pulse.value[0], -0.6293, 1e-6, 0);
    assert_near(pulse.value[999], -0.6741, 1e-6, 0);
    assert_near(pulse.value[2999], -0.6294, 1e-6, 0);
}

static void dead_cells(void **state)
{
    (void)state;
    static uint8_t dead[NA62_LKR_CELLS];
    uint32_t n;
    const struct spw_text_table table = TEXT("# x y\n3 5\n127127\n3 5\n128 0\n-1 2\nx\n");
    assert_ok(na62_lkr_dead_read(dead, &n, &table));
    assert_int_equal(n, 2);
    assert_int_equal(dead[128 * 3 + 5], 1);
    assert_int_equal(dead[NA62_LKR_CELLS - 1], 1);
}

/* The experiment writes modules as crate-slot, with blanks or without. */
static void crate_faults(void **state)
{
    (void)state;
    static struct na62_cream_faults faults;
    const struct spw_text_table swaps =
        TEXT("# run burst triggers checked swaps\n8252 16 120 432 0\n"
             "8252 17 120 432 3 4-13  8- 5 40-3\n8252 18 120 432 1 5-3\n8252 19 120 432 2 "
             "5-3\n");
    assert_ok(na62_cream_swaps_read(&faults, &swaps, 8252, 17));
    assert_int_equal(faults.n_swapped, 2);
    assert_int_equal(faults.swapped[4][13], 1);
    assert_int_equal(faults.swapped[8][5], 1);
    assert_int_equal(faults.swapped[5][3], 0);
    assert_int_equal(faults.n_bad,
                     2); /* crate 40; the burst with fewer modules than promised */

    const struct spw_text_table jitters =
        TEXT("8252 17 432 3 08-20 12 0.95 1.05 100 200 -24.9 8-19 9 0.9 1.1 1 2 25.3 "
             "9-3 2 0.80 1.1 1 2 25\n");
    assert_ok(na62_cream_jitters_read(&faults, &jitters, 8252, 17));
    assert_int_equal(faults.n_jitters, 2);
    assert_int_equal(faults.jitter_clocks[8][20], -1);
    assert_int_equal(faults.jitter_clocks[8][19], 1);
    assert_int_equal(faults.jitter_clocks[9][3], 0); /* ratio below 0.85 */
    assert_ok(na62_cream_jitters_read(&faults, &jitters, 8252, 18));
    assert_int_equal(faults.n_jitters, 2);

    const struct spw_text_table wrong = TEXT("0 1 99\n2 3 4\n");
    assert_int_equal(na62_cream_swaps_read(&faults, &wrong, 8252, 17), SPW_BAD_CONFIG);
}

/* The light yields by hand with the function in the file's head. */
static void muv1_equalisation(void **state)
{
    (void)state;
    static struct na62_muv_equalisation muv;
    const struct spw_text_table table =
        OPEN("MUV1/MUV1-QEqualization.run007000_0000-run008523_9999.dat");
    assert_ok(na62_muv_equalisation_read(&muv, &table));
    assert_int_equal(muv.n_given, 176);
    assert_int_equal(muv.n_bad, 0);
    assert_near(muv.factor[101], 1.44534, 1e-6, 0);
    assert_near(muv.shape[118][8], 124.005, 1e-9, 0);
    assert_near(na62_muv_light_yield(&muv, 118, -100), 0.7976544893550563, 1e-12, 0);
    assert_near(na62_muv_light_yield(&muv, 294, 0), 0.6724864025815817, 1e-12, 0);
    assert_near(muv.factor[145], 0, 0, 0);
}

static void gains(void **state)
{
    (void)state;
    struct na62_channel_gains g;
    const struct spw_text_table table = TEXT("101 1000.5 0.25\n300 1 1\n102 1000\n");
    assert_ok(na62_channel_gains_read(&g, &arena, &table, 300));
    assert_int_equal(g.n_given, 1);
    assert_int_equal(g.n_bad, 2);
    assert_near(g.pedestal_adc[101], 1000.5, 0, 0);
    assert_near(g.gain_MeV[101], 0.25, 0, 0);
}

static int release(void **state)
{
    (void)state;
    spw_arena_release(&arena);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(slopes),          cmocka_unit_test(pedestals),
        cmocka_unit_test(filter),          cmocka_unit_test(shapes),
        cmocka_unit_test(reference_pulse), cmocka_unit_test(dead_cells),
        cmocka_unit_test(crate_faults),    cmocka_unit_test(muv1_equalisation),
        cmocka_unit_test(gains),
    };
    return cmocka_run_group_tests(tests, NULL, release);
}
