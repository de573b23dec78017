/* Start and end of burst: the first and the last event (formats/na62.md 2.7, 3.3.6, 3.9). */
#include "sim/readout.h"

enum { CLOCK_MARGIN = 4000, NO_FINE_TIME = 0 };

/* TEL62 sources with their boards. */
static const struct {
    uint32_t source;
    enum na62_stream stream;
    uint32_t n_boards;
} tel62[] = {
    {NA62_SOURCE_KTAG, NA62_KTAG, 6}, {NA62_SOURCE_CHANTI, NA62_CHANTI, 2},
    {NA62_SOURCE_LAV, NA62_LAV, 12},  {NA62_SOURCE_CHOD, NA62_CHOD, 1},
    {NA62_SOURCE_RICH, NA62_RICH, 5}, {NA62_SOURCE_IRC, NA62_IRC_BOARD, 1},
    {NA62_SOURCE_MUV3, NA62_MUV3, 1}, {NA62_SOURCE_HASC, NA62_HASC, 1},
};

enum { N_TEL62 = sizeof tel62 / sizeof *tel62 };

/* FPGAs of a board: three on LAV 1-5, MUV3 and HASC, else four. */
static uint32_t n_fpgas(uint32_t source, uint32_t board)
{
    const bool three = (source == NA62_SOURCE_LAV && board < 5) ||
                       source == NA62_SOURCE_MUV3 || source == NA62_SOURCE_HASC;
    return three ? 3 : 4;
}

static enum spw_status add_frame(const struct sim_setup *setup,
                                 struct spw_raw_batch *batch,
                                 struct sim_truth *truth,
                                 uint32_t number,
                                 uint32_t timestamp,
                                 uint32_t l0_type)
{
    struct spw_raw_events *events = &batch->events;
    const uint32_t i = events->rows.count++, word = 0x200000 | 0x2000 | l0_type;
    events->run[i] = setup->run;
    events->burst[i] = setup->burst;
    events->event[i] = number;
    events->timestamp_ticks[i] = timestamp;
    events->fine_time[i] = NO_FINE_TIME;
    events->trigger_word[i] = word;
    events->l0_flags[i] = 0;
    events->time_ns[i] = 0;
    events->quality[i] = SPW_EVENT_SPECIAL;
    spw_raw_batch_close_event(batch, 0);
    return sim_truth_add_frame(truth, 0, number, timestamp, word);
}

enum spw_status sim_start_of_burst(const struct sim_setup *setup,
                                   struct spw_raw_batch *batch,
                                   struct sim_truth *truth)
{
    const uint32_t timestamp = setup->timestamp[0] - CLOCK_MARGIN;
    for (int t = 0; t < N_TEL62; ++t)
        for (uint32_t board = 0; board < tel62[t].n_boards; ++board)
            for (uint32_t fpga = 0; fpga < n_fpgas(tel62[t].source, board); ++fpga)
                SPW_TRY(sim_add_record(batch, tel62[t].source, board,
                                       NA62_RECORD_SOB_TIMESTAMP, fpga, timestamp));
    return add_frame(setup, batch, truth, 0, timestamp, NA62_L0_SOB);
}

/* Counters of the boards: last timestamp, leading edges of each mapped channel. */
static enum spw_status add_counts(const struct sim_counters *counters,
                                  struct spw_raw_batch *batch,
                                  int t,
                                  uint32_t timestamp)
{
    const uint64_t *leading = counters->leading[tel62[t].stream];
    for (uint32_t board = 0; board < tel62[t].n_boards; ++board)
        for (uint32_t fpga = 0; fpga < n_fpgas(tel62[t].source, board); ++fpga) {
            SPW_TRY(sim_add_record(batch, tel62[t].source, board,
                                   NA62_RECORD_LAST_TIMESTAMP, fpga, timestamp));
            for (uint32_t c = 0; c < 128; ++c) {
                const uint64_t n = leading[512 * board + 128 * fpga + c];
                if (n)
                    SPW_TRY(sim_add_record(batch, tel62[t].source, board,
                                           NA62_RECORD_CHANNEL_COUNT, 128 * fpga + c,
                                           (double)(n & 0xFFFFFF)));
            }
        }
    return SPW_OK;
}

/* DIM blocks: the L1 farm's counters, the beam's intensity and scalers, the KTAG's pressure. */
static enum spw_status add_dim(const struct sim_setup *setup, struct spw_raw_batch *batch)
{
    const uint32_t n = (uint32_t)setup->n_events;
    const uint32_t l1[4] = {0, 0, 10 * n, 2};
    const uint32_t beam[7] = {setup->sob_time_s, 0x53000000, 3000, 0, 0, 0, 0};
    const uint32_t ktag[4] = {1750, 293, 0, 0};

    const struct {
        uint32_t board, n;
        const uint32_t *word;
    } blocks[] = {{NA62_SOURCE_L1 << 8, 4, l1},
                  {NA62_SOURCE_NSTD << 8, 7, beam},
                  {NA62_SOURCE_KTAG << 8, 4, ktag}};

    for (size_t b = 0; b < sizeof blocks / sizeof *blocks; ++b) {
        SPW_TRY(sim_add_record(batch, NA62_SOURCE_NSTD, blocks[b].board,
                               NA62_RECORD_DIM_TIME, 0, setup->sob_time_s + 5));
        for (uint32_t i = 0; i < blocks[b].n; ++i)
            SPW_TRY(sim_add_record(batch, NA62_SOURCE_NSTD, blocks[b].board,
                                   NA62_RECORD_DIM_WORD, i, blocks[b].word[i]));
    }
    return SPW_OK;
}

enum spw_status sim_end_of_burst(const struct sim_setup *setup,
                                 const struct sim_counters *counters,
                                 struct spw_raw_batch *batch,
                                 struct sim_truth *truth)
{
    const uint64_t last = setup->n_events - 1;
    const uint32_t timestamp = setup->timestamp[last] + CLOCK_MARGIN;
    for (int t = 0; t < N_TEL62; ++t) SPW_TRY(add_counts(counters, batch, t, timestamp));
    SPW_TRY(add_dim(setup, batch));
    return add_frame(setup, batch, truth, setup->number[last] + 1, timestamp, NA62_L0_EOB);
}
