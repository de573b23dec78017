/// MICE raw data (ALICE DATE containers) as streams and records: numbers that readers of the
/// unpacked batch, and the writer, rely on.
///
/// Rows     one row of the index is one particle trigger; `burst` is the spill, `number` the
///          trigger in it. A DATE physics event is a whole spill. Everything else of the file
///          (start and end of run, of burst) belongs to the spill it surrounds: its bytes and its
///          records stand with the first trigger. A spill without triggers is one row with
///          SPW_EVENT_SPECIAL and no hits, so that every byte belongs to exactly one row.
/// Boards   the four numbers of a channel (equipment type, LDC, geo, channel) are packed without
///          tables: type -> stream, the rest -> address; see date_address_*().
/// Source   io/date/README.md (byte tables), formats/mice.md
#pragma once

#include "io/format.h"

#include <stdbool.h>

/// DATE event types.
enum date_event_type {
    DATE_START_OF_RUN = 1,
    DATE_END_OF_RUN = 2,
    DATE_START_OF_RUN_FILES = 3,
    DATE_END_OF_RUN_FILES = 4,
    DATE_START_OF_BURST = 5,
    DATE_END_OF_BURST = 6,
    DATE_PHYSICS_EVENT = 7,
    DATE_CALIBRATION_EVENT = 8,
};

/// Equipment types of MICE.
enum date_equipment {
    DATE_EQUIPMENT_VLSB_C = 80,
    DATE_EQUIPMENT_RECEIVER = 101,
    DATE_EQUIPMENT_V1290 = 102,
    DATE_EQUIPMENT_TRAILER = 110,
    DATE_EQUIPMENT_V830 = 111,
    DATE_EQUIPMENT_V1724 = 120,
    DATE_EQUIPMENT_V1731 = 121,
    DATE_EQUIPMENT_VLSB_MASTER = 130,
    DATE_EQUIPMENT_VLSB_BOARD = 131,
    DATE_EQUIPMENT_VLSB_BANK = 132,
    DATE_EQUIPMENT_VLSB_HANDLER = 134,
    DATE_EQUIPMENT_VRB = 140,
    DATE_EQUIPMENT_DBB = 141,
    DATE_EQUIPMENT_DBB_CHAIN = 143,
    DATE_EQUIPMENT_V1495 = 151,
    DATE_EQUIPMENT_SELECTOR = 200,
    DATE_EQUIPMENT_EPICS = 201,
};

/// Streams of `spw_format_date`, in this order in every batch.
enum date_stream {
    DATE_V1290, ///< hits: ticks = 21-bit counter of 25 ns / 1024, absolute, wraps; edge as read
    DATE_V1724, ///< pulses: 14 bit, 10 ns; length 0 = suppressed by the readout
    DATE_V1731, ///< pulses: 8 bit, 2 ns
    DATE_VLSB,  ///< hits: value = ADC, ticks = TDC (0-255), edge = discriminator bit
    DATE_DBB, ///< hits: ticks = 22-bit counter of 2.5 ns since spill start; every hit stands
              ///< with the trigger whose channel-4 time of the same board is nearest (the
              ///< spill's first trigger when there is none); a trailing edge follows its
              ///< leading edge
    DATE_V1495, ///< hits: address 60 always (one a trigger), 20 station + bit for every set bit of
                ///< the TOF0, TOF1, TOF2 patterns; ticks = 22-bit time of 10 ns
    DATE_TAGS, ///< hits: time tag of a board's trigger; ticks = the tag's bits (V1290: 27 bits
    ///< of 800 ns, V1724: 32 bits of 10 ns, V1731: 32 bits of 8 ns), value = low 16
    ///< bits of the board's event counter
    DATE_BUNCHES, ///< hits: V1290 chip headers; ticks = bunch id (12 bits), value = chip event id
    DATE_N_STREAMS
};

enum { DATE_N_LDC = 8, DATE_N_GEO = 32, DATE_N_BANKS = 64, DATE_N_DBB = 64 };

enum {
    DATE_MAX_SAMPLES = 1024
}; ///< of a flash-ADC window; longer ones are cut and counted

enum { DATE_DBB_TRIGGER_CHANNEL = 4, DATE_V1495_RECORD = 60 };

/// Addresses. LDC 0-7, geo 0-31 (DBB and VLSB bank 0-63).
static inline uint32_t date_address_v1290(uint32_t ldc, uint32_t geo, uint32_t channel)
{
    return (ldc * DATE_N_GEO + geo) * 32 + channel;
}

