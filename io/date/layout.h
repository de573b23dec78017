/// DATE containers inside io/date: headers, boards found, what the index keeps for unpacking.
///
/// Event header (little-endian words; io/date/README.md has the byte tables of all versions):
///
///   byte  0 size   4 magic 0xDA1E5AFE   8 header size   12 version   16 type   20 run
///        24 event id (2 words)   32 trigger pattern (2 words, 4 from 3.14)   then detector
///        pattern, attributes (3 words), LDC, GDC, seconds, microseconds (from 3.11)
#pragma once

#include "core/bytes.h"
#include "io/date/date.h"

#include <stdbool.h>

enum {
    DATE_EQUIPMENT_BYTES = 28,
    DATE_HEADER_BYTES_MIN = 68,
    DATE_ATTRIBUTE_SUPER = 1 << 4,
    DATE_MAX_TRIGGERS = 4095, ///< the largest count a VLSB master can state
};

#define DATE_MAGIC       0xDA1E5AFEu
#define DATE_MAGIC_SWAPS 0xFE5A1EDAu

/// One event header, of any version.
struct date_header {
    uint32_t size, header_size, version, type, run, id[2], system_attribute, ldc;
    double time_s;
};

/// True when a plausible header stands at `at`: magic, sizes, version, type.
bool date_header_read(struct spw_bytes bytes, size_t at, struct date_header *header);

/// The particle triggers of a board: words [begin, end) of its payload (DBB: of state->word).
struct date_fragment {
    uint32_t begin, end;
    uint8_t hit_quality; ///< enum spw_quality, for every hit or pulse of it
    bool board_status;   ///< the board reports an error
    bool readable;       ///< false: layout contradicts itself, nothing is taken from it
};

/// One equipment block with particle triggers.
struct date_board {
    uint32_t equipment, ldc, geo; ///< geo: VLSB bank, DBB board id
    uint64_t offset;              ///< first byte of the payload in the file
    uint32_t n_words;
    uint32_t first_fragment, n_fragments;
    bool counts; ///< must have as many triggers as the spill
};

/// One spill: the rows made from one physics or calibration event (or from none).
struct date_spill {
    uint32_t first_row, n_rows;
    uint32_t first_board, n_boards;
    uint32_t first_record, n_records;
    uint32_t number, type, quality; ///< quality: of all its rows
};

/// What index() leaves for unpack(). Memory: the file's arena.
struct date_state {
    struct date_spill *spill;
    struct date_board *board;
    struct date_fragment *fragment;
    uint32_t *word;
    uint32_t n_spills, n_boards, n_fragments, n_words;
    uint32_t capacity_spills, capacity_boards, capacity_fragments, capacity_words;
    struct spw_raw_records records;
};

/// Room for one more element of a growing array in the file's arena.
#define DATE_GROW(arena, array, count, capacity)                             \
    do {                                                                     \
        if ((count) == (capacity)) {                                         \
            const uint32_t date_wanted = (capacity) ? 2 * (capacity) : 64;   \
            void *date_old = (array);                                        \
            SPW_NEW((arena), (array), date_wanted);                          \
            if (count) memcpy((array), date_old, sizeof *(array) * (count)); \
            (capacity) = date_wanted;                                        \
        }                                                                    \
    } while (0)

/// Word `i` of a payload.
static inline uint32_t date_word(const uint8_t *payload, uint32_t i)
{
    return spw_load_u32(payload + 4 * (size_t)i);
}
