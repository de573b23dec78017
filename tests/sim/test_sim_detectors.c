/* The magnet against numerical integration; straws, rings and cells where the particle was. */
#include "sim/event.h"

#include "support/test.h"

#include <string.h>

struct fixture {
    struct spw_arena arena;
    struct sim_setup setup;
    struct sim_event event;
};

static int open_fixture(void **state)
{
    static struct fixture fixture;
    const struct sim_options options = {.seed = 1, .n_events = 10};
    memset(&fixture, 0, sizeof fixture);
    assert_ok(sim_setup_open(&fixture.setup, &fixture.arena, &options));
    assert_ok(sim_event_init(&fixture.event, &fixture.setup, &fixture.arena));
    *state = &fixture;
    return 0;
}

static int close_fixture(void **state)
{
    struct fixture *fixture = *state;
    spw_arena_release(&fixture->arena);
    return 0;
}

/* dp/dt = q v x B with B along y, by Runge and Kutta in z. y[5] = x, y, px, py, pz. */
static void derivative(const double y[5], int charge, double per_mm, double out[5])
{
    out[0] = y[2] / y[4];
    out[1] = y[3] / y[4];
    out[2] = -charge * per_mm;
    out[3] = 0;
    out[4] = charge * per_mm * y[2] / y[4];
}

static void integrate(double y[5], int charge, double kick, double length)
{
    enum { STEPS = 2000 };

    const double h = length / STEPS;
    for (int step = 0; step < STEPS; ++step) {
        double k[4][5], at[5];
        derivative(y, charge, kick / length, k[0]);
        for (int s = 1; s < 4; ++s) {
            for (int i = 0; i < 5; ++i) at[i] = y[i] + (s < 3 ? h / 2 : h) * k[s - 1][i];
            derivative(at, charge, kick / length, k[s]);
        }
        for (int i = 0; i < 5; ++i)
            y[i] += h / 6 * (k[0][i] + 2 * k[1][i] + 2 * k[2][i] + k[3][i]);
    }
}

static void bends_as_the_equation_of_motion(void **state)
{
    (void)state;
    uint64_t seed = test_seed();
    for (int i = 0; i < 200; ++i) {
        const double u = (double)(test_random(&seed) >> 11) * 0x1p-53;
        const double v = (double)(test_random(&seed) >> 11) * 0x1p-53;
        const double w = (double)(test_random(&seed) >> 11) * 0x1p-53;
        const double p = 2000 + 70000 * u, tx = 0.04 * (v - 0.5), ty = 0.04 * (w - 0.5);
        const int charge = i % 2 ? 1 : -1;
        const double pz = p / sqrt(1 + tx * tx + ty * ty);
        double y[5] = {10, 20, pz * tx, pz * ty, pz};
        struct sim_point at = {.x_mm = 10, .y_mm = 20, .tx = tx, .ty = ty, .p_MeV = p};
        assert_true(
            sim_magnet(&at, p, charge, NA62_MAGNET_KICK_MEV, NA62_MAGNET_LENGTH_MM));
        integrate(y, charge, NA62_MAGNET_KICK_MEV, NA62_MAGNET_LENGTH_MM);
        assert_near(at.x_mm, y[0], 1e-7, 0);
        assert_near(at.y_mm, y[1], 1e-7, 0);
        assert_near(at.tx, y[2] / y[4], 1e-10, 0);
        assert_near(at.ty, y[3] / y[4], 1e-10, 0);
    }
}

static void sends_positive_particles_to_negative_x(void **state)
{
    (void)state;
    struct sim_point at = {.p_MeV = 30000};
    assert_true(sim_magnet(&at, 30000, 1, NA62_MAGNET_KICK_MEV, NA62_MAGNET_LENGTH_MM));
    assert_near(at.tx, -0.009, 1e-5, 0);
    assert_true(at.x_mm < 0);
    struct sim_point slow = {.p_MeV = 200};
    assert_false(sim_magnet(&slow, 200, 1, NA62_MAGNET_KICK_MEV, NA62_MAGNET_LENGTH_MM));
    assert_near(0.299792458 * NA62_MAGNET_FIELD_T * NA62_MAGNET_LENGTH_MM,
                NA62_MAGNET_KICK_MEV, 0.05, 0);
}

static uint32_t add_particle(struct fixture *f, int pdg, double p, double tx, double ty)
{
    const double pz = p / sqrt(1 + tx * tx + ty * ty);
    const struct sim_particle particle = {
        .pdg = pdg,
        .parent = -1,
        .p_MeV = {pz * tx, pz * ty, pz},
        .r_mm = {100, 0, 150000},
        .time_ns = 7,
    };
    return sim_add_particle(&f->event, &particle);
}

