/* Hand-made cells: showers alone and side by side, dead and strange cells. */
#include "support/test.h"

#include "geometry/na62_geometry.h"
#include "io/raw.h"
#include "reco/calorimeter/showers.h"

#include <string.h>

enum { CELLS = 1 << 14 };

static const struct shower_density density = {SHOWER_GAUSSIANS,
                                              3,
                                              {0.66, 0.26, 0.08},
                                              {8.5, 22, 52},
                                              NA62_LKR_CELL_MM};

/// An event of hand-made cells and what finds showers in it.
struct bench {
    struct spw_arena arena;
    struct shower_finder finder;
    struct shower_work work;
    struct spw_cells cells;
    uint32_t slot[CELLS];
    double energy[128][128], time[128][128];
    bool seen[128][128];
};

static int setup(void **state)
{
    struct bench *b = calloc(1, sizeof *b);
    struct shower_constants *c = &b->finder.constants;
    *state = b;
    b->finder = (struct shower_finder){
        .kernels = SPW_PICK(shower_kernels, spw_isa_best()),
        .energy = {.scale = 1},
        .seed_above_MeV = 250,
        .wide_fraction = 0.15f,
        .wide_MeV = 300,
        .hole_mm = 185,
        .border_mm = 1090,
        .in_time_ns = 10,
        .max_showers = 128,
        .n_iterations = 4,
        .constants = {.threshold_MeV = 30,
                      .count_above_MeV = 20,
                      .dead_above_MeV = 300,
                      .variance_per_MeV = 2.5f,
                      .noise_MeV2 = 36,
                      .window_ns = 8,
                      .window_ns_MeV = 1000,
                      .time_ns2 = 0.09f,
                      .time_ns_MeV2 = 150 * 150},
    };
    assert_ok(shower_profile_build(&c->profile, &b->arena, &density));
    for (int k = 0; k < SHOWER_HALF; ++k)
        b->finder.rows_above_MeV[k] = c->count_above_MeV / c->profile.row_share[k + 1];
    c->readable = spw_arena_zeros(&b->arena, SHOWER_SLOTS, sizeof *c->readable);
    assert_non_null(c->readable);
    for (uint32_t ix = 0; ix < 128; ++ix)
        for (uint32_t iy = 0; iy < 128; ++iy) c->readable[shower_slot(ix, iy)] = 1.0f;
    assert_ok(showers_init(&b->work, &b->arena));
    assert_ok(spw_rows_init(&b->cells.rows, &spw_cells_table, &b->arena, 1, CELLS));
    return 0;
}

static int teardown(void **state)
{
    struct bench *b = *state;
    spw_arena_release(&b->arena);
    free(b);
    return 0;
}

static void clear(struct bench *b)
{
    memset(b->energy, 0, sizeof b->energy);
    memset(b->time, 0, sizeof b->time);
}

static double along(double centre_mm, double at_mm, double sigma_mm)
{
    const double half = NA62_LKR_CELL_MM / 2, scale = 1 / (sigma_mm * M_SQRT2);
    return (erf((centre_mm + half - at_mm) * scale) -
            erf((centre_mm - half - at_mm) * scale)) /
           2;
}

static double centre_mm(int index)
{
    return (index - 63.5) * NA62_LKR_CELL_MM;
}

/* The profile in closed form: products of error functions, summed to 1 over 13 x 13 cells. */
static void add_shower(struct bench *b, double x_mm, double y_mm, double e_MeV, double t_ns)
{
    const int ix = (int)floor(x_mm / NA62_LKR_CELL_MM + 64);
    const int iy = (int)floor(y_mm / NA62_LKR_CELL_MM + 64);
    double share[13][13] = {{0}}, sum = 0;
    for (int i = 0; i < 13; ++i)
        for (int k = 0; k < 13; ++k) {
            for (int p = 0; p < density.n_parts; ++p)
                share[i][k] += density.weight[p] *
                               along(centre_mm(ix + i - 6), x_mm, density.width_mm[p]) *
                               along(centre_mm(iy + k - 6), y_mm, density.width_mm[p]);
            sum += share[i][k];
        }
    for (int i = 0; i < 13; ++i)
        for (int k = 0; k < 13; ++k) {
            const int x = ix + i - 6, y = iy + k - 6;
            if (x < 0 || y < 0 || x > 127 || y > 127) continue;
            b->energy[x][y] += e_MeV * share[i][k] / sum;
            b->time[x][y] = t_ns;
        }
}

