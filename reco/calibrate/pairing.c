#include "reco/calibrate/pairing.h"

#include <assert.h>
#include <string.h>

static const struct spw_column columns[] = {
    SPW_COLUMN(struct spw_pairs, address, "1", "electronics channel"),
    SPW_COLUMN(struct spw_pairs, ticks, "1", "time of the hit"),
    SPW_COLUMN(struct spw_pairs, width_ticks, "1", "trailing - leading edge"),
    SPW_COLUMN(struct spw_pairs, event, "1", "event in the batch"),
    SPW_COLUMN(struct spw_pairs, quality, "1", "quality bits"),
};

static const struct spw_table table = SPW_TABLE(struct spw_pairs, columns);

enum spw_status spw_pairs_init(struct spw_pairs *pairs,
                               struct spw_arena *arena,
                               uint32_t n_events,
                               uint32_t capacity)
{
    return spw_rows_init(&pairs->rows, &table, arena, n_events, capacity + 1);
}

/// The hit that waits for its other edge in a channel: while the stamp is the event's, so that
/// nothing is cleared. TIME: a chain of such hits from `head` to `tail`.
struct channel {
    uint32_t stamp;      ///< 2 (event + 1) + edge kind of `head`, or below
    uint32_t head, tail; ///< rows
    int32_t ticks;       ///< of `head`
};

/// Which edges make a hit (see join in calibrate_kernels.h). Nothing else is moved until all
/// hits are known.
struct pairing {
    const uint32_t *address;
    const int32_t *ticks;
    const uint8_t *edge;
    uint32_t *side[2]; ///< [SPW_EDGE_LEADING] and [SPW_EDGE_TRAILING]
    uint32_t *event;
    uint32_t *next;           ///< TIME: the hit behind this one in its chain
    struct channel *channels; ///< [n_addresses]
};

/// The edges of one event.
struct span {
    uint32_t begin, end;
    uint32_t event;
};

/* In readout order: only the last hit of the channel can be completed, and only by a trailing
   edge behind its leading edge. Without branches: which edge comes next is hard to predict. */
static uint32_t pair_readout(const struct pairing *p, struct span edges, uint32_t n)
{
    const uint32_t *restrict address = p->address;
    const uint8_t *restrict edge = p->edge;
    uint32_t *restrict leading = p->side[0], *restrict trailing = p->side[1];
    uint32_t *restrict event = p->event;
    struct channel *restrict channels = p->channels;
    const uint32_t stamp = 2 * (edges.event + 1);
    for (uint32_t i = edges.begin; i < edges.end; ++i) {
        struct channel *channel = &channels[address[i]];
        const uint32_t ends = edge[i], last = channel->head;
        const uint32_t opens = (ends == 0) | (channel->stamp != stamp);
        leading[n] = i | ends * SPW_LONE_TRAILING;
        event[n] = edges.event;
        trailing[last + ((n - last) & -opens)] = i;
        channel->stamp = stamp & (ends - 1);
        channel->head = n;
        n += opens;
    }
    return n;
}

/// What stands in a row about an edge that is its only one.
static inline uint32_t alone(const struct pairing *p, uint32_t i)
{
    return i | p->edge[i] * SPW_LONE_TRAILING;
}

static inline void
open_hit(const struct pairing *p, struct span edges, uint32_t i, uint32_t n)
{
    p->side[0][n] = alone(p, i);
    p->side[1][n] = i;
    p->event[n] = edges.event;
}

/// 1 when edge i and an open one of the other kind make a hit: the leading edge is the earlier.
static inline uint32_t in_order(const struct pairing *p, uint32_t i, int32_t open)
{
    const int64_t after = (int64_t)p->ticks[i] - open;
    return after * (2 * p->edge[i] - 1) > 0;
}

/* The edge completes the first hit of the chain that it fits, or opens one at its end; returns
   how many it opened. */
static uint32_t
pair_in_chain(const struct pairing *p, struct channel *channel, uint32_t i, uint32_t n)
{
    uint32_t row = channel->head, before = row;
    for (;; row = p->next[row]) {
        const uint32_t open = p->side[1][row];
        if (p->edge[open] != p->edge[i] && in_order(p, i, p->ticks[open])) break;
        if (row == channel->tail) {
            p->next[row] = channel->tail = n;
            return 1;
        }
        before = row;
    }
    p->side[p->edge[i]][row] = i;
    if (row == channel->tail) channel->tail = before;
    if (row == channel->head) channel->head = p->next[row];
    p->next[before] = p->next[row];
    const uint32_t open = p->side[1][channel->head];
    channel->stamp = (channel->stamp & ~1u) | p->edge[open];
    channel->ticks = p->ticks[open];
    return 0;
}

/* By time: an edge completes the channel's first open hit that it fits. Nearly always none or
   just one is open, and that one fits: without branches too. */
static uint32_t pair_time(const struct pairing *p, struct span edges, uint32_t n)
{
    const struct pairing to = *p;
    const uint32_t stamp = 2 * (edges.event + 1);
    for (uint32_t i = edges.begin; i < edges.end; ++i) {
        struct channel *channel = &to.channels[to.address[i]];
        const uint32_t kind = to.edge[i], last = channel->head;
        const uint32_t waits = channel->stamp >= stamp;
        const uint32_t fits = (channel->stamp == (stamp | (kind ^ 1))) &
                              (last == channel->tail) & in_order(&to, i, channel->ticks);
        open_hit(&to, edges, i, n);
        if (waits > fits) {
            n += pair_in_chain(p, channel, i, n);
            continue;
        }
        to.side[kind][n + ((last - n) & -waits)] = i;
        *channel = (struct channel){(stamp | kind) & (waits - 1), n, n, to.ticks[i]};
        n += 1 - waits;
    }
    return n;
}

