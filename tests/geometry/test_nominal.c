/* Nominal numbering: the same channels as the experiment's tables, each once. */
#include "support/test.h"

#include "core/text_table.h"
#include "geometry/nominal.h"

#include <string.h>

struct detector {
    const char *name, *file;
    uint32_t n_channels; /* formats/na62.md 2.2, LKr 36 cells less than built */
    int same_cabling;
};

static const struct detector detectors[] = {
    {"ktag", "Cedar", 384, 0}, {"chanti", "CHANTI", 576, 0},
    {"lav", "LAV", 4992, 1},   {"straw", "Spectrometer", 7680, 1},
    {"chod", "CHOD", 128, 0},  {"rich", "RICH", 2196, 0},
    {"irc", "IRC", 8, 1},      {"sac", "SAC", 8, 1},
    {"muv0", "MUV0", 18, 1},   {"newchod", "NewCHOD", 304, 0},
    {"muv3", "MUV3", 296, 0},  {"hasc", "HAC", 347, 0},
    {"lkr", "LKr", 13212, 1},  {"muv1", "MUV1", 176, 0},
    {"muv2", "MUV2", 88, 0},   {"sav", "SAV", 8, 1},
};

enum { N_DETECTORS = sizeof detectors / sizeof *detectors };

static struct spw_arena arena;

static struct spw_channel_map nominal(const char *name)
{
    struct spw_channel_map map;
    assert_ok(spw_nominal_channel_map(&map, &arena, name));
    return map;
}

static uint32_t count_mapped(const struct spw_channel_map *map)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < map->n_addresses; ++i) n += map->channel[i] >= 0;
    return n;
}

static void counts_and_uniqueness(void **state)
{
    (void)state;
    for (int i = 0; i < N_DETECTORS; ++i) {
        const struct spw_channel_map map = nominal(detectors[i].name);
        assert_int_equal(map.n_channels, detectors[i].n_channels);
        assert_int_equal(count_mapped(&map), detectors[i].n_channels); /* no ID twice */
    }
}

static void ids_by_hand(void **state)
{
    (void)state;
    assert_int_equal(nominal("ktag").id[0], 115); /* sector 1, row 1, cone 5 */
    assert_int_equal(nominal("ktag").id[383], 887);
    assert_int_equal(nominal("lkr").channel[525], 1090);
    assert_int_equal(nominal("straw").channel[0], 3 * 122 + 121);
    assert_int_equal(nominal("rich").id[2195], 116010);
    assert_int_equal(spw_channel_map_index(&(struct spw_channel_map){0}, 1), -1);
}

/* Boards that hold the channels: formats/na62.md 2.2. */
static void nothing_outside_of_the_boards(void **state)
{
    (void)state;
    const struct spw_channel_map newchod = nominal("newchod");
    for (uint32_t i = 0; i < newchod.n_channels; ++i)
        assert_in_range(newchod.address[i], 128, 511); /* mezzanine mask e */
    const struct spw_channel_map muv3 = nominal("muv3");
    for (uint32_t i = 0; i < muv3.n_channels; ++i)
        assert_in_range(muv3.address[i], 0, 383); /* mask 7 */
    const struct spw_channel_map lav = nominal("lav");
    for (uint32_t i = 0; i < lav.n_channels; ++i)
        if (lav.id[i] % 1000000 < 60000)
            assert_true(lav.address[i] % 512 < 384); /* mask 7 */
}

static void compare(const struct detector *detector)
{
    char below[256];
    snprintf(below, sizeof below,
             "data/na62/na62fw-conditions/%s/%s-RawDecoderSettings.dat", detector->file,
             detector->file);
    const struct spw_channel_map map = nominal(detector->name);
    struct spw_text_table table;
    struct spw_channel_map real;
    assert_ok(spw_text_table_open(&table, &arena, test_shared_path(below)));
    assert_ok(spw_channel_map_read(&real, &arena, &table, map.n_addresses));
    assert_int_equal(map.n_channels, real.n_channels);
    assert_memory_equal(map.id, real.id, sizeof *map.id * map.n_channels);
    const size_t size = sizeof *map.channel * map.n_addresses;
    if (detector->same_cabling) assert_memory_equal(map.channel, real.channel, size);
}

static void same_channels_as_the_experiment(void **state)
{
    (void)state;
    for (int i = 0; i < N_DETECTORS; ++i) compare(&detectors[i]);
}

static void unknown_detector(void **state)
{
    (void)state;
    struct spw_channel_map map;
    assert_int_equal(spw_nominal_channel_map(&map, &arena, "ktagg"), SPW_BAD_CONFIG);
    assert_non_null(strstr(spw_error_message(), "ktagg"));
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
        cmocka_unit_test(counts_and_uniqueness),
        cmocka_unit_test(ids_by_hand),
        cmocka_unit_test(nothing_outside_of_the_boards),
        cmocka_unit_test(same_channels_as_the_experiment),
        cmocka_unit_test(unknown_detector),
    };
    return cmocka_run_group_tests(tests, NULL, release);
}
