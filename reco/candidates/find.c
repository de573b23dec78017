#include "reco/candidates/overlap.h"

#include "io/raw.h"

#include <math.h>

enum { SECTORS_SHIFT = 28 }; ///< score: sectors above, hits below

static uint32_t hits_of(uint32_t score)
{
    return score & ((1u << SECTORS_SHIFT) - 1);
}

/* Scores of the windows that begin with the hits [from, to) of n in order of time. */
static void score_windows(const struct finder *finder,
                          struct sector_hit *hit,
                          uint32_t from,
                          uint32_t to,
                          uint32_t n)
{
    const float width = (float)finder->options.window;
    uint32_t in_sector[8] = {0}, n_sectors = 0, end = from;
    for (uint32_t begin = from; begin < to; ++begin) {
        for (; end < n && hit[end].time_ns - hit[begin].time_ns < width; ++end)
            n_sectors += in_sector[hit[end].sector]++ == 0;
        hit[begin].score = n_sectors << SECTORS_SHIFT | (end - begin);
        if (end > begin)
            n_sectors -= --in_sector[hit[begin].sector] == 0;
        else
            ++end; /* not a number: in no window */
    }
}

/* The window with most sectors, then most hits, then the earliest one. */
static uint32_t best_window(const struct sector_hit *hit, uint32_t n)
{
    uint32_t best = 0, score = hit[0].score;
    for (uint32_t i = 1; i < n; ++i) {
        const bool better = hit[i].score > score;
        best = better ? i : best;
        score = better ? hit[i].score : score;
    }
    return best;
}

/* Takes out the hits [begin, end); only windows that reached into them have new scores. */
static uint32_t take_out(const struct finder *finder,
                         struct sector_hit *hit,
                         uint32_t begin,
                         uint32_t end,
                         uint32_t n,
                         bool scored)
{
    const uint32_t left = n - (end - begin);
    uint32_t from = begin;
    memmove(hit + begin, hit + end, sizeof *hit * (n - end));
    if (!scored) return left;
    while (from > 0 && from - 1 + hits_of(hit[from - 1].score) > begin) --from;
    score_windows(finder, hit, from, begin, left);
    return left;
}

/* Mean time and quality of n hits. The sum runs in order of time. */
static struct spw_candidate
sector_candidate(const struct finder_event *event, const struct sector_hit *hit, uint32_t n)
{
    struct spw_candidate candidate = {.tile = -1, .n_hits = (uint16_t)n};
    uint32_t sectors = 0;
    double sum = 0.0;
    for (uint32_t i = 0; i < n; ++i) {
        sum += (double)(hit[i].time_ns - hit[0].time_ns);
        candidate.quality |= event->hits->quality[hit[i].row] & 0x7f;
        sectors |= 1u << hit[i].sector;
    }
    candidate.time_ns = hit[0].time_ns + (float)(sum / n);
    candidate.n_sectors = (uint8_t)__builtin_popcount(sectors);
    return candidate;
}

/* Both particles, or the one that the hits of other ones would have moved. */
static void add_overlap(const struct finder_event *event,
                        const struct sector_hit *hit,
                        const struct overlap *overlap,
                        struct spw_candidate_list *list)
{
    const uint32_t border[3] = {overlap->begin, overlap->middle, overlap->end};
    for (uint32_t k = 0; k < 2; ++k) {
        if (!overlap->both && k != overlap->heavier) continue;
        const uint32_t begin = overlap->both ? border[k] : border[0];
        const uint32_t end = border[overlap->both ? k + 1 : 2];
        struct spw_candidate candidate = sector_candidate(event, hit + begin, end - begin);
        candidate.time_ns = overlap->time_ns[k];
        spw_candidate_add(list, candidate);
    }
}

static bool
fit_one_window(const struct finder *finder, const struct sector_hit *hit, uint32_t n)
{
    return hit[n - 1].time_ns - hit[0].time_ns < (float)finder->options.window;
}

/* The best window of n hits is taken out again and again while it has enough sectors. Where one
   window holds all hits, it is the best one, and no other is looked at. */
static void take_windows(const struct finder *finder,
                         const struct finder_event *event,
                         struct sector_hit *hit,
                         uint32_t n,
                         struct spw_candidate_list *list)
{
    bool scored = false;
    while (n && n >= finder->options.min_sectors && !list->cut) {
        uint32_t begin = 0, end = n;
        if (!fit_one_window(finder, hit, n)) {
            if (!scored) score_windows(finder, hit, 0, n, n);
            scored = true;
            begin = best_window(hit, n);
            end = begin + hits_of(hit[begin].score);
        }
        if (end == begin || overlap_sectors(hit, begin, end) < finder->options.min_sectors)
            break;
        struct overlap overlap;
        if (overlap_find(finder, hit, n, begin, end, &overlap)) {
            add_overlap(event, hit, &overlap, list);
            begin = overlap.begin;
            end = overlap.end;
        } else {
            spw_candidate_add(list, sector_candidate(event, hit + begin, end - begin));
        }
        n = take_out(finder, hit, begin, end, n, scored);
    }
}

