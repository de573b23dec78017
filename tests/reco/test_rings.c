/* Rings of made-up particles: alone, several at once, with tracks, in noise; nothing, one hit, all
   photomultipliers. */
#include "support/test.h"

#include "geometry/na62_geometry.h"
#include "io/raw.h"
#include "reco/ring/ring.h"

#include <string.h>

enum { MAX_HITS = 20000, MAX_EVENTS = 4000 };

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

/// A detector, the hits and tracks of some events, and what is made of them.
struct fixture {
    struct spw_arena arena;
    struct ring_state state;
    struct spw_hits hits;
    struct spw_tracks tracks;
    struct ring_work work;
    uint32_t n_events;
    uint64_t seed;
};

static void fixture_init(struct fixture *f, uint32_t n_events)
{
    const struct na62_rich_mirrors mirrors = {0};
    memset(f, 0, sizeof *f);
    f->seed = test_seed();
    f->n_events = n_events;
    f->state.seeded = true;
    f->state.kernels = SPW_PICK(ring_kernels, spw_isa_best());
    f->state.options = (struct ring_options){
        .window = 1.5,
        .track_window = 25,
        .min_hits = 4,
        .min_track_hits = 2,
        .hit_sigma = 4.9,
        .centre_sigma = 1,
        .scattering = 3,
        .radius_min = 30,
        .radius_max = 210,
        .refraction = 62e-6,
        .photons = 14,
        .background = 2e-6,
    };
    assert_ok(ring_geometry_make(&f->state, &f->arena, NULL, &mirrors));
    assert_ok(spw_rows_init(&f->hits.rows, &spw_hits_table, &f->arena, n_events, MAX_HITS));
    assert_ok(
        spw_rows_init(&f->tracks.rows, &spw_tracks_table, &f->arena, n_events, MAX_HITS));
}

static void add_hit(struct fixture *f, uint32_t channel, double time_ns)
{
    const uint32_t row = f->hits.rows.count;
    assert_ok(spw_rows_reserve(&f->hits.rows, &spw_hits_table, &f->arena, 1));
    f->hits.channel[row] = channel;
    f->hits.time_ns[row] = (float)time_ns;
    f->hits.width_ns[row] = 20;
    f->hits.quality[row] = 0;
    f->hits.rows.count = row + 1;
}

/// A particle: slopes, momentum, mass, time.
struct particle {
    double dxdz, dydz, p_MeV, mass_MeV, time_ns;
};

static uint32_t add_light(struct fixture *f, const struct particle *p, uint32_t n_photons)
{
    const double radius = ring_expected_radius(&f->state, p->p_MeV, p->mass_MeV);
    uint32_t n = 0;
    for (uint32_t i = 0; i < n_photons && radius > 0; ++i) {
        const double phi = uniform(&f->seed, 0, 2 * M_PI);
        const uint32_t disk = cos(phi) > 0 ? 0u : 1u;
        const double x = NA62_RICH_FOCAL_MM * p->dxdz + radius * cos(phi) +
                         na62_rich_shift_x_mm[disk] + 2 * gauss(&f->seed);
        const double y =
            NA62_RICH_FOCAL_MM * p->dydz + radius * sin(phi) + 2 * gauss(&f->seed);
        uint32_t id;
        if (!na62_rich_find(disk, x, y, &id)) continue;
        add_hit(f, id, p->time_ns + 0.24 * gauss(&f->seed));
        ++n;
    }
    return n;
}

static void add_track(struct fixture *f, const struct particle *p)
{
    struct spw_tracks *t = &f->tracks;
    const uint32_t row = t->rows.count++;
    t->dxdz_after[row] = (float)(p->dxdz + 3e-5 * gauss(&f->seed));
    t->dydz_after[row] = (float)(p->dydz + 3e-5 * gauss(&f->seed));
    t->x_after_mm[row] = (float)(p->dxdz * 100e3);
    t->y_after_mm[row] = (float)(p->dydz * 100e3);
    t->p_MeV[row] = (float)p->p_MeV;
    t->time_ns[row] = (float)(p->time_ns + 3 * gauss(&f->seed));
}

