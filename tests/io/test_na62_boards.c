/* TEL62 and SRB boards from hand-made bytes: values, and each trap of formats/na62.md 6 that
 * costs a board or less. The numbers in brackets are the traps. */
#include "support/na62_fixture.h"
#include "support/test.h"

#include <string.h>

static uint32_t rows_of(const struct na62_read *read, uint32_t s, uint32_t e)
{
    const struct spw_rows *rows = &read->batch.hits[s].rows;
    return rows->first[e + 1] - rows->first[e];
}

/* Rows of one board in the damaged event. */
static uint32_t
board_rows(const struct na62_read *read, uint32_t s, uint32_t per_board, uint32_t board)
{
    const struct spw_raw_hits *hits = &read->batch.hits[s];
    uint32_t n = 0;
    for (uint32_t i = hits->rows.first[EVENT]; i < hits->rows.first[EVENT + 1]; ++i)
        n += hits->address[i] / per_board == board;
    return n;
}

/* Board 1 of three is gone, the other two and everything else are whole. */
static void only_board_1_lost(const struct fixture *f, enum na62_tally tally)
{
    assert_int_equal(f->bad.tally[tally], 1);
    assert_int_equal(board_rows(&f->bad, NA62_KTAG, 512, 0), 12);
    assert_int_equal(board_rows(&f->bad, NA62_KTAG, 512, 1), 0);
    assert_int_equal(board_rows(&f->bad, NA62_KTAG, 512, 2), 12);
    assert_true(f->bad.batch.events.quality[EVENT] & SPW_EVENT_DAMAGED);
    assert_false(f->bad.batch.events.quality[EVENT - 1] & SPW_EVENT_DAMAGED);
    others_unchanged(f, NA62_KTAG);
}

static const uint32_t KTAG_BOARD = 3 + 4 * 6; /* words of a standard board of 4 FPGAs */

static void standard_burst_is_clean(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(na62_read_damage(&f->good), 0);
    const struct spw_raw_hits *hits = &f->good.batch.hits[NA62_KTAG];
    assert_int_equal(rows_of(&f->good, NA62_KTAG, 0), 0);
    assert_int_equal(rows_of(&f->good, NA62_KTAG, EVENT), 36);
    const uint32_t i = hits->rows.first[EVENT] + 12 + 3; /* board 1, FPGA 1 */
    assert_int_equal(hits->address[i], 512 + 128 + 32 + 1);
    assert_int_equal(hits->ticks[i], 11);
    assert_int_equal(hits->edge[i], SPW_EDGE_LEADING);
    assert_int_equal(hits->address[i + 1], 512 + 128 + 32 + 31);
    assert_int_equal(hits->ticks[i + 2], 256 + 200);
    assert_int_equal(hits->edge[i + 2], SPW_EDGE_TRAILING);
    assert_int_equal(hits->quality[i + 2], 0);
    const struct spw_raw_hits *straw = &f->good.batch.hits[NA62_STRAW];
    const uint32_t k = straw->rows.first[EVENT] + 3; /* board 1 */
    assert_int_equal(straw->address[k], 256 + 8);
    assert_int_equal(straw->ticks[k], (0x1F01 - 0x2006 + 2) * 32 + 3);
    assert_int_equal(straw->ticks[k + 2], (0x1F01 - 0x2006 + 5) * 32 + 30);
    assert_int_equal(straw->edge[k + 2], SPW_EDGE_TRAILING);
    const struct spw_raw_events *events = &f->good.batch.events;
    assert_int_equal(events->quality[0], SPW_EVENT_SPECIAL);
    assert_int_equal(events->quality[EVENT], 0);
    assert_int_equal(events->l0_flags[EVENT], 0x8003);
    assert_int_equal(events->fine_time[EVENT], 0x55);
    assert_int_equal(events->run[EVENT], 8252);
    assert_int_equal(events->burst[EVENT], 17);
    assert_near(events->time_ns[EVENT], 0x55 * 24.951059536 / 256, 1e-5, 0);
}

static void wrong_board_number_costs_the_board(void **state) /* [7] */
{
    struct fixture *f = *state;
    *source_word(f, 0x04, KTAG_BOARD + 2) ^= 4u << 16;
    read_bad(f);
    only_board_1_lost(f, NA62_TALLY_TEL62_HEADER);
}

