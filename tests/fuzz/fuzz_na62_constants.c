/* Arbitrary bytes as each kind of constants file: every reader gives a status, never a fault. */
#include "core/text_table.h"
#include "geometry/channel_map.h"
#include "io/na62/constants.h"

#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A status is as good as another here; its message must exist. */
static void any(enum spw_status status)
{
    if (status != SPW_OK && !*spw_error_message()) __builtin_trap();
}

static void read_times(struct spw_arena *arena, const struct spw_text_table *table)
{
    struct na62_t0 t0;
    any(na62_t0_read(&t0, arena, table, 512));
    if (t0.n_good > t0.n_addresses) __builtin_trap();
    any(na62_gtk_t0_read(&t0, arena, table));
    struct na62_straw_t0 straw = {0};
    any(na62_straw_coarse_t0_read(&straw, table));
    if (straw.n_covers > NA62_STRAW_COVERS) __builtin_trap();
    double value;
    any(na62_straw_magic_t0_read(&value, table));
    any(na62_trigger_drift_read(&value, table, 8252, 17));
    float jump_ns[NA62_STRAW_COVERS] = {0};
    uint32_t n;
    any(na62_straw_jumps_read(jump_ns, &n, table, 8252, 17));
}

static void read_slewing(struct spw_arena *arena, const struct spw_text_table *table)
{
    struct na62_width_slewing width;
    any(na62_ktag_slewing_read(&width, arena, table, 3072));
    any(na62_rich_slewing_read(&width, arena, table));
    struct na62_chanti_slewing chanti;
    any(na62_chanti_slewing_read(&chanti, arena, table, 1024));
    struct na62_chod_slewing chod;
    any(na62_chod_slewing_read(&chod, table));
    float light[NA62_CHOD_SLABS];
    any(na62_chod_light_read(light, table));
    struct na62_lav_slewing lav;
    any(na62_lav_slewing_read(&lav, table));
    struct na62_hasc_slewing hasc;
    any(na62_hasc_slewing_read(&hasc, table));
    struct na62_gtk_time_walk walk;
    any(na62_gtk_time_walk_read(&walk, arena, table));
}

static void read_calorimeters(struct spw_arena *arena, const struct spw_text_table *table)
{
    struct na62_lkr_slopes slopes;
    any(na62_lkr_slopes_read(&slopes, arena, table));
    struct na62_lkr_pedestals pedestals;
    any(na62_lkr_pedestals_read(&pedestals, arena, table));
    struct na62_lkr_filter filter;
    any(na62_lkr_filter_read(&filter, arena, table));
    uint8_t *shape;
    any(na62_lkr_shapes_read(&shape, arena, table));
    struct na62_lkr_pulse pulse;
    any(na62_lkr_pulse_read(&pulse, arena, table));
    static uint8_t dead[NA62_LKR_CELLS];
    uint32_t n;
    any(na62_lkr_dead_read(dead, &n, table));
    struct na62_cream_faults faults = {0};
    any(na62_cream_swaps_read(&faults, table, 8252, 17));
    any(na62_cream_jitters_read(&faults, table, 8252, 17));
    static struct na62_muv_equalisation muv;
    any(na62_muv_equalisation_read(&muv, table));
    (void)na62_muv_light_yield(&muv, 101, 10);
    struct na62_channel_gains gains;
    any(na62_channel_gains_read(&gains, arena, table, 300));
}

static void read_geometry(struct spw_arena *arena, const struct spw_text_table *table)
{
    struct na62_straw_alignment straws;
    any(na62_straw_alignment_read(&straws, arena, table));
    struct na62_station_alignment stations;
    any(na62_station_alignment_read(&stations, table));
    struct na62_straw_z_offset z;
    any(na62_straw_z_offset_read(&z, table));
    struct na62_straw_xt xt;
    any(na62_straw_xt_read(&xt, table));
    struct na62_gtk_offsets gtk;
    any(na62_gtk_offsets_read(&gtk, table));
    static struct na62_rich_positions positions;
    any(na62_rich_positions_read(&positions, table));
    struct na62_rich_mirrors mirrors;
    any(na62_rich_mirrors_read(&mirrors, table, 8252));
    struct na62_rich_mirror_corners corners;
    any(na62_rich_mirror_corners_read(&corners, table));
    struct na62_decoder_settings settings;
    any(na62_decoder_settings_read(&settings, table));
    uint32_t *id, n;
    any(na62_masked_channels_read(&id, &n, arena, table));
    struct spw_channel_map map;
    any(spw_channel_map_read(&map, arena, table, 512));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct spw_arena arena;
    struct spw_text_table table;
    if (spw_text_table_parse(&table, &arena, "fuzz.dat", (struct spw_bytes){data, size}) ==
        SPW_OK) {
        read_times(&arena, &table);
        read_slewing(&arena, &table);
        read_calorimeters(&arena, &table);
        read_geometry(&arena, &table);
    }
    spw_arena_reset(&arena);
    return 0;
}
