#include "reco/calibrate/detector.h"

#include "geometry/nominal.h"
#include "io/na62/na62.h"

#include <assert.h>
#include <math.h>
#include <string.h>

#define OPTION(member, type, unit, fallback, help) \
    SPW_OPTION(struct hit_options, member, type, unit, fallback, help)

static const struct spw_option options[] = {
    OPTION(map,
           SPW_OPTION_TEXTS,
           NULL,
           "[]",
           "channel-map files, first found; else nominal"),
    OPTION(t0, SPW_OPTION_TEXTS, NULL, "[]", "T0 files by address, first found; else 0"),
    OPTION(slewing,
           SPW_OPTION_TEXT,
           NULL,
           "none",
           "none, ktag, rich, chanti, lav, hasc, gtk"),
    OPTION(slewing_file,
           SPW_OPTION_TEXTS,
           NULL,
           "[]",
           "files of its constants, first found"),
    OPTION(slewing_continuous,
           SPW_OPTION_BOOL,
           NULL,
           "true",
           "RICH: no jump of the correction at the ends of its range"),
    OPTION(drift_t0,
           SPW_OPTION_BOOL,
           NULL,
           "true",
           "subtract the trigger's drift of the burst"),
    OPTION(drift_time,
           SPW_OPTION_BOOL,
           NULL,
           "false",
           "straws: time relative to the trigger"),
    OPTION(masked, SPW_OPTION_REALS, "1", "[]", "geometric IDs to be dropped"),
    OPTION(masked_file, SPW_OPTION_TEXTS, NULL, "[]", "files with MaskedChannels="),
    OPTION(tier, SPW_OPTION_TEXT, NULL, "cdst", "smallest tier that writes the hits"),
    {.key = "addresses_per_board",
     .type = SPW_OPTION_INT,
     .fallback = "512",
     .help = "addresses in a bin of time_by_board",
     .min = 1,
     .max = 1e6,
     .offset = offsetof(struct hit_options, addresses_per_board)},
    {.key = "channels_per_group",
     .type = SPW_OPTION_INT,
     .fallback = "1",
     .help = "channels in a bin of time_by_channel",
     .min = 1,
     .max = 1e6,
     .offset = offsetof(struct hit_options, channels_per_group)},
    OPTION(time_min, SPW_OPTION_REAL, "ns", "-25 ns", "range of the time histograms"),
    OPTION(time_max, SPW_OPTION_REAL, "ns", "25 ns", "range of the time histograms"),
    OPTION(width_max, SPW_OPTION_REAL, "ns", "60 ns", "range of the width histogram"),
    {.key = "time_bins",
     .type = SPW_OPTION_INT,
     .fallback = "100",
     .help = "bins of the time histograms",
     .min = 1,
     .max = 10000,
     .offset = offsetof(struct hit_options, time_bins)},
};

/* GTK: address 18000 station + 40 (5 x 2 chips) ... to ID 100000 station + 10000 chip + pixel. */
static enum spw_status map_gtk(struct spw_channel_map *map, struct spw_arena *arena)
{
    int32_t *channel;
    SPW_NEW(arena, channel, NA62_GTK_PIXELS);
    for (int32_t a = 0; a < NA62_GTK_PIXELS; ++a) {
        const int32_t station = a / 18000, column = a % 200, row = a % 18000 / 200;
        const int32_t chip = column / 40 + 5 * (row / 45);
        channel[a] = 100000 * station + 10000 * chip + column % 40 + 40 * (row % 45);
    }
    return spw_channel_map_build(map, arena, channel, NA62_GTK_PIXELS);
}

static enum spw_status read_map(struct hit_detector *detector, struct spw_run *run)
{
    struct spw_text_table table;
    const uint32_t n = run->file->format->streams[detector->stream].n_addresses;
    SPW_TRY(spw_constants_open(&table, run, detector->options.map));
    if (table.count) return spw_channel_map_read(&detector->map, &run->arena, &table, n);
    if (n == NA62_GTK_PIXELS) return map_gtk(&detector->map, &run->arena);
    return spw_nominal_channel_map(&detector->map, &run->arena, detector->name);
}

