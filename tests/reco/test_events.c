/* The stage events on hand-made decays: association, vertices, missing masses, selections; and
   what it does without the other stages, without tracks, with too many. */
#include "support/decay.h"
#include "support/test.h"

#include "geometry/na62_geometry.h"
#include "io/na62/na62.h"
#include "reco/match/inputs.h"
#include "reco/match/match_objects.h"
#include "reco/stage.h"

#include <string.h>

enum { EMPTY, THREE_PIONS, TWO_PIONS, ONE_MUON, CROWD, N_EVENTS };

static const char configuration[] =
    "events:\n  track_sigma: 2 ns\n"
    "  selections:\n"
    "    three: {tracks: [3, 3], charge: [1, 1], mass: [490 MeV, 498 MeV],\n"
    "            histograms: {mass: [484 MeV, 504 MeV]}}\n"
    "    two: {tracks: [1, 1], beams: [1, 1], muv3s: [0, 0],\n"
    "          missing_mass2: [0.01 GeV^2, 0.03 GeV^2], photons: [2, 2]}\n"
    "    muon: {hypothesis: muon, tracks: [1, 1], muons: [1, 1], beams: [1, 1]}\n"
    "    never: {neutrino_mass2: [-1 GeV^2, 1 GeV^2], tracks: [3, 3]}\n";

struct fixture {
    struct spw_format format;
    struct spw_raw_file file;
    struct spw_arena arena;
    struct spw_run run;
    struct spw_worker worker;
    struct spw_batch batch;
    const struct spw_stage *stage;
    void *state, *kept[1];
    uint32_t id[MATCH_N_SOURCES];
};

static const struct {
    const char *path;
    const struct spw_table *table;
} sources[MATCH_N_SOURCES] = {
    [MATCH_TRACKS] = {"/straw/tracks", &spw_tracks_table},
    [MATCH_LKR] = {"/lkr/clusters", &spw_clusters_table},
    [MATCH_MUV1] = {"/muv1/clusters", &spw_clusters_table},
    [MATCH_MUV2] = {"/muv2/clusters", &spw_clusters_table},
    [MATCH_RINGS] = {"/rich/rings", &spw_rings_table},
    [MATCH_CHOD] = {"/chod/candidates", &spw_plane_candidates_table},
    [MATCH_NEWCHOD] = {"/newchod/candidates", &spw_tile_candidates_table},
    [MATCH_MUV3] = {"/muv3/candidates", &spw_tile_candidates_table},
    [MATCH_LAV] = {"/lav/candidates", &spw_cluster_candidates_table},
    [MATCH_IRC] = {"/irc/candidates", &spw_cluster_candidates_table},
    [MATCH_SAC] = {"/sac/candidates", &spw_cluster_candidates_table},
    [MATCH_CHANTI] = {"/chanti/candidates", &spw_cluster_candidates_table},
    [MATCH_KTAG] = {"/ktag/candidates", &spw_sector_candidates_table},
    [MATCH_BEAM] = {"/gtk/tracks", &spw_beam_tracks_table},
};

static const struct spw_stage *find_stage(const char *name)
{
    for (size_t i = 0; i < spw_n_stages; ++i)
        if (strcmp(spw_stages[i]->name, name) == 0) return spw_stages[i];
    return NULL;
}

static void make_rows(struct fixture *f, uint32_t id)
{
    const struct spw_object *object = &f->run.object[id];
    f->batch.object[id] = spw_arena_zeros(&f->arena, 1, object->table->struct_size);
    assert_ok(spw_rows_init(f->batch.object[id], object->table, &f->arena, N_EVENTS, 256));
}

/* A run whose other stages make the first `n` sources only. */
static void setup(struct fixture *f, int n)
{
    static float trigger_ns[N_EVENTS];
    static uint32_t quality[N_EVENTS];
    memset(quality, 0, sizeof quality);
    *f = (struct fixture){.stage = find_stage("events")};
    f->run.isa = spw_isa_best();
    assert_ok(spw_config_parse(&f->run.config, &f->arena, "test", configuration,
                               sizeof configuration - 1, NULL, 0));
    for (int s = 0; s < n; ++s) {
        const struct spw_object object = {.path = sources[s].path,
                                          .offset_name = sources[s].path,
                                          .table = sources[s].table};
        assert_ok(spw_run_add_object(&f->run, &object, &f->id[s]));
    }
    assert_ok(f->stage->prepare(&f->run, &f->state));
    assert_ok(spw_worker_init(&f->worker, &f->run));
    f->worker.kept = f->kept;
    for (uint32_t i = 0; i < f->run.n_objects; ++i) make_rows(f, i);
    f->batch.raw.n_events = N_EVENTS;
    f->batch.raw.events.time_ns = trigger_ns;
    f->batch.raw.events.quality = quality;
}

