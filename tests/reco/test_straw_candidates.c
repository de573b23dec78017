/* Track candidates of hand-made events: ideal circles of straight lines with a kink. */
#include "support/test.h"

#include "io/raw.h"
#include "reco/straw/collect.h"

#include <string.h>

enum { MAX_HITS = 8000 };

/// A line with a kink in the middle of the magnet.
struct line {
    double x_mm, y_mm, tx, ty; ///< at chamber 1
    double kick;               ///< change of tx
    double time_ns;
};

static struct spw_run run;
static struct straw_finder finder;
static struct straw_event event;
static struct spw_arena arena;
static struct spw_straw_hits hits;
static struct track_candidates candidates;
static struct track_hits track_hits;

static int open_isa(enum spw_isa isa)
{
    static const char text[] =
        "straw_rt: {relation: quadratic, parameters: [13.9, 3.4603], "
        "max_radius: 4.875 mm}\n";
    memset(&run, 0, sizeof run);
    run.isa = isa;
    assert_ok(
        spw_config_parse(&run.config, &run.arena, "test", text, sizeof text - 1, NULL, 0));
    assert_ok(straw_finder_prepare(&finder, &run));
    assert_ok(straw_event_init(&event, &finder, &run.arena));
    return 0;
}

static int open_finder(void **state)
{
    (void)state;
    return open_isa(spw_isa_best());
}

static int close_finder(void **state)
{
    (void)state;
    spw_arena_release(&run.arena);
    spw_arena_release(&arena);
    return 0;
}

static void clear(void)
{
    spw_arena_release(&arena);
    memset(&hits, 0, sizeof hits);
    memset(&candidates, 0, sizeof candidates);
    memset(&track_hits, 0, sizeof track_hits);
    assert_ok(spw_rows_init(&hits.hits.rows, &spw_straw_hits_table, &arena, 1, MAX_HITS));
    assert_ok(spw_rows_init(&candidates.rows, &track_candidates_table, &arena, 1, 8));
    assert_ok(spw_rows_init(&track_hits.rows, &track_hits_table, &arena, 1, 64));
}

static void add_hit(uint32_t straw, double time_ns, double width_ns, uint8_t quality)
{
    const uint32_t row = hits.hits.rows.count++;
    hits.hits.channel[row] = straw;
    hits.hits.time_ns[row] = (float)time_ns;
    hits.hits.width_ns[row] = (float)width_ns;
    hits.hits.quality[row] = quality;
}

static double at_z(const struct line *line, double z_mm, bool is_x)
{
    const double dz = z_mm - na62_z_straw_chamber_mm[0];
    if (!is_x) return line->y_mm + line->ty * dz;
    const double bent = z_mm > NA62_Z_MAGNET_MM ? z_mm - NA62_Z_MAGNET_MM : 0;
    return line->x_mm + line->tx * dz + line->kick * bent;
}

/* Signed distance of the line from a wire. */
static double distance(const struct line *line, const struct na62_wire *wire)
{
    double c, s;
    na62_straw_view_axis(wire->view, &c, &s);
    const double bent = wire->z_mm > NA62_Z_MAGNET_MM ? line->kick : 0;
    const double slope = c * (line->tx + bent) + s * line->ty;
    return (c * at_z(line, wire->z_mm, true) + s * at_z(line, wire->z_mm, false) -
            wire->w_mm) /
           sqrt(1 + slope * slope);
}

/* Circles of a line in the chambers of `mask`. */
static void add_line(const struct line *line, unsigned mask)
{
    for (uint32_t id = 0; id < 7808; ++id) {
        const struct na62_wire wire = na62_straw_wire(id);
        const double r = fabs(distance(line, &wire)), drift = r * (13.9 + 3.4603 * r);
        if (!wire.exists || !(mask >> wire.chamber & 1) || r >= NA62_STRAW_RADIUS_MM)
            continue;
        const double end = 170 + 0.15 * drift;
        add_hit(id, line->time_ns + drift, end - drift, 0);
    }
}

static void find(void)
{
    straw_event_fill(&event, &hits, 0, hits.hits.rows.count);
    straw_event_find(&event);
    assert_ok(straw_collect(&event, 0, &candidates, &track_hits, &arena));
}

/* `looseness` 1: within what circles of one event allow. */
static void assert_line(uint32_t row, const struct line *line, double looseness)
{
    assert_near(candidates.x_mm[row], line->x_mm, 0.15 * looseness, 0);
    assert_near(candidates.y_mm[row], line->y_mm, 0.15 * looseness, 0);
    assert_near(candidates.dxdz[row], line->tx, 3e-5 * looseness, 0);
    assert_near(candidates.dydz[row], line->ty, 3e-5 * looseness, 0);
    assert_near(candidates.q_over_p[row], -line->kick / NA62_MAGNET_KICK_MEV,
                3e-7 * looseness, 5e-3);
    assert_near(candidates.time_ns[row], line->time_ns, 1.5, 0);
}

