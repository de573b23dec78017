/* Transport through the dipole against Runge-Kutta steps of the equation of motion, against the
   helix, there and back, derivatives against differences; all instruction sets bit for bit. */
#include "support/test.h"

#include "geometry/na62_geometry.h"
#include "geometry/transport.h"

#include <string.h>

enum { L = SPW_TRACK_LANES, TURNS = 20 };

static const struct spw_dipole_shape box = {NA62_Z_MAGNET_MM, NA62_MAGNET_LENGTH_MM,
                                            NA62_MAGNET_KICK_MEV, 0};
static const struct spw_dipole_shape soft = {NA62_Z_MAGNET_MM, NA62_MAGNET_LENGTH_MM,
                                             NA62_MAGNET_KICK_MEV, 250};

static const struct spw_transport_kernels *best(void)
{
    return SPW_PICK(spw_transport_kernels, spw_isa_best());
}

static double uniform(uint64_t *seed, double low, double high)
{
    return low + (high - low) * (double)(test_random(seed) >> 11) * 0x1p-53;
}

/* Tracks of 3 ... 80 GeV, slopes to 30 mrad. */
static void draw(struct spw_track_states *states, uint64_t *seed)
{
    for (int l = 0; l < L; ++l) {
        states->x_mm[l] = uniform(seed, -900, 900);
        states->y_mm[l] = uniform(seed, -900, 900);
        states->dxdz[l] = uniform(seed, -0.03, 0.03);
        states->dydz[l] = uniform(seed, -0.03, 0.03);
        states->q_over_p[l] =
            (test_random(seed) & 1 ? 1 : -1) / exp(uniform(seed, log(3e3), log(8e4)));
    }
}

/* K'(z) in MeV/mm; the soft edges have the same integral between their cuts. */
static double field(const struct spw_dipole_shape *shape, double z)
{
    const double u = z - shape->centre_mm, half = shape->length_mm / 2;
    if (shape->fringe_mm <= 0) return shape->kick_MeV / shape->length_mm;
    const double f = shape->fringe_mm, range = half + 4 * f;
    const double total =
        f * (log(cosh((range + half) / f)) - log(cosh((range - half) / f)));
    return shape->kick_MeV / total * (tanh((u + half) / f) - tanh((u - half) / f)) / 2;
}

/* d(x, y, tx, ty)/dz of a charged particle in B_y(z). */
static void motion(double by, double qp, const double s[4], double d[4])
{
    const double tx = s[2], ty = s[3], n = sqrt(1 + tx * tx + ty * ty);
    d[0] = tx;
    d[1] = ty;
    d[2] = -qp * by * n * (1 + tx * tx);
    d[3] = -qp * by * n * tx * ty;
}

static void runge_kutta(const struct spw_dipole_shape *shape,
                        double z_in,
                        double z_out,
                        double qp,
                        double s[4])
{
    enum { STEPS = 4000 };

    const double h = (z_out - z_in) / STEPS;
    for (int step = 0; step < STEPS; ++step) {
        const double z = z_in + step * h;
        const double b[3] = {field(shape, z), field(shape, z + h / 2), field(shape, z + h)};
        double k[4][4], at[4];
        motion(b[0], qp, s, k[0]);
        for (int i = 0; i < 4; ++i) at[i] = s[i] + h / 2 * k[0][i];
        motion(b[1], qp, at, k[1]);
        for (int i = 0; i < 4; ++i) at[i] = s[i] + h / 2 * k[1][i];
        motion(b[1], qp, at, k[2]);
        for (int i = 0; i < 4; ++i) at[i] = s[i] + h * k[2][i];
        motion(b[2], qp, at, k[3]);
        for (int i = 0; i < 4; ++i)
            s[i] += h / 6 * (k[0][i] + 2 * k[1][i] + 2 * k[2][i] + k[3][i]);
    }
}

static void check_against_steps(const struct spw_dipole_shape *shape)
{
    uint64_t seed = test_seed();
    struct spw_dipole dipole;
    spw_dipole_make(&dipole, shape);
    for (int turn = 0; turn < TURNS; ++turn) {
        struct spw_track_states in, out;
        struct spw_track_jacobian jacobian;
        draw(&in, &seed);
        out = in;
        best()->dipole(&dipole, &out, &jacobian);
        for (int l = 0; l < L; ++l) {
            double s[4] = {in.x_mm[l], in.y_mm[l], in.dxdz[l], in.dydz[l]};
            runge_kutta(shape, dipole.z_in_mm, dipole.z_out_mm, in.q_over_p[l], s);
            const double bend = fabs(jacobian.by[2][2][l] * in.q_over_p[l]);
            assert_near(out.x_mm[l], s[0], 1e-6, 0);
            assert_near(out.y_mm[l], s[1], 1e-6, 0);
            assert_near(out.dxdz[l], s[2], 1e-7 * bend, 0); /* 1e-7 in p */
            assert_near(out.dydz[l], s[3], 1e-7 * bend, 0);
        }
    }
}

static void box_follows_equation_of_motion(void **state)
{
    (void)state;
    check_against_steps(&box);
}

static void fringe_follows_equation_of_motion(void **state)
{
    (void)state;
    check_against_steps(&soft);
}

