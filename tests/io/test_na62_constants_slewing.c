/* Time walk: every real file, with values read off by eye. */
#include "support/constants.h"

#include "io/na62/constants.h"

#define OPEN(name) test_open_table(&arena, "data/na62/na62fw-conditions/" name)
#define TEXT(text) test_text_table(&arena, text)

static struct spw_arena arena;

static void ktag(void **state)
{
    (void)state;
    struct na62_width_slewing s;
    const struct spw_text_table table = OPEN("Cedar/Cedar-SlewingCorr.dat");
    assert_ok(na62_ktag_slewing_read(&s, &arena, &table, 3072));
    assert_int_equal(s.n_given, 384); /* grep -c '^SlewingCorr' */
    assert_int_equal(s.n_bad, 0);
    assert_near(s.min_width_ns[3064], 10, 0, 0);
    assert_near(s.max_width_ns[3064], 16, 0, 0);
    assert_near(s.at_min_ns[3064], 1.1620, 1e-6, 0);
    assert_near(s.at_max_ns[3064], 0.5811, 1e-6, 0);
    assert_near(s.max_width_ns[3065], 0, 0, 0); /* no channel there */

    const struct spw_text_table upside =
        TEXT("MinWidth 16\nMaxWidth 10\nSlewingCorr 0 1 2\n");
    assert_int_equal(na62_ktag_slewing_read(&s, &arena, &upside, 3072), SPW_BAD_CONFIG);
    const struct spw_text_table outside = TEXT("SlewingCorr 9999 1 2\nSlewingCorr 8 1\n");
    assert_int_equal(na62_ktag_slewing_read(&s, &arena, &outside, 3072), SPW_BAD_CONFIG);
    assert_int_equal(s.n_bad, 2);
}

static void rich(void **state)
{
    (void)state;
    struct na62_width_slewing s;
    const struct spw_text_table table = OPEN("RICH/RICH-SlewingCorr.dat");
    assert_ok(na62_rich_slewing_read(&s, &arena, &table));
    assert_int_equal(s.n_given, 2196);
    assert_int_equal(s.n_bad, 0);
    assert_near(s.min_width_ns[1000], 13.3307, 1e-5, 0);
    assert_near(s.max_width_ns[1000], 17.3307, 1e-5, 0);
    assert_near(s.at_min_ns[1000], 0.304582, 1e-6, 0);
    assert_near(s.at_max_ns[1000], -0.324296, 1e-6, 0);
    assert_near(s.max_width_ns[2195], 0, 0, 0); /* a supercell */
}

static void rich_sequential_numbers(void **state)
{
    (void)state;
    assert_int_equal(na62_rich_sequential(0), 0);
    assert_int_equal(na62_rich_sequential(6007), 487);
    assert_int_equal(na62_rich_sequential(10000), 488);
    assert_int_equal(na62_rich_sequential(116007), 1951);
    assert_int_equal(na62_rich_sequential(10), 1952);
    assert_int_equal(na62_rich_sequential(116010), 2195);
    static const uint32_t none[] = {8, 11, 20, 6100, 20000, 200000, UINT32_MAX};
    for (size_t i = 0; i < sizeof none / sizeof *none; ++i)
        assert_int_equal(na62_rich_sequential(none[i]), -1);
}

static void chanti(void **state)
{
    (void)state;
    struct na62_chanti_slewing s;
    const struct spw_text_table table = OPEN("CHANTI/CHANTI-SlewingCorr.dat");
    assert_ok(na62_chanti_slewing_read(&s, &arena, &table, 1024));
    assert_int_equal(s.n_given, 1024);
    assert_int_equal(s.n_bad, 0);
    assert_near(s.p0_per_ns[1], -8.284e-2, 1e-7, 0);
    assert_near(s.p1_ns[1], 12.92, 1e-5, 0);
    assert_near(s.p2_ns[1], 2.071, 1e-6, 0);
    assert_near(s.p1_ns[1022], 22.2, 1e-5, 0);
}

