/* The stages hits and pulses on a hand-made batch: T0 chain, drift of the trigger and its
   exceptions, masked and shared boards, swapped and late modules. */
#include "support/test.h"

#include "io/na62/na62.h"
#include "reco/objects.h"
#include "reco/stage.h"

#include <dirent.h>
#include <string.h>
#include <unistd.h>

enum { N_EVENTS = 2 };

/// Edges (value 0 leading, 1 trailing) that the fake format unpacks, in order of the events.
struct raw_edge {
    uint32_t event, stream, address;
    int32_t ticks;
    uint8_t edge;
};

static const struct raw_edge edges[] = {
    {0, NA62_KTAG, 8, 100, 0},       {0, NA62_KTAG, 8, 220, 1},
    {0, NA62_KTAG, 9, 50, 0},        {0, NA62_CHOD, 0, 200, 0},
    {0, NA62_STRAW, 33, -8000, 0},   {0, NA62_STRAW, 33, -7800, 1},
    {0, NA62_IRC_BOARD, 98, 40, 0},  {0, NA62_IRC_BOARD, 2, 41, 0},
    {0, NA62_IRC_BOARD, 192, 42, 0}, {0, NA62_IRC_BOARD, 7, 43, 0},
    {0, NA62_MUV3, 0, 10, 0},        {1, NA62_CHOD, 0, 200, 0},
};

static const struct raw_pulse {
    uint32_t event, address;
    uint16_t length;
} pulses[] = {
    {0, 525, 8}, {0, 526, 8}, {0, 527, 8}, {0, 541, 8}, {1, 525, 0}, {1, 527, 4},
};

static const float trigger_ns[N_EVENTS] = {12.5f, 3.25f};

static void add_edges(struct spw_raw_batch *batch, uint32_t event)
{
    for (size_t i = 0; i < sizeof edges / sizeof *edges; ++i) {
        if (edges[i].event != event) continue;
        struct spw_raw_hits *hits = &batch->hits[edges[i].stream];
        assert_ok(spw_raw_hits_reserve(batch, edges[i].stream, 1));
        const uint32_t row = hits->rows.count++;
        hits->address[row] = edges[i].address;
        hits->ticks[row] = edges[i].ticks;
        hits->edge[row] = edges[i].edge;
        hits->quality[row] = 0;
        hits->value[row] = 0;
    }
}

static void add_pulse(struct spw_raw_batch *batch, const struct raw_pulse *pulse)
{
    static const uint16_t sample[] = {400, 401, 430, 700, 720, 500, 420, 405};
    assert_ok(spw_raw_pulses_reserve(batch, NA62_LKR, 1, 8));
    struct spw_raw_pulses *raw = &batch->pulses[NA62_LKR];
    const uint32_t row = raw->rows.count++;
    raw->address[row] = pulse->address;
    raw->length[row] = pulse->length;
    raw->quality[row] = 0;
    memset(raw->sample + (size_t)row * raw->n_samples, 0, sizeof sample);
    memcpy(raw->sample + (size_t)row * raw->n_samples, sample,
           pulse->length * sizeof *sample);
}

static enum spw_status unpack(const struct spw_raw_file *file,
                              uint32_t first,
                              uint32_t n,
                              enum spw_isa isa,
                              struct spw_raw_batch *batch,
                              uint64_t *tally)
{
    (void)file, (void)first, (void)isa, (void)tally;
    for (uint32_t e = 0; e < n; ++e) {
        struct spw_raw_events *events = &batch->events;
        assert_ok(spw_rows_reserve(&events->rows, &spw_raw_events_table, batch->arena, 1));
        events->rows.count = e + 1;
        events->event[e] = e;
        events->trigger_word[e] =
            e == 1 ? 0x10 : 0x01; /* the second one is a control trigger */
        events->time_ns[e] = trigger_ns[e];
        events->quality[e] = 0;
        add_edges(batch, e);
        for (size_t i = 0; i < sizeof pulses / sizeof *pulses; ++i)
            if (pulses[i].event == e) add_pulse(batch, &pulses[i]);
        spw_raw_batch_close_event(batch, e);
    }
    return SPW_OK;
}

/// A run over the fake file, its batch worked through.
struct fixture {
    struct spw_format format;
    struct spw_raw_file file;
    struct spw_arena arena;
    struct spw_config *config;
    struct spw_run run;
    struct spw_worker worker;
    struct spw_batch batch;
};

static void write_file(const char *folder, const char *name, const char *text)
{
    char path[256];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
}

