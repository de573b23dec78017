/// TOF: which channel is which photomultiplier, and the constants that make its time.
///
/// Source  formats/mice.md 7, 9; docs/physics/mice.md 2
#pragma once

#include "reco/mice/tables.h"

enum { TOF_STATIONS = 3, TOF_PLANES = 2, TOF_SLABS = 10, TOF_SIDES = 2 };

enum { TOF_PMTS = TOF_STATIONS * TOF_PLANES * TOF_SLABS * TOF_SIDES };

/// Number of a photomultiplier: plane 0 horizontal slabs, 1 vertical.
static inline uint32_t
tof_pmt(uint32_t station, uint32_t plane, uint32_t slab, uint32_t side)
{
    return ((station * TOF_PLANES + plane) * TOF_SLABS + slab) * TOF_SIDES + side;
}

/// Cabling of one photomultiplier.
struct tof_cable {
    bool mapped;
    uint32_t tdc, fadc; ///< addresses in the streams v1290 and v1724
};

/// Constants of a run. Read-only once built. Memory: the run's arena.
struct tof_constants {
    struct tof_cable cable[TOF_PMTS];
    int32_t *pmt_of_tdc; ///< [8192] by TDC address, -1: none
    bool cabled;         ///< the channel map was found

    double t0_ps[TOF_PMTS]; ///< 0: none
    uint32_t reference[TOF_PMTS];
    double walk[TOF_PMTS][4]; ///< p0 p1 p2 p3; 0: none
    double delay_ps[TOF_SLABS]
                   [TOF_SLABS]; ///< by trigger pixel (horizontal, vertical); NaN: none
    int trigger_station;        ///< of the delays; -1 without calibration
    double lsb_ns;
};

/// The options of section `tof` that name files.
struct tof_files {
    struct spw_texts map, t0, walk, delay;
};

/// Reads cabling and calibration; what is not found leaves its part empty.
SPW_MUST_CHECK enum spw_status tof_constants_read(struct spw_run *run,
                                                  const struct tof_files *files,
                                                  struct tof_constants *constants);

/// Correction dT in ps of a photomultiplier with charge `charge_adc`, the trigger pixel being
/// (horizontal, vertical): T0 - TW(a) - D(P), + D(reference pixel) in the trigger station.
/// NaN: not calibrated.
double tof_correction_ps(const struct tof_constants *constants,
                         uint32_t pmt,
                         double charge_adc,
                         const uint32_t pixel[2]);
