/* Circle fits: published reference, exact circles, arcs, priors, degenerate hits; all instruction
   sets bit for bit. */
#include "support/test.h"

#include "reco/ring/ring_kernels.h"

#include <jansson.h>
#include <string.h>

static double uniform(uint64_t *seed, double low, double high)
{
    return low + (high - low) * (double)(test_random(seed) >> 11) * 0x1p-53;
}

static double gauss(uint64_t *seed)
{
    double sum = -6;
    for (int i = 0; i < 12; ++i) sum += uniform(seed, 0, 1);
    return sum;
}

static const struct ring_kernels *best(void)
{
    return SPW_PICK(ring_kernels, spw_isa_best());
}

static void set_hit(struct ring_block *b, uint32_t slot, uint32_t lane, double x, double y)
{
    b->x[slot][lane] = x;
    b->y[slot][lane] = y;
    b->weight[slot][lane] = 1;
}

static double number(const json_t *fits, const char *fit, const char *key)
{
    const json_t *value = json_object_get(json_object_get(fits, fit), key);
    assert_true(json_is_number(value));
    return json_number_value(value);
}

/* The six points of Gander, Golub and Strebel (BIT 34, 1994, 558). */
static void reference_is_reproduced(void **state)
{
    (void)state;
    const char *path = test_shared_path("data/reference/circle_gander/expected.json");
    json_t *root = json_load_file(path, 0, NULL);
    assert_non_null(root);
    const json_t *points = json_object_get(root, "points"), *fits;
    static struct ring_block b;
    memset(&b, 0, sizeof b);
    for (size_t k = 0; k < json_array_size(points); ++k)
        for (uint32_t i = 0; i < RING_LANES; ++i)
            set_hit(&b, (uint32_t)k, i,
                    json_number_value(json_array_get(json_array_get(points, k), 0)),
                    json_number_value(json_array_get(json_array_get(points, k), 1)));
    b.n_slots = (uint32_t)json_array_size(points);
    assert_int_equal(b.n_slots, 6);
    fits = json_object_get(root, "fits");
    best()->taubin(&b);
    for (uint32_t i = 0; i < RING_LANES; ++i) {
        assert_near(b.centre_x[i], number(fits, "taubin", "cx"), 1e-10, 0);
        assert_near(b.centre_y[i], number(fits, "taubin", "cy"), 1e-10, 0);
        assert_near(b.radius[i], number(fits, "taubin", "r"), 1e-10, 0);
    }
    best()->geometric(&b, 150);
    const double sum = number(fits, "geometric", "sum_sq");
    for (uint32_t i = 0; i < RING_LANES; ++i) {
        assert_near(b.centre_x[i], number(fits, "geometric", "cx"), 1e-6, 0);
        assert_near(b.centre_y[i], number(fits, "geometric", "cy"), 1e-6, 0);
        assert_near(b.radius[i], number(fits, "geometric", "r"), 1e-6, 0);
        assert_true(b.chi2[i] < sum + 1e-13); /* the reference is no deeper */
        assert_near(sqrt(b.covariance[0][i] * sum / 3),
                    json_number_value(json_array_get(
                        json_object_get(json_object_get(fits, "geometric"), "err"), 0)),
                    1e-6, 0);
        assert_near(sqrt(b.covariance[5][i] * sum / 3),
                    json_number_value(json_array_get(
                        json_object_get(json_object_get(fits, "geometric"), "err"), 2)),
                    1e-6, 0);
    }
    json_decref(root);
}

