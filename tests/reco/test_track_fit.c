/* Fits of tracks made by the test's own helix, straws and scattering: pulls, chi2, resolutions
   next to the errors, times, wrong hits; all instruction sets bit for bit. */
#include "support/test.h"
#include "support/track_toy.h"

enum { N_TRACKS = TOY_TRACKS, PARAMETERS = TOY_PARAMETERS, L = TRACK_LANES };

/* All candidates, block by block; `each` sees every fitted block. */
static void
fit_all(struct toy *toy,
        enum spw_isa isa,
        void (*each)(struct toy *, const struct track_block *, uint32_t, void *),
        void *argument)
{
    static struct track_block block;
    const struct track_kernels kernels = track_kernels_pick(isa);
    const struct track_source source = toy_source(toy);
    for (uint32_t first = 0; first < N_TRACKS; first += L) {
        track_block_clear(&block, &toy->constants);
        for (uint32_t lane = 0; lane < L && first + lane < N_TRACKS; ++lane)
            track_block_fill(&block, lane, &source, first + lane);
        track_block_fit(&kernels, &toy->constants, &block);
        each(toy, &block, first, argument);
    }
}

/// Moments of what is looked at.
struct moments {
    double n, sum, sum2;
};

static void add(struct moments *m, double value)
{
    m->n += 1;
    m->sum += value;
    m->sum2 += value * value;
}

static double mean(const struct moments *m)
{
    return m->sum / m->n;
}

static double width(const struct moments *m)
{
    return sqrt(m->sum2 / m->n - pow(mean(m), 2));
}

struct summary {
    struct moments pull[PARAMETERS], time_pull, probability;
    double far[PARAMETERS]; ///< pulls beyond 5, not in the moments
    double sides, wrong_sides, used, used_wrong, lost, in_time;
    double deciles[10]; ///< of the probability
};

/* Upper probability of chi2 by Wilson and Hilferty's cube root. */
static double probability(double chi2, double ndf)
{
    const double s = 2 / (9 * ndf);
    return 0.5 * erfc((cbrt(chi2 / ndf) - (1 - s)) / sqrt(2 * s));
}

static void look_at_sides(const struct toy *toy,
                          const struct track_block *block,
                          uint32_t lane,
                          uint32_t track,
                          struct summary *sum)
{
    uint32_t n_in_view[TRACK_VIEWS] = {0};
    for (uint32_t i = 0; i < toy->candidates.n_hits[track]; ++i) {
        const uint32_t h = toy->candidates.first_hit[track] + i;
        const uint32_t view = track_view_of(&toy->hits, h), slot = n_in_view[view]++;
        assert_true(slot < TRACK_SLOTS);
        const struct track_slot *at = &block->view[view].slot[slot];
        const double r = (double)at->signed_mm[lane];
        const bool used = at->weight[lane] > 0;
        sum->used += used;
        sum->used_wrong += used && toy->wrong[h];
        sum->lost += !used && !toy->wrong[h];
        if (!used || fabs(r) < 0.6) continue;
        sum->sides += 1;
        sum->wrong_sides += (r > 0) != (toy->true_side[h] > 0);
    }
}

static void
look_at(struct toy *toy, const struct track_block *block, uint32_t first, void *to)
{
    static const int diagonal[PARAMETERS] = {0, 2, 5, 9, 14};
    struct summary *sum = to;
    for (uint32_t lane = 0; lane < L && first + lane < N_TRACKS; ++lane) {
        const double *truth = toy->truth[first + lane];
        const double found[PARAMETERS] = {block->state.x_mm[lane], block->state.y_mm[lane],
                                          block->state.dxdz[lane], block->state.dydz[lane],
                                          block->state.q_over_p[lane]};
        for (int i = 0; i < PARAMETERS; ++i) {
            const double pull =
                (found[i] - truth[i]) / sqrt(block->covariance[diagonal[i]][lane]);
            if (fabs(pull) < 5)
                add(&sum->pull[i], pull);
            else
                sum->far[i] += 1;
        }
        const double ndf = (double)block->sums.n_hits[lane] - 6 + block->in_time[lane];
        const double p = probability(block->chi2[lane], ndf);
        add(&sum->probability, p);
        sum->deciles[(int)(p * 9.999)] += 1;
        add(&sum->time_pull, (block->drift_time_ns[lane] - toy->time_ns[first + lane]) /
                                 sqrt(block->drift_time_ns2[lane]));
        sum->in_time += block->in_time[lane];
        look_at_sides(toy, block, lane, first + lane, sum);
    }
}

static struct summary fit_sample(const struct toy_sample *sample)
{
    struct summary sum = {0};
    struct toy *toy = toy_make(sample);
    fit_all(toy, spw_isa_best(), look_at, &sum);
    toy_free(toy);
    return sum;
}

/* Means and widths to 4.5 of their own errors; tails beyond 5 sigmas from wrong sides. */
static void check_pulls(const struct summary *sum)
{
    for (int i = 0; i < PARAMETERS; ++i) {
        assert_near(mean(&sum->pull[i]), 0, 4.5 / sqrt(N_TRACKS), 0);
        assert_near(width(&sum->pull[i]), 1, 4.5 / sqrt(2 * N_TRACKS), 0);
        assert_true(sum->far[i] <= 1e-3 * N_TRACKS);
    }
}

