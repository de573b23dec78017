/* Edges: T0, ticks, dead time, read-out windows; and the raw batch they go to. */
#include "sim/readout.h"

#include "io/na62/write.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* A pulse of a channel in ticks. */
struct pulse {
    uint32_t address;
    int32_t lead, trail;
    uint32_t hit;    ///< its place in the event's hits
    double width_ns; ///< of all signals that it holds
    uint8_t n_signals;
};

enum spw_status sim_counters_init(struct sim_counters *counters, struct spw_arena *arena)
{
    for (uint32_t s = 0; s < NA62_N_STREAMS; ++s) {
        counters->leading[s] = NULL;
        if (spw_format_na62.streams[s].kind != SPW_STREAM_HITS) continue;
        SPW_NEW_ZEROS(arena, counters->leading[s], spw_format_na62.streams[s].n_addresses);
    }
    return SPW_OK;
}

void sim_counters_add(struct sim_counters *into, const struct sim_counters *from)
{
    for (uint32_t s = 0; s < NA62_N_STREAMS; ++s)
        for (uint32_t a = 0; into->leading[s] && a < spw_format_na62.streams[s].n_addresses;
             ++a)
            into->leading[s][a] += from->leading[s][a];
}

static int compare_pulses(const void *left, const void *right)
{
    const struct pulse *a = left, *b = right;
    if (a->address != b->address) return a->address < b->address ? -1 : 1;
    if (a->lead != b->lead) return a->lead < b->lead ? -1 : 1;
    return a->hit < b->hit ? -1 : a->hit > b->hit;
}

static int32_t to_ticks(double time_ns, double lsb_ns)
{
    return (int32_t)lround(time_ns / lsb_ns);
}

/* GTK times are counted in whole clock / 256; the stream gives their middles. */
static int32_t gtk_ticks(double time_ns)
{
    return 2 * (int32_t)floor(time_ns * 256 / NA62_CLOCK_NS) + 1;
}

/* Width first: the delay by slewing is that of the width as it will be measured. */
static void digitise_hit(const struct sim_channels *channels,
                         const struct sim_hit *hit,
                         double lsb_ns,
                         double drift_ns,
                         struct pulse *p)
{
    const bool gtk = lsb_ns < NA62_CLOCK_NS / 300;
    const uint32_t address = channels->map.address[hit->channel];
    const uint32_t id = channels->map.id[hit->channel];
    int32_t width = to_ticks((double)hit->width_ns, lsb_ns);
    if (gtk) width &= ~1; /* whole clock / 256 */
    if (width < 2) width = 2;
    const double late = sim_slewing_ns(&channels->slewing, address, id, width * lsb_ns);
    const double t =
        hit->time_ns + hit->slewing_ns + late + drift_ns + channels->t0_ns[hit->channel];
    p->address = address;
    p->lead = gtk ? gtk_ticks(t) : to_ticks(t, lsb_ns);
    p->trail = p->lead + width;
}

static void
digitise(const struct sim_event *event, enum sim_detector detector, struct pulse *pulses)
{
    const struct sim_hits *hits = &event->hits[detector];
    const struct sim_channels *channels = &event->setup->channels[detector];
    const double lsb = spw_format_na62.streams[sim_detector_info[detector].stream].lsb_ns;
    const bool moves = channels->drifts && event->kind != SIM_KIND_CONTROL;
    const double drift = moves ? event->setup->trigger_drift_ns : 0;
    for (uint32_t i = 0; i < hits->count; ++i) {
        digitise_hit(channels, &hits->hit[i], lsb, drift, &pulses[i]);
        pulses[i].hit = i;
        pulses[i].n_signals = 1;
        pulses[i].width_ns = (double)hits->hit[i].width_ns;
    }
}

/* Signals that overlap in a channel are one, from the first leading to the last trailing edge.
 * Returns the number left. */
static uint32_t merge(struct pulse *pulses, uint32_t n, double lsb_ns)
{
    uint32_t kept = 0;
    for (uint32_t i = 0; i < n; ++i) {
        struct pulse *last = kept ? &pulses[kept - 1] : NULL;
        if (last && last->address == pulses[i].address &&
            pulses[i].lead <= last->trail + 2) {
            if (pulses[i].trail > last->trail) last->trail = pulses[i].trail;
            last->width_ns = (last->trail - last->lead) * lsb_ns;
            if (last->n_signals < UINT8_MAX) ++last->n_signals;
        } else {
            pulses[kept++] = pulses[i];
        }
    }
    return kept;
}

