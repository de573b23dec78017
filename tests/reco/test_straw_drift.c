/* Drift relation in tables: inverse, and pairs of neighbouring wires. */
#include "support/test.h"

#include "reco/straw/drift.h"

static struct straw_drift drift;

static void make(enum spw_rt_kind kind, const float *p, uint32_t n, float max_mm)
{
    struct spw_arena arena = {0};
    struct straw_rt rt = {.kind = kind, .rt = {.max_mm = max_mm}};
    const struct straw_settings settings = {
        .resolution_far = 0.1, .resolution_near = 0.2, .resolution_range = 0.8};
    for (uint32_t i = 0; i < n; ++i) rt.rt.p[i] = p[i];
    assert_ok(straw_drift_make(&drift, &rt, &settings, &arena));
    spw_arena_release(&arena);
}

static void make_quadratic(void)
{
    make(SPW_RT_QUADRATIC, (float[]){13.9f, 3.4603f}, 2, 4.875f);
}

static void make_root(void)
{
    make(SPW_RT_ROOT, (float[]){-2.29722f, 763.831f, 0.00807073f, 22.5652f, -58.9754f}, 5,
         4.9f);
}

static float time_of(float r_mm)
{
    float ns_per_mm;
    return straw_drift_ns(&drift, fabsf(r_mm), &ns_per_mm);
}

static void radius_and_time_are_inverse(void **state)
{
    (void)state;
    for (int kind = 0; kind < 2; ++kind) {
        if (kind)
            make_root();
        else
            make_quadratic();
        for (float r = 0.1f; r < 4.85f; r += 0.05f)
            assert_near(straw_radius_mm(&drift, time_of(r)), r, 0.01, 0);
        assert_near(straw_radius_mm(&drift, -50), 0, 0, 0);
        assert_near(straw_radius_mm(&drift, 1000), drift.max_radius_mm, 0, 0);
        assert_near(straw_sigma_mm(&drift, 0), 0.3, 1e-4, 0);
        assert_near(straw_sigma_mm(&drift, 4.8f), 0.1005, 1e-3, 0);
    }
    make_quadratic();
    assert_near(time_of(2), 13.9 * 2 + 3.4603 * 4, 0.05, 0);
}

/* The place between two wires follows from the difference of the drift times alone, also where
   the track passes just outside and where the wires are further apart than nominal. */
static void pairs_give_the_place(void **state)
{
    (void)state;
    for (int kind = 0; kind < 2; ++kind) {
        if (kind)
            make_root();
        else
            make_quadratic();
        for (float r = -0.4f; r < 4.8f; r += 0.1f)
            for (float excess = -0.1f; excess < 0.15f; excess += 0.1f) {
                const float other = STRAW_PAIR_MM + excess - r;
                const float difference = time_of(r) - time_of(other);
                const struct straw_pair *pair =
                    &drift.pair[(int)(difference + STRAW_DRIFT_PAIRS / 2 + 0.5f)];
                if (fabsf(other) > 4.8f || fabsf(difference) > drift.max_difference_ns ||
                    fabsf(r) < 0.15f || fabsf(other) < 0.15f)
                    continue;
                assert_near(pair->radius_mm + excess * pair->radius_per_mm, r, 0.06, 0);
                assert_near(pair->time_ns + excess * pair->time_ns_per_mm, time_of(r), 2.5,
                            0);
            }
    }
}

static void relations_that_join_no_pair_are_refused(void **state)
{
    (void)state;
    struct spw_arena arena = {0};
    const struct straw_rt rt = {.kind = SPW_RT_QUADRATIC,
                                .rt = {.p = {13.9f, 3.46f}, .max_mm = 2}};
    const struct straw_settings settings = {.resolution_far = 0.1, .resolution_range = 1};
    assert_int_equal(straw_drift_make(&drift, &rt, &settings, &arena), SPW_BAD_CONFIG);
    spw_arena_release(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(radius_and_time_are_inverse),
        cmocka_unit_test(pairs_give_the_place),
        cmocka_unit_test(relations_that_join_no_pair_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
