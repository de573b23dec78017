/* NA62 constants of time: every real file, with values read off by eye or awk; odd lines. */
#include "support/constants.h"

#include "io/na62/constants.h"

#include <string.h>

#define CONDITIONS "data/na62/na62fw-conditions/"
#define STRAW      "data/na62/na62-trigger-algorithms/l1/straw_algorithm/config/"
#define BURST      "data/na62/bursts/independent/conditions/"

static struct spw_arena arena;

static struct spw_text_table open_table(const char *below)
{
    return test_open_table(&arena, below);
}

static struct spw_text_table text_table(const char *text)
{
    return test_text_table(&arena, text);
}

static void count_states(const struct na62_t0 *t0, uint32_t n[4])
{
    memset(n, 0, 4 * sizeof *n);
    for (uint32_t i = 0; i < t0->n_addresses; ++i) ++n[t0->state[i]];
}

/* awk '!/^#/ && $3 > -999 && $3 < 999': 12677 lines; below -999: 3342; above: 365. */
static void lkr_t0(void **state)
{
    (void)state;
    const struct spw_text_table table = open_table(CONDITIONS "LKr/LKr-T0.dat");
    struct na62_t0 t0;
    uint32_t n[4];
    assert_ok(na62_t0_read(&t0, &arena, &table, 16384));
    count_states(&t0, n);
    assert_int_equal(t0.n_good, 12677);
    assert_int_equal(n[NA62_T0_GOOD], 12677);
    assert_int_equal(n[NA62_T0_MASKED], 3342);
    assert_int_equal(n[NA62_T0_FAILED], 365);
    assert_int_equal(t0.n_bad, 0);
    assert_near(t0.t0_ns[165], 0.378, 1e-6, 0);
    assert_near(t0.t0_ns[16218], -0.934, 1e-6, 0);
    assert_near(t0.t0_ns[0], 0, 0, 0); /* -999.999 */
}

static void muv3_tiles_t0(void **state)
{
    (void)state;
    const struct spw_text_table table = open_table(CONDITIONS "MUV3/MUV3-TilesT0.dat");
    struct na62_t0 t0;
    assert_ok(na62_t0_read(&t0, &arena, &table, 152));
    assert_int_equal(t0.n_good, 148); /* -999.999 of tiles 65, 66, 77, 78: there are none */
    assert_near(t0.t0_ns[0], 0.221, 1e-6, 0);
    assert_near(t0.t0_ns[151], 0.174, 1e-6, 0);
}

static void rich_t0_of_2014(void **state)
{
    (void)state;
    const struct spw_text_table table =
        open_table("data/na62/na62-trigger-algorithms/l1/rich_algorithm/config/"
                   "RICH-T0.run1520_0076-run1520_2083.dat");
    struct na62_t0 t0;
    assert_ok(na62_t0_read(&t0, &arena, &table, 2560));
    assert_int_equal(t0.n_good, 1952); /* 122 lines of 16 */
    assert_true(t0.grouped);
    assert_near(t0.t0_ns[0], -111.408, 1e-5, 0);
    assert_near(t0.t0_ns[1951], -111.516, 1e-5, 0);
    assert_int_equal(t0.state[1952], NA62_T0_ABSENT);
}

/* The other program's T0 files hold one line a channel. */
static void t0_of_the_independent_burst(void **state)
{
    (void)state;

    static const struct {
        const char *file;
        uint32_t n_addresses, n_good, address;
        int32_t id;
        double t0_ns;
    } files[] = {
        {BURST "Cedar-T0.dat", 3072, 384, 0, 166, 1.270},
        {BURST "CHOD-T0.dat", 512, 128, 4, 62, -0.645},
        {BURST "LAV-T0.dat", 6144, 4992, 1, 1010000, -1.361},
        {BURST "RICH-T0.dat", 2560, 2196, 5, 5405, -1.247},
        {BURST "IRC-T0.dat", 512, 8, 99, 1000, 0.938},
        {BURST "SAC-T0.dat", 512, 8, 18, 2, -0.524},
        {BURST "MUV3-T0.dat", 512, 296, 1, 41, 0.124},
        {BURST "NewCHOD-T0.dat", 512, 304, 195, 135, 1.476},
        {BURST "Spectrometer-T0.dat", 8192, 7680, 4, 485, 1.664},
        {BURST "LKr-T0.dat", 16384, 13212, 525, 1090, 0.0},
    };

    for (size_t i = 0; i < sizeof files / sizeof *files; ++i) {
        const struct spw_text_table table = open_table(files[i].file);
        struct na62_t0 t0;
        assert_ok(na62_t0_read(&t0, &arena, &table, files[i].n_addresses));
        assert_int_equal(t0.n_good, files[i].n_good);
        assert_int_equal(t0.id[files[i].address], files[i].id);
        assert_near(t0.t0_ns[files[i].address], files[i].t0_ns, 1e-6, 0);
        assert_int_equal(t0.n_bad, 0);
        assert_false(t0.grouped);
    }
}

