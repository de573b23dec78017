#include "reco/beam/clusters.h"

#include "io/raw.h"
#include "reco/candidates/clusters.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum spw_status beam_event_init(struct beam_event *event,
                                struct spw_arena *arena,
                                const struct beam_options *options)
{
    const size_t n = (size_t)options->max_hits, more = n + SPW_KEYS_MORE;
    const size_t triplets = (size_t)options->max_triplets + SPW_KEYS_MORE;
    SPW_NEW(arena, event->spare, more > triplets ? more : triplets);
    SPW_NEW(arena, event->order, triplets);
    SPW_NEW(arena, event->pixel, n);
    for (int s = 0; s < BEAM_STATIONS; ++s) {
        SPW_NEW(arena, event->key[s], more);
        SPW_NEW(arena, event->cluster[s], 2 * n);
        SPW_NEW(arena, event->n_pixels[s], n);
        SPW_NEW(arena, event->n_used[s], n);
    }
    return SPW_OK;
}

/* Rows of the hits near the trigger: written always, kept when they are. */
static uint32_t rows_in_window(uint32_t *restrict row,
                               const struct spw_hits *hits,
                               uint32_t begin,
                               uint32_t end,
                               float since_ns,
                               float until_ns)
{
    const float *restrict time_ns = hits->time_ns;
    const uint8_t *restrict quality = hits->quality;
    uint32_t n = 0;
    for (uint32_t i = begin; i < end; ++i) {
        row[n] = i;
        n += (time_ns[i] > since_ns) & (time_ns[i] < until_ns) &
             !(quality[i] & SPW_NO_LEADING);
    }
    return n;
}

/* Keys of the hits near the trigger, by station. */
static void select_hits(struct beam_event *event,
                        const struct beam_setup *setup,
                        const struct spw_hits *hits,
                        uint32_t begin,
                        uint32_t end,
                        float trigger_ns)
{
    const float window = (float)setup->options.window;
    const uint32_t max = (uint32_t)setup->options.max_hits;

    enum { BLOCK = 1024 };

    uint32_t row[BLOCK];
    for (uint32_t from = begin; from < end; from += BLOCK) {
        const uint32_t to = end - from < BLOCK ? end : from + BLOCK;
        const uint32_t n =
            rows_in_window(row, hits, from, to, trigger_ns - window, trigger_ns + window);
        for (uint32_t i = 0; i < n; ++i) {
            const uint32_t station = hits->channel[row[i]] / 100000;
            if (station >= BEAM_STATIONS) continue;
            const uint32_t at = event->n_hits[station];
            event->cut |= at == max;
            if (at == max) continue;
            event->key[station][at] = spw_time_key(hits->time_ns[row[i]], row[i]);
            event->n_hits[station] = at + 1;
        }
    }
}

/* Column and row of a geometric ID: 10000 chip + 40 row + column in the chip, 5 chips a side. */
static struct beam_pixel pixel_of(const struct spw_hits *hits, uint32_t row, uint32_t label)
{
    const uint32_t id = hits->channel[row] % 100000;
    const uint32_t chip = id / 10000, in_chip = id % 10000 % 1800;
    return (struct beam_pixel){
        .time_ns = hits->time_ns[row],
        .column = (uint8_t)(40 * (chip % 5) + in_chip % 40),
        .row = (uint8_t)(45 * (chip / 5) + in_chip / 40),
        .quality = hits->quality[row],
        .label = (uint16_t)label,
    };
}

static bool are_neighbours(const struct beam_pixel *a, const struct beam_pixel *b)
{
    return abs(a->column - b->column) + abs(a->row - b->row) <= 1;
}

/* Gives all pixels of cluster `from` the label `to`; both are in [0, n). */
static void relabel(struct beam_pixel *pixel, uint32_t n, uint16_t from, uint16_t to)
{
    for (uint32_t i = from; i < n; ++i)
        if (pixel[i].label == from) pixel[i].label = to;
}

/* Pixels in order of time; neighbours within the window get the label of the earlier one. */
static bool label_pixels(struct beam_pixel *pixel, uint32_t n, float window_ns)
{
    bool any = false;
    for (uint32_t j = 1; j < n; ++j)
        for (uint32_t i = j; i-- > 0;) {
            if (!(pixel[j].time_ns - pixel[i].time_ns < window_ns)) break;
            if (pixel[i].label == pixel[j].label || !are_neighbours(&pixel[i], &pixel[j]))
                continue;
            const uint16_t a = pixel[i].label, b = pixel[j].label;
            relabel(pixel, j + 1, a > b ? a : b, a > b ? b : a);
            any = true;
        }
    return any;
}