static void teardown(struct fixture *f)
{
    spw_worker_release(&f->worker);
    spw_arena_release(&f->batch.arena);
    spw_arena_release(&f->run.arena);
    spw_arena_release(&f->arena);
}

static void *source(struct fixture *f, int s)
{
    return f->batch.object[f->id[s]];
}

/* Closes event `e` in all sources. */
static void close_event(struct fixture *f, int n, uint32_t e)
{
    for (int s = 0; s < n; ++s) {
        struct spw_rows *rows = source(f, s);
        rows->first[e + 1] = rows->count;
    }
}

static void add_track(struct fixture *f, const struct test_particle *k, float time_ns)
{
    struct spw_tracks *t = source(f, MATCH_TRACKS);
    const uint32_t i = t->rows.count++;
    const double z1 = na62_z_straw_chamber_mm[0], z4 = na62_z_straw_chamber_mm[3];
    const double tx = k->p[0] / k->p[2], ty = k->p[1] / k->p[2];
    const double kick = -270.0 * k->charge / k->p[2];
    static const double sigma[5] = {0.07, 0.07, 33e-6, 33e-6, 1e-7};
    t->z_mm[i] = (float)z1;
    t->x_mm[i] = (float)(k->r[0] + tx * (z1 - k->r[2]));
    t->y_mm[i] = (float)(k->r[1] + ty * (z1 - k->r[2]));
    t->dxdz[i] = (float)tx;
    t->dydz[i] = (float)ty;
    t->p_MeV[i] = (float)test_length(k->p);
    t->charge[i] = (int8_t)k->charge;
    t->time_ns[i] = time_ns + 1.0f;
    t->dxdz_after[i] = (float)(tx + kick);
    t->dydz_after[i] = (float)ty;
    t->x_after_mm[i] =
        (float)(t->x_mm[i] + tx * (z4 - z1) + kick * (z4 - NA62_Z_MAGNET_MM));
    t->y_after_mm[i] = (float)(t->y_mm[i] + ty * (z4 - z1));
    for (int c = 0; c < SPW_TRACK_COVARIANCES; ++c) t->covariance[c][i] = 0;
    for (int p = 0, c = 0; p < 5; c += ++p + 1)
        t->covariance[c][i] = (float)(sigma[p] * sigma[p]);
}

/* Where the last track is at a plane behind the magnet. */
static double x_behind(struct fixture *f, double z)
{
    const struct spw_tracks *t = source(f, MATCH_TRACKS);
    const uint32_t i = t->rows.count - 1;
    return t->x_after_mm[i] + t->dxdz_after[i] * (z - na62_z_straw_chamber_mm[3]);
}

static double y_behind(struct fixture *f, double z)
{
    const struct spw_tracks *t = source(f, MATCH_TRACKS);
    return t->y_after_mm[t->rows.count - 1] +
           t->dydz_after[t->rows.count - 1] * (z - na62_z_straw_chamber_mm[3]);
}

static void add_candidate(struct fixture *f, int s, double x, double y, float time_ns)
{
    struct spw_candidates *c = source(f, s);
    const uint32_t i = c->rows.count++;
    c->time_ns[i] = time_ns;
    if (c->x_mm) c->x_mm[i] = (float)x;
    if (c->y_mm) c->y_mm[i] = (float)y;
}

static void add_cluster(struct fixture *f, double x, double y, double energy, float time_ns)
{
    struct spw_clusters *c = source(f, MATCH_LKR);
    const uint32_t i = c->rows.count++;
    c->x_mm[i] = (float)x;
    c->y_mm[i] = (float)y;
    c->energy_MeV[i] = (float)energy;
    c->time_ns[i] = time_ns;
    c->seed_channel[i] = 64064;
}

static void add_beam(struct fixture *f, const struct test_particle *k, float time_ns)
{
    struct spw_beam_tracks *b = source(f, MATCH_BEAM);
    const uint32_t i = b->rows.count++;
    const double step = na62_z_gtk_mm[2] - k->r[2];
    b->x_mm[i] = (float)(k->r[0] + step * k->p[0] / k->p[2]);
    b->y_mm[i] = (float)(k->r[1] + step * k->p[1] / k->p[2]);
    b->dxdz[i] = (float)(k->p[0] / k->p[2]);
    b->dydz[i] = (float)(k->p[1] / k->p[2]);
    b->p_MeV[i] = (float)test_length(k->p);
    b->time_ns[i] = time_ns;
    b->sigma_time_ns[i] = 0.087f;
}

