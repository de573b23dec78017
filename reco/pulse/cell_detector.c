#include "reco/pulse/cell_detector.h"

#include "geometry/nominal.h"

#define OPTION(member, type, unit, fallback, help) \
    SPW_OPTION(struct cell_options, member, type, unit, fallback, help)
#define FILES(member, help) OPTION(member, SPW_OPTION_TEXTS, NULL, "[]", help)
#define NUMBER(member, unit, fallback, help) \
    OPTION(member, SPW_OPTION_REAL, unit, fallback, help)

static const struct spw_option options[] = {
    FILES(map, "channel-map files, first found; else nominal"),
    FILES(t0, "T0 files by address, first found; else 0"),
    FILES(pedestal, "LKr pedestals by cell"),
    FILES(slope, "LKr slopes by cell"),
    FILES(gains, "pedestals and gains by channel ID"),
    FILES(equalisation, "MUV1 equalisation by channel ID"),
    FILES(filter, "digital filter; without one, of the pulse shape below"),
    FILES(shape, "shape number by LKr cell"),
    FILES(dead, "dead LKr cells"),
    FILES(swaps, "CREAM modules with swapped halves, by burst"),
    FILES(jitters, "CREAM modules that are late by whole clocks, by burst"),
    NUMBER(nominal_pedestal,
           "1",
           "0",
           "counts, without a file; 0: mean of the first two samples"),
    NUMBER(nominal_gain, "MeV", "1 MeV", "per count, without a file"),
    NUMBER(pulse_tau, "ns", "72 ns", "pulse shape (u exp(1 - u))^power, u = 1 + t / tau"),
    NUMBER(pulse_power, "1", "6", "0: plain parabola instead of a filter"),
    NUMBER(peak_sample, "1", "3.5", "sample at which a pulse of time 0 has its maximum"),
    NUMBER(iterate_above, "MeV", "150 MeV", "filter twice above"),
    NUMBER(full_scale, "1", "16383", "counts: saturated from here"),
    OPTION(crate, SPW_OPTION_INT, NULL, "-1", "crate of all modules; -1: from the address"),
    OPTION(first_slot, SPW_OPTION_INT, NULL, "3", "slot of the first module of that crate"),
    OPTION(tier, SPW_OPTION_TEXT, NULL, "cdst", "smallest tier that writes the cells"),
    NUMBER(time_min, "ns", "-50 ns", "range of the time histograms"),
    NUMBER(time_max, "ns", "50 ns", "range of the time histograms"),
    NUMBER(pedestal_min, "1", "350", "range of the pedestal histogram"),
    NUMBER(pedestal_max, "1", "450", "range of the pedestal histogram"),
    NUMBER(threshold,
           "MeV",
           "100 MeV",
           "energy from which pulses enter the time histograms"),
};

static enum spw_status read_map(struct cell_detector *detector, struct spw_run *run)
{
    struct spw_text_table table;
    const uint32_t n = run->file->format->streams[detector->stream].n_addresses;
    SPW_TRY(spw_constants_open(&table, run, detector->options.map));
    if (table.count) return spw_channel_map_read(&detector->map, &run->arena, &table, n);
    return spw_nominal_channel_map(&detector->map, &run->arena, detector->name);
}

static enum spw_status add_object(struct cell_detector *detector, struct spw_run *run)
{
    struct spw_object object = {
        .path = spw_arena_printf(&run->arena, "/%s/cells", detector->name),
        .offset_name = spw_arena_printf(&run->arena, "%s_cells_offset", detector->name),
        .table = &spw_cells_table,
        .capacity_per_event = 8,
    };
    if (!object.path || !object.offset_name) return SPW_FAIL(SPW_RETRY, "out of memory");
    SPW_TRY(spw_tier_parse(detector->options.tier, &object.tier));
    return spw_run_add_object(run, &object, &detector->object);
}

