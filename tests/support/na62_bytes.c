#include "support/na62_bytes.h"

#include <string.h>

void nb_put(struct nb *b, uint32_t word)
{
    if (b->n == b->capacity) {
        b->capacity = b->capacity ? 2 * b->capacity : 1024;
        b->word = realloc(b->word, b->capacity * sizeof *b->word);
    }
    b->word[b->n++] = word;
}

void nb_release(struct nb *b)
{
    free(b->word);
    *b = (struct nb){0};
}

struct spw_bytes nb_bytes(const struct nb *b)
{
    return (struct spw_bytes){(const uint8_t *)b->word, 4 * b->n};
}

void nb_burst_begin(struct nb *b, uint32_t run, uint32_t burst, uint32_t n)
{
    nb_put(b, 1);
    nb_put(b, n);
    nb_put(b, run);
    nb_put(b, burst);
    for (uint32_t i = 0; i < 3 * n; ++i) nb_put(b, 0);
}

void nb_burst_end(struct nb *b)
{
    const uint32_t n = b->word[1];
    size_t at = 4 + 3 * (size_t)n;
    for (uint32_t k = 0; k < n && at < b->n; ++k, at += b->word[at + 1]) {
        b->word[4 + k] = b->word[at] & 0xffffff;
        b->word[4 + n + k] = b->word[at + 4] & 0xffffff;
        b->word[4 + 2 * n + k] = (uint32_t)at;
    }
}

void nb_event_begin(struct nb *b,
                    uint32_t number,
                    uint32_t ticks,
                    uint32_t trigger,
                    uint32_t n_sources)
{
    b->event = b->n;
    b->number = number;
    b->ticks = ticks;
    b->type = trigger & 0xff;
    b->n_sources = 0;
    nb_put(b, number | 0x62u << 24);
    nb_put(b, 0);
    nb_put(b, 17);
    nb_put(b, ticks);
    nb_put(b, trigger);
    nb_put(b, 0x55 | n_sources << 8);
    nb_put(b, 0);
    nb_put(b, 1509379200);
    for (uint32_t i = 0; i < n_sources; ++i) nb_put(b, 0);
}

void nb_source(struct nb *b, uint32_t id)
{
    b->source = id;
    b->word[b->event + 8 + b->n_sources++] = (uint32_t)(b->n - b->event) | id << 24;
}

void nb_event_end(struct nb *b)
{
    nb_put(b, b->number);
    b->word[b->event + 1] = (uint32_t)(b->n - b->event);
}

void nb_board_begin(struct nb *b, uint32_t board, uint32_t timestamp)
{
    b->block = b->n;
    nb_put(b, board << 16 | 1u << 24);
    nb_put(b, timestamp);
}

void nb_board_end(struct nb *b)
{
    b->word[b->block] |= 4 * (uint32_t)(b->n - b->block);
}

uint32_t
nb_edge(uint32_t trailing, uint32_t tdc, uint32_t channel, uint32_t slot, uint32_t fine)
{
    return fine | (slot & 0x7ff) << 8 | channel << 19 | tdc << 24 | (4 + trailing) << 28;
}

uint32_t nb_slot(uint32_t timestamp, uint32_t n_edges)
{
    return (timestamp & 0xffff) | (n_edges + 1) << 16;
}

uint16_t nb_straw(uint32_t straw, uint32_t trailing, uint32_t fine)
{
    return (uint16_t)(fine | trailing << 5 | straw << 6);
}

void nb_module_begin(struct nb *b, uint32_t sub_id, uint32_t timestamp)
{
    b->block = b->n;
    nb_put(b, b->number | b->source << 24);
    nb_put(b, 0);
    nb_put(b, timestamp);
    nb_put(b, sub_id | b->type << 16);
}

void nb_module_end(struct nb *b, bool checksum)
{
    b->word[b->block + 1] = (uint32_t)(b->n - b->block + checksum);
    if (!checksum) return;
    uint32_t sum = 0;
    for (size_t i = b->block; i < b->n; ++i) sum ^= b->word[i];
    nb_put(b, sum);
}

static void end_of_burst_text(struct nb *b, uint32_t fpga)
{
    static const char text[] =
        "ALPHA=1\nLAST_TIMESTAMP=0x00ABCDEF\nCHANNEL_COUNT_0=00000010:21000020\n"
        "M3PSTA=1:0000000a:ff\n\0\0\0";
    const uint32_t n = (sizeof text - 1) / 4;
    nb_put(b, (n + 1) | fpga << 16);
    for (uint32_t i = 0; i < n; ++i)
        nb_put(b, (uint32_t)(uint8_t)text[4 * i] << 24 |
                      (uint32_t)(uint8_t)text[4 * i + 1] << 16 |
                      (uint32_t)(uint8_t)text[4 * i + 2] << 8 | (uint8_t)text[4 * i + 3]);
}

