/* Times, slewing corrections and drift radii against their formulae in double; all instruction
   sets bit for bit. */
#include "support/test.h"

#include "io/raw.h"
#include "reco/calibrate/slewing.h"

#include <string.h>

enum { N = 1000 };

static const struct spw_calibrate_kernels *kernels(enum spw_isa isa)
{
    return SPW_PICK(spw_calibrate_kernels, isa);
}

static double uniform(uint64_t *seed, double low, double high)
{
    return low + (high - low) * (double)(test_random(seed) >> 11) * 0x1p-53;
}

static struct spw_text_table text(struct spw_arena *arena, const char *content)
{
    struct spw_text_table table;
    assert_ok(spw_text_table_parse(
        &table, arena, "test",
        (struct spw_bytes){(const uint8_t *)content, strlen(content)}));
    return table;
}

/* Straws at -6400 ns keep 1 ps although times are floats. */
static void times_are_precise(void **state)
{
    (void)state;
    uint64_t seed = test_seed();
    const double lsb = 24.951059536 / 32, t0 = -6405.3321;
    const int32_t origin = (int32_t)lround(t0 / lsb);
    int32_t ticks[N], width[N];
    uint32_t event[N], address[N], index[N], id[3] = {70, 80, 90}, channel[3][N];
    float rest[N], time[3][N], time_width[3][N];
    const float shift[4] = {0.0f, 11.3f, 24.9f, -3.2f};
    for (int i = 0; i < N; ++i) {
        ticks[i] = origin + (int32_t)(test_random(&seed) % 512) - 128;
        width[i] = (int32_t)(test_random(&seed) % 300);
        event[i] = (uint32_t)(test_random(&seed) % 4);
        address[i] = (uint32_t)(N - 1 - i);
        index[i] = address[i] % 3;
        rest[address[i]] = (float)(t0 + 0.01 * i - origin * lsb);
    }
    const struct spw_hit_constants constants = {{origin, (float)lsb}, rest, id, shift};
    const struct spw_pairs pairs = {
        .address = address, .event = event, .ticks = ticks, .width_ticks = width};
    for (int isa = 0; isa <= (int)spw_isa_best(); ++isa) {
        const struct spw_hits hits = {.index = index,
                                      .channel = channel[isa],
                                      .time_ns = time[isa],
                                      .width_ns = time_width[isa]};
        kernels((enum spw_isa)isa)->times(N, &constants, &pairs, &hits);
    }
    for (int i = 0; i < N; ++i) {
        assert_int_equal(channel[0][i], id[index[i]]);
        assert_near(time[0][i], ticks[i] * lsb - t0 - 0.01 * i - (double)shift[event[i]],
                    1e-3, 0);
        assert_near(time_width[0][i], width[i] * lsb, 1e-4, 0);
    }
    for (int isa = 1; isa <= (int)spw_isa_best(); ++isa) {
        assert_memory_equal(channel[isa], channel[0], sizeof *channel);
        assert_memory_equal(time[isa], time[0], sizeof *time);
        assert_memory_equal(time_width[isa], time_width[0], sizeof *time_width);
    }
}

/* Addresses are found, and whether all are there; whatever the length of the rest. */
static void addresses(void **state)
{
    (void)state;
    int32_t table[N];
    uint32_t address[N], index[N];
    for (int i = 0; i < N; ++i) table[i] = i ? 7 * i : -2;
    for (int i = 0; i < N; ++i) address[i] = (uint32_t)(N - 1 - i);
    for (int isa = 0; isa <= (int)spw_isa_best(); ++isa)
        for (uint32_t n = N - 20; n <= N; ++n) {
            assert_int_equal(kernels((enum spw_isa)isa)->look_up(n, table, address, index),
                             n < N);
            for (uint32_t i = 0; i < n; ++i)
                assert_int_equal((int32_t)index[i], table[address[i]]);
        }
}

enum { N_TIMES = 12 };