/* Member by member: what is put together elsewhere has to wait to be copied. */
static void set_single(struct beam_cluster *cluster,
                       const struct beam_setup *setup,
                       int station,
                       const struct beam_pixel *pixel)
{
    cluster->time_ns = pixel->time_ns;
    cluster->x_mm = setup->column_mm[station][pixel->column];
    cluster->y_mm = setup->row_mm[station][pixel->row];
    cluster->n_pixels = 1;
    cluster->whole = pixel->label;
    cluster->part = 0;
    cluster->quality = pixel->quality;
    cluster->taken = false;
}

/* All pixels with one label: their mean, and behind it each of them by itself. */
static uint32_t add_cluster(const struct beam_setup *setup,
                            int station,
                            const struct beam_pixel *pixel,
                            uint32_t n,
                            uint16_t first,
                            struct beam_cluster *out)
{
    struct beam_cluster sum = {.whole = first};
    const float origin_ns = pixel[first].time_ns;
    uint32_t n_parts = 0;
    for (uint32_t i = first; i < n; ++i) {
        if (pixel[i].label != first) continue;
        struct beam_cluster *part = &out[++n_parts];
        set_single(part, setup, station, &pixel[i]);
        part->part = (uint16_t)n_parts;
        sum.time_ns += part->time_ns - origin_ns;
        sum.x_mm += part->x_mm;
        sum.y_mm += part->y_mm;
        sum.quality |= part->quality;
    }
    const float weight = 1.0f / (float)n_parts;
    sum.time_ns = origin_ns + weight * sum.time_ns;
    sum.x_mm *= weight;
    sum.y_mm *= weight;
    sum.n_pixels = (uint16_t)n_parts;
    *out = sum;
    return n_parts > 1 ? n_parts + 1 : 1;
}

/* Nearly in order already: only clusters of several pixels are not. */
static void sort_by_time(struct beam_cluster *cluster, uint32_t n)
{
    for (uint32_t i = 1; i < n; ++i) {
        const struct beam_cluster moved = cluster[i];
        uint32_t at = i;
        for (; at && moved.time_ns < cluster[at - 1].time_ns; --at)
            cluster[at] = cluster[at - 1];
        cluster[at] = moved;
    }
}

static void make_clusters(struct beam_event *event,
                          const struct beam_setup *setup,
                          const struct spw_hits *hits,
                          int s)
{
    struct beam_pixel *pixel = event->pixel;
    struct beam_cluster *cluster = event->cluster[s];
    const uint32_t n = event->n_hits[s];
    uint32_t n_clusters = 0;
    spw_keys_rank(setup->rank, event->key[s], event->spare, n);
    for (uint32_t i = 0; i < n; ++i)
        pixel[i] = pixel_of(hits, spw_key_row(event->key[s][i]), i);
    const bool several = label_pixels(pixel, n, (float)setup->options.cluster_window);
    for (uint32_t i = 0; i < n; ++i) {
        if (pixel[i].label != i) continue;
        if (several) {
            const uint32_t added =
                add_cluster(setup, s, pixel, n, (uint16_t)i, cluster + n_clusters);
            event->n_pixels[s][i] = cluster[n_clusters].n_pixels;
            n_clusters += added;
        } else {
            set_single(&cluster[n_clusters++], setup, s, &pixel[i]);
            event->n_pixels[s][i] = 1;
        }
    }
    if (several) sort_by_time(cluster, n_clusters);
    event->n_clusters[s] = n_clusters;
    memset(event->n_used[s], 0, sizeof *event->n_used[s] * n);
}

void beam_clusters_find(struct beam_event *event,
                        const struct beam_setup *setup,
                        const struct spw_hits *hits,
                        uint32_t begin,
                        uint32_t end,
                        float trigger_ns)
{
    memset(event->n_hits, 0, sizeof event->n_hits);
    event->cut = false;
    select_hits(event, setup, hits, begin, end, trigger_ns);
    for (int s = 0; s < BEAM_STATIONS; ++s) make_clusters(event, setup, hits, s);
}
