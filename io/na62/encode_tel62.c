/* TEL62 blocks (formats/na62.md 3.3): every board of a source, hits sorted into 25-ns slots.
 *
 * block header 8 bytes (3.1)
 * board word   [7:0] FPGAs that follow [15:8] trigger type [23:16] board [31:24] format
 * FPGA word    [7:0] non-empty slots [23:16] FPGA; special frames: [11:0] words with this one
 * slot word    [15:0] slot timestamp [31:16] words of the slot with this one
 * hit word     [18:0] time [23:19] channel [25:24] TDC [31:28] 4 leading, 5 trailing
 */
#include "io/na62/encode.h"

#include <stdio.h>

enum {
    N_FPGAS = 4,
    MAX_GROUPS = 12 * N_FPGAS,
    MAX_SPECIAL_WORDS = 0xFFF,
    MAX_SLOTS = 0xFF,
    BOARD_FORMAT = 1,
    M3PSTA_INDICES = 1000,
    LEADING = 4,
    TRAILING = 5,
};

static uint32_t board_count(uint32_t source)
{
    switch (source) {
    case NA62_SOURCE_KTAG:
        return 6;
    case NA62_SOURCE_CHANTI:
        return 2;
    case NA62_SOURCE_LAV:
        return 12;
    case NA62_SOURCE_RICH:
        return 5;
    default:
        return 1;
    }
}

/* Mezzanines that a board carries: LAV stations 1-5, MUV3 and HASC have three. */
static uint32_t fpga_mask(uint32_t source, uint32_t board)
{
    const bool three = (source == NA62_SOURCE_LAV && board < 5) ||
                       source == NA62_SOURCE_MUV3 || source == NA62_SOURCE_HASC;
    return three ? 0x7 : 0xF;
}

/* The slot a decoder makes of the 16 bits that are written (3.3.3). */
static bool slot_comes_back(uint32_t event_time, uint32_t slot)
{
    uint32_t back = (event_time & 0xFFFF0000) + (slot & 0xFFFF);
    if ((event_time & 0xF000) == 0xF000 && (back & 0xF000) == 0)
        back += 0x10000;
    else if ((event_time & 0xF000) == 0 && (back & 0xF000) == 0xF000)
        back -= 0x10000;
    return back == slot;
}

static uint32_t hit_word(uint32_t address, uint32_t slot, uint32_t fine, uint32_t edge)
{
    const uint32_t time = (slot & 0x7FF) << 8 | fine;
    const uint32_t type = edge == SPW_EDGE_LEADING ? LEADING : TRAILING;
    return type << 28 | (address & 0x7F) << 19 | time;
}

/* Sorts the event's hits by board and FPGA: group g has edges [first[g], first[g + 1]). */
static enum spw_status
group_hits(struct na62_encoder *encoder, uint32_t source, uint32_t stream, uint32_t *first)
{
    const struct spw_raw_hits *hits = &encoder->batch->hits[stream];
    const uint32_t begin = hits->rows.first[encoder->e],
                   end = hits->rows.first[encoder->e + 1];
    const uint32_t n_groups = N_FPGAS * board_count(source);
    uint32_t next[MAX_GROUPS];

    memset(first, 0, sizeof *first * (n_groups + 1));
    for (uint32_t i = begin; i < end; ++i) {
        if (hits->address[i] / 128 >= n_groups)
            return NA62_CANNOT(encoder, source, "no channel %u", hits->address[i]);
        ++first[hits->address[i] / 128 + 1];
    }
    for (uint32_t g = 0; g < n_groups; ++g) {
        first[g + 1] += first[g];
        next[g] = first[g];
    }
    for (uint32_t i = begin; i < end; ++i) {
        const int32_t slot = hits->ticks[i] >> 8;
        const uint32_t time = encoder->timestamp + (uint32_t)slot;
        if (!slot_comes_back(encoder->timestamp, time))
            return NA62_CANNOT(encoder, source, "time of %d ticks is out of reach",
                               hits->ticks[i]);
        struct na62_edge *edge = &encoder->edge[next[hits->address[i] / 128]++];
        edge->key = hits->ticks[i];
        edge->word[0] = hit_word(hits->address[i], time, (uint32_t)hits->ticks[i] & 0xFF,
                                 hits->edge[i]);
    }
    return SPW_OK;
}