/* Random rings with 4 ... 30 hits; empty lanes now and then. */
static void
random_rings(struct ring_block *b, uint64_t *seed, double sigma, double truth[][3])
{
    memset(b, 0, sizeof *b);
    b->n_slots = 30;
    for (uint32_t i = 0; i < RING_LANES; ++i) {
        const uint32_t n = 4 + (uint32_t)(test_random(seed) % 27);
        const double x = uniform(seed, -150, 150), y = uniform(seed, -150, 150);
        const double r = uniform(seed, 60, 195), turn = uniform(seed, 0, 6);
        for (uint32_t k = 0; k < n; ++k) {
            const double phi = turn + uniform(seed, 0, 6.283);
            const double at = r + sigma * gauss(seed);
            set_hit(b, k, i, x + at * cos(phi), y + at * sin(phi));
        }
        b->centre_x[i] = x + 5 * gauss(seed);
        b->centre_y[i] = y + 5 * gauss(seed);
        b->radius[i] = r + 5 * gauss(seed);
        truth[i][0] = x;
        truth[i][1] = y;
        truth[i][2] = r;
    }
}

static void exact_circles_are_found(void **state)
{
    (void)state;
    static struct ring_block b;
    uint64_t seed = test_seed();
    for (int round = 0; round < 200; ++round) {
        double truth[RING_LANES][3];
        random_rings(&b, &seed, 0, truth);
        best()->taubin(&b);
        for (uint32_t i = 0; i < RING_LANES; ++i)
            assert_near(b.radius[i], truth[i][2], 1e-5, 0);
        best()->geometric(&b, 3);
        for (uint32_t i = 0; i < RING_LANES; ++i) {
            assert_near(b.centre_x[i], truth[i][0], 1e-6, 0);
            assert_near(b.centre_y[i], truth[i][1], 1e-6, 0);
            assert_near(b.radius[i], truth[i][2], 1e-6, 0);
            assert_near(b.chi2[i], 0, 1e-10, 0);
        }
    }
}

/* Pulls of the three parameters have width 1. */
static void covariances_are_right(void **state)
{
    (void)state;
    static struct ring_block b;
    uint64_t seed = test_seed();
    double sum2[3] = {0}, n = 0;
    for (int round = 0; round < 3000; ++round) {
        double truth[RING_LANES][3];
        random_rings(&b, &seed, 1, truth);
        best()->geometric(&b, 6);
        for (uint32_t i = 0; i < RING_LANES; ++i) {
            if (b.sum[i] < 10) continue;
            const double pull[3] = {
                (b.centre_x[i] - truth[i][0]) / sqrt(b.covariance[0][i]),
                (b.centre_y[i] - truth[i][1]) / sqrt(b.covariance[2][i]),
                (b.radius[i] - truth[i][2]) / sqrt(b.covariance[5][i])};
            for (int k = 0; k < 3; ++k) sum2[k] += pull[k] * pull[k];
            ++n;
        }
    }
    for (int k = 0; k < 3; ++k) assert_near(sqrt(sum2[k] / n), 1, 0.02, 0);
}

/* A strong prior holds the centre: the radius is the mean distance from it. */
static void priors_hold_the_centre(void **state)
{
    (void)state;
    static struct ring_block b;
    uint64_t seed = test_seed();
    double truth[RING_LANES][3];
    random_rings(&b, &seed, 3, truth);
    for (uint32_t i = 0; i < RING_LANES; ++i) {
        b.expected_x[i] = truth[i][0] + 2;
        b.expected_y[i] = truth[i][1];
        b.pull[i] = 1e8;
    }
    best()->geometric(&b, 5);
    for (uint32_t i = 0; i < RING_LANES; ++i) {
        double mean = 0;
        for (uint32_t k = 0; k < b.n_slots; ++k)
            mean += b.weight[k][i] *
                    hypot(b.x[k][i] - b.expected_x[i], b.y[k][i] - b.expected_y[i]);
        assert_near(b.centre_x[i], b.expected_x[i], 1e-4, 0);
        assert_near(b.radius[i], mean / b.sum[i], 1e-3, 0);
        assert_near(b.covariance[5][i], 1 / b.sum[i], 1e-5, 0);
    }
}

