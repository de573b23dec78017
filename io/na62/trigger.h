/// Trigger blocks of NA62: L0TP, L1, L2 (formats/na62.md 3.7, 3.8), as pure functions.
///
/// Bytes are the words behind the block header, little-endian; NA62_RECORD_L0TP_WORD and
/// NA62_RECORD_L1_WORD carry the same words.
#pragma once

#include "core/bytes.h"

enum { NA62_L0TP_SLOTS = 3, NA62_L0TP_DETECTORS = 7, NA62_L0_MASKS = 16 };

/// Detectors with L0 primitives, in the order of every list of the L0TP.
enum na62_l0_detector {
    NA62_L0_CHOD,
    NA62_L0_RICH,
    NA62_L0_LAV,
    NA62_L0_MUV3,
    NA62_L0_NEWCHOD,
    NA62_L0_TALK,
    NA62_L0_CALO,
};

/// L0TP block of an event. Older blocks are shorter; what they lack is 0.
///
///   word   content                               word   content
///   0      [7:0] reference fine time             6      [7:0] primitives since the last trigger:
///          [15:8] data type                             CHOD, RICH, MUV3, NewCHOD, a byte each
///          [31:16] primitive CHOD                7      reserved
///   1      [15:0] RICH, [31:16] LAV              8      fine times CHOD, RICH, LAV, MUV3
///   2      [15:0] MUV3, [31:16] NewCHOD          9      fine times NewCHOD, TALK, CALO
///   3      [15:0] TALK, [31:16] CALO             10-13  primitives of slot N-1, CHOD in [31:16]
///   4      timestamp of the previous trigger     14-15  their fine times
///   5      [7:0] L0 type, [15:8] previous type   16-21  the same for slot N+1
///          [31:16] trigger flags
///
/// Sizes  4 words (2014), 6 (2015 - Apr 2017), 8 (6 and the fine times), 22
struct na62_l0tp {
    uint32_t reference_fine_time; ///< clock / 256
    uint32_t data_type;           ///< 1 physics, 2 periodic, 8 calibration, 0x10 control
    uint16_t primitive[NA62_L0TP_SLOTS][NA62_L0TP_DETECTORS]; ///< trigger slot, N-1, N+1
    uint8_t fine_time[NA62_L0TP_SLOTS][NA62_L0TP_DETECTORS];  ///< as stored
    bool has_flags;                                           ///< words 4 and 5 are there
    uint32_t previous_timestamp;
    uint32_t trigger_type, previous_type;
    uint32_t flags;          ///< L0 masks that fired
    bool has_neighbours;     ///< words 6 ... 21 are there
    uint8_t n_primitives[4]; ///< CHOD, RICH, MUV3, NewCHOD; 255 = overflow
};

/// False when the size is none of those known (more than 22 words: the rest is ignored).
bool na62_l0tp_read(struct spw_bytes words, struct na62_l0tp *l0tp);

/// L0TP counters of the end of burst, 210 words.
///
///   word   content                               word   content
///   0      [15:8] data type, [31:16] latency     13     chokes
///   1      [7:0] fine time bits                  14     errors
///          [15:8] reference, [23:16] control     15     periodic triggers
///   2      [31:16] control downscaling           16     calibration triggers
///   3      control triggers generated            17     control triggers sent
///   4, 5   as in na62_l0tp                       18 ... 16 masks of 12 words: [7:0] mask,
///   6-12   primitives of the 7 detectors                downscaling, sent, generated, 7 x
///                                                       required [15:0] / don't care [31:16], 0
struct na62_l0tp_end {
    uint32_t data_type, latency;
    uint32_t fine_time_bits, reference_detector, control_detector;
    uint32_t control_downscaling, control_generated, control_sent;
    uint32_t previous_timestamp, trigger_type, previous_type, flags;
    uint32_t n_primitives[NA62_L0TP_DETECTORS];
    uint32_t n_chokes, n_errors, n_periodic, n_calibration;

