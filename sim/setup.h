/// What a simulated burst knows: settings, channel maps, constants, dead channels. Read-only
/// while events are made.
#pragma once

#include "core/arena.h"
#include "core/file_search.h"
#include "geometry/channel_map.h"
#include "geometry/na62_geometry.h"
#include "io/na62/constants_geometry.h"
#include "io/na62/na62.h"
#include "sim/decay.h"
#include "sim/settings.h"
#include "sim/sim.h"
#include "sim/slewing.h"

#include <stdbool.h>

enum sim_detector {
    SIM_KTAG,
    SIM_CHANTI,
    SIM_LAV,
    SIM_STRAW,
    SIM_CHOD,
    SIM_RICH,
    SIM_IRC,
    SIM_SAC,
    SIM_MUV0,
    SIM_NEWCHOD,
    SIM_MUV3,
    SIM_HASC,
    SIM_GTK,
    SIM_N_HIT_DETECTORS
};

enum sim_calorimeter { SIM_LKR, SIM_MUV1, SIM_MUV2, SIM_SAV, SIM_N_CALORIMETERS };

/// One detector as built.
struct sim_detector_info {
    const char *name; ///< of the truth's group and of the nominal map
    enum na62_stream stream;
    const char *map_files, *t0_files; ///< defaults of `detectors.NAME.map`, `.t0`
    int n_slots, last_slot; ///< 25-ns slots that are read out (formats/na62.md 3.3.7)
    double t0_spread_scale; ///< width of its T0s relative to sim.t0_spread
};

extern const struct sim_detector_info sim_detector_info[SIM_N_HIT_DETECTORS];
extern const struct sim_detector_info sim_calorimeter_info[SIM_N_CALORIMETERS];

enum { SIM_DRIFT_STEPS = 512 };

/// Channels of one detector.
struct sim_channels {
    struct spw_channel_map map;
    double *t0_ns;         ///< [n_channels] all T0s together, added to the true time
    double *cover_t0_ns;   ///< straws: [512], NULL otherwise
    double *channel_t0_ns; ///< [n_channels] the channels' part, as written to files
    bool *dead;            ///< [n_channels]
    bool drifts;           ///< moves with the trigger's drift T0
    struct sim_slewing slewing;
};

/// A pulse, tabulated: value[i] at begin_ns + i / steps_per_ns, 0 outside, 1 at t = 0.
struct sim_pulse {
    float *value; ///< [n_steps + 1]
    uint32_t n_steps;
    double begin_ns, steps_per_ns;
};

/// Calibration of one calorimeter; arrays by dense channel.
struct sim_gains {
    float *pedestal_adc, *noise_adc, *slope_MeV; ///< MeV per count at the peak
    double nominal_pedestal, nominal_gain;       ///< counts, MeV a count
    double pulse_tau, pulse_power, peak_sample;  ///< (u exp(1 - u))^power, u = 1 + t / tau
    struct spw_texts filter, shape; ///< files of the experiment's digital filter
    struct sim_pulse pulse;
    float *squeeze; ///< by channel: factor of times in the pulse; NULL: 1
};

/// Memory  the arena given to sim_setup_open().
struct sim_setup {
    struct sim_settings settings;
    uint64_t seed;
    uint32_t run, burst, sob_time_s;
    uint64_t n_events;
    int scenario;                      ///< enum sim_scenario
    struct spw_file_search conditions; ///< count 0 without conditions_dir

    struct sim_decays decays;
    struct sim_channels channels[SIM_N_HIT_DETECTORS];
    struct sim_channels cells[SIM_N_CALORIMETERS];
    struct sim_gains gains[SIM_N_CALORIMETERS];
    double station_t0_ns;    ///< straws
    double trigger_drift_ns; ///< late by this, all but control triggers

    float (*wire_shift_mm)[3]; ///< [7808] alignment, NULL: nominal
    double view_shift_mm[16];
    double drift_ns[SIM_DRIFT_STEPS + 1]; ///< drift time at i * 4.875 mm / SIM_DRIFT_STEPS
    float chod_light_ns_per_mm[128];
    struct na62_rich_mirrors rich_mirrors;       ///< zeros: nominal
    struct na62_rich_mirror_map rich_mirror_map; ///< shift 0: nominal
    int32_t *lkr_channel;                        ///< [128 ix + iy] dense channel, -1 none
    uint32_t n_ktag_in_sector[8];
    uint32_t *ktag_in_sector[8]; ///< dense channels of a sector

    uint32_t *number;    ///< [n_events] event numbers
    uint32_t *timestamp; ///< [n_events]
};

/// Reads the configuration and conditions, makes what is not given.
/// Errors  SPW_BAD_CONFIG, SPW_USAGE, SPW_MISSING.
SPW_MUST_CHECK enum spw_status sim_setup_open(struct sim_setup *setup,
                                              struct spw_arena *arena,
                                              const struct sim_options *options);

/// Drift time at a distance from the wire; and its slope.
double sim_drift_time_ns(const struct sim_setup *setup, double r_mm, double *ns_per_mm);

/// Dense channel of a geometric ID, or -1.
static inline int32_t sim_channel(const struct sim_channels *channels, uint32_t id)
{
    return spw_channel_map_index(&channels->map, id);
}

/// Parts of sim_setup_open(): channel maps and T0s (channels.c), calorimeters' constants
/// (gains.c), straws (drift.c).
SPW_MUST_CHECK enum spw_status sim_channels_open(struct sim_setup *setup,
                                                 struct spw_arena *arena,
                                                 struct spw_config *config);
SPW_MUST_CHECK enum spw_status
sim_gains_open(struct sim_setup *setup, struct spw_arena *arena, struct spw_config *config);
SPW_MUST_CHECK enum spw_status
sim_drift_open(struct sim_setup *setup, struct spw_arena *arena, struct spw_config *config);

/// Tabulates the pulse shape of a calorimeter (pulse_shape.c).
SPW_MUST_CHECK enum spw_status
sim_pulse_open(struct sim_setup *setup, struct spw_arena *arena, enum sim_calorimeter c);

/// Pulse of a channel at t after its maximum, where it is 1.
double sim_pulse_at(const struct sim_gains *gains, uint32_t dense, double t_ns);

/// Opens the first of these files that conditions_dir has for this burst; table->count = 0 when
/// it has none.
SPW_MUST_CHECK enum spw_status sim_constants_open(struct spw_text_table *table,
                                                  const struct sim_setup *setup,
                                                  struct spw_arena *arena,
                                                  struct spw_texts names);

/// The same for one file.
SPW_MUST_CHECK enum spw_status sim_constants_file(struct spw_text_table *table,
                                                  const struct sim_setup *setup,
                                                  struct spw_arena *arena,
                                                  const char *name);

/// Writes the constants used as the experiments' text files, those not taken from files.
/// Errors  SPW_CANNOT_CREATE, SPW_IO.
SPW_MUST_CHECK enum spw_status sim_conditions_write(const struct sim_setup *setup,
                                                    const char *folder);