static enum spw_status mask_channels(struct hit_detector *detector, struct spw_run *run)
{
    const struct hit_options *o = &detector->options;
    struct spw_text_table table;
    uint32_t *id = NULL, n = 0;
    SPW_TRY(spw_constants_open(&table, run, o->masked_file));
    if (table.count) SPW_TRY(na62_masked_channels_read(&id, &n, &run->arena, &table));
    for (uint32_t a = 0; a < detector->map.n_addresses; ++a) {
        if (detector->index[a] < 0) continue;
        const uint32_t channel = (uint32_t)detector->map.channel[a];
        bool masked = false;
        for (uint32_t i = 0; i < n; ++i) masked |= channel == id[i];
        for (size_t i = 0; i < o->masked.count; ++i)
            masked |= (double)channel == o->masked.value[i];
        if (masked) detector->index[a] = HIT_MASKED;
    }
    return SPW_OK;
}

/* T0s become whole ticks common to the detector (their mean) and a small rest an address. */
static enum spw_status prepare_channels(struct hit_detector *detector, struct spw_run *run)
{
    const struct spw_channel_map *map = &detector->map;
    const uint32_t n = run->file->format->streams[detector->stream].n_addresses;
    const double lsb_ns = run->file->format->streams[detector->stream].lsb_ns;
    assert(n < 1u << 22); /* calibrate_kernels.c: divided() */
    double *t0_ns, sum = 0.0;
    SPW_NEW(&run->arena, t0_ns, map->n_addresses);
    SPW_NEW(&run->arena, detector->index, n);
    SPW_NEW_ZEROS(&run->arena, detector->t0_ns, n);
    SPW_TRY(hit_t0_read(t0_ns, run, detector));
    for (uint32_t c = 0; c < map->n_channels; ++c) sum += t0_ns[map->address[c]];
    detector->origin_ticks =
        map->n_channels ? (int32_t)lround(sum / map->n_channels / lsb_ns) : 0;

    const uint32_t per_board = (uint32_t)detector->options.addresses_per_board;
    detector->n_boards = (n + per_board - 1) / per_board;
    for (uint32_t a = 0; a < n; ++a) {
        const bool mapped = a < map->n_addresses && map->index[a] >= 0;
        detector->index[a] = mapped ? map->index[a] : HIT_UNMAPPED;
        if (mapped)
            detector->t0_ns[a] = (float)(t0_ns[a] - detector->origin_ticks * lsb_ns);
    }
    return mask_channels(detector, run);
}

static enum spw_status prepare_slewing(struct hit_detector *detector, struct spw_run *run)
{
    struct spw_text_table table;
    SPW_TRY(slewing_parse(detector->options.slewing, &detector->slewing.kind));
    SPW_TRY(spw_constants_open(&table, run, detector->options.slewing_file));
    return slewing_prepare(&detector->slewing, &run->arena, &detector->map, &table,
                           detector->options.slewing_continuous);
}

static enum spw_status add_object(struct hit_detector *detector, struct spw_run *run)
{
    struct spw_object object = {
        .path = spw_arena_printf(&run->arena, "/%s/hits", detector->name),
        .offset_name = spw_arena_printf(&run->arena, "%s_hits_offset", detector->name),
        .table = detector->options.drift_time ? &spw_straw_hits_table : &spw_hits_table,
        .capacity_per_event = 8,
    };
    if (!object.path || !object.offset_name) return SPW_FAIL(SPW_RETRY, "out of memory");
    SPW_TRY(spw_tier_parse(detector->options.tier, &object.tier));
    return spw_run_add_object(run, &object, &detector->object);
}

static enum spw_status book(struct hit_detector *detector,
                            struct spw_run *run,
                            enum hit_histogram id,
                            const char *name,
                            const char *title,
                            const struct spw_axis axis[2])
{
    struct spw_histogram_spec spec = {.title = title, .axis = {axis[0], axis[1]}};
    spec.path = spw_arena_printf(&run->arena, "/%s/%s", detector->name, name);
    spec.n_axes = axis[1].bins ? 2 : 1;
    if (!spec.path) return SPW_FAIL(SPW_RETRY, "out of memory");
    return spw_histogram_book(&run->histograms, &run->arena, &spec,
                              &detector->histogram[id]);
}