static void special_fpga(struct nb *b, uint32_t fpga)
{
    if (b->type == 0x23) {
        end_of_burst_text(b, fpga);
        return;
    }
    nb_put(b, (b->type == 0x22 ? 2u : 1u) | fpga << 16);
    if (b->type == 0x22) nb_put(b, b->ticks);
}

static bool special(const struct nb *b)
{
    return b->type >= 0x20 && b->type <= 0x27;
}

/* FPGA f of a board: one slot at the trigger with two edges, one after it with one. */
void nb_tel62(struct nb *b, uint32_t board, uint32_t n_fpgas)
{
    nb_board_begin(b, board, b->ticks);
    nb_put(b,
           ((1u << n_fpgas) - 1) | ((b->type << 2) & 0xff) << 8 | board << 16 | 2u << 24);
    for (uint32_t f = 0; f < n_fpgas; ++f) {
        if (special(b)) {
            special_fpga(b, f);
            continue;
        }
        nb_put(b, 2 | f << 16);
        nb_put(b, nb_slot(b->ticks, 2));
        nb_put(b, nb_edge(0, f & 3, board & 31, b->ticks, 10 + f));
        nb_put(b, nb_edge(0, f & 3, 31, b->ticks, 100));
        nb_put(b, nb_slot(b->ticks + 1, 1));
        nb_put(b, nb_edge(1, f & 3, board & 31, b->ticks + 1, 200));
    }
    nb_board_end(b);
}

void nb_srb(struct nb *b,
            uint32_t board,
            const uint16_t *hits,
            uint32_t n,
            const uint8_t counters[16])
{
    nb_board_begin(b, board, b->ticks + (special(b) ? 0 : b->latency));
    if (!special(b)) {
        const uint32_t n_words = (n + 1) / 2;
        nb_put(b, board | ((b->type << 2) & 0xff) << 8 | 4 * (n_words + 6) << 16);
        nb_put(b, b->ticks + b->latency - 0x2006);
        for (uint32_t i = 0; i < n_words; ++i)
            nb_put(b, hits[2 * i] | (2 * i + 1 < n ? hits[2 * i + 1] : 0xFFFFu) << 16);
        for (uint32_t i = 0; i < 4; ++i) nb_put(b, spw_load_u32(counters + 4 * i));
    }
    nb_board_end(b);
}

void nb_cream(struct nb *b,
              uint32_t crate,
              uint32_t slot,
              uint32_t mask,
              uint32_t n_samples)
{
    const uint32_t n_words = (uint32_t)__builtin_popcount(mask) * n_samples / 2;
    nb_module_begin(b, slot | crate << 5, b->ticks + b->latency);
    if (special(b)) {
        const uint32_t payload = b->type == 0x23 ? 8 : 4;
        nb_put(b, payload | 1u << 30);
        for (uint32_t i = 2; i < payload; ++i) nb_put(b, i);
    } else {
        nb_put(b, (n_words + 3) | n_samples << 16 | 1u << 30);
        nb_put(b, mask);
        for (uint32_t i = 0; i < n_words; ++i)
            nb_put(b, (400 + i) | (401 + i + slot) << 16);
    }
    nb_module_end(b, true);
}

static const uint32_t l1a_offset[3] = {293, 289, 290};

void nb_gtk(struct nb *b, uint32_t pc, uint32_t n_hits)
{
    const uint32_t station = pc / 2, l1a = b->ticks - l1a_offset[station];
    nb_module_begin(b, pc, b->ticks);
    for (uint32_t half = 0; half < 10; ++half) {
        const uint32_t chip = half / 2 + 5 * (pc % 2);
        const bool end = b->type == 0x23;
        const uint32_t n = special(b) ? 0 : n_hits;
        for (uint32_t i = 0; i < n; ++i) {
            nb_put(b, chip << 24 | (station + 1) << 22 | (l1a >> 8 & 15) << 18 |
                          (3 + i) << 10 | 1u << 5);
            nb_put(b, (half & 3) << 30 | (l1a >> 8 & 1 ? 0x800u : 0u) << 17 | 2u << 5 | i);
        }
        nb_put(b, 0xAu << 28 | chip << 24 | b->number);
        nb_put(b, l1a);
        nb_put(b, 0xFu << 28 | chip << 24 | (end ? 7u << 16 | 1u << 8 : 0) |
                      ((b->type << 2) & 0xff));
        nb_put(b, end ? l1a : n << 24 | (b->number + 1));
        if (end) {
            nb_put(b, 0xEu << 28 | chip << 24 | 0x180712);
            nb_put(b, 1000 + half);
        }
    }
    nb_module_end(b, false);
}

