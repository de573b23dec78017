/* Hand-made strips: groups, crossings, strange events. */
#include "support/test.h"

#include "reco/calorimeter/strips.h"

enum { ROWS = 512 };

/// An event of hand-made channels.
struct bench {
    struct spw_arena arena;
    struct shower_work work;
    struct spw_cells cells;
    uint32_t slot[ROWS];
};

static int setup(void **state)
{
    struct bench *b = calloc(1, sizeof *b);
    *state = b;
    assert_ok(showers_init(&b->work, &b->arena));
    assert_ok(spw_rows_init(&b->cells.rows, &spw_cells_table, &b->arena, 1, ROWS));
    return 0;
}

static int teardown(void **state)
{
    struct bench *b = *state;
    spw_arena_release(&b->arena);
    free(b);
    return 0;
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

struct end {
    uint32_t id;
    float energy_MeV, time_ns;
};

static void find_strips(struct bench *b, const struct end *end, uint32_t n)
{
    const struct strip_finder finder = {44, 50.0f, 150, 15, 10, 1};
    for (uint32_t i = 0; i < n; ++i) {
        b->cells.channel[i] = end[i].id;
        b->cells.energy_MeV[i] = end[i].energy_MeV;
        b->cells.time_ns[i] = end[i].time_ns;
        b->cells.quality[i] = 0;
    }
    b->cells.rows.count = n;
    strips_find(&finder, &b->work, &(struct shower_event){&b->cells, b->slot, 0, n, 5.0f});
    check_finite(b);
}

static void strips_cross(void **state)
{
    struct bench *b = *state;
    /* a muon: vertical strip 31 and horizontal strip 12, both ends each */
    const struct end muon[] = {{131, 250, 5}, {231, 250, 6}, {162, 240, 4}, {262, 260, 5}};
    find_strips(b, muon, 4);
    assert_int_equal(b->work.n_results, 1);
    assert_near(b->work.result[0].x_mm, 30.5 * 50 - 1100, 1e-3, 0);
    assert_near(b->work.result[0].y_mm, 11.5 * 50 - 1100, 1e-3, 0);
    assert_near(b->work.result[0].energy_MeV, 1000, 1e-3, 0);
    assert_near(b->work.result[0].time_ns, 5, 0.05, 0);
    assert_int_equal(b->work.result[0].n_cells, 2);
    assert_int_equal(b->work.result[0].quality, 0);
    find_strips(b, muon, 2); /* one orientation is no place */
    assert_int_equal(b->work.n_results, 0);
    find_strips(b, muon, 0);
    assert_int_equal(b->work.n_results, 0);

    /* two showers: energies say which crossings are real; one end is missing */
    const struct end two[] = {{110, 900, 5},  {210, 900, 5},  {111, 300, 5},
                              {211, 300, 5},  {130, 3000, 5}, {230, 3000, 5},
                              {170, 5500, 5}, {190, 1150, 5}, {290, 1150, 5}};
    find_strips(b, two, 9);
    assert_int_equal(b->work.n_results, 2);
    assert_near(b->work.result[0].x_mm, 29.5 * 50 - 1100, 1e-2, 0);
    assert_near(b->work.result[0].y_mm, 19.5 * 50 - 1100, 1e-2, 0);
    assert_near(b->work.result[1].x_mm, 9.75 * 50 - 1100, 1e-2, 0);
    assert_near(b->work.result[1].energy_MeV, 2400 + 2300, 1e-1, 0);

    /* two particles in the same vertical strip share it */
    const struct end shared[] = {{110, 1500, 5}, {160, 500, 5}, {180, 1000, 5}};
    find_strips(b, shared, 3);
    assert_int_equal(b->work.n_results, 2);
    assert_near(b->work.result[0].energy_MeV, 2000, 1e-1, 0);
    assert_near(b->work.result[1].energy_MeV, 1000, 1e-1, 0);
    assert_true(b->work.result[0].quality & SPW_CLUSTER_SHARED);

    /* a larger strip of another time beside it hides nothing */
    const struct end beside[] = {
        {110, 250, 5}, {111, 400, 60}, {160, 250, 5}, {159, 420, 60}};
    find_strips(b, beside, 4);
    assert_int_equal(b->work.n_results, 2);

    /* another time is another particle */
    const struct end apart[] = {{110, 500, 5}, {160, 500, 45}};
    find_strips(b, apart, 2);
    assert_int_equal(b->work.n_results, 0);
}

static void strange_strips_pass(void **state)
{
    struct bench *b = *state;
    const float odd[] = {NAN, INFINITY, -INFINITY, -5.0f, 0.0f, 3e38f, 1e-38f, 400.0f};
    uint64_t seed = test_seed();
    for (int round = 0; round < 2000; ++round) {
        struct end end[300];
        const uint32_t n = (uint32_t)(test_random(&seed) % 300);
        for (uint32_t i = 0; i < n; ++i) {
            const uint64_t x = test_random(&seed);
            end[i] = (struct end){(uint32_t)(x % 320),
                                  x & 1024 ? odd[x / 2048 % 8] : (float)(x / 2048 % 900),
                                  x & 65536 ? odd[x >> 40 & 7] : (float)(x >> 58)};
        }
        find_strips(b, end, n);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(strips_cross),
        cmocka_unit_test(strange_strips_pass),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
