#include "reco/calorimeter/strips.h"

#include "geometry/na62_geometry.h"
#include "io/raw.h"
#include "reco/candidates/clusters.h"

#include <assert.h>
#include <math.h>

/* A strip with what its ends have seen. */
struct strip {
    float energy_MeV, time_ns; /* time: mean weighted with the energy */
    float largest_MeV;
    uint32_t row; /* of the end with more energy */
    uint16_t quality;
};

/* Neighbouring strips of one orientation. */
struct group {
    float energy_MeV, time_ns, place_mm;
    float crossed_MeV; /* energy of all groups that it crosses */
    uint32_t row, n_strips;
    uint16_t quality;
};

struct groups {
    struct group group[STRIP_GROUPS_MAX];
    uint32_t count;
};

/* Adds one end; one that is out of time with a larger other end is left out. Whether a strip is
   new or goes on is a matter of numbers, not of branches that nobody can predict. */
static void add_end(struct strip *strip,
                    const struct strip_finder *finder,
                    const struct spw_cells *cells,
                    uint32_t row)
{
    const float e = cells->energy_MeV[row], t = cells->time_ns[row];
    const struct strip old = *strip;
    const bool good = (e > 0.0f) & (e < 1e7f) & (fabsf(t) < 1e6f);
    const bool in_time = fabsf(t - old.time_ns) <= finder->window_ns;
    const bool lost = (old.energy_MeV > 0.0f) & !in_time & (e <= old.energy_MeV);
    if (!good | lost) return;
    const float kept = (float)in_time, energy = kept * old.energy_MeV;
    const float time = kept * old.time_ns, largest = kept * old.largest_MeV;
    const bool larger = e > largest;
    strip->time_ns = (time * energy + t * e) / (energy + e);
    strip->energy_MeV = energy + e;
    strip->quality = (uint16_t)(old.quality * in_time | cells->quality[row]);
    strip->largest_MeV = larger ? e : largest;
    strip->row = larger ? row : old.row;
}

/* high[orientation]: one bit for each strip above the threshold of seeds. */
static void fill_strips(struct strip strip[2][STRIPS_MAX + 2],
                        uint64_t high[2],
                        const struct strip_finder *finder,
                        const struct shower_event *event)
{
    high[0] = high[1] = 0;
    for (uint32_t i = event->begin; i < event->end; ++i) {
        const uint32_t id = event->cells->channel[i];
        const uint32_t side = (id - 100) / 50, number = (id - 100) % 50;
        if (id < 100 || side > 3 || number < 1 || number > finder->n_strips) continue;
        struct strip *hit = &strip[side & 1][number];
        add_end(hit, finder, event->cells, i);
        high[side & 1] |= (uint64_t)(hit->energy_MeV > finder->seed_above_MeV) << number;
    }
}

/* A larger neighbour in time: this one is no maximum. */
static bool exceeds(const struct strip *neighbour,
                    const struct strip *strip,
                    const struct strip_finder *finder)
{
    return neighbour->energy_MeV > strip->energy_MeV &&
           fabsf(neighbour->time_ns - strip->time_ns) <= finder->window_ns;
}

/* Where the group that begins at the seed ends in one direction: out of time, empty, or rising
   again towards another group. */
static uint32_t
end_of(const struct strip *strip, const struct strip_finder *finder, uint32_t seed, int to)
{
    uint32_t at = seed;
    for (;;) {
        const struct strip *next = &strip[(int)at + to];
        if (!(next->energy_MeV > 0.0f) || next->energy_MeV > strip[at].energy_MeV ||
            fabsf(next->time_ns - strip[seed].time_ns) > finder->window_ns)
            return at;
        at = (uint32_t)((int)at + to);
    }
}

/* A valley strip between two groups belongs to the first one only. */
static void find_groups(struct groups *groups,
                        const struct strip_finder *finder,
                        const struct strip *strip,
                        uint64_t high)
{
    uint32_t taken = 0;
    groups->count = 0;
    for (; high; high &= high - 1) {
        const uint32_t s = (uint32_t)__builtin_ctzll(high);
        if (s <= taken || exceeds(&strip[s + 1], &strip[s], finder) ||
            exceeds(&strip[s - 1], &strip[s], finder))
            continue;
        assert(groups->count < STRIP_GROUPS_MAX);
        uint32_t first = end_of(strip, finder, s, -1);
        const uint32_t last = end_of(strip, finder, s, +1);
        if (first <= taken) first = taken + 1;
        struct group group = {.row = strip[s].row, .n_strips = last - first + 1};
        double sum = 0, place = 0, time = 0;
        for (uint32_t k = first; k <= last; ++k) {
            const double e = (double)strip[k].energy_MeV;
            sum += e;
            place += e * ((double)k - 0.5);
            time += e * (double)(strip[k].time_ns - strip[s].time_ns);
            group.quality |= strip[k].quality;
        }
        group.energy_MeV = (float)sum;
        group.place_mm =
            (float)(place / sum) * finder->strip_mm - (float)NA62_MUV12_HALF_MM;
        group.time_ns = strip[s].time_ns + (float)(time / sum);
        groups->group[groups->count++] = group;
        taken = last;
    }
}

