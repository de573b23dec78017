/* Stage tof: digits -> slab hits -> trigger pixel -> space points -> times of flight
 * (formats/mice.md 7; docs/physics/mice.md 2). */
#include "reco/mice/tof_event.h"
#include "reco/stage.h"

#include <math.h>

struct tof_options {
    struct tof_files files;
    double lsb, trigger_cut, point_cut;
};

#define TOF_FILES(member, fallback_, help_)                                   \
    {                                                                         \
        .key = #member, .type = SPW_OPTION_TEXTS, .fallback = (fallback_),    \
        .help = (help_), .offset = offsetof(struct tof_options, files.member) \
    }

static const struct spw_option options[] = {
    TOF_FILES(map, "[TOFChannelMap.txt]", "cabling, a list of FIRST-LAST NAME by run"),
    TOF_FILES(t0,
              "[0-3249 tofcalibT0_trTOF1_g4mice.txt, "
              "3250-999999 tofcalibT0_trTOF1_dec2011.txt]",
              "T0 constants by run"),
    TOF_FILES(walk,
              "[0-3249 tofcalibTW_g4mice.txt, 3250-999999 tofcalibTW_dec2011.txt]",
              "time-walk constants by run"),
    TOF_FILES(delay,
              "[0-3249 tofcalibTrigger_trTOF1_g4mice.txt, "
              "3250-999999 tofcalibTrigger_trTOF1_dec2011.txt]",
              "trigger delays by run; they name the trigger station"),
    SPW_OPTION(struct tof_options,
               lsb,
               SPW_OPTION_REAL,
               "ns",
               "0.025 ns",
               "TDC tick the constants were made with (the hardware's is 0.0244140625 ns)"),
    SPW_OPTION(struct tof_options,
               trigger_cut,
               SPW_OPTION_REAL,
               "ns",
               "0.5 ns",
               "largest |mean corrected time| of the trigger pixel"),
    SPW_OPTION(struct tof_options,
               point_cut,
               SPW_OPTION_REAL,
               "ns",
               "0.5 ns",
               "largest |horizontal - vertical| of a space point"),
};

enum { TOF01, TOF12, TOF02, N_TIMES };

struct tof_state {
    struct tof_options options;
    struct tof_constants constants;
    uint32_t pulses;
    uint32_t digits[TOF_STATIONS], slabs[TOF_STATIONS], points[TOF_STATIONS], times;
    uint32_t profile[TOF_STATIONS], pixel[TOF_STATIONS], dt[TOF_STATIONS], time[N_TIMES];
};

static enum spw_status book(struct spw_run *run, struct tof_state *state)
{
    static const struct {
        const char *path, *title;
        double lower, upper;
    } time[N_TIMES] = {
        {"/tof/tof01", "time of flight TOF0 - TOF1", 20, 45},
        {"/tof/tof12", "time of flight TOF1 - TOF2", 0, 25},
        {"/tof/tof02", "time of flight TOF0 - TOF2", 25, 60},
    };

    for (int i = 0; i < N_TIMES; ++i) {
        const struct spw_histogram_spec spec = {
            time[i].path,
            time[i].title,
            1,
            {{"time_ns", "time of flight [ns]", time[i].lower, time[i].upper, 500}}};
        SPW_TRY(spw_histogram_book(&run->histograms, &run->arena, &spec, &state->time[i]));
    }
    for (uint32_t s = 0; s < TOF_STATIONS; ++s) {
        const struct spw_histogram_spec profile = {
            spw_arena_printf(&run->arena, "/tof%u/slab_profile", s),
            "slab hits by plane and slab",
            2,
            {{"plane", "plane (0 horizontal, 1 vertical)", 0, TOF_PLANES, TOF_PLANES},
             {"slab", "slab", 0, TOF_SLABS, TOF_SLABS}}};
        const struct spw_histogram_spec pixel = {
            spw_arena_printf(&run->arena, "/tof%u/space_point_profile", s),
            "space points",
            2,
            {{"slab_vertical", "vertical slab", 0, TOF_SLABS, TOF_SLABS},
             {"slab_horizontal", "horizontal slab", 0, TOF_SLABS, TOF_SLABS}}};
        const struct spw_histogram_spec dt = {
            spw_arena_printf(&run->arena, "/tof%u/dt", s),
            "horizontal - vertical slab time of space points",
            1,
            {{"dt_ns", "horizontal - vertical [ns]", -1, 1, 200}}};
        SPW_TRY(spw_histogram_book(&run->histograms, &run->arena, &profile,
                                   &state->profile[s]));
        SPW_TRY(
            spw_histogram_book(&run->histograms, &run->arena, &pixel, &state->pixel[s]));
        SPW_TRY(spw_histogram_book(&run->histograms, &run->arena, &dt, &state->dt[s]));
    }
    return SPW_OK;
}