static void wrong_trigger_type_costs_the_board(void **state) /* [7] */
{
    struct fixture *f = *state;
    *source_word(f, 0x04, KTAG_BOARD + 2) ^= 8u << 8;
    read_bad(f);
    only_board_1_lost(f, NA62_TALLY_TEL62_HEADER);
}

static void wrong_timestamp_is_flagged(void **state) /* [7] */
{
    struct fixture *f = *state;
    *source_word(f, 0x04, KTAG_BOARD + 1) += 1;
    read_bad(f);
    assert_int_equal(f->bad.tally[NA62_TALLY_BLOCK_TIME], 1);
    assert_int_equal(rows_of(&f->bad, NA62_KTAG, EVENT), 36);
    const struct spw_raw_hits *hits = &f->bad.batch.hits[NA62_KTAG];
    const uint32_t first = hits->rows.first[EVENT];
    for (uint32_t i = 0; i < 36; ++i)
        assert_int_equal(hits->quality[first + i], i / 12 == 1 ? SPW_BAD_BOARD_TIME : 0);
    others_unchanged(f, NA62_KTAG);
}

static void absent_fpga_costs_the_board(void **state) /* [8] */
{
    struct fixture *f = *state;
    *source_word(f, 0x04, KTAG_BOARD + 2) |= 0x10; /* SL announced, not there */
    read_bad(f);
    only_board_1_lost(f, NA62_TALLY_TEL62_FPGA);
}

static void wrong_fpga_number_costs_the_board(void **state) /* [8] */
{
    struct fixture *f = *state;
    *source_word(f, 0x04, KTAG_BOARD + 3 + 6) ^= 2u << 16;
    read_bad(f);
    only_board_1_lost(f, NA62_TALLY_TEL62_FPGA);
}

static void slot_too_long_costs_the_board(void **state) /* [8] */
{
    struct fixture *f = *state;
    *source_word(f, 0x04, KTAG_BOARD + 4) += 1000u << 16;
    read_bad(f);
    only_board_1_lost(f, NA62_TALLY_TEL62_SLOT);
}

static void missing_slot_costs_the_board(void **state) /* [8] */
{
    struct fixture *f = *state;
    *source_word(f, 0x04, 2 * KTAG_BOARD - 6) -= 1; /* last FPGA: one slot instead of two */
    read_bad(f);
    only_board_1_lost(f, NA62_TALLY_TEL62_LENGTH);
}

static void impossible_size_costs_the_board(void **state) /* [8] */
{
    struct fixture *f = *state;
    *source_word(f, 0x04, KTAG_BOARD) |= 0xffff;
    read_bad(f);
    only_board_1_lost(f, NA62_TALLY_BLOCK_SIZE);
    *source_word(f, 0x04, KTAG_BOARD) &= ~0xffffu;
    na62_read_release(&f->bad);
    read_bad(f);
    only_board_1_lost(f, NA62_TALLY_BLOCK_SIZE);
}

static void short_size_costs_the_board(void **state) /* [8] */
{
    struct fixture *f = *state;
    *source_word(f, 0x04, KTAG_BOARD) -= 8;
    read_bad(f);
    assert_true(na62_read_damage(&f->bad) > 0);
    assert_int_equal(board_rows(&f->bad, NA62_KTAG, 512, 1), 0);
    assert_int_equal(board_rows(&f->bad, NA62_KTAG, 512, 2), 12);
    others_unchanged(f, NA62_KTAG);
}

static void long_size_costs_the_board(void **state) /* [8] */
{
    struct fixture *f = *state;
    *source_word(f, 0x04, KTAG_BOARD) += 8;
    read_bad(f);
    only_board_1_lost(f, NA62_TALLY_TEL62_LENGTH);
}

static void unknown_board_is_given_up(void **state)
{
    struct fixture *f = *state;
    *source_word(f, 0x04, KTAG_BOARD) |= 0x40u << 16;
    read_bad(f);
    only_board_1_lost(f, NA62_TALLY_BLOCK_BOARD);
}

static void second_block_of_a_board_is_given_up(void **state)
{
    struct fixture *f = *state;
    *source_word(f, 0x04, KTAG_BOARD) ^= 1u << 16; /* board 1 says it is 0 */
    read_bad(f);
    only_board_1_lost(f, NA62_TALLY_BLOCK_BOARD);
}

