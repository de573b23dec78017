#include "support/test.h"

#include "core/histogram.h"

#include <float.h>
#include <string.h>

static const struct spw_histogram_spec time_spec = {
    .path = "/ktag/time",
    .title = "times",
    .n_axes = 1,
    .axis = {{"time_ns", "time [ns]", -50, 50, 40}},
};
static const struct spw_histogram_spec map_spec = {
    .path = "/lkr/map",
    .title = NULL,
    .n_axes = 2,
    .axis = {{"x_mm", "x [mm]", 0, 8, 8}, {"y_mm", "y [mm]", -1, 1, 5}},
};

struct fixture {
    struct spw_arena arena;
    struct spw_histogram_list list;
    struct spw_histogram *set;
};

static int set_up(void **state)
{
    static struct fixture f;
    f = (struct fixture){0};
    uint32_t id = 99;
    if (spw_histogram_book(&f.list, &f.arena, &time_spec, &id) != SPW_OK || id != 0)
        return -1;
    if (spw_histogram_book(&f.list, &f.arena, &map_spec, &id) != SPW_OK || id != 1)
        return -1;
    if (spw_histograms_init(&f.set, &f.list, &f.arena) != SPW_OK) return -1;
    *state = &f;
    return 0;
}

static int tear_down(void **state)
{
    spw_arena_release(&((struct fixture *)*state)->arena);
    return 0;
}

/* The bin by comparison with every edge, in double. */
static uint32_t naive_bin(const struct spw_axis *axis, double x)
{
    if (!(x >= axis->lower)) return 0;
    const double width = (axis->upper - axis->lower) / axis->bins;
    for (uint32_t i = 0; i < axis->bins; ++i)
        if (x < axis->lower + width * (i + 1)) return i + 1;
    return axis->bins + 1;
}

static void fill_agrees_with_reference(void **state)
{
    const struct fixture *f = *state;
    uint32_t expected[42] = {0};
    uint64_t random = test_seed();
    for (int i = 0; i < 100000; ++i) {
        /* on a grid of 1/64 ns, so that float and double agree about edges */
        const float x = (float)((int)(test_random(&random) % 16384) - 8192) / 64;
        spw_fill(&f->set[0], x);
        ++expected[naive_bin(&time_spec.axis[0], (double)x)];
    }
    assert_int_equal(f->set[0].n_bins, 42);
    assert_memory_equal(f->set[0].count, expected, sizeof expected);
    assert_true(expected[0] > 0 && expected[41] > 0);
}

static void edges_and_odd_values(void **state)
{
    const struct fixture *f = *state;
    const struct spw_histogram *h = &f->set[0];

    static const struct {
        float x;
        uint32_t bin;
    } cases[] = {
        {-50.0f, 1},   {-50.001f, 0}, {49.99f, 40},  {50.0f, 41},    {0.0f, 21},
        {-0.001f, 20}, {NAN, 0},      {-NAN, 0},     {INFINITY, 41}, {-INFINITY, 0},
        {FLT_MAX, 41}, {-FLT_MAX, 0}, {FLT_MIN, 21}, {-47.5f, 2},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; ++i)
        assert_int_equal(spw_axis_bin(h, 0, cases[i].x), cases[i].bin);
}

static void two_axes_are_row_major(void **state)
{
    const struct fixture *f = *state;
    struct spw_histogram *h = &f->set[1];
    uint32_t expected[10 * 7] = {0};
    uint64_t random = test_seed();
    for (int i = 0; i < 100000; ++i) {
        const float x = (float)(int)(test_random(&random) % 640) / 64 - 1;
        const float y = (float)((int)(test_random(&random) % 41) - 20) / 16.1f;
        spw_fill2(h, x, y);
        ++expected[naive_bin(&map_spec.axis[0], (double)x) * 7 +
                   naive_bin(&map_spec.axis[1], (double)y)];
    }
    assert_int_equal(h->n_bins, 70);
    assert_int_equal(h->stride[0], 7);
    assert_int_equal(h->stride[1], 1);
    assert_memory_equal(h->count, expected, sizeof expected);
}

/* Bytes that run over many times, and the spare bin, against plain counts; settling twice adds
   nothing. */
