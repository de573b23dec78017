/* Stage tracker: fibre digits from VLSB words; pedestals, noise and common mode of data without
 * zero suppression (formats/mice.md 5.5, 7; docs/physics/mice.md 4). */
#include "reco/mice/tracker.h"
#include "io/date/date.h"
#include "reco/mice/tracker_pedestals.h"
#include "reco/stage.h"

#include <math.h>

struct tracker_options {
    struct tracker_files files;
    double min_pe, station_min_pe;
    bool station_skip_first;
    int64_t pedestal_triggers;
};

#define TRACKER_FILES(member, fallback_, help_)                                   \
    {                                                                             \
        .key = #member, .type = SPW_OPTION_TEXTS, .fallback = (fallback_),        \
        .help = (help_), .offset = offsetof(struct tracker_options, files.member) \
    }

static const struct spw_option options[] = {
    TRACKER_FILES(map,
                  "[0-3999 se_mapping_2012.txt, 1970-01-01 scifi_mapping.txt, "
                  "2015-06-18 scifi_mapping_2015-06-18.txt, "
                  "2015-07-28 scifi_mapping_2015-07-28.txt, "
                  "2015-09-11 scifi_mapping_2015-09-11.txt]",
                  "channel maps by run or first day"),
    TRACKER_FILES(
        calibration,
        "[0-3999 se_calibration_2012.txt, 1970-01-01 scifi_calibration_jan2013.txt, "
        "2015-06-18 scifi_calibration_2015-06-18.txt, "
        "2015-07-28 scifi_calibration_2015-07-28.txt, "
        "2015-09-12 scifi_calibration_2015-09-12.txt]",
        "pedestals and gains by run or first day"),
    TRACKER_FILES(bad,
                  "[0-3999 se_bad_chan_list_2012.txt, 1970-01-01 scifi_bad_channels.txt, "
                  "2015-06-18 scifi_bad_channels_2015-06-18.txt]",
                  "bad channels by run or first day"),
    SPW_OPTION(struct tracker_options,
               min_pe,
               SPW_OPTION_REAL,
               "1",
               "2",
               "digits have more photo-electrons than this"),
    SPW_OPTION(struct tracker_options,
               station_min_pe,
               SPW_OPTION_REAL,
               "1",
               "1",
               "the same for the single station of 2012"),
    SPW_OPTION(struct tracker_options,
               station_skip_first,
               SPW_OPTION_BOOL,
               NULL,
               "true",
               "no digits from the first trigger of a spill (single station)"),
    {.key = "pedestal_triggers",
     .type = SPW_OPTION_INT,
     .fallback = "5000",
     .min = 0,
     .max = 1000000,
     .help = "triggers that pedestals are measured from; 0: not measured",
     .offset = offsetof(struct tracker_options, pedestal_triggers)},
};

struct tracker_state {
    struct tracker_options options;
    struct tracker_constants constants;
    struct tracker_pedestals pedestals;
    uint32_t digits, common, channels, groups;
    uint32_t adc, pe; /* histograms */
};

static enum spw_status add_objects(struct spw_run *run, struct tracker_state *state)
{
    const struct spw_object digits = {.path = "/tracker/digits",
                                      .offset_name = "tracker_digits_offset",
                                      .table = &tracker_digits_table,
                                      .tier = SPW_TIER_RECO,
                                      .capacity_per_event = 4};
    const struct spw_object common = {.path = "/tracker/common_mode",
                                      .offset_name = "tracker_common_mode_offset",
                                      .table = &tracker_common_table,
                                      .tier = SPW_TIER_RECO,
                                      .capacity_per_event = 16};
    const struct spw_object channels = {.path = "/tracker/channels",
                                        .table = &tracker_channels_table,
                                        .tier = SPW_TIER_RECO,
                                        .per_spill = true};
    const struct spw_object groups = {.path = "/tracker/groups",
                                      .table = &tracker_groups_table,
                                      .tier = SPW_TIER_RECO,
                                      .per_spill = true};
    SPW_TRY(spw_run_add_object(run, &digits, &state->digits));
    SPW_TRY(spw_run_add_object(run, &common, &state->common));
    SPW_TRY(spw_run_add_object(run, &channels, &state->channels));
    return spw_run_add_object(run, &groups, &state->groups);
}