static void find(struct bench *b)
{
    b->finder.kernels->slots(b->cells.rows.count, b->cells.channel, b->slot);
    const struct shower_event event = {&b->cells, b->slot, 0, b->cells.rows.count, 5.0f};
    showers_find(&b->finder, &b->work, &event);
}

/* Reads out what is above the threshold, and finds the showers. */
static void read_and_find(struct bench *b)
{
    uint32_t n = 0;
    for (uint32_t ix = 0; ix < 128; ++ix)
        for (uint32_t iy = 0; iy < 128; ++iy) {
            const bool there = b->finder.constants.readable[shower_slot(ix, iy)] > 0;
            if (!there || b->energy[ix][iy] < 30) continue;
            b->cells.channel[n] = 1000 * ix + iy;
            b->cells.energy_MeV[n] = (float)b->energy[ix][iy];
            b->cells.time_ns[n] = (float)b->time[ix][iy];
            b->cells.quality[n++] = 0;
        }
    b->cells.rows.count = n;
    find(b);
}

static void the_profile_is_the_closed_form(void **state)
{
    struct bench *b = *state;
    const struct shower_profile *profile = &b->finder.constants.profile;
    for (int py = 0; py < SHOWER_PHASES; py += 5)
        for (int px = 0; px < SHOWER_PHASES; px += 5) {
            double x = (px - SHOWER_REACH) * NA62_LKR_CELL_MM / SHOWER_STEPS, sum = 0;
            double y = (py - SHOWER_REACH) * NA62_LKR_CELL_MM / SHOWER_STEPS, norm = 0;
            for (int p = 0; p < 3; ++p) {
                const double sigma = density.width_mm[p], half = 6.5 * NA62_LKR_CELL_MM;
                norm += density.weight[p] *
                        (erf((half - x) / sigma / M_SQRT2) +
                         erf((half + x) / sigma / M_SQRT2)) *
                        (erf((half - y) / sigma / M_SQRT2) +
                         erf((half + y) / sigma / M_SQRT2)) /
                        4;
            }
            for (int row = 0; row < SHOWER_SIDE; ++row)
                for (int lane = 0; lane < SHOWER_LANES; ++lane) {
                    double share = 0;
                    for (int p = 0; p < 3 && lane < SHOWER_SIDE; ++p)
                        share += density.weight[p] *
                                 along((lane - SHOWER_HALF) * NA62_LKR_CELL_MM, x,
                                       density.width_mm[p]) *
                                 along((row - SHOWER_HALF) * NA62_LKR_CELL_MM, y,
                                       density.width_mm[p]);
                    const double table =
                        (double)profile->share[SHOWER_PHASES * py + px][row][lane];
                    assert_near(table, share / norm, 2e-4, 0);
                    sum += table;
                }
            assert_near(sum, 1, 1e-4, 0);
        }
}

static void the_s_shape_is_inverted(void **state)
{
    struct bench *b = *state;
    const struct shower_profile *profile = &b->finder.constants.profile;
    for (int p = 0; p < SHOWER_PHASES; ++p)
        assert_near(shower_position(profile, profile->gravity[p]),
                    (double)(p - SHOWER_REACH) / SHOWER_STEPS, 0.01, 0);
    assert_near(shower_position(profile, 1), 0.625, 1e-6, 0);
    assert_near(shower_position(profile, -1), -0.625, 1e-6, 0);
    for (int p = 1; p < SHOWER_PHASES; ++p)
        assert_true(profile->gravity[p] > profile->gravity[p - 1]);
}

