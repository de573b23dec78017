/// Records and the sources that are words only: L0TP, L1, L2 (formats/na62.md 3.7, 3.8).

#include "io/na62/reader.h"
#include "io/na62/trigger.h"

static enum spw_status reserve(struct na62_unpack *u, uint32_t n)
{
    return spw_rows_reserve(&u->batch->records.rows, &spw_raw_records_table,
                            u->batch->arena, n);
}

static void put(struct na62_unpack *u,
                uint32_t source,
                uint32_t board,
                enum na62_record_item item,
                uint32_t index,
                double value)
{
    struct spw_raw_records *records = &u->batch->records;
    const uint32_t i = records->rows.count++;
    records->source[i] = source;
    records->board[i] = board;
    records->item[i] = item;
    records->index[i] = index;
    records->value[i] = value;
}

enum spw_status na62_record(struct na62_unpack *u,
                            uint32_t source,
                            uint32_t board,
                            enum na62_record_item item,
                            uint32_t index,
                            double value)
{
    SPW_TRY(reserve(u, 1));
    put(u, source, board, item, index, value);
    return SPW_OK;
}

enum spw_status na62_record_words(struct na62_unpack *u,
                                  uint32_t source,
                                  uint32_t board,
                                  enum na62_record_item item,
                                  const struct na62_words *words,
                                  uint32_t from)
{
    if (from >= words->count) return SPW_OK;
    SPW_TRY(reserve(u, words->count - from));
    for (uint32_t i = from; i < words->count; ++i)
        put(u, source, board, item, i - from, na62_word(words, i));
    return SPW_OK;
}

/* The one block of a trigger source; its size field gives way to the source table. */
static bool
take_block(struct na62_unpack *u, const struct na62_words *words, struct na62_words *body)
{
    const uint32_t header = na62_word(words, 0), header_words = header >> 24 == 0 ? 1 : 2;
    if (words->count < header_words) return false;
    if (SPW_BITS(header, 15, 0) != 4 * (uint64_t)words->count)
        na62_count(u, NA62_TALLY_BLOCK_SIZE);
    if (header_words == 2) {
        const uint32_t timestamp = na62_word(words, 1);
        if (words->count == 2 && timestamp == 0xFFFFFFFF) {
            na62_damage(u, NA62_TALLY_BLOCK_MISSING);
            return false;
        }
        if (timestamp != u->event.ticks && !u->event.special)
            na62_count(u, NA62_TALLY_BLOCK_TIME);
    }
    *body = na62_words_from(words, header_words, words->count - header_words);
    return true;
}

static enum spw_status add_primitives(struct na62_unpack *u, const struct na62_l0tp *l0tp)
{
    struct spw_raw_hits *hits = &u->batch->hits[NA62_L0TP];
    SPW_TRY(
        spw_raw_hits_reserve(u->batch, NA62_L0TP, NA62_L0TP_SLOTS * NA62_L0TP_DETECTORS));
    for (uint32_t slot = 0; slot < NA62_L0TP_SLOTS; ++slot)
        for (uint32_t d = 0; d < NA62_L0TP_DETECTORS; ++d) {
            if (!l0tp->primitive[slot][d]) continue;
            const uint32_t i = hits->rows.count++;
            hits->address[i] = NA62_L0TP_DETECTORS * slot + d;
            hits->ticks[i] = l0tp->fine_time[slot][d];
            hits->edge[i] = SPW_EDGE_LEADING;
            hits->quality[i] = 0;
            hits->value[i] = l0tp->primitive[slot][d];
        }
    return SPW_OK;
}

enum spw_status
na62_l0tp_decode(struct na62_unpack *u, uint32_t source, const struct na62_words *words)
{
    struct na62_words body;
    struct na62_l0tp l0tp;
    if (!take_block(u, words, &body)) return SPW_OK;
    SPW_TRY(na62_record_words(u, source, 0, NA62_RECORD_L0TP_WORD, &body, 0));
    const struct spw_bytes bytes = {body.data, 4 * (size_t)body.count};
    if (u->event.end_of_burst) {
        struct na62_l0tp_end end;
        if (!na62_l0tp_end_read(bytes, &end)) {
            na62_damage(u, NA62_TALLY_L0TP_SIZE);
            return SPW_OK;
        }
        u->event.quality &= ~(uint32_t)NA62_EVENT_NO_L0TP;
        u->event.l0_flags = end.flags;
        return SPW_OK;
    }
    if (!na62_l0tp_read(bytes, &l0tp)) {
        na62_damage(u, NA62_TALLY_L0TP_SIZE);
        return SPW_OK;
    }
    u->event.quality &= ~(uint32_t)NA62_EVENT_NO_L0TP;
    u->event.l0_flags = l0tp.flags;
    if (u->event.special) return SPW_OK;
    if (l0tp.reference_fine_time != u->event.fine_time ||
        (l0tp.has_flags && l0tp.trigger_type != u->event.l0_type))
        na62_count(u, NA62_TALLY_L0TP_MISMATCH);
    return add_primitives(u, &l0tp);
}

/* True when globals, masks and algorithms of an L1 block fill it exactly. */
static bool l1_fills(struct spw_bytes bytes)
{
    struct spw_cursor at = spw_cursor_over(bytes);
    struct na62_l1 l1;
    if (!na62_l1_read(&at, &l1)) return false;
    for (uint32_t m = 0; m < l1.n_masks; ++m) {
        struct na62_l1_mask mask;
        if (!na62_l1_mask_read(&at, &mask)) return false;
        for (uint32_t a = 0; a < mask.n_algorithms; ++a) {
            struct na62_l1_algorithm algorithm;
            if (!na62_l1_algorithm_read(&at, &algorithm)) return false;
        }
    }
    return at.at == bytes.size;
}

enum { NO_L1_WORDS = 1 }; /* 2015: nothing but one word */

enum spw_status
na62_l1_decode(struct na62_unpack *u, uint32_t source, const struct na62_words *words)
{
    struct na62_words body;
    if (!take_block(u, words, &body)) return SPW_OK;
    const struct spw_bytes bytes = {body.data, 4 * (size_t)body.count};
    if (!u->event.special && body.count > NO_L1_WORDS && !l1_fills(bytes))
        na62_count(u, NA62_TALLY_L1_SIZE);
    return na62_record_words(u, source, 0, NA62_RECORD_L1_WORD, &body, 0);
}

enum spw_status
na62_l2_decode(struct na62_unpack *u, uint32_t source, const struct na62_words *words)
{
    struct na62_words body;
    if (!take_block(u, words, &body)) return SPW_OK;
    return na62_record_words(u, source, 0, NA62_RECORD_L2_WORD, &body, 0);
}