/* Closed form of the helix in a uniform field. */
static void box_is_a_helix(void **state)
{
    (void)state;
    uint64_t seed = test_seed();
    struct spw_dipole dipole;
    struct spw_track_states in, out;
    struct spw_track_jacobian jacobian;
    spw_dipole_make(&dipole, &box);
    draw(&in, &seed);
    out = in;
    best()->dipole(&dipole, &out, &jacobian);
    for (int l = 0; l < L; ++l) {
        const double p = 1 / in.q_over_p[l], per_mm = box.kick_MeV / box.length_mm;
        const double pz = p / sqrt(1 + pow(in.dxdz[l], 2) + pow(in.dydz[l], 2));
        const double px = pz * in.dxdz[l], py = pz * in.dydz[l], pt = hypot(px, pz);
        const double px_out = px - box.kick_MeV;
        const double pz_out = copysign(sqrt(pt * pt - px_out * px_out), pz);
        const double angle = asin(px / pt) - asin(px_out / pt);
        assert_near(out.x_mm[l], in.x_mm[l] + (pz_out - pz) / per_mm, 1e-8, 0);
        assert_near(out.y_mm[l], in.y_mm[l] + copysign(1, pz) * py * angle / per_mm, 1e-8,
                    0);
        assert_near(out.dxdz[l], px_out / pz_out, 1e-13, 0);
        assert_true((out.dxdz[l] < in.dxdz[l]) == (p > 0)); /* positive to -x */
    }
}

static void there_and_back(void **state)
{
    (void)state;
    uint64_t seed = test_seed();
    struct spw_dipole forth, back;
    struct spw_track_states in, out;
    struct spw_track_jacobian a, b;
    spw_dipole_make(&forth, &soft);
    spw_dipole_reverse(&back, &forth);
    draw(&in, &seed);
    out = in;
    best()->dipole(&forth, &out, &a);
    best()->dipole(&back, &out, &b);
    for (int l = 0; l < L; ++l) {
        assert_near(out.x_mm[l], in.x_mm[l], 1e-7, 0);
        assert_near(out.y_mm[l], in.y_mm[l], 1e-7, 0);
        assert_near(out.dxdz[l], in.dxdz[l], 1e-14, 0);
        assert_near(out.dydz[l], in.dydz[l], 1e-14, 0);
    }
}

/* Central differences of every output by every input. */
static void derivatives(void **state)
{
    (void)state;
    uint64_t seed = test_seed();
    struct spw_dipole dipole;
    struct spw_track_states in, up, down;
    struct spw_track_jacobian jacobian, other;
    spw_dipole_make(&dipole, &box);
    draw(&in, &seed);
    up = in;
    best()->dipole(&dipole, &up, &jacobian);
    for (int k = 0; k < 3; ++k) {
        const double step = k < 2 ? 1e-5 : 1e-8;
        up = down = in;
        double *plus = k == 0 ? up.dxdz : k == 1 ? up.dydz : up.q_over_p;
        double *minus = k == 0 ? down.dxdz : k == 1 ? down.dydz : down.q_over_p;
        for (int l = 0; l < L; ++l) {
            plus[l] += step;
            minus[l] -= step;
        }
        best()->dipole(&dipole, &up, &other);
        best()->dipole(&dipole, &down, &other);
        for (int l = 0; l < L; ++l) {
            const double *by[4] = {up.x_mm, up.y_mm, up.dxdz, up.dydz};
            const double *from[4] = {down.x_mm, down.y_mm, down.dxdz, down.dydz};
            const double scale = k < 2 ? 1.0 : 270.0;
            for (int i = 0; i < 4; ++i)
                assert_near(jacobian.by[i][k][l], (by[i][l] - from[i][l]) / (2 * step),
                            (i < 2 ? 1e-3 : 1e-7) * scale, 1e-6);
        }
    }
}

/* Particles slower than the field can bend: finite, whatever they are. */
static void no_turning_round(void **state)
{
    (void)state;
    struct spw_dipole dipole;
    struct spw_track_states states;
    struct spw_track_jacobian jacobian;
    spw_dipole_make(&dipole, &box);
    memset(&states, 0, sizeof states);
    for (int l = 0; l < L; ++l) states.q_over_p[l] = (l % 2 ? 1 : -1) * pow(10, l - 8.0);
    best()->dipole(&dipole, &states, &jacobian);
    for (int l = 0; l < L; ++l) {
        assert_true(isfinite(states.x_mm[l]) && isfinite(states.dxdz[l]));
        assert_true(isfinite(jacobian.by[0][2][l]));
    }
}

static void instruction_sets_agree(void **state)
{
    (void)state;
    uint64_t seed = test_seed();
    struct spw_dipole dipole;
    struct spw_track_states in, out[SPW_N_ISA];
    struct spw_track_jacobian jacobian[SPW_N_ISA];
    spw_dipole_make(&dipole, &soft);
    for (int turn = 0; turn < TURNS; ++turn) {
        draw(&in, &seed);
        for (int isa = 0; isa <= (int)spw_isa_best(); ++isa) {
            out[isa] = in;
            SPW_PICK(spw_transport_kernels, (enum spw_isa)isa)
                ->dipole(&dipole, &out[isa], &jacobian[isa]);
            assert_memory_equal(&out[isa], &out[0], sizeof out[0]);
            assert_memory_equal(&jacobian[isa], &jacobian[0], sizeof jacobian[0]);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(box_follows_equation_of_motion),
        cmocka_unit_test(fringe_follows_equation_of_motion),
        cmocka_unit_test(box_is_a_helix),
        cmocka_unit_test(there_and_back),
        cmocka_unit_test(derivatives),
        cmocka_unit_test(no_turning_round),
        cmocka_unit_test(instruction_sets_agree),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
