#include "support/track_toy.h"

#include "support/test.h"

#include "geometry/na62_geometry.h"

#include <string.h>

static const double heat_mm[] = {1, 0.5, 0.2, 0, 0};
const struct track_fit_settings toy_settings = {
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
                    const struct toy_sample *sample,
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
cross(struct toy *toy, uint32_t track, const struct toy_sample *sample, uint64_t *seed)
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

static void draw_tracks(struct toy *toy, const struct toy_sample *sample)
{
    uint64_t seed = test_seed();
    for (uint32_t i = 0; i < TOY_TRACKS; ++i) {
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

struct toy *toy_make(const struct toy_sample *sample)
{
    struct toy *toy = calloc(1, sizeof *toy);
    struct straw_rt rt = {SPW_RT_QUADRATIC,
                          {.p = {(float)rt_a, (float)rt_b}, .max_mm = 4.875f}};
    assert_non_null(toy);
    track_constants_make(&toy->constants, &toy_settings);
    assert_ok(track_drift_make(&toy->drift, &toy->arena, &rt,
                               SPW_PICK(spw_calibrate_kernels, SPW_ISA_V2)));
    assert_ok(spw_rows_init(&toy->candidates.rows, &track_candidates_table, &toy->arena, 1,
                            TOY_TRACKS));
    assert_ok(spw_rows_init(&toy->hits.rows, &track_hits_table, &toy->arena, 1,
                            TOY_TRACKS * TOY_MAX_HITS));
    draw_tracks(toy, sample);
    return toy;
}

void toy_free(struct toy *toy)
{
    spw_arena_release(&toy->arena);
    free(toy);
}

struct track_source toy_source(const struct toy *toy)
{
    return (struct track_source){&toy->constants, &toy->candidates, &toy->hits,
                                 &toy->drift};
}