static uint32_t naive_bin(double x, double lower, double upper, uint32_t n_bins)
{
    const double place = (x - lower) / (upper - lower) * n_bins;
    return place >= 0 ? (uint32_t)fmin(place + 1, n_bins + 1) : 0;
}

/* Bins of every hit against their definition: flow bins, missing edges, groups and boards. */
static void histogram_places(void **state)
{
    (void)state;
    uint64_t seed = test_seed();
    const struct spw_hit_axes axes = {
        -25, 0.2f, 11, 0, 0.5f, 21, 1.0f / 3, 1.0f / 7, N_TIMES, {9000, 9001, 9002, 9003}};
    const float origin[3] = {0, 4.5f, -40};
    uint32_t address[N], event[N], index[N], place[4][N];
    uint32_t *const to[4] = {place[0], place[1], place[2], place[3]};
    float time[N], width[N];
    uint8_t quality[N];
    for (uint32_t i = 0; i < N; ++i) {
        address[i] = i ? (uint32_t)(test_random(&seed) >> 42) : (1 << 22) - 1;
        index[i] = (uint32_t)(test_random(&seed) % 999);
        event[i] = (uint32_t)(test_random(&seed) % 3);
        time[i] = (float)(int)(test_random(&seed) % 200) - 100.25f; /* in no border */
        width[i] = (float)(int)(test_random(&seed) % 100) - 50.25f;
        quality[i] = (uint8_t)test_random(&seed);
    }
    const struct spw_pairs pairs = {.address = address, .event = event};
    const struct spw_hits hits = {
        .index = index, .time_ns = time, .width_ns = width, .quality = quality};
    for (int isa = 0; isa <= (int)spw_isa_best(); ++isa) {
        kernels((enum spw_isa)isa)->places(5, N, &axes, &pairs, &hits, origin, to);
        for (uint32_t i = 5; i < N; ++i) {
            const uint32_t t = naive_bin((double)(time[i] - origin[event[i]]), -25, 25, 10);
            const uint32_t w = naive_bin((double)width[i], 0, 40, 20);
            const bool leading = !(quality[i] & SPW_NO_LEADING);
            const bool both = leading && !(quality[i] & SPW_NO_TRAILING);
            assert_int_equal(place[HIT_OCCUPANCY][i - 5], index[i] + 1);
            assert_int_equal(place[HIT_TIME_BY_CHANNEL][i - 5],
                             leading ? (index[i] / 3 + 1) * N_TIMES + t : 9001);
            assert_int_equal(place[HIT_TIME_BY_BOARD][i - 5],
                             leading ? (address[i] / 7 + 1) * N_TIMES + t : 9002);
            assert_int_equal(place[HIT_TIME_BY_WIDTH][i - 5],
                             both ? w * N_TIMES + t : 9003);
        }
        uint32_t again[2][N];
        uint32_t *const some[4] = {NULL, again[0], NULL, again[1]};
        kernels((enum spw_isa)isa)->places(5, N, &axes, &pairs, &hits, origin, some);
        assert_memory_equal(again[0], place[HIT_TIME_BY_CHANNEL], sizeof *place - 20);
        assert_memory_equal(again[1], place[HIT_TIME_BY_WIDTH], sizeof *place - 20);
    }
}

static double root_relation(double t_ns)
{
    const double t = 1e-3 * t_ns, d = t - 0.00807073;
    const double q = 763.831 * d - 58.9754 * d * d;
    return fmin(fmax(-2.29722 + sqrt(fabs(q)) - 22.5652 * t, 0.0), 4.9);
}

