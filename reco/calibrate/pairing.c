#include "reco/calibrate/pairing.h"

#include <assert.h>

static const struct spw_column columns[] = {
    SPW_COLUMN(struct spw_pairs, address, "1", "electronics channel"),
    SPW_COLUMN(struct spw_pairs, ticks, "1", "time of the hit"),
    SPW_COLUMN(struct spw_pairs, width_ticks, "1", "trailing - leading edge"),
    SPW_COLUMN(struct spw_pairs, next, "1", "next open hit of the channel"),
    SPW_COLUMN(struct spw_pairs, quality, "1", "quality bits"),
};

static const struct spw_table table = SPW_TABLE(struct spw_pairs, columns);

/// Open hits of a channel as row + 1. Rows before the event's first one are of another event,
/// so nothing is cleared. READOUT: tail = last hit; TIME: chain of open hits.
struct channel {
    uint32_t head, tail;
};

/// Rows of both tables as local pointers: stores of bytes may change anything but these.
struct pairing {
    const uint32_t *restrict edge_address;
    const int32_t *restrict edge_ticks;
    const uint8_t *restrict edge, *restrict edge_quality;
    uint32_t *restrict address, *restrict next;
    int32_t *restrict ticks, *restrict width_ticks;
    uint8_t *restrict quality;
};

static struct pairing pairing_of(const struct spw_pairs *pairs,
                                 const struct spw_raw_hits *hits)
{
    return (struct pairing){
        .edge_address = hits->address,
        .edge_ticks = hits->ticks,
        .edge = hits->edge,
        .edge_quality = hits->quality,
        .address = pairs->address,
        .next = pairs->next,
        .ticks = pairs->ticks,
        .width_ticks = pairs->width_ticks,
        .quality = pairs->quality,
    };
}

/// One edge opens a hit; the other edge is marked as missing.
static inline void hit_open(struct pairing p, uint32_t row, uint32_t edge)
{
    p.address[row] = p.edge_address[edge];
    p.ticks[row] = p.edge_ticks[edge];
    p.width_ticks[row] = 0;
    p.quality[row] =
        (uint8_t)(p.edge_quality[edge] | (p.edge[edge] ? SPW_NO_LEADING : SPW_NO_TRAILING));
}

/// The other edge completes the hit.
static inline void hit_complete(struct pairing p, uint32_t row, uint32_t edge)
{
    const int32_t first = p.ticks[row], second = p.edge_ticks[edge];
    const bool trailing = p.edge[edge] == SPW_EDGE_TRAILING;
    p.ticks[row] = trailing ? first : second;
    const uint32_t width = (uint32_t)second - (uint32_t)first; /* wraps on damaged ticks */
    p.width_ticks[row] = (int32_t)(trailing ? width : -width);
    p.quality[row] = (uint8_t)((p.quality[row] | p.edge_quality[edge]) &
                               ~(SPW_NO_LEADING | SPW_NO_TRAILING));
}

/* In readout order: only the last hit of the channel can be completed, and only by a trailing
   edge behind its leading edge. Without branches: which edge comes next is hard to predict. */
static uint32_t pair_readout(struct pairing p,
                             uint32_t begin,
                             uint32_t end,
                             uint32_t n,
                             struct channel *restrict channels)
{
    const uint32_t first = n;
    for (uint32_t i = begin; i < end; ++i) {
        struct channel *channel = &channels[p.edge_address[i]];
        const uint32_t last = channel->tail > first ? channel->tail - 1 : n;
        const uint8_t open = last < n ? p.quality[last] : 0;
        const bool trailing = p.edge[i] == SPW_EDGE_TRAILING;
        const bool completes = trailing & ((open & SPW_NO_TRAILING) != 0);
        const uint32_t row = completes ? last : n;
        const int32_t now = p.edge_ticks[i], from = completes ? p.ticks[row] : now;
        const uint8_t missing = completes ? 0 : trailing ? SPW_NO_LEADING : SPW_NO_TRAILING;
        const uint8_t kept = completes ? open ^ SPW_NO_TRAILING : 0;
        p.address[row] = p.edge_address[i];
        p.ticks[row] = from;
        p.width_ticks[row] = (int32_t)((uint32_t)now - (uint32_t)from); /* may wrap */
        p.quality[row] = (uint8_t)(p.edge_quality[i] | kept | missing);
        channel->tail = row + 1;
        n += !completes;
    }
    return n;
}

