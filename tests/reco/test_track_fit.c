/* Fits of tracks made by the test's own helix, straws and scattering: pulls, chi2, resolutions
   next to the errors, times, wrong hits; all instruction sets bit for bit. */
#include "support/test.h"

#include "geometry/na62_geometry.h"
#include "reco/track/fill.h"

#include <string.h>

enum { N_TRACKS = 6000, MAX_HITS = 64, PARAMETERS = 5, L = TRACK_LANES };

static const double heat_mm[] = {1, 0.5, 0.2, 0, 0};
static const struct track_fit_settings settings = {
    .dipole = {NA62_Z_MAGNET_MM, NA62_MAGNET_LENGTH_MM, NA62_MAGNET_KICK_MEV, 0},
    .chamber_x0 = 0.0045,
    .mass_MeV = 139.57,
    .sigma_mm = {0.10, 0.20, 0.8},
    .time_prior_ns = 0.2,
    .in_time_sigmas = 4,
    .max_pull = 4.5,
    .min_p_MeV = 500,
    .heat_mm = heat_mm,
    .n_heat = 5,
};

/* t = 13.9 r + 3.4603 r^2, in ns and mm. */
static const double rt_a = 13.9, rt_b = 3.4603;

static double uniform(uint64_t *seed, double low, double high)
{
    return low + (high - low) * (double)(test_random(seed) >> 11) * 0x1p-53;
}

static double gauss(uint64_t *seed)
{
    const double u = uniform(seed, 1e-300, 1), v = uniform(seed, 0, 2 * M_PI);
    return sqrt(-2 * log(u)) * cos(v);
}

/// How a sample of tracks is made.
struct sample {
    double p_min_MeV, p_max_MeV;
    double time_min_ns, time_max_ns; ///< of the tracks
    double trigger_sigma_ns;         ///< of the trigger against tracks in time
    double seed_error;               ///< scale of the errors of the seeds
    double wrong_fraction;           ///< hits with a random time instead of their own
};

/// Tracks with their truth, as the pattern recognition would hand them over.
struct toy {
    struct track_constants constants;
    struct track_drift drift;
    struct track_candidates candidates;
    struct track_hits hits;
    struct spw_arena arena;
    double truth[N_TRACKS][PARAMETERS], time_ns[N_TRACKS];
    int8_t true_side[N_TRACKS * MAX_HITS];
    uint8_t wrong[N_TRACKS * MAX_HITS];
};

/* A straight step, and the field as a circle in the x-z plane. */
static void helix(double s[5], double *z)
{
    const double in = NA62_Z_MAGNET_MM - NA62_MAGNET_LENGTH_MM / 2;
    const double per_mm = NA62_MAGNET_KICK_MEV / NA62_MAGNET_LENGTH_MM,
                 q = copysign(1, s[4]);
    s[0] += s[2] * (in - *z);
    s[1] += s[3] * (in - *z);
    const double pz = 1 / (fabs(s[4]) * sqrt(1 + s[2] * s[2] + s[3] * s[3]));
    const double px = pz * s[2], py = pz * s[3], pt = hypot(px, pz);
    const double px_out = px - q * NA62_MAGNET_KICK_MEV;
    const double pz_out = sqrt(pt * pt - px_out * px_out);
    s[0] += q * (pz_out - pz) / per_mm;
    s[1] += q * py * (asin(px / pt) - asin(px_out / pt)) / per_mm;
    s[2] = px_out / pz_out;
    s[3] = py / pz_out;
    *z = in + NA62_MAGNET_LENGTH_MM;
}

static void scatter(double s[5], uint64_t *seed)
{
    const double p = 1 / fabs(s[4]), beta = p / hypot(p, 139.57);
    const double angle = 13.6 / (beta * p) * sqrt(0.0045 / 4) * (1 + 0.038 * log(0.0045));
    s[2] += angle * gauss(seed);
    s[3] += angle * gauss(seed);
}

