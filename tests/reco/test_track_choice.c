/* From candidates to tracks: who is kept when candidates share straws, bad ones, second tries,
   candidates without sense. */
#include "support/test.h"
#include "support/track_toy.h"

#include "reco/objects.h"
#include "reco/track/fitted.h"

enum { N = TOY_TRACKS, HITS = TOY_TRACKS * TOY_MAX_HITS };

static const double quick_mm[] = {0.3, 0}, slow_mm[] = {1, 0.5, 0.2, 0, 0};

/// A toy's candidates with everything that is made of them.
struct fixture {
    struct toy *toy;
    struct track_fitter fitter;
    struct track_source source;
    struct track_block *block;
    struct track_fitted *fitted;
    struct track_hit_fits hits;
    struct track_choice choice;
    struct spw_arena arena;
};

static void *room(struct fixture *f, size_t size)
{
    void *memory = spw_arena_zeros(&f->arena, 1, size);
    assert_non_null(memory);
    return memory;
}

static struct fixture *setup(const struct toy_sample *sample)
{
    struct fixture *f = calloc(1, sizeof *f);
    assert_non_null(f);
    f->toy = toy_make(sample);
    f->source = toy_source(f->toy);
    f->fitter.settings = (struct track_settings){.max_pull = 4,
                                                 .min_p = 1000,
                                                 .more_chi2 = 2,
                                                 .min_hits = 12,
                                                 .max_chi2 = 8,
                                                 .max_shared = 0.35};
    struct track_fit_settings settings = toy_settings;
    settings.heat_mm = quick_mm;
    settings.n_heat = 2;
    track_constants_make(&f->fitter.constants, &settings);
    settings.heat_mm = slow_mm;
    settings.n_heat = 5;
    track_constants_make(&f->fitter.more, &settings);
    f->fitter.kernels = track_kernels_pick(spw_isa_best());
    f->block = room(f, sizeof *f->block);
    f->fitted = room(f, sizeof *f->fitted * N);
    f->hits = (struct track_hit_fits){room(f, HITS), room(f, HITS * sizeof(float)),
                                      room(f, HITS * sizeof(float))};
    f->choice = (struct track_choice){room(f, N * sizeof(uint32_t)), room(f, HITS)};
    return f;
}

static void teardown(struct fixture *f)
{
    spw_arena_release(&f->arena);
    toy_free(f->toy);
    free(f);
}

static void fit(struct fixture *f, uint32_t n)
{
    f->toy->candidates.rows.count = n;
    track_fit_candidates(&f->fitter, &f->source, f->block, f->fitted, &f->hits);
}

static uint32_t choose(struct fixture *f, uint32_t n)
{
    const uint32_t range[2] = {0, n};
    return track_choose(&f->fitter, &f->source, &f->hits, f->fitted, range, &f->choice);
}

/* Different straws: all are kept, by falling momentum, and nothing stays marked. */
static void separate_tracks_are_kept(void **state)
{
    (void)state;

    enum { FEW = 40 };
    struct fixture *f = setup(&(struct toy_sample){5e3, 65e3, 0, 0, 0.1, 1, 0});
    fit(f, FEW);
    assert_int_equal(choose(f, FEW), FEW);
    for (uint32_t i = 1; i < FEW; ++i)
        assert_true(fabsf(f->fitted[f->choice.order[i]].state[4]) >=
                    fabsf(f->fitted[f->choice.order[i - 1]].state[4]));
    for (uint32_t h = 0; h < f->toy->hits.rows.count; ++h)
        assert_int_equal(f->choice.used[h], 0);
    for (uint32_t i = 0; i < FEW; ++i)
        assert_int_equal(f->fitted[i].quality & SPW_TRACK_SHARED_HITS, 0);
    teardown(f);
}

