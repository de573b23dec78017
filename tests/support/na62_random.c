#include "support/na62_random.h"

#include "support/test.h"

const struct na62_period na62_periods[] = {
    {"2014 without burst header", 1520, true},
    {"2015 big-endian calorimeters", 4041, false},
    {"2015 last runs", 4350, false},
    {"2016 empty LKr blocks kept", 5670, false},
    {"2016 empty LKr blocks dropped", 6600, false},
    {"2017", 8252, false},
    {"2018 L1 format 1", 8530, false},
    {"2018 L1 format 2", 9001, false},
};
const uint32_t na62_n_periods = sizeof na62_periods / sizeof *na62_periods;

static const struct tel62 {
    uint32_t source, stream, n_boards;
} tel62s[] = {
    {NA62_SOURCE_KTAG, NA62_KTAG, 6}, {NA62_SOURCE_CHANTI, NA62_CHANTI, 2},
    {NA62_SOURCE_LAV, NA62_LAV, 12},  {NA62_SOURCE_CHOD, NA62_CHOD, 1},
    {NA62_SOURCE_RICH, NA62_RICH, 5}, {NA62_SOURCE_IRC, NA62_IRC_BOARD, 1},
    {NA62_SOURCE_MUV3, NA62_MUV3, 1}, {NA62_SOURCE_HASC, NA62_HASC, 1},
};

enum { N_TEL62S = sizeof tel62s / sizeof *tel62s };

static uint32_t below(uint64_t *random, uint32_t n)
{
    return (uint32_t)((test_random(random) >> 32) * n >> 32);
}

static uint32_t word(uint64_t *random)
{
    return (uint32_t)test_random(random);
}

enum spw_status na62_add_hit(struct spw_raw_batch *batch,
                             uint32_t stream,
                             uint32_t address,
                             int32_t ticks,
                             uint8_t edge)
{
    SPW_TRY(spw_raw_hits_reserve(batch, stream, 1));
    struct spw_raw_hits *hits = &batch->hits[stream];
    const uint32_t i = hits->rows.count++;
    hits->address[i] = address;
    hits->ticks[i] = ticks;
    hits->edge[i] = edge;
    hits->quality[i] = 0;
    hits->value[i] = 0;
    return SPW_OK;
}

enum spw_status na62_add_record(struct spw_raw_batch *batch,
                                uint32_t source,
                                uint32_t board,
                                uint32_t item,
                                uint32_t index,
                                double value)
{
    struct spw_raw_records *records = &batch->records;
    SPW_TRY(spw_rows_reserve(&records->rows, &spw_raw_records_table, batch->arena, 1));
    const uint32_t i = records->rows.count++;
    records->source[i] = source;
    records->board[i] = board;
    records->item[i] = item;
    records->index[i] = index;
    records->value[i] = value;
    return SPW_OK;
}

static enum spw_status add_words(struct spw_raw_batch *batch,
                                 uint32_t source,
                                 uint32_t board,
                                 uint32_t item,
                                 uint32_t n,
                                 uint64_t *random)
{
    for (uint32_t i = 0; i < n; ++i)
        SPW_TRY(na62_add_record(batch, source, board, item, i, word(random)));
    return SPW_OK;
}

static enum spw_status add_tel62_hits(struct spw_raw_batch *batch, uint64_t *random)
{
    for (int t = 0; t < N_TEL62S; ++t) {
        const uint32_t n = below(random, 4) ? below(random, 12) : 0;
        const uint32_t reach = below(random, 4) ? 8 : 0x800;
        for (uint32_t i = 0; i < n; ++i)
            SPW_TRY(na62_add_hit(
                batch, tel62s[t].stream, below(random, 512 * tel62s[t].n_boards),
                (int32_t)below(random, 512 * reach) - (int32_t)(256 * reach),
                (uint8_t)below(random, 2)));
    }
    return SPW_OK;
}

