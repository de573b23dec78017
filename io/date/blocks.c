/* Equipment blocks: which scanner reads which, and what scanners leave behind. */
#include "io/date/builder.h"

enum spw_status date_add_record(struct date_builder *builder,
                                const struct date_block *block,
                                enum date_record_item item,
                                uint32_t index,
                                double value)
{
    struct spw_raw_records *records = &builder->state->records;
    SPW_TRY(spw_rows_reserve(&records->rows, &spw_raw_records_table, builder->arena, 1));
    const uint32_t i = records->rows.count++;
    records->source[i] = block->equipment;
    records->board[i] = date_record_board(block->ldc, block->geo);
    records->item[i] = item;
    records->index[i] = index;
    records->value[i] = value;
    return SPW_OK;
}

enum spw_status date_add_board(struct date_builder *builder,
                               const struct date_block *block,
                               struct date_board **board)
{
    struct date_state *state = builder->state;
    DATE_GROW(builder->arena, state->board, state->n_boards, state->capacity_boards);
    *board = &state->board[state->n_boards++];
    **board = (struct date_board){
        .equipment = block->equipment,
        .ldc = block->ldc,
        .geo = block->geo,
        .offset = block->offset,
        .n_words = block->n_words,
        .first_fragment = state->n_fragments,
    };
    return SPW_OK;
}

enum spw_status date_add_fragment(struct date_builder *builder,
                                  struct date_board *board,
                                  struct date_fragment **fragment)
{
    struct date_state *state = builder->state;
    DATE_GROW(builder->arena, state->fragment, state->n_fragments,
              state->capacity_fragments);
    *fragment = &state->fragment[state->n_fragments++];
    **fragment = (struct date_fragment){0};
    ++board->n_fragments;
    return SPW_OK;
}

enum spw_status
date_skip_to(struct date_builder *builder, struct date_board *board, uint32_t n)
{
    while (board->n_fragments < n) {
        struct date_fragment *fragment;
        SPW_TRY(date_add_fragment(builder, board, &fragment));
    }
    return SPW_OK;
}

/* Largest geo of a type whose channels have addresses. */
static uint32_t n_geo(uint32_t equipment)
{
    switch (equipment) {
    case DATE_EQUIPMENT_VLSB_C:
        return DATE_N_BANKS / 4;
    case DATE_EQUIPMENT_VLSB_BANK:
        return DATE_N_BANKS;
    case DATE_EQUIPMENT_DBB:
    case DATE_EQUIPMENT_DBB_CHAIN:
        return DATE_N_DBB;
    default:
        return DATE_N_GEO;
    }
}

/* The scanner of a board with particle triggers, or NULL. */
typedef enum spw_status scan_board(struct date_builder *, const struct date_block *);

static scan_board *board_scanner(uint32_t equipment)
{
    switch (equipment) {
    case DATE_EQUIPMENT_V1290:
        return date_v1290_scan;
    case DATE_EQUIPMENT_V1724:
    case DATE_EQUIPMENT_V1731:
        return date_fadc_scan;
    case DATE_EQUIPMENT_VLSB_BANK:
        return date_vlsb_scan;
    case DATE_EQUIPMENT_VLSB_C:
        return date_vlsb_c_scan;
    case DATE_EQUIPMENT_DBB:
        return date_dbb_scan;
    case DATE_EQUIPMENT_DBB_CHAIN:
        return date_dbb_chain_scan;
    case DATE_EQUIPMENT_V1495:
        return date_v1495_scan;
    default:
        return NULL;
    }
}

static enum spw_status scan_triggers(struct date_builder *builder,
                                     const struct date_block *block,
                                     scan_board *scan)
{
    if (block->event_type != DATE_PHYSICS_EVENT &&
        block->event_type != DATE_CALIBRATION_EVENT)
        return date_words_scan(builder, block);
    if (block->ldc < DATE_N_LDC && block->geo < n_geo(block->equipment))
        return scan(builder, block);
    ++builder->tally[DATE_BAD_ADDRESS];
    date_give_up(builder, block->n_words);
    return SPW_OK;
}

enum spw_status date_scan_block(struct date_builder *builder,
                                const struct date_block *block)
{
    scan_board *scan = board_scanner(block->equipment);
    if (scan) return scan_triggers(builder, block, scan);
    switch (block->equipment) {
    case DATE_EQUIPMENT_RECEIVER:
        return date_receiver_scan(builder, block);
    case DATE_EQUIPMENT_V830:
        return date_v830_scan(builder, block);
    case DATE_EQUIPMENT_VLSB_MASTER:
        return date_vlsb_master_scan(builder, block);
    case DATE_EQUIPMENT_VLSB_BOARD:
        return date_vlsb_board_scan(builder, block);
    case DATE_EQUIPMENT_EPICS:
        return date_epics_scan(builder, block);
    case DATE_EQUIPMENT_TRAILER:
    case DATE_EQUIPMENT_SELECTOR:
    case DATE_EQUIPMENT_VLSB_HANDLER:
    case DATE_EQUIPMENT_VRB:
        break;
    default:
        ++builder->tally[DATE_UNKNOWN_EQUIPMENT];
    }
    return date_words_scan(builder, block);
}