static void radii(void **state)
{
    (void)state;
    const float table[] = {0.0f, 1.0f, 3.0f, 4.0f};
    const struct spw_rt rt[3] = {
        {.p = {-2.29722f, 763.831f, 0.00807073f, 22.5652f, -58.9754f}, .max_mm = 4.9f},
        {.p = {13.9f, 3.4603f}, .max_mm = 4.875f},
        {.max_mm = 4.9f, .table_mm = table, .step_ns = 10.0f, .n_steps = 3.0f},
    };
    float time[N], radius[3][N];
    for (int i = 0; i < N; ++i) time[i] = (float)i * 0.25f - 30.0f;
    for (int kind = 0; kind < 3; ++kind) {
        for (int isa = 0; isa <= (int)spw_isa_best(); ++isa) {
            kernels((enum spw_isa)isa)->radius[kind](N, &rt[kind], time, radius[isa]);
            assert_memory_equal(radius[isa], radius[0], sizeof *radius);
        }
        for (int i = 0; i < N; ++i) {
            const double r = (double)radius[0][i], t = (double)time[i];
            if (kind == SPW_RT_ROOT) assert_near(r, root_relation(t), 1e-4, 0);
            if (kind == SPW_RT_QUADRATIC && t > 0 && r < 4.874)
                assert_near(13.9 * r + 3.4603 * r * r, t, 1e-4, 1e-6);
        }
        assert_true(radius[0][0] >= 0.0f);
    }
    assert_near(radius[0][(int)(45.0 / 0.25)], 2.0, 1e-5, 0); /* table at 15 ns */
    assert_near(radius[0][N - 1], 4.0, 1e-6, 0);
}

/* One event of hits on a map of dense channels. */
struct fixture {
    struct spw_arena arena;
    struct spw_channel_map map;
    struct spw_hits hits;
    struct hit_slewing slewing;
};

static void setup(struct fixture *f, const int32_t *ids, uint32_t n_ids, uint32_t n_hits)
{
    *f = (struct fixture){0};
    assert_ok(spw_channel_map_build(&f->map, &f->arena, ids, n_ids));
    assert_ok(spw_rows_init(&f->hits.rows, &spw_hits_table, &f->arena, 1, n_hits));
    f->hits.rows.count = f->hits.rows.first[1] = n_hits;
}

static void set_hit(struct fixture *f, uint32_t row, uint32_t id, float time, float width)
{
    f->hits.channel[row] = id;
    f->hits.index[row] = (uint32_t)spw_channel_map_index(&f->map, id);
    f->hits.time_ns[row] = time;
    f->hits.width_ns[row] = width;
    f->hits.quality[row] = width > 0 ? 0 : SPW_NO_TRAILING;
}

static void
slew(struct fixture *f, enum slewing_kind kind, const char *constants, bool continuous)
{
    struct spw_text_table table = {0};
    if (constants) table = text(&f->arena, constants);
    f->slewing = (struct hit_slewing){.kind = kind};
    assert_ok(slewing_prepare(&f->slewing, &f->arena, &f->map, &table, continuous));
    assert_ok(slewing_apply(&f->slewing, kernels(spw_isa_best()), &f->hits, 1, &f->arena));
}

static void ktag_is_linear_between_limits(void **state)
{
    (void)state;
    const float width[] = {5, 10, 12, 16, 30, 0};
    const double correction[] = {1.4565, 1.4565, 1.4565 + 2 * (0.1493 - 1.4565) / 6,
                                 0.1493, 0.1493, 0};
    int32_t ids[16];
    memset(ids, -1, sizeof ids);
    ids[8] = 166;
    struct fixture f;
    setup(&f, ids, 16, 6);
    for (uint32_t i = 0; i < 6; ++i) set_hit(&f, i, 166, 3.0f, width[i]);
    slew(&f, SLEWING_KTAG, "MinWidth 10\nMaxWidth 16\nSlewingCorr 0008 1.4565 0.1493\n",
         true);
    for (int i = 0; i < 6; ++i)
        assert_near(f.hits.time_ns[i], 3.0 - correction[i], 1e-5, 0);
    spw_arena_release(&f.arena);
}

/* Inside (W - middle) slope; outside the constants of the file (the experiment's jump), or the
   formula's own values at the ends. */