/* Rows of times by channel to those of another histogram; `*one` when each goes to a single one:
   boards, and channels where no channels share a row. */
static enum spw_status fold_rows(uint32_t **row,
                                 bool *one,
                                 const struct hit_detector *detector,
                                 struct spw_run *run,
                                 bool boards)
{
    const struct hit_options *o = &detector->options;
    const uint32_t n = detector->map.n_channels, per = (uint32_t)o->channels_per_group;
    SPW_NEW_ZEROS(&run->arena, *row, (n + per - 1) / per + 2);
    *one = true;
    for (uint32_t a = 0; a < detector->map.n_addresses; ++a) {
        const int32_t channel = detector->map.index[a];
        if (channel < 0) continue;
        uint32_t *to = &(*row)[(uint32_t)channel / per + 1];
        const uint32_t at =
            boards ? a / (uint32_t)o->addresses_per_board : (uint32_t)channel;
        *one &= *to == 0 || *to == at + 1;
        *to = at + 1;
    }
    return SPW_OK;
}

/* Where times by channel tell the board or the channel, they need not be counted again. */
static enum spw_status fold_histograms(const struct hit_detector *detector,
                                       struct spw_run *run)
{
    for (int boards = 0; boards < 2; ++boards) {
        struct spw_fold fold = {.from = detector->histogram[HIT_TIME_BY_CHANNEL]};
        uint32_t *row;
        bool one = false;
        SPW_TRY(fold_rows(&row, &one, detector, run, boards));
        fold.row = row;
        const enum hit_histogram to = boards ? HIT_TIME_BY_BOARD : HIT_OCCUPANCY;
        if (one) spw_histogram_fold(&run->histograms, detector->histogram[to], fold);
    }
    return SPW_OK;
}

static enum spw_status book_histograms(struct hit_detector *detector, struct spw_run *run)
{
    const struct hit_options *o = &detector->options;
    const uint32_t n = detector->map.n_channels, per = (uint32_t)o->channels_per_group;
    const uint32_t groups = (n + per - 1) / per, bins = (uint32_t)o->time_bins;
    const struct spw_axis none = {0};
    const struct spw_axis time = {
        "time_ns", o->drift_time ? "drift time [ns]" : "hit time - trigger time [ns]",
        o->time_min, o->time_max, bins};
    const struct spw_axis channel = {"index", "dense channel number", 0, n, n};
    const struct spw_axis group = {
        "group", per == 1 ? "dense channel number" : "channel group", 0, groups, groups};
    const struct spw_axis board = {"board", "readout board", 0, detector->n_boards,
                                   detector->n_boards};
    const struct spw_axis width = {"width_ns", "time over threshold [ns]", 0, o->width_max,
                                   120};
    SPW_TRY(book(detector, run, HIT_OCCUPANCY, "occupancy", "hits by channel",
                 (struct spw_axis[]){channel, none}));
    SPW_TRY(book(detector, run, HIT_TIME_BY_CHANNEL, "time_by_channel", "time by channel",
                 (struct spw_axis[]){group, time}));
    SPW_TRY(book(detector, run, HIT_TIME_BY_BOARD, "time_by_board", "time by readout board",
                 (struct spw_axis[]){board, time}));
    SPW_TRY(book(detector, run, HIT_TIME_BY_WIDTH, "time_by_width",
                 "time against time over threshold", (struct spw_axis[]){width, time}));
    return fold_histograms(detector, run);
}

enum spw_status hit_detector_prepare(struct hit_detector *detector,
                                     struct spw_run *run,
                                     const struct spw_detector_entry *entry)
{
    detector->name = entry->name;
    detector->stream = entry->stream;
    detector->lsb_ns = (float)run->file->format->streams[entry->stream].lsb_ns;
    SPW_TRY(spw_config_read(run->config, entry->section, options,
                            sizeof options / sizeof *options, &detector->options));
    SPW_TRY(read_map(detector, run));
    SPW_TRY(prepare_channels(detector, run));
    SPW_TRY(prepare_slewing(detector, run));
    SPW_TRY(add_object(detector, run));
    return book_histograms(detector, run);
}