/// True when this edge completes the open hit: the leading edge is the earlier one.
static inline bool time_completes(struct pairing p, uint32_t row, uint32_t edge)
{
    const bool trailing = p.edge[edge] == SPW_EDGE_TRAILING;
    const int32_t open = p.ticks[row], now = p.edge_ticks[edge];
    const uint8_t missing = trailing ? SPW_NO_TRAILING : SPW_NO_LEADING;
    return ((p.quality[row] & missing) != 0) & (trailing ? open < now : open > now);
}

/* By time: an edge completes the channel's first open hit that it fits. */
static uint32_t pair_time(struct pairing p,
                          uint32_t begin,
                          uint32_t end,
                          uint32_t n,
                          struct channel *restrict channels)
{
    const uint32_t first = n;
    for (uint32_t i = begin; i < end; ++i) {
        struct channel *channel = &channels[p.edge_address[i]];
        if (channel->tail <= first) *channel = (struct channel){0, 0};

        uint32_t before = 0, open = channel->head;
        while (open && !time_completes(p, open - 1, i)) {
            before = open;
            open = p.next[open - 1];
        }
        if (open) {
            const uint32_t after = p.next[open - 1];
            hit_complete(p, open - 1, i);
            if (before)
                p.next[before - 1] = after;
            else
                channel->head = after;
            if (!after) channel->tail = before;
            continue;
        }
        hit_open(p, n, i);
        p.next[n++] = 0;
        if (channel->tail)
            p.next[channel->tail - 1] = n;
        else
            channel->head = n;
        channel->tail = n;
    }
    return n;
}

/* Side by side: a leading edge and the trailing edge of the same channel in the next row. */
static uint32_t pair_adjacent(struct pairing p, uint32_t begin, uint32_t end, uint32_t n)
{
    for (uint32_t i = begin; i < end; ++i, ++n) {
        hit_open(p, n, i);
        if (p.edge[i] == SPW_EDGE_LEADING && i + 1 < end &&
            p.edge[i + 1] == SPW_EDGE_TRAILING &&
            p.edge_address[i + 1] == p.edge_address[i])
            hit_complete(p, n, ++i);
    }
    return n;
}

/* Every edge is a hit of its own; there is nothing to miss. */
static uint32_t pair_none(struct pairing p, uint32_t begin, uint32_t end, uint32_t n)
{
    for (uint32_t i = begin; i < end; ++i, ++n) {
        hit_open(p, n, i);
        p.quality[n] = p.edge_quality[i];
    }
    return n;
}

enum spw_status spw_pairs_make(struct spw_pairs *pairs,
                               struct spw_arena *arena,
                               const struct spw_stream *stream,
                               const struct spw_raw_hits *hits,
                               uint32_t n_events)
{
    const bool by_channel =
        stream->pairing == SPW_PAIR_READOUT || stream->pairing == SPW_PAIR_TIME;
    struct channel *channels = NULL;
    SPW_TRY(spw_rows_init(&pairs->rows, &table, arena, n_events, hits->rows.count));
    if (by_channel) SPW_NEW_ZEROS(arena, channels, stream->n_addresses);

    const struct pairing p = pairing_of(pairs, hits);
    uint32_t n = 0;
    for (uint32_t event = 0; event < n_events; ++event) {
        const uint32_t begin = hits->rows.first[event], end = hits->rows.first[event + 1];
        switch (stream->pairing) {
        case SPW_PAIR_READOUT:
            n = pair_readout(p, begin, end, n, channels);
            break;
        case SPW_PAIR_TIME:
            n = pair_time(p, begin, end, n, channels);
            break;
        case SPW_PAIR_ADJACENT:
            n = pair_adjacent(p, begin, end, n);
            break;
        case SPW_PAIR_NONE:
            n = pair_none(p, begin, end, n);
            break;
        }
        pairs->rows.first[event + 1] = n;
    }
    pairs->rows.count = n;
    assert(n <= hits->rows.count);
    return SPW_OK;
}
