/* Pairing of edges: hand cases, and naive references on random edges. */
#include "support/test.h"

#include "reco/calibrate/pairing.h"

#include <string.h>

struct edge {
    uint32_t address;
    int32_t ticks;
    uint8_t edge, quality;
};

struct digi {
    uint32_t address;
    bool has[2];
    int32_t ticks[2];
    uint8_t quality;
};

enum { N_ADDRESSES = 16 };

static enum spw_isa isa;

static struct spw_pairs pair(enum spw_pairing rule,
                             const struct edge *edge,
                             const uint32_t *first,
                             uint32_t n_events,
                             struct spw_arena *arena)
{
    const struct spw_stream stream = {
        .name = "test", .pairing = rule, .lsb_ns = 1.0, .n_addresses = N_ADDRESSES};
    const uint32_t n = first[n_events];
    struct spw_raw_hits hits = {0};
    assert_ok(spw_rows_init(&hits.rows, &spw_raw_hits_table, arena, n_events, n));
    for (uint32_t i = 0; i < n; ++i) {
        hits.address[i] = edge[i].address;
        hits.ticks[i] = edge[i].ticks;
        hits.edge[i] = edge[i].edge;
        hits.quality[i] = edge[i].quality;
    }
    memcpy(hits.rows.first, first, sizeof *first * (n_events + 1));
    hits.rows.count = n;
    struct spw_pairs pairs = {0};
    assert_ok(spw_pairs_make(&pairs, arena, SPW_PICK(spw_calibrate_kernels, isa), &stream,
                             &hits, n_events));
    return pairs;
}

/* The rules word by word (formats/na62.md 3.3.4, 3.4), looking through all earlier digis. */
static bool fits(enum spw_pairing rule,
                 const struct digi *digi,
                 const struct edge *edge,
                 bool last_of_channel)
{
    const int other = !edge->edge;
    if (digi->address != edge->address || digi->has[edge->edge]) return false;
    if (rule == SPW_PAIR_READOUT) return last_of_channel && edge->edge == SPW_EDGE_TRAILING;
    return edge->edge == SPW_EDGE_TRAILING ? digi->ticks[other] < edge->ticks
                                           : digi->ticks[other] > edge->ticks;
}

static uint32_t
naive(enum spw_pairing rule, const struct edge *edge, uint32_t n, struct digi *digi)
{
    uint32_t n_digis = 0;
    for (uint32_t i = 0; i < n; ++i) {
        uint32_t found = n_digis;
        for (uint32_t d = 0; d < n_digis && found == n_digis; ++d) {
            bool last = true;
            for (uint32_t later = d + 1; later < n_digis; ++later)
                last &= digi[later].address != edge[i].address;
            if (fits(rule, &digi[d], &edge[i], last)) found = d;
        }
        if (found == n_digis) digi[n_digis++] = (struct digi){.address = edge[i].address};
        digi[found].has[edge[i].edge] = true;
        digi[found].ticks[edge[i].edge] = edge[i].ticks;
        digi[found].quality |= edge[i].quality;
    }
    return n_digis;
}

static void compare(const struct spw_pairs *pairs, uint32_t row, const struct digi *digi)
{
    const bool both = digi->has[0] && digi->has[1];
    assert_int_equal(pairs->address[row], digi->address);
    assert_in_range(row, pairs->rows.first[pairs->event[row]],
                    pairs->rows.first[pairs->event[row] + 1] - 1);
    assert_int_equal(pairs->ticks[row], digi->has[0] ? digi->ticks[0] : digi->ticks[1]);
    assert_int_equal(pairs->width_ticks[row], both ? digi->ticks[1] - digi->ticks[0] : 0);
    assert_int_equal(pairs->quality[row], digi->quality |
                                              (digi->has[0] ? 0 : SPW_NO_LEADING) |
                                              (digi->has[1] ? 0 : SPW_NO_TRAILING));
}

static void random_events(enum spw_pairing rule)
{
    enum { N_EVENTS = 200, MAX_EDGES = 40 };
    struct spw_arena arena = {0};
    uint64_t seed = test_seed();
    struct edge edge[N_EVENTS * MAX_EDGES];
    uint32_t first[N_EVENTS + 1] = {0};
    for (uint32_t e = 0; e < N_EVENTS; ++e) {
        const uint32_t n = (uint32_t)(test_random(&seed) % MAX_EDGES);
        for (uint32_t i = first[e]; i < first[e] + n; ++i) {
            const uint64_t r = test_random(&seed);
            edge[i] = (struct edge){(uint32_t)(r % 5), (int32_t)(r >> 8 & 31) - 16,
                                    (uint8_t)(r >> 40 & 1), (uint8_t)(r >> 48 & 7)};
        }
        first[e + 1] = first[e] + n;
    }
    const struct spw_pairs pairs = pair(rule, edge, first, N_EVENTS, &arena);
    for (uint32_t e = 0; e < N_EVENTS; ++e) {
        struct digi digi[MAX_EDGES];
        const uint32_t n = naive(rule, edge + first[e], first[e + 1] - first[e], digi);
        assert_int_equal(pairs.rows.first[e + 1] - pairs.rows.first[e], n);
        for (uint32_t d = 0; d < n; ++d) compare(&pairs, pairs.rows.first[e] + d, &digi[d]);
    }
    spw_arena_release(&arena);
}

static void readout_order(void **state)
{
    (void)state;
    random_events(SPW_PAIR_READOUT);
}