/* No hits, one hit, all hits in one place or in one line: numbers, whatever they are. */
static void degenerate_hits_give_numbers(void **state)
{
    (void)state;
    static struct ring_block b;
    memset(&b, 0, sizeof b);
    b.n_slots = 6;
    for (uint32_t k = 0; k < 6; ++k) {
        if (k < 1) set_hit(&b, k, 1, 10, 20);
        set_hit(&b, k, 2, 10, 20);
        set_hit(&b, k, 3, 10.0 * k, 20.0 * k);
        if (k < 2) set_hit(&b, k, 4, 10.0 * k, 3);
        set_hit(&b, k, 5, b.centre_x[5], b.centre_y[5]);
        set_hit(&b, k, 6, 1e7 * k, 1e7);
    }
    b.pull[1] = b.pull[4] = 0.1;
    best()->taubin(&b);
    best()->geometric(&b, 8);
    for (uint32_t i = 0; i < RING_LANES; ++i) {
        assert_true(isfinite(b.centre_x[i]) && isfinite(b.centre_y[i]));
        assert_true(isfinite(b.radius[i]) && isfinite(b.chi2[i]));
        for (int k = 0; k < 6; ++k) assert_true(isfinite(b.covariance[k][i]));
    }
}

static void triples_find_the_circle(void **state)
{
    (void)state;
    static struct ring_triples t;
    uint64_t seed = test_seed();
    float x[40], y[40];
    for (int i = 0; i < 40; ++i) {
        const double phi = uniform(&seed, 0, 6.283);
        x[i] = (float)(i < 14 ? 30 + 170 * cos(phi) : uniform(&seed, -200, 200));
        y[i] = (float)(i < 14 ? -20 + 170 * sin(phi) : uniform(&seed, -200, 200));
    }
    memset(&t, 0, sizeof t);
    t.radius_min = 30;
    t.radius_max = 210;
    t.width = 15;
    t.ax[5] = x[0], t.ay[5] = y[0];
    t.bx[5] = x[4], t.by[5] = y[4];
    t.cx[5] = x[9], t.cy[5] = y[9];
    best()->triples(&t, 40, x, y);
    for (int i = 0; i < RING_TRIPLES; ++i) assert_true(isfinite(t.score[i]));
    assert_near(t.x[5], 30, 0.2, 0);
    assert_near(t.y[5], -20, 0.2, 0);
    assert_near(t.radius[5], 170, 0.2, 0);
    assert_true(t.score[5] > 13.9f);
    assert_true(t.score[6] == 0.0f); /* three times the same place is no circle */
    t.radius_max = 160;
    best()->triples(&t, 40, x, y);
    assert_true(t.score[5] == 0.0f);
}

/* Sum over a fine grid: the profile's area and variance are what the header says. */
static void profile_is_normalised(void **state)
{
    (void)state;

    enum { N = 2000 };

    static float x[N], y[N], profile[N];
    const float circle[3] = {0, 0, 100};
    double area = 0, variance = 0;
    for (int i = 0; i < N; ++i) x[i] = 100 + 3 * ((float)i - N / 2) * (10.0f / N);
    best()->profile(N, x, y, circle, 3, profile);
    for (int i = 0; i < N; ++i) {
        const double q = (double)(x[i] - 100) / 3;
        area += (double)profile[i] * 10.0 / N;
        variance += q * q * (double)profile[i] * 10.0 / N;
        if (fabs(q) > 4) assert_true(profile[i] == 0.0f);
    }
    assert_near(area, RING_PROFILE_AREA, 1e-3, 0);
    assert_near(variance / area, RING_PROFILE_VARIANCE, 1e-3, 0);
}

