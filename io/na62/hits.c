/// Hit columns in two steps: words are gathered with their bases, then finished by a kernel.

#include "io/na62/reader.h"

#include <assert.h>
#include <string.h>

static enum spw_status grow_words(struct na62_unpack *u, uint32_t stream, uint32_t capacity)
{
    const uint32_t count = u->batch->hits[stream].rows.count, first = u->first_row[stream];
    uint32_t *word;
    SPW_NEW(u->batch->arena, word, capacity);
    if (count > first)
        memcpy(word + first, u->word[stream] + first, sizeof *word * (count - first));
    u->word[stream] = word;
    u->word_capacity[stream] = capacity;
    return SPW_OK;
}

enum spw_status na62_words_grow(struct na62_unpack *u, uint32_t stream, uint32_t extra)
{
    const struct spw_rows *rows = &u->batch->hits[stream].rows;
    const uint64_t wanted = (uint64_t)rows->count + extra + NA62_SLACK;
    if (wanted > rows->capacity)
        SPW_TRY(spw_raw_hits_reserve(u->batch, stream, extra + NA62_SLACK));
    if (rows->capacity > u->word_capacity[stream])
        SPW_TRY(grow_words(u, stream, rows->capacity));
    return SPW_OK;
}

/* Rows to expect of `left` more events when `rows` came from `n`; a quarter more to be safe. */
static uint32_t expected_rows(uint32_t rows, uint32_t n, uint32_t left)
{
    const uint64_t expected = (uint64_t)rows * left / n;
    return (uint32_t)(expected + expected / 4);
}

enum spw_status na62_unpack_expect(struct na62_unpack *u, uint32_t n, uint32_t left)
{
    struct spw_raw_batch *batch = u->batch;
    for (uint32_t s = 0; s < NA62_N_STREAMS; ++s) {
        const struct spw_raw_pulses *pulses = &batch->pulses[s];
        if (u->word[s]) {
            const uint32_t rows = batch->hits[s].rows.count - u->first_row[s];
            SPW_TRY(na62_words_reserve(u, s, expected_rows(rows, n, left)));
        } else if (pulses->rows.count) {
            SPW_TRY(spw_raw_pulses_reserve(
                batch, s, expected_rows(pulses->rows.count, n, left), pulses->n_samples));
        }
    }
    return SPW_OK;
}

static bool tel62_keeps(struct na62_unpack *u, const struct na62_lanes *lanes, size_t i)
{
    const uint32_t kind = lanes->word[i] >> 28;
    if (kind == 4 || kind == 5) return true;
    na62_count(u, kind == 6 ? NA62_TALLY_TEL62_ERROR_WORD : NA62_TALLY_TEL62_BAD_WORD);
    return false;
}

static bool srb_keeps(const struct na62_lanes *lanes, size_t i)
{
    return i == 0 || lanes->word[i] != lanes->word[i - 1] ||
           lanes->address[i] != lanes->address[i - 1] ||
           lanes->ticks[i] != lanes->ticks[i - 1];
}

/* Takes rows out of a stream whose words are only gathered, and moves the events' bounds. */
static void take_out(struct na62_unpack *u, uint32_t stream, const struct na62_lanes *lanes)
{
    struct spw_raw_hits *hits = &u->batch->hits[stream];
    const uint32_t base = u->first_row[stream], n = (uint32_t)lanes->n;
    uint32_t *word = u->word[stream];
    uint32_t kept = base;
    for (size_t i = 0; i < n; ++i)
        lanes->edge[i] =
            stream == NA62_STRAW ? srb_keeps(lanes, i) : tel62_keeps(u, lanes, i);
    uint32_t row = base;
    for (uint32_t e = u->first_event; e < u->batch->events.rows.count; ++e) {
        const uint32_t end = hits->rows.first[e + 1], n_before = end - row, first = kept;
        for (; row < end; ++row) {
            if (!hits->edge[row]) continue;
            word[kept] = word[row];
            hits->address[kept] = hits->address[row];
            hits->ticks[kept] = hits->ticks[row];
            ++kept;
        }
        if (kept - first != n_before && stream != NA62_STRAW)
            u->batch->events.quality[e] |= SPW_EVENT_DAMAGED;
        hits->rows.first[e + 1] = kept;
    }
    hits->rows.count = kept;
}

static struct na62_lanes lanes_of(const struct na62_unpack *u, uint32_t stream)
{
    const struct spw_raw_hits *hits = &u->batch->hits[stream];
    const uint32_t first = u->first_row[stream];
    return (struct na62_lanes){
        .n = hits->rows.count - first,
        .word = u->word[stream] + first,
        .address = hits->address + first,
        .ticks = hits->ticks + first,
        .edge = hits->edge + first,
        .quality = hits->quality + first,
        .value = hits->value + first,
    };
}

static void finish_tel62(struct na62_unpack *u, uint32_t stream)
{
    struct na62_lanes lanes = lanes_of(u, stream);
    struct na62_findings found;
    u->kernel->tel62_check(&lanes, &found);
    u->tally[NA62_TALLY_TEL62_REPEATED] += found.repeated;
    u->tally[NA62_TALLY_TEL62_ORDER] += found.unordered;
    u->tally[NA62_TALLY_TEL62_OUT_OF_SLOT] += found.out_of_slot;
    if (found.dropped) take_out(u, stream, &lanes);
    lanes = lanes_of(u, stream);
    u->kernel->tel62(&lanes);
}

static void finish_srb(struct na62_unpack *u)
{
    struct na62_lanes lanes = lanes_of(u, NA62_STRAW);
    struct na62_findings found;
    u->kernel->srb_check(&lanes, &found);
    u->tally[NA62_TALLY_SRB_REPEATED] += found.repeated;
    if (found.dropped) take_out(u, NA62_STRAW, &lanes);
    lanes = lanes_of(u, NA62_STRAW);
    u->kernel->srb(&lanes);
}

static void finish_stream(struct na62_unpack *u, uint32_t stream)
{
    if (u->batch->hits[stream].rows.count == u->first_row[stream]) return;
    assert(u->word[stream] || stream == NA62_L0TP);
    if (stream == NA62_STRAW) {
        finish_srb(u);
    } else if (stream == NA62_GTK) {
        const struct na62_lanes lanes = lanes_of(u, stream);
        u->kernel->gtk(&lanes);
    } else if (stream != NA62_L0TP) {
        finish_tel62(u, stream);
    }
}

void na62_unpack_finish(struct na62_unpack *u)
{
    for (uint32_t s = 0; s < NA62_N_STREAMS; ++s)
        if (u->batch->stream[s].kind == SPW_STREAM_HITS)
            finish_stream(u, s);
        else
            na62_cream_finish(u, s);
}