static enum spw_status
add_straw_hits(struct spw_raw_batch *batch, uint32_t run, uint64_t *random)
{
    const uint32_t n = below(random, 30), one_board = below(random, 8192 - 256);
    const uint32_t spread = below(random, 2) ? 8192 : 256;
    for (uint32_t i = 0; i < n; ++i) {
        const uint32_t address =
            spread == 8192 ? below(random, 8192) : one_board + below(random, 256);
        SPW_TRY(
            na62_add_hit(batch, NA62_STRAW, address,
                         32 * na62_srb_first_slot(run) + (int32_t)below(random, 16 * 32),
                         (uint8_t)below(random, 2)));
        if (below(random, 10) == 0)
            batch->hits[NA62_STRAW].quality[batch->hits[NA62_STRAW].rows.count - 1] =
                SPW_MULTI_HIT;
    }
    return SPW_OK;
}

/* Leading edges in the frame of the trigger or the one before; widths that 6 bits can say. */
static enum spw_status
add_gtk_hits(struct spw_raw_batch *batch, uint32_t timestamp, uint64_t *random)
{
    static const uint32_t offset[3] = {293, 289, 290};
    const uint32_t n = below(random, 20);
    for (uint32_t i = 0; i < n; ++i) {
        const uint32_t address = below(random, 54000);
        const uint32_t l1a = timestamp - offset[address / 18000];
        const int32_t in_frame = (int32_t)(l1a & 0xFF) * 256;
        const int32_t leading = (int32_t)below(random, 2 * 65536) - 65536 - in_frame;
        const int32_t trailing = leading + (int32_t)below(random, 2017);
        SPW_TRY(na62_add_hit(batch, NA62_GTK, address, 2 * leading + 1, SPW_EDGE_LEADING));
        SPW_TRY(
            na62_add_hit(batch, NA62_GTK, address, 2 * trailing + 1, SPW_EDGE_TRAILING));
    }
    return SPW_OK;
}

static bool lkr_address_exists(uint32_t address)
{
    static const uint32_t gone[][3] = {/* crate, first slot index, last */
                                       {4, 2, 5},   {7, 8, 9},    {7, 14, 15}, {24, 0, 1},
                                       {24, 6, 7},  {27, 10, 13}, {0, 0, 15},  {3, 0, 15},
                                       {28, 0, 15}, {31, 0, 15}};
    const uint32_t crate = address / 512, slot = address / 32 % 16;
    for (size_t i = 0; i < sizeof gone / sizeof *gone; ++i)
        if (crate == gone[i][0] && slot >= gone[i][1] && slot <= gone[i][2]) return false;
    return true;
}

static enum spw_status add_pulse(struct spw_raw_batch *batch,
                                 uint32_t stream,
                                 uint32_t address,
                                 uint32_t n,
                                 uint64_t *random)
{
    SPW_TRY(spw_raw_pulses_reserve(batch, stream, 1, n));
    struct spw_raw_pulses *pulses = &batch->pulses[stream];
    const uint32_t i = pulses->rows.count++;
    pulses->address[i] = address;
    pulses->length[i] = (uint16_t)n;
    pulses->quality[i] = 0;
    for (uint32_t k = 0; k < n; ++k)
        pulses->sample[i * pulses->n_samples + k] =
            (uint16_t)(1 + below(random, (1 << 14) - 2));
    uint16_t *sample = pulses->sample + (size_t)i * pulses->n_samples;
    if (sample[1] > sample[0])
        sample[2] = sample[1]; /* no stuck bit, which readers look for */
    else
        sample[2] = sample[0] = sample[1];
    return SPW_OK;
}

/* Channels of a stream in random places, each at most once. */
static enum spw_status
add_pulses(struct spw_raw_batch *batch, uint32_t stream, uint32_t run, uint64_t *random)
{
    const uint32_t n_channels = stream == NA62_LKR    ? 16384
                                : stream == NA62_MUV1 ? 192
                                : stream == NA62_MUV2 ? 96
                                                      : 32;
    uint32_t stride = 1 + below(random, n_channels / 8),
             address = below(random, n_channels);
    const uint32_t n = below(random, 1 + n_channels / stride / 2);
    stride |= 1;
    for (uint32_t i = 0; i < n && i < 40; ++i, address = (address + stride) % n_channels)
        if (stream != NA62_LKR || lkr_address_exists(address))
            SPW_TRY(add_pulse(batch, stream, address,
                              na62_n_samples(run, (enum na62_stream)stream), random));
    return SPW_OK;
}

static uint32_t l0tp_words(const struct na62_period *period)
{
    return period->no_burst_header ? 6 : period->run < 7000 ? 8 : 22;
}

