/* Hits into slots, and clusters of neighbouring slots (docs/physics/straw_tracks.md, 2). */
#include "reco/straw/event.h"

#include "io/raw.h"

#include <math.h>
#include <string.h>

static const float difference_margin_ns = 8.0f; ///< beyond the largest possible difference
static const float least_side_mm = 0.3f;        ///< nearer to the wire both sides are one

void straw_event_fill(struct straw_event *event,
                      const struct spw_straw_hits *straws,
                      uint32_t begin,
                      uint32_t end)
{
    const struct straw_finder *finder = event->finder;
    const struct straw_settings *s = &finder->settings;
    const struct spw_hits *hits = &straws->hits;
    const float offset = (float)s->trailing_offset, slope = (float)s->trailing_slope;
    const float per = 1 / (1 - slope);
    const float earliest = (float)s->time_min;
    const float latest = (float)s->time_max + finder->drift.max_time_ns;
    event->n_hits = 0;
    event->cut = end - begin > (uint64_t)s->max_hits;
    memset(event->occupied, 0, sizeof event->occupied);
    if (event->cut) return;

    for (uint32_t i = begin; i < end; ++i) {
        const float t = hits->time_ns[i];
        if (hits->channel[i] >= finder->wires.n_wires ||
            hits->quality[i] & SPW_NO_LEADING || !(t > earliest && t < latest))
            continue;
        const struct straw_wire *wire = &finder->wires.wire[hits->channel[i]];
        const bool trailing = !(hits->quality[i] & SPW_NO_TRAILING);
        uint64_t *word = &event->occupied[wire->view][wire->slot / 64];
        const uint64_t bit = UINT64_C(1) << wire->slot % 64;
        uint16_t *head = &event->head[wire->view][wire->slot];
        event->hit[event->n_hits] = (struct straw_hit){
            .time_ns = t,
            .track_ns = trailing ? (t + hits->width_ns[i] - offset - slope * t) * per : NAN,
            .w_mm = wire->w_mm,
            .z_mm = wire->z_mm,
            .next = *word & bit ? *head : STRAW_NONE,
            .row = (uint16_t)(i - begin),
            .slot = wire->slot,
            .view = wire->view,
            .plane = wire->plane,
        };
        *head = (uint16_t)event->n_hits++;
        *word |= bit;
    }
}

/* Puts a cluster into its place in time. */
static void
add_cluster(struct straw_event *event, uint32_t view, struct straw_cluster cluster)
{
    const struct straw_settings *s = &event->finder->settings;
    struct straw_cluster *list = event->cluster[view];
    uint32_t i = event->n_clusters[view];
    if (!(cluster.time_ns >= (float)s->time_min && cluster.time_ns <= (float)s->time_max))
        return;
    if (i == (uint32_t)s->max_clusters) {
        event->cut = true;
        return;
    }
    for (; i > 0 && list[i - 1].time_ns > cluster.time_ns; --i) list[i] = list[i - 1];
    list[i] = cluster;
    ++event->n_clusters[view];
}

/// What is known of a view before any track is.
struct view_frame {
    uint32_t view;
    float slope_per_mm; ///< of tracks from the decays, by w
    float spread;       ///< of slopes round it
};

static struct view_frame frame_of(const struct straw_event *event, uint32_t view)
{
    const struct straw_settings *s = &event->finder->settings;
    const float z = event->finder->chamber_z_mm[view / 4];
    const bool bent = view >= 8 && view % 4 != 3;
    return (struct view_frame){view, 1 / (z - (float)s->pointing_z),
                               (float)(bent ? s->spread_after : s->spread_before)};
}

/* Mean time of the tracks by trailing edges, and its variance; infinite without any. */
static float trailing_time(const struct straw_event *event,
                           const struct straw_hit *const hit[2],
                           float *variance)
{
    const struct straw_settings *s = &event->finder->settings;
    const float sigma = (float)(s->trailing_sigma / (1 - s->trailing_slope));
    float sum = 0, n = 0;
    for (int i = 0; i < 2; ++i) {
        const bool there = hit[i]->track_ns == hit[i]->track_ns;
        sum += there ? hit[i]->track_ns : 0;
        n += there;
    }
    *variance = n > 0 ? sigma * sigma / n : INFINITY;
    return n > 0 ? sum / n : 0;
}

/* The track between (or just outside) two neighbouring wires; false if none fits. */
static bool make_pair(const struct straw_event *event,
                      const struct view_frame *frame,
                      uint16_t a,
                      uint16_t b,
                      struct straw_cluster *cluster)
{
    const struct straw_drift *drift = &event->finder->drift;
    const struct straw_settings *s = &event->finder->settings;
    const struct straw_hit *const hit[2] = {&event->hit[a], &event->hit[b]};
    const float limit = drift->max_difference_ns;
    float difference = hit[0]->time_ns - hit[1]->time_ns;
    if (!(fabsf(difference) < limit + difference_margin_ns)) return false;
    difference = difference > limit ? limit : difference < -limit ? -limit : difference;