/* Limits of what a detector reads out, in ticks: [first, end). */
static void
window(const struct sim_setup *setup, enum sim_detector detector, int32_t limits[2])
{
    const struct sim_detector_info *info = &sim_detector_info[detector];
    const int32_t in_slot = detector == SIM_STRAW ? 32 : 256;
    const int32_t first = detector == SIM_STRAW ? na62_srb_first_slot(setup->run)
                                                : info->last_slot - info->n_slots + 1;
    limits[0] = first * in_slot;
    limits[1] = (first + info->n_slots) * in_slot;
}

/* The frame counter reaches only into the frame of the trigger and the one before, the time over
 * threshold only over 62 coarse counts (formats/na62.md 3.5). */
static bool gtk_reaches(const struct sim_event *event, const struct pulse *p)
{
    static const uint32_t offset[3] = {293, 289, 290};
    const uint32_t station = p->address / NA62_GTK_STATION_PIXELS;
    const int64_t trigger = (int64_t)event->timestamp - offset[station];
    const int64_t lead = 256 * trigger + (p->lead >> 1),
                  trail = 256 * trigger + (p->trail >> 1);
    const int64_t frame = lead >> 16, trigger_frame = trigger >> 8;
    return frame <= trigger_frame && frame >= trigger_frame - 1 && lead >= 0 &&
           (trail >> 5) - (lead >> 5) <= 62;
}

static bool in_window(int32_t ticks, const int32_t limits[2])
{
    return ticks >= limits[0] && ticks < limits[1];
}

static void
add_edge(struct spw_raw_hits *raw, uint32_t address, int32_t ticks, uint8_t edge)
{
    const uint32_t i = raw->rows.count++;
    raw->address[i] = address;
    raw->ticks[i] = ticks;
    raw->edge[i] = edge;
    raw->quality[i] = 0;
    raw->value[i] = 0;
}

static void add_truth(struct sim_truth_hits *truth,
                      const struct sim_event *event,
                      enum sim_detector detector,
                      const struct pulse *p)
{
    const struct sim_hit *hit = &event->hits[detector].hit[p->hit];
    const uint32_t i = truth->rows.count++;
    truth->channel[i] = event->setup->channels[detector].map.id[hit->channel];
    truth->address[i] = p->address;
    truth->time_ns[i] = (float)hit->time_ns;
    truth->width_ns[i] = (float)p->width_ns;
    truth->position_mm[i] = hit->position_mm;
    truth->lead_ticks[i] = p->lead;
    truth->trail_ticks[i] = p->trail;
    truth->particle[i] = hit->particle;
    truth->n_signals[i] = p->n_signals;
}

/* What is outside the window is lost, edge by edge. */
static void write_pulse(struct pulse *p, const int32_t limits[2], struct spw_raw_hits *raw)
{
    if (in_window(p->lead, limits))
        add_edge(raw, p->address, p->lead, SPW_EDGE_LEADING);
    else
        p->lead = SIM_NO_EDGE;
    if (in_window(p->trail, limits))
        add_edge(raw, p->address, p->trail, SPW_EDGE_TRAILING);
    else
        p->trail = SIM_NO_EDGE;
}

enum spw_status sim_read_out_hits(struct sim_event *event,
                                  enum sim_detector detector,
                                  struct spw_raw_batch *batch,
                                  struct sim_truth *truth,
                                  struct sim_counters *counters)
{
    const struct sim_hits *hits = &event->hits[detector];
    const enum na62_stream stream = sim_detector_info[detector].stream;
    struct spw_raw_hits *raw = &batch->hits[stream];
    struct sim_truth_hits *rows = &truth->hits[detector];
    struct pulse *pulses;
    int32_t limits[2];
    SPW_TRY(spw_raw_hits_reserve(batch, stream, 2 * hits->count));
    SPW_TRY(
        spw_rows_reserve(&rows->rows, &sim_truth_hits_table, truth->arena, hits->count));
    const struct spw_arena_mark mark = spw_arena_mark(batch->arena);
    SPW_NEW(batch->arena, pulses, hits->count + 1);

    digitise(event, detector, pulses);
    qsort(pulses, hits->count, sizeof *pulses, compare_pulses);
    const uint32_t n = merge(pulses, hits->count, spw_format_na62.streams[stream].lsb_ns);
    window(event->setup, detector, limits);
    if (detector == SIM_GTK) {
        limits[0] = INT32_MIN + 1;
        limits[1] = INT32_MAX;
    }
    for (uint32_t i = 0; i < n; ++i) {
        struct pulse *p = &pulses[i];
        if (detector == SIM_GTK && !gtk_reaches(event, p)) continue;
        write_pulse(p, limits, raw);
        if (p->lead == SIM_NO_EDGE && p->trail == SIM_NO_EDGE) continue;
        if (p->lead != SIM_NO_EDGE) ++counters->leading[stream][p->address];
        add_truth(rows, event, detector, p);
    }
    spw_arena_rewind(batch->arena, mark);
    return SPW_OK;
}

