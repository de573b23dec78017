#include "reco/calibrate/slewing.h"

#include "io/raw.h"

#include <math.h>
#include <string.h>

static const char *const names[SLEWING_N_KINDS] = {"none", "ktag", "rich", "chanti",
                                                   "lav",  "hasc", "gtk"};

enum spw_status slewing_parse(const char *text, enum slewing_kind *kind)
{
    for (int i = 0; i < SLEWING_N_KINDS; ++i) {
        if (strcmp(text, names[i]) != 0) continue;
        *kind = (enum slewing_kind)i;
        return SPW_OK;
    }
    return SPW_FAIL(SPW_BAD_CONFIG,
                    "slewing '%s' is none of none, ktag, rich, chanti, lav, hasc, gtk",
                    text);
}

static bool both_edges(uint8_t quality)
{
    return !(quality & (SPW_NO_LEADING | SPW_NO_TRAILING));
}

/* Where the constants of a channel stand in the file: by address, or by RICH number. */
static int64_t
place(const struct spw_channel_map *map, uint32_t index, enum slewing_kind kind)
{
    if (kind == SLEWING_RICH) return na62_rich_sequential(map->id[index]);
    return map->address[index];
}

/* KTAG: linear between the limits. RICH: the experiment's formula inside the range is
   (W - middle) slope, which jumps at its ends to the constants outside; `continuous` keeps that
   formula at the ends instead (docs/physics/hits.md). */
static enum spw_status prepare_linear(struct hit_slewing *slewing,
                                      struct spw_arena *arena,
                                      const struct spw_channel_map *map,
                                      const struct na62_width_slewing *width,
                                      bool continuous)
{
    float *value[6];
    for (int i = 0; i < 6; ++i) SPW_NEW_ZEROS(arena, value[i], map->n_channels);
    slewing->linear = (struct spw_linear_slewing){value[0], value[1], value[2],
                                                  value[3], value[4], value[5]};
    for (uint32_t c = 0; c < map->n_channels; ++c) {
        const int64_t at = place(map, c, slewing->kind);
        if (at < 0 || at >= width->n_channels) continue;
        const float low = width->min_width_ns[at], high = width->max_width_ns[at];
        const float below = width->at_min_ns[at], above = width->at_max_ns[at];
        if (!(high > low)) continue;
        const float slope = (above - below) / (high - low);
        const bool centred = slewing->kind == SLEWING_RICH;
        const float offset = centred ? -slope * 0.5f * (low + high) : below - slope * low;
        value[0][c] = low;
        value[1][c] = high;
        value[2][c] = centred && continuous ? -0.5f * (above - below) : below;
        value[3][c] = centred && continuous ? 0.5f * (above - below) : above;
        value[4][c] = offset;
        value[5][c] = slope;
    }
    return SPW_OK;
}

static enum spw_status prepare_exponential(struct hit_slewing *slewing,
                                           struct spw_arena *arena,
                                           const struct spw_channel_map *map,
                                           const struct na62_chanti_slewing *chanti)
{
    float *p0, *p1, *p2;
    SPW_NEW_ZEROS(arena, p0, map->n_channels);
    SPW_NEW_ZEROS(arena, p1, map->n_channels);
    SPW_NEW_ZEROS(arena, p2, map->n_channels);
    for (uint32_t c = 0; c < map->n_channels; ++c) {
        const uint32_t at = map->address[c];
        p0[c] = chanti->p0_per_ns[at];
        p1[c] = chanti->p1_ns[at];
        p2[c] = chanti->p2_ns[at];
    }
    slewing->exponential = (struct spw_exponential_slewing){p0, p1, p2};
    return SPW_OK;
}

/* A high threshold has the ID of the low one + 1000000 (LAV) or + 1000 (IRC, SAC). */
static enum spw_status prepare_partners(struct hit_slewing *slewing,
                                        struct spw_arena *arena,
                                        const struct spw_channel_map *map)
{
    SPW_NEW(arena, slewing->partner, map->n_channels);
    for (uint32_t c = 0; c < map->n_channels; ++c) {
        const uint32_t id = map->id[c], step = id < 1000 ? 1000 : 1000000;
        const bool low = id < 1000 || (id >= 10000 && id < 1000000);
        slewing->partner[c] = low ? spw_channel_map_index(map, id + step) : -1;
        if (!low) slewing->partner[c] = -2;
    }
    return SPW_OK;
}