/* Rows of the l0tp stream that `words` say. */
static enum spw_status
add_primitives(struct spw_raw_batch *batch, const uint32_t *words, uint32_t n_words)
{
    static const uint32_t first[3] = {0, 10, 16}, fine[3] = {8, 14, 20};
    for (uint32_t slot = 0; slot < (n_words == 22 ? 3u : 1u); ++slot) {
        const uint32_t fine_word = n_words == 8 ? 6 : fine[slot];
        for (uint32_t d = 0; d < 7; ++d) {
            const uint32_t half = 2 * first[slot] + 1 + d;
            const uint32_t value = words[half / 2] >> 16 * (half % 2) & 0xFFFF;
            const uint32_t time =
                n_words > 6 ? words[fine_word + d / 4] >> 8 * (d % 4) & 0xFF : 0;
            if (value == 0) continue;
            SPW_TRY(na62_add_hit(batch, NA62_L0TP, 7 * slot + d, (int32_t)time, 0));
            batch->hits[NA62_L0TP].value[batch->hits[NA62_L0TP].rows.count - 1] =
                (uint16_t)value;
        }
    }
    return SPW_OK;
}

static enum spw_status
add_l1_word(struct spw_raw_batch *batch, uint32_t value, uint32_t *n_words)
{
    return na62_add_record(batch, NA62_SOURCE_L1, 0, NA62_RECORD_L1_WORD, (*n_words)++,
                           value);
}

/* Masks with algorithms of four words or, now and then, a straw algorithm of thirteen. */
static enum spw_status
add_l1_block(struct spw_raw_batch *batch, uint32_t run, uint64_t *random)
{
    const uint32_t n_masks = below(random, 4), format = run >= 8584 ? 2 : run >= 8520;
    uint32_t n_words = 0;
    SPW_TRY(add_l1_word(batch, format << 24 | (word(random) & 0xFFFF00) | 12, &n_words));
    SPW_TRY(add_l1_word(batch, word(random), &n_words));
    SPW_TRY(add_l1_word(batch, (word(random) & 0xFFFFFF00) | n_masks, &n_words));
    for (uint32_t m = 0; m < n_masks; ++m) {
        const uint32_t n_algorithms = below(random, 4);
        SPW_TRY(add_l1_word(batch, (word(random) & 0xFFFFFF00) | n_algorithms, &n_words));
        SPW_TRY(add_l1_word(batch, word(random), &n_words));
        for (uint32_t a = 0; a < n_algorithms; ++a) {
            const uint32_t length = below(random, 4) ? 4 : 13, id = length == 13 ? 5 : a;
            SPW_TRY(add_l1_word(batch, (word(random) & 0xFF00FF00) | id << 16 | length,
                                &n_words));
            for (uint32_t i = 1; i < length; ++i)
                SPW_TRY(add_l1_word(batch, word(random), &n_words));
        }
    }
    return SPW_OK;
}

static enum spw_status add_trigger(struct spw_raw_batch *batch,
                                   const struct na62_period *period,
                                   uint32_t e,
                                   uint64_t *random)
{
    const uint32_t n_words = l0tp_words(period);
    struct spw_raw_events *events = &batch->events;
    uint32_t words[22];
    for (uint32_t i = 0; i < n_words; ++i) words[i] = word(random);
    for (uint32_t i = 0; i < n_words; ++i)
        if (below(random, 4) == 0) words[i] &= 0xFFFF;
    words[0] = (words[0] & 0xFFFFFF00) | events->fine_time[e];
    words[5] = (words[5] & 0xFFFFFF00) | (events->trigger_word[e] & 0xFF);
    events->l0_flags[e] = words[5] >> 16;
    if (!(events->quality[e] & SPW_EVENT_SPECIAL))
        SPW_TRY(add_primitives(batch, words, n_words));
    if (below(random, 2)) return SPW_OK;
    for (uint32_t i = 0; i < n_words; ++i)
        SPW_TRY(na62_add_record(batch, NA62_SOURCE_L0TP, 0, NA62_RECORD_L0TP_WORD, i,
                                words[i]));
    if (period->run >= 4400) SPW_TRY(add_l1_block(batch, period->run, random));
    return add_words(batch, NA62_SOURCE_L2, 0, NA62_RECORD_L2_WORD, 1, random);
}

