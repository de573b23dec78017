/// Writes MICE raw data (ALICE DATE containers) from raw batches: the inverse of unpacking.
///
/// A file is the concatenation of what date_encode() gives for consecutive batches of whole
/// spills. Header versions 3.9 to 3.14 (68, 72 or 80 bytes), event-built or plain.
#pragma once

#include "core/arena.h"
#include "core/bytes.h"
#include "core/status.h"
#include "io/date/date.h"

/// A board: one equipment block in every event between start and end of burst.
struct date_board {
    uint32_t type; ///< enum date_equipment
    uint32_t ldc;
    uint32_t id; ///< geo, VLSB bank, DBB; a DBBChain n carries the DBBs 6 n ... 6 n + 5
};

struct date_write_options {
    uint32_t version; ///< major << 16 | minor, as in the header
    uint32_t run;
    uint32_t
        start_time_s;  ///< unix time of the run, where no record says the time of an event
    bool plain;        ///< events of the LDCs themselves, no super-events around them
    bool master_2012;  ///< VLSB master of two words
    bool start_of_run; ///< write the pair of START_OF_RUN first
    bool end_of_run;   ///< write the pair of END_OF_RUN last
    const struct date_board
        *board; ///< in the order of the file, the boards of an LDC together
    uint32_t n_boards;
};

/// Encodes the spills of a batch (rows with the same burst number). Thread-safe.
///
/// Records  times, event numbers, receiver words, counters, scalers, flags, EPICS values and
///          unknown payloads come from the records of the spill's first row, where there are any;
///          counts (triggers, hits, lengths) are made from the rows
/// Order    unpacking gives the rows of a trigger sorted by board in the order of the file; V1290
///          by chip, flash ADC by channel; other rows that tie keep their order. A V1724 or V1731
///          trigger whose channels have different lengths is written with software zero
///          suppression, which lists all eight channels
/// Errors   SPW_INTERNAL when the content cannot be expressed (names spill, board, value), or
///          rows belong to no board of the options
SPW_MUST_CHECK enum spw_status date_encode(const struct date_write_options *options,
                                           const struct spw_raw_batch *batch,
                                           struct spw_arena *arena,
                                           struct spw_bytes *bytes);
