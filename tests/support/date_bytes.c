#include "support/date_bytes.h"

#include <assert.h>
#include <string.h>

void date_bytes_start(struct date_bytes *out, uint32_t version_minor)
{
    memset(out, 0, sizeof *out);
    out->minor = version_minor;
}

void date_bytes_put(struct date_bytes *out, uint32_t word)
{
    assert(out->count < DATE_BYTES_MAX_WORDS);
    out->word[out->count++] = word;
}

static void put_header(struct date_bytes *out, const uint32_t field[6])
{
    /* type, run, number, in burst, super, ldc */
    const uint32_t size = out->minor <= 10 ? 68 : out->minor <= 13 ? 72 : 80;
    const uint32_t patterns = size == 80 ? 4 : 2;
    date_bytes_put(out, 0);
    date_bytes_put(out, 0xDA1E5AFE);
    date_bytes_put(out, size);
    date_bytes_put(out, 3u << 16 | out->minor);
    date_bytes_put(out, field[0]);
    date_bytes_put(out, field[1]);
    date_bytes_put(out, field[2]);
    date_bytes_put(out, field[2] << 20 | field[3]);
    for (uint32_t i = 0; i < patterns + 1; ++i) date_bytes_put(out, 0);
    date_bytes_put(out, 0);
    date_bytes_put(out, 0);
    date_bytes_put(out, field[4] ? 0x10 : 0);
    date_bytes_put(out, field[5]);
    date_bytes_put(out, 0);
    date_bytes_put(out, 1300000000 + field[2]);
    if (size > 68) date_bytes_put(out, 500000);
}

void date_bytes_event(struct date_bytes *out, uint32_t type, uint32_t run, uint32_t number)
{
    out->event = out->count;
    const uint32_t field[] = {type, run, number, type == 5 ? 0 : 1, 1, 0xFFFFFFFF};
    put_header(out, field);
}

void date_bytes_plain(struct date_bytes *out,
                      uint32_t type,
                      uint32_t run,
                      uint32_t number,
                      uint32_t ldc)
{
    out->event = out->count;
    const uint32_t field[] = {type, run, number, type == 5 ? 0 : 1, 0, ldc};
    put_header(out, field);
}

void date_bytes_subevent(struct date_bytes *out, uint32_t ldc)
{
    const uint32_t *event = out->word + out->event;
    out->subevent = out->count;
    const uint32_t field[] = {event[4], event[5], event[6], event[7] & 0xfffff, 0, ldc};
    put_header(out, field);
}

void date_bytes_block(struct date_bytes *out, uint32_t equipment, uint32_t geo)
{
    out->block = out->count;
    date_bytes_put(out, 0);
    date_bytes_put(out, equipment);
    date_bytes_put(out, geo);
    for (int i = 0; i < 3; ++i) date_bytes_put(out, 0);
    date_bytes_put(out, 4);
}

void date_bytes_end_block(struct date_bytes *out)
{
    out->word[out->block] = 4 * (out->count - out->block);
}

void date_bytes_end_subevent(struct date_bytes *out)
{
    out->word[out->subevent] = 4 * (out->count - out->subevent);
}

void date_bytes_end_event(struct date_bytes *out)
{
    out->word[out->event] = 4 * (out->count - out->event);
}

void date_bytes_equipment(struct date_bytes *out,
                          uint32_t equipment,
                          uint32_t geo,
                          const uint32_t *words,
                          uint32_t n)
{
    date_bytes_block(out, equipment, geo);
    for (uint32_t i = 0; i < n; ++i) date_bytes_put(out, words[i]);
    date_bytes_end_block(out);
}

static void put_receiver(struct date_bytes *out, uint32_t word)
{
    date_bytes_equipment(out, 101, 0, &word, 1);
}