static void time_order(void **state)
{
    (void)state;
    random_events(SPW_PAIR_TIME);
}

/* A trailing edge read first, then the leading edge before it: one hit for the SRB, two for the
   TEL62. */
static void trailing_first(void **state)
{
    (void)state;
    struct spw_arena arena = {0};
    const struct edge edge[] = {{3, 50, 1, 0}, {3, 20, 0, 0}, {3, 70, 0, 0}, {3, 60, 1, 0}};
    const uint32_t first[] = {0, 4};
    struct spw_pairs pairs = pair(SPW_PAIR_TIME, edge, first, 1, &arena);
    assert_int_equal(pairs.rows.count, 3);
    assert_int_equal(pairs.ticks[0], 20);
    assert_int_equal(pairs.width_ticks[0], 30);
    assert_int_equal(pairs.quality[0], 0);
    assert_int_equal(pairs.quality[1], SPW_NO_TRAILING);
    assert_int_equal(pairs.quality[2], SPW_NO_LEADING);
    assert_int_equal(pairs.ticks[2], 60);

    pairs = pair(SPW_PAIR_READOUT, edge, first, 1, &arena);
    assert_int_equal(pairs.rows.count, 3);
    assert_int_equal(pairs.quality[0], SPW_NO_LEADING);
    assert_int_equal(pairs.quality[1], SPW_NO_TRAILING);
    assert_int_equal(pairs.width_ticks[2], -10);
    spw_arena_release(&arena);
}

/* An event never sees the hits of another one. */
static void events_apart(void **state)
{
    (void)state;
    struct spw_arena arena = {0};
    const struct edge edge[] = {{1, 10, 0, 0}, {1, 20, 1, 0}};
    const uint32_t first[] = {0, 1, 1, 2};
    for (int rule = SPW_PAIR_NONE; rule <= SPW_PAIR_ADJACENT; ++rule)
        assert_int_equal(pair((enum spw_pairing)rule, edge, first, 3, &arena).rows.count,
                         2);
    spw_arena_release(&arena);
}

static void adjacent(void **state)
{
    (void)state;
    struct spw_arena arena = {0};
    const struct edge edge[] = {{1, 10, 0, 0}, {1, 20, 1, 4}, {1, 5, 1, 0}, {2, 1, 0, 0},
                                {4, 9, 1, 0},  {2, 7, 0, 0},  {2, 8, 1, 0}};
    const uint32_t first[] = {0, 7};
    const struct spw_pairs pairs = pair(SPW_PAIR_ADJACENT, edge, first, 1, &arena);
    const int32_t width[] = {10, 0, 0, 0, 1};
    const uint8_t quality[] = {4, SPW_NO_LEADING, SPW_NO_TRAILING, SPW_NO_LEADING, 0};
    assert_int_equal(pairs.rows.count, 5);
    for (int i = 0; i < 5; ++i) {
        assert_int_equal(pairs.width_ticks[i], width[i]);
        assert_int_equal(pairs.quality[i], quality[i]);
    }
    spw_arena_release(&arena);
}

/* Nothing but pairs side by side takes a shorter way, which one lonely edge ends. */
static void alternating(void **state)
{
    (void)state;

    enum { N = 100 };
    struct spw_arena arena = {0};
    uint64_t seed = test_seed();
    struct edge edge[N];
    for (uint32_t i = 0; i < N; ++i)
        edge[i] = (struct edge){i / 2, (int32_t)(test_random(&seed) & 63), i & 1,
                                (uint8_t)(test_random(&seed) & 7)};
    const uint32_t first[] = {0, 34, 34, N};
    const uint32_t broken[] = {N, 0, 33, N - 1}; /* which edge becomes another one */
    for (int b = 0; b < 4; ++b) {
        if (broken[b] < N) edge[broken[b]].edge ^= 1;
        const struct spw_pairs pairs = pair(SPW_PAIR_ADJACENT, edge, first, 3, &arena);
        assert_int_equal(pairs.rows.count, b ? N / 2 + 1 : N / 2);
        assert_int_equal(pairs.rows.first[1], broken[b] < 34 ? 18 : 17);
        for (uint32_t r = 0, i = 0; r < pairs.rows.count; ++r, ++i) {
            const bool lonely = i / 2 == broken[b] / 2;
            assert_int_equal(pairs.address[r], edge[i].address);
            assert_int_equal(pairs.event[r], i < 34 ? 0 : 2);
            assert_int_equal(pairs.ticks[r], edge[i].ticks);
            assert_int_equal(pairs.width_ticks[r],
                             lonely ? 0 : edge[i + 1].ticks - edge[i].ticks);
            const uint8_t both = lonely ? 0 : edge[i + 1].quality;
            const uint8_t missing = edge[i].edge ? SPW_NO_LEADING : SPW_NO_TRAILING;
            assert_int_equal(pairs.quality[r],
                             edge[i].quality | both | (lonely ? missing : 0));
            i += !lonely;
        }
        if (broken[b] < N) edge[broken[b]].edge ^= 1;
    }
    spw_arena_release(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(readout_order),  cmocka_unit_test(time_order),
        cmocka_unit_test(trailing_first), cmocka_unit_test(events_apart),
        cmocka_unit_test(adjacent),       cmocka_unit_test(alternating),
    };
    int failed = 0;
    for (int set = 0; set <= (int)spw_isa_best(); ++set) {
        isa = (enum spw_isa)set;
        failed += cmocka_run_group_tests(tests, NULL, NULL);
    }
    return failed;
}