static void missing_fragment_is_counted(void **state) /* [4] */
{
    struct nb b = {0};
    struct na62_read read;
    (void)state;
    nb_burst_begin(&b, 8252, 17, 1);
    nb_event_begin(&b, 9, 500, 0xFEFE23, 1);
    nb_source(&b, 0x04);
    nb_put(&b, 8 | 1u << 24);
    nb_put(&b, 0xFFFFFFFF);
    nb_tel62(&b, 1, 4);
    nb_event_end(&b);
    nb_burst_end(&b);
    na62_read(&read, "burst", nb_bytes(&b));
    assert_int_equal(read.tally[NA62_TALLY_BLOCK_MISSING], 1);
    assert_int_equal(read.tally[NA62_TALLY_EVENT_UNFINISHED], 1);
    assert_true(read.batch.events.quality[0] & SPW_EVENT_UNFINISHED);
    assert_true(read.batch.records.rows.count > 0); /* board 1 answered */
    na62_read_release(&read);
    nb_release(&b);
}

static void error_and_corrupt_words_are_skipped(void **state) /* [9] */
{
    struct fixture *f = *state;
    uint32_t *word = source_word(f, 0x04, KTAG_BOARD + 5);
    *word = (*word & 0x0fffffff) | 6u << 28;
    word[1] = (word[1] & 0x0fffffff) | 0xCu << 28;
    read_bad(f);
    assert_int_equal(f->bad.tally[NA62_TALLY_TEL62_ERROR_WORD], 1);
    assert_int_equal(f->bad.tally[NA62_TALLY_TEL62_BAD_WORD], 1);
    assert_int_equal(board_rows(&f->bad, NA62_KTAG, 512, 1), 10);
    assert_int_equal(rows_of(&f->bad, NA62_KTAG, EVENT), 34);
    assert_true(f->bad.batch.events.quality[EVENT] & SPW_EVENT_DAMAGED);
    others_unchanged(f, NA62_KTAG);
}

static void flipped_error_flag_is_ignored(void **state) /* [10] */
{
    struct fixture *f = *state;
    *source_word(f, 0x04, 2 * KTAG_BOARD - 6) |=
        1u << 24; /* last FPGA: the board ends there */
    read_bad(f);
    assert_int_equal(f->bad.tally[NA62_TALLY_TEL62_FLAG_FLIP], 1);
    for (uint32_t e = 0; e < 4; ++e)
        assert_true(na62_same_event(&f->good, e, &f->bad, e, NA62_KTAG));
}

/* One board with an error frame of kinds 0, 2, 3 behind its slots. */
static void error_frame_is_read(void **state) /* 3.3.5 */
{
    struct nb b = {0};
    struct na62_read read;
    (void)state;
    nb_burst_begin(&b, 8252, 17, 1);
    nb_event_begin(&b, 9, 0x5000, 0x01, 1);
    nb_source(&b, 0x18);
    nb_board_begin(&b, 0, 0x5000);
    nb_put(&b, 3 | 4u << 8 | 2u << 24);
    nb_put(&b, 1 | 1u << 24);
    nb_put(&b, nb_slot(0x5000, 2));
    nb_put(&b, nb_edge(0, 0, 4, 0x5000, 1));
    nb_put(&b, nb_edge(0, 1, 4, 0x5000, 2));
    nb_put(&b, 1 | 2u << 8 | 4u << 16);
    nb_put(&b, 1u << 14 | 3);
    nb_put(&b, 2u << 30 | 1u << 20);
    nb_put(&b, 3u << 30 | 1u << 16); /* TDC 1: limiter */
    nb_put(&b, 0 | 1u << 16);
    nb_board_end(&b);
    nb_event_end(&b);
    nb_burst_end(&b);
    na62_read(&read, "burst", nb_bytes(&b));
    assert_int_equal(read.tally[NA62_TALLY_TEL62_ERROR_FRAME], 1);
    assert_int_equal(read.tally[NA62_TALLY_TEL62_TDC_ERROR], 2);
    assert_int_equal(read.tally[NA62_TALLY_TEL62_TDC_FATAL], 1);
    assert_int_equal(read.tally[NA62_TALLY_TEL62_BUFFER_ERROR], 1);
    assert_int_equal(read.tally[NA62_TALLY_TEL62_LIMITER], 1);
    const struct spw_raw_hits *hits = &read.batch.hits[NA62_CHOD];
    assert_int_equal(hits->rows.count, 2);
    assert_int_equal(hits->quality[0], 0);
    assert_int_equal(hits->quality[1], SPW_MULTI_HIT);
    na62_read_release(&read);
    nb_release(&b);
}