static void end_event(struct fixture *f, uint32_t event)
{
    f->hits.rows.first[event + 1] = f->hits.rows.count;
    f->tracks.rows.first[event + 1] = f->tracks.rows.count;
}

static void find(struct fixture *f)
{
    struct ring_work *w = &f->work;
    assert_ok(ring_work_init(w, &f->state, &f->hits, f->n_events, &f->arena));
    assert_ok(ring_work_reserve(w, &f->arena,
                                f->hits.rows.count + w->n_clusters + f->tracks.rows.count));
    ring_seed_tracks(w, &f->tracks, f->n_events);
    ring_search(w);
    ring_likelihoods(w, &f->tracks);
}

static struct particle
random_particle(struct fixture *f, double mass_MeV, double low, double high)
{
    return (struct particle){
        .dxdz = uniform(&f->seed, -4e-3, 4e-3),
        .dydz = uniform(&f->seed, -4e-3, 4e-3),
        .p_MeV = uniform(&f->seed, low, high),
        .mass_MeV = mass_MeV,
        .time_ns = uniform(&f->seed, -5, 5),
    };
}

/* The ring of an event nearest to a circle, within 25 mm and 25 mm, or NULL. */
static const struct ring *
find_ring(const struct fixture *f, uint32_t event, const struct particle *p)
{
    const double x = NA62_RICH_FOCAL_MM * p->dxdz, y = NA62_RICH_FOCAL_MM * p->dydz;
    const double radius = ring_expected_radius(&f->state, p->p_MeV, p->mass_MeV);
    const struct ring_work *w = &f->work;
    const struct ring *nearest = NULL;
    double least = 25;
    for (uint32_t c = w->cluster_first[event]; c < w->cluster_first[event + 1]; ++c)
        for (uint32_t r = 0; r < w->cluster[c].n_rings; ++r) {
            const struct ring *ring = &w->ring[w->cluster[c].ring[r]];
            const double far =
                fmax(hypot(ring->x - x, ring->y - y), fabs(ring->radius - radius));
            if (!(far < least) || fabs((double)ring->time_ns - p->time_ns) > 1) continue;
            least = far;
            nearest = ring;
        }
    return nearest;
}

static uint32_t count_rings(const struct fixture *f)
{
    uint32_t n = 0;
    for (uint32_t c = 0; c < f->work.n_clusters; ++c) n += f->work.cluster[c].n_rings;
    return n;
}

static void nothing_and_little_give_no_ring(void **state)
{
    (void)state;
    static struct fixture f;
    fixture_init(&f, 4);
    end_event(&f, 0);
    add_hit(&f, 3, 1);
    end_event(&f, 1);
    for (uint32_t i = 0; i < 3; ++i) add_hit(&f, 100 * i, 1); /* 3 hits */
    end_event(&f, 2);
    for (uint32_t i = 0; i < 8; ++i) {
        add_hit(&f, 100 * i + 10, 1); /* supercells, an unknown ID, no leading edge */
        add_hit(&f, 999999, 1);
        add_hit(&f, 100 * i, 1);
        f.hits.quality[f.hits.rows.count - 1] = SPW_NO_LEADING;
    }
    end_event(&f, 3);
    find(&f);
    assert_int_equal(count_rings(&f), 0);
    assert_int_equal(f.work.hits.first[4], 4);
    spw_arena_release(&f.arena);
}

static void all_photomultipliers_are_cut(void **state)
{
    (void)state;
    static struct fixture f;
    fixture_init(&f, 2);
    struct particle p = {1e-3, 0, 30000, ring_mass_MeV[2], 0};
    for (uint32_t disk = 0; disk < 2; ++disk)
        for (uint32_t i = 0; i < 976; ++i)
            add_hit(&f, disk * 100000 + i / 488 * 10000 + i % 488 / 8 * 100 + i % 8, 0);
    add_track(&f, &p);
    end_event(&f, 0);
    add_light(&f, &p, 16);
    add_track(&f, &p);
    end_event(&f, 1);
    find(&f);
    assert_int_equal(f.work.cut[0], 1);
    assert_int_equal(f.work.cut[1], 0);
    assert_int_equal(f.work.cluster_first[1], 0);
    assert_non_null(find_ring(&f, 1, &p));
    spw_arena_release(&f.arena);
}

