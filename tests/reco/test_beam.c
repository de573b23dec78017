/* Beam tracks from hand-made pixels: fits against lines through known stations, clusters that
   two particles share, floods, and all instruction sets. */
#include "support/test.h"

#include "reco/beam/triplets.h"

#include "io/raw.h"

#include <string.h>

enum { MAX_HITS = 64, MAX_TRIPLETS = 4096 };

/// A setup as the configuration's defaults make it, and one event.
struct fixture {
    struct spw_arena arena;
    struct spw_config *config;
    struct spw_run run;
    struct beam_setup setup;
    struct beam_event event;
    struct spw_triplets triplets;
    struct spw_hits hits;
};

static void setup(struct fixture *f)
{
    static const char text[] = "beam: {max_hits: 64, max_triplets: 4096}\n";
    *f = (struct fixture){0};
    assert_ok(
        spw_config_parse(&f->config, &f->arena, "test", text, sizeof text - 1, NULL, 0));
    f->run.config = f->config;
    assert_ok(beam_setup_prepare(&f->setup, &f->run));
    assert_ok(beam_event_init(&f->event, &f->arena, &f->setup.options));
    assert_ok(spw_rows_init(&f->triplets.rows, &spw_triplets_table, &f->arena, 1, 256));
    assert_ok(spw_rows_init(&f->hits.rows, &spw_hits_table, &f->arena, 1, 4096));
}

static void teardown(struct fixture *f)
{
    spw_arena_release(&f->run.arena);
    spw_arena_release(&f->arena);
}

static void add_hit(struct fixture *f, int station, int column, int row, float time_ns)
{
    const uint32_t i = f->hits.rows.count++;
    const int chip = column / 40 + 5 * (row / 45);
    f->hits.channel[i] =
        (uint32_t)(100000 * station + 10000 * chip + column % 40 + 40 * (row % 45));
    f->hits.time_ns[i] = time_ns;
    f->hits.width_ns[i] = 12;
    f->hits.quality[i] = 0;
}

static uint32_t find_tracks(struct fixture *f)
{
    f->triplets.rows.count = 0;
    beam_clusters_find(&f->event, &f->setup, &f->hits, 0, f->hits.rows.count, 0.0f);
    assert_ok(beam_triplets_add(&f->triplets, &f->arena, &f->event, &f->setup));
    spw_beam_kernels_v2.fit(f->triplets.rows.count, &f->setup.fit, &f->triplets);
    return beam_triplets_choose(&f->event, &f->setup, &f->triplets);
}

static uint32_t row_of(const struct fixture *f, uint32_t track)
{
    return (uint32_t)f->event.order[track];
}

/* Pixel of a place in a station. */
static void add_at(struct fixture *f, int station, double x, double y, float time_ns)
{
    int column = 0;
    const int row = (int)floor(y / 0.3 + 45);
    for (int c = 1; c < NA62_GTK_COLUMNS; ++c)
        if (fabs(na62_gtk_pixel((uint32_t)c).x_mm - x) <
            fabs(na62_gtk_pixel((uint32_t)column).x_mm - x))
            column = c;
    add_hit(f, station, column, row, time_ns);
}

/// A beam particle: place in station 3, slopes behind TRIM5, momentum.
struct particle {
    double x, y, dxdz, dydz, p;
};

static void place(const struct particle *k, int station, double *x, double *y)
{
    const double dz = na62_z_gtk_mm[station] - na62_z_gtk_mm[2];
    const double before = NA62_Z_TRIM5_MM - na62_z_gtk_mm[station];
    *x = k->x + k->dxdz * dz + (before > 0 ? 90.0 / k->p * before : 0);
    *y = k->y + k->dydz * dz + (station == 1 ? 60.0 * (1 - 75000.0 / k->p) : 0);
}