static const char configuration[] =
    "schema: 1\nexperiment: na62\nstages: [pulses, hits]\n"
    "detectors:\n"
    "  ktag: {stream: ktag, map: [K.dat], t0: [K-T0.dat], drift_t0: false}\n"
    "  chod: {stream: chod, map: [C.dat], t0: [C-T0.dat]}\n"
    "  straw: {stream: straw, map: [S.dat], t0: [S-T0.dat], drift_time: true}\n"
    "  irc: {stream: irc_board}\n"
    "  sac: {stream: irc_board}\n"
    "  newchod: {stream: irc_board, map: [N.dat]}\n"
    "  muv3: {stream: muv3, map: [M.dat], masked: [150]}\n"
    "  lkr: {stream: lkr, map: [L.dat], swaps: [Swaps.dat], jitters: [Jitters.dat],\n"
    "        dead: [Dead.dat], slope: [Slopes.dat], t0: [L-T0.dat]}\n"
    "straw_t0: {station: [Coarse.dat], covers: [], jumps: [Jumps.dat]}\n"
    "straw_rt: {relation: quadratic, parameters: [10, 0]}\n"
    "trigger_drift: {file: [Drift.dat]}\n";

static void setup(struct fixture *f, const char *folder)
{
    char setting[256];
    snprintf(setting, sizeof setting, "conditions_dir=%s", folder);
    const char *const overrides[] = {setting};
    *f = (struct fixture){.format = spw_format_na62};
    f->format.unpack = unpack;
    f->file = (struct spw_raw_file){
        .format = &f->format, .path = "test", .run = 8252, .burst = 17};
    assert_ok(spw_config_parse(&f->config, &f->arena, "test", configuration,
                               sizeof configuration - 1, overrides, 1));
    f->run.isa = spw_isa_best();
    f->run.tier = SPW_TIER_CDST;
    assert_ok(spw_run_prepare(&f->run, f->config, &f->file));
    assert_ok(spw_worker_init(&f->worker, &f->run));
    assert_ok(spw_worker_process(&f->worker, &f->batch, 0, N_EVENTS));
}

static void teardown(struct fixture *f)
{
    spw_worker_release(&f->worker);
    spw_run_release(&f->run);
    spw_arena_release(&f->batch.arena);
    spw_arena_release(&f->arena);
}

/* The conditions are the folder's only content. */
static void remove_folder(const char *folder)
{
    char path[512];
    DIR *directory = opendir(folder);
    for (struct dirent *entry; (entry = readdir(directory));) {
        snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
        unlink(path);
    }
    closedir(directory);
    rmdir(folder);
}

static const struct spw_hits *hits_of(struct fixture *f, const char *path)
{
    uint32_t id;
    assert_ok(spw_run_find_object(&f->run, path, &id));
    return SPW_OBJECT(&f->batch, id, struct spw_hits);
}

static uint64_t tally(const struct fixture *f, const char *name)
{
    for (uint32_t i = 0; i < f->run.tallies.count; ++i)
        if (strcmp(f->run.tallies.tally[i]->name, name) == 0) return f->worker.tally[i];
    fail_msg("no tally %s", name);
    return 0;
}

static void write_conditions(const char *folder)
{
    write_file(folder, "K.dat",
               "ChRemap_0000= -1 -1 -1 -1 -1 -1 -1 -1 166 -1 -1 -1 -1 -1 -1 -1\n");
    write_file(folder, "K-T0.dat", "8 166 1.25\n");
    write_file(folder, "C.dat",
               "ChRemap_0000= 63 -1 -1 -1 62 -1 -1 -1 -1 -1 -1 -1 -1 -1 -1 -1\n");
    write_file(folder, "C-T0.dat", "0 63 -0.5\n4 62 999.999\n");
    write_file(folder, "S.dat",
               "ChRemap_0002= 500 487 -1 -1 -1 -1 -1 -1 -1 -1 -1 -1 -1 -1 -1 -1\n");
    write_file(folder, "S-T0.dat", "33 487 0.125\n");
    write_file(
        folder, "Coarse.dat",
        "StationsT0= -6405.5\nMezzaninesT0_00= 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16\n");
    write_file(folder, "Jumps.dat", "8252 17 2 25.0\n8252 18 2 -25.0\n");
    write_file(folder, "Drift.dat", "8252 16 9\n8252 17 0.75\n");
    write_file(folder, "N.dat",
               "ChRemap_0012= 101 112 -1 -1 -1 -1 -1 -1 -1 -1 -1 -1 -1 -1 -1 -1\n");
    write_file(folder, "M.dat",
               "ChRemap_0000= 150 41 -1 -1 -1 -1 -1 -1 -1 -1 -1 -1 -1 -1 -1 -1\n");
}