static void pulls_and_chi2(void **state)
{
    (void)state;
    const struct summary sum = fit_sample(&(struct toy_sample){5e3, 65e3, 0, 0, 0.2, 1, 0});
    double spread = 0;
    check_pulls(&sum);
    for (int i = 0; i < 10; ++i)
        spread += pow(sum.deciles[i] - N_TRACKS / 10.0, 2) / (N_TRACKS / 10.0);
    assert_true(spread < 35); /* 9 degrees of freedom */
    assert_near(mean(&sum.probability), 0.5, 0.02, 0);
    assert_true(sum.in_time > 0.999 * N_TRACKS);
    fprintf(stderr, "%g %g\n", sum.wrong_sides / sum.sides, sum.lost / sum.used);
    assert_true(sum.wrong_sides < 1e-3 * sum.sides && sum.lost < 5e-4 * sum.used);
}

static void time_from_drift(void **state)
{
    (void)state;
    const struct summary sum = fit_sample(&(struct toy_sample){5e3, 65e3, 8, 60, 0, 1, 0});
    check_pulls(&sum);
    assert_near(mean(&sum.time_pull), 0, 0.1, 0);
    assert_near(width(&sum.time_pull), 1, 0.05, 0);
    assert_true(sum.in_time < 0.01 * N_TRACKS);
}

/* 5 % of the hits with a time of their own: most are thrown out, the tracks stay. */
static void wrong_hits(void **state)
{
    (void)state;
    const struct summary sum =
        fit_sample(&(struct toy_sample){5e3, 65e3, 0, 0, 0.1, 1, 0.05});
    for (int i = 0; i < PARAMETERS; ++i) {
        assert_true(width(&sum.pull[i]) < 1.15);
        assert_true(sum.far[i] < 0.015 * N_TRACKS);
    }
    assert_true(sum.used_wrong < 0.015 * sum.used);
}

/// Results of one fit, kept bit for bit.
struct kept {
    double value[N_TRACKS][2 * PARAMETERS + 5];
};

static void keep(struct toy *toy, const struct track_block *block, uint32_t first, void *to)
{
    struct kept *kept = to;
    (void)toy;
    for (uint32_t lane = 0; lane < L && first + lane < N_TRACKS; ++lane) {
        double *v = kept->value[first + lane];
        const double *state = block->state.x_mm + lane;
        for (int i = 0; i < PARAMETERS; ++i) {
            v[i] = state[i * L];
            v[PARAMETERS + i] = block->after[i][lane];
        }
        v[10] = block->chi2[lane];
        v[11] = block->covariance[14][lane];
        v[12] = block->covariance[10][lane];
        v[13] = block->drift_time_ns[lane];
        if (block->view[5].n[lane] > 1)
            v[14] = (double)block->view[5].slot[1].residual_mm[lane];
        for (int i = 0; i < 15; ++i) assert_true(isfinite(v[i]));
    }
}

static void instruction_sets_agree(void **state)
{
    (void)state;
    struct toy *toy = toy_make(&(struct toy_sample){2e3, 65e3, -20, 60, 0.1, 1, 0.05});
    struct kept *one = calloc(1, sizeof *one), *other = calloc(1, sizeof *other);
    fit_all(toy, SPW_ISA_V2, keep, one);
    for (int isa = 1; isa <= (int)spw_isa_best(); ++isa) {
        fit_all(toy, (enum spw_isa)isa, keep, other);
        assert_memory_equal(one, other, sizeof *one);
    }
    free(one);
    free(other);
    toy_free(toy);
}

/* A track does not see who stands in the other lanes, nor in which lane it stands. */
static void lanes_are_alone(void **state)
{
    (void)state;
    static struct track_block together, alone;
    struct toy *toy = toy_make(&(struct toy_sample){2e3, 65e3, -20, 60, 0.1, 1, 0.05});
    const struct track_source source = toy_source(toy);
    const struct track_kernels kernels = track_kernels_pick(spw_isa_best());
    track_block_clear(&together, &toy->constants);
    for (uint32_t lane = 0; lane < L; ++lane)
        track_block_fill(&together, lane, &source, lane);
    track_block_fit(&kernels, &toy->constants, &together);
    for (uint32_t lane = 0; lane < L; ++lane) {
        const uint32_t place = L - 1 - lane, empty = (place + 1) % L;
        track_block_clear(&alone, &toy->constants);
        track_block_fill(&alone, place, &source, lane);
        track_block_fit(&kernels, &toy->constants, &alone);
        assert_true(alone.chi2[place] == together.chi2[lane]);
        assert_true(alone.state.q_over_p[place] == together.state.q_over_p[lane]);
        assert_true(isfinite(alone.chi2[empty]) && isfinite(alone.covariance[14][empty]));
    }
    toy_free(toy);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pulls_and_chi2),  cmocka_unit_test(time_from_drift),
        cmocka_unit_test(wrong_hits),      cmocka_unit_test(instruction_sets_agree),
        cmocka_unit_test(lanes_are_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