static void add_particle(struct fixture *f, const struct particle *k, float time_ns)
{
    for (int s = 0; s < 3; ++s) {
        double x, y;
        place(k, s, &x, &y);
        add_at(f, s, x, y, time_ns + 0.05f * (float)(s - 1));
    }
}

/* Exact positions give the particle back, whatever its momentum. */
static void fit_is_exact(void **state)
{
    (void)state;
    struct fixture f;
    setup(&f);
    uint64_t seed = test_seed();
    for (uint32_t i = 0; i < 100; ++i) {
        const double r = (double)(test_random(&seed) % 1000) / 1000 - 0.5;
        const struct particle k = {20 * r, -11 * r, 0.0012 + 2e-4 * r, 3e-4 * r,
                                   75000 * (1 + 0.04 * r)};
        for (int s = 0; s < 3; ++s) {
            double x, y;
            place(&k, s, &x, &y);
            f.triplets.x_mm[s][0] = (float)x;
            f.triplets.y_mm[s][0] = (float)y;
            f.triplets.time_ns[s][0] = (float)s;
            f.triplets.weight[s][0] = s == 2 ? 2 : 1;
        }
        spw_beam_kernels_v2.fit(1, &f.setup.fit, &f.triplets);
        assert_near(f.triplets.fit_x_mm[0], k.x, 2e-5, 0);
        assert_near(f.triplets.fit_y_mm[0], k.y, 2e-5, 0);
        assert_near(f.triplets.dxdz[0], k.dxdz, 2e-9, 0);
        assert_near(f.triplets.dydz[0], k.dydz, 2e-9, 0);
        assert_near(f.triplets.p_MeV[0], k.p, 0.05, 0);
        assert_near(f.triplets.chi2_x[0], 0, 1e-5, 0);
        assert_near(f.triplets.fit_time_ns[0], 1.25, 1e-6, 0);
        assert_near(f.triplets.chi2_time[0], (1.5625 + 0.0625 + 2 * 0.5625) / 0.0225, 0,
                    1e-5);
    }
    teardown(&f);
}

/* Least squares against a shift of one station: the residual is shared as the weights say. */
static void residual_is_shared(void **state)
{
    (void)state;
    struct fixture f;
    setup(&f);
    const struct particle k = {1, 2, 0.0012, 0, 75000};
    for (int s = 0; s < 3; ++s) {
        double x, y;
        place(&k, s, &x, &y);
        f.triplets.x_mm[s][0] = (float)x + (s == 1 ? 0.3f : 0.0f);
        f.triplets.y_mm[s][0] = (float)y;
        f.triplets.time_ns[s][0] = 0;
        f.triplets.weight[s][0] = 1;
    }
    spw_beam_kernels_v2.fit(1, &f.setup.fit, &f.triplets);
    /* line through 0, 0.3, 0 at 79.6, 92.8, 102.4 m by hand: mean 0.1, slope from the moments */
    const double z[3] = {-12000, 1200, 10800}, szz = 144e6 + 1.44e6 + 116.64e6;
    const double slope = 0.3 * z[1] / szz, end = 0.1 + slope * z[2];
    const double chi2 =
        (pow(0.1 + slope * z[0], 2) + pow(0.3 - 0.1 - slope * z[1], 2) + pow(end, 2)) /
        (0.0866 * 0.0866);
    assert_near(f.triplets.fit_x_mm[0], 1 + end, 1e-5, 0);
    assert_near(f.triplets.dxdz[0], 0.0012 + slope, 1e-9, 0);
    assert_near(f.triplets.chi2_x[0], chi2, 0, 1e-4);
    teardown(&f);
}

