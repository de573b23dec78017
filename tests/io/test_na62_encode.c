/* Encoded NA62 events against a walker written from the format description alone. */
#include "io/na62/write.h"
#include "support/na62_random.h"
#include "support/test.h"

#include <string.h>
#include <unistd.h>

static const struct spw_stream streams[NA62_N_STREAMS] = {
    [NA62_LKR] = {.kind = SPW_STREAM_PULSES},
    [NA62_MUV1] = {.kind = SPW_STREAM_PULSES},
    [NA62_MUV2] = {.kind = SPW_STREAM_PULSES},
    [NA62_SAV] = {.kind = SPW_STREAM_PULSES},
};

static const struct na62_write_options run_2017 = {.run = 8252,
                                                   .burst = 17,
                                                   .sob_time_s = 1509379200};

struct event {
    struct spw_arena arena;
    struct spw_raw_batch batch;
    struct na62_encoded encoded;
};

static void open_event(struct event *event, uint32_t timestamp, uint32_t trigger_word)
{
    *event = (struct event){0};
    assert_ok(spw_raw_batch_init(&event->batch, &event->arena, streams, NA62_N_STREAMS, 1));
    struct spw_raw_events *events = &event->batch.events;
    memset(events->quality, 0, sizeof *events->quality);
    events->rows.count = 1;
    events->event[0] = 0x1234;
    events->timestamp_ticks[0] = timestamp;
    events->trigger_word[0] = trigger_word;
    events->fine_time[0] = 77;
    events->l0_flags[0] = 0x8001;
}

static enum spw_status encode(struct event *event, const struct na62_write_options *options)
{
    spw_raw_batch_close_event(&event->batch, 0);
    return na62_encode(options, &event->batch, &event->arena, &event->encoded);
}

/* First word of a source's data; `*n_words` up to the next source. */
static const uint32_t *
source(const struct na62_encoded *encoded, uint32_t id, size_t *n_words)
{
    const uint32_t *word = (const uint32_t *)(const void *)encoded->data;
    const uint32_t n_sources = word[5] >> 8 & 0xFF;
    for (uint32_t s = 0; s < n_sources; ++s) {
        if (word[8 + s] >> 24 != id) continue;
        const uint32_t end = s + 1 < n_sources ? word[9 + s] & 0xFFFFFF : word[1] - 1;
        *n_words = end - (word[8 + s] & 0xFFFFFF);
        return word + (word[8 + s] & 0xFFFFFF);
    }
    fail_msg("no source %#x", id);
    return NULL;
}

static void test_header(void **state)
{
    (void)state;
    struct event event;
    open_event(&event, 0x12345678, 0xBEEF01);
    assert_ok(encode(&event, &run_2017));
    const uint32_t *word = (const uint32_t *)(const void *)event.encoded.data;
    const uint32_t expected[8] = {0x62001234, (uint32_t)event.encoded.size / 4,
                                  17,         0x12345678,
                                  0xBEEF01,   17 << 8 | 77,
                                  0,          1509379200};
    assert_memory_equal(word, expected, sizeof expected);
    assert_int_equal(word[8] & 0xFFFFFF, 8 + 17);
    assert_int_equal(word[word[1] - 1], 0x1234);
    size_t n_words = 0;
    const uint32_t *l0tp = source(&event.encoded, NA62_SOURCE_L0TP, &n_words);
    assert_int_equal(n_words, 24);
    assert_int_equal(l0tp[0], 1 << 24 | 96);
    assert_int_equal(l0tp[1], 0x12345678);
    assert_int_equal(l0tp[2], 1 << 8 | 77);
    assert_int_equal(l0tp[7], 0x80010001);
    source(&event.encoded, NA62_SOURCE_LKR, &n_words);
    assert_int_equal(n_words, 0);
    spw_arena_release(&event.arena);
}

