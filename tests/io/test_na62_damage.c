/* Every byte of an event of a hand-made burst damaged, and the file cut everywhere: no crash, no
 * reading outside (under ASan), bytes accounted for, other events, sources and boards unchanged. */
#include "support/na62_bytes.h"
#include "support/na62_read.h"
#include "support/test.h"

#include <string.h>

enum { EVENT = 2, N_ROWS = 4 };

struct fixture {
    struct nb bytes;
    struct na62_read good;
};

static int setup(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    nb_standard_burst(&f->bytes, N_ROWS - 2);
    na62_read(&f->good, "burst", nb_bytes(&f->bytes));
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    na62_read_release(&f->good);
    nb_release(&f->bytes);
    free(f);
    return 0;
}

/* Streams of event EVENT that differ, as bits; other events must not differ at all. */
static uint32_t changed_streams(const struct fixture *f, const struct na62_read *bad)
{
    uint32_t changed = 0;
    for (uint32_t e = 0; e < N_ROWS; ++e)
        for (uint32_t s = 0; s < NA62_N_STREAMS; ++s) {
            if (na62_same_event(&f->good, e, bad, e, s)) continue;
            assert_int_equal(e, EVENT);
            changed |= 1u << s;
        }
    return changed;
}

/* Boards of a hit or pulse stream of the event that differ: their number. */
static uint32_t changed_boards(const struct fixture *f,
                               const struct na62_read *bad,
                               uint32_t s,
                               uint32_t per_board)
{
    const bool hits = f->good.batch.stream[s].kind == SPW_STREAM_HITS;
    const struct na62_read *reads[2] = {&f->good, bad};
    uint32_t changed = 0;
    for (uint32_t board = 0; board < f->good.batch.stream[s].n_addresses / per_board;
         ++board) {
        uint64_t sum[2] = {0, 0};
        for (int r = 0; r < 2; ++r) {
            const struct spw_raw_hits *h = &reads[r]->batch.hits[s];
            const struct spw_raw_pulses *p = &reads[r]->batch.pulses[s];
            const struct spw_rows *rows = hits ? &h->rows : &p->rows;
            for (uint32_t i = rows->first[EVENT]; i < rows->first[EVENT + 1]; ++i) {
                const uint32_t address = hits ? h->address[i] : p->address[i];
                if (address / per_board != board) continue;
                uint64_t value = hits ? (uint32_t)h->ticks[i] * 8u + h->edge[i] * 4u
                                      : p->sample[i * p->n_samples + 3];
                value = value * 1024 + (hits ? h->quality[i] : p->quality[i]);
                sum[r] = (sum[r] ^ (value + address)) * 0x9E3779B97F4A7C15u + 1;
            }
        }
        changed += sum[0] != sum[1];
    }
    return changed;
}

static uint32_t addresses_per_board(uint32_t stream)
{
    switch (stream) {
    case NA62_STRAW:
        return 256;
    case NA62_GTK:
        return 9000;
    case NA62_LKR:
        return 32;
    case NA62_L0TP:
        return 21;
    case NA62_MUV1:
    case NA62_MUV2:
    case NA62_SAV:
        return 32;
    default:
        return 512;
    }
}

/* Damage inside the data of a source costs at most one board of one stream; where a flipped bit
 * makes one valid address of another, two boards differ. */
static void check_source(const struct fixture *f, const struct na62_read *bad, size_t word)
{
    const uint32_t changed = changed_streams(f, bad);
    if (changed & (changed - 1)) {
        fprintf(stderr, "word %zu: streams %x\n", word, changed);
        fail();
    }
    if (!changed) return;
    const uint32_t s = (uint32_t)__builtin_ctz(changed),
                   n = changed_boards(f, bad, s, addresses_per_board(s));
    if (n > 2)
        fprintf(stderr, "word %zu of the event: %u boards of %s changed\n", word, n,
                f->good.batch.stream[s].name);
    assert_true(n <= 2);
}

/* Flips one bit of each byte, another one each round, and once all of the byte. */
static void flips_in_blocks(void **state)
{
    struct fixture *f = *state;
    const size_t event = nb_event_at(&f->bytes, EVENT),
                 end = nb_event_at(&f->bytes, EVENT + 1);
    uint8_t *bytes = (uint8_t *)f->bytes.word;
    uint64_t seed = test_seed();
    for (size_t i = 4 * (event + 8 + NB_STANDARD_SOURCES); i < 4 * (end - 1); ++i) {
        const unsigned flip = i % 9 ? 1u << (test_random(&seed) & 7) : 0xff;
        struct na62_read bad;
        bytes[i] = (uint8_t)(bytes[i] ^ flip);
        na62_read(&bad, "burst", nb_bytes(&f->bytes));
        bytes[i] = (uint8_t)(bytes[i] ^ flip);
        assert_ok(bad.status);
        assert_int_equal(bad.file.index.count, N_ROWS);
        check_source(f, &bad, i / 4 - event);
        na62_read_release(&bad);
    }
}

