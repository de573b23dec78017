/* Candidates: sorting, and hand-made events of every kind. */
#include "support/test.h"

#include "reco/candidates/finder.h"

#include "io/raw.h"

#include <math.h>
#include <string.h>

struct hit {
    uint32_t channel;
    float time_ns;
    uint8_t quality;
};

static struct spw_candidate_list list;

/* Candidates of one event, in the order of the finder. */
static void
find(finder_function *function, struct finder *finder, const struct hit *hit, uint32_t n)
{
    struct spw_arena arena = {0};
    struct spw_hits hits = {0};
    uint64_t key[64 + SPW_KEYS_MORE], spare[64 + SPW_KEYS_MORE];
    struct sector_hit left[64];
    assert_ok(spw_rows_init(&hits.rows, &spw_hits_table, &arena, 1, n));
    for (uint32_t i = 0; i < n; ++i) {
        hits.channel[i] = hit[i].channel;
        hits.time_ns[i] = hit[i].time_ns;
        hits.width_ns[i] = 10.0f;
        hits.quality[i] = hit[i].quality;
    }
    const uint32_t sorted =
        spw_hits_keys(&hits, 0, n, (uint32_t)finder->options.ids_below, key);
    spw_keys_sort(key, spare, sorted);
    list.count = 0;
    list.cut = list.unordered = false;
    function(finder, &(struct finder_event){&hits, key, spare, left, sorted}, &list);
    spw_arena_release(&arena);
}

static void keys_are_sorted(void **state)
{
    (void)state;

    enum { N = 1000 };

    uint64_t seed = test_seed(), key[N + SPW_KEYS_MORE], spare[N + SPW_KEYS_MORE];
    uint64_t unsorted[N], ranked[N + SPW_KEYS_MORE] = {0};
    float time[N];
    for (uint32_t n = 0; n <= N; n = n < 130 ? n + 1 : n + 435) {
        for (uint32_t i = 0; i < n; ++i) {
            time[i] = (float)(int32_t)(test_random(&seed) % 64) * 0.5f - 16.0f;
            key[i] = spw_time_key(time[i], i);
        }
        memcpy(unsorted, key, sizeof *key * n);
        spw_keys_sort(key, spare, n);
        for (uint32_t i = 1; i < n; ++i) {
            const uint32_t a = spw_key_row(key[i - 1]), b = spw_key_row(key[i]);
            assert_true(time[a] < time[b] || (time[a] == time[b] && a < b));
        }
        for (int isa = 0; isa <= (int)spw_isa_best(); ++isa) {
            memcpy(ranked, unsorted, sizeof *key * n);
            spw_keys_rank(SPW_PICK(spw_rank_kernels, isa), ranked, spare, n);
            assert_memory_equal(ranked, key, sizeof *key * n);
        }
    }
}

/* Two kaons 1.5 ns apart, each in 5 sectors, a third one in 3 sectors only. */
static void kaons_are_found_by_sectors(void **state)
{
    (void)state;
    struct finder finder = {
        .options = {.window = 1.2, .min_sectors = 4, .ids_below = 1000000}};
    const struct hit hit[] = {{111, 5.0f, 0}, {211, 5.1f, 0},
                              {311, 4.9f, 0}, {411, 5.2f, 0},
                              {511, 5.3f, 0}, {112, 6.6f, 0},
                              {212, 6.7f, 0}, {312, 6.5f, 0},
                              {412, 6.8f, 0}, {612, 6.4f, 0},
                              {113, 20.f, 0}, {213, 20.f, 0},
                              {313, 20.f, 0}, {413, 20.f, SPW_NO_LEADING}};
    find(find_sectors, &finder, hit, 14);
    assert_int_equal(list.count, 2);
    assert_int_equal(list.candidate[0].n_sectors, 5);
    assert_int_equal(list.candidate[0].n_hits, 5);
    assert_near(list.candidate[0].time_ns, 5.1, 1e-5, 0);
    assert_near(list.candidate[1].time_ns, 6.6, 1e-5, 0);
    finder.options.min_sectors = 3;
    find(find_sectors, &finder, hit, 14);
    assert_int_equal(list.count, 3);
    assert_int_equal(list.candidate[2].n_sectors, 3);
    finder.options.min_sectors = 6;
    find(find_sectors, &finder, hit, 14);
    assert_int_equal(list.count, 0);
}

