/* Hits into slots, and clusters of neighbouring slots (docs/physics/straw_tracks.md, 2). */
#include "reco/straw/event.h"

#include "io/raw.h"

#include <math.h>
#include <string.h>

static const float least_side_mm = 0.3f; ///< nearer to the wire both sides are one

/// Limits of leading edges and of tracks by trailing edges.
struct time_limits {
    float earliest_ns, latest_ns, first_track_ns, last_track_ns;
    float offset_ns, slope, per_slope;
};

static struct time_limits limits_of(const struct straw_finder *finder)
{
    const struct straw_settings *s = &finder->settings;
    return (struct time_limits){
        .earliest_ns = (float)s->time_min,
        .latest_ns = (float)s->time_max + finder->drift.max_time_ns,
        .first_track_ns = (float)(s->time_min - s->trailing_window),
        .last_track_ns = (float)(s->time_max + s->trailing_window),
        .offset_ns = (float)s->trailing_offset,
        .slope = (float)s->trailing_slope,
        .per_slope = (float)(1 / (1 - s->trailing_slope)),
    };
}

/* Hits with a leading edge, and in time as far as their edges tell. Local pointers, because a
   store of a byte may change anything else. */
static void take_hits(struct straw_event *event,
                      const struct spw_hits *hits,
                      uint32_t begin,
                      uint32_t end)
{
    const struct straw_wire *restrict wires = event->finder->wires.wire;
    const uint32_t n_wires = event->finder->wires.n_wires;
    const struct time_limits limit = limits_of(event->finder);
    const struct spw_hits from = *hits;
    const struct straw_event_hits to = event->hit;
    uint32_t n = 0, n_far = 0;
    for (uint32_t i = begin; i < end; ++i) {
        const uint32_t channel = from.channel[i];
        const float t = from.time_ns[i];
        const float trailing = from.quality[i] & SPW_NO_TRAILING ? 0 : 1;
        const float track = trailing *
                            (t + from.width_ns[i] - limit.offset_ns - limit.slope * t) *
                            limit.per_slope;
        if (channel >= n_wires || from.quality[i] & SPW_NO_LEADING) continue;
        const bool near = (t > limit.earliest_ns) & (t < limit.latest_ns) &
                          (track > limit.first_track_ns) & (track < limit.last_track_ns);
        const struct straw_wire wire = wires[channel];
        to.time_ns[n] = t;
        to.trailing[n] = trailing;
        to.track_ns[n] = track;
        to.w_mm[n] = wire.w_mm;
        to.z_mm[n] = wire.z_mm;
        to.row[n] = (uint16_t)(i - begin);
        to.slot[n] = wire.slot;
        to.view[n] = wire.view;
        to.plane[n] = wire.plane;
        to.used[n] = 0;
        n += near;
        n_far += !near;
    }
    event->n_hits = n;
    event->n_far = n_far;
}

/* Hits into their slots, each before the others there. */
static void enter_slots(struct straw_event *event)
{
    const struct straw_event_hits hit = event->hit;
    memset(event->occupied, 0, sizeof event->occupied);
    memset(event->words, 0, sizeof event->words);
    for (uint32_t i = 0; i < event->n_hits; ++i) {
        const uint32_t view = hit.view[i], slot = hit.slot[i];
        uint64_t *word = &event->occupied[view][slot / 64];
        uint16_t *head = &event->head[view][slot];
        const uint64_t before = *word, bit = UINT64_C(1) << slot % 64;
        hit.next[i] = before & bit ? *head : STRAW_NONE;
        *head = (uint16_t)i;
        *word = before | bit;
        event->words[view] |= 1u << slot / 64;
    }
}

void straw_event_fill(struct straw_event *event,
                      const struct spw_straw_hits *hits,
                      uint32_t begin,
                      uint32_t end)
{
    event->n_hits = event->n_far = 0;
    event->cut = end - begin > (uint64_t)event->finder->settings.max_hits;
    if (!event->cut) take_hits(event, &hits->hits, begin, end);
    enter_slots(event);
}

/* Pairs of hits in a slot and the next one. */
static void pair_slots(struct straw_event *event, uint32_t view, uint32_t slot)
{
    const struct straw_event_pairs pairs = event->pairs;
    const uint16_t *restrict next = event->hit.next, *head = event->head[view];
    const float slope_per_mm = event->finder->slope_per_mm[view];
    const float spread = event->finder->spread[view];
    uint32_t n = pairs.count;
    for (uint16_t a = head[slot]; a != STRAW_NONE; a = next[a])
        for (uint16_t b = head[slot + 1]; b != STRAW_NONE; b = next[b]) {
            if (n == pairs.capacity) {
                event->cut = true;
                break;
            }
            pairs.a[n] = a;
            pairs.b[n] = b;
            pairs.slope_per_mm[n] = slope_per_mm;
            pairs.spread[n++] = spread;
        }
    event->pairs.count = n;
}

/* All pairs of hits in neighbouring slots, view by view in order of slots. */
static void find_pairs(struct straw_event *event)
{
    event->pairs.count = 0;
    for (uint32_t view = 0; view < STRAW_VIEWS; ++view)
        for (uint32_t words = event->words[view]; words; words &= words - 1) {
            const uint32_t word = (uint32_t)__builtin_ctz(words);
            const uint64_t *occupied = &event->occupied[view][word];
            uint64_t both = occupied[0] & (occupied[0] >> 1 | occupied[1] << 63);
            for (; both; both &= both - 1)
                pair_slots(event, view, 64 * word + (uint32_t)__builtin_ctzll(both));
        }
}

