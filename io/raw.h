/// Raw data of one batch of events: one shape for all detectors of all experiments.
///
/// A format declares its *streams* (one a source of data). A stream carries either hits (an
/// edge seen by a TDC channel, a digitised fibre) or pulses (samples of a flash ADC). What is
/// said once a spill or burst (scalers, counters, slow control) travels as records.
#pragma once

#include "core/columns.h"
#include "core/status.h"

#include <stdbool.h>
#include <stdint.h>

enum spw_stream_kind { SPW_STREAM_HITS, SPW_STREAM_PULSES };

/// How leading and trailing edges of a channel make one hit.
enum spw_pairing {
    SPW_PAIR_NONE,     ///< every edge is a hit
    SPW_PAIR_READOUT,  ///< in readout order (TEL62, formats/na62.md 3.3.4)
    SPW_PAIR_TIME,     ///< by time order of the edges (SRB, formats/na62.md 3.4)
    SPW_PAIR_ADJACENT, ///< leading and trailing edge come side by side (GTK)
};

/// One source of data of a format.
struct spw_stream {
    const char *name;          ///< "ktag", "irc_board", "lkr", "v1290"
    enum spw_stream_kind kind;
    enum spw_pairing pairing;
    double lsb_ns;             ///< one tick of its hits; sampling period of its pulses
    uint32_t n_addresses;      ///< addresses are 0 ... n_addresses - 1
    uint32_t source;           ///< the format's own number of it (NA62 source ID, DATE equipment)
};

/// Quality bits of raw hits and pulses (kept in the hits' `quality` column).
enum spw_quality {
    SPW_BAD_BOARD_TIME = 1 << 0, ///< the board's timestamp disagrees with the event
    SPW_OUT_OF_SLOT = 1 << 1,    ///< hit outside its time slot, or slot out of the window
    SPW_MULTI_HIT = 1 << 2,      ///< error bits or limiter: more hits than could be kept
    SPW_NO_LEADING = 1 << 3,     ///< trailing edge alone: time is the trailing edge's
    SPW_NO_TRAILING = 1 << 4,    ///< leading edge alone: width 0
    SPW_SATURATED = 1 << 5,      ///< a sample at full scale
    SPW_UNDERFLOW = 1 << 6,      ///< a sample at 0
    SPW_BAD_CHECK = 1 << 7,      ///< checksum or length statement wrong, data kept
};

enum { SPW_EDGE_LEADING = 0, SPW_EDGE_TRAILING = 1 };

/// Edges or digitised channels of one stream.
///
/// Shape  arrays of rows.count; event e owns [rows.first[e], rows.first[e + 1])
/// Order  event, then the order of the readout
/// Units  ticks: stream lsb_ns, relative to the event's timestamp (DATE: absolute counter)
struct spw_raw_hits {
    struct spw_rows rows;
    uint32_t *address; ///< electronics channel
    int32_t *ticks;    ///< time
    uint8_t *edge;     ///< SPW_EDGE_LEADING or SPW_EDGE_TRAILING
    uint8_t *quality;  ///< enum spw_quality
    uint16_t *value;   ///< ADC or trigger primitive where the stream has one, else 0
};

/// Sampled pulses of one stream.
///
/// Shape  sample[row * n_samples + k]; rows whose length is shorter are padded with 0
struct spw_raw_pulses {
    struct spw_rows rows;
    uint32_t *address;
    uint16_t *length;   ///< samples that are there (0: suppressed by the readout)
    uint8_t *quality;
    uint16_t *sample;   ///< [capacity * n_samples]; not in the column table
    uint32_t n_samples; ///< stride
};

/// What is said once a spill or burst: a counter, a scaler, a slow-control value.
struct spw_raw_records {
    struct spw_rows rows;
    uint32_t *source; ///< NA62 source ID, DATE equipment type
    uint32_t *board;
    uint32_t *item;   ///< the format's enum: which quantity
    uint32_t *index;  ///< channel, mask or position of it
    double *value;
};

/// One row an event.
struct spw_raw_events {
    struct spw_rows rows;
    uint32_t *run, *burst;      ///< burst: spill for DATE
    uint32_t *event;            ///< number in the burst; trigger in the spill for DATE
    uint32_t *timestamp_ticks;  ///< 25-ns clock since start of burst (DATE: trigger time tag)
    uint8_t *fine_time;
    uint32_t *trigger_word;
    uint32_t *l0_flags;
    float *time_ns;             ///< trigger time relative to timestamp_ticks
    uint32_t *quality;          ///< enum spw_event_quality and the format's bits above 1 << 8
};

/// Quality bits of an event.
enum spw_event_quality {
    SPW_EVENT_SPECIAL = 1 << 0,    ///< start, end of burst, choke: no physics data expected
    SPW_EVENT_DAMAGED = 1 << 1,    ///< at least one board was given up
    SPW_EVENT_CUT = 1 << 2,        ///< a limit was reached; objects are missing
    SPW_EVENT_UNFINISHED = 1 << 3, ///< end of burst sent before all boards answered
};

/// Everything unpacked from the events [first_event, first_event + n_events) of the index.
struct spw_raw_batch {
    uint32_t first_event, n_events;
    const struct spw_stream *stream; ///< the format's streams
    uint32_t n_streams;
    struct spw_raw_events events;
    struct spw_raw_hits *hits;       ///< [n_streams]; used where the stream has hits
    struct spw_raw_pulses *pulses;   ///< [n_streams]; used where the stream has pulses
    struct spw_raw_records records;
    struct spw_arena *arena;         ///< where rows grow
};

extern const struct spw_table spw_raw_hits_table;
extern const struct spw_table spw_raw_pulses_table;
extern const struct spw_table spw_raw_records_table;
extern const struct spw_table spw_raw_events_table;

/// Empty tables for `n_events` events. Memory: arena (kept in the batch).
SPW_MUST_CHECK enum spw_status spw_raw_batch_init(struct spw_raw_batch *batch,
                                                  struct spw_arena *arena,
                                                  const struct spw_stream *streams,
                                                  uint32_t n_streams,
                                                  uint32_t n_events);

/// Room for `extra` more hits in a stream.
SPW_MUST_CHECK enum spw_status spw_raw_hits_reserve(struct spw_raw_batch *batch,
                                                    uint32_t stream,
                                                    uint32_t extra);

/// Room for `extra` more pulses of at most `n_samples` samples; the stride grows with it, and the
/// samples behind `n_samples` are zeroed.
SPW_MUST_CHECK enum spw_status spw_raw_pulses_reserve(struct spw_raw_batch *batch,
                                                      uint32_t stream,
                                                      uint32_t extra,
                                                      uint32_t n_samples);

/// Closes event `e` (relative to first_event) in every table: first[e + 1] = count.
void spw_raw_batch_close_event(struct spw_raw_batch *batch, uint32_t e);