/* One photomultiplier counts once in a window, again in the next one. */
static void one_photomultiplier_counts_once(void **state)
{
    (void)state;
    static struct fixture f;
    fixture_init(&f, 2);
    for (int i = 0; i < 6; ++i) add_hit(&f, 7, 0.1 * i);
    add_hit(&f, 7, 3);
    end_event(&f, 0);
    add_hit(&f, 7, 3);
    end_event(&f, 1);
    find(&f);
    assert_int_equal(f.work.hits.first[1], 2);
    assert_int_equal(f.work.hits.first[2], 3);
    spw_arena_release(&f.arena);
}

/// Efficiency and resolution over many events.
struct result {
    double n, found, sum2, pull2, bias;
};

static void add_result(struct result *r,
                       const struct fixture *f,
                       const struct ring *ring,
                       const struct particle *p)
{
    ++r->n;
    if (!ring) return;
    const double off =
        ring->radius - ring_expected_radius(&f->state, p->p_MeV, p->mass_MeV);
    const double sigma = f->state.options.hit_sigma * sqrt(ring->covariance[5]);
    ++r->found;
    r->sum2 += off * off;
    r->bias += off;
    r->pull2 += off * off / (sigma * sigma);
}

static struct particle truth[MAX_EVENTS][3];
static uint32_t n_light[MAX_EVENTS][3];

/* Events of `n` pions of 20 - 35 GeV at once in noise; rings of at least 4 hits count. */
static struct result
run_pions(struct fixture *f, uint32_t n, bool tracks, double low, uint32_t least)
{
    struct result result = {0};
    fixture_init(f, MAX_EVENTS);
    for (uint32_t e = 0; e < MAX_EVENTS; ++e) {
        for (uint32_t i = 0; i < n; ++i) {
            struct particle *p = &truth[e][i];
            *p = random_particle(f, ring_mass_MeV[2], low, 35000);
            p->time_ns = i ? truth[e][0].time_ns : p->time_ns;
            n_light[e][i] = add_light(f, p, 13);
            if (tracks) add_track(f, p);
        }
        for (int i = 0; i < 3; ++i)
            add_hit(f, (uint32_t)(test_random(&f->seed) % 61) * 100,
                    uniform(&f->seed, -30, 30));
        end_event(f, e);
    }
    find(f);
    for (uint32_t e = 0; e < MAX_EVENTS; ++e)
        for (uint32_t i = 0; i < n; ++i)
            if (n_light[e][i] >= least)
                add_result(&result, f, find_ring(f, e, &truth[e][i]), &truth[e][i]);
    return result;
}

static void single_rings_are_found(void **state)
{
    (void)state;
    static struct fixture f;
    const struct result r = run_pions(&f, 1, false, 20000, 6);
    printf("single rings: %.4f found, radius %.2f mm\n", r.found / r.n,
           sqrt(r.sum2 / r.found));
    assert_true(r.n > 0.9 * MAX_EVENTS);
    assert_true(r.found > 0.99 * r.n);
    assert_near(r.bias / r.found, 0, 0.2, 0);
    assert_near(sqrt(r.pull2 / r.found), 1, 0.08, 0);
    assert_true(count_rings(&f) < 1.01 * r.found + 4 * 0.02 * MAX_EVENTS);
    spw_arena_release(&f.arena);
}

static void rings_of_tracks_are_found(void **state)
{
    (void)state;
    static struct fixture f;
    const struct result r = run_pions(&f, 1, true, 15000, 4);
    printf("with a track: %.4f found, radius %.2f mm\n", r.found / r.n,
           sqrt(r.sum2 / r.found));
    assert_true(r.found > 0.995 * r.n);
    assert_near(r.bias / r.found, 0, 0.2, 0);
    assert_near(sqrt(r.pull2 / r.found), 1, 0.08, 0);
    spw_arena_release(&f.arena);
}