/* The big ADC histogram is booked only for files with tracker data. */
static enum spw_status book(struct spw_run *run, struct tracker_state *state, bool there)
{
    const uint32_t channels = there ? TRACKER_CHANNELS : 1;
    const struct spw_histogram_spec adc = {
        "/tracker/adc_by_channel",
        "ADC of tracker channels",
        2,
        {{"channel", "128 bank + channel", 0, channels, channels},
         {"adc", "ADC [counts]", 0, TRACKER_ADC_VALUES, TRACKER_ADC_VALUES}}};
    const struct spw_histogram_spec pe = {"/tracker/pe",
                                          "photo-electrons of tracker digits",
                                          1,
                                          {{"pe", "photo-electrons", 0, 50, 500}}};
    SPW_TRY(spw_histogram_book(&run->histograms, &run->arena, &adc, &state->adc));
    return spw_histogram_book(&run->histograms, &run->arena, &pe, &state->pe);
}

static enum spw_status prepare(struct spw_run *run, void **state_)
{
    struct tracker_state *state;
    SPW_NEW_ZEROS(&run->arena, state, 1);
    SPW_TRY(spw_config_read(run->config, "tracker", options,
                            sizeof options / sizeof *options, &state->options));
    const bool there = date_has_board(run->file, DATE_EQUIPMENT_VLSB_BANK) ||
                       date_has_board(run->file, DATE_EQUIPMENT_VLSB_C);
    SPW_TRY(tracker_constants_read(run, &state->options.files, &state->constants));
    if (there && state->options.pedestal_triggers)
        SPW_TRY(tracker_pedestals_measure(run, (uint32_t)state->options.pedestal_triggers,
                                          &state->pedestals));
    SPW_TRY(add_objects(run, state));
    *state_ = state;
    return book(run, state, there);
}

static void put_digit(const struct tracker_channel *channel,
                      const struct spw_raw_hits *hits,
                      uint32_t i,
                      double pe,
                      struct tracker_digits *out)
{
    const uint32_t row = out->rows.count++, address = hits->address[i] % TRACKER_CHANNELS;
    out->tracker[row] = channel->tracker;
    out->station[row] = channel->station;
    out->view[row] = channel->view;
    out->fibre[row] = channel->fibre;
    out->bank[row] = (uint8_t)(address / TRACKER_BANK_CHANNELS);
    out->channel[row] = (uint8_t)(address % TRACKER_BANK_CHANNELS);
    out->adc[row] = hits->value[i];
    out->tdc[row] = hits->ticks[i];
    out->pe[row] = pe;
    out->discriminator[row] = hits->edge[i];
}

static void make_digits(const struct tracker_state *state,
                        struct spw_worker *worker,
                        const struct spw_raw_hits *hits,
                        uint32_t e,
                        bool skip,
                        struct tracker_digits *out)
{
    const double min_pe = state->constants.single_station ? state->options.station_min_pe
                                                          : state->options.min_pe;
    struct spw_histogram *adc = &worker->histogram[state->adc];
    for (uint32_t i = hits->rows.first[e]; i < hits->rows.first[e + 1]; ++i) {
        const uint32_t address = hits->address[i] % TRACKER_CHANNELS;
        const struct tracker_channel *channel = &state->constants.channel[address];
        spw_fill2(adc, (float)address, hits->value[i]);
        const double pe = tracker_pe(channel, hits->value[i]);
        if (skip || !channel->mapped || !(pe > min_pe)) continue;
        put_digit(channel, hits, i, pe, out);
        spw_fill(&worker->histogram[state->pe], (float)pe);
    }
}

/* Common mode of each group of the full banks of event e. */
static void make_common_mode(const struct tracker_state *state,
                             const struct spw_raw_hits *hits,
                             uint32_t e,
                             struct tracker_common *out)
{
    const uint32_t end = hits->rows.first[e + 1];
    for (uint32_t i = hits->rows.first[e]; i < end;) {
        struct tracker_bank bank;
        const int32_t number = tracker_full_bank(hits, i, end);
        if (number < 0) {
            ++i;
            continue;
        }
        tracker_bank_read(hits, i, &bank);
        for (uint32_t c = 0; c < TRACKER_BANK_CHANNELS; c += TRACKER_GROUP) {
            const int32_t *median4 =
                state->pedestals.median4 + number * TRACKER_BANK_CHANNELS + c;
            const uint32_t row = out->rows.count++;
            out->bank[row] = (uint8_t)number;
            out->group[row] = (uint8_t)(c / TRACKER_GROUP);
            out->common_mode_adc[row] =
                0.25f * (float)tracker_common_mode4(bank.adc + c, median4);
        }
        i += TRACKER_BANK_CHANNELS;
    }
}