static void single_showers_are_measured(void **state)
{
    struct bench *b = *state;
    uint64_t seed = test_seed();
    for (int i = 0; i < 200; ++i) {
        const double x = -900 + 1800 * (double)(test_random(&seed) % 1000) / 1000;
        const double y = -700 + 500 * (double)(test_random(&seed) % 1000) / 1000;
        const double e = 2000 + 300 * (double)(i);
        clear(b);
        add_shower(b, x, y, e, 7.5);
        read_and_find(b);
        assert_int_equal(b->work.n_results, 1);
        const struct shower_result *r = &b->work.result[0];
        assert_near(r->energy_MeV, e, 70, 0.001);
        assert_near(r->x_mm, x, 0.4, 0);
        assert_near(r->y_mm, y, 0.4, 0);
        assert_near(r->time_ns, 7.5, 1e-4, 0);
        assert_int_equal(r->quality, 0);
        assert_near(x, centre_mm((int)(r->seed_channel / 1000)), NA62_LKR_CELL_MM / 2 + 0.1,
                    0);
        assert_near(y, centre_mm((int)(r->seed_channel % 1000)), NA62_LKR_CELL_MM / 2 + 0.1,
                    0);
        assert_true(r->raw_MeV < r->energy_MeV && r->raw_MeV > 0.75f * r->energy_MeV);
    }
}

static void neighbours_share_their_cells(void **state)
{
    struct bench *b = *state;
    uint64_t seed = test_seed();
    for (int i = 0; i < 100; ++i) {
        const double angle = 0.0628 * i, x = 400 + (double)(test_random(&seed) % 20),
                     y = 333;
        const double e[2] = {12000, 4000 + 50 * i};
        clear(b);
        add_shower(b, x, y, e[0], 5);
        add_shower(b, x + 80 * cos(angle), y + 80 * sin(angle), e[1], 5);
        read_and_find(b);
        assert_int_equal(b->work.n_results, 2);
        const struct shower_result *r = b->work.result;
        assert_near(r[0].energy_MeV, e[0], 0, 0.01);
        assert_near(r[1].energy_MeV, e[1], 0, 0.01);
        assert_near(r[0].x_mm, x, 0.4, 0);
        assert_near(r[1].x_mm, x + 80 * cos(angle), 0.8, 0);
        assert_near(r[1].y_mm, y + 80 * sin(angle), 0.8, 0);
        assert_int_equal(r[0].quality, SPW_CLUSTER_SHARED);
        assert_int_equal(r[1].quality, SPW_CLUSTER_SHARED);
    }
}

/* Without the cell that would have been beside the seed, or without the seed itself. */
static void dead_cells_are_estimated(void **state)
{
    struct bench *b = *state;
    for (uint32_t dead = 80; dead <= 81; ++dead) {
        float *readable = &b->finder.constants.readable[shower_slot(dead, 80)];
        clear(b);
        add_shower(b, centre_mm(80) + 4, centre_mm(80) - 3, 20000, 5);
        *readable = 0.0f;
        read_and_find(b);
        assert_true(b->work.n_results >= 1);
        const struct shower_result *r = &b->work.result[0];
        assert_near(r->energy_MeV, 20000, 0, 0.02);
        assert_near(r->x_mm, centre_mm(80) + 4, 1.5, 0);
        assert_near(r->y_mm, centre_mm(80) - 3, 1.5, 0);
        assert_true(r->quality & SPW_CLUSTER_DEAD_CELL);
        *readable = 1.0f;
        b->energy[dead][80] = 0; /* dead without anybody knowing */
        read_and_find(b);
        assert_true(b->work.result[0].quality & SPW_CLUSTER_DEAD_CELL);
        if (dead == 81) assert_near(b->work.result[0].energy_MeV, 20000, 0, 0.02);
    }
}