static void strange_edges_are_kept(void **state) /* [11] */
{
    struct fixture *f = *state;
    uint32_t *word = source_word(f, 0x04, KTAG_BOARD + 5);
    word[1] = word[0];                     /* repeated */
    word[6] ^= 1u << 8;                    /* FPGA 1: outside its slot */
    word[12] = (word[12] & ~0xffu) | 0xf0; /* FPGA 2: later than the next */
    read_bad(f);
    assert_int_equal(f->bad.tally[NA62_TALLY_TEL62_REPEATED], 1);
    assert_int_equal(f->bad.tally[NA62_TALLY_TEL62_OUT_OF_SLOT], 1);
    assert_true(f->bad.tally[NA62_TALLY_TEL62_ORDER] >= 1);
    assert_int_equal(board_rows(&f->bad, NA62_KTAG, 512, 1), 12);
    const struct spw_raw_hits *hits = &f->bad.batch.hits[NA62_KTAG];
    assert_int_equal(hits->quality[hits->rows.first[EVENT] + 12 + 3], SPW_OUT_OF_SLOT);
}

static void slots_out_of_window_are_flagged(void **state) /* [12] */
{
    struct fixture *f = *state;
    uint32_t *slot = source_word(f, 0x04, KTAG_BOARD + 4);
    *slot += 100; /* slot 100 after the trigger, its edges too */
    slot[1] += 100u << 8;
    slot[2] += 100u << 8;
    read_bad(f);
    assert_int_equal(f->bad.tally[NA62_TALLY_TEL62_WINDOW], 1);
    assert_int_equal(f->bad.tally[NA62_TALLY_TEL62_BAD_TRIGGER_TIME], 0);
    const struct spw_raw_hits *hits = &f->bad.batch.hits[NA62_KTAG];
    const uint32_t i = hits->rows.first[EVENT] + 12;
    assert_int_equal(hits->quality[i], SPW_OUT_OF_SLOT);
    assert_int_equal(hits->ticks[i], 10 + 100 * 256);
    assert_int_equal(hits->quality[i + 2], 0);
    others_unchanged(f, NA62_KTAG);
}

static void all_slots_wrong_is_a_bad_trigger_time(void **state) /* [12] */
{
    struct fixture *f = *state;
    uint32_t *fpga = source_word(f, 0x04, KTAG_BOARD + 3);
    for (uint32_t i = 0; i < 4; ++i) {
        fpga[6 * i + 1] += 100;
        fpga[6 * i + 4] += 100;
    }
    read_bad(f);
    assert_int_equal(f->bad.tally[NA62_TALLY_TEL62_WINDOW], 8);
    assert_int_equal(f->bad.tally[NA62_TALLY_TEL62_BAD_TRIGGER_TIME], 1);
}

/* Slot times of 16 bits and edge times of 19 bits wrap around the trigger. */
static void wrapping_times(void **state) /* [33] */
{
    (void)state;

    static const struct {
        uint32_t ticks;
        int32_t slot;
    } cases[] = {{0x0012FFFF, 1},  {0x0012FFFE, 3},  {0x00130000, -1}, {0x00130001, -2},
                 {0x001307FF, 1},  {0x00130800, -1}, {0xFFFFFFFF, 0},  {0x00137FFF, 1},
                 {0x00138000, -1}, {0x0013F000, 2},  {0x00130FFF, 4}};
    struct nb b = {0};
    struct na62_read read;
    const uint32_t n = sizeof cases / sizeof *cases;
    nb_burst_begin(&b, 8252, 17, n);
    for (uint32_t i = 0; i < n; ++i) {
        const uint32_t slot = cases[i].ticks + (uint32_t)cases[i].slot;
        nb_event_begin(&b, i + 1, cases[i].ticks, 0x01, 1);
        nb_source(&b, 0x04);
        nb_board_begin(&b, 2, cases[i].ticks);
        nb_put(&b, 8 | 4u << 8 | 2u << 16 | 2u << 24);
        nb_put(&b, 1 | 3u << 16);
        nb_put(&b, nb_slot(slot, 1));
        nb_put(&b, nb_edge(1, 3, 31, slot, 200));
        nb_board_end(&b);
        nb_event_end(&b);
    }
    nb_burst_end(&b);
    na62_read(&read, "burst", nb_bytes(&b));
    assert_int_equal(na62_read_damage(&read), 0);
    for (uint32_t i = 0; i < n; ++i) {
        assert_int_equal(read.batch.hits[NA62_KTAG].ticks[i], 256 * cases[i].slot + 200);
        assert_int_equal(read.batch.hits[NA62_KTAG].address[i], 1024 + 384 + 96 + 31);
        assert_int_equal(read.batch.events.quality[i], NA62_EVENT_NO_L0TP);
    }
    na62_read_release(&read);
    nb_release(&b);
}