enum spw_status slewing_prepare(struct hit_slewing *slewing,
                                struct spw_arena *arena,
                                const struct spw_channel_map *map,
                                const struct spw_text_table *table,
                                bool continuous)
{
    slewing->n_channels = map->n_channels;
    if (slewing->kind == SLEWING_LAV) {
        slewing->lav = na62_lav_slewing_nominal;
        if (table->count) SPW_TRY(na62_lav_slewing_read(&slewing->lav, table));
        return prepare_partners(slewing, arena, map);
    }
    if (!table->count) {
        slewing->kind = SLEWING_NONE;
        return SPW_OK;
    }
    struct na62_width_slewing width;
    struct na62_chanti_slewing chanti;
    switch (slewing->kind) {
    case SLEWING_KTAG:
        SPW_TRY(na62_ktag_slewing_read(&width, arena, table, map->n_addresses));
        return prepare_linear(slewing, arena, map, &width, continuous);
    case SLEWING_RICH:
        SPW_TRY(na62_rich_slewing_read(&width, arena, table));
        return prepare_linear(slewing, arena, map, &width, continuous);
    case SLEWING_CHANTI:
        SPW_TRY(na62_chanti_slewing_read(&chanti, arena, table, map->n_addresses));
        return prepare_exponential(slewing, arena, map, &chanti);
    case SLEWING_HASC:
        SPW_NEW_ZEROS(arena, slewing->hasc, 1);
        return na62_hasc_slewing_read(slewing->hasc, table);
    case SLEWING_GTK:
        return na62_gtk_time_walk_read(&slewing->walk, arena, table);
    case SLEWING_NONE:
    case SLEWING_LAV:
    case SLEWING_N_KINDS:
        break;
    }
    return SPW_OK;
}

static double polynomial(const double *c, int n, double x)
{
    double sum = 0.0;
    while (n-- > 0) sum = sum * x + c[n];
    return sum;
}

static double clipped(double value, double low, double high)
{
    const double above = value > low ? value : low;
    return above < high ? above : high;
}

/// Where the hits of each channel stand in the event being worked on.
struct channel_hits {
    uint32_t stamp, last; ///< event + 1; last hit + 1
};

enum { PAIR_MIN_NS = -2, PAIR_MAX_NS = 20 }; ///< high after low threshold

/* Time of the nearest high-threshold hit behind a low one, or NaN. */
static float high_time(const struct spw_hits *hits,
                       const struct channel_hits *high,
                       const uint32_t *before,
                       uint32_t event,
                       float low_ns)
{
    float nearest = NAN;
    if (high->stamp != event + 1) return nearest;
    for (uint32_t i = high->last; i; i = before[i - 1]) {
        const float step = hits->time_ns[i - 1] - low_ns;
        if (step < PAIR_MIN_NS || step > PAIR_MAX_NS) continue;
        if (!(fabsf(nearest - low_ns) <= fabsf(step))) nearest = hits->time_ns[i - 1];
    }
    return nearest;
}

static float lav_correction(const struct na62_lav_slewing *lav,
                            float low_ns,
                            float high_ns,
                            float width_ns)
{
    if (!isnan(high_ns))
        return (float)polynomial(
            lav->both_ns, 5, clipped((double)(high_ns - low_ns), 0.2, 10.0) / 4.0 - 1.0);
    return (float)polynomial(lav->low_ns, 4,
                             clipped((double)width_ns, 10.0, 48.0) / 20.0 - 1.0);
}

/* Low-threshold hits are corrected, by the step to their high-threshold hit where there is one;
   high-threshold hits keep their time. */