static void add_three_pions(struct fixture *f)
{
    const struct test_particle kaon = test_kaon_at(140000, 75000);
    const double e = TEST_MASS_KAON / 3, p = sqrt(e * e - TEST_MASS_PION * TEST_MASS_PION);
    for (int i = 0; i < 3; ++i) {
        const double phi = 0.4 + 2.0943951 * i;
        const struct test_particle pion = test_decay(
            &kaon, (double[]){p * cos(phi), 0.6 * p * sin(phi), 0.8 * p * sin(phi)},
            TEST_MASS_PION, i == 2 ? -1 : 1);
        add_track(f, &pion, 3.0f);
        add_candidate(f, MATCH_CHOD, x_behind(f, NA62_Z_CHOD_V_MM) + 20,
                      y_behind(f, NA62_Z_CHOD_V_MM) - 20, 3.1f);
    }
    add_beam(f, &kaon, 3.0f);
    add_candidate(f, MATCH_KTAG, 0, 0, 3.05f);
    add_candidate(f, MATCH_KTAG, 0, 0, 8.0f);
}

static void add_two_pions(struct fixture *f)
{
    const struct test_particle kaon = test_kaon_at(120000, 74300),
                               other = test_kaon_at(119000, 75900);
    const double e = (TEST_MASS_KAON * TEST_MASS_KAON + TEST_MASS_PION * TEST_MASS_PION -
                      TEST_MASS_PI0 * TEST_MASS_PI0) /
                     (2 * TEST_MASS_KAON);
    const double p = sqrt(e * e - TEST_MASS_PION * TEST_MASS_PION);
    const struct test_particle pion =
        test_decay(&kaon, (double[]){0.6 * p, 0.7 * p, -sqrt(0.15) * p}, TEST_MASS_PION, 1);
    struct spw_rings *rings = source(f, MATCH_RINGS);
    struct test_particle shifted = other;
    shifted.r[0] += 25;
    add_track(f, &pion, 0.0f);
    add_cluster(f, x_behind(f, NA62_Z_LKR_MM) + 5, y_behind(f, NA62_Z_LKR_MM), 9000, 0.2f);
    add_cluster(f, 500, 400, 12000, 0.1f);
    add_cluster(f, -300, -600, 20000, -0.1f);
    add_cluster(f, -400, 600, 20000, -30.0f); /* out of time */
    add_beam(f, &shifted, 0.0f);
    add_beam(f, &kaon, 0.1f);
    add_candidate(f, MATCH_KTAG, 0, 0, 0.0f);
    add_candidate(f, MATCH_LAV, 0, 0, 2.0f);
    rings->time_ns[0] = 0.05f;
    rings->n_hits[0] = 12;
    rings->track[0] = 0;
    for (int h = 0; h < SPW_N_RING_HYPOTHESES; ++h)
        rings->log_likelihood[h][0] = h == 2 ? -1.0f : -8.0f;
    rings->rows.count = 1;
}

static void add_one_muon(struct fixture *f)
{
    const struct test_particle kaon = test_kaon_at(150000, 75500);
    const double p = (TEST_MASS_KAON * TEST_MASS_KAON - 105.6583755 * 105.6583755) /
                     (2 * TEST_MASS_KAON);
    const struct test_particle muon =
        test_decay(&kaon, (double[]){p, 0, 0}, 105.6583755, 1);
    add_track(f, &muon, -2.0f);
    add_cluster(f, x_behind(f, NA62_Z_LKR_MM), y_behind(f, NA62_Z_LKR_MM), 500, -2.0f);
    add_candidate(f, MATCH_MUV3, x_behind(f, NA62_Z_MUV3_MM) + 90,
                  y_behind(f, NA62_Z_MUV3_MM), -1.8f);
    add_candidate(f, MATCH_NEWCHOD, x_behind(f, NA62_Z_NEWCHOD_MM),
                  y_behind(f, NA62_Z_NEWCHOD_MM) + 60, -1.5f);
    add_beam(f, &kaon, -2.1f);
    add_candidate(f, MATCH_KTAG, 0, 0, -2.0f);
}

static void add_crowd(struct fixture *f)
{
    const struct test_particle kaon = test_kaon_at(130000, 75000);
    for (int i = 0; i < 100; ++i) {
        const struct test_particle pion =
            test_decay(&kaon, (double[]){i, 2 * i, 0}, TEST_MASS_PION, i % 2 ? 1 : -1);
        add_track(f, &pion, 0.01f * (float)i);
    }
}

