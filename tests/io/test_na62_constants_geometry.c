/* Alignment, positions and read-out settings: every real file, with values read off by eye. */
#include "support/constants.h"

#include "io/na62/constants.h"

#define OPEN(name) test_open_table(&arena, "data/na62/na62fw-conditions/" name)
#define TEXT(text) test_text_table(&arena, text)

static struct spw_arena arena;

static void straw_alignment(void **state)
{
    (void)state;
    struct na62_straw_alignment a;
    const struct spw_text_table table =
        OPEN("Spectrometer/Spectrometer-Alignment.run007000_0000-run008299_9999.dat");
    assert_ok(na62_straw_alignment_read(&a, &arena, &table));
    assert_int_equal(a.n_given, 7808);
    assert_int_equal(a.n_bad, 0);
    assert_near(a.shift_mm[1][0], 0.8191, 1e-6, 0);
    assert_near(a.shift_mm[1][1], -0.2532, 1e-6, 0);
    assert_near(a.shift_mm[122 * 2 + 55][0], 0.0703, 1e-6, 0); /* line `2 56 ...` */
}

/* Three lines of the file have glued numbers. */
static void station_alignment(void **state)
{
    (void)state;
    struct na62_station_alignment a;
    const struct spw_text_table table =
        OPEN("Spectrometer/Spectrometer-StationsAlignment.dat");
    assert_ok(na62_station_alignment_read(&a, &table));
    assert_int_equal(a.n_given, 16);
    assert_int_equal(a.n_bad, 0);
    assert_near(a.shift_mm[0], -0.0384875, 1e-12, 0);
    assert_near(a.angle[0], -0.015344, 1e-12, 0);
    assert_near(a.shift_mm[4 * 1 + 3], -0.00204968, 1e-12, 0);
    assert_near(a.angle[4 * 1 + 3], -0.0177563, 1e-12, 0);
    assert_near(a.shift_mm[4 * 2 + 0], 0.00857821, 1e-12, 0);
    assert_near(a.angle[4 * 2 + 3], -0.000487492, 1e-12, 0);
    assert_near(a.angle[15], 0.00744541, 1e-12, 0);
}

static void z_offset_and_xt(void **state)
{
    (void)state;
    struct na62_straw_z_offset z;
    struct na62_straw_xt xt;
    struct spw_text_table table = OPEN("Spectrometer/Spectrometer-ZOffset.dat");
    assert_ok(na62_straw_z_offset_read(&z, &table));
    assert_near(z.magnet_mm, -29, 0, 0);
    assert_near(z.chamber_mm[0], -0.1, 1e-12, 0);
    assert_near(z.chamber_mm[3], -9.3, 1e-12, 0);
    --table.count;
    assert_int_equal(na62_straw_z_offset_read(&z, &table), SPW_BAD_CONFIG);

    table = OPEN("Spectrometer/Spectrometer-XT.dat");
    assert_ok(na62_straw_xt_read(&xt, &table));
    assert_near(xt.reference_ns[0], 63.2279, 1e-9, 0);
    assert_near(xt.fit[0][0][0], 64.2661, 1e-9, 0);
    assert_near(xt.fit[0][0][1], -0.000690641, 1e-12, 0);
    assert_near(xt.fit[15][2][1], -0.00134111, 1e-12, 0);
}

static void gtk_offsets(void **state)
{
    (void)state;
    struct na62_gtk_offsets o;
    const struct spw_text_table table =
        OPEN("GigaTracker/GigaTracker-XYCorrections.run009266_0000-run009271_9999.dat");
    assert_ok(na62_gtk_offsets_read(&o, &table));
    assert_near(o.x_mm[0], 0.478, 1e-12, 0);
    assert_near(o.y_mm[2], 0.569, 1e-12, 0);
}

/* A supercell stands in the middle of its photomultipliers, to a photomultiplier's size. */
static void rich_positions(void **state)
{
    (void)state;
    static const char *const files[] = {"RICH.2017.conf", "RICH.2017.om.conf", "RICH.conf"};
    for (int f = 0; f < 3; ++f) {
        char below[256];
        static struct na62_rich_positions p;
        snprintf(below, sizeof below,
                 "data/na62/na62-trigger-algorithms/l1/rich_algorithm/config/%s", files[f]);
        const struct spw_text_table table = test_open_table(&arena, below);
        assert_ok(na62_rich_positions_read(&p, &table));
        assert_int_equal(p.n_pms, 976);
        assert_int_equal(p.n_cells, 122);
        assert_int_equal(p.n_bad, 0);
        assert_near(p.pm_x_mm[0], -261, 0, 0);
        assert_near(p.pm_y_mm[975], -265, 0, 0);
        for (uint32_t cell = 0; cell < NA62_RICH_CELLS; ++cell) {
            double x = 0, y = 0;
            for (uint32_t pm = 8 * cell; pm < 8 * cell + 8; ++pm) {
                x += (double)p.pm_x_mm[pm] / 8;
                y += (double)p.pm_y_mm[pm] / 8;
            }
            assert_true(
                hypot(x - (double)p.cell_x_mm[cell], y - (double)p.cell_y_mm[cell]) < 18);
        }
    }
}