    struct na62_l0_mask_count {
        uint32_t mask, downscaling, sent, generated;
        uint16_t required[NA62_L0TP_DETECTORS], dont_care[NA62_L0TP_DETECTORS];
    } mask[NA62_L0_MASKS];
};

/// False when there are fewer than 210 words.
bool na62_l0tp_end_read(struct spw_bytes words, struct na62_l0tp_end *end);

/// Fine time of a primitive of a neighbour slot relative to the trigger's slot, clock / 256.
/// `slot` 1 is N-1, 2 is N+1; `granularity_bits` 0 (25 ns), 1 (12.5 ns, 2016), 2 (6.25 ns).
int32_t na62_l0tp_unwrap(uint32_t fine_time,
                         uint32_t slot,
                         uint32_t reference_fine_time,
                         uint32_t granularity_bits);

/// Global part of an L1 block, 3 words.
///
///   word 0  [7:0] length in bytes, [15:8] reference fine time, [19:16] reference source,
///           [23:20] flag mode, [31:24] format (1 from run 8520, 2 from 8584)
///   word 1  [15:0] downscaling, [31:16] reduction
///   word 2  [7:0] masks, [15:8] bypass probability, [31:16] autoflag factor
struct na62_l1 {
    uint32_t length_bytes, reference_fine_time, reference_source, flag_mode, format;
    uint32_t downscaling, reduction;
    uint32_t n_masks, bypass_probability, autoflag_factor;
};

/// One mask, 2 words.
///
///   word 0  [7:0] algorithms, [15:8] L1 trigger word, [23:16] L0 mask, [31:24] flags (0x40
///           flagged, 0x10 all disabled, 0x04 timeout)
///   word 1  [15:0] reduction, [23:16] reference fine time, [27:24] reference source,
///           [31:28] straw algorithm type
struct na62_l1_mask {
    uint32_t n_algorithms, trigger_word, mask, flags;
    uint32_t reduction, reference_fine_time, reference_source, straw_type;
};

enum { NA62_L1_MAX_DATA = 253 };

/// One algorithm, 2 words and data.
///
///   word 0  [7:0] words with these two, [15:8] place in the sequence, [23:16] algorithm (0 CHOD,
///           1 RICH, 2 KTAG, 3 LAV, 4 IRC/SAC, 5 STRAW, 6 MUV3, 7 NewCHOD), [31:24] quality (bit
///           0 verdict, 1 overflow, 2 bad data, 4 empty, 6 processed, 7 reference)
///   word 1  [15:0] downscaling, [23:16] half window in ns, [31:24] flags (bit 6 enabled, 4 flag
///           mode, 2 logic, 0 downscaled)
///   data    number of hits and reference time; STRAW: 11 words
struct na62_l1_algorithm {
    uint32_t n_words, place, algorithm, quality;
    uint32_t downscaling, half_window_ns, flags;
    uint32_t n_data;
    uint32_t data[NA62_L1_MAX_DATA];
};

/// Read forward with one cursor: the block, then each mask, then each of its algorithms.
/// False at the first part that the words do not hold.
bool na62_l1_read(struct spw_cursor *at, struct na62_l1 *l1);
bool na62_l1_mask_read(struct spw_cursor *at, struct na62_l1_mask *mask);
bool na62_l1_algorithm_read(struct spw_cursor *at, struct na62_l1_algorithm *algorithm);

/// L1 and L2 trigger words (formats/na62.md 2.6).
enum na62_verdict {
    NA62_VERDICT_PHYSICS = 0x01,
    NA62_VERDICT_TIMEOUT = 0x08,
    NA62_VERDICT_ALL_DISABLED = 0x10,
    NA62_VERDICT_BYPASS = 0x20,
    NA62_VERDICT_FLAGGED = 0x40,
    NA62_VERDICT_AUTOPASS = 0x80,
};

/// The L2 trigger word, enum na62_verdict.
static inline uint32_t na62_l2_word(struct spw_bytes words)
{
    return words.size >= 4 ? spw_load_u32(words.data) & 0xff : 0;
}