static void add_hit(struct toy *toy,
                    uint32_t track,
                    const struct na62_wire *wire,
                    double d,
                    const struct sample *sample,
                    uint64_t *seed)
{
    struct track_hits *h = &toy->hits;
    const uint32_t row = h->rows.count++;
    const double r = fabs(d), slope = rt_a + 2 * rt_b * r;
    const double sigma = 0.10 + 0.20 * exp(-r / 0.8);
    double t = r * (rt_a + rt_b * r) + toy->time_ns[track] + slope * sigma * gauss(seed);
    const bool wrong = uniform(seed, 0, 1) < sample->wrong_fraction;
    if (wrong) t = uniform(seed, 0, 150);
    double c, s;
    na62_straw_view_axis(wire->view, &c, &s);
    h->hit[row] = row;
    h->z_mm[row] = (float)wire->z_mm;
    h->w_mm[row] = (float)wire->w_mm;
    h->c[row] = (float)c;
    h->s[row] = (float)s;
    h->time_ns[row] = (float)t;
    toy->true_side[row] = d > 0 ? 1 : -1;
    toy->wrong[row] = wrong;
    h->side[row] = uniform(seed, 0, 1) < 0.05 ? 0 : toy->true_side[row];
    if (uniform(seed, 0, 1) < 0.03) h->side[row] = (int8_t)-h->side[row];
    h->chamber[row] = (uint8_t)wire->chamber;
    h->view[row] = (uint8_t)wire->view;
    h->plane[row] = (uint8_t)wire->plane;
}

/* From chamber 1 through all planes; the kink of a view lies between its halves. */
static void
cross(struct toy *toy, uint32_t track, const struct sample *sample, uint64_t *seed)
{
    double s[5], z = na62_z_straw_chamber_mm[0];
    memcpy(s, toy->truth[track], sizeof s);
    for (uint32_t plane = 0; plane < 64; ++plane) {
        if (plane == 32) helix(s, &z);
        const struct na62_wire first = na62_straw_wire(plane * NA62_STRAW_POSITIONS);
        s[0] += s[2] * (first.z_mm - z);
        s[1] += s[3] * (first.z_mm - z);
        z = first.z_mm;
        double c, n;
        na62_straw_view_axis(first.view, &c, &n);
        const double w = c * s[0] + n * s[1], slope = c * s[2] + n * s[3];
        const double place = round((w - first.w_mm) / NA62_STRAW_PITCH_MM);
        if (place >= 0 && place < NA62_STRAW_POSITIONS) {
            const struct na62_wire wire =
                na62_straw_wire(plane * NA62_STRAW_POSITIONS + (uint32_t)place);
            const double d = (w - wire.w_mm) / sqrt(1 + slope * slope);
            if (wire.exists && fabs(d) < NA62_STRAW_RADIUS_MM && uniform(seed, 0, 1) > 0.02)
                add_hit(toy, track, &wire, d, sample, seed);
        }
        if (plane % 4 == 1) scatter(s, seed);
    }
}

static void add_seed(struct toy *toy, uint32_t track, double error, uint64_t *seed)
{
    struct track_candidates *c = &toy->candidates;
    const double *truth = toy->truth[track];
    c->x_mm[track] = (float)(truth[0] + error * 0.5 * gauss(seed));
    c->y_mm[track] = (float)(truth[1] + error * 0.5 * gauss(seed));
    c->dxdz[track] = (float)(truth[2] + error * 1e-4 * gauss(seed));
    c->dydz[track] = (float)(truth[3] + error * 1e-4 * gauss(seed));
    c->q_over_p[track] = (float)(truth[4] * (1 + error * 0.02 * gauss(seed)));
    c->time_ns[track] = fabs(toy->time_ns[track]) < 1
                            ? 0
                            : (float)(toy->time_ns[track] + error * 2 * gauss(seed));
    c->rows.count = track + 1;
}