/* A row of a stream while it is sorted. */
struct row {
    uint64_t key;
    uint32_t address;
    int32_t ticks;
    uint8_t edge;
};

static int compare_rows(const void *left, const void *right)
{
    const struct row *a = left, *b = right;
    return a->key < b->key ? -1 : a->key > b->key;
}

/* Rows of event `e` in the order of the boards: by FPGA (straws: board), then by time; leading and
 * trailing edges of a channel never share a tick. */
static enum spw_status
sort_rows(struct spw_raw_batch *batch, enum na62_stream stream, uint32_t e)
{
    struct spw_raw_hits *raw = &batch->hits[stream];
    const uint32_t first = raw->rows.first[e], n = raw->rows.count - first;
    const uint32_t group = stream == NA62_STRAW ? 256 : 128;
    const struct spw_arena_mark mark = spw_arena_mark(batch->arena);
    struct row *rows;
    SPW_NEW(batch->arena, rows, n + 1);
    for (uint32_t i = 0; i < n; ++i) {
        const uint32_t address = raw->address[first + i];
        const int32_t ticks = raw->ticks[first + i];
        const uint64_t time = (uint64_t)(uint32_t)(ticks + (1 << 24));
        rows[i] =
            (struct row){(uint64_t)(address / group) << 48 | time << 16 | address % group,
                         address, ticks, raw->edge[first + i]};
    }
    qsort(rows, n, sizeof *rows, compare_rows);
    for (uint32_t i = 0; i < n; ++i) {
        raw->address[first + i] = rows[i].address;
        raw->ticks[first + i] = rows[i].ticks;
        raw->edge[first + i] = rows[i].edge;
    }
    spw_arena_rewind(batch->arena, mark);
    return SPW_OK;
}

static uint32_t trigger_word(const struct sim_event *event)
{
    static const uint32_t l0_type[] = {
        [SIM_KIND_PHYSICS] = 0x01,     [SIM_KIND_CONTROL] = 0x10,
        [SIM_KIND_PERIODIC] = 0x02,    [SIM_KIND_RANDOM] = 0x2C,
        [SIM_KIND_CALIBRATION] = 0x30,
    };
    const uint32_t verdict = event->kind == SIM_KIND_PHYSICS ? 0x01 : 0x20;
    return verdict << 16 | verdict << 8 | l0_type[event->kind];
}

static void add_event_row(const struct sim_event *event, struct spw_raw_events *events)
{
    const uint32_t i = events->rows.count++;
    events->run[i] = event->setup->run;
    events->burst[i] = event->setup->burst;
    events->event[i] = event->setup->number[event->index];
    events->timestamp_ticks[i] = event->timestamp;
    events->fine_time[i] = (uint8_t)event->fine_time;
    events->trigger_word[i] = trigger_word(event);
    events->l0_flags[i] = event->l0_flags;
    events->time_ns[i] = (float)(event->fine_time * NA62_CLOCK_NS / 256);
    events->quality[i] = 0;
}

enum spw_status sim_read_out(struct sim_event *event,
                             uint32_t e,
                             struct spw_raw_batch *batch,
                             struct sim_truth *truth,
                             struct sim_counters *counters)
{
    if (event->out_of_memory)
        return SPW_FAIL(SPW_RETRY, "out of memory in event %llu",
                        (unsigned long long)event->index);
    for (int d = 0; d < SIM_N_HIT_DETECTORS; ++d)
        SPW_TRY(sim_read_out_hits(event, (enum sim_detector)d, batch, truth, counters));
    for (int s = NA62_KTAG; s <= NA62_HASC; ++s)
        SPW_TRY(sort_rows(batch, (enum na62_stream)s, e));
    for (int c = 0; c < SIM_N_CALORIMETERS; ++c)
        SPW_TRY(sim_read_out_pulses(event, (enum sim_calorimeter)c, batch, truth));
    SPW_TRY(sim_trigger(event, batch));
    add_event_row(event, &batch->events);
    spw_raw_batch_close_event(batch, e);
    return sim_truth_add_event(truth, e, event, trigger_word(event));
}