static void three_rings_at_once(void **state)
{
    (void)state;
    static struct fixture f;
    struct result r = run_pions(&f, 3, false, 20000, 6);
    printf("three without tracks: %.4f found, radius %.2f mm\n", r.found / r.n,
           sqrt(r.sum2 / r.found));
    assert_true(r.found > 0.80 * r.n);
    spw_arena_release(&f.arena);
    r = run_pions(&f, 3, true, 20000, 4);
    printf("three with tracks: %.4f found, radius %.2f mm\n", r.found / r.n,
           sqrt(r.sum2 / r.found));
    assert_true(r.found > 0.99 * r.n);
    spw_arena_release(&f.arena);
}

/* The hypothesis of the largest likelihood is the true one, where radii differ by 10 mm. */
static void likelihoods_tell_masses(void **state)
{
    (void)state;
    static struct fixture f;
    static struct particle particle[2000];
    double right[RING_MASSES] = {0}, n[RING_MASSES] = {0};
    fixture_init(&f, 2000);
    for (uint32_t e = 0; e < 2000; ++e) {
        const uint32_t h = e % RING_MASSES;
        const double low = h == 3 ? 60000 : 18000, high = h == 3 ? 70000 : 22000;
        particle[e] = random_particle(&f, ring_mass_MeV[h], low, high);
        const double photons =
            15 * pow(ring_expected_radius(&f.state, particle[e].p_MeV, ring_mass_MeV[h]) /
                         ring_expected_radius(&f.state, 35000, ring_mass_MeV[2]),
                     2);
        add_light(&f, &particle[e], (uint32_t)lround(photons));
        add_track(&f, &particle[e]);
        end_event(&f, e);
    }
    find(&f);
    for (uint32_t e = 0; e < 2000; ++e) {
        const struct ring *ring = find_ring(&f, e, &particle[e]);
        const uint32_t h = e % RING_MASSES;
        if (!ring) continue;
        uint32_t best = 0;
        for (uint32_t k = 0; k < RING_MASSES; ++k) {
            assert_true(isfinite(ring->log_likelihood[k]));
            if (ring->log_likelihood[k] > ring->log_likelihood[best]) best = k;
        }
        ++n[h];
        right[h] += best == h;
    }
    for (uint32_t h = 0; h < RING_MASSES; ++h) {
        printf("hypothesis %u: %.3f of %.0f right\n", h, right[h] / n[h], n[h]);
        assert_true(n[h] > 480);
        assert_true(right[h] > 0.95 * n[h]);
    }
    spw_arena_release(&f.arena);
}

/* Noise of all densities up to what is cut: numbers only, and no endless search. */
static void noise_gives_numbers(void **state)
{
    (void)state;
    static struct fixture f;
    fixture_init(&f, 100);
    for (uint32_t e = 0; e < 100; ++e) {
        const struct particle p = random_particle(&f, ring_mass_MeV[1], 10000, 60000);
        for (uint32_t i = 0; i < 3 * e; ++i)
            add_hit(&f,
                    (uint32_t)(test_random(&f.seed) % 2) * 100000 +
                        (uint32_t)(test_random(&f.seed) % 2) * 10000 +
                        (uint32_t)(test_random(&f.seed) % 61) * 100 +
                        (uint32_t)(test_random(&f.seed) % 8),
                    p.time_ns + uniform(&f.seed, 0, 1));
        for (int i = 0; i < 12; ++i) add_track(&f, &p);
        end_event(&f, e);
    }
    find(&f);
    for (uint32_t r = 0; r < f.work.n_rings; ++r) {
        const struct ring *ring = &f.work.ring[r];
        if (!ring->alive) continue;
        assert_true(isfinite(ring->x) && isfinite(ring->y) && isfinite(ring->radius));
        assert_true(isfinite(ring->chi2) && isfinite(ring->time_ns));
        for (int h = 0; h < RING_MASSES; ++h)
            assert_true(isfinite(ring->log_likelihood[h]));
    }
    assert_int_equal(f.work.cut[99], 1); /* more tracks than rings are kept */
    spw_arena_release(&f.arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_and_little_give_no_ring),
        cmocka_unit_test(all_photomultipliers_are_cut),
        cmocka_unit_test(one_photomultiplier_counts_once),
        cmocka_unit_test(single_rings_are_found),
        cmocka_unit_test(rings_of_tracks_are_found),
        cmocka_unit_test(three_rings_at_once),
        cmocka_unit_test(likelihoods_tell_masses),
        cmocka_unit_test(noise_gives_numbers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
