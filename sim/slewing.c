#include "sim/slewing.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

enum spw_status sim_slewing_open(struct sim_slewing *slewing,
                                 struct spw_arena *arena,
                                 const char *name,
                                 const struct spw_text_table *table,
                                 uint32_t n_addresses)
{
    struct na62_width_slewing *width;
    struct na62_chanti_slewing *chanti;
    struct na62_hasc_slewing *hasc;
    struct na62_gtk_time_walk *walk;
    if (!table->count) return SPW_OK;
    if (strcmp(name, "ktag") == 0) {
        SPW_NEW_ZEROS(arena, width, 1);
        slewing->ktag = width;
        return na62_ktag_slewing_read(width, arena, table, n_addresses);
    }
    if (strcmp(name, "rich") == 0) {
        SPW_NEW_ZEROS(arena, width, 1);
        slewing->rich = width;
        return na62_rich_slewing_read(width, arena, table);
    }
    if (strcmp(name, "chanti") == 0) {
        SPW_NEW_ZEROS(arena, chanti, 1);
        slewing->chanti = chanti;
        return na62_chanti_slewing_read(chanti, arena, table, n_addresses);
    }
    if (strcmp(name, "hasc") == 0) {
        SPW_NEW_ZEROS(arena, hasc, 1);
        slewing->hasc = hasc;
        return na62_hasc_slewing_read(hasc, table);
    }
    if (strcmp(name, "gtk") == 0) {
        SPW_NEW_ZEROS(arena, walk, 1);
        slewing->gtk = walk;
        return na62_gtk_time_walk_read(walk, arena, table);
    }
    return SPW_OK;
}

static double ktag_ns(const struct na62_width_slewing *s, uint32_t address, double width)
{
    const double low = (double)s->min_width_ns[address],
                 high = (double)s->max_width_ns[address];
    if (!(high > low)) return 0;
    const double place = (fmin(fmax(width, low), high) - low) / (high - low);
    return (double)s->at_min_ns[address] * (1 - place) +
           (double)s->at_max_ns[address] * place;
}

/* Inside the range (W - middle) slope; outside constants, or the formula at its ends. */
static double rich_ns(const struct sim_slewing *slewing, uint32_t id, double width)
{
    const struct na62_width_slewing *s = slewing->rich;
    const int32_t n = na62_rich_sequential(id);
    if (n < 0 || !(s->max_width_ns[n] > s->min_width_ns[n])) return 0;
    const double low = (double)s->min_width_ns[n], high = (double)s->max_width_ns[n];
    const double slope = ((double)s->at_max_ns[n] - (double)s->at_min_ns[n]) / (high - low);
    if (!slewing->rich_continuous && width < low) return (double)s->at_min_ns[n];
    if (!slewing->rich_continuous && width > high) return (double)s->at_max_ns[n];
    return slope * (fmin(fmax(width, low), high) - (low + high) / 2);
}

static double hasc_ns(const struct na62_hasc_slewing *s, uint32_t id, double w)
{
    const uint32_t threshold = id / 100, channel = id % 100;
    if (threshold > 3 || channel >= NA62_HASC_CHANNELS) return 0;
    const float *c = w < NA62_HASC_SPLIT_NS ? s->below_ns[channel][threshold]
                                            : s->above_ns[channel][threshold];
    const double cubic = w < NA62_HASC_SPLIT_NS ? 0 : (double)c[3];
    return (double)c[0] + w * ((double)c[1] + w * ((double)c[2] + w * cubic));
}

static double gtk_ns(const struct na62_gtk_time_walk *s, uint32_t id, double width)
{
    const uint32_t chip = id / 100000 * 10 + id / 10000 % 10;
    uint32_t bin = 0;
    if (!s->n_bins) return 0;
    while (bin + 1 < s->n_bins && width >= (double)s->edge_ns[bin + 1]) ++bin;
    return (double)s->correction_ns[chip * s->n_bins + bin];
}

double sim_slewing_ns(const struct sim_slewing *slewing,
                      uint32_t address,
                      uint32_t id,
                      double width_ns)
{
    if (slewing->ktag) return ktag_ns(slewing->ktag, address, width_ns);
    if (slewing->rich) return rich_ns(slewing, id, width_ns);
    if (slewing->chanti)
        return (double)slewing->chanti->p2_ns[address] +
               (double)slewing->chanti->p1_ns[address] *
                   exp((double)slewing->chanti->p0_per_ns[address] * width_ns);
    if (slewing->hasc) return hasc_ns(slewing->hasc, id, width_ns);
    if (slewing->gtk) return gtk_ns(slewing->gtk, id, width_ns);
    return 0;
}