static void radii_and_masses_agree_with_sums(void **state)
{
    (void)state;
    static struct ring_block b;
    static struct ring_masses m;
    uint64_t seed = test_seed();
    double truth[RING_LANES][3];
    float radius[RING_RADII], score[RING_RADII];
    const float x[16] = {107, 7, 7}, y[16] = {1, 121, -120}, centre[2] = {7, 1};
    for (int k = 0; k < RING_RADII; ++k) radius[k] = 90 + 2 * (float)k;
    best()->radii(3, x, y, centre, radius, 10, score);
    assert_near(score[5], 1, 1e-6, 0);         /* 100 */
    assert_near(score[15], 1 + 0.99, 1e-6, 0); /* 120 */
    assert_near(score[10], 0, 1e-6, 0);        /* 110: borders only */
    random_rings(&b, &seed, 3, truth);
    m.width2 = 9;
    for (int h = 0; h < RING_MASSES; ++h)
        for (int i = 0; i < RING_LANES; ++i) {
            m.x[h][i] = truth[i][0];
            m.y[h][i] = truth[i][1];
            m.radius[h][i] = truth[i][2] - 5 * h;
            m.peak[h][i] = h < 3 ? 100 : 0;
        }
    best()->masses(&b, &m);
    for (int h = 0; h < RING_MASSES; ++h)
        for (int i = 0; i < RING_LANES; ++i) {
            double sum = 0;
            for (uint32_t k = 0; k < b.n_slots; ++k) {
                const double d = hypot(b.x[k][i] - m.x[h][i], b.y[k][i] - m.y[h][i]);
                const double q = (d - m.radius[h][i]) / 3;
                sum += log(1 +
                           b.weight[k][i] * m.peak[h][i] * pow(fmax(0, 1 - q * q / 16), 8));
            }
            assert_near(log(m.product[h][i]), sum, 1e-9, 1e-9);
        }
}

static void instruction_sets_agree(void **state)
{
    (void)state;
    static struct ring_block a, b;
    static struct ring_triples t, u;
    uint64_t seed = test_seed();
    float x[64] = {0}, y[64] = {0};
    for (int i = 0; i < 50; ++i) {
        x[i] = (float)uniform(&seed, -200, 200);
        y[i] = (float)uniform(&seed, -200, 200);
    }
    memset(&t, 0, sizeof t);
    for (int i = 0; i < RING_TRIPLES; ++i) {
        t.ax[i] = x[i % 50], t.ay[i] = y[i % 50];
        t.bx[i] = x[7 * i % 50], t.by[i] = y[7 * i % 50];
        t.cx[i] = x[13 * i % 50], t.cy[i] = y[13 * i % 50];
    }
    t.radius_max = 210;
    t.width = 15;
    for (enum spw_isa isa = SPW_ISA_V2; isa <= spw_isa_best(); ++isa) {
        const struct ring_kernels *k = SPW_PICK(ring_kernels, isa);
        static struct ring_masses m, n;
        static float part[64], same[64], score[RING_RADII], again_score[RING_RADII];
        const float circle[3] = {10, 20, 150};
        double truth[RING_LANES][3];
        uint64_t again = 12345;
        random_rings(&a, &again, 4, truth);
        k->taubin(&a);
        a.pull[3] = 0.2;
        k->geometric(&a, 5);
        k->triples(&t, 50, x, y);
        k->profile(50, x, y, circle, 30, part);
        k->radii(50, x, y, circle, t.radius, 40, score);
        m.width2 = 28;
        for (int h = 0; h < RING_MASSES; ++h)
            for (int i = 0; i < RING_LANES; ++i) {
                m.radius[h][i] = truth[i][2] - 4 * h;
                m.peak[h][i] = 900;
            }
        k->masses(&a, &m);
        if (isa == SPW_ISA_V2) {
            b = a;
            u = t;
            n = m;
            memcpy(same, part, sizeof same);
            memcpy(again_score, score, sizeof score);
        }
        assert_memory_equal(&a, &b, sizeof a);
        assert_memory_equal(&t, &u, sizeof t);
        assert_memory_equal(&m, &n, sizeof m);
        assert_memory_equal(part, same, 50 * sizeof *part);
        assert_memory_equal(score, again_score, sizeof score);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reference_is_reproduced),
        cmocka_unit_test(exact_circles_are_found),
        cmocka_unit_test(covariances_are_right),
        cmocka_unit_test(priors_hold_the_centre),
        cmocka_unit_test(degenerate_hits_give_numbers),
        cmocka_unit_test(triples_find_the_circle),
        cmocka_unit_test(profile_is_normalised),
        cmocka_unit_test(radii_and_masses_agree_with_sums),
        cmocka_unit_test(instruction_sets_agree),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
