/// NA62 raw-decoder settings: what the boards of a detector were told to read out.
///
/// The channel map of the same files (`ChRemap_N`) is read by geometry/channel_map.h.
/// Rules of reading, memory, errors: io/na62/constants.h.
#pragma once

#include "core/arena.h"
#include "core/status.h"
#include "core/text_table.h"

#include <stdint.h>

enum { NA62_MAX_BOARDS = 64, NA62_MAX_MEZZANINES = 64 };

/// Absent keys leave 0 (maps: -1); counts say how many values a list holds.
struct na62_decoder_settings {
    uint32_t n_boards;                            ///< NROBoards
    uint32_t n_channels;                          ///< NROChannels
    uint32_t boards_per_station[NA62_MAX_BOARDS]; ///< NROBoardsPerStation
    uint32_t n_stations;
    uint32_t mezzanine_mask[NA62_MAX_BOARDS]; ///< ROMezzanineMasksPerBoard (hex)
    uint32_t n_masks;
    uint32_t n_fpgas[NA62_MAX_BOARDS]; ///< NFPGAs
    uint32_t n_fpga_boards;
    int32_t n_slots[NA62_MAX_MEZZANINES]; ///< NSlots, 25-ns slots a mezzanine reads
    uint32_t n_slot_values;
    int32_t last_slot[NA62_MAX_MEZZANINES]; ///< LastSlotID, relative to the trigger
    uint32_t n_last_values;
    uint32_t latency;                      ///< Latency (hex): CREAM timestamp offset
    uint32_t srb_offset;                   ///< SRBOffset (hex)
    uint32_t srb_latency[NA62_MAX_BOARDS]; ///< SRBLatency (hex)
    uint32_t n_srb_latencies;
    double min_time_ns, max_time_ns; ///< minTime, maxTime of raw straw times
    double hit_threshold;            ///< HitEnergyThr
    int32_t timestamp_offset[3];     ///< OffsetTimeStamp of the GTK stations
    uint32_t data_format;            ///< DataFormat of the GTK
    int32_t crate_index[32];         ///< CrRemap: crate -> index, -1 none
    int32_t slot_index[32];          ///< SlRemap: slot -> index, -1 none
};

/// Errors  SPW_BAD_CONFIG when the file has none of these keys.
SPW_MUST_CHECK enum spw_status
na62_decoder_settings_read(struct na62_decoder_settings *settings,
                           const struct spw_text_table *table);

/// MUV3-MaskedChannelSettings: `MaskedChannels= ID ...`, several lines; `*id` in the arena.
SPW_MUST_CHECK enum spw_status
na62_masked_channels_read(uint32_t **id,
                          uint32_t *count,
                          struct spw_arena *arena,
                          const struct spw_text_table *table);