void date_bytes_begin_run(struct date_bytes *out,
                          uint32_t run,
                          uint32_t ldc,
                          uint32_t number)
{
    date_bytes_event(out, 1, run, 1);
    date_bytes_subevent(out, ldc);
    date_bytes_close(out);
    date_bytes_event(out, 5, run, number);
    date_bytes_subevent(out, ldc);
    put_receiver(out, 0x00200030);
    date_bytes_close(out);
}

void date_bytes_physics(struct date_bytes *out, uint32_t run, uint32_t ldc, uint32_t number)
{
    date_bytes_event(out, 7, run, number);
    date_bytes_subevent(out, ldc);
    put_receiver(out, 0x00020033);
}

void date_bytes_close(struct date_bytes *out)
{
    date_bytes_end_subevent(out);
    date_bytes_end_event(out);
}

void date_bytes_v1290(struct date_bytes *out,
                      uint32_t geo,
                      uint32_t n_triggers,
                      uint32_t channel)
{
    date_bytes_block(out, 102, geo);
    for (uint32_t t = 0; t < n_triggers; ++t) {
        const uint32_t begin = out->count, counter = 5000 + t;
        date_bytes_put(out, 0x08u << 27 | counter << 5 | geo);
        for (uint32_t chip = 0; chip < 4; ++chip) {
            const uint32_t first = out->count;
            date_bytes_put(out, 0x01u << 27 | chip << 24 | (counter & 0xfff) << 12 | 77);
            if (chip == 0) date_bytes_put(out, 0u << 21 | (2000 + 10 * t));
            if (chip == 0) date_bytes_put(out, 1u << 21 | (1900 + 10 * t));
            if (chip == channel / 8) date_bytes_put(out, channel << 21 | (1000 + 10 * t));
            const uint32_t n = out->count - first + 1;
            date_bytes_put(out, 0x03u << 27 | chip << 24 | (counter & 0xfff) << 12 | n);
        }
        date_bytes_put(out, 0x11u << 27 | (100 + t));
        const uint32_t n = out->count - begin + 1;
        date_bytes_put(out, 0x10u << 27 | n << 5 | geo);
    }
    date_bytes_end_block(out);
}

void date_bytes_v1731(struct date_bytes *out,
                      uint32_t geo,
                      uint32_t n_triggers,
                      uint32_t n_words)
{
    date_bytes_block(out, 121, geo);
    for (uint32_t t = 0; t < n_triggers; ++t) {
        date_bytes_put(out, 0xAu << 28 | (4 + 8 * n_words));
        date_bytes_put(out, geo << 27 | 0xff);
        date_bytes_put(out, t + 1);
        date_bytes_put(out, 900 + t);
        for (uint32_t c = 0; c < 8; ++c)
            for (uint32_t i = 0; i < n_words; ++i)
                date_bytes_put(out, 0x01010101u * (100 + c));
    }
    date_bytes_end_block(out);
}

void date_bytes_v1724(struct date_bytes *out,
                      uint32_t geo,
                      uint32_t n_triggers,
                      uint32_t n_words)
{
    date_bytes_block(out, 120, geo);
    for (uint32_t t = 0; t < n_triggers; ++t) {
        date_bytes_put(out, 0xAu << 28 | (12 + n_words));
        date_bytes_put(out, geo << 27 | 7u << 24 | 0xff);
        date_bytes_put(out, t + 1);
        date_bytes_put(out, 800 + t);
        for (uint32_t c = 0; c < 8; ++c) {
            date_bytes_put(out, c << 12 | (c == 2 ? n_words : 0));
            for (uint32_t i = 0; c == 2 && i < n_words; ++i)
                date_bytes_put(out, 8500u << 16 | 8500u);
        }
    }
    date_bytes_end_block(out);
}