static void cells_of_another_time_are_estimated(void **state)
{
    struct bench *b = *state;
    clear(b);
    add_shower(b, centre_mm(80), centre_mm(80), 20000, 5);
    b->energy[81][80] += 1500;
    b->time[81][80] = 40;
    read_and_find(b);
    assert_int_equal(b->work.n_results, 1);
    assert_near(b->work.result[0].energy_MeV, 20000, 0, 0.005);
    assert_near(b->work.result[0].time_ns, 5, 1e-4, 0);
    assert_int_equal(b->work.result[0].quality, SPW_CLUSTER_OVERLAP);
    clear(b);
    add_shower(b, centre_mm(80), centre_mm(80), 20000, 30);
    read_and_find(b);
    assert_int_equal(b->work.result[0].quality, SPW_CLUSTER_OUT_OF_TIME);
}

static void places_and_kinds_are_flagged(void **state)
{
    struct bench *b = *state;
    clear(b);
    add_shower(b, 150, 0, 5000, 5);
    add_shower(b, 780, -780, 6000, 5);
    b->energy[30][64] = 500; /* a muon */
    b->time[30][64] = 5;
    read_and_find(b);
    assert_int_equal(b->work.n_results, 3);
    assert_int_equal(b->work.result[0].quality, SPW_CLUSTER_NEAR_BORDER);
    assert_int_equal(b->work.result[1].quality, SPW_CLUSTER_NEAR_HOLE);
    assert_int_equal(b->work.result[2].quality, SPW_CLUSTER_ONE_CELL);
    assert_near(b->work.result[2].energy_MeV, 500, 0.1, 0);
    assert_int_equal(b->work.result[2].n_cells, 1);
    b->cells.rows.count = 1;
    b->cells.quality[0] = SPW_SATURATED;
    b->cells.energy_MeV[0] = 57000;
    find(b);
    assert_true(b->work.result[0].quality & SPW_CLUSTER_SATURATED);
}

static void check_finite(const struct bench *b)
{
    for (uint32_t i = 0; i < b->work.n_results; ++i) {
        const struct shower_result *r = &b->work.result[i];
        assert_true(isfinite(r->x_mm) && isfinite(r->y_mm) && isfinite(r->time_ns));
        assert_true(isfinite(r->energy_MeV) && isfinite(r->raw_MeV));
        assert_true(i == 0 || r->energy_MeV <= r[-1].energy_MeV);
    }
}

static void strange_events_pass(void **state)
{
    struct bench *b = *state;
    const float odd[] = {NAN, INFINITY, -INFINITY, -5.0f, 0.0f, 3e38f, 1e-38f, 400.0f};
    const uint32_t channel[] = {0,     127127, 127000,      64064,
                                64065, 999999, 4000000000u, 128001};
    uint64_t seed = test_seed();
    b->cells.rows.count = 0;
    find(b);
    assert_int_equal(b->work.n_results, 0);
    for (int round = 0; round < 2000; ++round) {
        const uint32_t n = 1 + (uint32_t)(test_random(&seed) % 60);
        for (uint32_t i = 0; i < n; ++i) {
            const uint64_t x = test_random(&seed);
            const uint32_t near = (uint32_t)(1000 * (60 + x / 16 % 8) + 60 + x / 128 % 8);
            b->cells.channel[i] = x & 8 ? channel[x % 8] : near;
            b->cells.energy_MeV[i] =
                x & 1024 ? odd[x / 2048 % 8] : (float)(x / 2048 % 5000);
            b->cells.time_ns[i] = x >> 60 ? (float)(x >> 58) : odd[x >> 40 & 7];
            b->cells.quality[i] = 0;
        }
        b->cells.rows.count = n;
        find(b);
        check_finite(b);
    }
    for (uint32_t s = 0; s < SHOWER_SLOTS; ++s) {
        assert_true(b->work.map.energy_MeV[s] == 0.0f); /* clean again */
        assert_true(b->work.map.expected_MeV[s] == 0.0f);
    }
}