/* Stable sort by time; hits come nearly sorted and few. */
static void sort_by_time(struct na62_edge *edge, uint32_t n)
{
    for (uint32_t i = 1; i < n; ++i) {
        const struct na62_edge moving = edge[i];
        uint32_t k = i;
        for (; k > 0 && edge[k - 1].key > moving.key; --k) edge[k] = edge[k - 1];
        edge[k] = moving;
    }
}

static enum spw_status put_fpga(struct na62_encoder *encoder,
                                uint32_t source,
                                uint32_t fpga,
                                struct na62_edge *edge,
                                uint32_t n)
{
    if (n > NA62_MAX_BLOCK_BYTES / 4)
        return NA62_CANNOT(encoder, source, "%u hits on FPGA %u", n, fpga);
    sort_by_time(edge, n);
    uint32_t *head = encoder->at++;
    uint32_t n_slots = 0;
    for (uint32_t i = 0; i < n; ++n_slots) {
        uint32_t *slot = encoder->at++;
        const int32_t now = edge[i].key >> 8;
        while (i < n && edge[i].key >> 8 == now) na62_put(encoder, edge[i++].word[0]);
        const uint32_t n_words = (uint32_t)(encoder->at - slot);
        *slot = n_words << 16 | ((encoder->timestamp + (uint32_t)now) & 0xFFFF);
    }
    if (n_slots > MAX_SLOTS)
        return NA62_CANNOT(encoder, source, "%u slots on FPGA %u", n_slots, fpga);
    *head = fpga << 16 | n_slots;
    return SPW_OK;
}

/* Text of an end of burst; each word is stored with its bytes reversed. */
struct text {
    uint8_t *byte;
    uint32_t length;
};

static void put_text(struct text *text, const char *bytes)
{
    for (; *bytes; ++bytes, ++text->length) text->byte[text->length ^ 3] = (uint8_t)*bytes;
}

static void put_hex(struct text *text, const char *before, uint32_t value)
{
    char hex[16];
    snprintf(hex, sizeof hex, "%x", value);
    put_text(text, before);
    put_text(text, hex);
}

/* Channel counts, one line a TDC: value [31:24] channel of the FPGA, [23:0] count. */
static enum spw_status put_channel_counts(struct na62_encoder *encoder,
                                          struct text *text,
                                          const struct na62_record_key *key)
{
    int64_t counts[128];
    memset(counts, -1, sizeof counts);
    uint32_t from = 0;
    for (const double *count; (count = na62_next_record(encoder, key, &from));) {
        if (!(*count >= 0 && *count <= 0xFFFFFF))
            return NA62_CANNOT(encoder, key->source, "channel count %.0f", *count);
        counts[na62_record_index(encoder, key, from)] = (int64_t)*count;
    }
    for (uint32_t tdc = 0; tdc < 4; ++tdc) {
        char label[24];
        const char *before = label;
        snprintf(label, sizeof label, "CHANNEL_COUNT_%u=", tdc);
        for (uint32_t channel = 32 * tdc; channel < 32 * tdc + 32; ++channel) {
            if (counts[channel] < 0) continue;
            put_hex(text, before, channel << 24 | (uint32_t)counts[channel]);
            before = ":";
        }
        if (before != label) put_text(text, "\n");
    }
    return SPW_OK;
}

static enum spw_status put_m3psta(struct na62_encoder *encoder,
                                  struct text *text,
                                  const struct na62_record_key *key)
{
    uint32_t words[M3PSTA_INDICES], n_records = 0, from = 0;
    while (na62_next_record(encoder, key, &from)) ++n_records;
    if (n_records != na62_copy_records(encoder, key, words))
        return NA62_CANNOT(encoder, key->source, "M3PSTA list with gaps");
    for (uint32_t i = 0; i < n_records; ++i) put_hex(text, i ? ":" : "M3PSTA=", words[i]);
    if (n_records) put_text(text, "\n");
    return SPW_OK;
}