static void rich_mirrors(void **state)
{
    (void)state;
    struct na62_rich_mirrors m;
    const struct spw_text_table table = OPEN("RICH/RICH-MirrorAlignment.dat");
    assert_ok(na62_rich_mirrors_read(&m, &table, 8700));
    assert_int_equal(m.first_run, 8677);
    assert_int_equal(m.last_run, 8784);
    assert_near(m.extra_x_mm[0], 19.76, 1e-12, 0);
    assert_near(m.extra_y_mm[1], 8.8, 1e-12, 0);
    assert_near(m.x_mm[0], 0.29, 1e-12, 0);
    assert_near(m.y_mm[23], 1.26, 1e-12, 0);
    assert_ok(na62_rich_mirrors_read(&m, &table, 3800));
    assert_false(m.aligned[23]); /* 7777.00 */
    assert_true(m.aligned[22]);
    assert_ok(na62_rich_mirrors_read(&m, &table, 99999));
    assert_int_equal(na62_rich_mirrors_read(&m, &table, 100000), SPW_NO_CONSTANTS);
    const struct spw_text_table none = TEXT("1 2\n1 2 3 4\n1\n");
    assert_int_equal(na62_rich_mirrors_read(&m, &none, 1), SPW_BAD_CONFIG);
}

static void rich_mirror_corners(void **state)
{
    (void)state;
    struct na62_rich_mirror_corners c;
    const struct spw_text_table table = OPEN("RICH/RICH-MirrorPositions.dat");
    assert_ok(na62_rich_mirror_corners_read(&c, &table));
    uint32_t n = 0;
    for (int i = 0; i < NA62_RICH_MIRRORS; ++i) n += c.n_corners[i];
    assert_int_equal(n, 116); /* 18 hexagons, 2 halves of one with four corners */
    assert_int_equal(c.n_corners[23], 4);
    assert_near(c.x_mm[15][2], 923.1674, 1e-9, 0);
    assert_near(c.y_mm[8][2], -1230.788, 1e-9, 0);
    assert_int_equal(c.n_bad, 0);
}

/* Two hexagons side by side and a mirror that nobody has aligned. */
static void rich_mirror_map(void **state)
{
    (void)state;
    struct na62_rich_mirrors mirrors = {0};
    struct na62_rich_mirror_corners corners = {0};
    struct na62_rich_mirror_map map;
    for (uint32_t k = 0; k < 6; ++k) {
        const double x = 350 * cos(k * M_PI / 3), y = 350 * sin(k * M_PI / 3);
        corners.x_mm[3][k] = 600 + x;
        corners.x_mm[8][k] = -100 + x;
        corners.x_mm[9][k] = -100 + x;
        corners.y_mm[3][k] = corners.y_mm[8][k] = y;
        corners.y_mm[9][k] = 900 + y;
    }
    corners.n_corners[3] = corners.n_corners[8] = corners.n_corners[9] = 6;
    mirrors.aligned[2] = mirrors.aligned[7] = true;
    mirrors.x_mm[2] = 1.5;
    mirrors.y_mm[7] = -2.5;
    mirrors.x_mm[8] = 77;
    na62_rich_mirror_map_make(&map, &mirrors, &corners);
    assert_near(map.x_mm[3], 600, 1e-9, 0);
    assert_true(isnan(map.x_mm[1]));
    assert_int_equal(na62_rich_mirror_at(&map, 270, 10), 3);
    assert_int_equal(na62_rich_mirror_at(&map, 230, 10), 8);
    assert_int_equal(na62_rich_mirror_at(&map, 0, 800), 9);
    assert_int_equal(na62_rich_mirror_at(&map, 2000, 0), 0);
    assert_near(map.shift_x_mm[3], 1.5, 0, 0);
    assert_near(map.shift_y_mm[8], -2.5, 0, 0);
    assert_near(map.shift_x_mm[9], 0, 0, 0);
}

static struct na62_decoder_settings settings(const char *detector)
{
    char below[256];
    snprintf(below, sizeof below,
             "data/na62/na62fw-conditions/%s/%s-RawDecoderSettings.dat", detector,
             detector);
    const struct spw_text_table table = test_open_table(&arena, below);
    struct na62_decoder_settings s;
    assert_ok(na62_decoder_settings_read(&s, &table));
    return s;
}