/* Hits lie on straws: their wire is as far from the track as they say. */
static void hits_the_straws_on_its_way(void **state)
{
    struct fixture *f = *state;
    double n_hits = 0;
    f->setup.settings.straw_inefficiency = 0;
    for (uint64_t i = 0; i < 10; ++i) {
        sim_event_start(&f->event, i);
        const uint32_t row = add_particle(f, SIM_PDG_MU_MINUS, 20000, 0.004, 0.003);
        sim_propagate(&f->event, row);
        sim_straw_response(&f->event, row);
        const struct sim_hits *hits = &f->event.hits[SIM_STRAW];
        for (uint32_t k = 0; k < hits->count; ++k) {
            struct sim_point at;
            double c, s;
            const struct sim_hit *hit = &hits->hit[k];
            const struct na62_wire wire =
                na62_straw_wire(f->setup.channels[SIM_STRAW].map.id[hit->channel]);
            na62_straw_view_axis(wire.view, &c, &s);
            assert_true(sim_track_at(&f->event.track[row], wire.z_mm, &at));
            assert_near((double)hit->position_mm, c * at.x_mm + s * at.y_mm - wire.w_mm,
                        0.01, 0);
            assert_true(hit->time_ns > 0 && hit->time_ns < 7 + 200);
        }
        n_hits += hits->count;
    }
    assert_in_range((int)(n_hits / 10), 26, 40); /* 2 of 4 layers in 16 views, about */
}

static void drifts_longer_from_farther_away(void **state)
{
    struct fixture *f = *state;
    double slope, last = -1;
    for (double r = 0; r < 4.87; r += 0.05) {
        const double t = sim_drift_time_ns(&f->setup, r, &slope);
        assert_true(t > last);
        assert_true(slope > 0);
        last = t;
    }
    assert_in_range((int)last, 120, 180);
}

/* Radius of the ring: f tan(acos(1 / (n beta))). */
static void rings_have_the_radius_of_the_velocity(void **state)
{
    struct fixture *f = *state;

    static const struct {
        int pdg;
        double p;
    } particle[] = {
        {SIM_PDG_PI_PLUS, 35000}, {SIM_PDG_PI_PLUS, 20000}, {SIM_PDG_MU_PLUS, 20000}};

    f->setup.settings.rich_photons = 2000;
    for (int i = 0; i < 3; ++i) {
        sim_event_start(&f->event, (uint64_t)i);
        const uint32_t row = add_particle(f, particle[i].pdg, particle[i].p, 0, 0);
        const double p = particle[i].p, mass = sim_mass_MeV(particle[i].pdg);
        const struct sim_leg leg = {150000, 300, 0, 0.0005, 0.001, p, particle[i].pdg};
        f->event.track[row].leg[0] = leg;
        f->event.track[row].n = 1;
        f->event.track[row].z_end_mm = 260000;
        sim_rich_response(&f->event, row);

        const double beta = p / sqrt(p * p + mass * mass);
        const double expected = 17020 * tan(acos(1 / (beta * (1 + 62e-6))));
        const struct sim_hits *hits = &f->event.hits[SIM_RICH];
        double sum = 0, n = 0;
        for (uint32_t k = 0; k < hits->count; ++k) {
            const uint32_t id = f->setup.channels[SIM_RICH].map.id[hits->hit[k].channel];
            if (id / 10 % 10 == 1) continue; /* supercells */
            const struct na62_position at = na62_rich_pm(id);
            const double shift = id / 100000 == 0 ? 127 : 177;
            sum += hypot(at.x_mm - shift - 17020 * 0.0005, at.y_mm - 17020 * 0.001);
            n += 1;
        }
        assert_true(n > 300);
        assert_near(sum / n, expected, 1.0, 0);
    }
}

/* Cells around the impact hold the energy, and its centre of gravity is the impact. */
static void showers_stand_where_the_photon_came(void **state)
{
    struct fixture *f = *state;
    double energy = 0, dx = 0, dy = 0;
    for (uint64_t i = 0; i < 10; ++i) {
        sim_event_start(&f->event, i);
        const uint32_t row =
            add_particle(f, SIM_PDG_GAMMA, 20000, 0.005 + 1e-4 * (double)i, -0.004);
        struct sim_point at;
        sim_propagate(&f->event, row);
        sim_calorimeter_response(&f->event, row);
        assert_true(sim_track_at(&f->event.track[row], NA62_Z_LKR_MM, &at));
        const struct sim_deposits *deposits = &f->event.deposits[SIM_LKR];
        double e = 0, x = 0, y = 0;
        for (uint32_t k = 0; k < deposits->count; ++k) {
            const struct sim_deposit *d = &deposits->deposit[k];
            const struct na62_position cell =
                na62_lkr_cell(f->setup.cells[SIM_LKR].map.id[d->channel]);
            e += (double)d->energy_MeV;
            x += (double)d->energy_MeV * cell.x_mm;
            y += (double)d->energy_MeV * cell.y_mm;
        }
        energy += e / 10;
        dx += (x / e - at.x_mm) / 10;
        dy += (y / e - at.y_mm) / 10;
    }
    assert_near(energy, 20000, 0, 0.05);
    assert_near(dx, 0, 2, 0);
    assert_near(dy, 0, 2, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bends_as_the_equation_of_motion),
        cmocka_unit_test(sends_positive_particles_to_negative_x),
        cmocka_unit_test_setup_teardown(hits_the_straws_on_its_way, open_fixture,
                                        close_fixture),
        cmocka_unit_test_setup_teardown(drifts_longer_from_farther_away, open_fixture,
                                        close_fixture),
        cmocka_unit_test_setup_teardown(rings_have_the_radius_of_the_velocity, open_fixture,
                                        close_fixture),
        cmocka_unit_test_setup_teardown(showers_stand_where_the_photon_came, open_fixture,
                                        close_fixture),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