/* Every hit of the candidate lies on the line: sides, radii, rows, order along z. */
static void assert_hits(uint32_t row, const struct line *line, uint32_t at_least)
{
    const uint32_t first = candidates.first_hit[row], n = candidates.n_hits[row];
    assert_true(n >= at_least);
    for (uint32_t i = first; i < first + n; ++i) {
        const struct na62_wire wire = na62_straw_wire(hits.hits.channel[track_hits.hit[i]]);
        const double d = distance(line, &wire);
        assert_near(track_hits.radius_mm[i], fabs(d), 0.15, 0);
        assert_int_equal(track_hits.event_hit[i], track_hits.hit[i]);
        if (track_hits.side[i]) assert_int_equal(track_hits.side[i], d > 0 ? 1 : -1);
        if (fabs(d) > 1) assert_int_not_equal(track_hits.side[i], 0);
        assert_int_equal(track_hits.chamber[i], wire.chamber);
        assert_int_equal(track_hits.view[i], wire.view);
        assert_int_equal(track_hits.plane[i], wire.plane);
        assert_near(track_hits.w_mm[i], wire.w_mm, 1e-3, 0);
        if (i > first) assert_true(track_hits.z_mm[i] >= track_hits.z_mm[i - 1]);
    }
}

static const struct line typical = {350, -220, 0.004, -0.0035, -0.010, 0.2};

static void a_track_in_four_chambers_is_found(void **state)
{
    (void)state;
    clear();
    add_line(&typical, 15);
    find();
    assert_int_equal(candidates.rows.count, 1);
    assert_line(0, &typical, 1);
    assert_hits(0, &typical, hits.hits.rows.count - 1);
    assert_int_equal(candidates.quality[0], 0);
    assert_false(event.cut);
}

/* Both charges, all momenta, slopes and places: one candidate each. */
static void tracks_are_found_everywhere(void **state)
{
    (void)state;
    uint64_t seed = test_seed();
    for (int i = 0; i < 300; ++i) {
        double u[6];
        for (int k = 0; k < 6; ++k) u[k] = (double)(test_random(&seed) % 10001) / 5000 - 1;
        const struct line line = {500 * u[0],
                                  500 * u[1],
                                  500 * u[0] / 53500 + 0.003 * u[2],
                                  500 * u[1] / 53500 + 0.003 * u[3],
                                  (u[4] > 0 ? 1 : -1) * (0.0045 + 0.02 * u[5] * u[5]),
                                  i % 2 ? 0 : 35 + 30 * u[4]};
        if (hypot(line.x_mm, line.y_mm) < 200) continue;
        clear();
        add_line(&line, 15);
        find();
        assert_int_equal(candidates.rows.count, 1);
        assert_line(0, &line, 1);
        assert_hits(0, &line, hits.hits.rows.count - 2);
        assert_int_equal(candidates.quality[0] & TRACK_OUT_OF_TIME,
                         fabs(line.time_ns) > 3 ? TRACK_OUT_OF_TIME : 0);
    }
}

/* A straw with two edges gives one hit, wherever its neighbours stand. */
static void a_straw_counts_once(void **state)
{
    (void)state;
    struct line again = typical;
    again.time_ns += 0.5;
    clear();
    add_line(&typical, 15);
    const uint32_t n_straws = hits.hits.rows.count;
    add_line(&again, 15);
    find();
    assert_int_equal(candidates.rows.count, 1);
    assert_hits(0, &typical, n_straws - 2);
    for (uint32_t i = 0; i < candidates.n_hits[0]; ++i)
        for (uint32_t k = 0; k < i; ++k)
            assert_int_not_equal(hits.hits.channel[track_hits.hit[i]],
                                 hits.hits.channel[track_hits.hit[k]]);
}

static void three_chambers_are_enough(void **state)
{
    (void)state;
    for (unsigned missing = 0; missing < 4; ++missing) {
        clear();
        add_line(&typical, 15u & ~(1u << missing));
        find();
        assert_int_equal(candidates.rows.count, 1);
        assert_line(0, &typical, missing < 2 ? 8 : 3);
        assert_hits(0, &typical, 20);
        assert_int_equal(candidates.quality[0], TRACK_THREE_CHAMBERS);
    }
    clear();
    add_line(&typical, 3);
    find();
    assert_int_equal(candidates.rows.count, 0);
}

/* x and v of the first chambers are blind here: u and y alone must do. */
static void gaps_are_no_gaps(void **state)
{
    (void)state;
    const struct line line = {130, 90, 0, 0.0003, -0.0055, 0};
    clear();
    add_line(&line, 15);
    find();
    assert_int_equal(candidates.rows.count, 1);
    assert_near(candidates.x_mm[0], line.x_mm, 0.3, 0);
    assert_near(candidates.dydz[0], line.ty, 6e-5, 0);
    assert_int_equal(candidates.quality[0] & TRACK_MISSING_VIEWS, 0);
}

