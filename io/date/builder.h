/// Building the index: the walk through the containers calls the boards' scanners, which find the
/// particle triggers in a block, check it, and leave fragments and records in the state.
#pragma once

#include "io/date/layout.h"
#include "io/date/tallies.h"

/// The payload of one equipment block.
struct date_block {
    uint32_t equipment, geo, ldc;
    uint32_t event_type; ///< of the DATE event around it
    const uint8_t *payload;
    uint32_t n_words;
    uint64_t offset; ///< of the payload in the file
};

/// The spill being collected: everything from its start of burst to the next one.
struct date_open_spill {
    bool open, has_triggers;  ///< has_triggers: a physics or calibration event was seen
    struct date_header event; ///< that event
    uint64_t ldcs;            ///< LDCs of plain (not built) events seen for it
    uint64_t offset, size;
    uint32_t first_board, first_record;
    uint32_t master_count[DATE_N_LDC];             ///< VLSB master, 0 if none
    int32_t bank_length[DATE_N_LDC][DATE_N_BANKS]; ///< length register, -1 if none
};

struct date_builder {
    struct spw_raw_file *file;
    struct spw_arena *arena;
    struct date_state *state;
    uint64_t *tally;
    struct date_open_spill spill;
    int64_t spill_number; ///< -1 before the first start of burst
    bool run_started;     ///< a start of run was seen
    bool number_known;    ///< spill_number counts from the right origin
    uint32_t last_type;   ///< of the DATE event before
};

/// Notes a quantity of a block.
SPW_MUST_CHECK enum spw_status date_add_record(struct date_builder *builder,
                                               const struct date_block *block,
                                               enum date_record_item item,
                                               uint32_t index,
                                               double value);

/// Registers the block as a board with triggers; `*board` is valid until the next call.
SPW_MUST_CHECK enum spw_status date_add_board(struct date_builder *builder,
                                              const struct date_block *block,
                                              struct date_board **board);

/// Appends the next trigger to the newest board; `*fragment` is valid until the next call.
SPW_MUST_CHECK enum spw_status date_add_fragment(struct date_builder *builder,
                                                 struct date_board *board,
                                                 struct date_fragment **fragment);

/// Brings the newest board to `n` triggers with empty ones (triggers it lost).
SPW_MUST_CHECK enum spw_status
date_skip_to(struct date_builder *builder, struct date_board *board, uint32_t n);

/// Counts words that could not be decoded.
static inline void date_give_up(struct date_builder *builder, uint64_t n_words)
{
    builder->tally[DATE_UNDECODED_BYTES] += 4 * n_words;
}

/// Decodes one block of the open spill (blocks.c), by its type and the type of the event.
SPW_MUST_CHECK enum spw_status date_scan_block(struct date_builder *builder,
                                               const struct date_block *block);

/// Scanners of boards with particle triggers.
SPW_MUST_CHECK enum spw_status date_v1290_scan(struct date_builder *builder,
                                               const struct date_block *block);
SPW_MUST_CHECK enum spw_status date_fadc_scan(struct date_builder *builder,
                                              const struct date_block *block);
SPW_MUST_CHECK enum spw_status date_vlsb_scan(struct date_builder *builder,
                                              const struct date_block *block);
SPW_MUST_CHECK enum spw_status date_vlsb_c_scan(struct date_builder *builder,
                                                const struct date_block *block);
SPW_MUST_CHECK enum spw_status date_dbb_scan(struct date_builder *builder,
                                             const struct date_block *block);
SPW_MUST_CHECK enum spw_status date_dbb_chain_scan(struct date_builder *builder,
                                                   const struct date_block *block);
SPW_MUST_CHECK enum spw_status date_v1495_scan(struct date_builder *builder,
                                               const struct date_block *block);

/// Scanners of blocks that are said once a spill.
SPW_MUST_CHECK enum spw_status date_receiver_scan(struct date_builder *builder,
                                                  const struct date_block *block);
SPW_MUST_CHECK enum spw_status date_v830_scan(struct date_builder *builder,
                                              const struct date_block *block);
SPW_MUST_CHECK enum spw_status date_vlsb_master_scan(struct date_builder *builder,
                                                     const struct date_block *block);
SPW_MUST_CHECK enum spw_status date_vlsb_board_scan(struct date_builder *builder,
                                                    const struct date_block *block);
SPW_MUST_CHECK enum spw_status date_epics_scan(struct date_builder *builder,
                                               const struct date_block *block);
SPW_MUST_CHECK enum spw_status date_words_scan(struct date_builder *builder,
                                               const struct date_block *block);

/// The first event of a spill's bytes joins or opens a spill (spills.c).
SPW_MUST_CHECK enum spw_status date_spill_enter(struct date_builder *builder,
                                                const struct date_header *event,
                                                bool built,
                                                uint64_t offset,
                                                uint64_t size);

/// Closes the open spill: rows of the index, agreement of its boards.
SPW_MUST_CHECK enum spw_status date_spill_close(struct date_builder *builder);

/// A row for bytes that are no event.
SPW_MUST_CHECK enum spw_status
date_spill_quarantine(struct date_builder *builder, uint64_t offset, uint64_t size);

/// Walks all events of the file (containers.c).
SPW_MUST_CHECK enum spw_status date_walk(struct date_builder *builder,
                                         struct spw_bytes bytes);

/// Finds the next plausible event header at or after `at` (bytes.size if there is none).
/// `built`: only super events; sub-events carry the same magic.
size_t date_find_event(struct spw_bytes bytes, size_t at, bool built);