static void t0_of_odd_lines(void **state)
{
    (void)state;
    const struct spw_text_table table = text_table(
        "# c\n3 7 1.5\n4 -2.5\n3 7 -999.999\n99 1 1\n1.5 2 3\nnan 1 2\n2 8 1e300\n"
        "hello\nT0_0= 1 2\nT0_1= 5\n5 9 999\n6 9 999.001 # failed\n");
    struct na62_t0 t0;
    assert_ok(na62_t0_read(&t0, &arena, &table, 10));
    assert_int_equal(t0.state[3], NA62_T0_MASKED); /* the later line wins */
    assert_int_equal(t0.id[3], 7);
    assert_near(t0.t0_ns[4], -2.5, 0, 0);
    assert_int_equal(t0.id[4], -1);
    assert_near(t0.t0_ns[1], 2, 0, 0);
    assert_near(t0.t0_ns[5], 999, 0, 0);
    assert_int_equal(t0.state[6], NA62_T0_FAILED);
    assert_int_equal(t0.n_good, 4);
    assert_int_equal(t0.n_bad, 6); /* 99, 1.5, nan, 1e300, hello, T0_1 */
    assert_int_equal(na62_t0_read(&t0, &arena, &(struct spw_text_table){.path = "x"}, 10),
                     SPW_BAD_CONFIG);
}

/* The real file counts 100000 station + pixel; the other program's copy 0 ... 53999. */
static void gtk_t0(void **state)
{
    (void)state;
    static const char *const files[] = {
        CONDITIONS "GigaTracker/GigaTracker-T0.run007894_0000-run007905_9999.dat",
        BURST "GigaTracker-T0.dat",
    };
    for (int i = 0; i < 2; ++i) {
        const struct spw_text_table table = open_table(files[i]);
        struct na62_t0 t0;
        assert_ok(na62_gtk_t0_read(&t0, &arena, &table));
        assert_int_equal(t0.n_good, 54000);
        assert_near(t0.t0_ns[0], -0.645568, 1e-6, 0);
        assert_near(t0.t0_ns[18000], -0.577999, 1e-6, 0);
        assert_near(t0.t0_ns[53999], -0.558018, 1e-6, 0);
    }
}

static void gtk_t0_by_chip(void **state)
{
    (void)state;
    const struct spw_text_table table =
        text_table("2 1.0\n100043 2.0\n291799 3.0\n201800 4.0\n300000 5.0\n");
    struct na62_t0 t0;
    assert_ok(na62_gtk_t0_read(&t0, &arena, &table));
    assert_near(t0.t0_ns[2], 1, 0, 0);
    assert_near(t0.t0_ns[18000 + 200 + 3], 2, 0, 0); /* chip 0, pixel 43: x 3, y 1 */
    assert_near(t0.t0_ns[53999], 3, 0, 0); /* chip 9, last pixel: the last corner */
    assert_int_equal(t0.id[53999], 291799);
    assert_int_equal(t0.n_good, 3);
    assert_int_equal(t0.n_bad, 2); /* pixel 1800 of a chip, station 3 */
}

/* Covers with values and sentinels, counted by awk; station T0 of the file. */
static void straw_covers(void **state)
{
    (void)state;

    static const struct {
        const char *file;
        uint32_t n_covers;
        double station_ns, cover_0_ns;
    } files[] = {
        {STRAW "Spectrometer-CoarseT0.HLTOnline.run004400_0000-run006999_9999.dat", 480,
         -5991.01, -171.97},
        {STRAW "Spectrometer-CoarseT0.HLTOnline.run007000_0000-run008299_9999.dat", 512,
         -6406.30, 5.03},
        {STRAW "Spectrometer-CoarseT0.HLTOnline.run008300_0000-run009999_9999.dat", 512,
         -6405.33, 8.90},
        {STRAW "Spectrometer-ROMezzaninesT0.2017.new", 512, 0, 5.03},
        {STRAW "Spectrometer-ROMezzaninesT0.2018.new", 512, -6405.33, 8.90},
        {STRAW "Spectrometer-ROMezzaninesT0.new", 512, -6405.33, 8.90},
        {STRAW "Spectrometer-ROMezzaninesT0.run3809_0000-run3809_9999.dat", 480, 0,
         -230.33},
        {STRAW "Spectrometer-ROMezzaninesT0.run4041_0000-run4041_9999.dat", 512, 0, 57.70},
        {STRAW "Spectrometer-ROMezzaninesT0.run5358.dat", 480, 0, -175.19},
        {STRAW "Spectrometer-ROMezzaninesT0.run5495.dat", 480, 0, -199.35},
        {STRAW "Spectrometer-ROMezzaninesT0.run5525.dat", 480, 0, -197.54},
        {STRAW "Spectrometer-ROMezzaninesT0.run5552.dat", 480, 0,
         -199.13}, /* stray bytes */
        {STRAW "Spectrometer-ROMezzaninesT0.run5565.dat", 480, 0, -171.43},
        {STRAW "Spectrometer-ROMezzaninesT0.run5586.dat", 480, 0, -218.16},
        {STRAW "Spectrometer-ROMezzaninesT0.run5670.dat", 480, 0, -171.97},
        {BURST "Spectrometer-CoarseT0.dat", 512, -6406.30, 5.03},
    };

    for (size_t i = 0; i < sizeof files / sizeof *files; ++i) {
        const struct spw_text_table table = open_table(files[i].file);
        struct na62_straw_t0 t0 = {0};
        assert_ok(na62_straw_coarse_t0_read(&t0, &table));
        assert_int_equal(t0.n_covers, files[i].n_covers);
        assert_near(t0.station_ns, files[i].station_ns, 1e-9, 0);
        assert_near(t0.cover_ns[0], files[i].cover_0_ns, 1e-4, 0);
        if (files[i].n_covers == 480) assert_int_not_equal(t0.state[11], NA62_T0_GOOD);
        assert_true(fabsf(t0.cover_ns[11]) < 999);
        assert_int_equal(t0.n_bad, 0);
    }
}