static inline uint32_t date_address_fadc(uint32_t ldc, uint32_t geo, uint32_t channel)
{
    return (ldc * DATE_N_GEO + geo) * 8 + channel;
}

static inline uint32_t date_address_vlsb(uint32_t ldc, uint32_t bank, uint32_t channel)
{
    return (ldc * DATE_N_BANKS + bank) * 128 + channel;
}

static inline uint32_t date_address_dbb(uint32_t ldc, uint32_t board, uint32_t channel)
{
    return (ldc * DATE_N_DBB + board) * 64 + channel;
}

/// `kind`: 0 V1290, 1 V1724, 2 V1731.
static inline uint32_t date_address_tag(uint32_t kind, uint32_t ldc, uint32_t geo)
{
    return (kind * DATE_N_LDC + ldc) * DATE_N_GEO + geo;
}

static inline uint32_t date_address_bunch(uint32_t ldc, uint32_t geo, uint32_t chip)
{
    return (ldc * DATE_N_GEO + geo) * 4 + chip;
}

/// `board` of a record: LDC and equipment id. The event builder counts as LDC 255.
static inline uint32_t date_record_board(uint32_t ldc, uint32_t geo)
{
    return ldc << 16 | (geo & 0xffff);
}

enum { DATE_LDC_BUILDER = 255 };

/// Items of spw_raw_records; source = equipment type (0: event header). They stand with the first
/// trigger of the spill, in the order of the file.
enum date_record_item {
    DATE_RECORD_EVENT_TIME,   ///< source 0: index = event type, unix time in s
    DATE_RECORD_EVENT_NUMBER, ///< source 0: index = event type, first word of the event id
    DATE_RECORD_RECEIVER,     ///< 101: index = event type, word: latched 15..0, live 31..16
    DATE_RECORD_TRIGGERS,     ///< boards: particle triggers found in the block
    DATE_RECORD_FIRST_COUNTER,  ///< V1290, fADC: event counter of the first trigger
    DATE_RECORD_SCALER,         ///< V830: index = channel, count
    DATE_RECORD_SCALER_TRIGGER, ///< V830: header bits 17..0 (trigger source, trigger count)
    DATE_RECORD_MASTER_COUNT,   ///< VLSB master: number of triggers
    DATE_RECORD_MASTER_TDC,     ///< VLSB master: trigger-data TDC register
    DATE_RECORD_VLSB_FLAGS,     ///< VLSB board: FIFO and error flags
    DATE_RECORD_VLSB_LENGTH,    ///< VLSB board: index = bank 0-3, words
    DATE_RECORD_DBB_SPILL,      ///< DBB: spill number of header 1 (geo = DBB board id)
    DATE_RECORD_DBB_TRIGGERS,   ///< DBB: trigger count
    DATE_RECORD_DBB_HITS,       ///< DBB: hit count
    DATE_RECORD_DBB_STATUS,     ///< DBB: status of trailer 1
    DATE_RECORD_DBB_WIDTH,      ///< DBB: spill width of trailer 2
    DATE_RECORD_V1495_SPILL,    ///< V1495: spill number of the header
    DATE_RECORD_EPICS,          ///< EPICS: index = variable id, value
    DATE_RECORD_WORD,           ///< any other payload as it is: index = word
};

/// Event quality bits of DATE, above enum spw_event_quality.
enum date_event_quality {
    DATE_EVENT_COUNT_MISMATCH =
        1 << 8,                 ///< boards of the spill disagree in their trigger count
    DATE_EVENT_UNREAD = 1 << 9, ///< triggers counted, but a board's block is empty
    DATE_EVENT_CALIBRATION = 1 << 10,  ///< of a calibration event
    DATE_EVENT_BOARD_STATUS = 1 << 11, ///< a board reports an error for this trigger
};

/// Signed difference a - b of two V1290 times, modulo 2^21.
static inline int32_t date_v1290_difference(int32_t a, int32_t b)
{
    const uint32_t d = ((uint32_t)a - (uint32_t)b + (1u << 20)) & 0x1fffff;
    return (int32_t)d - (1 << 20);
}

/// True when any spill of an indexed DATE file holds a board of this equipment type with data.
bool date_has_board(const struct spw_raw_file *file, uint32_t equipment);

extern const struct spw_format spw_format_date;