static enum spw_status
put_counters(struct na62_encoder *encoder, uint32_t source, uint32_t board, uint32_t fpga)
{
    struct na62_record_key key = {source, NA62_RECORD_LAST_TIMESTAMP, board, fpga, 1};
    struct text text = {.byte = (uint8_t *)encoder->at};
    put_hex(&text,
            "LAST_TIMESTAMP=", na62_record_word(encoder, &key, 0, encoder->timestamp));
    put_text(&text, "\n");
    key =
        (struct na62_record_key){source, NA62_RECORD_CHANNEL_COUNT, board, 128 * fpga, 128};
    SPW_TRY(put_channel_counts(encoder, &text, &key));
    key = (struct na62_record_key){source, NA62_RECORD_M3PSTA, board, M3PSTA_INDICES * fpga,
                                   M3PSTA_INDICES};
    SPW_TRY(put_m3psta(encoder, &text, &key));
    while (text.length % 4) put_text(&text, "\n");
    encoder->at += text.length / 4;
    return SPW_OK;
}

/* Special frames (3.3.6): a timestamp at start of burst, counters at its end, else nothing. */
static enum spw_status put_special_fpga(struct na62_encoder *encoder,
                                        uint32_t source,
                                        uint32_t board,
                                        uint32_t fpga)
{
    uint32_t *head = encoder->at++;
    if (encoder->l0_type == NA62_L0_SOB) {
        const struct na62_record_key key = {source, NA62_RECORD_SOB_TIMESTAMP, board, fpga,
                                            1};
        na62_put(encoder, na62_record_word(encoder, &key, 0, encoder->timestamp));
    } else if (encoder->l0_type == NA62_L0_EOB) {
        SPW_TRY(put_counters(encoder, source, board, fpga));
    }
    const uint32_t n_words = (uint32_t)(encoder->at - head);
    if (n_words > MAX_SPECIAL_WORDS)
        return NA62_CANNOT(encoder, source, "%u words of counters", n_words);
    *head = fpga << 16 | n_words;
    return SPW_OK;
}

static enum spw_status put_board(struct na62_encoder *encoder,
                                 uint32_t source,
                                 uint32_t board,
                                 const uint32_t *first)
{
    uint32_t mask = fpga_mask(source, board);
    for (uint32_t f = 0; f < N_FPGAS; ++f)
        if (first[f + 1] > first[f]) mask |= 1u << f;

    uint32_t *block = na62_open_l0(encoder, board, encoder->timestamp);
    na62_put(encoder, (uint32_t)BOARD_FORMAT << 24 | board << 16 |
                          na62_board_type(encoder) << 8 | mask);
    for (uint32_t f = 0; f < N_FPGAS; ++f) {
        if (!(mask >> f & 1)) continue;
        if (encoder->special)
            SPW_TRY(put_special_fpga(encoder, source, board, f));
        else
            SPW_TRY(put_fpga(encoder, source, f, encoder->edge + first[f],
                             first[f + 1] - first[f]));
    }
    return na62_close_l0(encoder, source, block);
}

enum spw_status
na62_encode_tel62(struct na62_encoder *encoder, uint32_t source, uint32_t stream)
{
    uint32_t first[MAX_GROUPS + 1];
    SPW_TRY(group_hits(encoder, source, stream, first));
    const uint32_t n_boards = board_count(source);
    if (encoder->special && first[N_FPGAS * n_boards])
        return NA62_CANNOT(encoder, source, "%u hits in a special frame",
                           first[N_FPGAS * n_boards]);
    if (encoder->unfinished) {
        na62_put_missing_l0(encoder, n_boards);
        return SPW_OK;
    }
    for (uint32_t board = 0; board < n_boards; ++board)
        SPW_TRY(put_board(encoder, source, board, first + N_FPGAS * board));
    return SPW_OK;
}
