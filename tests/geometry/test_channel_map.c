/* Channel maps: dense numbering, duplicates, the experiment's own tables, what is refused. */
#include "support/test.h"

#include "core/text_table.h"
#include "geometry/channel_map.h"

#include <string.h>

static struct spw_arena arena;

static enum spw_status read_text(struct spw_channel_map *map, const char *text, uint32_t n)
{
    struct spw_text_table table;
    const struct spw_bytes bytes = {(const uint8_t *)text, strlen(text)};
    SPW_TRY(spw_text_table_parse(&table, &arena, "map.dat", bytes));
    return spw_channel_map_read(map, &arena, &table, n);
}

static void dense_numbers_ascend(void **state)
{
    (void)state;
    const int32_t channel[8] = {70, -1, 5, 2000000, -1, 5, 0, 6};
    struct spw_channel_map map;
    assert_ok(spw_channel_map_build(&map, &arena, channel, 8));
    assert_int_equal(map.n_channels, 5);
    const uint32_t id[5] = {0, 5, 6, 70, 2000000}, address[5] = {6, 2, 7, 0, 3};
    assert_memory_equal(map.id, id, sizeof id);
    assert_memory_equal(map.address, address, sizeof address); /* 5: the first of 2 and 5 */
    const int32_t index[8] = {3, -1, 1, 4, -1, 1, 0, 2};
    assert_memory_equal(map.index, index, sizeof index);
    assert_memory_equal(map.channel, channel, sizeof channel);
    for (uint32_t i = 0; i < 5; ++i)
        assert_int_equal(spw_channel_map_index(&map, id[i]), i);
    assert_int_equal(spw_channel_map_index(&map, 7), -1);
    assert_int_equal(spw_channel_map_index(&map, UINT32_MAX), -1);
}

static void empty_maps_are_fine(void **state)
{
    (void)state;
    const int32_t channel[2] = {-1, -1};
    struct spw_channel_map map;
    assert_ok(spw_channel_map_build(&map, &arena, channel, 2));
    assert_int_equal(map.n_channels, 0);
    assert_int_equal(spw_channel_map_index(&map, 0), -1);
}

static void keys_padded_or_not(void **state)
{
    (void)state;
    struct spw_channel_map map;
    assert_ok(read_text(
        &map, "# c\nNROChannels= 64\nChRemap_0= 4 -1 3\nChRemap_0003= 9 8\n", 64));
    assert_int_equal(map.n_channels, 4);
    assert_int_equal(map.channel[0], 4);
    assert_int_equal(map.channel[1], -1);
    assert_int_equal(map.channel[2], 3);
    assert_int_equal(map.channel[48], 9);
    assert_int_equal(map.channel[49], 8);
    assert_int_equal(map.channel[50], -1);
}

static void nonsense_is_refused(void **state)
{
    (void)state;
    struct spw_channel_map map;
    assert_int_equal(read_text(&map, "", 64), SPW_BAD_CONFIG);
    assert_int_equal(read_text(&map, "ChRemap_x= 1\n", 64), SPW_BAD_CONFIG);
    assert_int_equal(read_text(&map, "ChRemap_4= 1\n", 64), SPW_BAD_CONFIG);
    assert_int_equal(read_text(&map, "ChRemap_999999999999999= 1\n", 64), SPW_BAD_CONFIG);
    assert_int_equal(read_text(&map, "ChRemap_0= 1.5\n", 64), SPW_BAD_CONFIG);
    assert_int_equal(read_text(&map, "ChRemap_0= -2\n", 64), SPW_BAD_CONFIG);
    assert_int_equal(read_text(&map, "ChRemap_0= 1e300\n", 64), SPW_BAD_CONFIG);
    assert_ok(read_text(&map, "ChRemap_4= -1 -1\nChRemap_3= 1\n", 64)); /* nothing mapped */
}

/* Counts as `grep ChRemap FILE | tr -s ' =' '\n' | grep -c '^[0-9]'` gives them. */
static void real_tables(void **state)
{
    (void)state;

    static const struct {
        const char *file;
        uint32_t n_addresses, n_channels, address, id;
    } tables[] = {
        {"na62fw-conditions/Cedar/Cedar-RawDecoderSettings.dat", 3072, 384, 3064, 872},
        {"na62fw-conditions/MUV3/MUV3-RawDecoderSettings.dat", 512, 296, 15, 341},
        {"na62fw-conditions/LKr/LKr-RawDecoderSettings.dat", 16384, 13212, 525, 1090},
        {"na62fw-conditions/GigaTracker/GigaTracker-RawDecoderSettings.dat", 54000, 54000,
         17920, 90079},
        {"na62-trigger-algorithms/l1/lav_algorithm/config/LAV.conf", 6144, 4992, 1,
         1010000},
        {"na62-trigger-algorithms/l1/rich_algorithm/config/RICH.conf", 2560, 2196, 0, 5407},
        {"na62-trigger-algorithms/l1/muv_algorithm/config/MUV3.2015.conf", 288, 288, 0,
         144},
        /* IRC and SAC in one table: every ID twice */
        {"na62-trigger-algorithms/l1/ircsac_algorithm/config/IRCSAC.2017.conf", 512, 8, 66,
         0},
    };

    for (size_t i = 0; i < sizeof tables / sizeof *tables; ++i) {
        char below[256];
        snprintf(below, sizeof below, "data/na62/%s", tables[i].file);
        struct spw_text_table table;
        struct spw_channel_map map;
        assert_ok(spw_text_table_open(&table, &arena, test_shared_path(below)));
        assert_ok(spw_channel_map_read(&map, &arena, &table, tables[i].n_addresses));
        assert_int_equal(map.n_channels, tables[i].n_channels);
        assert_int_equal(map.channel[tables[i].address], tables[i].id);
    }
}

static int release(void **state)
{
    (void)state;
    spw_arena_release(&arena);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(dense_numbers_ascend), cmocka_unit_test(empty_maps_are_fine),
        cmocka_unit_test(keys_padded_or_not),   cmocka_unit_test(nonsense_is_refused),
        cmocka_unit_test(real_tables),
    };
    return cmocka_run_group_tests(tests, NULL, release);
}