static void times_follow_the_chain(void **state)
{
    (void)state;
    const double lsb = NA62_CLOCK_NS / 256, straw_lsb = NA62_CLOCK_NS / 32;
    const char *folder = test_folder();
    struct fixture f;
    write_conditions(folder);
    setup(&f, folder);

    const struct spw_hits *ktag = hits_of(&f, "/ktag/hits");
    assert_int_equal(ktag->rows.count, 1);
    assert_int_equal(ktag->channel[0], 166);
    assert_near(ktag->time_ns[0], 100 * lsb - 1.25, 1e-5, 0); /* no drift for the KTAG */
    assert_near(ktag->width_ns[0], 120 * lsb, 1e-5, 0);

    const struct spw_hits *chod = hits_of(&f, "/chod/hits");
    assert_int_equal(chod->rows.count, 2);
    assert_near(chod->time_ns[0], 200 * lsb + 0.5 - 0.75, 1e-5, 0);
    assert_near(chod->time_ns[1], 200 * lsb + 0.5, 1e-5, 0); /* control trigger: no drift */
    assert_int_equal(chod->quality[0], SPW_NO_TRAILING);

    const struct spw_straw_hits *straw =
        (const struct spw_straw_hits *)hits_of(&f, "/straw/hits");
    const double t0 = -6405.5 + 3 + 25 + 0.125 + 0.75;
    assert_int_equal(straw->hits.rows.count, 1);
    assert_near(straw->hits.time_ns[0], -8000 * straw_lsb - t0 - 12.5, 1e-4, 0);
    assert_near(straw->hits.width_ns[0], 200 * straw_lsb, 1e-4, 0);
    assert_near(straw->radius_mm[0], 4.9, 1e-6, 0);
    teardown(&f);
    remove_folder(folder);
}

static void boards_are_shared_silently(void **state)
{
    (void)state;
    const char *folder = test_folder();
    struct fixture f;
    write_conditions(folder);
    setup(&f, folder);
    assert_int_equal(hits_of(&f, "/irc/hits")->rows.count, 1);
    assert_int_equal(hits_of(&f, "/sac/hits")->rows.count, 1);
    assert_int_equal(hits_of(&f, "/newchod/hits")->rows.count, 1);
    assert_int_equal(hits_of(&f, "/newchod/hits")->channel[0], 101);
    assert_int_equal(hits_of(&f, "/muv3/hits")->rows.count, 0);
    assert_int_equal(tally(&f, "hits.masked"), 1);
    assert_int_equal(tally(&f, "hits.unmapped"),
                     2); /* KTAG 9, and 7 of the shared board, once */
    teardown(&f);
    remove_folder(folder);
}

static const struct spw_cells *cells_of(struct fixture *f)
{
    uint32_t id;
    assert_ok(spw_run_find_object(&f->run, "/lkr/cells", &id));
    return SPW_OBJECT(&f->batch, id, struct spw_cells);
}

/* Cells 1090, 1089 (address 525, 526) and 1088 (527); 541 is not mapped. */
static void write_lkr(const char *folder)
{
    write_conditions(folder);
    write_file(folder, "L.dat",
               "ChRemap_0032= -1 -1 -1 -1 -1 -1 -1 -1 -1 -1 -1 -1 -1 1090 1089 1088\n");
    write_file(folder, "L-T0.dat", "525 1090 2.5\n");
    write_file(folder, "Slopes.dat", "1 90 0 0.004\n1 88 0 0.003\n");
}

static void cells_have_their_constants(void **state)
{
    (void)state;
    const char *folder = test_folder();
    struct fixture f;
    write_lkr(folder);
    write_file(folder, "Dead.dat", "1 89\n");
    setup(&f, folder);
    const struct spw_cells *cells = cells_of(&f);
    assert_int_equal(cells->rows.count, 3);
    assert_int_equal(cells->rows.first[1], 2);
    assert_int_equal(cells->rows.first[2], 3);
    assert_int_equal(cells->channel[0], 1090);
    assert_int_equal(cells->channel[1], 1088);
    assert_int_equal(cells->channel[2], 1088);
    assert_near(cells->time_ns[1] - cells->time_ns[0], 2.5, 1e-4, 0);
    assert_near(cells->energy_MeV[0], 4.0 * (double)cells->amplitude_adc[0], 0, 1e-6);
    assert_near(cells->energy_MeV[1], 3.0 * (double)cells->amplitude_adc[1], 0, 1e-6);
    /* a short pulse goes on with its last sample: 400 401 430 700 700 700 700 700 */
    assert_near(cells->charge_adc[2], 4731 - 8 * 400.5, 1e-3, 0);
    assert_int_equal(cells->quality[2] & SPW_UNDERFLOW, 0);
    assert_int_equal(tally(&f, "pulses.dead"), 1);
    assert_int_equal(tally(&f, "pulses.unmapped"), 1);
    assert_int_equal(tally(&f, "pulses.empty"), 1);
    assert_int_equal(tally(&f, "pulses.odd_length"), 2);
    teardown(&f);
    remove_folder(folder);
}