/* Clusters are compared 16 at a time: what is behind the last one is never near in time. */
static void open_block(struct straw_clusters *clusters)
{
    for (uint32_t i = 0; i < 16; ++i) clusters->time_ns[clusters->count + i] = INFINITY;
}

static void clear_clusters(struct straw_event *event)
{
    for (uint32_t view = 0; view < STRAW_VIEWS; ++view) {
        event->cluster[view].count = 0;
        open_block(&event->cluster[view]);
    }
}

/* Appends a cluster of one or two hits. */
static void add_cluster(struct straw_event *event,
                        uint32_t view,
                        const uint16_t hit[2],
                        const float w_z_time[3])
{
    const struct straw_settings *s = &event->finder->settings;
    struct straw_clusters *clusters = &event->cluster[view];
    if (!(w_z_time[2] >= (float)s->time_min && w_z_time[2] <= (float)s->time_max)) {
        ++event->n_far;
        return;
    }
    if (clusters->count == STRAW_MAX_CLUSTERS) {
        event->cut = true;
        return;
    }
    const uint32_t i = clusters->count++;
    clusters->w_mm[i] = w_z_time[0];
    clusters->z_mm[i] = w_z_time[1];
    clusters->time_ns[i] = w_z_time[2];
    clusters->hit[i][0] = hit[0];
    clusters->hit[i][1] = hit[1];
    clusters->n_hits[i] = hit[1] == STRAW_NONE ? 1 : 2;
    if (clusters->count % 16 == 0 && clusters->count < STRAW_MAX_CLUSTERS)
        open_block(clusters);
}

/* A pair that agrees with a pair one slot below is one cluster of three with it. */
static bool merge_pair(struct straw_event *event, uint32_t view, uint32_t pair)
{
    const struct straw_settings *s = &event->finder->settings;
    const struct straw_event_pairs *pairs = &event->pairs;
    struct straw_clusters *to = &event->cluster[view];
    for (uint32_t i = to->count; i-- > 0;) {
        if (to->n_hits[i] != 2 || to->hit[i][1] != pairs->a[pair] ||
            fabsf(to->w_mm[i] - pairs->result.w_mm[pair]) > (float)s->view_tolerance ||
            fabsf(to->time_ns[i] - pairs->result.time_ns[pair]) > (float)s->time_window)
            continue;
        to->w_mm[i] = 0.5f * (to->w_mm[i] + pairs->result.w_mm[pair]);
        to->z_mm[i] = 0.5f * (to->z_mm[i] + pairs->result.z_mm[pair]);
        to->time_ns[i] = 0.5f * (to->time_ns[i] + pairs->result.time_ns[pair]);
        to->hit[i][2] = (uint16_t)pairs->b[pair];
        to->n_hits[i] = 3;
        return true;
    }
    return false;
}

static void cluster_pairs(struct straw_event *event)
{
    const struct straw_event_pairs *pairs = &event->pairs;
    for (uint32_t i = 0; i < pairs->count; ++i) {
        const uint16_t hit[2] = {(uint16_t)pairs->a[i], (uint16_t)pairs->b[i]};
        const uint32_t view = event->hit.view[hit[0]];
        const float place[3] = {pairs->result.w_mm[i], pairs->result.z_mm[i],
                                pairs->result.time_ns[i]};
        if (!pairs->result.good[i]) continue;
        const bool chained = event->hit.used[hit[0]];
        event->hit.used[hit[0]] = event->hit.used[hit[1]] = 1;
        if (!chained || !merge_pair(event, view, i)) add_cluster(event, view, hit, place);
    }
}

/* Hits alone: the trailing edge tells the time, and the track passes on either side. */
static void cluster_singles(struct straw_event *event)
{
    const struct straw_event_hits *hits = &event->hit;
    uint16_t *restrict alone = event->alone;
    uint32_t n = 0;
    for (uint32_t i = 0; i < event->n_hits; ++i) {
        alone[n] = (uint16_t)i;
        n += !hits->used[i] & (hits->trailing[i] > 0);
    }
    for (uint32_t k = 0; k < n; ++k) {
        const uint32_t i = alone[k];
        const uint16_t hit[2] = {(uint16_t)i, STRAW_NONE};
        const float r = event->radius_mm[i] < least_side_mm ? 0 : event->radius_mm[i];
        add_cluster(event, hits->view[i], hit,
                    (float[3]){hits->w_mm[i] - r, hits->z_mm[i], hits->track_ns[i]});
        if (r > 0)
            add_cluster(event, hits->view[i], hit,
                        (float[3]){hits->w_mm[i] + r, hits->z_mm[i], hits->track_ns[i]});
    }
}

void straw_find_clusters(struct straw_event *event)
{
    const struct straw_finder *finder = event->finder;
    const struct straw_hit_columns hit = straw_hit_columns(&event->hit);
    const struct straw_pair_columns pair = {event->pairs.a, event->pairs.b,
                                            event->pairs.slope_per_mm, event->pairs.spread};
    find_pairs(event);
    finder->kernels->pairs(event->pairs.count, &finder->drift, &finder->rules, &hit, &pair,
                           &event->pairs.result);
    finder->kernels->radii(event->n_hits, &finder->drift, &hit, event->radius_mm);
    clear_clusters(event);
    cluster_pairs(event);
    cluster_singles(event);
}
