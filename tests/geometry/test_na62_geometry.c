/* Positions: counts of straws and tiles, look-ups and their inverses, the RICH's real positions. */
#include "geometry/na62_geometry.h"

#include "geometry/nominal.h"
#include "io/na62/constants.h"
#include "support/test.h"

static void has_112_straws_in_a_plane(void **state)
{
    (void)state;
    uint32_t all = 0;
    for (uint32_t plane = 0; plane < 64; ++plane) {
        uint32_t n = 0;
        for (uint32_t s = 0; s < NA62_STRAW_POSITIONS; ++s)
            if (na62_straw_wire(plane * NA62_STRAW_POSITIONS + s).exists) ++n;
        assert_in_range(n, 109, 114);
        all += n;
    }
    assert_in_range(all, 7100, 7250);
}

static void keeps_straws_of_a_plane_apart(void **state)
{
    (void)state;
    const struct na62_wire a = na62_straw_wire(122 * 21 + 5),
                           b = na62_straw_wire(122 * 21 + 6);
    assert_int_equal(a.chamber, 1);
    assert_int_equal(a.view, 1);
    assert_int_equal(a.plane, 1);
    assert_near(b.w_mm - a.w_mm, 17.6, 1e-9, 0);
    assert_near(a.z_mm, 194066.0 - 116.5 - 7.5, 1e-9, 0);
    assert_near(a.w_mm, -1071.4 + 5 * 17.6, 1e-9, 0);
}

static void finds_every_photomultiplier_at_its_place(void **state)
{
    (void)state;
    struct spw_arena arena = {0};
    struct spw_channel_map map;
    uint32_t n = 0;
    assert_ok(spw_nominal_channel_map(&map, &arena, "rich"));
    for (uint32_t i = 0; i < map.n_channels; ++i) {
        const uint32_t id = map.id[i];
        if (id / 10 % 10 == 1) continue;
        const struct na62_position at = na62_rich_pm(id);
        uint32_t found;
        assert_true(na62_rich_find(id / 100000, at.x_mm + 3, at.y_mm - 4, &found));
        assert_int_equal(found, id);
        ++n;
    }
    assert_int_equal(n, 1952);
    assert_false(na62_rich_find(0, 500, 0, &n));
    spw_arena_release(&arena);
}

static void agrees_with_the_experiments_positions(void **state)
{
    (void)state;
    const char *path = test_shared_path(
        "data/na62/na62-trigger-algorithms/l1/rich_algorithm/config/RICH.2017.conf");
    struct spw_arena arena = {0};
    struct spw_text_table table;
    struct na62_rich_positions *real;
    real = spw_arena_zeros(&arena, 1, sizeof *real);
    assert_ok(spw_text_table_open(&table, &arena, path));
    assert_ok(na62_rich_positions_read(real, &table));
    for (uint32_t i = 0; i < NA62_RICH_PMS; ++i) {
        const uint32_t id = i / 488 * 10000 + i % 488 / 8 * 100 + i % 8;
        const struct na62_position at = na62_rich_pm(id);
        assert_near(at.x_mm, (double)real->pm_x_mm[i], 0.02, 0);
        assert_near(at.y_mm, (double)real->pm_y_mm[i], 0.02, 0);
    }
    spw_arena_release(&arena);
}

static void tiles_cover_the_planes(void **state)
{
    (void)state;
    uint32_t n = 0;
    for (uint32_t id = 0; id < NA62_MUV3_TILES; ++id)
        if (!isnan(na62_muv3_tile(id).x_mm)) ++n;
    assert_int_equal(n, 148);
    for (uint32_t tile = 1; tile <= NA62_NEWCHOD_TILES; ++tile)
        for (uint32_t quadrant = 1; quadrant <= 4; ++quadrant) {
            const struct na62_position a = na62_newchod_tile(100 * quadrant + tile);
            const struct na62_position b = na62_newchod_tile(100 * quadrant + tile + 50);
            assert_true(fabs(a.x_mm) < 1100);
            assert_near(a.x_mm, b.x_mm, 0, 0);
            assert_near(a.y_mm, b.y_mm, 0, 0);
            assert_true(a.x_mm > 0 ? quadrant <= 2 : quadrant > 2);
            assert_true((a.y_mm > 0) ? quadrant == 1 || quadrant == 4
                                     : quadrant == 2 || quadrant == 3);
        }
}

/* 64 slabs a plane, next to each other from the beam to the edge in every quadrant. */
static void slabs_stand_side_by_side(void **state)
{
    (void)state;
    for (uint32_t first = 0; first < 128; first += 16) {
        double covered = 0;
        for (uint32_t id = first; id < first + 16; ++id) {
            const struct na62_slab slab = na62_chod_slab(&na62_chod_nominal, id);
            covered += 2 * slab.half_width_mm;
            assert_true(fabs(slab.centre_mm) > 30 && fabs(slab.centre_mm) < 1200);
            assert_near(fabs(slab.pm_mm), 1210.5, 0, 0);
        }
        assert_near(covered, 1210, 0.5, 0);
    }
}

static void cells_and_pixels_keep_their_pitch(void **state)
{
    (void)state;
    const struct na62_position a = na62_lkr_cell(64063), b = na62_lkr_cell(65063);
    assert_near(a.x_mm, 0.5 * 19.7383881, 1e-9, 0);
    assert_near(b.x_mm - a.x_mm, 19.7383881, 1e-9, 0);
    assert_near(a.y_mm, -0.5 * 19.7383881, 1e-9, 0);
    assert_false(na62_lkr_cell_exists(64063));
    assert_true(na62_lkr_cell_exists(90063));

    double last = -1000;
    for (uint32_t column = 0; column < NA62_GTK_COLUMNS; ++column) {
        const double x = na62_gtk_pixel(column).x_mm;
        if (column) assert_in_range((int)(1000 * (x - last) + 0.5), 300, 400);
        last = x;
    }
    assert_near(na62_gtk_pixel(0).x_mm, -30.25, 1e-9, 0);
    assert_near(na62_gtk_pixel(199).x_mm, 30.25, 1e-9, 0);
    assert_near(na62_gtk_pixel(18000 + 200 * 45).y_mm, 0.15, 1e-9, 0);
    assert_near(na62_gtk_pixel(18000).z_mm, 92800, 0, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(has_112_straws_in_a_plane),
        cmocka_unit_test(keeps_straws_of_a_plane_apart),
        cmocka_unit_test(finds_every_photomultiplier_at_its_place),
        cmocka_unit_test(agrees_with_the_experiments_positions),
        cmocka_unit_test(tiles_cover_the_planes),
        cmocka_unit_test(slabs_stand_side_by_side),
        cmocka_unit_test(cells_and_pixels_keep_their_pitch),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