static void rich_jumps_only_when_told(void **state)
{
    (void)state;
    const float width[] = {10, 14, 15, 16, 25};
    const double slope = (-0.3 - 0.2) / 4;
    const double jump[] = {0.2, -slope, 0, slope, -0.3};
    const double even[] = {-2 * slope, -slope, 0, slope, 2 * slope};
    int32_t ids[8];
    memset(ids, -1, sizeof ids);
    ids[2] = 5; /* disk 0, up, supercell 0, PM 5: sequential number 5 */
    for (int continuous = 0; continuous < 2; ++continuous) {
        struct fixture f;
        setup(&f, ids, 8, 5);
        for (uint32_t i = 0; i < 5; ++i) set_hit(&f, i, 5, 0.0f, width[i]);
        slew(&f, SLEWING_RICH, "4 9 10 9 9\n5 13 17 0.2 -0.3\n", continuous);
        for (int i = 0; i < 5; ++i)
            assert_near(f.hits.time_ns[i], -(continuous ? even : jump)[i], 1e-5, 0);
        spw_arena_release(&f.arena);
    }
}

static void chanti_is_exponential(void **state)
{
    (void)state;
    int32_t ids[4] = {-1, 100080, -1, -1};
    struct fixture f;
    setup(&f, ids, 4, 100);
    for (uint32_t i = 0; i < 100; ++i) set_hit(&f, i, 100080, 1.0f, 0.5f * (float)(i + 1));
    slew(&f, SLEWING_CHANTI, "1 -8.284e-2 12.92 2.071\n", true);
    for (int i = 0; i < 100; ++i)
        assert_near(f.hits.time_ns[i], 1 - (2.071 + 12.92 * exp(-8.284e-2 * 0.5 * (i + 1))),
                    1e-5, 1e-6);
    float time[3][100] = {{0}};
    for (int isa = 0; isa <= (int)spw_isa_best(); ++isa) {
        kernels((enum spw_isa)isa)
            ->slew_exponential(100, &f.slewing.exponential, f.hits.index, f.hits.width_ns,
                               f.hits.quality, time[isa]);
        assert_memory_equal(time[isa], time[0], sizeof *time);
    }
    spw_arena_release(&f.arena);
}

static double series(const double *c, int n, double x)
{
    double sum = 0;
    for (int i = 0; i < n; ++i) sum += c[i] * pow(x, i);
    return sum;
}

static void lav_uses_both_thresholds(void **state)
{
    (void)state;
    const double low[] = {4.576, -3.30, 0.9678, 1.027};
    const double both[] = {-0.04063, 0.03829, -2.839, 2.599, -0.942};
    const int32_t ids[] = {10000, 1010000, 10001, 1010001, 10002};
    struct fixture f;
    setup(&f, ids, 5, 6);
    set_hit(&f, 0, 10000, 5.0f, 30.0f);
    set_hit(&f, 1, 1010000, 7.5f, 20.0f);  /* partner of the first */
    set_hit(&f, 2, 10001, 8.0f, 24.0f);    /* alone */
    set_hit(&f, 3, 1010001, 80.0f, 10.0f); /* too late to be its partner */
    set_hit(&f, 4, 10002, 1.0f, 100.0f);   /* width cut at 48 ns */
    set_hit(&f, 5, 10002, 90.0f, 0.0f);    /* no width: no correction */
    slew(&f, SLEWING_LAV, NULL, true);
    assert_near(f.hits.time_ns[0], 5 - series(both, 5, 2.5 / 4 - 1), 1e-5, 0);
    assert_near(f.hits.time_ns[1], 7.5, 0, 0);
    assert_near(f.hits.time_ns[2], 8 - series(low, 4, 24.0 / 20 - 1), 1e-5, 0);
    assert_near(f.hits.time_ns[3], 80, 0, 0);
    assert_near(f.hits.time_ns[4], 1 - series(low, 4, 48.0 / 20 - 1), 1e-5, 0);
    assert_near(f.hits.time_ns[5], 90, 0, 0);
    spw_arena_release(&f.arena);
}