/* The best window by looking at all of them: most sectors, most hits, earliest. */
static struct spw_candidate naive_best(const struct hit *hit, uint32_t n, uint32_t *begin)
{
    struct spw_candidate best = {0};
    for (uint32_t b = 0; b < n; ++b) {
        uint32_t sectors = 0, end = b;
        for (; end < n && hit[end].time_ns - hit[b].time_ns < 1.2f; ++end)
            sectors |= 1u << na62_ktag_sector(hit[end].channel);
        const uint8_t n_sectors = (uint8_t)__builtin_popcount(sectors);
        if (n_sectors < best.n_sectors ||
            (n_sectors == best.n_sectors && end - b <= best.n_hits))
            continue;
        best =
            (struct spw_candidate){.n_sectors = n_sectors, .n_hits = (uint16_t)(end - b)};
        *begin = b;
    }
    return best;
}

/* Hits in order of time, so dense that windows overlap: taking one out changes others. */
static void sectors_agree_with_all_windows(void **state)
{
    (void)state;
    struct finder finder = {
        .options = {.window = 1.2, .min_sectors = 4, .ids_below = 1000000}};
    uint64_t seed = test_seed();
    for (int round = 0; round < 500; ++round) {
        struct hit hit[64] = {0};
        uint32_t n = (uint32_t)(test_random(&seed) % 65), begin = 0, c = 0;
        for (uint32_t i = 0; i < n; ++i) {
            hit[i].channel = 100 * (1 + (uint32_t)(test_random(&seed) % 8)) + 11;
            hit[i].time_ns =
                (i ? hit[i - 1].time_ns : 0) + 0.125f * (float)(test_random(&seed) % 5);
        }
        find(find_sectors, &finder, hit, n);
        for (;; ++c) {
            const struct spw_candidate best = naive_best(hit, n, &begin);
            if (best.n_sectors < 4) break;
            assert_true(c < list.count);
            assert_int_equal(list.candidate[c].n_sectors, best.n_sectors);
            assert_int_equal(list.candidate[c].n_hits, best.n_hits);
            const uint32_t end = begin + best.n_hits;
            memmove(hit + begin, hit + end, sizeof *hit * (n - end));
            n -= best.n_hits;
        }
        assert_int_equal(list.count, c);
    }
}

/* The candidate with that many hits and sectors, whose time is the mean of theirs. */
static bool is_listed(const struct hit *hit, struct spw_candidate best)
{
    double sum = 0.0;
    for (uint32_t i = 0; i < best.n_hits; ++i) sum += (double)hit[i].time_ns;
    for (uint32_t c = 0; c < list.count; ++c)
        if (list.candidate[c].n_hits == best.n_hits &&
            list.candidate[c].n_sectors == best.n_sectors &&
            fabs((double)list.candidate[c].time_ns - sum / best.n_hits) < 1e-4)
            return true;
    return false;
}

/* Groups of hits, some of which one window holds, some not: in any order the same windows. */
static void sectors_of_groups_agree_with_all_windows(void **state)
{
    (void)state;
    struct finder finder = {
        .options = {.window = 1.2, .min_sectors = 2, .ids_below = 1000000}};
    uint64_t seed = test_seed();
    for (int round = 0; round < 1000; ++round) {
        struct hit hit[64] = {0};
        uint32_t n = (uint32_t)(test_random(&seed) % 65), begin = 0, c = 0;
        float time_ns = -20.0f;
        for (uint32_t i = 0; i < n; ++i) {
            const bool far = test_random(&seed) % 5 == 0;
            time_ns += 0.125f * (float)(test_random(&seed) % 4) + (far ? 1.125f : 0.0f);
            hit[i].channel = 100 * (1 + (uint32_t)(test_random(&seed) % 8)) + 11;
            hit[i].time_ns = time_ns;
        }
        find(find_sectors, &finder, hit, n);
        for (;; ++c) {
            const struct spw_candidate best = naive_best(hit, n, &begin);
            if (best.n_sectors < 2) break;
            assert_true(is_listed(hit + begin, best));
            const uint32_t end = begin + best.n_hits;
            memmove(hit + begin, hit + end, sizeof *hit * (n - end));
            n -= best.n_hits;
        }
        assert_int_equal(list.count, c);
    }
}

