/// NA62 alignment and positions: straws, GTK stations, RICH photomultipliers and mirrors.
///
/// Rules of reading, memory, errors: io/na62/constants.h.
#pragma once

#include "core/arena.h"
#include "core/status.h"
#include "core/text_table.h"

#include <stdbool.h>
#include <stdint.h>

enum {
    NA62_STRAWS = 7808, ///< 64 planes x 122 positions; straw ID = 122 plane + position
    NA62_STRAW_VIEWS = 16,
    NA62_STRAW_PLANES = 64,
};

/// Spectrometer-Alignment: `plane straw dx dy dz`, straw 1 ... 122. A straw's wire stands at its
/// nominal position minus shift_mm[0] (plus the station's shift).
struct na62_straw_alignment {
    float (*shift_mm)[3]; ///< [NA62_STRAWS] by straw ID: the file's three numbers
    uint32_t n_given;
    uint32_t n_bad;
};

SPW_MUST_CHECK enum spw_status
na62_straw_alignment_read(struct na62_straw_alignment *alignment,
                          struct spw_arena *arena,
                          const struct spw_text_table *table);

/// Spectrometer-StationsAlignment: `chamber view shift angle`; numbers may be glued together
/// ("-0.00204968-0.0177563").
struct na62_station_alignment {
    double shift_mm[NA62_STRAW_VIEWS]; ///< [4 chamber + view]
    double angle[NA62_STRAW_VIEWS];    ///< second number: slope of the shift
    uint32_t n_given;
    uint32_t n_bad;
};

SPW_MUST_CHECK enum spw_status
na62_station_alignment_read(struct na62_station_alignment *alignment,
                            const struct spw_text_table *table);

/// Spectrometer-ZOffset: five lines, mm: magnet, chambers 1 ... 4.
struct na62_straw_z_offset {
    double magnet_mm;
    double chamber_mm[4];
};

SPW_MUST_CHECK enum spw_status na62_straw_z_offset_read(struct na62_straw_z_offset *offset,
                                                        const struct spw_text_table *table);

/// Spectrometer-XT: 16 lines (view 4 chamber + view): reference drift time and three linear fits.
struct na62_straw_xt {
    double reference_ns[NA62_STRAW_VIEWS];
    double fit[NA62_STRAW_VIEWS][3][2]; ///< [view][fit][constant, slope]
};

SPW_MUST_CHECK enum spw_status na62_straw_xt_read(struct na62_straw_xt *xt,
                                                  const struct spw_text_table *table);

/// GigaTracker-XYCorrections: `station x y`.
struct na62_gtk_offsets {
    double x_mm[3], y_mm[3];
};

SPW_MUST_CHECK enum spw_status na62_gtk_offsets_read(struct na62_gtk_offsets *offsets,
                                                     const struct spw_text_table *table);

enum { NA62_RICH_PMS = 976, NA62_RICH_CELLS = 122, NA62_RICH_MIRRORS = 26 };

/// Photomultipliers of one RICH disk in its own frame; both disks are alike.
struct na62_rich_positions {
    float pm_x_mm[NA62_RICH_PMS],
        pm_y_mm[NA62_RICH_PMS]; ///< [488 updown + 8 supercell + PM]
    float cell_x_mm[NA62_RICH_CELLS],
        cell_y_mm[NA62_RICH_CELLS]; ///< [61 updown + supercell]
    uint32_t n_pms, n_cells;
    uint32_t n_bad;
};

/// `PMPosition_SC_n= 8 (x, y)` and `SCPosition_SC_n= (x, y) ...`, mm.
SPW_MUST_CHECK enum spw_status
na62_rich_positions_read(struct na62_rich_positions *positions,
                         const struct spw_text_table *table);

/// RICH-MirrorAlignment for one run: blocks of `first last`, four extra offsets, 24 x, 24 y.
struct na62_rich_mirrors {
    double extra_x_mm[2], extra_y_mm[2]; ///< Jura, Saleve
    double x_mm[24], y_mm[24];           ///< mirrors 1 ... 24
    bool aligned[24]; ///< false: written as 999 or 7777, take the extra offset
    uint32_t first_run, last_run;
};

/// Errors  SPW_NO_CONSTANTS: no block holds the run.
SPW_MUST_CHECK enum spw_status na62_rich_mirrors_read(struct na62_rich_mirrors *mirrors,
                                                      const struct spw_text_table *table,
                                                      uint32_t run);

/// RICH-MirrorPositions: `mirror corner x y`, corners clockwise from the top.
struct na62_rich_mirror_corners {
    double x_mm[NA62_RICH_MIRRORS][6],
        y_mm[NA62_RICH_MIRRORS][6]; ///< [mirror number][corner]
    uint8_t n_corners[NA62_RICH_MIRRORS];
    uint32_t n_bad;
};

SPW_MUST_CHECK enum spw_status
na62_rich_mirror_corners_read(struct na62_rich_mirror_corners *corners,
                              const struct spw_text_table *table);

/// Mirrors by number (0 none): centre, and by how much the image differs from that of its side.
struct na62_rich_mirror_map {
    double x_mm[NA62_RICH_MIRRORS], y_mm[NA62_RICH_MIRRORS]; ///< NaN: no such mirror
    double shift_x_mm[NA62_RICH_MIRRORS], shift_y_mm[NA62_RICH_MIRRORS];
};

/// From shapes and alignment; mirrors that are not aligned have shift 0.
void na62_rich_mirror_map_make(struct na62_rich_mirror_map *map,
                               const struct na62_rich_mirrors *mirrors,
                               const struct na62_rich_mirror_corners *corners);

/// Number of the mirror at a place of the mirrors' plane; 0 outside.
uint32_t
na62_rich_mirror_at(const struct na62_rich_mirror_map *map, double x_mm, double y_mm);
