/// MICE: the beam line of a simulated run, its boards and constants.
#pragma once

#include "core/config.h"
#include "io/date/write.h"
#include "sim/random.h"

enum { MICE_STATIONS = 3, MICE_PLANES = 2, MICE_SLABS = 10, MICE_SIDES = 2 };

enum { MICE_PMTS = MICE_STATIONS * MICE_PLANES * MICE_SLABS * MICE_SIDES };

enum { MICE_CKOV_PMTS = 8, MICE_KL_PMTS = 42, MICE_MAX_BOARDS = 96 };

enum { MICE_EMR_PLANES = 48, MICE_EMR_BARS = 59, MICE_LDC_EMR = 2 };

/// Cabling and constants of a photomultiplier of the TOF.
struct mice_pmt {
    bool there;
    uint32_t tdc_geo, tdc_channel, fadc_geo, fadc_channel;
    double t0_ps, walk[4];
};

/// Everything a run is made with. Read-only once built.
struct mice_setup {
    struct date_board board[MICE_MAX_BOARDS];
    uint32_t n_boards;
    struct mice_pmt pmt[MICE_PMTS];
    double delay_ps[MICE_SLABS][MICE_SLABS]; ///< of a trigger pixel (horizontal, vertical)
};

/// Channel of a bar (from 1 on) on the board of its plane; channel 4 is the trigger's.
static inline uint32_t mice_emr_channel(uint32_t bar)
{
    return bar < DATE_DBB_TRIGGER_CHANNEL ? bar : bar + 1;
}

static inline uint32_t
mice_pmt(uint32_t station, uint32_t plane, uint32_t slab, uint32_t side)
{
    return ((station * MICE_PLANES + plane) * MICE_SLABS + slab) * MICE_SIDES + side;
}

/// Slabs in a plane of a station, and their width in mm.
uint32_t mice_n_slabs(uint32_t station);
double mice_slab_width_mm(uint32_t station);

/// LDCs, and geo numbers of the boards that carry no TOF channel.
enum {
    MICE_LDC_KL = 0,
    MICE_LDC_TOF = 1,
    MICE_GEO_CKOV = 9,
    MICE_GEO_KL = 12,
    MICE_GEO_SCALER = 24,
    MICE_REFERENCE_SLAB = 3,
    MICE_TRIGGER_STATION = 1,
};

/// Lays the cables and draws the constants.
void mice_setup_build(struct mice_setup *setup, uint64_t seed);

/// Correction in ps that the constants ask for: T0 - TW(charge) - D(pixel), and D of the slab's
/// reference pixel in the trigger station (formats/mice.md 7).
double mice_correction_ps(const struct mice_setup *setup,
                          uint32_t pmt,
                          double charge_adc,
                          const uint32_t pixel[2]);

/// Reads section `sim` of the MICE configuration, for showing and checking it.
/// Errors  SPW_BAD_CONFIG
SPW_MUST_CHECK enum spw_status mice_section(struct spw_config *config);

/// Writes cabling and constants in the experiment's own text formats, under the names that
/// configs/mice/mice.yaml looks for. Errors: SPW_CANNOT_CREATE, SPW_IO.
SPW_MUST_CHECK enum spw_status mice_setup_write(const struct mice_setup *setup,
                                                const char *folder);