/* Light of kaons, each hit 0.3 ns around its kaon: drawn by the sum of 12 even numbers. */
static uint32_t add_light(struct hit *hit, uint32_t n, uint32_t light, float kaon_ns)
{
    static uint64_t seed;
    if (!seed) seed = test_seed();
    for (uint32_t i = 0; i < light; ++i) {
        float sum = -6.0f;
        for (int k = 0; k < 12; ++k) sum += (float)(test_random(&seed) % 65536) / 65536.0f;
        hit[n + i] = (struct hit){
            .channel = 100 * (1 + (uint32_t)(test_random(&seed) % 8)) + 11,
            .time_ns = kaon_ns + 0.3f * sum,
        };
    }
    return n + light;
}

/* Two kaons a nanosecond apart are two; single ones hardly ever are; without time_sigma never. */
static void kaons_that_overlap(void **state)
{
    (void)state;
    struct finder finder = {.options = {
                                .window = 2.0,
                                .min_sectors = 4,
                                .ids_below = 1000000,
                                .time_sigma = 0.3,
                            }};
    uint32_t n_both = 0, n_single = 0;
    for (int round = 0; round < 400; ++round) {
        struct hit hit[64] = {0};
        add_light(hit, add_light(hit, 0, 18, 4.0f), 18, 5.0f);
        find(find_sectors, &finder, hit, 36);
        n_both += list.count == 2 && fabsf(list.candidate[0].time_ns - 4.0f) < 0.35f &&
                  fabsf(list.candidate[1].time_ns - 5.0f) < 0.35f;
        add_light(hit, 0, 18, 4.0f);
        find(find_sectors, &finder, hit, 18);
        n_single += list.count == 1 && fabsf(list.candidate[0].time_ns - 4.0f) < 0.35f;
    }
    assert_in_range(n_both, 385, 400);
    assert_in_range(n_single, 394, 400);
    finder.options.time_sigma = 0.0;
    struct hit hit[64] = {0};
    add_light(hit, add_light(hit, 0, 18, 4.0f), 18, 4.5f);
    find(find_sectors, &finder, hit, 36);
    assert_near(list.candidate[0].time_ns, 4.25, 0.2, 0);
}

static void clusters_last_one_window(void **state)
{
    (void)state;
    struct finder finder = {.options = {.window = 5, .min_hits = 1, .ids_below = 1000}};
    const struct hit hit[] = {
        {0, 10.0f, 1}, {1000, 11.0f, 0}, {1, 14.0f, 2}, {2, 15.5f, 0}, {3, -3.0f, 0}};
    find(find_clusters, &finder, hit, 5);
    assert_int_equal(list.count, 3);
    assert_near(list.candidate[0].time_ns, -3, 0, 0);
    assert_near(list.candidate[1].time_ns, 12, 1e-6, 0);
    assert_int_equal(list.candidate[1].n_hits, 2);
    assert_int_equal(list.candidate[1].quality, 3);
    assert_near(list.candidate[2].time_ns, 15.5, 0, 0);
    finder.options.min_hits = 2;
    find(find_clusters, &finder, hit, 5);
    assert_int_equal(list.count, 1);
}

/* A particle at (x, y): light of both slabs is late by its way to the photomultiplier. */
static void crossings_undo_the_light(void **state)
{
    (void)state;
    float light[NA62_CHOD_SLABS];
    for (int i = 0; i < NA62_CHOD_SLABS; ++i) light[i] = 0.007f + 1e-5f * (float)i;
    struct finder finder = {.options = {.window = 10, .ids_below = 1000000},
                            .light_ns_per_mm = light};
    finder_place_slabs(&finder, &na62_chod_nominal);
    for (uint32_t quadrant = 0; quadrant < 4; ++quadrant) {
        const uint32_t v = 16 * quadrant + 3, h = 64 + 16 * quadrant + 9;
        const uint32_t elsewhere = 64 + 16 * ((quadrant + 1) % 4);
        const struct na62_slab slab_v = na62_chod_slab(&na62_chod_nominal, v);
        const struct na62_slab slab_h = na62_chod_slab(&na62_chod_nominal, h);
        const double tv = 7.0 + (double)light[v] * fabs(slab_h.centre_mm - slab_v.pm_mm);
        const double th = 7.2 + (double)light[h] * fabs(slab_v.centre_mm - slab_h.pm_mm);
        const struct hit hit[] = {
            {h, (float)th, 2}, {v, (float)tv, 1}, {elsewhere, (float)th, 0}, {v, 60, 0}};
        find(find_crossings, &finder, hit, 4);
        assert_int_equal(list.count, 1);
        assert_near(list.candidate[0].time_ns, 7.1, 1e-4, 0);
        assert_near(list.candidate[0].x_mm, slab_v.centre_mm, 1e-3, 0);
        assert_near(list.candidate[0].y_mm, slab_h.centre_mm, 1e-3, 0);
        assert_int_equal(list.candidate[0].quality, 3);
    }
}