static void decoder_settings(void **state)
{
    (void)state;

    static const struct {
        const char *detector;
        uint32_t n_boards, n_channels, mask_0, n_slots;
        int32_t slots, last;
    } expected[] = {
        {"Cedar", 6, 3072, 0xf, 24, 7, 4},
        {"CHANTI", 2, 1024, 0xf, 8, 7, 5},
        {"CHOD", 1, 512, 0xf, 4, 5, 2},
        {"LAV", 12, 6144, 7, 48, 11, 7},
        {"RICH", 5, 2560, 0xf, 20, 5, 2},
        {"IRC", 1, 512, 1, 4, 9, 4},
        {"SAC", 1, 512, 1, 4, 9, 4},
        {"MUV0", 1, 512, 2, 4, 9, 4},
        {"NewCHOD", 1, 512, 0xe, 4, 8, 4},
        {"MUV3", 1, 512, 7, 4, 8, 4},
        {"HAC", 1, 384, 7, 4, 12, 8},
        {"Spectrometer", 32, 8192, 0xffff, 32, 16, -246},
        {"LKr", 32, 16834, 0, 1, 8, 8},
        {"MUV1", 1, 512, 0x3f, 6, 10, 8},
        {"MUV2", 1, 512, 7, 3, 10, 8},
        {"SAV", 1, 512, 1, 1, 8, 8},
        {"GigaTracker", 30, 54000, 1, 30, 3, 1},
    };

    for (size_t i = 0; i < sizeof expected / sizeof *expected; ++i) {
        const struct na62_decoder_settings s = settings(expected[i].detector);
        assert_int_equal(s.n_boards, expected[i].n_boards);
        assert_int_equal(s.n_channels, expected[i].n_channels);
        assert_int_equal(s.n_masks, s.n_boards);
        assert_int_equal(s.mezzanine_mask[0], expected[i].mask_0);
        assert_int_equal(s.n_slot_values, expected[i].n_slots);
        assert_int_equal(s.n_slots[0], expected[i].slots);
        assert_int_equal(s.last_slot[0], expected[i].last);
    }
}

static void decoder_settings_of_some(void **state)
{
    (void)state;
    const struct na62_decoder_settings straw = settings("Spectrometer");
    assert_int_equal(straw.srb_offset, 0x1f01);
    assert_int_equal(straw.srb_latency[31], 0x2006);
    assert_near(straw.min_time_ns, -6600, 0, 0);
    assert_near(straw.max_time_ns, -6100, 0, 0);
    const struct na62_decoder_settings lkr = settings("LKr");
    assert_int_equal(lkr.latency, 0x1f01);
    assert_int_equal(lkr.crate_index[3], -1);
    assert_int_equal(lkr.crate_index[30], 30);
    assert_int_equal(lkr.slot_index[3], 0);
    assert_int_equal(lkr.slot_index[20], 15);
    assert_int_equal(lkr.mezzanine_mask[4], 0xffc3);
    assert_near(lkr.hit_threshold, 250, 0, 0);
    const struct na62_decoder_settings gtk = settings("GigaTracker");
    assert_int_equal(gtk.data_format, 2);
    assert_int_equal(gtk.timestamp_offset[1], 289);
    const struct na62_decoder_settings muv2 = settings("MUV2");
    assert_int_equal(muv2.slot_index[13], 0);
    assert_int_equal(muv2.crate_index[31], 0);
}

static void masked_channels(void **state)
{
    (void)state;
    uint32_t *id, n;
    const struct spw_text_table real = OPEN("MUV3/MUV3-MaskedChannelSettings.dat");
    assert_ok(na62_masked_channels_read(&id, &n, &arena, &real));
    assert_int_equal(n, 0);
    const struct spw_text_table two = TEXT("MaskedChannels= 3 200\nMaskedChannels= 7 -1\n");
    assert_ok(na62_masked_channels_read(&id, &n, &arena, &two));
    assert_int_equal(n, 3);
    assert_int_equal(id[2], 7);
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
        cmocka_unit_test(straw_alignment),          cmocka_unit_test(station_alignment),
        cmocka_unit_test(z_offset_and_xt),          cmocka_unit_test(gtk_offsets),
        cmocka_unit_test(rich_positions),           cmocka_unit_test(rich_mirrors),
        cmocka_unit_test(rich_mirror_map),          cmocka_unit_test(rich_mirror_corners),
        cmocka_unit_test(decoder_settings),         cmocka_unit_test(masked_channels),
        cmocka_unit_test(decoder_settings_of_some),
    };
    return cmocka_run_group_tests(tests, NULL, release);
}
