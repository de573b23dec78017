#include "support/test.h"

#include "core/columns.h"

#include <string.h>

struct hits {
    struct spw_rows rows;
    uint16_t *channel;
    uint8_t *flags;
    float *time_ns;
    double *energy_MeV;
    int64_t *offset;
};

static const struct spw_column hit_columns[] = {
    SPW_COLUMN(struct hits, channel, "1", "channel"),
    SPW_COLUMN_AS("quality", struct hits, flags, "1", "quality bits"),
    SPW_COLUMN(struct hits, time_ns, "ns", "time"),
    SPW_COLUMN(struct hits, energy_MeV, "MeV", "energy"),
    SPW_COLUMN(struct hits, offset, "1", "offset"),
};
static const struct spw_table hit_table = SPW_TABLE(struct hits, hit_columns);

static void table_describes_the_struct(void **state)
{
    (void)state;
    assert_int_equal(hit_table.n_columns, 5);
    assert_int_equal(hit_table.struct_size, sizeof(struct hits));

    static const enum spw_type types[] = {SPW_U16, SPW_U8, SPW_F32, SPW_F64, SPW_I64};

    static const size_t sizes[] = {2, 1, 4, 8, 8};
    for (int i = 0; i < 5; ++i) {
        assert_int_equal(hit_columns[i].type, types[i]);
        assert_int_equal(spw_type_size(hit_columns[i].type), sizes[i]);
    }
    assert_string_equal(hit_columns[0].name, "channel");
    assert_string_equal(hit_columns[1].name, "quality");
    assert_int_equal(spw_type_size(SPW_I8) + spw_type_size(SPW_I16) +
                         spw_type_size(SPW_I32) + spw_type_size(SPW_U32) +
                         spw_type_size(SPW_U64),
                     1 + 2 + 4 + 4 + 8);
}

static void rows_survive_growth(void **state)
{
    (void)state;
    struct spw_arena arena = {0};
    struct hits hits;
    assert_ok(spw_rows_init(&hits.rows, &hit_table, &arena, 10, 3));
    assert_int_equal(hits.rows.count, 0);
    assert_true(hits.rows.capacity >= 3);
    for (int e = 0; e <= 10; ++e) assert_int_equal(hits.rows.first[e], 0);

    for (uint32_t i = 0; i < 10000; ++i) {
        assert_ok(spw_rows_reserve(&hits.rows, &hit_table, &arena, 1));
        assert_true(hits.rows.capacity > hits.rows.count);
        hits.channel[i] = (uint16_t)(i * 7);
        hits.flags[i] = (uint8_t)i;
        hits.time_ns[i] = (float)i / 2;
        hits.energy_MeV[i] = i * 1e-3;
        hits.offset[i] = -(int64_t)i;
        ++hits.rows.count;
    }
    for (uint32_t i = 0; i < 10000; ++i) {
        assert_int_equal(hits.channel[i], (uint16_t)(i * 7));
        assert_int_equal(hits.flags[i], (uint8_t)i);
        assert_true(hits.time_ns[i] == (float)i / 2);
        assert_true(hits.energy_MeV[i] == i * 1e-3);
        assert_true(hits.offset[i] == -(int64_t)i);
    }
    assert_ptr_equal(spw_column_data(&hits.rows, &hit_columns[3]), hits.energy_MeV);
    assert_int_equal((uintptr_t)hits.time_ns % SPW_ALIGN, 0);
    spw_arena_release(&arena);
}

static void growth_doubles(void **state)
{
    (void)state;
    struct spw_arena arena = {0};
    struct hits hits;
    int moves = 0;
    assert_ok(spw_rows_init(&hits.rows, &hit_table, &arena, 0, 0));
    for (uint32_t i = 0; i < 100000; ++i) {
        const void *before = hits.time_ns;
        assert_ok(spw_rows_reserve(&hits.rows, &hit_table, &arena, 1));
        moves += hits.time_ns != before;
        ++hits.rows.count;
    }
    assert_true(moves <= 17);
    spw_arena_release(&arena);
}

static void too_many_rows(void **state)
{
    (void)state;
    struct spw_arena arena = {0};
    struct hits hits;
    assert_ok(spw_rows_init(&hits.rows, &hit_table, &arena, 0, 16));
    hits.rows.count = 10;
    assert_int_equal(spw_rows_reserve(&hits.rows, &hit_table, &arena, UINT32_MAX - 5),
                     SPW_RETRY);
    spw_arena_release(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(table_describes_the_struct),
        cmocka_unit_test(rows_survive_growth),
        cmocka_unit_test(growth_doubles),
        cmocka_unit_test(too_many_rows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