static enum spw_status add_start_of_burst(struct spw_raw_batch *batch, uint64_t *random)
{
    for (int t = 0; t < N_TEL62S; ++t)
        for (uint32_t b = 0; b < tel62s[t].n_boards; ++b)
            for (uint32_t f = 0; f < 3; ++f)
                SPW_TRY(na62_add_record(batch, tel62s[t].source, b,
                                        NA62_RECORD_SOB_TIMESTAMP, f, word(random)));
    return SPW_OK;
}

static enum spw_status add_counters(struct spw_raw_batch *batch, uint64_t *random)
{
    for (int t = 0; t < N_TEL62S; ++t)
        for (uint32_t b = 0; b < tel62s[t].n_boards; ++b)
            for (uint32_t f = 0; f < 3; ++f) {
                SPW_TRY(na62_add_record(batch, tel62s[t].source, b,
                                        NA62_RECORD_LAST_TIMESTAMP, f, word(random)));
                for (uint32_t c = below(random, 60); c < 128; c += 1 + below(random, 60))
                    SPW_TRY(na62_add_record(batch, tel62s[t].source, b,
                                            NA62_RECORD_CHANNEL_COUNT, 128 * f + c,
                                            word(random) >> 8));
            }
    for (uint32_t f = 0; f < 3; ++f)
        for (uint32_t i = 0; i < 139; ++i)
            SPW_TRY(na62_add_record(batch, NA62_SOURCE_MUV3, 0, NA62_RECORD_M3PSTA,
                                    1000 * f + i, word(random)));
    return SPW_OK;
}

static enum spw_status
add_gtk_counters(struct spw_raw_batch *batch, uint32_t run, uint64_t *random)
{
    if (run < 4400) return SPW_OK;
    for (uint32_t half = 0; half < 60; ++half) {
        const uint32_t pc = half / 10, chip = 5 * (pc % 2) + half % 10 / 2;
        SPW_TRY(na62_add_record(batch, NA62_SOURCE_GTK, pc, NA62_RECORD_GTK_ERRORS, chip,
                                below(random, 256)));
        SPW_TRY(na62_add_record(batch, NA62_SOURCE_GTK, pc, NA62_RECORD_GTK_CHOKES, chip,
                                below(random, 256)));
        SPW_TRY(na62_add_record(batch, NA62_SOURCE_GTK, pc, NA62_RECORD_GTK_TIMESTAMP, chip,
                                word(random)));
        if (run < 7000) continue;
        SPW_TRY(na62_add_record(batch, NA62_SOURCE_GTK, pc, NA62_RECORD_GTK_FIRMWARE, chip,
                                below(random, 1 << 24)));
        SPW_TRY(na62_add_record(batch, NA62_SOURCE_GTK, pc, NA62_RECORD_GTK_HITS, chip,
                                word(random)));
    }
    return SPW_OK;
}

static enum spw_status
add_end_of_burst(struct spw_raw_batch *batch, uint32_t run, uint32_t e, uint64_t *random)
{
    static const uint32_t dim_boards[] = {0x4401, 0x4802, 0x4C00, 0x0407};
    SPW_TRY(add_counters(batch, random));
    SPW_TRY(add_gtk_counters(batch, run, random));
    for (size_t b = 0; b < sizeof dim_boards / sizeof *dim_boards; ++b) {
        SPW_TRY(na62_add_record(batch, NA62_SOURCE_NSTD, dim_boards[b],
                                NA62_RECORD_DIM_TIME, 0, word(random)));
        SPW_TRY(add_words(batch, NA62_SOURCE_NSTD, dim_boards[b], NA62_RECORD_DIM_WORD,
                          below(random, 90), random));
    }
    const uint32_t muv1_board = 31 << 5 | 5;
    for (uint32_t i = 1; i < 7; ++i)
        SPW_TRY(na62_add_record(batch, NA62_SOURCE_MUV1, muv1_board, NA62_RECORD_CREAM_WORD,
                                i, word(random)));
    if (below(random, 2)) return SPW_OK;
    SPW_TRY(add_words(batch, NA62_SOURCE_L0TP, 0, NA62_RECORD_L0TP_WORD, 210, random));
    double *value = &batch->records.value[batch->records.rows.count - 210];
    value[5] = (uint32_t)value[5] >> 16 << 16 | NA62_L0_EOB;
    batch->events.l0_flags[e] = (uint32_t)value[5] >> 16;
    return SPW_OK;
}

