#include "reco/mice/tables.h"

#include "io/date/date.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* "FIRST-LAST " at the beginning of an entry: the name behind it, or NULL when it is not there. */
static const char *read_range(const char *entry, unsigned long *first, unsigned long *last)
{
    char *end;
    *first = strtoul(entry, &end, 10);
    if (end == entry || *end != '-') return NULL;
    const char *second = end + 1;
    *last = strtoul(second, &end, 10);
    if (end == second || *end != ' ') return NULL;
    return end + strspn(end, " ");
}

/* "YYYY-MM-DD " at the beginning of an entry: the name behind it, or NULL. */
static const char *read_day(const char *entry, long *day)
{
    int year, month, date, length = 0;
    if (sscanf(entry, "%4d-%2d-%2d %n", &year, &month, &date, &length) != 3 || !length)
        return NULL;
    *day = year * 10000L + month * 100L + date;
    return entry + length;
}

static long day_of(double time_s)
{
    const time_t time = (time_t)time_s;
    struct tm utc;
    if (!gmtime_r(&time, &utc)) return 0;
    return (utc.tm_year + 1900) * 10000L + (utc.tm_mon + 1) * 100L + utc.tm_mday;
}

const char *mice_pick(const struct spw_texts *entries, uint32_t run, double time_s)
{
    const char *by_day = NULL;
    for (size_t i = 0; i < entries->count; ++i) {
        unsigned long first, last;
        long day;
        const char *name = read_day(entries->text[i], &day);
        if (name) {
            if (day <= day_of(time_s)) by_day = name;
            continue;
        }
        name = read_range(entries->text[i], &first, &last);
        if (!name) return entries->text[i];
        if (run >= first && run <= last) return name;
    }
    return by_day;
}

enum spw_status mice_open_table(struct spw_run *run,
                                const struct spw_texts *entries,
                                struct spw_text_table *table,
                                bool *found)
{
    *table = (struct spw_text_table){0};
    const char *name = mice_pick(entries, run->file->run, run->file->start_time_s);
    const char *path = name ? spw_run_constants(run, name) : NULL;
    *found = path != NULL;
    return path ? spw_text_table_open(table, &run->arena, path) : SPW_OK;
}

int64_t mice_integer(const struct spw_text_line *line, uint32_t i)
{
    if (i >= line->n_all) return -1;
    char *end;
    const long value = strtol(line->word[i], &end, 10);
    return *end || end == line->word[i] || value < 0 ? -1 : value;
}

double mice_number(const struct spw_text_line *line, uint32_t i)
{
    if (i >= line->n_all) return NAN;
    char *end;
    const double value = strtod(line->word[i], &end);
    return *end || end == line->word[i] ? NAN : value;
}

static bool has_address(const struct mice_daq_key *key)
{
    switch (key->equipment) {
    case DATE_EQUIPMENT_V1290:
        return key->geo < DATE_N_GEO && key->channel < 32;
    case DATE_EQUIPMENT_V1724:
    case DATE_EQUIPMENT_V1731:
        return key->geo < DATE_N_GEO && key->channel < 8;
    case DATE_EQUIPMENT_DBB:
        return key->geo < DATE_N_DBB && key->channel < 64;
    default:
        return false;
    }
}

bool mice_daq_key(const struct spw_text_line *line, uint32_t i, struct mice_daq_key *key)
{
    int64_t number[4];
    if (i + 5 > line->n_all || strcmp(line->word[i], "DAQChannelKey") != 0) return false;
    for (uint32_t k = 0; k < 4; ++k) {
        number[k] = mice_integer(line, i + 1 + k);
        if (number[k] < 0 || number[k] > 0xffff) return false;
    }
    *key = (struct mice_daq_key){(uint32_t)number[0], (uint32_t)number[1],
                                 (uint32_t)number[2], (uint32_t)number[3]};
    return key->ldc < DATE_N_LDC && has_address(key);
}

uint32_t mice_daq_address(const struct mice_daq_key *key)
{
    switch (key->equipment) {
    case DATE_EQUIPMENT_V1290:
        return date_address_v1290(key->ldc, key->geo, key->channel);
    case DATE_EQUIPMENT_DBB:
        return date_address_dbb(key->ldc, key->geo, key->channel);
    default:
        return date_address_fadc(key->ldc, key->geo, key->channel);
    }
}

enum spw_status mice_new_map(struct spw_arena *arena, uint32_t n, int32_t **map)
{
    SPW_NEW(arena, *map, n);
    memset(*map, 0xff, sizeof **map * n);
    return SPW_OK;
}
