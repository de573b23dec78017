/// Electronics address -> channel of a detector.
///
/// The experiments' own tables (`ChRemap_NNNN=` lines) are read as they are; without them the
/// nominal numbering of nominal.h serves.
#pragma once

#include "core/arena.h"
#include "core/status.h"
#include "core/text_table.h"

#include <stdint.h>

/// Read-only once built. Memory: the arena given.
struct spw_channel_map {
    uint32_t n_addresses;
    int32_t *channel; ///< [n_addresses] geometric ID, -1: not mapped
    int32_t *index;   ///< [n_addresses] dense channel number, -1: not mapped
    uint32_t n_channels;
    uint32_t *id;      ///< [n_channels] geometric ID of a dense number, ascending
    uint32_t *address; ///< [n_channels] electronics address of a dense number
};

/// Builds the map from geometric IDs by address (-1 = none); IDs that stand twice keep the first
/// address for `address[]`, and both addresses lead to the channel.
SPW_MUST_CHECK enum spw_status spw_channel_map_build(struct spw_channel_map *map,
                                                     struct spw_arena *arena,
                                                     const int32_t *channel,
                                                     uint32_t n_addresses);

/// Builds it from a raw-decoder settings file: `ChRemap_N= 16 IDs`, N padded or not.
/// Errors  SPW_BAD_CONFIG: no such keys, or an address >= n_addresses.
SPW_MUST_CHECK enum spw_status spw_channel_map_read(struct spw_channel_map *map,
                                                    struct spw_arena *arena,
                                                    const struct spw_text_table *table,
                                                    uint32_t n_addresses);

/// Dense number of a geometric ID, or -1.
int32_t spw_channel_map_index(const struct spw_channel_map *map, uint32_t id);