static void work(struct fixture *f)
{
    add_three_pions(f);
    close_event(f, MATCH_N_SOURCES, THREE_PIONS);
    add_two_pions(f);
    close_event(f, MATCH_N_SOURCES, TWO_PIONS);
    add_one_muon(f);
    close_event(f, MATCH_N_SOURCES, ONE_MUON);
    add_crowd(f);
    close_event(f, MATCH_N_SOURCES, CROWD);
    assert_ok(f->stage->run(f->state, &f->worker, &f->batch));
}

static void *object(struct fixture *f, const char *path)
{
    uint32_t id;
    assert_ok(spw_run_find_object(&f->run, path, &id));
    return f->batch.object[id];
}

/* The event's row of a selection, or NULL. */
static const struct spw_selected *
selected(struct fixture *f, uint32_t e, uint32_t selection, uint32_t *row)
{
    const struct spw_selected *s = object(f, "/selections");
    const struct spw_summaries *summary = object(f, "/summary");
    for (*row = s->rows.first[e]; *row < s->rows.first[e + 1]; ++*row)
        if (s->selection[*row] == selection) {
            assert_true(summary->selected[e] & (1u << selection));
            return s;
        }
    assert_false(summary->selected[e] & (1u << selection));
    return NULL;
}

static void three_pions_make_a_kaon(void **state)
{
    (void)state;
    struct fixture f;
    uint32_t row, other;
    setup(&f, MATCH_N_SOURCES);
    work(&f);
    const struct spw_selected *s = selected(&f, THREE_PIONS, 0, &row);
    const struct spw_vertices *v = object(&f, "/vertices");
    const struct spw_matches *m = object(&f, "/straw/matches");
    const struct spw_tracks *t = source(&f, MATCH_TRACKS);
    assert_non_null(s);
    assert_near(s->mass_MeV[row], TEST_MASS_KAON, 0.005, 0);
    const uint32_t at = v->rows.first[THREE_PIONS] + (uint32_t)s->vertex[row];
    assert_int_equal(v->n_tracks[at], 3);
    assert_int_equal(v->charge[at], 1);
    assert_int_equal(v->beam[at], 0);
    assert_near(v->z_mm[at], 140000, 2, 0);
    assert_near(v->x_mm[at], test_kaon_at(140000, 1).r[0], 0.02, 0);
    assert_near(v->p_MeV[at], 75000, 3, 0);
    assert_near(v->time_ns[at], 3.11, 0.02, 0); /* CHOD, and a little the track */
    assert_near(v->chi2[at], 0, 1e-2, 0);
    /* 3 x (nominal, beam), 3 pairs, 1 triple */
    assert_int_equal(v->rows.first[THREE_PIONS + 1] - v->rows.first[THREE_PIONS], 10);
    for (uint32_t i = t->rows.first[THREE_PIONS]; i < t->rows.first[THREE_PIONS + 1]; ++i) {
        assert_int_equal(m->chod[i], (int)(i - t->rows.first[THREE_PIONS]));
        assert_int_equal(m->ktag[i], 0);
        assert_int_equal(m->beam[i], 0);
        assert_near(m->beam_distance_mm[i], 0, 0.05, 0);
        assert_int_equal(m->identity[i],
                         SPW_HAS_CHOD | SPW_HAS_KTAG | SPW_HAS_BEAM | SPW_IS_PION);
    }
    assert_null(selected(&f, THREE_PIONS, 3, &other));
    assert_null(selected(&f, EMPTY, 0, &other));
    teardown(&f);
}

static void the_missing_pi0(void **state)
{
    (void)state;
    struct fixture f;
    uint32_t row;
    setup(&f, MATCH_N_SOURCES);
    work(&f);
    const struct spw_selected *s = selected(&f, TWO_PIONS, 1, &row);
    const struct spw_matches *m = object(&f, "/straw/matches");
    const struct spw_tracks *t = source(&f, MATCH_TRACKS);
    const struct spw_summaries *summary = object(&f, "/summary");
    const uint32_t track = t->rows.first[TWO_PIONS];
    assert_non_null(s);
    assert_near(s->missing_mass2_MeV2[row], TEST_MASS_PI0 * TEST_MASS_PI0, 5, 0);
    assert_true(fabs(s->nominal_missing_mass2_MeV2[row] - TEST_MASS_PI0 * TEST_MASS_PI0) >
                200);
    assert_int_equal(m->beam[track], 1); /* the other one is 25 mm off */
    assert_int_equal(m->cluster[track], 0);
    assert_int_equal(m->ring[track], 0);
    assert_near(m->lkr_distance_mm[track], 5, 0.05, 0);
    assert_near(m->e_over_p[track], 9000 / t->p_MeV[track], 1e-6, 0);
    assert_near(m->time_ns[track], 0.055, 0.01, 0); /* mostly the ring's */
    assert_true(m->identity[track] & SPW_RING_PION);
    assert_true(m->identity[track] & SPW_IS_PION);
    assert_int_equal(summary->n_photons[TWO_PIONS], 2);
    assert_near(summary->photon_MeV[TWO_PIONS], 32000, 1e-3, 0);
    assert_int_equal(summary->veto[TWO_PIONS], SPW_VETO_LAV | SPW_VETO_LKR);
    teardown(&f);
}

