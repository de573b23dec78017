#include "io/raw.h"

#include <string.h>

static const struct spw_column hit_columns[] = {
    SPW_COLUMN(struct spw_raw_hits, address, "1", "electronics channel"),
    SPW_COLUMN(struct spw_raw_hits, ticks, "1", "time in ticks of the stream"),
    SPW_COLUMN(struct spw_raw_hits, edge, "1", "0 leading, 1 trailing"),
    SPW_COLUMN(struct spw_raw_hits, quality, "1", "raw quality bits"),
    SPW_COLUMN(struct spw_raw_hits, value, "1", "ADC or trigger primitive"),
};

static const struct spw_column pulse_columns[] = {
    SPW_COLUMN(struct spw_raw_pulses, address, "1", "electronics channel"),
    SPW_COLUMN(struct spw_raw_pulses, length, "1", "samples present"),
    SPW_COLUMN(struct spw_raw_pulses, quality, "1", "raw quality bits"),
};

static const struct spw_column record_columns[] = {
    SPW_COLUMN(struct spw_raw_records, source, "1", "source of the record"),
    SPW_COLUMN(struct spw_raw_records, board, "1", "board of the source"),
    SPW_COLUMN(struct spw_raw_records, item, "1", "which quantity"),
    SPW_COLUMN(struct spw_raw_records, index, "1", "channel or position"),
    SPW_COLUMN(struct spw_raw_records, value, "1", "value"),
};

static const struct spw_column event_columns[] = {
    SPW_COLUMN(struct spw_raw_events, run, "1", "run number"),
    SPW_COLUMN(struct spw_raw_events, burst, "1", "burst number"),
    SPW_COLUMN(struct spw_raw_events, event, "1", "event number in the burst"),
    SPW_COLUMN(struct spw_raw_events,
               timestamp_ticks,
               "1",
               "25-ns clock since start of burst"),
    SPW_COLUMN(struct spw_raw_events,
               fine_time,
               "1",
               "trigger time in the slot, clock / 256"),
    SPW_COLUMN(struct spw_raw_events, trigger_word, "1", "L0, L1 and L2 trigger type"),
    SPW_COLUMN(struct spw_raw_events, l0_flags, "1", "L0 masks that fired"),
    SPW_COLUMN(struct spw_raw_events,
               time_ns,
               "ns",
               "trigger time used, relative to timestamp"),
    SPW_COLUMN(struct spw_raw_events, quality, "1", "event quality bits"),
};

const struct spw_table spw_raw_hits_table = SPW_TABLE(struct spw_raw_hits, hit_columns);
const struct spw_table spw_raw_pulses_table =
    SPW_TABLE(struct spw_raw_pulses, pulse_columns);
const struct spw_table spw_raw_records_table =
    SPW_TABLE(struct spw_raw_records, record_columns);
const struct spw_table spw_raw_events_table =
    SPW_TABLE(struct spw_raw_events, event_columns);

/* First guess, generous: memory that is not written costs nothing, growing copies. */
enum { HITS_PER_EVENT = 512, PULSES_PER_EVENT = 192 };

static enum spw_status
init_stream(struct spw_raw_batch *batch, uint32_t s, uint32_t n_events)
{
    if (batch->stream[s].kind == SPW_STREAM_HITS)
        return spw_rows_init(&batch->hits[s].rows, &spw_raw_hits_table, batch->arena,
                             n_events, HITS_PER_EVENT * n_events);
    return spw_rows_init(&batch->pulses[s].rows, &spw_raw_pulses_table, batch->arena,
                         n_events, PULSES_PER_EVENT * n_events);
}

enum spw_status spw_raw_batch_init(struct spw_raw_batch *batch,
                                   struct spw_arena *arena,
                                   const struct spw_stream *streams,
                                   uint32_t n_streams,
                                   uint32_t n_events)
{
    *batch = (struct spw_raw_batch){
        .n_events = n_events, .stream = streams, .n_streams = n_streams, .arena = arena};
    SPW_NEW_ZEROS(arena, batch->hits, n_streams);
    SPW_NEW_ZEROS(arena, batch->pulses, n_streams);
    for (uint32_t s = 0; s < n_streams; ++s) SPW_TRY(init_stream(batch, s, n_events));
    SPW_TRY(
        spw_rows_init(&batch->records.rows, &spw_raw_records_table, arena, n_events, 16));
    return spw_rows_init(&batch->events.rows, &spw_raw_events_table, arena, n_events,
                         n_events);
}

enum spw_status
spw_raw_hits_reserve(struct spw_raw_batch *batch, uint32_t stream, uint32_t extra)
{
    return spw_rows_reserve(&batch->hits[stream].rows, &spw_raw_hits_table, batch->arena,
                            extra);
}

/* Moves the samples to rows of `stride`, the rest of each row zeroed. */
static enum spw_status
move_samples(struct spw_raw_pulses *pulses, struct spw_arena *arena, uint32_t stride)
{
    const uint32_t old = pulses->n_samples;
    uint16_t *sample;
    SPW_NEW(arena, sample, (size_t)pulses->rows.capacity * stride);
    for (size_t i = 0; i < pulses->rows.count; ++i) {
        memcpy(sample + i * stride, pulses->sample + i * old, sizeof *sample * old);
        memset(sample + i * stride + old, 0, sizeof *sample * (stride - old));
    }
    pulses->sample = sample;
    pulses->n_samples = stride;
    return SPW_OK;
}

enum spw_status spw_raw_pulses_reserve(struct spw_raw_batch *batch,
                                       uint32_t stream,
                                       uint32_t extra,
                                       uint32_t n_samples)
{
    struct spw_raw_pulses *pulses = &batch->pulses[stream];
    const uint32_t capacity = pulses->rows.capacity, stride = pulses->n_samples;
    SPW_TRY(spw_rows_reserve(&pulses->rows, &spw_raw_pulses_table, batch->arena, extra));
    if (!pulses->sample || capacity != pulses->rows.capacity || n_samples > stride)
        SPW_TRY(
            move_samples(pulses, batch->arena, n_samples > stride ? n_samples : stride));
    if (n_samples < pulses->n_samples)
        memset(pulses->sample + (size_t)pulses->rows.count * pulses->n_samples, 0,
               sizeof *pulses->sample * pulses->n_samples * extra);
    return SPW_OK;
}

void spw_raw_batch_close_event(struct spw_raw_batch *batch, uint32_t e)
{
    for (uint32_t s = 0; s < batch->n_streams; ++s) {
        struct spw_rows *rows = batch->stream[s].kind == SPW_STREAM_HITS
                                    ? &batch->hits[s].rows
                                    : &batch->pulses[s].rows;
        rows->first[e + 1] = rows->count;
    }
    batch->records.rows.first[e + 1] = batch->records.rows.count;
    batch->events.rows.first[e + 1] = batch->events.rows.count;
}