static void test_tel62(void **state)
{
    (void)state;
    struct event event;
    open_event(&event, 0x0001FFFE, 0x01);
    assert_ok(na62_add_hit(&event.batch, NA62_CHANTI, 512 + 128 + 33, 3 * 256 + 5, 1));
    assert_ok(na62_add_hit(&event.batch, NA62_CHANTI, 512 + 128 + 34, -256 + 9, 0));
    assert_ok(na62_add_hit(&event.batch, NA62_CHANTI, 512 + 128 + 33, 3 * 256 + 1, 0));
    assert_ok(encode(&event, &run_2017));
    size_t n_words = 0;
    const uint32_t *word = source(&event.encoded, NA62_SOURCE_CHANTI, &n_words);
    const uint32_t expected[] = {
        0x01000000 | 28,
        0x0001FFFE,
        0x0100040F,
        0,
        0x10000,
        0x20000,
        0x30000, /* board 0 */
        0x01010000 | 48,
        0x0001FFFE,
        0x0101040F,
        0,
        0x00010002, /* FPGA 1: two slots */
        0x0002FFFD,
        4u << 28 | 34 << 19 | 0x7FD << 8 | 9,
        0x00030001,
        4u << 28 | 33 << 19 | 0x001 << 8 | 1,
        5u << 28 | 33 << 19 | 0x001 << 8 | 5,
        0x20000,
        0x30000,
    };
    assert_int_equal(n_words * 4, sizeof expected);
    assert_memory_equal(word, expected, sizeof expected);
    spw_arena_release(&event.arena);
}

static void test_srb(void **state)
{
    (void)state;
    struct event event;
    open_event(&event, 1000000, 0x01);
    assert_ok(na62_add_hit(&event.batch, NA62_STRAW, 256 + 255, 32 * -246 + 31, 1));
    assert_ok(na62_add_hit(&event.batch, NA62_STRAW, 256 + 7, 32 * -261, 0));
    assert_ok(na62_add_hit(&event.batch, NA62_STRAW, 256 + 8, 32 * -246 + 3, 0));
    event.batch.hits[NA62_STRAW].quality[0] = SPW_MULTI_HIT;
    assert_ok(encode(&event, &run_2017));
    size_t n_words = 0;
    const uint32_t *word = source(&event.encoded, NA62_SOURCE_STRAW, &n_words);
    assert_int_equal(n_words, 32 * 8 + 2);
    const uint32_t expected[] = {
        0x01010000 | 40,
        1000000 + 0x1F01,
        32 << 16 | 4 << 8 | 1,
        1000000 - 261,
        0x7FFFu << 16 | 7 << 6,
        0xFFFFu << 16 | 8 << 6 | 3,
        1,
        0,
        0,
        2u << 24,
    };
    assert_memory_equal(word + 8, expected, sizeof expected);
    spw_arena_release(&event.arena);
}

static uint32_t binary(uint32_t gray)
{
    for (uint32_t shift = 16; shift; shift /= 2) gray ^= gray >> shift;
    return gray;
}

static uint32_t odd(uint32_t x)
{
    return (uint32_t)__builtin_popcount(x) & 1;
}

/* The formulae of formats/na62.md 3.5, in clock / 512. */
static void
decode_gtk(const uint32_t *word, uint32_t l1a, int64_t *leading, int64_t *trailing)
{
    const uint32_t stored = binary(word[1] >> 17 & 0xFFF), f = binary(word[1] >> 12 & 31);
    const uint32_t tot = word[1] >> 5 & 63, ft = binary(word[1] & 31);
    const bool early = f > 20 && odd(word[1] >> 17 & 0xFFF) != (word[1] >> 29 & 1);
    const uint32_t c = (stored - early) & 0xFFF;
    int64_t fc = l1a / 256;
    if ((fc & 1) != (c >> 11)) --fc;
    assert_int_equal(word[0] >> 18 & 15, fc & 15);
    int64_t t = (int64_t)c + early + tot;
    const uint32_t end = (tot + stored) & 0xFFF;
    if (ft > 20 && odd(end ^ end >> 1) != (word[1] >> 11 & 1)) --t;
    *leading = 2 * ((c & 0x7FF) * 32 + f + fc * 65536 - (int64_t)l1a * 256) + 1;
    *trailing = 2 * (t * 32 + ft + (fc & ~INT64_C(1)) * 65536 - (int64_t)l1a * 256) + 1;
}