static void draw_tracks(struct toy *toy, const struct sample *sample)
{
    uint64_t seed = test_seed();
    for (uint32_t i = 0; i < N_TRACKS; ++i) {
        double *t = toy->truth[i];
        const uint32_t first = toy->hits.rows.count;
        t[0] = uniform(&seed, -500, 500);
        t[1] = uniform(&seed, 80, 600) * (test_random(&seed) & 1 ? 1 : -1);
        t[2] = t[0] / 6e4 + uniform(&seed, -0.004, 0.004);
        t[3] = t[1] / 6e4 + uniform(&seed, -0.003, 0.003);
        t[4] = (test_random(&seed) & 1 ? 1 : -1) /
               uniform(&seed, sample->p_min_MeV, sample->p_max_MeV);
        toy->time_ns[i] = uniform(&seed, sample->time_min_ns, sample->time_max_ns) +
                          sample->trigger_sigma_ns * gauss(&seed);
        cross(toy, i, sample, &seed);
        add_seed(toy, i, sample->seed_error, &seed);
        toy->candidates.first_hit[i] = first;
        toy->candidates.n_hits[i] = (uint16_t)(toy->hits.rows.count - first);
    }
}

static struct toy *toy_make(const struct sample *sample)
{
    struct toy *toy = calloc(1, sizeof *toy);
    struct straw_rt rt = {SPW_RT_QUADRATIC,
                          {.p = {(float)rt_a, (float)rt_b}, .max_mm = 4.875f}};
    assert_non_null(toy);
    track_constants_make(&toy->constants, &settings);
    assert_ok(track_drift_make(&toy->drift, &toy->arena, &rt,
                               SPW_PICK(spw_calibrate_kernels, SPW_ISA_V2)));
    assert_ok(spw_rows_init(&toy->candidates.rows, &track_candidates_table, &toy->arena, 1,
                            N_TRACKS));
    assert_ok(spw_rows_init(&toy->hits.rows, &track_hits_table, &toy->arena, 1,
                            N_TRACKS * MAX_HITS));
    draw_tracks(toy, sample);
    return toy;
}

static void toy_free(struct toy *toy)
{
    spw_arena_release(&toy->arena);
    free(toy);
}

/* All candidates, block by block; `each` sees every fitted block. */
static void
fit_all(struct toy *toy,
        enum spw_isa isa,
        void (*each)(struct toy *, const struct track_block *, uint32_t, void *),
        void *argument)
{
    static struct track_block block;
    const struct track_kernels kernels = track_kernels_pick(isa);
    const struct track_source source = {&toy->constants, &toy->candidates, &toy->hits,
                                        &toy->drift};
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

static struct summary fit_sample(const struct sample *sample)
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
    const struct summary sum = fit_sample(&(struct sample){5e3, 65e3, 0, 0, 0.2, 1, 0});
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
    const struct summary sum = fit_sample(&(struct sample){5e3, 65e3, 8, 60, 0, 1, 0});
    check_pulls(&sum);
    assert_near(mean(&sum.time_pull), 0, 0.1, 0);
    assert_near(width(&sum.time_pull), 1, 0.05, 0);
    assert_true(sum.in_time < 0.01 * N_TRACKS);
}

/* 5 % of the hits with a time of their own: most are thrown out, the tracks stay. */
static void wrong_hits(void **state)
{
    (void)state;
    const struct summary sum = fit_sample(&(struct sample){5e3, 65e3, 0, 0, 0.1, 1, 0.05});
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
    struct toy *toy = toy_make(&(struct sample){2e3, 65e3, -20, 60, 0.1, 1, 0.05});
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
    struct toy *toy = toy_make(&(struct sample){2e3, 65e3, -20, 60, 0.1, 1, 0.05});
    const struct track_source source = {&toy->constants, &toy->candidates, &toy->hits,
                                        &toy->drift};
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
