#include "io/na62/constants_decoder.h"
#include "io/na62/constants_internal.h"

#include <stdlib.h>
#include <string.h>

/* Words of a line as unsigned numbers of a base, the key not among them. */
static uint32_t take_unsigned(const struct spw_text_line *line,
                              uint32_t *value,
                              uint32_t capacity,
                              int base)
{
    uint32_t n = 0;
    for (uint32_t i = 1; i < line->n_all && n < capacity; ++i) {
        char *end;
        const unsigned long long number = strtoull(line->word[i], &end, base);
        if (end == line->word[i] || *end || number > UINT32_MAX) break;
        value[n++] = (uint32_t)number;
    }
    return n;
}

static uint32_t
take_signed(const struct spw_text_line *line, int32_t *value, uint32_t capacity)
{
    uint32_t n = 0;
    for (; n < line->n_values && n < capacity; ++n) {
        if (!(fabs(line->value[n]) < INT32_MAX)) break;
        value[n] = (int32_t)line->value[n];
    }
    return n;
}

static bool take_real(const struct spw_text_line *line, double *value)
{
    if (!na62_has_numbers(line, 1)) return false;
    *value = line->value[0];
    return true;
}

/* Numbers, and lists with their counts. */
static bool read_lists(struct na62_decoder_settings *s, const struct spw_text_line *line)
{
    const char *key = line->key;

    const struct {
        const char *key;
        uint32_t *value, *count, capacity;
        int base;
    } lists[] = {
        {"NROBoards", &s->n_boards, NULL, 1, 10},
        {"NROChannels", &s->n_channels, NULL, 1, 10},
        {"NROBoardsPerStation", s->boards_per_station, &s->n_stations, NA62_MAX_BOARDS, 10},
        {"ROMezzanineMasksPerBoard", s->mezzanine_mask, &s->n_masks, NA62_MAX_BOARDS, 16},
        {"NFPGAs", s->n_fpgas, &s->n_fpga_boards, NA62_MAX_BOARDS, 10},
        {"Latency", &s->latency, NULL, 1, 16},
        {"SRBOffset", &s->srb_offset, NULL, 1, 16},
        {"SRBLatency", s->srb_latency, &s->n_srb_latencies, NA62_MAX_BOARDS, 16},
        {"DataFormat", &s->data_format, NULL, 1, 10},
    };

    for (size_t i = 0; i < sizeof lists / sizeof *lists; ++i) {
        if (strcmp(key, lists[i].key) != 0) continue;
        const uint32_t n =
            take_unsigned(line, lists[i].value, lists[i].capacity, lists[i].base);
        if (lists[i].count) *lists[i].count = n;
        return n > 0;
    }
    return false;
}

static bool read_times(struct na62_decoder_settings *s, const struct spw_text_line *line)
{
    const char *key = line->key;
    if (strcmp(key, "NSlots") == 0)
        return (s->n_slot_values = take_signed(line, s->n_slots, NA62_MAX_MEZZANINES)) > 0;
    if (strcmp(key, "LastSlotID") == 0)
        return (s->n_last_values = take_signed(line, s->last_slot, NA62_MAX_MEZZANINES)) >
               0;
    if (strcmp(key, "OffsetTimeStamp") == 0)
        return take_signed(line, s->timestamp_offset, 3) > 0;
    if (strcmp(key, "minTime") == 0) return take_real(line, &s->min_time_ns);
    if (strcmp(key, "maxTime") == 0) return take_real(line, &s->max_time_ns);
    if (strcmp(key, "HitEnergyThr") == 0) return take_real(line, &s->hit_threshold);
    return false;
}

static bool
read_remap(int32_t remap[32], const struct spw_text_line *line, const char *stem)
{
    const int64_t number = spw_text_key_number(line->key, stem);
    return (number == 0 || number == 1) && take_signed(line, remap + 16 * number, 16) > 0;
}

enum spw_status na62_decoder_settings_read(struct na62_decoder_settings *settings,
                                           const struct spw_text_table *table)
{
    *settings = (struct na62_decoder_settings){0};
    for (int i = 0; i < 32; ++i) settings->crate_index[i] = settings->slot_index[i] = -1;
    uint32_t n_read = 0;
    for (uint32_t i = 0; i < table->count; ++i) {
        const struct spw_text_line *line = &table->line[i];
        n_read += read_lists(settings, line) || read_times(settings, line) ||
                  read_remap(settings->crate_index, line, "CrRemap_") ||
                  read_remap(settings->slot_index, line, "SlRemap_");
    }
    return n_read ? SPW_OK : NA62_NOTHING(table, "setting of the read-out");
}

enum spw_status na62_masked_channels_read(uint32_t **id,
                                          uint32_t *count,
                                          struct spw_arena *arena,
                                          const struct spw_text_table *table)
{
    uint32_t capacity = 0, n = 0, n_lines = 0;
    for (uint32_t i = 0; i < table->count; ++i) capacity += table->line[i].n_values;
    SPW_NEW(arena, *id, capacity);
    for (uint32_t i = 0; i < table->count; ++i) {
        const struct spw_text_line *line = &table->line[i];
        if (strcmp(line->key, "MaskedChannels") != 0) continue;
        ++n_lines;
        for (uint32_t j = 0; j < line->n_values; ++j)
            n += na62_whole(line->value[j], INT32_MAX, *id + n);
    }
    *count = n;
    return n_lines ? SPW_OK : NA62_NOTHING(table, "MaskedChannels=");
}