static void hasc_has_two_ranges(void **state)
{
    (void)state;
    const int32_t ids[] = {0, 100};
    struct fixture f;
    setup(&f, ids, 2, 3);
    set_hit(&f, 0, 0, 0.0f, 20.0f);
    set_hit(&f, 1, 0, 0.0f, 50.0f);
    set_hit(&f, 2, 100, 0.0f, 50.0f);
    slew(&f, SLEWING_HASC,
         "Channel-00_Threshold-0= 1.1e1 -4.8e-1 5.9e-3 8.9 -3.2e-1 3.2e-3 -1.2e-5\n"
         "Channel-00_Threshold-1= 2.1 -8.2e-2 -1.7e-4 2.7 -1.2e-1 6.0e-4\n",
         true);
    assert_near(f.hits.time_ns[0], -series((double[]){11, -0.48, 5.9e-3}, 3, 20), 1e-4, 0);
    assert_near(f.hits.time_ns[1], -series((double[]){8.9, -0.32, 3.2e-3, -1.2e-5}, 4, 50),
                1e-4, 0);
    assert_near(f.hits.time_ns[2], -series((double[]){2.7, -0.12, 6e-4}, 3, 50), 1e-4, 0);
    spw_arena_release(&f.arena);
}

static void gtk_walk_is_a_table(void **state)
{
    (void)state;
    static const int32_t ids[] = {0, 210003};
    struct fixture f;
    setup(&f, ids, 2, 4);
    float edge[] = {0.0f, 1.0f, 2.0f, 3.0f}, correction[90];
    for (int i = 0; i < 90; ++i) correction[i] = (float)i;
    f.slewing = (struct hit_slewing){.kind = SLEWING_GTK, .walk = {3, edge, correction, 0}};
    set_hit(&f, 0, 0, 0.0f, 1.5f);
    set_hit(&f, 1, 210003, 0.0f, 0.5f);
    set_hit(&f, 2, 210003, 0.0f, 99.0f);
    set_hit(&f, 3, 210003, 0.0f, 0.0f);
    assert_ok(slewing_apply(&f.slewing, kernels(spw_isa_best()), &f.hits, 1, &f.arena));
    assert_near(f.hits.time_ns[0], -1, 0, 0);
    assert_near(f.hits.time_ns[1], -(3 * 21), 0, 0);
    assert_near(f.hits.time_ns[2], -(3 * 21 + 2), 0, 0);
    assert_near(f.hits.time_ns[3], 0, 0, 0);
    spw_arena_release(&f.arena);
}

static void linear_is_the_same_everywhere(void **state)
{
    (void)state;
    uint64_t seed = test_seed();
    float c[6][64], width[N], time[3][N] = {{0}};
    uint32_t index[N];
    uint8_t quality[N];
    for (int j = 0; j < 6; ++j)
        for (int i = 0; i < 64; ++i)
            c[j][i] = (float)uniform(&seed, j == 1 ? 20 : -3, j == 1 ? 40 : 15);
    for (int i = 0; i < N; ++i) {
        width[i] = (float)uniform(&seed, 0, 50);
        index[i] = (uint32_t)(test_random(&seed) % 64);
        quality[i] = (uint8_t)(test_random(&seed) & 31);
    }
    const struct spw_linear_slewing slewing = {c[0], c[1], c[2], c[3], c[4], c[5]};
    for (int isa = 0; isa <= (int)spw_isa_best(); ++isa) {
        kernels((enum spw_isa)isa)
            ->slew_linear(N, &slewing, index, width, quality, time[isa]);
        assert_memory_equal(time[isa], time[0], sizeof *time);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(times_are_precise),
        cmocka_unit_test(addresses),
        cmocka_unit_test(histogram_places),
        cmocka_unit_test(radii),
        cmocka_unit_test(ktag_is_linear_between_limits),
        cmocka_unit_test(rich_jumps_only_when_told),
        cmocka_unit_test(chanti_is_exponential),
        cmocka_unit_test(lav_uses_both_thresholds),
        cmocka_unit_test(hasc_has_two_ranges),
        cmocka_unit_test(gtk_walk_is_a_table),
        cmocka_unit_test(linear_is_the_same_everywhere),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