/* A copy with fewer straws falls; one that shares little is kept and flagged. */
static void copies_fall(void **state)
{
    (void)state;
    struct fixture *f = setup(&(struct toy_sample){5e3, 65e3, 0, 0, 0.1, 1, 0});
    struct track_candidates *c = &f->toy->candidates;
    c->x_mm[1] = c->x_mm[0];
    c->y_mm[1] = c->y_mm[0];
    c->dxdz[1] = c->dxdz[0];
    c->dydz[1] = c->dydz[0];
    c->q_over_p[1] = c->q_over_p[0];
    c->first_hit[1] = c->first_hit[0];
    c->n_hits[1] = (uint16_t)(c->n_hits[0] - 2);
    fit(f, 3);
    assert_int_equal(choose(f, 3), 2);
    assert_true(f->choice.order[0] != 1 && f->choice.order[1] != 1);

    f->toy->hits.hit[c->first_hit[2]] = f->toy->hits.hit[c->first_hit[0]];
    fit(f, 3);
    assert_int_equal(choose(f, 3), 2);
    assert_true(f->fitted[0].quality & SPW_TRACK_SHARED_HITS);
    assert_true(f->fitted[2].quality & SPW_TRACK_SHARED_HITS);
    teardown(f);
}

/* Straws of two particles: no track. Seeds that are no numbers: no track, and the neighbours in
   the block do not care. */
static void nonsense_is_dropped(void **state)
{
    (void)state;

    enum { FEW = 16 };
    struct fixture *f = setup(&(struct toy_sample){5e3, 65e3, 0, 0, 0.1, 1, 0});
    struct track_candidates *c = &f->toy->candidates;
    fit(f, FEW);
    const struct track_fitted before = f->fitted[6];
    c->x_mm[5] = NAN;
    c->q_over_p[7] = INFINITY;
    c->x_mm[9] += 300;
    for (uint32_t h = c->first_hit[9]; h < c->first_hit[9] + c->n_hits[9]; ++h)
        f->toy->hits.w_mm[h] += 17.6f * (float)(h % 7);
    c->n_hits[11] = 1;
    c->n_hits[12] = 0;
    fit(f, FEW);
    const uint32_t n = choose(f, FEW);
    assert_int_equal(n, FEW - 5);
    for (uint32_t i = 0; i < n; ++i) {
        const uint32_t kept = f->choice.order[i];
        assert_true(kept != 5 && kept != 7 && kept != 9 && kept != 11 && kept != 12);
    }
    assert_memory_equal(&before, &f->fitted[6], sizeof before);
    teardown(f);
}

/* Every sixth side wrong: two turns are not enough, more turns find the track. */
static void second_try_repairs(void **state)
{
    (void)state;

    enum { MANY = 1600 };
    struct fixture *f = setup(&(struct toy_sample){5e3, 65e3, 0, 0, 0.1, 1, 0});
    for (uint32_t h = 0; h < f->toy->hits.rows.count; ++h)
        if (h % 6 == 0) f->toy->hits.side[h] = (int8_t)-f->toy->true_side[h];
    uint32_t good[2] = {0};
    for (int tries = 0; tries < 2; ++tries) {
        f->fitter.settings.more_chi2 = tries ? 2 : 1e30;
        if (!tries)
            f->fitter.more = f->fitter.constants;
        else {
            struct track_fit_settings settings = toy_settings;
            track_constants_make(&f->fitter.more, &settings);
        }
        fit(f, MANY);
        for (uint32_t i = 0; i < MANY; ++i)
            good[tries] += f->fitted[i].chi2 < 2 * (float)f->fitted[i].ndf &&
                           f->fitted[i].n_hits + 1u >= f->toy->candidates.n_hits[i];
    }
    assert_true(good[1] > good[0] + MANY / 10);
    assert_true(good[1] > 0.97 * MANY);
    teardown(f);
}

/* Nothing in, nothing out. */
static void no_candidates(void **state)
{
    (void)state;
    struct fixture *f = setup(&(struct toy_sample){5e3, 65e3, 0, 0, 0.1, 1, 0});
    fit(f, 0);
    assert_int_equal(choose(f, 0), 0);
    teardown(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(separate_tracks_are_kept),
        cmocka_unit_test(copies_fall),
        cmocka_unit_test(nonsense_is_dropped),
        cmocka_unit_test(second_try_repairs),
        cmocka_unit_test(no_candidates),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