static uint32_t random_timestamp(uint64_t *random)
{
    const uint32_t any = word(random) >> below(random, 12);
    switch (below(random, 5)) {
    case 0:
        return (any & 0xFFFF0000) + below(random, 0x20);
    case 1:
        return (any & 0xFFFF0000) + 0xFFE0 + below(random, 0x20);
    default:
        return any;
    }
}

static void start_event(struct spw_raw_batch *batch,
                        const struct na62_period *period,
                        uint32_t burst,
                        uint64_t *random)
{
    static const uint32_t types[] = {0x01, 0x01, 0x01, 0x11, 0x10, 0x08, 0x2C,
                                     0x30, 0x31, 0x28, 0x24, 0x25, 0x20};
    struct spw_raw_events *events = &batch->events;
    const uint32_t e = events->rows.count++, n_types = sizeof types / sizeof *types;
    const uint32_t type = e == 0                     ? NA62_L0_SOB
                          : e + 1 == batch->n_events ? NA62_L0_EOB
                                                     : types[below(random, n_types)];
    events->run[e] = period->run;
    events->burst[e] = burst;
    events->event[e] =
        e == 0 ? below(random, 100) : events->event[e - 1] + 1 + below(random, 500);
    events->timestamp_ticks[e] = random_timestamp(random);
    events->fine_time[e] = (uint8_t)below(random, 256);
    events->trigger_word[e] = below(random, 1 << 16) << 8 | type;
    events->l0_flags[e] = 0;
    events->time_ns[e] = 0;
    events->quality[e] = na62_is_special(type) ? SPW_EVENT_SPECIAL : 0;
}

static enum spw_status add_hits(struct spw_raw_batch *batch,
                                const struct na62_period *period,
                                uint32_t e,
                                uint64_t *random)
{
    const uint32_t type = batch->events.trigger_word[e] & 0xFF;
    const bool cream_quiet = type >= 0x20 && type <= 0x28;
    if (!na62_is_special(type)) {
        SPW_TRY(add_tel62_hits(batch, random));
        SPW_TRY(add_straw_hits(batch, period->run, random));
    }
    if (period->run >= 4400 && !na62_is_special(type))
        SPW_TRY(add_gtk_hits(batch, batch->events.timestamp_ticks[e], random));
    for (uint32_t s = NA62_LKR; s <= NA62_SAV && !cream_quiet; ++s)
        SPW_TRY(add_pulses(batch, s, period->run, random));
    return SPW_OK;
}

enum spw_status na62_random_batch(struct spw_raw_batch *batch,
                                  const struct na62_period *period,
                                  uint32_t burst,
                                  uint64_t *random)
{
    for (uint32_t e = 0; e < batch->n_events; ++e) {
        start_event(batch, period, burst, random);
        SPW_TRY(add_hits(batch, period, e, random));
        if (e + 1 == batch->n_events)
            SPW_TRY(add_end_of_burst(batch, period->run, e, random));
        else
            SPW_TRY(add_trigger(batch, period, e, random));
        if (e == 0) SPW_TRY(add_start_of_burst(batch, random));
        spw_raw_batch_close_event(batch, e);
    }
    return SPW_OK;
}

enum spw_status na62_burst_bytes(const struct na62_write_options *options,
                                 const struct na62_encoded *encoded,
                                 struct spw_arena *arena,
                                 struct spw_bytes *bytes)
{
    const size_t n = encoded->n_events, head = options->no_burst_header ? 0 : 4 + 3 * n;
    uint32_t *words;
    SPW_NEW(arena, words, head + encoded->size / 4);
    memcpy(words + head, encoded->data, encoded->size);
    *bytes = (struct spw_bytes){(const uint8_t *)words, 4 * head + encoded->size};
    if (head == 0) return SPW_OK;
    words[0] = 1;
    words[1] = encoded->n_events;
    words[2] = options->run;
    words[3] = options->burst;
    for (size_t e = 0; e < n; ++e) {
        words[4 + e] = encoded->number[e];
        words[4 + n + e] = encoded->trigger_word[e];
        words[4 + 2 * n + e] = (uint32_t)(head + encoded->offset[e] / 4);
    }
    return SPW_OK;
}