void date_bytes_vlsb(struct date_bytes *out, uint32_t board, uint32_t n_triggers)
{
    const uint32_t master = 0xAu << 28 | n_triggers << 16 | 159;
    const uint32_t n = 128 * n_triggers, board_words[] = {0x1000F, n, n, n, n};
    date_bytes_equipment(out, 130, 0, &master, 1);
    date_bytes_equipment(out, 131, board, board_words, 5);
    for (uint32_t bank = 0; bank < 4; ++bank) {
        date_bytes_block(out, 132, 4 * board + bank);
        for (uint32_t t = 0; t < n_triggers; ++t)
            for (uint32_t k = 0; k < 128; ++k) {
                static const uint32_t first[] = {0, 64, 32, 96};
                const uint32_t channel = first[k % 4] + k / 4;
                date_bytes_put(out, ((t + 1) & 0xff) << 24 | channel << 16 | bank << 8 |
                                        channel);
            }
        date_bytes_end_block(out);
    }
}

void date_bytes_dbb(struct date_bytes *out, uint32_t board)
{
    const uint32_t words[] = {0xDu << 28 | board << 22 | 9,  0x8u << 28 | 2u << 16 | 4,
                              0x3u << 28 | 10u << 22 | 800,  0x2u << 28 | 10u << 22 | 808,
                              0x3u << 28 | 4u << 22 | 1000,  0x2u << 28 | 4u << 22 | 1050,
                              0x3u << 28 | 10u << 22 | 4790, 0x2u << 28 | 10u << 22 | 4795,
                              0x3u << 28 | 4u << 22 | 5000,  0x2u << 28 | 4u << 22 | 5050,
                              0xEu << 28 | board << 22 | 9,  400000};
    date_bytes_equipment(out, 141, board, words, sizeof words / sizeof *words);
}

void date_bytes_v1495(struct date_bytes *out, uint32_t geo, uint32_t n_triggers)
{
    date_bytes_block(out, 151, geo);
    date_bytes_put(out, 5u << 28 | geo << 17 | 9);
    for (uint32_t t = 0; t < n_triggers; ++t) {
        const uint32_t pattern = 1u << t;
        date_bytes_put(out, 0xAu << 28 | pattern << 8 | pattern >> 12);
        date_bytes_put(out, (pattern & 0xfff) << 20 | pattern);
        date_bytes_put(out, t << 22 | (300 + t));
    }
    date_bytes_put(out, 0xFu << 28 | n_triggers << 17 | 9);
    date_bytes_end_block(out);
}

static void put_boards(struct date_bytes *out)
{
    const uint32_t scaler[] = {2u << 27 | 1u << 26 | 2u << 18, 0u << 27 | 2, 1u << 27 | 3};
    const uint32_t epics[] = {0xAu << 28 | 1, 1u << 24 | 17, 0, 0x3ff80000};
    date_bytes_v1290(out, 3, 2, 9);
    date_bytes_v1724(out, 4, 2, 16);
    date_bytes_v1731(out, 9, 2, 4);
    date_bytes_equipment(out, 111, 2, scaler, 3);
    date_bytes_vlsb(out, 1, 2);
    date_bytes_dbb(out, 7);
    date_bytes_v1495(out, 6, 2);
    date_bytes_equipment(out, 201, 0, epics, 4);
    date_bytes_equipment(out, 140, 0, NULL, 0);
    date_bytes_equipment(out, 110, 0, NULL, 0);
}

void date_bytes_everything(struct date_bytes *out, uint32_t version_minor)
{
    date_bytes_start(out, version_minor);
    for (uint32_t spill = 0; spill < 2; ++spill) {
        if (spill == 0) {
            date_bytes_begin_run(out, 4321, 1, 1);
        } else {
            date_bytes_event(out, 5, 4321, 2);
            date_bytes_subevent(out, 1);
            put_receiver(out, 0x00200030);
            date_bytes_close(out);
        }
        date_bytes_physics(out, 4321, 1, 1 + spill);
        put_boards(out);
        date_bytes_close(out);
        date_bytes_event(out, 6, 4321, 1 + spill);
        date_bytes_subevent(out, 1);
        put_receiver(out, 0x008000F3);
        date_bytes_close(out);
    }
}