static void edges_of_the_sl_fpga_are_skipped(void **state)
{
    struct nb b = {0};
    struct na62_read read;
    (void)state;
    nb_burst_begin(&b, 8252, 17, 1);
    nb_event_begin(&b, 9, 0x5000, 0x01, 1);
    nb_source(&b, 0x18);
    nb_board_begin(&b, 0, 0x5000);
    nb_put(&b, 0x11 | 4u << 8);
    nb_put(&b, 0);
    nb_put(&b, 1 | 4u << 16);
    nb_put(&b, nb_slot(0x5000, 1));
    nb_put(&b, nb_edge(0, 0, 4, 0x5000, 1));
    nb_board_end(&b);
    nb_event_end(&b);
    nb_burst_end(&b);
    na62_read(&read, "burst", nb_bytes(&b));
    assert_int_equal(read.tally[NA62_TALLY_TEL62_SL_HIT], 1);
    assert_int_equal(read.batch.hits[NA62_CHOD].rows.count, 0);
    na62_read_release(&read);
    nb_release(&b);
}

static double record_value(const struct na62_read *read,
                           uint32_t source,
                           uint32_t board,
                           uint32_t item,
                           uint32_t index)
{
    const struct spw_raw_records *r = &read->batch.records;
    for (uint32_t i = 0; i < r->rows.count; ++i)
        if (r->source[i] == source && r->board[i] == board && r->item[i] == item &&
            r->index[i] == index)
            return r->value[i];
    return -1;
}

static void special_frames_are_records(void **state) /* 3.3.6 */
{
    struct fixture *f = *state;
    assert_near(record_value(&f->good, 0x04, 2, NA62_RECORD_SOB_TIMESTAMP, 3), 3000, 0, 0);
    assert_near(record_value(&f->good, 0x04, 1, NA62_RECORD_LAST_TIMESTAMP, 2), 0xABCDEF, 0,
                0);
    assert_near(record_value(&f->good, 0x30, 0, NA62_RECORD_CHANNEL_COUNT, 128 + 33), 0x20,
                0, 0);
    assert_near(record_value(&f->good, 0x30, 0, NA62_RECORD_M3PSTA, 2001), 10, 0, 0);
    assert_near(record_value(&f->good, 0x30, 0, NA62_RECORD_M3PSTA, 2002), 255, 0, 0);
}

static void unreadable_special_frame_costs_the_board(void **state)
{
    struct fixture *f = *state;
    f->bytes.word[nb_source_at(&f->bytes, 0, 0x04) + 3] |= 0xfff;
    read_bad(f);
    assert_int_equal(f->bad.tally[NA62_TALLY_TEL62_SPECIAL], 1);
    assert_near(record_value(&f->bad, 0x04, 0, NA62_RECORD_SOB_TIMESTAMP, 0), -1, 0, 0);
    assert_near(record_value(&f->bad, 0x04, 1, NA62_RECORD_SOB_TIMESTAMP, 0), 3000, 0, 0);
}

static const uint32_t SRB_BOARD = 10; /* words of a standard straw board */

static void only_srb_1_lost(const struct fixture *f, enum na62_tally tally)
{
    assert_int_equal(f->bad.tally[tally], 1);
    assert_int_equal(rows_of(&f->bad, NA62_STRAW, EVENT), 9);
    assert_int_equal(board_rows(&f->bad, NA62_STRAW, 256, 1), 0);
    assert_true(f->bad.batch.events.quality[EVENT] & SPW_EVENT_DAMAGED);
    others_unchanged(f, NA62_STRAW);
}