/* Tracks that cross, in time and out of time, and noise between them. */
static void tracks_do_not_disturb_each_other(void **state)
{
    (void)state;
    const struct line line[4] = {typical,
                                 {-150, 260, -0.003, 0.005, 0.012, 0.1},
                                 {340, -235, 0.0035, -0.003, 0.015, -0.1},
                                 {500, 100, 0.001, 0.0001, -0.004, -70}};
    uint64_t seed = test_seed();
    clear();
    for (int i = 0; i < 4; ++i) add_line(&line[i], 15);
    for (int i = 0; i < 40; ++i) {
        const uint32_t id = (uint32_t)(test_random(&seed) % 7808);
        if (na62_straw_wire(id).exists)
            add_hit(id, (double)(test_random(&seed) % 300) - 100, 100, 0);
    }
    find();
    assert_int_equal(candidates.rows.count, 4);
    for (int i = 0; i < 4; ++i) {
        uint32_t nearest = 0;
        for (uint32_t k = 1; k < 4; ++k)
            if (fabs((double)candidates.dxdz[k] - line[i].tx) +
                    fabs((double)candidates.dydz[k] - line[i].ty) <
                fabs((double)candidates.dxdz[nearest] - line[i].tx) +
                    fabs((double)candidates.dydz[nearest] - line[i].ty))
                nearest = k;
        assert_near(candidates.dxdz[nearest], line[i].tx, 6e-5, 0);
        assert_near(candidates.time_ns[nearest], line[i].time_ns, 1.5, 0);
    }
}

/* Nothing, one hit, NAN and infinity, straws that are none, every straw at once. */
static void odd_events_pass(void **state)
{
    (void)state;
    clear();
    find();
    assert_int_equal(candidates.rows.count, 0);

    add_hit(1000, 20, 150, 0);
    find();
    assert_int_equal(candidates.rows.count, 0);

    clear();
    add_line(&typical, 15);
    add_hit(1000, NAN, 150, 0);
    add_hit(1001, 20, NAN, 0);
    add_hit(1002, INFINITY, INFINITY, 0);
    add_hit(7808, 20, 150, 0);
    add_hit(UINT32_MAX, 20, 150, 0);
    add_hit(1003, 20, 0, SPW_NO_LEADING);
    find();
    assert_int_equal(candidates.rows.count, 1);
    assert_line(0, &typical, 1);
    for (uint32_t i = 0; i < track_hits.rows.count; ++i)
        assert_true(isfinite(track_hits.radius_mm[i]));

    clear();
    for (uint32_t id = 0; id < 7808; ++id)
        if (na62_straw_wire(id).exists) add_hit(id, 20, 150, 0);
    find();
    assert_true(event.cut);
    assert_int_equal(candidates.rows.count, 0);
}

/* Below max_hits but far above what tracks make: limits hold, the event is marked. */
static void crowded_events_are_bounded(void **state)
{
    (void)state;
    clear();
    for (uint32_t id = 0; id < 7808 && hits.hits.rows.count < 1000; ++id)
        if (na62_straw_wire(id).exists && id % 488 < 60) add_hit(id, 20, 150, 0);
    find();
    assert_true(event.cut);
    for (uint32_t i = 0; i < candidates.rows.count; ++i)
        assert_true(isfinite(candidates.q_over_p[i]) && isfinite(candidates.time_ns[i]));
}

/* Without trailing edges drift times alone do. */
static void trailing_edges_may_be_lost(void **state)
{
    (void)state;
    clear();
    struct line line = typical;
    line.time_ns = 40;
    add_line(&line, 15);
    for (uint32_t i = 0; i < hits.hits.rows.count; ++i) {
        hits.hits.width_ns[i] = 0;
        hits.hits.quality[i] = SPW_NO_TRAILING;
    }
    find();
    assert_int_equal(candidates.rows.count, 1);
    assert_line(0, &line, 1);
}

static void instruction_sets_agree(void **state)
{
    (void)state;
    float found[SPW_N_ISA][5];
    for (int isa = 0; isa <= (int)spw_isa_best(); ++isa) {
        spw_arena_release(&run.arena);
        open_isa((enum spw_isa)isa);
        clear();
        add_line(&typical, 15);
        find();
        assert_int_equal(candidates.rows.count, 1);
        found[isa][0] = candidates.x_mm[0];
        found[isa][1] = candidates.dydz[0];
        found[isa][2] = candidates.q_over_p[0];
        found[isa][3] = candidates.time_ns[0];
        found[isa][4] = track_hits.radius_mm[7];
        assert_memory_equal(found[isa], found[0], sizeof found[0]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_track_in_four_chambers_is_found),
        cmocka_unit_test(tracks_are_found_everywhere),
        cmocka_unit_test(a_straw_counts_once),
        cmocka_unit_test(three_chambers_are_enough),
        cmocka_unit_test(gaps_are_no_gaps),
        cmocka_unit_test(tracks_do_not_disturb_each_other),
        cmocka_unit_test(odd_events_pass),
        cmocka_unit_test(crowded_events_are_bounded),
        cmocka_unit_test(trailing_edges_may_be_lost),
        cmocka_unit_test(instruction_sets_agree),
    };
    return cmocka_run_group_tests(tests, open_finder, close_finder);
}
