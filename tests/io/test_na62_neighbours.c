/* Words are compared with their neighbours (repeated? out of order?) within an event only: the
 * last word of an event and the first of the next one may well be alike. */
#include "support/na62_bytes.h"
#include "support/na62_read.h"
#include "support/test.h"

enum { N_EVENTS = 4 };

/* One straw hit and one edge in each event, the same words; event 2 has no hits at all. */
static void build(struct nb *b)
{
    const uint8_t one[16] = {[3] = 1}, none[16] = {0};
    const uint16_t hit = nb_straw(7, 0, 9);
    nb_burst_begin(b, 8252, 17, N_EVENTS);
    for (uint32_t e = 0; e < N_EVENTS; ++e) {
        const uint32_t ticks = 0x50000 + 0x800 * e, n_hits = e == 2 ? 0 : 1;
        nb_event_begin(b, e + 1, ticks, 0x01, 2);
        nb_source(b, 0x04);
        nb_board_begin(b, 2, ticks);
        nb_put(b, n_hits | 4u << 8 | 2u << 16 | 2u << 24);
        if (n_hits) {
            nb_put(b, 1);
            nb_put(b, nb_slot(ticks, 1));
            nb_put(b, nb_edge(0, 1, 5, ticks,
                              200 - 10 * e)); /* earlier in its slot each time */
        }
        nb_board_end(b);
        nb_source(b, 0x14);
        nb_srb(b, 31, &hit, n_hits, n_hits ? one : none);
        nb_event_end(b);
    }
    nb_burst_end(b);
}

static void neighbours_of_other_events_are_kept(void **state)
{
    (void)state;
    struct nb b = {.latency = 0x1F01};
    struct na62_read read;
    build(&b);
    na62_read(&read, "burst", nb_bytes(&b));
    assert_int_equal(na62_read_damage(&read), 0);
    assert_int_equal(read.batch.hits[NA62_STRAW].rows.count, N_EVENTS - 1);
    assert_int_equal(read.batch.hits[NA62_KTAG].rows.count, N_EVENTS - 1);
    for (uint32_t i = 0; i < N_EVENTS - 1; ++i)
        assert_int_equal(read.batch.hits[NA62_STRAW].address[i], 31 * 256 + 7);
    na62_read_release(&read);
    nb_release(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(neighbours_of_other_events_are_kept)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