static const struct spw_histogram *histogram_of(const struct fixture *f, const char *path)
{
    for (uint32_t i = 0; i < f->run.histograms.count; ++i)
        if (strcmp(f->run.histograms.spec[i].path, path) == 0)
            return &f->worker.histogram[i];
    fail_msg("no histogram %s", path);
    return NULL;
}

/* Every cell is counted in its bin, and nothing else: times only of large pulses. */
static void cells_are_counted(void **state)
{
    (void)state;
    const char *folder = test_folder();
    struct fixture f;
    write_lkr(folder);
    setup(&f, folder);
    const struct spw_cells *cells = cells_of(&f);
    spw_histograms_settle(f.worker.histogram, &f.run.histograms);
    const struct spw_histogram *occupancy = histogram_of(&f, "/lkr/occupancy");
    const struct spw_histogram *pedestal = histogram_of(&f, "/lkr/pedestal_by_channel");
    const struct spw_histogram *time = histogram_of(&f, "/lkr/time_by_channel");
    const struct spw_histogram *by_crate = histogram_of(&f, "/lkr/time_by_crate");
    const struct spw_histogram *amplitude = histogram_of(&f, "/lkr/amplitude_by_crate");
    assert_int_equal(cells->rows.count, 4);
    for (uint32_t i = 0; i < 4; ++i) {
        const uint32_t row = cells->index[i] + 1, crate = 1 + 1;
        const float step_ns = cells->time_ns[i] - trigger_ns[i == 3];
        const uint32_t large = cells->energy_MeV[i] > 100.0f, n = i < 2 ? 1 : 2;
        const uint32_t bin = spw_axis_bin(time, 1, step_ns);
        assert_int_equal(large, cells->channel[i] != 1089); /* which has no slope */
        assert_int_equal(occupancy->count[row], n);
        assert_int_equal(
            pedestal->count[row * pedestal->stride[0] + spw_axis_bin(pedestal, 1, 400.5f)],
            n);
        assert_true(time->count[row * time->stride[0] + bin] == (large ? 1 : 0));
        assert_true(by_crate->count[crate * by_crate->stride[0] + bin] >= large);
        assert_true(amplitude->count[crate * amplitude->stride[0] +
                                     spw_axis_bin(amplitude, 1, cells->amplitude_adc[i])]);
    }
    uint64_t n_times = 0, n_amplitudes = 0;
    for (uint64_t b = 0; b < time->n_bins; ++b) n_times += time->count[b];
    for (uint64_t b = 0; b < amplitude->n_bins; ++b) n_amplitudes += amplitude->count[b];
    assert_int_equal(n_times, 3);
    assert_int_equal(n_amplitudes, 4);
    teardown(&f);
    remove_folder(folder);
}

/* Module crate 1, slot 3: what arrives at channel 29 is channel 13, one clock late. */
static void swapped_and_late_modules(void **state)
{
    (void)state;
    const char *folder = test_folder();
    struct fixture f;
    write_lkr(folder);
    setup(&f, folder);
    const float time_ns = cells_of(&f)->time_ns[0];
    teardown(&f);
    write_file(folder, "Swaps.dat", "8252 17 10 10 1 1-3\n8252 18 10 10 1 4-13\n");
    write_file(folder, "Jitters.dat", "8252 17 10 1 1-3 100 0.95 1.0 0.1 0.2 24.95\n");
    setup(&f, folder);
    const struct spw_cells *cells = cells_of(&f);
    assert_int_equal(cells->rows.count, 1);
    assert_int_equal(cells->channel[0], 1090);
    assert_near(cells->time_ns[0], (double)time_ns - NA62_CLOCK_NS, 1e-4, 0);
    assert_int_equal(tally(&f, "pulses.unmapped"), 5);
    teardown(&f);
    remove_folder(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(times_follow_the_chain),
        cmocka_unit_test(boards_are_shared_silently),
        cmocka_unit_test(cells_have_their_constants),
        cmocka_unit_test(cells_are_counted),
        cmocka_unit_test(swapped_and_late_modules),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
