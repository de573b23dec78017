#include "io/na62/encode.h"

/* Largest size of the blocks of an event without its hits, pulses and records. */
enum {
    HEADER_BYTES = 4 * (8 + 17 + 1),
    TEL62_BYTES = 29 * (12 + 4 * 4), /* boards with four FPGA words */
    TEXT_BYTES = 29 * 4 * 128,       /* labels of the counters of an end of burst */
    SRB_BYTES = 32 * 32,
    GTK_BYTES = 6 * (16 + 10 * 16),
    GTK_LAST_BYTES = 6 * 10 * 8,
    CREAM_BYTES = 442 * 28,
    CREAM_LAST_BYTES = 442 * 20,
    TRIGGER_BYTES = 256,
    TRIGGER_LAST_BYTES = 1024,
    NORMAL_BYTES =
        HEADER_BYTES + TEL62_BYTES + SRB_BYTES + GTK_BYTES + CREAM_BYTES + TRIGGER_BYTES,
    SPECIAL_BYTES =
        NORMAL_BYTES + TEXT_BYTES + GTK_LAST_BYTES + CREAM_LAST_BYTES + TRIGGER_LAST_BYTES,
    EDGE_BYTES = 8,    /* TEL62: a slot and a hit word; GTK: half a hit */
    RECORD_BYTES = 16, /* a word, or its hexadecimal text; a DIM block */
};

static bool may_be_special(const struct spw_raw_events *events, uint32_t e)
{
    return events->trigger_word[e] & 0x20 || events->quality[e] & SPW_EVENT_UNFINISHED;
}

static size_t batch_bound(const struct spw_raw_batch *batch)
{
    size_t bytes = (size_t)batch->records.rows.count * RECORD_BYTES;
    for (uint32_t e = 0; e < batch->n_events; ++e)
        bytes += may_be_special(&batch->events, e) ? SPECIAL_BYTES : NORMAL_BYTES;
    for (uint32_t s = 0; s < NA62_N_STREAMS; ++s)
        bytes += batch->stream[s].kind == SPW_STREAM_HITS
                     ? (size_t)batch->hits[s].rows.count * EDGE_BYTES
                     : (size_t)batch->pulses[s].rows.count * 2 * batch->pulses[s].n_samples;
    return bytes;
}

static uint32_t most_in_event(const struct spw_rows *rows, uint32_t n_events)
{
    uint32_t most = 0;
    for (uint32_t e = 0; e < n_events; ++e) {
        const uint32_t n = rows->first[e + 1] - rows->first[e];
        if (n > most) most = n;
    }
    return most;
}

static enum spw_status make_scratch(struct na62_encoder *encoder, struct spw_arena *arena)
{
    const struct spw_raw_batch *batch = encoder->batch;
    uint32_t n_edges = 0;
    for (uint32_t s = 0; s < NA62_N_STREAMS; ++s) {
        if (batch->stream[s].kind != SPW_STREAM_HITS) continue;
        const uint32_t n = most_in_event(&batch->hits[s].rows, batch->n_events);
        if (n > n_edges) n_edges = n;
    }
    SPW_NEW(arena, encoder->edge, n_edges);
    SPW_NEW(arena, encoder->cream_mask, NA62_MAX_CREAMS);
    SPW_NEW(arena, encoder->cream_row, 32 * NA62_MAX_CREAMS);
    SPW_NEW(arena, encoder->record_used,
            most_in_event(&batch->records.rows, batch->n_events));
    return SPW_OK;
}

static enum spw_status encode_events(struct na62_encoder *encoder,
                                     struct na62_encoded *encoded)
{
    for (uint32_t e = 0; e < encoded->n_events; ++e) {
        encoded->offset[e] = (uint64_t)((uint8_t *)encoder->at - encoded->data);
        SPW_TRY(na62_encode_event(encoder, e));
        encoded->number[e] = encoder->number;
        encoded->trigger_word[e] = encoder->trigger_word;
    }
    encoded->size = (size_t)((uint8_t *)encoder->at - encoded->data);
    encoded->offset[encoded->n_events] = encoded->size;
    return SPW_OK;
}

enum spw_status na62_encode(const struct na62_write_options *options,
                            const struct spw_raw_batch *batch,
                            struct spw_arena *arena,
                            struct na62_encoded *encoded)
{
    assert(batch->n_streams == NA62_N_STREAMS);
    const size_t bound = batch_bound(batch);
    *encoded = (struct na62_encoded){.n_events = batch->n_events};
    SPW_NEW(arena, encoded->number, batch->n_events);
    SPW_NEW(arena, encoded->trigger_word, batch->n_events);
    SPW_NEW(arena, encoded->offset, batch->n_events + 1);
    SPW_NEW(arena, encoded->data, bound);

    const struct spw_arena_mark mark = spw_arena_mark(arena);
    struct na62_encoder encoder = {
        .options = options, .batch = batch, .at = (uint32_t *)(void *)encoded->data};
    SPW_TRY(make_scratch(&encoder, arena));
    SPW_TRY(encode_events(&encoder, encoded));
    assert(encoded->size <= bound);
    spw_arena_rewind(arena, mark);
    return SPW_OK;
}