static enum spw_status book(struct cell_detector *detector,
                            struct spw_run *run,
                            enum cell_histogram id,
                            struct spw_histogram_spec spec)
{
    spec.path = spw_arena_printf(&run->arena, "/%s/%s", detector->name, spec.path);
    spec.n_axes = spec.axis[1].bins ? 2 : 1;
    if (!spec.path) return SPW_FAIL(SPW_RETRY, "out of memory");
    return spw_histogram_book(&run->histograms, &run->arena, &spec,
                              &detector->histogram[id]);
}

/* What tables by channel tell need not be counted again: pulses of a channel, for every one has a
   pedestal, and times of a crate where all channels stand in one. */
static enum spw_status fold_histograms(struct cell_detector *detector, struct spw_run *run)
{
    const uint32_t n_addresses = run->file->format->streams[detector->stream].n_addresses;
    const uint32_t n = detector->map.n_channels, *id = detector->histogram;
    uint32_t *channel, *crate;
    bool one = true;
    SPW_NEW(&run->arena, channel, n + 2);
    SPW_NEW_ZEROS(&run->arena, crate, n + 2);
    for (uint32_t i = 0; i < n + 2; ++i) channel[i] = i;
    for (uint32_t a = 0; a < n_addresses; ++a) {
        const struct spw_pulse_channel *from = &detector->channel[a];
        if (from->index < 0) continue;
        uint32_t *to = &crate[from->index + 1];
        one &= *to == 0 || *to == from->crate + 1;
        *to = from->crate + 1;
    }
    spw_histogram_fold(&run->histograms, id[CELL_OCCUPANCY],
                       (struct spw_fold){id[CELL_PEDESTAL], channel});
    if (one)
        spw_histogram_fold(&run->histograms, id[CELL_TIME_BY_CRATE],
                           (struct spw_fold){id[CELL_TIME_BY_CHANNEL], crate});
    detector->crates_folded = one;
    return SPW_OK;
}

static enum spw_status book_histograms(struct cell_detector *detector, struct spw_run *run)
{
    const struct cell_options *o = &detector->options;
    const uint32_t n = detector->map.n_channels;
    const struct spw_axis channel = {"index", "dense channel number", 0, n, n};
    const struct spw_axis crate = {"crate", "crate", 0, 32, 32};
    const struct spw_axis time = {"time_ns", "pulse time - trigger time [ns]", o->time_min,
                                  o->time_max, 50};
    const struct spw_axis pedestal = {"pedestal_adc",
                                      "mean of the first two samples [counts]",
                                      o->pedestal_min, o->pedestal_max, 50};
    const struct spw_axis height = {"amplitude_adc", "amplitude [counts]", 0, o->full_scale,
                                    256};
    const struct spw_histogram_spec spec[CELL_N_HISTOGRAMS] = {
        [CELL_OCCUPANCY] = {.path = "occupancy",
                            .title = "pulses by channel",
                            .axis = {channel}},
        [CELL_PEDESTAL] = {.path = "pedestal_by_channel",
                           .title = "pedestal by channel",
                           .axis = {channel, pedestal}},
        [CELL_TIME_BY_CHANNEL] = {.path = "time_by_channel",
                                  .title = "time by channel",
                                  .axis = {channel, time}},
        [CELL_TIME_BY_CRATE] = {.path = "time_by_crate",
                                .title = "time by crate",
                                .axis = {crate, time}},
        [CELL_AMPLITUDE_BY_CRATE] = {.path = "amplitude_by_crate",
                                     .title = "amplitude by crate",
                                     .axis = {crate, height}},
    };
    for (int i = 0; i < CELL_N_HISTOGRAMS; ++i)
        SPW_TRY(book(detector, run, (enum cell_histogram)i, spec[i]));
    return fold_histograms(detector, run);
}

enum spw_status cell_detector_prepare(struct cell_detector *detector,
                                      struct spw_run *run,
                                      const struct spw_detector_entry *entry)
{
    detector->name = entry->name;
    detector->stream = entry->stream;
    SPW_TRY(spw_config_read(run->config, entry->section, options,
                            sizeof options / sizeof *options, &detector->options));
    SPW_TRY(read_map(detector, run));
    SPW_TRY(cell_constants_read(detector, run));
    SPW_TRY(add_object(detector, run));
    return book_histograms(detector, run);
}