/* Pairs of groups that may cross, best agreement of their energies first; every group is used
   once, then those left over cross the best one in time again. */
struct crossing {
    uint32_t pair[2 * STRIP_GROUPS_MAX][2];
    uint32_t count;
};

static uint32_t
list_pairs(const struct strip_finder *finder, const struct groups groups[2], uint64_t *key)
{
    uint32_t n = 0;
    for (uint32_t v = 0; v < groups[0].count; ++v)
        for (uint32_t h = 0; h < groups[1].count; ++h) {
            const struct group *a = &groups[0].group[v], *b = &groups[1].group[h];
            if (!(fabsf(a->time_ns - b->time_ns) <= finder->window_ns)) continue;
            const float cost =
                fabsf(a->energy_MeV - b->energy_MeV) / (a->energy_MeV + b->energy_MeV);
            key[n++] = spw_time_key(cost, v * STRIP_GROUPS_MAX + h);
        }
    return n;
}

static void
cross(struct crossing *crossing, struct groups groups[2], const uint64_t *key, uint32_t n)
{
    crossing->count = 0;
    bool used[2][STRIP_GROUPS_MAX] = {0};
    for (int round = 0; round < 2; ++round)
        for (uint32_t i = 0; i < n; ++i) {
            const uint32_t v = spw_key_row(key[i]) / STRIP_GROUPS_MAX;
            const uint32_t h = spw_key_row(key[i]) % STRIP_GROUPS_MAX;
            if (round == 0 ? used[0][v] || used[1][h] : used[0][v] && used[1][h]) continue;
            used[0][v] = used[1][h] = true;
            groups[0].group[v].crossed_MeV += groups[1].group[h].energy_MeV;
            groups[1].group[h].crossed_MeV += groups[0].group[v].energy_MeV;
            crossing->pair[crossing->count][0] = v;
            crossing->pair[crossing->count++][1] = h;
        }
}

/* A group that crosses several others shares its energy in proportion to theirs. */
static struct shower_result result_of(const struct strip_finder *finder,
                                      const struct shower_event *event,
                                      const struct group *v,
                                      const struct group *h)
{
    const float sum = v->energy_MeV + h->energy_MeV;
    const uint32_t seed = v->energy_MeV >= h->energy_MeV ? v->row : h->row;
    struct shower_result result = {
        .x_mm = v->place_mm,
        .y_mm = h->place_mm,
        .time_ns = (v->time_ns * v->energy_MeV + h->time_ns * h->energy_MeV) / sum,
        .raw_MeV =
            v->energy_MeV * h->energy_MeV * (1 / v->crossed_MeV + 1 / h->crossed_MeV),
        .n_cells = (uint16_t)(v->n_strips + h->n_strips),
        .seed_channel = event->cells->channel[seed],
        .seed_row = seed,
    };
    unsigned quality = 0;
    result.energy_MeV = result.raw_MeV * finder->scale;
    if (v->crossed_MeV > h->energy_MeV || h->crossed_MeV > v->energy_MeV)
        quality |= SPW_CLUSTER_SHARED;
    if ((v->quality | h->quality) & SPW_SATURATED) quality |= SPW_CLUSTER_SATURATED;
    if (!(fabsf(result.time_ns - event->trigger_ns) <= finder->in_time_ns))
        quality |= SPW_CLUSTER_OUT_OF_TIME;
    result.quality = (uint16_t)quality;
    return result;
}

void strips_find(const struct strip_finder *finder,
                 struct shower_work *work,
                 const struct shower_event *event)
{
    struct strip strip[2][STRIPS_MAX + 2] = {0};
    struct groups groups[2];
    uint64_t high[2];
    struct crossing crossing;
    work->n_results = work->n_seeds = 0;
    if (event->begin == event->end) return;
    fill_strips(strip, high, finder, event);
    for (int o = 0; o < 2; ++o) find_groups(&groups[o], finder, strip[o], high[o]);
    uint32_t n = list_pairs(finder, groups, work->key);
    spw_keys_sort(work->key, work->spare, n);
    cross(&crossing, groups, work->key, n);

    struct shower_result result[2 * STRIP_GROUPS_MAX];
    for (uint32_t i = 0; i < crossing.count; ++i) {
        result[i] = result_of(finder, event, &groups[0].group[crossing.pair[i][0]],
                              &groups[1].group[crossing.pair[i][1]]);
        work->key[i] = spw_time_key(-result[i].energy_MeV, i);
    }
    n = work->n_results = work->n_seeds = crossing.count;
    spw_keys_sort(work->key, work->spare, n);
    for (uint32_t i = 0; i < n; ++i) work->result[i] = result[spw_key_row(work->key[i])];
}
