#include "reco/calibrate/pairing.h"

#include <assert.h>

static const struct spw_column columns[] = {
    SPW_COLUMN(struct spw_pairs, address, "1", "electronics channel"),
    SPW_COLUMN(struct spw_pairs, ticks, "1", "time of the hit"),
    SPW_COLUMN(struct spw_pairs, width_ticks, "1", "trailing - leading edge"),
    SPW_COLUMN(struct spw_pairs, event, "1", "place of the event in the batch"),
    SPW_COLUMN(struct spw_pairs, next, "1", "next open hit of the channel"),
    SPW_COLUMN(struct spw_pairs, quality, "1", "quality bits"),
};

static const struct spw_table table = SPW_TABLE(struct spw_pairs, columns);

/// What is known of a channel; of another event when `stamp` differs, so nothing is cleared.
struct channel {
    uint32_t stamp;      ///< event + 1
    uint32_t head, tail; ///< READOUT: tail = last hit + 1; TIME: chain of open hits, + 1
};

/// One edge opens a hit; the other edge is marked as missing.
static void hit_open(struct spw_pairs *pairs,
                     const struct spw_raw_hits *hits,
                     uint32_t edge,
                     uint32_t event)
{
    const uint32_t row = pairs->rows.count++;
    pairs->address[row] = hits->address[edge];
    pairs->ticks[row] = hits->ticks[edge];
    pairs->width_ticks[row] = 0;
    pairs->event[row] = event;
    pairs->next[row] = 0;
    pairs->quality[row] = (uint8_t)(hits->quality[edge] |
                                    (hits->edge[edge] ? SPW_NO_LEADING : SPW_NO_TRAILING));
}

/// The other edge completes the hit.
static void hit_complete(struct spw_pairs *pairs,
                         uint32_t row,
                         const struct spw_raw_hits *hits,
                         uint32_t edge)
{
    const int32_t first = pairs->ticks[row], second = hits->ticks[edge];
    const bool trailing = hits->edge[edge] == SPW_EDGE_TRAILING;
    pairs->ticks[row] = trailing ? first : second;
    const uint32_t width = (uint32_t)second - (uint32_t)first; /* wraps on damaged ticks */
    pairs->width_ticks[row] = (int32_t)(trailing ? width : -width);
    pairs->quality[row] = (uint8_t)((pairs->quality[row] | hits->quality[edge]) &
                                    ~(SPW_NO_LEADING | SPW_NO_TRAILING));
}

/* In readout order: only the last hit of the channel can be completed, and only by a trailing
   edge behind its leading edge. */
static void pair_readout(struct spw_pairs *pairs,
                         const struct spw_raw_hits *hits,
                         uint32_t event,
                         struct channel *channels)
{
    for (uint32_t i = hits->rows.first[event]; i < hits->rows.first[event + 1]; ++i) {
        struct channel *channel = &channels[hits->address[i]];
        const bool known = channel->stamp == event + 1;
        if (known && hits->edge[i] == SPW_EDGE_TRAILING &&
            (pairs->quality[channel->tail - 1] & SPW_NO_TRAILING)) {
            hit_complete(pairs, channel->tail - 1, hits, i);
            continue;
        }
        hit_open(pairs, hits, i, event);
        *channel = (struct channel){event + 1, 0, pairs->rows.count};
    }
}

/// True when this edge completes the open hit: the leading edge is the earlier one.
static bool time_completes(const struct spw_pairs *pairs,
                           uint32_t row,
                           const struct spw_raw_hits *hits,
                           uint32_t edge)
{
    if (hits->edge[edge] == SPW_EDGE_TRAILING)
        return (pairs->quality[row] & SPW_NO_TRAILING) &&
               pairs->ticks[row] < hits->ticks[edge];
    return (pairs->quality[row] & SPW_NO_LEADING) && pairs->ticks[row] > hits->ticks[edge];
}

/* By time: an edge completes the channel's first open hit that it fits. */
static void pair_time(struct spw_pairs *pairs,
                      const struct spw_raw_hits *hits,
                      uint32_t event,
                      struct channel *channels)
{
    for (uint32_t i = hits->rows.first[event]; i < hits->rows.first[event + 1]; ++i) {
        struct channel *channel = &channels[hits->address[i]];
        if (channel->stamp != event + 1) *channel = (struct channel){event + 1, 0, 0};

        uint32_t before = 0, open = channel->head;
        while (open && !time_completes(pairs, open - 1, hits, i)) {
            before = open;
            open = pairs->next[open - 1];
        }
        if (open) {
            const uint32_t after = pairs->next[open - 1];
            hit_complete(pairs, open - 1, hits, i);
            if (before)
                pairs->next[before - 1] = after;
            else
                channel->head = after;
            if (!after) channel->tail = before;
            continue;
        }
        hit_open(pairs, hits, i, event);
        if (channel->tail)
            pairs->next[channel->tail - 1] = pairs->rows.count;
        else
            channel->head = pairs->rows.count;
        channel->tail = pairs->rows.count;
    }
}

/* Side by side: a leading edge and the trailing edge of the same channel in the next row. */
static void
pair_adjacent(struct spw_pairs *pairs, const struct spw_raw_hits *hits, uint32_t event)
{
    const uint32_t end = hits->rows.first[event + 1];
    for (uint32_t i = hits->rows.first[event]; i < end; ++i) {
        hit_open(pairs, hits, i, event);
        if (hits->edge[i] == SPW_EDGE_LEADING && i + 1 < end &&
            hits->edge[i + 1] == SPW_EDGE_TRAILING &&
            hits->address[i + 1] == hits->address[i])
            hit_complete(pairs, pairs->rows.count - 1, hits, ++i);
    }
}

/* Every edge is a hit of its own; there is nothing to miss. */
static void
pair_none(struct spw_pairs *pairs, const struct spw_raw_hits *hits, uint32_t event)
{
    for (uint32_t i = hits->rows.first[event]; i < hits->rows.first[event + 1]; ++i) {
        hit_open(pairs, hits, i, event);
        pairs->quality[pairs->rows.count - 1] = hits->quality[i];
    }
}

enum spw_status spw_pairs_make(struct spw_pairs *pairs,
                               struct spw_arena *arena,
                               const struct spw_stream *stream,
                               const struct spw_raw_hits *hits,
                               uint32_t n_events)
{
    SPW_TRY(spw_rows_init(&pairs->rows, &table, arena, n_events, hits->rows.count));
    struct channel *channels;
    SPW_NEW_ZEROS(arena, channels, stream->n_addresses);

    for (uint32_t event = 0; event < n_events; ++event) {
        switch (stream->pairing) {
        case SPW_PAIR_READOUT:
            pair_readout(pairs, hits, event, channels);
            break;
        case SPW_PAIR_TIME:
            pair_time(pairs, hits, event, channels);
            break;
        case SPW_PAIR_ADJACENT:
            pair_adjacent(pairs, hits, event);
            break;
        case SPW_PAIR_NONE:
            pair_none(pairs, hits, event);
            break;
        }
        pairs->rows.first[event + 1] = pairs->rows.count;
    }
    assert(pairs->rows.count <= hits->rows.count);
    return SPW_OK;
}