static void chod(void **state)
{
    (void)state;
    struct na62_chod_slewing s;
    struct spw_text_table table =
        OPEN("CHOD/CHOD-SlewCorr.run007910_0000-run008099_9999.dat");
    assert_ok(na62_chod_slewing_read(&s, &table));
    assert_int_equal(s.n_given, 2048);
    assert_near(s.slope[0], -0.209071, 1e-6, 0);
    assert_near(s.constant_ns[0], 2.15142, 1e-5, 0);
    assert_near(s.slope[17], -0.342997, 1e-6, 0); /* slab 1, counter 1 */
    assert_near(s.constant_ns[2047], 1.86213, 1e-5, 0);
    table.count = 2048; /* the comment is not counted, so this leaves all */
    assert_ok(na62_chod_slewing_read(&s, &table));
    table.count = 2047;
    assert_int_equal(na62_chod_slewing_read(&s, &table), SPW_BAD_CONFIG);
}

static void chod_light(void **state)
{
    (void)state;
    float light[NA62_CHOD_SLABS];
    struct spw_text_table table =
        OPEN("CHOD/CHOD-LightVelocities.run006474_0000-run006999_9999.dat");
    assert_ok(na62_chod_light_read(light, &table));
    assert_near(light[0], 0.00724141, 1e-9, 0);
    assert_near(light[127], 0.0070, 1e-9, 0);
    --table.count;
    assert_int_equal(na62_chod_light_read(light, &table), SPW_BAD_CONFIG);
}

static void lav(void **state)
{
    (void)state;
    struct na62_lav_slewing s = {0};
    const struct spw_text_table table =
        TEXT("4.576 -3.30 0.9678 1.027\nboth -0.04063 0.03829 -2.839 2.599 -0.942\n");
    assert_ok(na62_lav_slewing_read(&s, &table));
    assert_memory_equal(&s, &na62_lav_slewing_nominal, sizeof s);
    const struct spw_text_table eight = TEXT("1 2 3 4 5 6 7 8\n");
    assert_int_equal(na62_lav_slewing_read(&s, &eight), SPW_BAD_CONFIG);
}

static void hasc(void **state)
{
    (void)state;
    struct na62_hasc_slewing s;
    const struct spw_text_table table = OPEN("HAC/HAC-SlewingCorr.dat");
    assert_ok(na62_hasc_slewing_read(&s, &table));
    assert_int_equal(s.n_given, 180);
    assert_int_equal(s.n_bad, 0);
    assert_near(s.below_ns[0][0][0], 11.062, 1e-5, 0);
    assert_near(s.above_ns[0][0][3], -1.2218e-5, 1e-10, 0);
    assert_near(s.below_ns[89][1][2], -6.5373e-4, 1e-9, 0);
    assert_near(s.above_ns[89][1][2], 8.4693e-4, 1e-9, 0);
    assert_near(s.above_ns[89][1][3], 0, 0, 0);
    const struct spw_text_table odd =
        TEXT("Channel-90_Threshold-0= 1 2 3 4 5 6 7\nChannel-1_Threshold-4= 1 2 3 4 5 6\n"
             "Channel-1_Threshold-0= 1 2 3 4 5 6\nChannel-1_Threshold-1= 1 2 3 4 5 6\n");
    assert_ok(na62_hasc_slewing_read(&s, &odd));
    assert_int_equal(s.n_given, 1);
    assert_int_equal(s.n_bad, 3);
}

static void gtk(void **state)
{
    (void)state;
    struct na62_gtk_time_walk walk;
    struct spw_text_table table =
        OPEN("GigaTracker/GigaTracker-TimeWalk.run008037_0000-run008045_9999.dat");
    assert_ok(na62_gtk_time_walk_read(&walk, &arena, &table));
    assert_int_equal(walk.n_bins, 410);
    assert_near(walk.edge_ns[1], 0.09747, 1e-6, 0);
    assert_near(walk.edge_ns[410], 250, 0, 0);
    assert_near(walk.correction_ns[0], 7.05306, 1e-5, 0);
    assert_near(walk.correction_ns[410], 7.03941, 1e-5, 0); /* chip 1, first bin */
    assert_near(walk.correction_ns[12299], -2.13550, 1e-5, 0);
    --table.count;
    assert_int_equal(na62_gtk_time_walk_read(&walk, &arena, &table), SPW_BAD_CONFIG);
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
        cmocka_unit_test(ktag),   cmocka_unit_test(rich),
        cmocka_unit_test(chanti), cmocka_unit_test(rich_sequential_numbers),
        cmocka_unit_test(chod),   cmocka_unit_test(chod_light),
        cmocka_unit_test(lav),    cmocka_unit_test(hasc),
        cmocka_unit_test(gtk),
    };
    return cmocka_run_group_tests(tests, NULL, release);
}
