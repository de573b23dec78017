/// Hand-made NA62 bytes for tests, written word by word from formats/na62.md: a third view of
/// the format beside the reader and the writer, sharing no definition with either.
#pragma once

#include "core/bytes.h"

#include <stdint.h>
#include <stdlib.h>

/// Words of a file in the making.
/// Memory  malloc; release with nb_release().
struct nb {
    uint32_t *word;
    size_t n, capacity;
    size_t event; ///< first word of the event in the making
    uint32_t n_sources, source;
    uint32_t number, ticks, type;
    uint32_t latency; ///< board timestamp - event timestamp of SRB and CREAM
    size_t block;     ///< first word of the block in the making
};

void nb_put(struct nb *b, uint32_t word);
void nb_release(struct nb *b);
struct spw_bytes nb_bytes(const struct nb *b);

/// Burst header and tables for `n` events: filled by nb_burst_end().
void nb_burst_begin(struct nb *b, uint32_t run, uint32_t burst, uint32_t n);
void nb_burst_end(struct nb *b);

/// An event with room for `n_sources` in its table.
void nb_event_begin(struct nb *b,
                    uint32_t number,
                    uint32_t ticks,
                    uint32_t trigger,
                    uint32_t n_sources);
void nb_source(struct nb *b, uint32_t id);
void nb_event_end(struct nb *b);

/// L0 block of board `board`, and TEL62 and SRB contents.
void nb_board_begin(struct nb *b, uint32_t board, uint32_t timestamp);
void nb_board_end(struct nb *b);
uint32_t
nb_edge(uint32_t trailing, uint32_t tdc, uint32_t channel, uint32_t slot, uint32_t fine);
uint32_t nb_slot(uint32_t timestamp, uint32_t n_edges);
uint16_t nb_straw(uint32_t straw, uint32_t trailing, uint32_t fine);

/// L1 module of the present source; nb_module_end() with `checksum` closes CREAM blocks.
void nb_module_begin(struct nb *b, uint32_t sub_id, uint32_t timestamp);
void nb_module_end(struct nb *b, bool checksum);

/// Whole boards with known content.
void nb_tel62(struct nb *b, uint32_t board, uint32_t n_fpgas);
void nb_srb(struct nb *b,
            uint32_t board,
            const uint16_t *hits,
            uint32_t n,
            const uint8_t counters[16]);
void nb_cream(struct nb *b,
              uint32_t crate,
              uint32_t slot,
              uint32_t mask,
              uint32_t n_samples);
void nb_gtk(struct nb *b, uint32_t pc, uint32_t n_hits);
void nb_l0tp(struct nb *b, uint32_t n_words, uint32_t flags);
void nb_l1(struct nb *b);

enum { NB_STANDARD_SOURCES = 13 };

/// An event with every kind of block: KTAG 0x04, LAV 0x10, STRAW 0x14, 0x20, MUV3 0x30, L0TP, L1,
/// L2, NSTD, GTK, LKr, MUV1, MUV2 with SAV. Special types carry their special frames.
void nb_standard_event(struct nb *b, uint32_t number, uint32_t ticks, uint32_t trigger);

/// A valid burst of run 8252 with `n_events` such events between SOB and EOB.
void nb_standard_burst(struct nb *b, uint32_t n_events);

/// First word of the data of a source in event `k` of a burst with header.
size_t nb_source_at(const struct nb *b, uint32_t k, uint32_t id);

/// First word of event `k`.
size_t nb_event_at(const struct nb *b, uint32_t k);