static enum spw_status add_object(struct spw_run *run,
                                  uint32_t station,
                                  const char *name,
                                  const struct spw_table *table,
                                  uint32_t *id)
{
    const struct spw_object object = {
        .path = spw_arena_printf(&run->arena, "/tof%u/%s", station, name),
        .offset_name = spw_arena_printf(&run->arena, "tof%u_%s_offset", station, name),
        .table = table,
        .tier = SPW_TIER_MDST,
        .capacity_per_event = 8};
    if (!object.path || !object.offset_name)
        return SPW_FAIL(SPW_RETRY, "out of memory: names of TOF objects");
    return spw_run_add_object(run, &object, id);
}

static enum spw_status add_objects(struct spw_run *run, struct tof_state *state)
{
    for (uint32_t s = 0; s < TOF_STATIONS; ++s) {
        SPW_TRY(add_object(run, s, "digits", &tof_digits_table, &state->digits[s]));
        SPW_TRY(add_object(run, s, "slab_hits", &tof_slab_hits_table, &state->slabs[s]));
        SPW_TRY(
            add_object(run, s, "space_points", &tof_space_points_table, &state->points[s]));
    }
    const struct spw_object times = {.path = "/tof/times",
                                     .offset_name = "tof_times_offset",
                                     .table = &tof_times_table,
                                     .tier = SPW_TIER_MDST,
                                     .capacity_per_event = 1};
    return spw_run_add_object(run, &times, &state->times);
}

static enum spw_status prepare(struct spw_run *run, void **state_)
{
    struct tof_state *state;
    SPW_NEW_ZEROS(&run->arena, state, 1);
    SPW_TRY(spw_config_read(run->config, "tof", options, sizeof options / sizeof *options,
                            &state->options));
    state->constants.lsb_ns = state->options.lsb;
    SPW_TRY(tof_constants_read(run, &state->options.files, &state->constants));
    SPW_TRY(spw_run_find_object(run, "/fadc/pulses", &state->pulses));
    SPW_TRY(add_objects(run, state));
    *state_ = state;
    return book(run, state);
}

static struct tof_objects
objects_of(const struct tof_state *state, struct spw_batch *batch, uint32_t station)
{
    return (struct tof_objects){
        .digits = SPW_OBJECT(batch, state->digits[station], struct tof_digits),
        .slabs = SPW_OBJECT(batch, state->slabs[station], struct tof_slab_hits),
        .points = SPW_OBJECT(batch, state->points[station], struct tof_space_points),
    };
}

static enum spw_status
reserve(const struct tof_state *state, struct spw_batch *batch, uint32_t n_hits)
{
    for (uint32_t s = 0; s < TOF_STATIONS; ++s) {
        struct tof_objects o = objects_of(state, batch, s);
        SPW_TRY(
            spw_rows_reserve(&o.digits->rows, &tof_digits_table, &batch->arena, n_hits));
        SPW_TRY(spw_rows_reserve(&o.slabs->rows, &tof_slab_hits_table, &batch->arena,
                                 TOF_PLANES * TOF_SLABS));
        SPW_TRY(spw_rows_reserve(&o.points->rows, &tof_space_points_table, &batch->arena,
                                 TOF_SLABS * TOF_SLABS));
    }
    struct tof_times *times = SPW_OBJECT(batch, state->times, struct tof_times);
    return spw_rows_reserve(&times->rows, &tof_times_table, &batch->arena, 1);
}

/* b - a when both stations have exactly one space point. */
static double flight(const struct tof_event *event, uint32_t a, uint32_t b)
{
    if (event->n_points[a] != 1 || event->n_points[b] != 1) return NAN;
    return event->point_ns[b] - event->point_ns[a];
}

