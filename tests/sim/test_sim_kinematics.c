/* Decays conserve four-momentum and masses; branching ratios; Dalitz plots; random streams. */
#include "sim/decay.h"

#include "support/test.h"

enum { N_DECAYS = 2000, N_CHOICES = 200000 };

static struct sim_four random_kaon(struct sim_random *random)
{
    const double p[3] = {sim_gauss(random, 100), sim_gauss(random, 100),
                         75000 * (1 + sim_gauss(random, 0.01))};
    return sim_four_of(SIM_MASS_KAON_MEV, p);
}

/* Leaves of the decay: no pi0, whose photons follow. */
static void
check_decay(struct sim_random *random, const struct sim_decays *decays, int mode)
{
    struct sim_product product[SIM_MAX_PRODUCTS];
    const struct sim_four kaon = random_kaon(random);
    const int n = sim_decay(random, decays, (enum sim_mode)mode, kaon, product);
    struct sim_four sum = {0};
    for (int i = 0; i < n; ++i) {
        const double mass = sim_mass_MeV(product[i].pdg);
        if (product[i].pdg != SIM_PDG_PI0) sum = sim_four_add(sum, product[i].p);
        assert_near(product[i].p.e * product[i].p.e,
                    mass * mass + product[i].p.x * product[i].p.x +
                        product[i].p.y * product[i].p.y + product[i].p.z * product[i].p.z,
                    1e-2, 1e-11);
    }
    assert_near(sum.e, kaon.e, 0, 1e-11);
    assert_near(sum.x, kaon.x, 1e-6, 0);
    assert_near(sum.y, kaon.y, 1e-6, 0);
    assert_near(sum.z, kaon.z, 0, 1e-11);
}

static void conserves_four_momentum(void **state)
{
    (void)state;
    struct sim_random random;
    struct sim_decays decays;
    sim_random_seed(&random, test_seed(), 0);
    sim_decays_prepare(&decays);
    for (int mode = 0; mode < SIM_N_MODES; ++mode)
        for (int i = 0; i < N_DECAYS; ++i) check_decay(&random, &decays, mode);
}

static void finds_the_kaon_in_three_pions(void **state)
{
    (void)state;
    struct sim_random random;
    struct sim_decays decays;
    struct sim_product product[SIM_MAX_PRODUCTS];
    sim_random_seed(&random, test_seed(), 1);
    sim_decays_prepare(&decays);
    for (int i = 0; i < N_DECAYS; ++i) {
        assert_int_equal(
            sim_decay(&random, &decays, SIM_K3PI, random_kaon(&random), product), 3);
        struct sim_four sum = {0};
        for (int k = 0; k < 3; ++k) sum = sim_four_add(sum, product[k].p);
        assert_near(sim_four_mass(sum), 493.677, 1e-3, 0);
    }
}

static void keeps_branching_ratios(void **state)
{
    (void)state;
    struct sim_random random;
    uint32_t count[SIM_N_MODES] = {0};
    double all = 0, chi2 = 0;
    sim_random_seed(&random, test_seed(), 2);
    for (int i = 0; i < N_CHOICES; ++i) ++count[sim_decay_choose(&random)];
    for (int mode = 0; mode < SIM_N_MODES; ++mode) all += sim_mode[mode].branching;
    for (int mode = 0; mode < SIM_PINUNU; ++mode) {
        const double expected = N_CHOICES * sim_mode[mode].branching / all;
        chi2 += (count[mode] - expected) * (count[mode] - expected) / expected;
    }
    assert_true(chi2 < 25); /* 5 degrees of freedom: p = 1e-4 */
}

/* Mean of the odd pion's kinetic energy over Q: 1/3 for flat phase space; the slope g < 0 (3 pi)
 * makes it harder, g > 0 (pi 2 pi0) softer. u falls linearly with the energy. */
static double odd_pion_share(int mode, int odd)
{
    struct sim_random random;
    struct sim_decays decays;
    struct sim_product product[SIM_MAX_PRODUCTS];
    const double p[3] = {0};
    const struct sim_four rest = sim_four_of(SIM_MASS_KAON_MEV, p);
    double sum = 0;
    sim_random_seed(&random, test_seed(), 3);
    sim_decays_prepare(&decays);
    for (int i = 0; i < 20000; ++i) {
        double q = SIM_MASS_KAON_MEV;
        sim_decay(&random, &decays, (enum sim_mode)mode, rest, product);
        for (int k = 0; k < 3; ++k) q -= sim_mass_MeV(product[k].pdg);
        sum += (product[odd].p.e - sim_mass_MeV(product[odd].pdg)) / q;
    }
    return sum / 20000;
}

static void follows_the_dalitz_slopes(void **state)
{
    (void)state;
    assert_true(odd_pion_share(SIM_K3PI, 2) > 1.0 / 3 + 0.01);
    assert_true(odd_pion_share(SIM_KPI00, 2) < 1.0 / 3 - 0.01);
}

static void has_monochromatic_muons_and_pions(void **state)
{
    (void)state;
    assert_near(sim_two_body_p(SIM_MASS_KAON_MEV, SIM_MASS_MUON_MEV, 0), 235.53, 0.02, 0);
    assert_near(sim_two_body_p(SIM_MASS_KAON_MEV, SIM_MASS_PION_MEV, SIM_MASS_PION0_MEV),
                205.14, 0.02, 0);
}

static void gives_each_event_its_own_numbers(void **state)
{
    (void)state;
    struct sim_random a, b, c;
    sim_random_seed(&a, 5, 10);
    sim_random_seed(&b, 5, 10);
    sim_random_seed(&c, 5, 11);
    double sum = 0, squares = 0;
    for (int i = 0; i < 100000; ++i) {
        const double x = sim_gauss(&a, 1);
        assert_true(x == sim_gauss(&b, 1));
        sum += x;
        squares += x * x;
    }
    assert_near(sum / 100000, 0, 0.02, 0);
    assert_near(squares / 100000, 1, 0.03, 0);
    assert_true(sim_uniform(&a) != sim_uniform(&c));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(conserves_four_momentum),
        cmocka_unit_test(finds_the_kaon_in_three_pions),
        cmocka_unit_test(keeps_branching_ratios),
        cmocka_unit_test(follows_the_dalitz_slopes),
        cmocka_unit_test(has_monochromatic_muons_and_pions),
        cmocka_unit_test(gives_each_event_its_own_numbers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
