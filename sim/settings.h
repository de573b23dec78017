/// Section `sim` of the configuration: one table of options.
#pragma once

#include "core/config.h"
#include "core/status.h"

#include <stdint.h>

/// What a burst is made of.
enum sim_scenario {
    SIM_SCENARIO_MIX = -1,    ///< decays at their branching ratios
    SIM_SCENARIO_EMPTY = 100, ///< random triggers: no kaon, only noise and accidentals
    SIM_SCENARIO_PEDESTAL,    ///< random triggers, every LKr cell read out, no signal
    SIM_SCENARIO_PULSER,      ///< calibration triggers: a known pulse in every LKr cell
    SIM_SCENARIO_PHOTONS,     ///< photons straight into the LKr, no kaon
};

struct sim_settings {
    /* what */
    const char *scenario;
    int64_t events, run, burst, start_time;
    double activity, control_fraction, periodic_fraction;
    /* accidentals, mean numbers an event at activity 1 */
    double kaons, gtk_particles, halo_muons, decays;
    double noise_straw, noise_rich, noise_ktag, noise_scintillator, noise_lav, noise_gtk;
    double noise_cells, noise_strips;
    /* detectors */
    double straw_inefficiency, scintillator_inefficiency, gtk_inefficiency;
    double ktag_photons, rich_photons;
    double dead_fraction;
    /* constants when they do not come from files */
    double t0_spread, pedestal_spread, gain_spread;
    double lkr_threshold, muv_threshold, pulser_energy;
    double photon_min, photon_max, photon_distance;
    /* read elsewhere in the configuration */
    const char *conditions_dir;
};

/// Reads `sim` and `conditions_dir`; NULL configuration: defaults.
/// Errors  SPW_BAD_CONFIG; unknown keys of `sim` are named.
SPW_MUST_CHECK enum spw_status sim_settings_read(struct sim_settings *settings,
                                                 struct spw_config *config);

/// Reads section `sim` alone, for showing and checking it. Errors: SPW_BAD_CONFIG.
SPW_MUST_CHECK enum spw_status sim_settings_section(struct spw_config *config);

/// Leaves all sections but `sim` to other commands: to be called before spw_config_finish().
/// Errors  SPW_RETRY
SPW_MUST_CHECK enum spw_status sim_settings_ignore_others(struct spw_config *config);

/// Scenario by name, also the modes of decay (enum sim_mode).
/// Errors  SPW_USAGE naming what there is.
SPW_MUST_CHECK enum spw_status sim_scenario_find(const char *name, int *scenario);