static void the_muon_and_its_neutrino(void **state)
{
    (void)state;
    struct fixture f;
    uint32_t row;
    setup(&f, MATCH_N_SOURCES);
    work(&f);
    const struct spw_selected *s = selected(&f, ONE_MUON, 2, &row);
    const struct spw_matches *m = object(&f, "/straw/matches");
    const struct spw_tracks *t = source(&f, MATCH_TRACKS);
    const uint32_t track = t->rows.first[ONE_MUON];
    assert_non_null(s);
    assert_near(s->missing_mass2_MeV2[row], 0, 5, 0);
    assert_int_equal(m->muv3[track], 0);
    assert_int_equal(m->newchod[track], 0);
    assert_true(m->identity[track] & SPW_IS_MUON);
    teardown(&f);
}

static void crowds_are_cut(void **state)
{
    (void)state;
    struct fixture f;
    setup(&f, MATCH_N_SOURCES);
    work(&f);
    const struct spw_matches *m = object(&f, "/straw/matches");
    const struct spw_vertices *v = object(&f, "/vertices");
    assert_true(f.batch.raw.events.quality[CROWD] & SPW_EVENT_CUT);
    assert_int_equal(f.batch.raw.events.quality[THREE_PIONS], 0);
    assert_int_equal(m->rows.first[CROWD + 1] - m->rows.first[CROWD], 100);
    for (uint32_t i = 0; i < v->rows.count; ++i) {
        assert_true(isfinite(v->x_mm[i]) && isfinite(v->y_mm[i]) && isfinite(v->z_mm[i]));
        assert_true(isfinite(v->chi2[i]) && isfinite(v->cda_mm[i]) &&
                    isfinite(v->p_MeV[i]));
    }
    teardown(&f);
}

/* Only tracks: no association, but vertices; the nominal beam serves. */
static void other_stages_may_be_missing(void **state)
{
    (void)state;
    struct fixture f;
    uint32_t row;
    setup(&f, 1);
    const struct test_particle kaon = test_kaon_at(140000, 75000);
    const double e = TEST_MASS_KAON / 3, p = sqrt(e * e - TEST_MASS_PION * TEST_MASS_PION);
    for (int i = 0; i < 3; ++i) {
        const double phi = 2.0943951 * i;
        const struct test_particle pion = test_decay(
            &kaon, (double[]){p * cos(phi), p * sin(phi), 0}, TEST_MASS_PION, i ? 1 : -1);
        add_track(&f, &pion, 3.0f);
    }
    for (uint32_t e2 = 0; e2 < N_EVENTS; ++e2) close_event(&f, 1, e2);
    assert_ok(f.stage->run(f.state, &f.worker, &f.batch));
    const struct spw_selected *s = selected(&f, 0, 0, &row);
    const struct spw_vertices *v = object(&f, "/vertices");
    const struct spw_matches *m = object(&f, "/straw/matches");
    assert_non_null(s);
    assert_near(s->mass_MeV[row], TEST_MASS_KAON, 0.005, 0);
    assert_near(s->missing_mass2_MeV2[row], 0, 0, 0);
    for (uint32_t i = 0; i < v->rows.count; ++i) assert_int_equal(v->beam[i], -1);
    for (uint32_t i = 0; i < 3; ++i) {
        assert_int_equal(m->cluster[i], -1);
        assert_int_equal(m->identity[i], SPW_IS_PION);
        assert_near(m->time_ns[i], 4, 1e-6, 0);
    }
    teardown(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(three_pions_make_a_kaon),     cmocka_unit_test(the_missing_pi0),
        cmocka_unit_test(the_muon_and_its_neutrino),   cmocka_unit_test(crowds_are_cut),
        cmocka_unit_test(other_stages_may_be_missing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
