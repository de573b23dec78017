#include "geometry/channel_map.h"

#include <math.h>
#include <stdlib.h>

/* ID above, address below: sorting gives ascending IDs, and the first address of each first. */
static uint64_t pack(int32_t id, uint32_t address)
{
    return (uint64_t)(uint32_t)id << 32 | address;
}

static int compare(const void *a, const void *b)
{
    const uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

static uint32_t collect(uint64_t *pair, const int32_t *channel, uint32_t n_addresses)
{
    uint32_t n = 0;
    for (uint32_t address = 0; address < n_addresses; ++address)
        if (channel[address] >= 0) pair[n++] = pack(channel[address], address);
    return n;
}

/* Numbers the sorted pairs densely; equal IDs share a number. */
static void number_channels(struct spw_channel_map *map, const uint64_t *pair, uint32_t n)
{
    for (uint32_t i = 0; i < n; ++i) {
        const uint32_t id = (uint32_t)(pair[i] >> 32), address = (uint32_t)pair[i];
        if (map->n_channels == 0 || map->id[map->n_channels - 1] != id) {
            map->id[map->n_channels] = id;
            map->address[map->n_channels++] = address;
        }
        map->channel[address] = (int32_t)id;
        map->index[address] = (int32_t)map->n_channels - 1;
    }
}

enum spw_status spw_channel_map_build(struct spw_channel_map *map,
                                      struct spw_arena *arena,
                                      const int32_t *channel,
                                      uint32_t n_addresses)
{
    *map = (struct spw_channel_map){.n_addresses = n_addresses};
    SPW_NEW(arena, map->channel, n_addresses);
    SPW_NEW(arena, map->index, n_addresses);
    for (uint32_t address = 0; address < n_addresses; ++address)
        map->channel[address] = map->index[address] = -1;

    uint64_t *pair;
    SPW_NEW(arena, pair, n_addresses);
    const uint32_t n = collect(pair, channel, n_addresses);
    qsort(pair, n, sizeof *pair, compare);

    SPW_NEW(arena, map->id, n);
    SPW_NEW(arena, map->address, n);
    number_channels(map, pair, n);
    return SPW_OK;
}

enum { IDS_PER_LINE = 16 };

static enum spw_status read_line(int32_t *channel,
                                 const struct spw_text_table *table,
                                 const struct spw_text_line *line,
                                 uint32_t n_addresses)
{
    const int64_t number = spw_text_key_number(line->key, "ChRemap_");
    for (uint32_t i = 0; i < line->n_values && i < IDS_PER_LINE; ++i) {
        const double id = line->value[i];
        if (id == -1) continue;
        if (!(id >= 0 && id <= INT32_MAX) || id != floor(id))
            return SPW_FAIL(SPW_BAD_CONFIG, "%s:%u: channel ID %g is no whole number",
                            table->path, line->line, id);
        if (number >= n_addresses || IDS_PER_LINE * number + i >= n_addresses)
            return SPW_FAIL(SPW_BAD_CONFIG,
                            "%s:%u: %s maps address %lld, the detector has %u", table->path,
                            line->line, line->key, (long long)(IDS_PER_LINE * number + i),
                            n_addresses);
        channel[IDS_PER_LINE * number + i] = (int32_t)id;
    }
    return SPW_OK;
}

enum spw_status spw_channel_map_read(struct spw_channel_map *map,
                                     struct spw_arena *arena,
                                     const struct spw_text_table *table,
                                     uint32_t n_addresses)
{
    int32_t *channel;
    SPW_NEW(arena, channel, n_addresses);
    for (uint32_t address = 0; address < n_addresses; ++address) channel[address] = -1;

    uint32_t n_lines = 0;
    for (uint32_t i = 0; i < table->count; ++i) {
        if (spw_text_key_number(table->line[i].key, "ChRemap_") < 0) continue;
        SPW_TRY(read_line(channel, table, &table->line[i], n_addresses));
        ++n_lines;
    }
    if (n_lines == 0)
        return SPW_FAIL(SPW_BAD_CONFIG, "%s: no line ChRemap_N= ... in %u lines",
                        table->path, table->count);
    return spw_channel_map_build(map, arena, channel, n_addresses);
}

int32_t spw_channel_map_index(const struct spw_channel_map *map, uint32_t id)
{
    uint32_t low = 0, high = map->n_channels;
    while (low < high) {
        const uint32_t middle = low + (high - low) / 2;
        if (map->id[middle] < id)
            low = middle + 1;
        else
            high = middle;
    }
    return low < map->n_channels && map->id[low] == id ? (int32_t)low : -1;
}
