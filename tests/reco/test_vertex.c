/* Vertex fits against lines through known points, an independent minimisation, and all
   instruction sets. */
#include "support/test.h"

#include "reco/match/vertex_kernels.h"

#include <string.h>

#define REACH_MM 130000.0

enum { L = SPW_VERTEX_LANES };

static const struct spw_vertex_kernels *const tables[] = {
    &spw_vertex_kernels_v2, &spw_vertex_kernels_v3, &spw_vertex_kernels_v4};

static double uniform(uint64_t *seed, double from, double to)
{
    return from + (to - from) * (double)(test_random(seed) >> 11) * 0x1p-53;
}

/* A covariance with correlations like those of a track: B B' of a lower triangle B. */
static void set_covariance(struct spw_vertex_block *b, int i, int lane, uint64_t *seed)
{
    const double sigma[5] = {0.07, 0.07, 33e-6, 33e-6, 1e-7};
    double t[5][5] = {{0}};
    int c = 0;
    for (int r = 0; r < 5; ++r)
        for (int k = 0; k <= r; ++k)
            t[r][k] = sigma[r] * (r == k ? 1 : uniform(seed, -0.5, 0.5));
    for (int r = 0; r < 5; ++r)
        for (int k = 0; k <= r; ++k, ++c) {
            double sum = 0;
            for (int m = 0; m <= k; ++m) sum += t[r][m] * t[k][m];
            b->covariance[i][c][lane] = sum;
        }
}

/* Lines through a point, moved by `smear` times 0.1 mm and 20 urad. */
static void set_lines(struct spw_vertex_block *b, int lane, double smear, uint64_t *seed)
{
    const double v[3] = {uniform(seed, -50, 150), uniform(seed, -50, 50),
                         uniform(seed, -80000, -5000)};
    for (int i = 0; i < SPW_VERTEX_LINES; ++i) {
        const double tx = uniform(seed, -0.008, 0.008), ty = uniform(seed, -0.008, 0.008);
        b->line[i][0][lane] = v[0] - v[2] * tx + smear * uniform(seed, -0.1, 0.1);
        b->line[i][1][lane] = v[1] - v[2] * ty + smear * uniform(seed, -0.1, 0.1);
        b->line[i][2][lane] = tx + smear * uniform(seed, -2e-5, 2e-5);
        b->line[i][3][lane] = ty + smear * uniform(seed, -2e-5, 2e-5);
        b->line[i][4][lane] = 1 / uniform(seed, 1e4, 6e4);
        set_covariance(b, i, lane, seed);
    }
    b->x_mm[lane] = v[0];
    b->y_mm[lane] = v[1];
    b->z_mm[lane] = v[2];
}

static void lines_meet_in_their_point(void **state)
{
    (void)state;
    uint64_t seed = test_seed();
    for (int round = 0; round < 50; ++round) {
        struct spw_vertex_block b;
        memset(&b, 0, sizeof b);
        for (int lane = 0; lane < L; ++lane) set_lines(&b, lane, 0, &seed);
        const struct spw_vertex_block truth = b;
        for (int n = 2; n <= 3; ++n) {
            (n == 2 ? spw_vertex_kernels_v2.fit2 : spw_vertex_kernels_v2.fit3)(REACH_MM,
                                                                               &b);
            for (int lane = 0; lane < L; ++lane) {
                assert_near(b.x_mm[lane], truth.x_mm[lane], 1e-4, 0);
                assert_near(b.y_mm[lane], truth.y_mm[lane], 1e-4, 0);
                assert_near(b.z_mm[lane], truth.z_mm[lane], 0.05, 0);
                assert_near(b.chi2[lane], 0, 1e-9, 0);
                assert_near(b.cda_mm[lane], 0, 1e-6, 0);
                assert_near(b.fitted[0][0][lane], truth.line[0][2][lane], 1e-12, 0);
                assert_near(b.fitted[1][2][lane], truth.line[1][4][lane], 1e-15, 0);
            }
        }
    }
}

/* Two lines at right angles, 3 mm apart, of unequal weight: worked out by hand. */
static void distance_and_weights(void **state)
{
    (void)state;
    struct spw_vertex_block b;
    memset(&b, 0, sizeof b);
    for (int lane = 0; lane < L; ++lane) {
        b.line[0][1][lane] = 3;
        b.line[0][2][lane] = 0.001;
        b.line[1][3][lane] = 0.001;
        for (int i = 0; i < 2; ++i)
            b.covariance[i][0][lane] = b.covariance[i][2][lane] = i ? 4.0 : 1.0;
    }
    spw_vertex_kernels_v2.fit2(REACH_MM, &b);
    /* lines (z/1000, 3) and (0, z/1000): squares of their distance z^2/1e6 + (3 - z/1000)^2 */
    assert_near(b.cda_mm[0], sqrt(4.5), 1e-9, 0);
    assert_near(b.z_mm[0], 1500, 1e-6, 0);
    assert_near(b.chi2[0], 4.5 / 5, 1e-9, 0);
    assert_near(b.x_mm[0], 1.5 * 0.8, 1e-9, 0);
    assert_near(b.y_mm[0], 3 * 0.8 + 1.5 * 0.2, 1e-9, 0);
}

/* chi2 of a point, and of a block's result: sum over lines of the position's residuals. */
static double chi2_at(const struct spw_vertex_block *b, int n, int lane, const double v[3])
{
    double sum = 0;
    for (int i = 0; i < n; ++i) {
        const double z = v[2];
        double c[15];
        for (int k = 0; k < 15; ++k) c[k] = b->covariance[i][k][lane];
        const double xx = c[0] + 2 * z * c[3] + z * z * c[5];
        const double yy = c[2] + 2 * z * c[7] + z * z * c[9];
        const double xy = c[1] + z * (c[4] + c[6]) + z * z * c[8];
        const double fx = b->line[i][0][lane] + z * b->line[i][2][lane] - v[0];
        const double fy = b->line[i][1][lane] + z * b->line[i][3][lane] - v[1];
        sum += (fx * fx * yy - 2 * fx * fy * xy + fy * fy * xx) / (xx * yy - xy * xy);
    }
    return sum;
}