static void slewing_of_a_crossing(void **state)
{
    (void)state;
    static struct na62_chod_slewing slewing;
    const uint32_t v = 3, h = 64 + 9; /* widths are 10 ns */
    slewing.slope[16 * v + 9] = -0.2f;
    slewing.constant_ns[16 * v + 9] = 2.5f;
    slewing.slope[16 * h + 3] = -0.1f;
    slewing.constant_ns[16 * h + 3] = 3.0f;
    struct finder finder = {.options = {.window = 10, .ids_below = 1000000},
                            .slewing = &slewing};
    finder_place_slabs(&finder, &na62_chod_nominal);
    const struct hit hit[] = {{v, 5, 0}, {h, 6, 0}};
    find(find_crossings, &finder, hit, 2);
    assert_int_equal(list.count, 1);
    assert_near(list.candidate[0].time_ns, 0.5 * (5 - 0.5 + 6 - 2.0), 1e-5, 0);
}

static void tiles_have_two_photomultipliers(void **state)
{
    (void)state;
    float t0[NA62_MUV3_TILES] = {[30] = 0.25f};
    struct finder finder = {
        .options = {.window = 5, .pm_step = 200, .loose = true, .ids_below = 1000000},
        .later = true,
        .tile_t0 = {.n_addresses = NA62_MUV3_TILES, .t0_ns = t0}};
    const struct hit hit[] = {{30, 1.0f, 1},  {230, 2.0f, 0}, {31, 1.5f, 0},
                              {232, 9.0f, 0}, {32, 3.0f, 0},  {230, 2.5f, 0}};
    finder_place_tiles(&finder);
    find(find_tiles, &finder, hit, 6);
    assert_int_equal(list.count, 5);
    assert_int_equal(list.candidate[0].tile, 30);
    assert_near(list.candidate[0].time_ns, 1.75, 1e-6, 0);
    assert_int_equal(list.candidate[0].n_hits, 2);
    assert_int_equal(list.candidate[0].quality, 1);
    assert_near(list.candidate[0].x_mm, na62_muv3_tile(30).x_mm, 1e-3, 0);
    assert_int_equal(list.candidate[1].tile, 31);
    assert_int_equal(list.candidate[1].quality, SPW_CANDIDATE_LOOSE);
    assert_int_equal(list.candidate[2].tile, 30); /* second hit of PM 230 */
    assert_int_equal(list.candidate[4].tile, 32); /* 6 ns after its partner */
    assert_near(list.candidate[4].y_mm, na62_muv3_tile(32).y_mm, 1e-3, 0);
    finder.options.loose = false;
    find(find_tiles, &finder, hit, 6);
    assert_int_equal(list.count, 1);

    finder =
        (struct finder){.options = {.window = 10, .pm_step = 50, .ids_below = 1000000}};
    const struct hit newchod[] = {{101, 4, 0}, {151, 7, 0}, {201, 4, 0}, {301, 9, 0}};
    find(find_tiles, &finder, newchod, 4);
    assert_int_equal(list.count, 1);
    assert_int_equal(list.candidate[0].tile, 101);
    assert_near(list.candidate[0].time_ns, 5.5, 1e-6, 0);
}

/* A flood of hits gives a full list that says so. */
static void floods_are_cut(void **state)
{
    (void)state;
    struct finder finder = {.options = {.window = 1000, .ids_below = 1000000}};
    finder_place_slabs(&finder, &na62_chod_nominal);
    struct hit hit[60];
    for (uint32_t i = 0; i < 60; ++i) hit[i] = (struct hit){i < 30 ? 1 : 65, (float)i, 0};
    find(find_crossings, &finder, hit, 60);
    assert_int_equal(list.count, SPW_MAX_CANDIDATES);
    assert_true(list.cut);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keys_are_sorted),
        cmocka_unit_test(kaons_are_found_by_sectors),
        cmocka_unit_test(sectors_agree_with_all_windows),
        cmocka_unit_test(sectors_of_groups_agree_with_all_windows),
        cmocka_unit_test(kaons_that_overlap),
        cmocka_unit_test(clusters_last_one_window),
        cmocka_unit_test(crossings_undo_the_light),
        cmocka_unit_test(slewing_of_a_crossing),
        cmocka_unit_test(tiles_have_two_photomultipliers),
        cmocka_unit_test(floods_are_cut),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
