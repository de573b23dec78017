/// NA62 raw data as streams: numbers that readers of the unpacked batch rely on.
///
/// Source  formats of the NA62 farm, boards and decoders, 2014-2018 (formats/na62.md)
#pragma once

#include "io/format.h"

/// Streams of `spw_format_na62`, in this order in every batch.
enum na62_stream {
    NA62_KTAG,      ///< TEL62: address = 512 board + 128 FPGA + 32 TDC + channel, LSB clock / 256
    NA62_CHANTI,
    NA62_LAV,
    NA62_STRAW,     ///< SRB: address = 256 board + straw, LSB clock / 32
    NA62_CHOD,
    NA62_RICH,
    NA62_IRC_BOARD, ///< TEL62 of source 0x20: IRC, SAC, MUV0 and NewCHOD share it
    NA62_MUV3,
    NA62_HASC,
    NA62_GTK,       ///< address = 18000 station (0-2) + pixel number, LSB clock / 512 (odd values);
                    ///< rows come in pairs: leading, trailing
    NA62_L0TP,      ///< address = 7 slot (0 trigger, 1 slot N-1, 2 slot N+1) + detector (CHOD, RICH,
                    ///< LAV, MUV3, NewCHOD, TALK, CALO); ticks = fine time as stored (not
                    ///< unwrapped), LSB clock / 256; value = primitive; only where value != 0
    NA62_LKR,       ///< CREAM: address = 512 crateIndex + 32 slotIndex + channel
    NA62_MUV1,      ///< CREAM: address = 32 slotIndex + channel, slots 3-8 -> 0-5
    NA62_MUV2,      ///< slots 13-15 -> 0-2
    NA62_SAV,       ///< slot 16 -> 0
    NA62_N_STREAMS
};

/// 25-ns clock: one timestamp unit.
#define NA62_CLOCK_NS 24.951059536

/// Source IDs (formats/na62.md 2.2).
enum na62_source {
    NA62_SOURCE_KTAG = 0x04,
    NA62_SOURCE_GTK = 0x08,
    NA62_SOURCE_CHANTI = 0x0C,
    NA62_SOURCE_LAV = 0x10,
    NA62_SOURCE_STRAW = 0x14,
    NA62_SOURCE_CHOD = 0x18,
    NA62_SOURCE_RICH = 0x1C,
    NA62_SOURCE_IRC = 0x20,
    NA62_SOURCE_LKR = 0x24,
    NA62_SOURCE_MUV1 = 0x28,
    NA62_SOURCE_MUV2 = 0x2C,
    NA62_SOURCE_MUV3 = 0x30,
    NA62_SOURCE_HASC = 0x3C,
    NA62_SOURCE_L0TP = 0x40,
    NA62_SOURCE_L1 = 0x44,
    NA62_SOURCE_L2 = 0x48,
    NA62_SOURCE_NSTD = 0x4C,
};

/// Items of spw_raw_records (source = source ID, board = board of it). Word items carry the
/// 32-bit words of a block behind its block header as they are, index = word number, so nothing
/// is lost; trigger.h explains their fields.
enum na62_record_item {
    NA62_RECORD_L0TP_WORD,      ///< L0TP words, all events: 22 (88 bytes, 2017 on), 8 (32 bytes, 2015
                                ///< and 2016), 6 (24 bytes, 2014); 210 at end of burst
    NA62_RECORD_L1_WORD,        ///< L1 block words
    NA62_RECORD_L2_WORD,        ///< L2 block words
    NA62_RECORD_DIM_WORD,       ///< NSTD end-of-burst payload words; board = detector ID << 8 | block
    NA62_RECORD_DIM_TIME,       ///< unix time of that DIM block
    NA62_RECORD_SOB_TIMESTAMP,  ///< TEL62 start of burst: index = FPGA
    NA62_RECORD_LAST_TIMESTAMP, ///< TEL62 end of burst: index = FPGA
    NA62_RECORD_CHANNEL_COUNT,  ///< TEL62 end of burst: index = 128 FPGA + channel (32 TDC + channel)
    NA62_RECORD_M3PSTA,         ///< MUV3 end of burst: index = position in the list, 1000 FPGA + i
    NA62_RECORD_GTK_ERRORS,     ///< GTK end of burst: board = PC, index = chip; error count
    NA62_RECORD_GTK_CHOKES,
    NA62_RECORD_GTK_TIMESTAMP,  ///< hardware trigger timestamp
    NA62_RECORD_GTK_FIRMWARE,
    NA62_RECORD_GTK_HITS,       ///< hit count of the burst
    NA62_RECORD_CREAM_WORD,     ///< special payload: board = sub-ID (slot, crate), index = word
};

/// L0 trigger types (formats/na62.md 2.4) that change the shape of the data.
enum { NA62_L0_SOB = 0x22, NA62_L0_EOB = 0x23 };

/// True for types whose frames carry no hits (formats/na62.md 2.5).
static inline bool na62_is_special(uint32_t l0_type)
{
    const uint32_t t = (l0_type << 2) & 0xff;
    return t >= 0x80 && t < 0xC0 && t != 0xA0 && t != 0xB0 && t != 0xB4;
}

/// Event quality bits of NA62, above enum spw_event_quality.
enum na62_event_quality {
    NA62_EVENT_NO_L0TP = 1 << 8,     ///< no or damaged L0TP block: flags 0
    NA62_EVENT_BAD_TRAILER = 1 << 9, ///< trailer word is not the event number
};

extern const struct spw_format spw_format_na62;