/* Side by side: a leading edge and the trailing edge of the same channel in the next row. */
static uint32_t pair_adjacent(const struct pairing *p, struct span edges, uint32_t n)
{
    for (uint32_t i = edges.begin; i < edges.end; ++i) {
        const uint32_t before = i > edges.begin ? i - 1 : i;
        const bool completes = (p->edge[i] == SPW_EDGE_TRAILING) &
                               (p->edge[before] == SPW_EDGE_LEADING) &
                               (p->address[before] == p->address[i]);
        open_hit(p, edges, i, n);
        p->side[1][n - completes] = i;
        n += !completes;
    }
    return n;
}

/* Every edge is a hit of its own. */
static uint32_t pair_none(const struct pairing *p, struct span edges, uint32_t n)
{
    for (uint32_t i = edges.begin; i < edges.end; ++i, ++n) open_hit(p, edges, i, n);
    return n;
}

typedef uint32_t pair_function(const struct pairing *p, struct span edges, uint32_t n);

static pair_function *const pair[] = {
    [SPW_PAIR_NONE] = pair_none,
    [SPW_PAIR_READOUT] = pair_readout,
    [SPW_PAIR_TIME] = pair_time,
    [SPW_PAIR_ADJACENT] = pair_adjacent,
};

static enum spw_status pairing_init(struct pairing *p,
                                    struct spw_arena *arena,
                                    const struct spw_stream *stream,
                                    const struct spw_raw_hits *hits,
                                    const struct spw_pairs *pairs)
{
    const uint32_t n = hits->rows.count + 1;
    *p = (struct pairing){.address = hits->address,
                          .ticks = hits->ticks,
                          .edge = hits->edge,
                          .event = pairs->event};
    SPW_NEW(arena, p->side[0], n);
    SPW_NEW(arena, p->side[1], n);
    if (stream->pairing == SPW_PAIR_TIME) SPW_NEW(arena, p->next, n);
    if (stream->pairing == SPW_PAIR_TIME || stream->pairing == SPW_PAIR_READOUT)
        SPW_NEW_ZEROS(arena, p->channels, stream->n_addresses);
    return SPW_OK;
}

static bool any(const uint8_t *quality, uint32_t n)
{
    uint8_t all = 0;
    for (uint32_t i = 0; i < n; ++i) all |= quality[i];
    return all != 0;
}

/* The edges' quality bits, which are rare. */
static void join_quality(const struct pairing *p,
                         const uint8_t *restrict edge_quality,
                         uint32_t n,
                         uint8_t *restrict quality)
{
    for (uint32_t i = 0; i < n; ++i)
        quality[i] |=
            edge_quality[p->side[0][i] & ~SPW_LONE_TRAILING] | edge_quality[p->side[1][i]];
}

/* Leading and trailing edges that alternate from the first to the last one, which is all that
   the GTK sends unless it is damaged: nothing is looked for. False when they do not. */
static bool pair_alternating(const struct spw_calibrate_kernels *kernels,
                             const struct spw_raw_hits *hits,
                             uint32_t n_events,
                             struct spw_pairs *pairs)
{
    const uint32_t *first = hits->rows.first;
    uint32_t odd = 0;
    for (uint32_t e = 0; e < n_events; ++e) odd |= first[e + 1] & 1;
    if (odd || !kernels->alternating(hits->rows.count / 2, hits, pairs)) return false;
    for (uint32_t e = 0; e < n_events; ++e) {
        pairs->rows.first[e + 1] = first[e + 1] / 2;
        for (uint32_t i = first[e] / 2; i < first[e + 1] / 2; ++i) pairs->event[i] = e;
    }
    pairs->rows.count = hits->rows.count / 2;
    return true;
}

enum spw_status spw_pairs_make(struct spw_pairs *pairs,
                               struct spw_arena *arena,
                               const struct spw_calibrate_kernels *kernels,
                               const struct spw_stream *stream,
                               const struct spw_raw_hits *hits,
                               uint32_t n_events)
{
    struct pairing p;
    uint32_t n = 0;
    SPW_TRY(spw_pairs_init(pairs, arena, n_events, hits->rows.count));
    if (stream->pairing == SPW_PAIR_ADJACENT &&
        pair_alternating(kernels, hits, n_events, pairs))
        return SPW_OK;
    SPW_TRY(pairing_init(&p, arena, stream, hits, pairs));
    for (uint32_t event = 0; event < n_events; ++event) {
        const uint32_t begin = hits->rows.first[event], end = hits->rows.first[event + 1];
        n = pair[stream->pairing](&p, (struct span){begin, end, event}, n);
        pairs->rows.first[event + 1] = n;
    }
    assert(n <= hits->rows.count);
    pairs->rows.count = n;
    kernels->join(n, p.side[0], p.side[1], hits, pairs);
    if (stream->pairing == SPW_PAIR_NONE) memset(pairs->quality, 0, n);
    if (any(hits->quality, hits->rows.count))
        join_quality(&p, hits->quality, n, pairs->quality);
    return SPW_OK;
}