static enum spw_status apply_lav(const struct hit_slewing *slewing,
                                 struct spw_hits *hits,
                                 uint32_t n_events,
                                 struct spw_arena *scratch)
{
    struct channel_hits *channel;
    uint32_t *before;
    SPW_NEW_ZEROS(scratch, channel, slewing->n_channels);
    SPW_NEW(scratch, before, hits->rows.count);
    for (uint32_t e = 0; e < n_events; ++e) {
        const uint32_t begin = hits->rows.first[e], end = hits->rows.first[e + 1];
        for (uint32_t i = begin; i < end; ++i) {
            struct channel_hits *at = &channel[hits->index[i]];
            before[i] = at->stamp == e + 1 ? at->last : 0;
            *at = (struct channel_hits){e + 1, i + 1};
        }
        for (uint32_t i = begin; i < end; ++i) {
            const int32_t partner = slewing->partner[hits->index[i]];
            if (partner == -2 || (hits->quality[i] & SPW_NO_LEADING)) continue;
            const float low = hits->time_ns[i];
            const float high =
                partner < 0 ? NAN : high_time(hits, &channel[partner], before, e, low);
            if (isnan(high) && !both_edges(hits->quality[i])) continue;
            hits->time_ns[i] -= lav_correction(&slewing->lav, low, high, hits->width_ns[i]);
        }
    }
    return SPW_OK;
}

/* ID = 100 threshold + channel. */
static void apply_hasc(const struct na62_hasc_slewing *hasc, struct spw_hits *hits)
{
    for (uint32_t i = 0; i < hits->rows.count; ++i) {
        const uint32_t threshold = hits->channel[i] / 100, channel = hits->channel[i] % 100;
        if (threshold > 3 || channel >= NA62_HASC_CHANNELS || !both_edges(hits->quality[i]))
            continue;
        const float w = hits->width_ns[i];
        const float *below = hasc->below_ns[channel][threshold];
        const float *above = hasc->above_ns[channel][threshold];
        hits->time_ns[i] -= w < (float)NA62_HASC_SPLIT_NS
                                ? below[0] + w * (below[1] + w * below[2])
                                : above[0] + w * (above[1] + w * (above[2] + w * above[3]));
    }
}

/* ID = 100000 station + 10000 chip + pixel; the last bin holds all wider pulses. */
static void apply_gtk(const struct na62_gtk_time_walk *walk, struct spw_hits *hits)
{
    if (!walk->n_bins) return;
    const float first = walk->edge_ns[0];
    const float per_ns = (float)walk->n_bins / (walk->edge_ns[walk->n_bins] - first);
    for (uint32_t i = 0; i < hits->rows.count; ++i) {
        if (!both_edges(hits->quality[i])) continue;
        const uint32_t chip =
            hits->channel[i] / 10000 % 10 + hits->channel[i] / 100000 * 10;
        const float at = (hits->width_ns[i] - first) * per_ns;
        const float last = (float)(walk->n_bins - 1);
        const uint32_t bin = (uint32_t)(at > 0.0f ? (at < last ? at : last) : 0.0f);
        hits->time_ns[i] -= walk->correction_ns[chip * walk->n_bins + bin];
    }
}

enum spw_status slewing_apply(const struct hit_slewing *slewing,
                              const struct spw_calibrate_kernels *kernels,
                              struct spw_hits *hits,
                              uint32_t n_events,
                              struct spw_arena *scratch)
{
    switch (slewing->kind) {
    case SLEWING_KTAG:
    case SLEWING_RICH:
        kernels->slew_linear(hits->rows.count, &slewing->linear, hits->index,
                             hits->width_ns, hits->quality, hits->time_ns);
        break;
    case SLEWING_CHANTI:
        kernels->slew_exponential(hits->rows.count, &slewing->exponential, hits->index,
                                  hits->width_ns, hits->quality, hits->time_ns);
        break;
    case SLEWING_LAV:
        return apply_lav(slewing, hits, n_events, scratch);
    case SLEWING_HASC:
        apply_hasc(slewing->hasc, hits);
        break;
    case SLEWING_GTK:
        apply_gtk(&slewing->walk, hits);
        break;
    case SLEWING_NONE:
    case SLEWING_N_KINDS:
        break;
    }
    return SPW_OK;
}