static void srb_header_mismatch_costs_the_board(void **state) /* [14] */
{
    struct fixture *f = *state;
    *source_word(f, 0x14, SRB_BOARD + 2) ^= 1;
    read_bad(f);
    only_srb_1_lost(f, NA62_TALLY_SRB_HEADER);
}

static void srb_length_mismatch_costs_the_board(void **state) /* [14] */
{
    struct fixture *f = *state;
    *source_word(f, 0x14, SRB_BOARD + 2) ^= 4u << 16;
    read_bad(f);
    only_srb_1_lost(f, NA62_TALLY_SRB_LENGTH);
}

static void srb_counters_cost_the_board(void **state) /* [14] */
{
    struct fixture *f = *state;
    *source_word(f, 0x14, 2 * SRB_BOARD - 4) += 1;
    read_bad(f);
    only_srb_1_lost(f, NA62_TALLY_SRB_COUNTERS);
}

static void srb_times_are_flagged(void **state) /* [15] */
{
    struct fixture *f = *state;
    *source_word(f, 0x14, SRB_BOARD + 1) += 7;
    *source_word(f, 0x14, 2 * SRB_BOARD + 3) += 1u << 20;
    read_bad(f);
    assert_int_equal(f->bad.tally[NA62_TALLY_BLOCK_TIME], 1);
    assert_int_equal(f->bad.tally[NA62_TALLY_SRB_LATENCY], 1);
    const struct spw_raw_hits *hits = &f->bad.batch.hits[NA62_STRAW];
    const uint32_t first = hits->rows.first[EVENT];
    for (uint32_t i = 0; i < 12; ++i)
        assert_int_equal(hits->quality[first + i],
                         i / 3 == 1 || i / 3 == 2 ? SPW_BAD_BOARD_TIME : 0);
    others_unchanged(f, NA62_STRAW);
}

/* One straw board with these hits. */
static void read_straws(struct na62_read *read,
                        const uint16_t *hits,
                        uint32_t n,
                        const uint8_t *counters)
{
    struct nb b = {.latency = 0x1F01};
    nb_burst_begin(&b, 8252, 17, 1);
    nb_event_begin(&b, 9, 0x50000, 0x01, 1);
    nb_source(&b, 0x14);
    nb_srb(&b, 31, hits, n, counters);
    nb_event_end(&b);
    nb_burst_end(&b);
    na62_read(read, "burst", nb_bytes(&b));
    nb_release(&b);
}

static void srb_padding_and_repetition(void **state) /* [16] */
{
    (void)state;
    struct na62_read read;
    const uint8_t counters[16] = {[0] = 3, [15] = 1};
    const uint16_t hits[] = {nb_straw(1, 0, 2), 0xFFFF, nb_straw(3, 0, 4),
                             nb_straw(3, 0, 4), nb_straw(3, 0, 4)};
    read_straws(&read, hits, 5, counters);
    assert_int_equal(read.tally[NA62_TALLY_SRB_PADDING], 1);
    assert_int_equal(read.tally[NA62_TALLY_SRB_REPEATED],
                     1); /* in slot 15 it is another hit */
    const struct spw_raw_hits *straw = &read.batch.hits[NA62_STRAW];
    assert_int_equal(straw->rows.count, 3);
    assert_int_equal(straw->address[2], 31 * 256 + 3);
    assert_int_equal(straw->ticks[2] - straw->ticks[1], 15 * 32);
    na62_read_release(&read);
}

static void srb_error_bits_are_kept(void **state)
{
    (void)state;
    struct na62_read read;
    const uint8_t counters[16] = {[3] = 2};
    const uint16_t hits[] = {nb_straw(255, 1, 31),
                             (uint16_t)(nb_straw(0, 0, 0) | 1u << 15)};
    read_straws(&read, hits, 2, counters);
    const struct spw_raw_hits *straw = &read.batch.hits[NA62_STRAW];
    assert_int_equal(straw->rows.count, 2);
    assert_int_equal(straw->address[0], 31 * 256 + 255);
    assert_int_equal(straw->quality[0], 0);
    assert_int_equal(straw->quality[1], SPW_MULTI_HIT);
    na62_read_release(&read);
}

