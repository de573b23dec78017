#include "reco/mice/tracker_constants.h"

#include "core/json.h"

#include <math.h>
#include <stdio.h>

enum { STATION_WORDS = 4, FULL_WORDS = 10, BANKS_PER_BOARD = 4 };

static struct tracker_channel *
find_channel(const struct tracker_constants *constants, double bank, double channel)
{
    if (!(bank >= 0 && bank < TRACKER_BANKS && channel >= 0 &&
          channel < TRACKER_BANK_CHANNELS))
        return NULL;
    return &constants->channel[(uint32_t)bank * TRACKER_BANK_CHANNELS + (uint32_t)channel];
}

/* 2012: bank channel view fibre */
static void read_station_line(const struct spw_text_line *line,
                              struct tracker_constants *constants)
{
    struct tracker_channel *c =
        find_channel(constants, mice_number(line, 0), mice_number(line, 1));
    if (!c || c->mapped) return;
    *c = (struct tracker_channel){.mapped = true,
                                  .view = (uint8_t)mice_integer(line, 2),
                                  .fibre = (int16_t)mice_integer(line, 3)};
}

/* board bank channel tracker station plane fibre_channel extWG inWG WGfibre */
static void read_full_line(const struct spw_text_line *line,
                           struct tracker_constants *constants)
{
    const double bank = BANKS_PER_BOARD * mice_number(line, 0) + mice_number(line, 1);
    struct tracker_channel *c = find_channel(constants, bank, mice_number(line, 2));
    if (!c || c->mapped) return;
    *c = (struct tracker_channel){.mapped = true,
                                  .tracker = (uint8_t)mice_integer(line, 3),
                                  .station = (uint8_t)mice_integer(line, 4),
                                  .view = (uint8_t)mice_integer(line, 5),
                                  .fibre = (int16_t)mice_integer(line, 6)};
}

static enum spw_status read_map(struct spw_run *run,
                                const struct tracker_files *files,
                                struct tracker_constants *constants)
{
    struct spw_text_table table;
    bool found;
    SPW_TRY(mice_open_table(run, &files->map, &table, &found));
    for (uint32_t i = 0; i < table.count; ++i) {
        if (table.line[i].n_all == STATION_WORDS) {
            constants->single_station = true;
            read_station_line(&table.line[i], constants);
        } else if (table.line[i].n_all == FULL_WORDS) {
            read_full_line(&table.line[i], constants);
        }
    }
    return SPW_OK;
}

static void set_calibration(struct tracker_constants *constants, const double row[4])
{
    struct tracker_channel *c = find_channel(constants, row[0], row[1]);
    if (!c || isnan(row[2]) || isnan(row[3])) return;
    c->pedestal_adc = row[2];
    c->gain_adc = row[3];
    constants->calibrated = true;
}

/* True when the first byte that is no blank is '['. */
static bool is_json(const char *path)
{
    FILE *file = fopen(path, "r");
    if (!file) return false;
    int byte = fgetc(file);
    while (byte == ' ' || byte == '\n' || byte == '\r' || byte == '\t') byte = fgetc(file);
    fclose(file);
    return byte == '[';
}

static enum spw_status
read_json(struct spw_run *run, const char *path, struct tracker_constants *constants)
{
    static const char *const keys[] = {"bank", "channel", "adc_pedestal", "adc_gain"};
    struct spw_json_table table;
    SPW_TRY(spw_json_table_open(&table, &run->arena, path, keys, 4));
    for (uint32_t i = 0; i < table.count; ++i)
        set_calibration(constants, table.value + 4 * i);
    return SPW_OK;
}

static enum spw_status read_calibration(struct spw_run *run,
                                        const struct tracker_files *files,
                                        struct tracker_constants *constants)
{
    const char *name =
        mice_pick(&files->calibration, run->file->run, run->file->start_time_s);
    const char *path = name ? spw_run_constants(run, name) : NULL;
    if (!path) return SPW_OK;
    if (is_json(path)) return read_json(run, path, constants);
    struct spw_text_table table;
    SPW_TRY(spw_text_table_open(&table, &run->arena, path));
    for (uint32_t i = 0; i < table.count; ++i) {
        double row[4];
        if (table.line[i].n_all != 4) continue;
        for (uint32_t k = 0; k < 4; ++k) row[k] = mice_number(&table.line[i], k);
        set_calibration(constants, row);
    }
    return SPW_OK;
}

static enum spw_status read_bad(struct spw_run *run,
                                const struct tracker_files *files,
                                struct tracker_constants *constants)
{
    struct spw_text_table table;
    bool found;
    SPW_TRY(mice_open_table(run, &files->bad, &table, &found));
    for (uint32_t i = 0; i < table.count; ++i) {
        struct tracker_channel *c = find_channel(constants, mice_number(&table.line[i], 0),
                                                 mice_number(&table.line[i], 1));
        if (c) c->bad = true;
    }
    return SPW_OK;
}

enum spw_status tracker_constants_read(struct spw_run *run,
                                       const struct tracker_files *files,
                                       struct tracker_constants *constants)
{
    SPW_NEW_ZEROS(&run->arena, constants->channel, TRACKER_CHANNELS);
    SPW_TRY(read_map(run, files, constants));
    SPW_TRY(read_calibration(run, files, constants));
    return read_bad(run, files, constants);
}