void nb_l0tp(struct nb *b, uint32_t n_words, uint32_t flags)
{
    nb_board_begin(b, 0, b->ticks);
    for (uint32_t i = 0; i < n_words; ++i) {
        uint32_t word = 0;
        if (i == 0) word = 0x55 | 1u << 8 | 0x4001u << 16;
        if (i == 1) word = 0x4002;
        if (i == 5) word = b->type | 1u << 8 | flags << 16;
        if (i == 8 && n_words == 22) word = 0x11 | 0x22u << 8;
        if (i == 10) word = 0x4003u << 16;
        if (i == 14) word = 0x33;
        nb_put(b, word);
    }
    nb_board_end(b);
}

void nb_l1(struct nb *b)
{
    nb_board_begin(b, 0, b->ticks);
    nb_put(b, 12 | 2u << 24);
    nb_put(b, 1);
    nb_put(b, 1);
    nb_put(b, 1 | 1u << 8 | 3u << 16);
    nb_put(b, 1);
    nb_put(b, 4 | 2u << 16 | 0x41u << 24);
    nb_put(b, 1 | 10u << 16 | 0x40u << 24);
    nb_put(b, 5);
    nb_put(b, 77);
    nb_board_end(b);
}

static void nstd(struct nb *b)
{
    nb_board_begin(b, 0, b->ticks);
    nb_put(b, 0xdeadbeef);
    if (b->type == 0x23) {
        nb_put(b, 4 | 2u << 16 | 0x4Cu << 24);
        nb_put(b, 1509379207);
        nb_put(b, 11);
        nb_put(b, 22);
        nb_put(b, 2 | 3u << 16 | 0x04u << 24);
        nb_put(b, 1509379208);
    }
    nb_board_end(b);
}

static void straws(struct nb *b)
{
    static const uint8_t counters[16] = {[2] = 2, [5] = 1};
    for (uint32_t board = 0; board < 4; ++board) {
        const uint16_t hits[] = {nb_straw(7 + board, 0, 3), nb_straw(200, 0, 9),
                                 nb_straw(7 + board, 1, 30)};
        nb_srb(b, board, hits, 3, counters);
    }
}

void nb_standard_event(struct nb *b, uint32_t number, uint32_t ticks, uint32_t trigger)
{
    if (!b->latency) b->latency = 0x1F01;
    nb_event_begin(b, number, ticks, trigger, NB_STANDARD_SOURCES);
    nb_source(b, 0x04);
    for (uint32_t i = 0; i < 3; ++i) nb_tel62(b, i, 4);
    nb_source(b, 0x10);
    for (uint32_t i = 0; i < 12; ++i) nb_tel62(b, i, 2);
    nb_source(b, 0x14);
    straws(b);
    nb_source(b, 0x20);
    nb_tel62(b, 0, 4);
    nb_source(b, 0x30);
    nb_tel62(b, 0, 3);
    nb_source(b, 0x40);
    nb_l0tp(b, (trigger & 0xff) == 0x23 ? 210 : 22, 0x8003);
    nb_source(b, 0x44);
    nb_l1(b);
    nb_source(b, 0x48);
    nb_board_begin(b, 0, ticks);
    nb_put(b, 1);
    nb_board_end(b);
    nb_source(b, 0x4C);
    nstd(b);
    nb_source(b, 0x08);
    for (uint32_t pc = 0; pc < 6; ++pc) nb_gtk(b, pc, pc % 3);
    nb_source(b, 0x24);
    if (!special(b))
        for (uint32_t slot = 3; slot < 7; ++slot)
            nb_cream(b, 5, slot, 0x80000011u << (slot - 3), 8);
    nb_source(b, 0x28);
    nb_cream(b, 31, 4, 0x6, 10);
    nb_source(b, 0x2C);
    nb_cream(b, 31, 14, 0x1, 10);
    nb_cream(b, 31, 16, 0x81, 8);
    nb_event_end(b);
}

void nb_standard_burst(struct nb *b, uint32_t n_events)
{
    *b = (struct nb){0};
    nb_burst_begin(b, 8252, 17, n_events + 2);
    nb_standard_event(b, 1, 3000, 0x22);
    for (uint32_t i = 0; i < n_events; ++i)
        nb_standard_event(b, 5 + 3 * i, 1000000 + 12345 * i, 0x010101);
    nb_standard_event(b, 10000, 200000000, 0x23);
    nb_burst_end(b);
}

size_t nb_event_at(const struct nb *b, uint32_t k)
{
    return b->word[4 + 2 * b->word[1] + k];
}

size_t nb_source_at(const struct nb *b, uint32_t k, uint32_t id)
{
    const size_t event = nb_event_at(b, k);
    for (uint32_t i = 0; i < NB_STANDARD_SOURCES; ++i)
        if (b->word[event + 8 + i] >> 24 == id)
            return event + (b->word[event + 8 + i] & 0xffffff);
    return 0;
}