    const struct straw_pair *pair =
        &drift->pair[(int)(difference + STRAW_DRIFT_PAIRS / 2 + 0.5f)];
    const float dz = hit[1]->z_mm - hit[0]->z_mm;
    const float slope = frame->slope_per_mm * hit[0]->w_mm;
    const float excess = hit[1]->w_mm - hit[0]->w_mm - slope * dz - STRAW_PAIR_MM;
    const float radius = pair->radius_mm + excess * pair->radius_per_mm;
    const float time = hit[0]->time_ns - pair->time_ns - excess * pair->time_ns_per_mm;

    float trailing_variance;
    const float trailing = trailing_time(event, hit, &trailing_variance);
    if (trailing_variance < INFINITY && fabsf(time - trailing) > (float)s->trailing_window)
        return false;
    const float sigma = 1.7f * (float)s->resolution_far, bend = frame->spread * dz;
    const float variance =
        1 + pair->time_ns_per_mm * pair->time_ns_per_mm * (sigma * sigma + bend * bend);
    const float weight = variance / (variance + trailing_variance);
    *cluster = (struct straw_cluster){
        .w_mm = hit[0]->w_mm + radius + 0.5f * slope * dz,
        .z_mm = 0.5f * (hit[0]->z_mm + hit[1]->z_mm),
        .time_ns = time + weight * (trailing - time),
        .hit = {a, b, STRAW_NONE},
        .n_hits = 2,
    };
    return true;
}

/* A pair that agrees with the pair one slot below is one cluster of three with it. */
static bool
merge_pair(struct straw_event *event, uint32_t view, const struct straw_cluster *pair)
{
    const struct straw_settings *s = &event->finder->settings;
    struct straw_cluster *list = event->cluster[view];
    for (uint32_t i = 0; i < event->n_clusters[view]; ++i) {
        struct straw_cluster *below = &list[i];
        if (below->n_hits != 2 || below->hit[1] != pair->hit[0] ||
            fabsf(below->w_mm - pair->w_mm) > (float)s->view_tolerance ||
            fabsf(below->time_ns - pair->time_ns) > (float)s->time_window)
            continue;
        below->w_mm = 0.5f * (below->w_mm + pair->w_mm);
        below->z_mm = 0.5f * (below->z_mm + pair->z_mm);
        below->hit[2] = pair->hit[1];
        below->n_hits = 3;
        return true;
    }
    return false;
}

static void
join_slots(struct straw_event *event, const struct view_frame *frame, uint32_t slot)
{
    const uint16_t *head = event->head[frame->view];
    for (uint16_t a = head[slot]; a != STRAW_NONE; a = event->hit[a].next)
        for (uint16_t b = head[slot + 1]; b != STRAW_NONE; b = event->hit[b].next) {
            struct straw_cluster pair;
            if (!make_pair(event, frame, a, b, &pair)) continue;
            event->hit[a].used = event->hit[b].used = true;
            if (!merge_pair(event, frame->view, &pair))
                add_cluster(event, frame->view, pair);
        }
}

/* A hit alone: its trailing edge tells the time, and it lies on either side. */
static void add_single(struct straw_event *event, uint16_t i)
{
    const struct straw_hit *hit = &event->hit[i];
    struct straw_cluster cluster = {
        .w_mm = hit->w_mm,
        .z_mm = hit->z_mm,
        .time_ns = hit->track_ns,
        .hit = {i, STRAW_NONE, STRAW_NONE},
        .n_hits = 1,
        .single = true,
    };
    const float r = straw_radius_mm(&event->finder->drift, hit->time_ns - hit->track_ns);
    if (r < least_side_mm) {
        add_cluster(event, hit->view, cluster);
        return;
    }
    cluster.w_mm = hit->w_mm - r;
    add_cluster(event, hit->view, cluster);
    cluster.w_mm = hit->w_mm + r;
    add_cluster(event, hit->view, cluster);
}

void straw_find_clusters(struct straw_event *event)
{
    for (uint32_t view = 0; view < STRAW_VIEWS; ++view) {
        const struct view_frame frame = frame_of(event, view);
        const uint64_t *occupied = event->occupied[view];
        event->n_clusters[view] = 0;
        for (uint32_t word = 0; word < STRAW_SLOT_WORDS; ++word) {
            const uint64_t above = word + 1 < STRAW_SLOT_WORDS ? occupied[word + 1] : 0;
            uint64_t both = occupied[word] & (occupied[word] >> 1 | above << 63);
            for (; both; both &= both - 1)
                join_slots(event, &frame, 64 * word + (uint32_t)__builtin_ctzll(both));
        }
    }
    for (uint32_t i = 0; i < event->n_hits; ++i)
        if (!event->hit[i].used && event->hit[i].track_ns == event->hit[i].track_ns)
            add_single(event, (uint16_t)i);
}