static void bytes_carry_over(void **state)
{
    const struct fixture *f = *state;
    struct spw_histogram *h = &f->set[1];
    uint64_t random = test_seed();
    uint32_t bin[1000], expected[71] = {0};
    for (int round = 0; round < 100; ++round) {
        for (int i = 0; i < 1000; ++i) {
            const uint64_t r = test_random(&random);
            bin[i] = (uint32_t)(r & 1 ? 35 : (r >> 8) % 71);
            ++expected[bin[i]];
        }
        spw_count(h, 1000, bin);
        if (round % 40 == 0) spw_histograms_settle(f->set, &f->list);
    }
    spw_fill2(h, -1e9f, -1e9f);
    ++expected[0];
    for (int twice = 0; twice < 2; ++twice) {
        spw_histograms_settle(f->set, &f->list);
        assert_memory_equal(h->count, expected, sizeof expected);
    }
}

/* Rows of a histogram of two axes to one of the same second axis and to one of a single axis, which
   have own entries too; settling twice adds nothing. */
static void rows_are_folded(void **state)
{
    (void)state;
    struct spw_arena arena = {0};
    struct spw_histogram_list list = {0};
    struct spw_histogram *set;
    const struct spw_axis channel = {"x", "x", 0, 4, 4}, board = {"b", "b", 0, 2, 2};
    const struct spw_axis time = {"t", "t", 0, 3, 3};
    const struct spw_histogram_spec spec[] = {
        {.path = "/b", .n_axes = 2, .axis = {board, time}},
        {.path = "/o", .n_axes = 1, .axis = {channel}},
        {.path = "/c", .n_axes = 2, .axis = {channel, time}},
    };
    const uint32_t boards[] = {0, 2, 1, 2, 1, 3}, same[] = {0, 1, 2, 3, 4, 5};
    uint32_t id, bin[3], expected[3][30] = {0};
    for (int i = 0; i < 3; ++i) assert_ok(spw_histogram_book(&list, &arena, &spec[i], &id));
    spw_histogram_fold(&list, 0, (struct spw_fold){2, boards});
    spw_histogram_fold(&list, 1, (struct spw_fold){2, same});
    assert_ok(spw_histograms_init(&set, &list, &arena));
    uint64_t random = test_seed();
    for (int i = 0; i < 5000; ++i) {
        const uint32_t r = (uint32_t)(test_random(&random) % 6);
        const uint32_t t = (uint32_t)(test_random(&random) % 5);
        bin[0] = r * 5 + t;
        bin[1] = (uint32_t)(test_random(&random) % 6);
        bin[2] = (uint32_t)(test_random(&random) % 20);
        spw_count(&set[2], 1, &bin[0]);
        spw_count(&set[1], 1, &bin[1]);
        spw_count(&set[0], 1, &bin[2]);
        ++expected[2][bin[0]];
        ++expected[1][bin[1]];
        ++expected[1][r];
        ++expected[0][bin[2]];
        ++expected[0][boards[r] * 5 + t];
        if (i % 1999 == 0) spw_histograms_settle(set, &list);
    }
    for (int twice = 0; twice < 2; ++twice) {
        spw_histograms_settle(set, &list);
        for (int i = 0; i < 3; ++i)
            assert_memory_equal(set[i].count, expected[i], 4 * set[i].n_bins);
    }
    spw_arena_release(&arena);
}

static void booking_copies_texts(void **state)
{
    (void)state;
    struct spw_arena arena = {0};
    struct spw_histogram_list list = {0};
    char path[32], label[32];
    for (uint32_t i = 0; i < 200; ++i) {
        uint32_t id;
        snprintf(path, sizeof path, "/d/h%u", i);
        snprintf(label, sizeof label, "label %u", i);
        const struct spw_histogram_spec spec = {
            .path = path, .title = "t", .n_axes = 1, .axis = {{"x", label, 0, 1, i + 1}}};
        assert_ok(spw_histogram_book(&list, &arena, &spec, &id));
        assert_int_equal(id, i);
    }
    assert_int_equal(list.count, 200);
    assert_string_equal(list.spec[7].path, "/d/h7");
    assert_string_equal(list.spec[7].axis[0].label, "label 7");
    assert_int_equal(spw_histogram_n_bins(&list.spec[199]), 202);
    spw_arena_release(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(fill_agrees_with_reference, set_up, tear_down),
        cmocka_unit_test_setup_teardown(edges_and_odd_values, set_up, tear_down),
        cmocka_unit_test_setup_teardown(two_axes_are_row_major, set_up, tear_down),
        cmocka_unit_test_setup_teardown(bytes_carry_over, set_up, tear_down),
        cmocka_unit_test(rows_are_folded),
        cmocka_unit_test(booking_copies_texts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