static void all_cells_fired_are_bounded(void **state)
{
    struct bench *b = *state;
    uint64_t seed = test_seed();
    for (int equal = 0; equal < 2; ++equal) {
        for (uint32_t i = 0; i < CELLS; ++i) {
            b->cells.channel[i] = 1000 * (i / 128) + i % 128;
            b->cells.energy_MeV[i] =
                equal ? 2000.0f : 300.0f + (float)(test_random(&seed) % 9000);
            b->cells.time_ns[i] = 5.0f;
            b->cells.quality[i] = 0;
        }
        b->cells.rows.count = CELLS;
        find(b);
        check_finite(b);
        assert_true(b->work.n_results <= 128);
        if (!equal) assert_true(b->work.n_seeds > 1000 && b->work.n_results == 128);
        if (equal) assert_int_equal(b->work.n_results, 1);
    }
}

static void instruction_sets_agree(void **state)
{
    struct bench *b = *state;
    uint64_t seed = test_seed();
    for (int round = 0; round < 50; ++round) {
        struct shower_result first[SHOWER_MAX];
        uint32_t n = 0;
        clear(b);
        for (int i = 0; i < 12; ++i)
            add_shower(b, (double)(test_random(&seed) % 600),
                       (double)(test_random(&seed) % 600),
                       500 + (double)(test_random(&seed) % 20000),
                       (double)(test_random(&seed) % 10));
        for (enum spw_isa isa = SPW_ISA_V2; isa <= spw_isa_best(); ++isa) {
            b->finder.kernels = SPW_PICK(shower_kernels, isa);
            read_and_find(b);
            if (isa == SPW_ISA_V2) {
                n = b->work.n_results;
                assert_true(n > 5);
                memcpy(first, b->work.result, sizeof *first * n);
            }
            assert_int_equal(b->work.n_results, n);
            assert_memory_equal(first, b->work.result, sizeof *first * n);
        }
    }
}

/* The experiment's chain by hand: 10 GeV of cells at r = 500 mm, and a small one at 150 mm. */
static void the_experiments_chain_is_applied(void **state)
{
    (void)state;
    const double e = 10.731 / (0.7666 + 0.0573489 * log(10.731));
    const double f = e * 0.99 / (0.94 + 0.0037 * e - 9.4e-5 * e * e + 8.9e-7 * e * e * e);
    const double g = (f * 1000 + 15) / 15015 * 15000;
    assert_near(shower_energy_of_data(10000, 30, 500), g * 1.03, 0, 1e-6);
    const double low = 1073.1 * 0.99 / (0.94 + 0.0222 - 9.4e-5 * 36 + 8.9e-7 * 216);
    const double hole =
        0.9999 / (0.97249 + 0.00014692 * 150) * (1 - (0.0042 - 3.7e-5 * 150));
    assert_near(shower_energy_of_data(1000, 4, 150),
                (low + 15) / 15015 * 15000 * 1.03 * hole, 0, 1e-6);
    assert_true(isfinite(shower_energy_of_data(0, 30, 0)));
    /* steps of the piecewise formulae are small */
    for (float at = 2000; at < 80000; at += 100)
        assert_near(shower_energy_of_data(at + 1, 30, 500) -
                        shower_energy_of_data(at, 30, 500),
                    1, 35, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_profile_is_the_closed_form),
        cmocka_unit_test(the_s_shape_is_inverted),
        cmocka_unit_test(single_showers_are_measured),
        cmocka_unit_test(neighbours_share_their_cells),
        cmocka_unit_test(dead_cells_are_estimated),
        cmocka_unit_test(cells_of_another_time_are_estimated),
        cmocka_unit_test(places_and_kinds_are_flagged),
        cmocka_unit_test(strange_events_pass),
        cmocka_unit_test(all_cells_fired_are_bounded),
        cmocka_unit_test(instruction_sets_agree),
        cmocka_unit_test(the_experiments_chain_is_applied),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