/* No step to any side makes chi2 smaller, but for what the weights' change with z makes. */
static void fit_is_the_minimum(void **state)
{
    (void)state;
    uint64_t seed = test_seed();
    struct spw_vertex_block b;
    memset(&b, 0, sizeof b);
    for (int lane = 0; lane < L; ++lane) set_lines(&b, lane, 1, &seed);
    for (int n = 2; n <= 3; ++n) {
        (n == 2 ? spw_vertex_kernels_v2.fit2 : spw_vertex_kernels_v2.fit3)(REACH_MM, &b);
        for (int lane = 0; lane < L; ++lane) {
            const double v[3] = {b.x_mm[lane], b.y_mm[lane], b.z_mm[lane]};
            const double least = chi2_at(&b, n, lane, v);
            assert_near(b.chi2[lane], least, 1e-6, 1e-6);
            const double step[3] = {0.3, 0.3, 60};
            for (int k = 0; k < 6; ++k) {
                double w[3] = {v[0], v[1], v[2]};
                w[k / 2] += k % 2 ? step[k / 2] : -step[k / 2];
                assert_true(chi2_at(&b, n, lane, w) > least);
            }
        }
    }
}

/* Smeared by their own covariance, chi2 has 1 and 3 degrees of freedom, and the slopes through
   the vertex are nearer to the truth than before. */
static void chi2_has_its_degrees(void **state)
{
    (void)state;
    uint64_t seed = test_seed();

    enum { ROUNDS = 1500 };

    double mean[4] = {0}, before = 0, after = 0;
    for (int round = 0; round < ROUNDS; ++round) {
        struct spw_vertex_block b;
        memset(&b, 0, sizeof b);
        for (int lane = 0; lane < L; ++lane) set_lines(&b, lane, 0, &seed);
        const struct spw_vertex_block truth = b;
        for (int lane = 0; lane < L; ++lane)
            for (int i = 0; i < 3; ++i) {
                const double sigma[4] = {0.07, 0.07, 33e-6, 33e-6};
                for (int c = 0; c < 15; ++c) b.covariance[i][c][lane] = 0;
                for (int p = 0, c = 0; p < 4; c += ++p + 1) {
                    double gauss = -6;
                    for (int k = 0; k < 12; ++k) gauss += uniform(&seed, 0, 1);
                    b.line[i][p][lane] += sigma[p] * gauss;
                    b.covariance[i][c][lane] = sigma[p] * sigma[p];
                }
            }
        for (int n = 2; n <= 3; ++n) {
            (n == 2 ? spw_vertex_kernels_v2.fit2 : spw_vertex_kernels_v2.fit3)(REACH_MM,
                                                                               &b);
            for (int lane = 0; lane < L; ++lane) mean[n] += b.chi2[lane] / (ROUNDS * L);
        }
        for (int lane = 0; lane < L; ++lane) {
            before += pow(b.line[0][2][lane] - truth.line[0][2][lane], 2);
            after += pow(b.fitted[0][0][lane] - truth.line[0][2][lane], 2);
        }
    }
    assert_near(mean[2], 1, 0.06, 0);
    assert_near(mean[3], 3, 0.1, 0);
    assert_true(after < 0.8 * before);
}

static void parallel_lines_stay_finite(void **state)
{
    (void)state;
    struct spw_vertex_block b;
    memset(&b, 0, sizeof b);
    for (int lane = 0; lane < L; ++lane)
        for (int i = 0; i < 3; ++i) {
            b.line[i][0][lane] = i;
            b.line[i][2][lane] = 0.001;
            for (int c = 0; lane % 2 && c < 15; ++c)
                b.covariance[i][c][lane] = c == 0 || c == 2 ? 1 : 0;
        }
    for (int n = 2; n <= 3; ++n) {
        (n == 2 ? spw_vertex_kernels_v2.fit2 : spw_vertex_kernels_v2.fit3)(REACH_MM, &b);
        for (int lane = 0; lane < L; ++lane) {
            assert_true(isfinite(b.x_mm[lane]) && isfinite(b.z_mm[lane]));
            assert_true(isfinite(b.chi2[lane]) && isfinite(b.cda_mm[lane]));
            assert_true(isfinite(b.fitted[0][0][lane]) && isfinite(b.fitted[1][2][lane]));
            assert_true(fabs(b.z_mm[lane]) <= REACH_MM);
        }
    }
}

static void instruction_sets_agree(void **state)
{
    (void)state;
    uint64_t seed = test_seed();
    struct spw_vertex_block lines, first[4];
    memset(&lines, 0, sizeof lines);
    for (int lane = 0; lane < L; ++lane) set_lines(&lines, lane, 1, &seed);
    for (int isa = 0; isa <= (int)spw_isa_best(); ++isa)
        for (int n = 2; n <= 3; ++n) {
            struct spw_vertex_block b = lines;
            (n == 2 ? tables[isa]->fit2 : tables[isa]->fit3)(REACH_MM, &b);
            if (isa) assert_memory_equal(&first[n], &b, sizeof b);
            first[n] = b;
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_meet_in_their_point),
        cmocka_unit_test(distance_and_weights),
        cmocka_unit_test(fit_is_the_minimum),
        cmocka_unit_test(chi2_has_its_degrees),
        cmocka_unit_test(parallel_lines_stay_finite),
        cmocka_unit_test(instruction_sets_agree),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