/* 255 hits in each slot: more than a counter vector, and long runs. */
static void srb_full_board(void **state)
{
    (void)state;
    struct na62_read read;

    enum { N = 255 * 16 };

    uint16_t *hits = malloc(N * sizeof *hits);
    uint8_t counters[16];
    memset(counters, 255, sizeof counters);
    for (uint32_t i = 0; i < N; ++i) hits[i] = nb_straw(i % 255, i & 1, i & 31);
    read_straws(&read, hits, N, counters);
    assert_int_equal(read.batch.hits[NA62_STRAW].rows.count, N);
    assert_int_equal(read.batch.hits[NA62_STRAW].ticks[N - 1],
                     (0x1F01 - 0x2006 + 15) * 32 + ((N - 1) & 31));
    na62_read_release(&read);
    free(hits);
}

/* Data format 0: no timestamp word, no windows, other offsets (2014). */
static void format_0_of_2014(void **state)
{
    (void)state;
    struct nb b = {.latency = 0xF01};
    struct na62_read read;
    nb_event_begin(&b, 9, 0x5000, 0x01, 2);
    nb_source(&b, 0x04);
    for (uint32_t board = 0; board < 2; ++board) {
        nb_put(&b, (4 * 5) | board << 16);
        nb_put(&b, 1 | 4u << 8 | board << 16);
        nb_put(&b, 1 | 1u << 8);
        nb_put(&b, nb_slot(0x5000 - 14, 1));
        nb_put(&b, nb_edge(0, 0, 4, 0x5000 - 14, 1));
    }
    nb_source(&b, 0x40);
    nb_put(&b, 4 * 5);
    for (uint32_t i = 0; i < 4; ++i) nb_put(&b, i ? 0 : 0x40010155);
    nb_event_end(&b);
    na62_read(&read, "cdr01001520-0003.dat", nb_bytes(&b));
    assert_ok(read.status);
    assert_int_equal(na62_read_damage(&read), 1);
    assert_int_equal(read.tally[NA62_TALLY_EVENT_BURST], 1); /* name says 3, event 17 */
    assert_int_equal(read.file.run, 1520);
    assert_int_equal(read.batch.hits[NA62_KTAG].rows.count, 2);
    assert_int_equal(read.batch.hits[NA62_KTAG].ticks[1], -14 * 256 + 1);
    assert_int_equal(read.batch.hits[NA62_KTAG].quality[1], 0);
    assert_int_equal(read.batch.hits[NA62_L0TP].rows.count, 1);
    na62_read_release(&read);
    nb_release(&b);
}

static void misaligned_block_is_rounded_up(void **state) /* [6] */
{
    struct fixture *f = *state;
    *source_word(f, 0x04, KTAG_BOARD) -= 2; /* the farm would have added 2 bytes */
    read_bad(f);
    assert_int_equal(f->bad.tally[NA62_TALLY_BLOCK_ALIGN], 1);
    for (uint32_t e = 0; e < 4; ++e)
        assert_true(na62_same_event(&f->good, e, &f->bad, e, NA62_KTAG));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(standard_burst_is_clean),
        TEST(wrong_board_number_costs_the_board),
        TEST(wrong_trigger_type_costs_the_board),
        TEST(wrong_timestamp_is_flagged),
        TEST(absent_fpga_costs_the_board),
        TEST(wrong_fpga_number_costs_the_board),
        TEST(slot_too_long_costs_the_board),
        TEST(missing_slot_costs_the_board),
        TEST(impossible_size_costs_the_board),
        TEST(short_size_costs_the_board),
        TEST(long_size_costs_the_board),
        TEST(unknown_board_is_given_up),
        TEST(second_block_of_a_board_is_given_up),
        TEST(missing_fragment_is_counted),
        TEST(error_and_corrupt_words_are_skipped),
        TEST(flipped_error_flag_is_ignored),
        TEST(error_frame_is_read),
        TEST(strange_edges_are_kept),
        TEST(slots_out_of_window_are_flagged),
        TEST(all_slots_wrong_is_a_bad_trigger_time),
        TEST(wrapping_times),
        TEST(edges_of_the_sl_fpga_are_skipped),
        TEST(special_frames_are_records),
        TEST(unreadable_special_frame_costs_the_board),
        TEST(srb_header_mismatch_costs_the_board),
        TEST(srb_length_mismatch_costs_the_board),
        TEST(srb_counters_cost_the_board),
        TEST(srb_times_are_flagged),
        TEST(srb_padding_and_repetition),
        TEST(srb_error_bits_are_kept),
        TEST(srb_full_board),
        TEST(format_0_of_2014),
        TEST(misaligned_block_is_rounded_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