static void check_gtk(uint32_t address, int32_t leading, int32_t trailing)
{
    static const uint32_t offset[3] = {293, 289, 290};
    const uint32_t timestamp = 0x45678;
    struct event event;
    open_event(&event, timestamp, 0x01);
    assert_ok(na62_add_hit(&event.batch, NA62_GTK, address, leading, 0));
    assert_ok(na62_add_hit(&event.batch, NA62_GTK, address, trailing, 1));
    assert_ok(encode(&event, &run_2017));

    size_t n_words, at = 0;
    const uint32_t *word = source(&event.encoded, NA62_SOURCE_GTK, &n_words);
    assert_int_equal(n_words, 6 * (4 + 10 * 4) + 2);
    const uint32_t pc = address / 9000, *block = word + pc * 44;
    assert_int_equal(block[1], 46);
    for (at = 4; block[at] >> 28 == 0xA; at += 4) assert_int_equal(block[at + 3] >> 24, 0);
    const uint32_t *hit = block + at;
    const uint32_t chip = hit[0] >> 24, group = hit[0] >> 10 & 127,
                   arbiter = hit[0] >> 5 & 31;
    assert_int_equal(chip, block[at + 2] >> 24 & 15);
    assert_int_equal(block[at + 5] >> 24, 1);
    assert_int_equal(hit[0] >> 22 & 3, pc / 2 + 1);
    uint32_t x = 10 * (hit[1] >> 30) + group / 9;
    uint32_t y = group % 9 + 9 * (uint32_t)__builtin_ctz(arbiter);
    if (chip >= 5) {
        x = 39 - x;
        y = 44 - y;
    }
    assert_int_equal(18000 * (pc / 2) + x + 40 * (chip % 5) + 200 * y + 9000 * (chip / 5),
                     address);
    int64_t got_leading, got_trailing;
    decode_gtk(hit, timestamp - offset[pc / 2], &got_leading, &got_trailing);
    assert_int_equal(got_leading, leading);
    assert_int_equal(got_trailing, trailing);
    spw_arena_release(&event.arena);
}

static void test_gtk(void **state)
{
    (void)state;
    for (uint32_t pixel = 0; pixel < 54000; pixel += 97) check_gtk(pixel, 1, 129);
    for (int32_t leading = -70; leading < 70; ++leading)
        for (int32_t width = 0; width <= 2016; width += 31)
            check_gtk(40000, 2 * leading + 1, 2 * (leading + width) + 1);
    /* 64 steps and -1 step can be said where the counters may have stepped */
    const int32_t edge = -32 * 100 - 256 * ((0x45678 - 290) & 0xFF);
    check_gtk(40000, 2 * (edge + 25) + 1, 2 * (edge + 64 * 32) + 1);
    check_gtk(40000, 2 * (edge + 25) + 1, 2 * (edge - 1) + 1);
}

static void test_cream(void **state)
{
    (void)state;
    for (int big = 0; big < 2; ++big) {
        struct na62_write_options options = run_2017;
        if (big) options.run = 4100;
        struct event event;
        open_event(&event, 5000, 0x01);
        assert_ok(spw_raw_pulses_reserve(&event.batch, NA62_SAV, 1, 8));
        struct spw_raw_pulses *sav = &event.batch.pulses[NA62_SAV];
        sav->rows.count = 1;
        sav->address[0] = 3;
        sav->length[0] = 8;
        sav->quality[0] = 0;
        for (uint16_t k = 0; k < 8; ++k) sav->sample[k] = (uint16_t)(0x100 + k);
        assert_ok(encode(&event, &options));
        size_t n_words;
        const uint32_t *word = source(&event.encoded, NA62_SOURCE_MUV2, &n_words);
        assert_int_equal(n_words, 3 * 7 + 11);
        uint32_t block[11], checksum = 0;
        for (int i = 0; i < 11; ++i) {
            block[i] = big ? __builtin_bswap32(word[21 + i]) : word[21 + i];
            checksum ^= block[i];
        }
        assert_int_equal(checksum, 0);
        const uint32_t expected[10] = {0x2C001234,
                                       11,
                                       5000 + (big ? 0xF01 : 0x1F01),
                                       1 << 16 | 31 << 5 | 16,
                                       1 << 30 | 8 << 16 | 7,
                                       8,
                                       0x01010100,
                                       0x01030102,
                                       0x01050104,
                                       0x01070106};
        assert_memory_equal(block, expected, sizeof expected);
        spw_arena_release(&event.arena);
    }
}

static void test_counters_text(void **state)
{
    (void)state;
    struct event event;
    open_event(&event, 5000, NA62_L0_EOB);
    assert_ok(na62_add_record(&event.batch, NA62_SOURCE_CHOD, 0, NA62_RECORD_LAST_TIMESTAMP,
                              0, 0xABCDEF));
    assert_ok(na62_add_record(&event.batch, NA62_SOURCE_CHOD, 0, NA62_RECORD_CHANNEL_COUNT,
                              33, 255));
    assert_ok(na62_add_record(&event.batch, NA62_SOURCE_CHOD, 0, NA62_RECORD_CHANNEL_COUNT,
                              40, 16));
    assert_ok(encode(&event, &run_2017));
    size_t n_words = 0;
    const uint32_t *word = source(&event.encoded, NA62_SOURCE_CHOD, &n_words);
    assert_int_equal(word[2] >> 8 & 0xFF, 0x8C);
    char text[4 * 32 + 1] = "";
    const uint32_t length = (word[3] & 0xFFF) - 1;
    for (uint32_t i = 0; i < 4 * length; ++i)
        text[i] = (char)(word[4 + i / 4] >> (24 - 8 * (i % 4)));
    assert_non_null(strstr(text, "LAST_TIMESTAMP=abcdef\n"));
    assert_non_null(strstr(text, "\nCHANNEL_COUNT_1=210000ff:28000010\n"));
    spw_arena_release(&event.arena);
}