static void list_sector_hits(const struct finder_event *event)
{
    for (uint32_t i = 0; i < event->n; ++i) {
        const uint32_t row = spw_key_row(event->key[i]);
        event->left[i] = (struct sector_hit){
            .row = row,
            .time_ns = spw_key_time_ns(event->key[i]),
            .sector = na62_ktag_sector(event->hits->channel[row]) & 7,
        };
    }
}

/* What stands further apart than windows and overlaps reach is looked at alone, unless there
   may be more candidates than are kept: then the best ones of all are. */
void find_sectors(const struct finder *finder,
                  const struct finder_event *event,
                  struct spw_candidate_list *list)
{
    struct sector_hit *hit = event->left;
    const uint32_t n = event->n;
    const float window = (float)finder->options.window;
    const float reach = 2.0f * (float)finder->options.time_sigma;
    const float gap = reach > window ? reach : window;
    if (n < finder->options.min_sectors) return;
    list_sector_hits(event);
    if (n > SPW_MAX_CANDIDATES) {
        take_windows(finder, event, hit, n, list);
        return;
    }
    for (uint32_t begin = 0, end = 0; begin < n; begin = end) {
        do ++end;
        while (end < n && hit[end].time_ns - hit[end - 1].time_ns < gap);
        take_windows(finder, event, hit + begin, end - begin, list);
    }
}

/* Mean time and quality of the hits key[begin, end). The sum runs in order of time. */
static struct spw_candidate
mean_of(const struct finder_event *event, uint32_t begin, uint32_t end)
{
    struct spw_candidate candidate = {.tile = -1, .n_hits = (uint16_t)(end - begin)};
    const float first = spw_key_time_ns(event->key[begin]);
    double sum = 0.0;
    for (uint32_t i = begin; i < end; ++i) {
        sum += (double)(spw_key_time_ns(event->key[i]) - first);
        candidate.quality |= event->hits->quality[spw_key_row(event->key[i])] & 0x7f;
    }
    candidate.time_ns = first + (float)(sum / (end - begin));
    return candidate;
}

/* Each cluster begins with the earliest hit left and lasts one window. */
void find_clusters(const struct finder *finder,
                   const struct finder_event *event,
                   struct spw_candidate_list *list)
{
    const float width = (float)finder->options.window;
    for (uint32_t begin = 0, end = 0; begin < event->n; begin = end) {
        const float start = spw_key_time_ns(event->key[begin]);
        while (end < event->n && spw_key_time_ns(event->key[end]) - start < width) ++end;
        if (end == begin) ++end;
        if (end - begin >= finder->options.min_hits)
            spw_candidate_add(list, mean_of(event, begin, end));
    }
}

/// A hit of a slab and what belongs to its crossing with another one.
struct slab_hit {
    uint32_t row, id;
    const struct na62_slab *slab;
};

static struct slab_hit
slab_hit(const struct finder *finder, const struct spw_hits *hits, uint32_t row)
{
    const uint32_t id = hits->channel[row] & 127;
    return (struct slab_hit){row, id, &finder->slab[id]};
}

/* Time of the particle: light runs from the crossing to the photomultiplier, and the slewing
   depends on the crossing too. */
static float crossing_time(const struct finder *finder,
                           const struct spw_hits *hits,
                           const struct slab_hit *hit,
                           const struct slab_hit *other)
{
    float time = hits->time_ns[hit->row];
    if (finder->light_ns_per_mm)
        time -= finder->light_ns_per_mm[hit->id] *
                (float)fabs(other->slab->centre_mm - hit->slab->pm_mm);
    const bool both = !(hits->quality[hit->row] & (SPW_NO_LEADING | SPW_NO_TRAILING));
    if (finder->slewing && both) {
        const uint32_t at = 16 * hit->id + other->id % 16;
        time -= finder->slewing->slope[at] * hits->width_ns[hit->row] +
                finder->slewing->constant_ns[at];
    }
    return time;
}