static void particles_are_found(void **state)
{
    (void)state;
    struct fixture f;
    setup(&f);
    const struct particle a = {3, 1, 0.0012, 5e-5, 74500},
                          b = {-8, -2, 0.0011, -4e-5, 75600};
    add_particle(&f, &a, 2.0f);
    add_particle(&f, &b, 1.8f);
    add_particle(&f, &b, 30.0f); /* out of the window */
    assert_int_equal(find_tracks(&f), 2);
    const uint32_t rows[2] = {row_of(&f, 0), row_of(&f, 1)};
    assert_near(f.triplets.fit_time_ns[rows[0]], 1.8, 1e-5, 0);
    assert_near(f.triplets.fit_x_mm[rows[0]], b.x, 0.3, 0);
    assert_near(f.triplets.p_MeV[rows[0]], b.p, 500, 0);
    assert_near(f.triplets.fit_x_mm[rows[1]], a.x, 0.3, 0);
    assert_near(f.triplets.p_MeV[rows[1]], a.p, 500, 0);
    assert_int_equal(f.triplets.quality[rows[0]], 0);
    teardown(&f);
}

/* Charge shared by two pixels is one cluster in its middle; pixels 0.8 ns apart are two. */
static void neighbours_make_a_cluster(void **state)
{
    (void)state;
    struct fixture f;
    setup(&f);
    add_hit(&f, 0, 100, 40, 1.0f);
    add_hit(&f, 0, 101, 40, 1.2f);
    add_hit(&f, 0, 101, 41, 1.85f); /* by its neighbour, although 0.85 ns after the first */
    add_hit(&f, 0, 100, 39, 1.95f); /* too late for the first */
    add_hit(&f, 0, 103, 40, 1.0f);
    add_hit(&f, 1, 50, 3, 0.0f);
    beam_clusters_find(&f.event, &f.setup, &f.hits, 0, f.hits.rows.count, 0.0f);
    const struct beam_cluster *found = NULL;
    uint32_t n_whole = 0;
    for (uint32_t i = 0; i < f.event.n_clusters[0]; ++i) {
        if (f.event.cluster[0][i].part) continue;
        ++n_whole;
        if (f.event.cluster[0][i].n_pixels == 3) found = &f.event.cluster[0][i];
        if (i)
            assert_true(f.event.cluster[0][i].time_ns >= f.event.cluster[0][i - 1].time_ns);
    }
    assert_int_equal(n_whole, 3);
    assert_int_equal(f.event.n_clusters[0], 6); /* and its three pixels by themselves */
    assert_non_null(found);
    assert_near(found->time_ns, 1.35, 1e-6, 0);
    const double x = (na62_gtk_pixel(100).x_mm + 2 * na62_gtk_pixel(101).x_mm) / 3;
    assert_near(found->x_mm, x, 1e-5, 0);
    assert_near(found->y_mm, (2 * -1.35 - 1.05) / 3, 1e-5, 0);
    assert_int_equal(f.event.n_clusters[1], 1);
    teardown(&f);
}

/* Two particles in neighbouring pixels of one station: both are tracks. */
static void a_merged_cluster_serves_two(void **state)
{
    (void)state;
    struct fixture f;
    setup(&f);
    const struct particle a = {3.1, 1, 0.0012, 5e-5, 75000};
    const struct particle b = {3.4, 1, 0.0012 - 2e-4, 5e-5 + 1e-4, 75000};
    add_particle(&f, &a, 2.0f);
    add_particle(&f, &b, 2.3f);
    assert_int_equal(find_tracks(&f), 2);
    assert_int_equal(f.event.n_clusters[2],
                     3); /* both pixels together, and by themselves */
    uint8_t quality = 0;
    for (uint32_t i = 0; i < 2; ++i) quality |= f.triplets.quality[row_of(&f, i)];
    assert_true(quality & (SPW_BEAM_SHARED | SPW_BEAM_PART));
    teardown(&f);
}

/* One particle whose charge is shared in one station is one track. */
static void shared_charge_makes_no_ghost(void **state)
{
    (void)state;
    struct fixture f;
    setup(&f);
    const struct particle a = {3.1, 1, 0.0012, 5e-5, 75000};
    add_particle(&f, &a, 2.0f);
    const uint32_t id = f.hits.channel[1];
    f.hits.channel[f.hits.rows.count] = id + 1;
    f.hits.time_ns[f.hits.rows.count] = 2.1f;
    f.hits.quality[f.hits.rows.count++] = 0;
    assert_int_equal(find_tracks(&f), 1);
    assert_near(f.triplets.sum_weights[row_of(&f, 0)], 4, 0, 0);
    teardown(&f);
}