static void assert_cannot(struct event *event, const char *text)
{
    assert_int_equal(encode(event, &run_2017), SPW_INTERNAL);
    if (!strstr(spw_error_message(), text)) fail_msg("%s", spw_error_message());
    spw_arena_release(&event->arena);
}

static void test_cannot(void **state)
{
    (void)state;
    struct event event;
    open_event(&event, 5000, 0x01);
    assert_ok(na62_add_hit(&event.batch, NA62_STRAW, 1, 32 * -262, 0));
    assert_cannot(&event, "outside the 16 slots");
    open_event(&event, 5000, 0x01);
    assert_ok(na62_add_hit(&event.batch, NA62_KTAG, 3072, 0, 0));
    assert_cannot(&event, "event 4660, source 0x04 cannot be written: no channel 3072");
    open_event(&event, 0x15000, 0x01);
    assert_ok(na62_add_hit(&event.batch, NA62_KTAG, 0, 256 * 0xB000, 0));
    assert_cannot(&event, "out of reach");
    open_event(&event, 5000, NA62_L0_SOB);
    assert_ok(na62_add_hit(&event.batch, NA62_KTAG, 0, 0, 0));
    assert_cannot(&event, "special frame");
    open_event(&event, 5000, 0x01);
    assert_ok(na62_add_record(&event.batch, NA62_SOURCE_CHOD, 0, NA62_RECORD_LAST_TIMESTAMP,
                              0, 1));
    assert_cannot(&event, "no place for record");
    open_event(&event, 5000, 0x1000001);
    assert_cannot(&event, "24 bits");
}

static void read_file(const char *path, uint8_t *bytes, size_t size)
{
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    assert_int_equal(fread(bytes, 1, size + 1, file), size);
    fclose(file);
}

/* Files of every period equal the bytes put together in memory, whatever was announced. */
static void test_files(void **state)
{
    (void)state;
    uint64_t random = test_seed();
    const char *folder = test_folder();
    char path[256];
    snprintf(path, sizeof path, "%s/burst.dat", folder);
    for (uint32_t p = 0; p < na62_n_periods; ++p) {
        struct spw_arena arena = {0};
        struct spw_raw_batch batch;
        struct na62_encoded encoded;
        struct spw_bytes bytes;
        const struct na62_write_options options = {.run = na62_periods[p].run,
                                                   .burst = 3,
                                                   .no_burst_header =
                                                       na62_periods[p].no_burst_header};
        assert_ok(spw_raw_batch_init(&batch, &arena, streams, NA62_N_STREAMS, 5));
        assert_ok(na62_random_batch(&batch, &na62_periods[p], 3, &random));
        assert_ok(na62_encode(&options, &batch, &arena, &encoded));
        assert_ok(na62_burst_bytes(&options, &encoded, &arena, &bytes));

        struct na62_writer *writer;
        assert_ok(na62_writer_create(&writer, path, &options, p % 2 ? 5 : 100));
        assert_ok(na62_writer_append(writer, &encoded));
        assert_ok(na62_writer_close(writer));
        uint8_t *back = spw_arena_alloc(&arena, bytes.size + 1);
        read_file(path, back, bytes.size);
        assert_memory_equal(back, bytes.data, bytes.size);
        spw_arena_release(&arena);
    }
    unlink(path);
    assert_int_equal(rmdir(folder), 0);
    struct na62_writer *writer;
    assert_int_equal(na62_writer_create(&writer, path, &run_2017, 1), SPW_CANNOT_CREATE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_header), cmocka_unit_test(test_tel62),
        cmocka_unit_test(test_srb),    cmocka_unit_test(test_gtk),
        cmocka_unit_test(test_cream),  cmocka_unit_test(test_counters_text),
        cmocka_unit_test(test_cannot), cmocka_unit_test(test_files),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