static void straw_station_then_covers(void **state)
{
    (void)state;
    struct na62_straw_t0 t0 = {0};
    struct spw_text_table table = open_table(STRAW "Spectrometer-StationsT0.run5670.dat");
    assert_ok(na62_straw_coarse_t0_read(&t0, &table));
    assert_int_equal(t0.n_covers, 0);
    table = open_table(STRAW "Spectrometer-ROMezzaninesT0.run5670.dat");
    assert_ok(na62_straw_coarse_t0_read(&t0, &table));
    assert_near(t0.station_ns, -5991.01, 1e-9, 0);
    assert_int_equal(t0.n_covers, 480);
    table = open_table(STRAW "Spectrometer-StationsT0.2017.dat");
    assert_ok(na62_straw_coarse_t0_read(&t0, &table));
    assert_near(t0.station_ns, -6406.30, 1e-9, 0);
}

static void straw_magic_t0(void **state)
{
    (void)state;
    static const char *const files[] = {"run004400_0000-run006999_9999",
                                        "run007000_0000-run008299_9999",
                                        "run008300_0000-run009999_9999"};
    static const double magic_ns[] = {28.6, 24.3, 24.2};
    for (int i = 0; i < 3; ++i) {
        char below[256];
        snprintf(below, sizeof below, STRAW "Spectrometer-MagicT0.HLTOnline.%s.dat",
                 files[i]);
        const struct spw_text_table table = open_table(below);
        double value;
        assert_ok(na62_straw_magic_t0_read(&value, &table));
        assert_near(value, magic_ns[i], 1e-12, 0);
    }
}

static void bursts_with_jumps_and_drift(void **state)
{
    (void)state;
    struct spw_text_table table =
        text_table("# run burst cover jump_ns\n8252 17 3 25\n8252 17 3 -50\n8252 18 3 25\n"
                   "8252 17 511 -25\n8252 17 512 25\n");
    float jump_ns[NA62_STRAW_COVERS] = {0};
    uint32_t n;
    assert_ok(na62_straw_jumps_read(jump_ns, &n, &table, 8252, 17));
    assert_int_equal(n, 3);
    assert_near(jump_ns[3], -25, 0, 0);
    assert_near(jump_ns[511], -25, 0, 0);
    assert_ok(na62_straw_jumps_read(jump_ns, &n, &table, 8252, 19));
    assert_int_equal(n, 0);

    double drift_ns;
    table = text_table("8252 17 0.31\n8252 18 -0.2\n");
    assert_ok(na62_trigger_drift_read(&drift_ns, &table, 8252, 18));
    assert_near(drift_ns, -0.2, 0, 0);
    assert_ok(na62_trigger_drift_read(&drift_ns, &table, 8253, 18));
    assert_near(drift_ns, 0, 0, 0);
    table = text_table("17 0.31\n18 -0.2\n");
    assert_ok(na62_trigger_drift_read(&drift_ns, &table, 1, 17));
    assert_near(drift_ns, 0.31, 0, 0);
    table = text_table("nothing here\n");
    assert_int_equal(na62_trigger_drift_read(&drift_ns, &table, 1, 17), SPW_BAD_CONFIG);
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
        cmocka_unit_test(lkr_t0),
        cmocka_unit_test(muv3_tiles_t0),
        cmocka_unit_test(rich_t0_of_2014),
        cmocka_unit_test(t0_of_the_independent_burst),
        cmocka_unit_test(t0_of_odd_lines),
        cmocka_unit_test(gtk_t0),
        cmocka_unit_test(gtk_t0_by_chip),
        cmocka_unit_test(straw_covers),
        cmocka_unit_test(straw_station_then_covers),
        cmocka_unit_test(straw_magic_t0),
        cmocka_unit_test(bursts_with_jumps_and_drift),
    };
    return cmocka_run_group_tests(tests, NULL, release);
}