static void nothing_comes_of_little(void **state)
{
    (void)state;
    struct fixture f;
    setup(&f);
    assert_int_equal(find_tracks(&f), 0);
    add_hit(&f, 1, 100, 45, 0.0f);
    assert_int_equal(find_tracks(&f), 0);
    add_hit(&f, 0, 100, 45, 0.0f);
    add_hit(&f, 2, 100, 45, NAN);
    f.hits.channel[f.hits.rows.count - 1] = 900000; /* no such station */
    assert_int_equal(find_tracks(&f), 0);
    assert_false(f.event.cut);
    teardown(&f);
}

/* More hits than are looked at: the event says so, and what is found is finite. */
static void floods_are_cut(void **state)
{
    (void)state;
    struct fixture f;
    setup(&f);
    for (int i = 0; i < 3000; ++i)
        add_hit(&f, i % 3, i % 200, i / 7 % 90, 0.001f * (float)(i % 17));
    const uint32_t n = find_tracks(&f);
    assert_true(f.event.cut);
    assert_true(n <= MAX_HITS);
    for (uint32_t i = 0; i < n; ++i) {
        assert_true(isfinite(f.triplets.p_MeV[row_of(&f, i)]));
        assert_true(isfinite(f.triplets.fit_time_ns[row_of(&f, i)]));
    }
    teardown(&f);
}

static void instruction_sets_agree(void **state)
{
    (void)state;
    struct fixture f;
    setup(&f);
    static const struct spw_beam_kernels *const tables[] = {
        &spw_beam_kernels_v2, &spw_beam_kernels_v3, &spw_beam_kernels_v4};
    uint64_t seed = test_seed();

    enum { N = 250, OUT = 10 };

    float first[OUT][N];
    for (int s = 0; s < 3; ++s)
        for (uint32_t i = 0; i < N; ++i) {
            f.triplets.x_mm[s][i] = (float)(test_random(&seed) % 60000) * 1e-3f - 30;
            f.triplets.y_mm[s][i] = (float)(test_random(&seed) % 27000) * 1e-3f - 13;
            f.triplets.time_ns[s][i] = (float)(test_random(&seed) % 20000) * 1e-3f - 10;
            f.triplets.weight[s][i] = (float)(1 + test_random(&seed) % 3);
        }
    for (int isa = 0; isa <= (int)spw_isa_best(); ++isa) {
        tables[isa]->fit(N, &f.setup.fit, &f.triplets);
        const float *const out[OUT] = {f.triplets.fit_x_mm,  f.triplets.fit_y_mm,
                                       f.triplets.dxdz,      f.triplets.dydz,
                                       f.triplets.p_MeV,     f.triplets.fit_time_ns,
                                       f.triplets.chi2_x,    f.triplets.chi2_beam,
                                       f.triplets.chi2_time, f.triplets.sum_weights};
        for (int o = 0; o < OUT; ++o) {
            if (isa) assert_memory_equal(first[o], out[o], sizeof first[o]);
            memcpy(first[o], out[o], sizeof first[o]);
        }
    }
    teardown(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fit_is_exact),
        cmocka_unit_test(residual_is_shared),
        cmocka_unit_test(particles_are_found),
        cmocka_unit_test(neighbours_make_a_cluster),
        cmocka_unit_test(a_merged_cluster_serves_two),
        cmocka_unit_test(shared_charge_makes_no_ghost),
        cmocka_unit_test(nothing_comes_of_little),
        cmocka_unit_test(floods_are_cut),
        cmocka_unit_test(instruction_sets_agree),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