/* Header, source table and trailer: the event may suffer, no other one does. */
static void flips_in_the_header(void **state)
{
    struct fixture *f = *state;
    const size_t event = nb_event_at(&f->bytes, EVENT),
                 end = nb_event_at(&f->bytes, EVENT + 1);
    for (size_t w = event; w < end; ++w) {
        if (w == event + 8 + NB_STANDARD_SOURCES) w = end - 1;
        for (uint32_t bit = 0; bit < 32; ++bit) {
            struct na62_read bad;
            f->bytes.word[w] ^= 1u << bit;
            na62_read(&bad, "burst", nb_bytes(&f->bytes));
            f->bytes.word[w] ^= 1u << bit;
            assert_ok(bad.status);
            assert_int_equal(bad.file.index.count, N_ROWS);
            changed_streams(f, &bad);
            na62_read_release(&bad);
        }
    }
}

static void flips_in_the_file_header(void **state)
{
    struct fixture *f = *state;
    for (size_t w = 0; w < 4 + 3 * N_ROWS; ++w)
        for (uint32_t bit = 0; bit < 32; ++bit) {
            struct na62_read bad;
            f->bytes.word[w] ^= 1u << bit;
            na62_read(&bad, "na62raw_1509379200-02-008252-0017.dat", nb_bytes(&f->bytes));
            f->bytes.word[w] ^= 1u << bit;
            if (w == 2) { /* the run decides about offsets and byte order */
                na62_read_release(&bad);
                continue;
            }
            assert_ok(bad.status);
            assert_int_equal(bad.file.index.count, N_ROWS);
            assert_int_equal(changed_streams(f, &bad), 0);
            na62_read_release(&bad);
        }
}

static void cuts_everywhere(void **state)
{
    struct fixture *f = *state;
    const struct spw_bytes all = nb_bytes(&f->bytes);
    for (size_t size = 0; size <= all.size; size += size % 4 == 3 ? 22 : 1) {
        struct na62_read bad;
        na62_read(&bad, "burst", (struct spw_bytes){all.data, size});
        for (uint32_t e = 0; bad.status == SPW_OK && e < N_ROWS; ++e) {
            if (e + 1 < N_ROWS && 4 * nb_event_at(&f->bytes, e + 1) > size) break;
            if (e + 1 == N_ROWS && size < all.size) break;
            for (uint32_t s = 0; s < NA62_N_STREAMS; ++s)
                assert_true(na62_same_event(&f->good, e, &bad, e, s));
        }
        na62_read_release(&bad);
    }
}

/* Noise over a stretch of the file: the events outside it come through. */
static void noise_in_the_middle(void **state)
{
    struct fixture *f = *state;
    uint64_t seed = test_seed();
    const size_t from = nb_event_at(&f->bytes, 1), to = nb_event_at(&f->bytes, 3);
    uint32_t *copy = malloc(4 * f->bytes.n);
    for (int round = 0; round < 300; ++round) {
        memcpy(copy, f->bytes.word, 4 * f->bytes.n);
        const size_t begin = from + test_random(&seed) % (to - from);
        size_t length = 1 + test_random(&seed) % 400;
        if (length > to - begin) length = to - begin;
        for (size_t i = begin; i < begin + length; ++i)
            copy[i] = (uint32_t)test_random(&seed);
        struct na62_read bad;
        na62_read(&bad, "burst", (struct spw_bytes){(const uint8_t *)copy, 4 * f->bytes.n});
        assert_ok(bad.status);
        const uint32_t last = bad.file.index.count - 1;
        for (uint32_t s = 0; s < NA62_N_STREAMS; ++s) {
            assert_true(na62_same_event(&f->good, 0, &bad, 0, s));
            assert_true(na62_same_event(&f->good, N_ROWS - 1, &bad, last, s));
        }
        na62_read_release(&bad);
    }
    free(copy);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(flips_in_blocks), TEST(flips_in_the_header), TEST(flips_in_the_file_header),
        TEST(cuts_everywhere), TEST(noise_in_the_middle),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