static void add_crossing(const struct finder *finder,
                         const struct spw_hits *hits,
                         const struct slab_hit *v,
                         const struct slab_hit *h,
                         struct spw_candidate_list *list)
{
    const float tv = crossing_time(finder, hits, v, h),
                th = crossing_time(finder, hits, h, v);
    if (!(fabsf(tv - th) < (float)finder->options.window)) return;
    spw_candidate_add(list,
                      (struct spw_candidate){
                          .time_ns = tv + 0.5f * (th - tv),
                          .x_mm = (float)v->slab->centre_mm,
                          .y_mm = (float)h->slab->centre_mm,
                          .tile = -1,
                          .n_hits = 2,
                          .quality = (hits->quality[v->row] | hits->quality[h->row]) & 0x7f,
                      });
}

/* All pairs of a vertical (plane 0) and a horizontal slab of one quadrant. */
void find_crossings(const struct finder *finder,
                    const struct finder_event *event,
                    struct spw_candidate_list *list)
{
    for (uint32_t i = 0; i < event->n && !list->cut; ++i) {
        const struct slab_hit v = slab_hit(finder, event->hits, spw_key_row(event->key[i]));
        if (!v.slab->vertical) continue;
        for (uint32_t j = 0; j < event->n && !list->cut; ++j) {
            const uint32_t row = spw_key_row(event->key[j]),
                           id = event->hits->channel[row] & 127;
            if (id < 64 || id / 16 % 4 != v.id / 16) continue;
            const struct slab_hit h = slab_hit(finder, event->hits, row);
            add_crossing(finder, event->hits, &v, &h, list);
        }
    }
}

/// The two photomultipliers of a tile: IDs ID and ID + pm_step.
struct tile_of {
    uint32_t tile;
    bool second;
};

static struct tile_of tile_of(const struct finder *finder, uint32_t id)
{
    const uint32_t step = (uint32_t)finder->options.pm_step;
    const uint32_t period = 2 * step, rest = id % period;
    return (struct tile_of){id - (rest >= step ? step : 0), rest >= step};
}

static void add_tile(const struct finder *finder,
                     const struct spw_hits *hits,
                     uint32_t first,
                     uint32_t second,
                     struct spw_candidate_list *list)
{
    const bool tight = first != second;
    const uint32_t tile = tile_of(finder, hits->channel[first]).tile;
    const float a = hits->time_ns[first], b = hits->time_ns[second];
    const struct finder_place at = finder_tile(finder, tile);
    float time = finder->later ? fmaxf(a, b) : a + 0.5f * (b - a);
    if (tight && tile < finder->tile_t0.n_addresses) time -= finder->tile_t0.t0_ns[tile];
    const uint8_t quality = (hits->quality[first] | hits->quality[second]) & 0x7f;
    spw_candidate_add(list, (struct spw_candidate){
                                .time_ns = time,
                                .x_mm = at.x_mm,
                                .y_mm = at.y_mm,
                                .tile = (int32_t)tile,
                                .n_hits = tight ? 2 : 1,
                                .quality = tight ? quality : quality | SPW_CANDIDATE_LOOSE,
                            });
}

/* Place of the earliest unused hit of the other photomultiplier within the window, or n. */
static uint32_t
find_partner(const struct finder *finder, const struct finder_event *event, uint32_t at)
{
    const uint64_t partner = event->spare[at] ^ 1;
    const float start = spw_key_time_ns(event->key[at]);
    for (uint32_t j = at + 1; j < event->n; ++j) {
        if (!(spw_key_time_ns(event->key[j]) - start < (float)finder->options.window))
            break;
        if (event->spare[j] == partner) return j;
    }
    return event->n;
}

/* In order of time, each hit takes the next hit of the other photomultiplier of its tile. */
void find_tiles(const struct finder *finder,
                const struct finder_event *event,
                struct spw_candidate_list *list)
{
    const uint64_t used = UINT64_MAX;
    uint64_t *pm = event->spare; /* tile above, photomultiplier in the last bit */
    for (uint32_t i = 0; i < event->n; ++i) {
        const uint32_t id = event->hits->channel[spw_key_row(event->key[i])];
        const struct tile_of of = tile_of(finder, id);
        pm[i] = (uint64_t)of.tile << 1 | of.second;
    }
    for (uint32_t i = 0; i < event->n && !list->cut; ++i) {
        if (pm[i] == used) continue;
        const uint32_t row = spw_key_row(event->key[i]);
        const uint32_t j = find_partner(finder, event, i);
        if (j < event->n) {
            pm[j] = used;
            add_tile(finder, event->hits, row, spw_key_row(event->key[j]), list);
        } else if (finder->options.loose) {
            add_tile(finder, event->hits, row, row, list);
        }
    }
}
