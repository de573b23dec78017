/* Hits of the photomultipliers in order of time, and those that are close together. */
#include "reco/ring/ring.h"

#include "io/raw.h"
#include "reco/candidates/clusters.h"

#include <math.h>

/* Sequential number of a photomultiplier, RING_PMS or more for what is none; as
   na62_rich_sequential(), for the many that are. */
static inline uint32_t pm_of(uint32_t channel)
{
    const uint32_t disk = channel >= 100000, rest = channel - 100000 * disk;
    const uint32_t updown = rest >= 10000, place = rest - 10000 * updown;
    const uint32_t cell = place / 100, pm = place - 100 * cell;
    return cell < 61 && pm < 8 ? 976 * disk + 488 * updown + 8 * cell + pm : RING_PMS;
}

/* The event's usable hits in order of time, then of photomultipliers: these stand where rows
   would in a key. */
static uint32_t sort_hits(const struct ring_state *state,
                          const struct spw_hits *hits,
                          uint32_t event,
                          uint64_t *key,
                          uint64_t *spare)
{
    uint32_t n = 0;
    for (uint32_t i = hits->rows.first[event]; i < hits->rows.first[event + 1]; ++i) {
        const uint32_t pm = pm_of(hits->channel[i]);
        const bool light = pm < RING_PMS && !isnan(state->x_mm[pm]);
        key[n] = spw_time_key(hits->time_ns[i], pm);
        n += light & !(hits->quality[i] & SPW_NO_LEADING);
    }
    spw_keys_sort(key, spare, n);
    return n;
}

/* Of hits of one photomultiplier within a window the first one counts. seen[pm]: place of its
   last hit; whatever stands there at the beginning. */
static uint32_t take_hits(const struct ring_work *work,
                          const uint64_t *key,
                          uint32_t n_keys,
                          uint32_t begin,
                          uint32_t *seen)
{
    const struct ring_state *state = work->state;
    const struct ring_hits *to = &work->hits;
    const float window = (float)state->options.window;
    uint32_t n = begin;
    for (uint32_t i = 0; i < n_keys; ++i) {
        const uint32_t pm = spw_key_row(key[i]);
        const float time = spw_key_time_ns(key[i]);
        const uint32_t last = seen[pm];
        const bool again = last >= begin && last < n && to->pm[last] == pm &&
                           time - to->time_ns[last] < window;
        to->pm[n] = (uint16_t)pm;
        to->time_ns[n] = time;
        to->x_mm[n] = state->x_mm[pm];
        to->y_mm[n] = state->y_mm[pm];
        if (again) continue;
        seen[pm] = n++;
    }
    return n;
}

/* Number of hits in the window that begins with each hit. */
static void
count_windows(const float *time_ns, uint32_t n, float window, uint32_t *in_window)
{
    for (uint32_t begin = 0, end = 0; begin < n; ++begin) {
        while (end < n && time_ns[end] - time_ns[begin] < window) ++end;
        in_window[begin] = end - begin;
    }
}

/* From `at` on to the fullest of the windows that overlap, as long as there is a fuller one. */
static uint32_t climb(const uint32_t *in_window, uint32_t at)
{
    for (;;) {
        uint32_t best = at;
        for (uint32_t i = at + 1; i < at + in_window[at]; ++i)
            if (in_window[i] > in_window[best]) best = i;
        if (best == at) return at;
        at = best;
    }
}

static void find_clusters(struct ring_work *work, uint32_t event, uint32_t *in_window)
{
    const struct ring_options *o = &work->state->options;
    const uint32_t begin = work->hits.first[event], n = work->hits.first[event + 1] - begin;
    const uint32_t least =
        (uint32_t)(work->state->seeded ? o->min_track_hits : o->min_hits);
    count_windows(work->hits.time_ns + begin, n, (float)o->window, in_window);
    for (uint32_t i = 0; i < n;) {
        const uint32_t at = climb(in_window, i), n_hits = in_window[at];
        i = at + n_hits;
        if (n_hits < least) continue;
        if (n_hits > RING_CLUSTER_HITS)
            work->cut[event] = 1;
        else
            work->cluster[work->n_clusters++] = (struct ring_cluster){
                .event = event, .begin = begin + at, .end = begin + at + n_hits};
    }
}

enum spw_status
ring_work_reserve(struct ring_work *work, struct spw_arena *scratch, uint32_t n)
{
    work->capacity = n;
    work->n_rings = 0;
    SPW_NEW(scratch, work->ring, n + 1);
    return SPW_OK;
}

enum spw_status ring_work_init(struct ring_work *work,
                               const struct ring_state *state,
                               const struct spw_hits *hits,
                               uint32_t n_events,
                               struct spw_arena *scratch)
{
    const uint32_t room = hits->rows.count + SPW_KEYS_MORE + RING_PADDING;
    uint64_t *key, *spare;
    uint32_t *seen, *in_window;
    *work = (struct ring_work){.state = state, .n_events = n_events};
    SPW_NEW(scratch, key, room);
    SPW_NEW(scratch, spare, room);
    SPW_NEW(scratch, in_window, room);
    SPW_NEW_ZEROS(scratch, seen, RING_PMS);
    SPW_NEW_ZEROS(scratch, work->hits.first, n_events + 1);
    SPW_NEW_ZEROS(scratch, work->hits.x_mm, room);
    SPW_NEW_ZEROS(scratch, work->hits.y_mm, room);
    SPW_NEW(scratch, work->hits.time_ns, room);
    SPW_NEW(scratch, work->hits.pm, room);
    SPW_NEW_ZEROS(scratch, work->hits.taken, room);
    SPW_NEW(scratch, work->cluster, room);
    SPW_NEW_ZEROS(scratch, work->cluster_first, n_events + 1);
    SPW_NEW_ZEROS(scratch, work->cut, n_events + 1);
    SPW_NEW_ZEROS(scratch, work->track_ring, n_events + 1);
    for (uint32_t e = 0; e < n_events; ++e) {
        const uint32_t n = sort_hits(state, hits, e, key, spare);
        work->hits.first[e + 1] = take_hits(work, key, n, work->hits.first[e], seen);
        find_clusters(work, e, in_window);
        work->cluster_first[e + 1] = work->n_clusters;
    }
    return SPW_OK;
}
