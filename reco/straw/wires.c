#include "reco/straw/wires.h"

#include "io/na62/constants_geometry.h"
#include "reco/calibrate/detector_list.h"

#include <math.h>

static const double slot_mm = NA62_STRAW_PITCH_MM / 4;

struct alignment_options {
    struct spw_texts stations, straws;
};

static const struct spw_option options[] = {
    SPW_OPTION(struct alignment_options,
               stations,
               SPW_OPTION_TEXTS,
               NULL,
               "[Spectrometer-StationsAlignment.dat]",
               "files with the shifts of the views, first found"),
    SPW_OPTION(struct alignment_options,
               straws,
               SPW_OPTION_TEXTS,
               NULL,
               "[Spectrometer-Alignment.dat]",
               "files with the shifts of the straws, first found"),
};

static double first_plane_mm(uint32_t view)
{
    double first = na62_straw_plane_offset_mm(view, 0);
    for (uint32_t plane = 1; plane < 4; ++plane)
        first = fmin(first, na62_straw_plane_offset_mm(view, plane));
    return first;
}

static enum spw_status align(struct straw_wires *wires, struct spw_run *run)
{
    struct alignment_options files;
    struct spw_text_table table;
    struct na62_station_alignment stations = {0};
    struct na62_straw_alignment straws = {0};
    SPW_TRY(spw_config_read(run->config, "straw_alignment", options,
                            sizeof options / sizeof *options, &files));
    SPW_TRY(spw_constants_open(&table, run, files.stations));
    if (table.count) SPW_TRY(na62_station_alignment_read(&stations, &table));
    SPW_TRY(spw_constants_open(&table, run, files.straws));
    if (table.count) SPW_TRY(na62_straw_alignment_read(&straws, &run->arena, &table));
    for (uint32_t id = 0; id < NA62_STRAWS; ++id) {
        struct straw_wire *wire = &wires->wire[id];
        const double straw = straws.shift_mm ? (double)straws.shift_mm[id][0] : 0;
        wire->w_mm =
            (float)(na62_straw_wire(id).w_mm + stations.shift_mm[wire->view] - straw);
    }
    return SPW_OK;
}

/* The widest stretch without wires between the first and the last one. */
static void find_gaps(struct straw_wires *wires)
{
    for (uint32_t view = 0; view < STRAW_VIEWS; ++view) {
        bool exists[STRAW_SLOTS] = {false};
        for (uint32_t id = 488 * view; id < 488 * (view + 1); ++id)
            exists[wires->wire[id].slot] = na62_straw_wire(id).exists;
        int last = -1, widest = 0, edge[2] = {0, 0};
        for (int slot = 0; slot < STRAW_SLOTS; ++slot) {
            if (!exists[slot]) continue;
            if (last >= 0 && slot - last > widest) {
                widest = slot - last;
                edge[0] = last;
                edge[1] = slot;
            }
            last = slot;
        }
        for (int i = 0; i < 2; ++i)
            wires->gap_mm[view][i] =
                wires->slot_0_mm[view] + (float)slot_mm * (float)edge[i];
    }
}

/* Slots with less than two wires among itself and its neighbours, and what is near them. */
static void find_blind(struct straw_wires *wires, double margin_mm)
{
    const int reach = (int)ceil(margin_mm / slot_mm);
    for (uint32_t view = 0; view < STRAW_VIEWS; ++view) {
        bool exists[STRAW_SLOTS + 2] = {false};
        for (uint32_t id = 488 * view; id < 488 * (view + 1); ++id)
            exists[wires->wire[id].slot + 1] = na62_straw_wire(id).exists;
        for (int slot = 0; slot < STRAW_SLOTS; ++slot) {
            if (exists[slot] + exists[slot + 1] + exists[slot + 2] >= 2) continue;
            for (int near = slot - reach; near <= slot + reach; ++near)
                if (near >= 0 && near < STRAW_SLOTS)
                    wires->blind[view][near / 64] |= UINT64_C(1) << near % 64;
        }
    }
}

/* Places of slots after as many others: planes in order of z hold every fourth slot. */
static void fill_order(const struct straw_wires *wires,
                       uint32_t view,
                       uint32_t first,
                       struct straw_near_order *order)
{
    uint32_t n = 0;
    for (uint32_t plane = 0; plane < 4; ++plane) {
        const uint32_t rest = wires->wire[488 * view + 122 * plane].slot % 4;
        for (uint32_t k = 0; k < STRAW_NEAR; ++k)
            if ((first + k) % 4 == rest) order->offset[n++] = (uint8_t)k;
    }
    for (uint32_t bits = 0; bits < 1 << STRAW_NEAR; ++bits)
        for (uint32_t k = 0; k < STRAW_NEAR; ++k)
            order->in_order[bits] |= (uint8_t)((bits >> order->offset[k] & 1) << k);
}

enum spw_status
straw_wires_make(struct straw_wires *wires, struct spw_run *run, double margin_mm)
{
    SPW_NEW_ZEROS(&run->arena, wires->wire, NA62_STRAWS);
    wires->n_wires = NA62_STRAWS;
    for (uint32_t id = 0; id < NA62_STRAWS; ++id) {
        const struct na62_wire nominal = na62_straw_wire(id);
        const double first = first_plane_mm(nominal.view);
        const uint32_t view = 4 * nominal.chamber + nominal.view;
        wires->slot_0_mm[view] = (float)first;
        wires->wire[id] = (struct straw_wire){
            .z_mm = (float)nominal.z_mm,
            .slot = (uint16_t)lround((nominal.w_mm - first) / slot_mm),
            .view = (uint8_t)view,
            .plane = (uint8_t)nominal.plane,
        };
    }
    find_gaps(wires);
    find_blind(wires, margin_mm);
    for (uint32_t view = 0; view < 4; ++view)
        for (uint32_t first = 0; first < 4; ++first)
            fill_order(wires, view, first, &wires->near[view][first]);
    return align(wires, run);
}