static void put_times(const struct tof_state *state,
                      struct spw_worker *worker,
                      const struct tof_event *event,
                      struct tof_times *out)
{
    if (!event->has_pixel) return;
    const uint32_t row = out->rows.count++;
    const double time[N_TIMES] = {flight(event, 0, 1), flight(event, 1, 2),
                                  flight(event, 0, 2)};
    out->pixel_horizontal[row] = (uint8_t)event->pixel[0];
    out->pixel_vertical[row] = (uint8_t)event->pixel[1];
    out->tof01_ns[row] = time[TOF01];
    out->tof12_ns[row] = time[TOF12];
    out->tof02_ns[row] = time[TOF02];
    for (int i = 0; i < N_TIMES; ++i)
        if (!isnan(time[i])) spw_fill(&worker->histogram[state->time[i]], (float)time[i]);
}

static void fill_station(const struct tof_state *state,
                         struct spw_worker *worker,
                         const struct tof_objects *o,
                         uint32_t station,
                         uint32_t e)
{
    for (uint32_t i = o->slabs->rows.first[e]; i < o->slabs->rows.count; ++i)
        spw_fill2(&worker->histogram[state->profile[station]], o->slabs->plane[i],
                  o->slabs->slab[i]);
    for (uint32_t i = o->points->rows.first[e]; i < o->points->rows.count; ++i) {
        spw_fill2(&worker->histogram[state->pixel[station]], o->points->slab_vertical[i],
                  o->points->slab_horizontal[i]);
        spw_fill(&worker->histogram[state->dt[station]], (float)o->points->dt_ns[i]);
    }
}

static enum spw_status run_event(const struct tof_state *state,
                                 struct spw_worker *worker,
                                 struct spw_batch *batch,
                                 uint32_t e,
                                 struct tof_event *event)
{
    const struct spw_raw_hits *hits = &batch->raw.hits[DATE_V1290];
    SPW_TRY(reserve(state, batch, hits->rows.first[e + 1] - hits->rows.first[e]));
    tof_event_references(event, hits, e);
    struct tof_objects o[TOF_STATIONS];
    for (uint32_t s = 0; s < TOF_STATIONS; ++s) {
        o[s] = objects_of(state, batch, s);
        tof_event_digits(event, &state->constants, hits, e, s, o[s].digits);
    }
    tof_event_slabs(event);
    tof_event_pixel(event, &state->constants, state->options.trigger_cut);
    for (uint32_t s = 0; s < TOF_STATIONS; ++s) {
        tof_event_points(event, &state->constants, s, state->options.point_cut, &o[s]);
        fill_station(state, worker, &o[s], s, e);
        o[s].digits->rows.first[e + 1] = o[s].digits->rows.count;
        o[s].slabs->rows.first[e + 1] = o[s].slabs->rows.count;
        o[s].points->rows.first[e + 1] = o[s].points->rows.count;
    }
    struct tof_times *times = SPW_OBJECT(batch, state->times, struct tof_times);
    put_times(state, worker, event, times);
    times->rows.first[e + 1] = times->rows.count;
    return SPW_OK;
}

static enum spw_status
run_batch(const void *state_, struct spw_worker *worker, struct spw_batch *batch)
{
    const struct tof_state *state = state_;
    struct tof_event *event;
    SPW_NEW(&worker->scratch, event, 1);
    SPW_TRY(mice_pulse_index_init(&event->index, &worker->scratch));
    event->pulses = SPW_OBJECT(batch, state->pulses, struct mice_pulses);
    for (uint32_t e = 0; e < batch->raw.n_events; ++e) {
        mice_pulse_index_event(&event->index, event->pulses, e, true);
        SPW_TRY(run_event(state, worker, batch, e, event));
        mice_pulse_index_event(&event->index, event->pulses, e, false);
    }
    return SPW_OK;
}

const struct spw_stage spw_stage_tof = {
    .name = "tof",
    .meaning = "TOF digits, slab hits, space points and times of flight",
    .needs = (const char *const[]){"raw", "fadc", NULL},
    .makes = (const char *const[]){"tof", NULL},
    .prepare = prepare,
    .run = run_batch,
};
