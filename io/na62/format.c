/// NA62 as a format: streams, tallies, and the functions behind spw_format_na62.

#include "io/na62/reader.h"

#define TDC_LSB_NS (NA62_CLOCK_NS / 256)
#define TEL62(name_, boards, source_)                                            \
    {                                                                            \
        .name = (name_), .kind = SPW_STREAM_HITS, .pairing = SPW_PAIR_READOUT,   \
        .lsb_ns = TDC_LSB_NS, .n_addresses = 512 * (boards), .source = (source_) \
    }
#define CREAM(name_, addresses, source_)                                         \
    {                                                                            \
        .name = (name_), .kind = SPW_STREAM_PULSES, .pairing = SPW_PAIR_NONE,    \
        .lsb_ns = NA62_CLOCK_NS, .n_addresses = (addresses), .source = (source_) \
    }

static const struct spw_stream streams[NA62_N_STREAMS] = {
    [NA62_KTAG] = TEL62("ktag", 6, NA62_SOURCE_KTAG),
    [NA62_CHANTI] = TEL62("chanti", 2, NA62_SOURCE_CHANTI),
    [NA62_LAV] = TEL62("lav", 12, NA62_SOURCE_LAV),
    [NA62_STRAW] = {.name = "straw",
                    .kind = SPW_STREAM_HITS,
                    .pairing = SPW_PAIR_TIME,
                    .lsb_ns = NA62_CLOCK_NS / 32,
                    .n_addresses = 32 * 256,
                    .source = NA62_SOURCE_STRAW},
    [NA62_CHOD] = TEL62("chod", 1, NA62_SOURCE_CHOD),
    [NA62_RICH] = TEL62("rich", 5, NA62_SOURCE_RICH),
    [NA62_IRC_BOARD] = TEL62("irc_board", 1, NA62_SOURCE_IRC),
    [NA62_MUV3] = TEL62("muv3", 1, NA62_SOURCE_MUV3),
    [NA62_HASC] = TEL62("hasc", 1, NA62_SOURCE_HASC),
    [NA62_GTK] = {.name = "gtk",
                  .kind = SPW_STREAM_HITS,
                  .pairing = SPW_PAIR_ADJACENT,
                  .lsb_ns = NA62_CLOCK_NS / 512,
                  .n_addresses = 3 * 18000,
                  .source = NA62_SOURCE_GTK},
    [NA62_L0TP] = {.name = "l0tp",
                   .kind = SPW_STREAM_HITS,
                   .pairing = SPW_PAIR_NONE,
                   .lsb_ns = TDC_LSB_NS,
                   .n_addresses = 21,
                   .source = NA62_SOURCE_L0TP},
    [NA62_LKR] = CREAM("lkr", 32 * 512, NA62_SOURCE_LKR),
    [NA62_MUV1] = CREAM("muv1", 6 * 32, NA62_SOURCE_MUV1),
    [NA62_MUV2] = CREAM("muv2", 3 * 32, NA62_SOURCE_MUV2),
    [NA62_SAV] = CREAM("sav", 32, NA62_SOURCE_MUV2),
};

enum { LAST_OLD_RUN = 4399, LAST_SWAPPED_RUN = 4299, FIRST_GTK2_RUN = 7000 };

struct na62_settings na62_settings_for(uint32_t run)
{
    const bool old = run <= LAST_OLD_RUN;
    return (struct na62_settings){
        .run = run,
        .latency = old ? 0xF01 : 0x1F01,
        .gtk_format = old                    ? 0
                      : run < FIRST_GTK2_RUN ? 1
                                             : 2,
        .cream_swapped = run <= LAST_SWAPPED_RUN,
        .check_windows = !old,
    };
}

static enum spw_status unpack(const struct spw_raw_file *file,
                              uint32_t first,
                              uint32_t n,
                              enum spw_isa isa,
                              struct spw_raw_batch *batch,
                              uint64_t *tally)
{
    enum { LEARN_EVENTS = 16 };

    const struct spw_event_index *index = &file->index;
    struct na62_unpack u;
    na62_unpack_begin(&u, file->state, isa, batch, tally);
    for (uint32_t i = first; i < first + n; ++i) {
        if (i - first == LEARN_EVENTS)
            SPW_TRY(na62_unpack_expect(&u, LEARN_EVENTS, n - LEARN_EVENTS));
        if (index->reason[i]) {
            SPW_TRY(
                na62_event_skip(&u, index->number[i], index->ticks[i], index->burst[i]));
            continue;
        }
        const struct spw_bytes bytes =
            spw_bytes_from(file->map.bytes, index->offset[i], index->size[i]);
        SPW_TRY(na62_event_unpack(&u, bytes, file->burst));
    }
    na62_unpack_finish(&u);
    return SPW_OK;
}

const struct spw_format spw_format_na62 = {
    .name = "na62",
    .experiment = "na62",
    .meaning = "NA62 bursts, with and without burst header",
    .events = &spw_raw_events_table,
    .streams = streams,
    .n_streams = NA62_N_STREAMS,
    .tallies = na62_tallies,
    .n_tallies = NA62_N_TALLIES,
    .probe = na62_burst_probe,
    .index = na62_burst_index,
    .unpack = unpack,
};