static void
put_channel(const struct tracker_state *state, uint32_t c, struct tracker_channel_rows *out)
{
    const struct tracker_pedestals *p = &state->pedestals;
    const struct tracker_channel *stored = &state->constants.channel[c];
    const uint32_t row = out->rows.count++;
    out->bank[row] = (uint8_t)(c / TRACKER_BANK_CHANNELS);
    out->channel[row] = (uint8_t)(c % TRACKER_BANK_CHANNELS);
    out->n_samples[row] = p->adc[c].n;
    out->pedestal_adc[row] = tracker_mean(&p->adc[c]);
    out->median_adc[row] = 0.25 * p->median4[c];
    out->noise_adc[row] = tracker_rms(&p->adc[c]);
    out->noise_after_adc[row] = 0.25 * tracker_rms(&p->after[c]);
    out->stored_pedestal_adc[row] = stored->pedestal_adc;
    out->stored_gain_adc[row] = stored->gain_adc;
    out->bad[row] = stored->bad;
    out->tdc_mean[row] = tracker_mean(&p->tdc[c]);
    out->n_discriminator[row] = p->n_discriminator[c];
}

static void
put_group(const struct tracker_state *state, uint32_t g, struct tracker_group_rows *out)
{
    const struct tracker_pedestals *p = &state->pedestals;
    double pedestal = 0, noise = 0, after = 0;
    for (uint32_t c = g * TRACKER_GROUP; c < (g + 1) * TRACKER_GROUP; ++c) {
        pedestal += tracker_mean(&p->adc[c]);
        noise += tracker_rms(&p->adc[c]);
        after += 0.25 * tracker_rms(&p->after[c]);
    }
    const uint32_t row = out->rows.count++, groups = TRACKER_BANK_CHANNELS / TRACKER_GROUP;
    out->bank[row] = (uint8_t)(g / groups);
    out->group[row] = (uint8_t)(g % groups);
    out->pedestal_adc[row] = pedestal / TRACKER_GROUP;
    out->noise_adc[row] = noise / TRACKER_GROUP;
    out->common_mode_adc[row] = 0.25 * tracker_rms(&p->common_mode[g]);
    out->noise_after_adc[row] = after / TRACKER_GROUP;
}

/* The run's summary travels with the first batch. */
static enum spw_status put_summary(const struct tracker_state *state,
                                   struct spw_batch *batch)
{
    struct tracker_channel_rows *channels =
        SPW_OBJECT(batch, state->channels, struct tracker_channel_rows);
    struct tracker_group_rows *groups =
        SPW_OBJECT(batch, state->groups, struct tracker_group_rows);
    SPW_TRY(spw_rows_reserve(&channels->rows, &tracker_channels_table, &batch->arena,
                             TRACKER_CHANNELS));
    SPW_TRY(spw_rows_reserve(&groups->rows, &tracker_groups_table, &batch->arena,
                             TRACKER_GROUPS));
    for (uint32_t g = 0; g < TRACKER_GROUPS; ++g) {
        const uint32_t first = g * TRACKER_GROUP;
        if (!state->pedestals.adc[first].n) continue;
        put_group(state, g, groups);
        for (uint32_t c = first; c < first + TRACKER_GROUP; ++c)
            put_channel(state, c, channels);
    }
    return SPW_OK;
}

static enum spw_status
run_batch(const void *state_, struct spw_worker *worker, struct spw_batch *batch)
{
    const struct tracker_state *state = state_;
    const struct spw_raw_hits *hits = &batch->raw.hits[DATE_VLSB];
    struct tracker_digits *digits = SPW_OBJECT(batch, state->digits, struct tracker_digits);
    struct tracker_common *common = SPW_OBJECT(batch, state->common, struct tracker_common);
    SPW_TRY(spw_rows_reserve(&digits->rows, &tracker_digits_table, &batch->arena,
                             hits->rows.count));
    SPW_TRY(spw_rows_reserve(&common->rows, &tracker_common_table, &batch->arena,
                             hits->rows.count / TRACKER_GROUP));
    for (uint32_t e = 0; e < batch->raw.n_events; ++e) {
        const bool skip = state->constants.single_station &&
                          state->options.station_skip_first &&
                          batch->raw.events.event[e] == 0;
        make_digits(state, worker, hits, e, skip, digits);
        if (state->pedestals.measured) make_common_mode(state, hits, e, common);
        digits->rows.first[e + 1] = digits->rows.count;
        common->rows.first[e + 1] = common->rows.count;
    }
    if (batch->raw.first_event == 0 && state->pedestals.measured)
        return put_summary(state, batch);
    return SPW_OK;
}

const struct spw_stage spw_stage_tracker = {
    .name = "tracker",
    .meaning = "fibre digits, pedestals and common mode of the trackers",
    .needs = (const char *const[]){"raw", NULL},
    .makes = (const char *const[]){"tracker", NULL},
    .prepare = prepare,
    .run = run_batch,
};
