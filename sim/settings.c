#include "sim/settings.h"

#include "sim/decay.h"

#include <string.h>

#define REAL(member, unit_, fallback_, help_) \
    SPW_OPTION(struct sim_settings, member, SPW_OPTION_REAL, unit_, fallback_, help_)
#define INT(member, fallback_, help_) \
    SPW_OPTION(struct sim_settings, member, SPW_OPTION_INT, "1", fallback_, help_)

static const struct spw_option options[] = {
    SPW_OPTION(
        struct sim_settings,
        scenario,
        SPW_OPTION_TEXT,
        NULL,
        "mix",
        "mix, a decay (kmu2 k2pi k3pi ke3 kmu3 kpi00 pinunu), empty, pedestal, pulser, "
        "photons"),
    INT(events, "5000", "physics events, SOB and EOB not counted"),
    INT(run, "9123", "run number; its rules of format hold"),
    INT(burst, "440", "burst number"),
    INT(start_time, "1536000000", "unix time of the start of burst"),
    REAL(activity, "1", "1", "scales accidentals and noise"),
    REAL(control_fraction, "1", "0.01", "fraction of control triggers"),
    REAL(periodic_fraction, "1", "0.01", "fraction of periodic triggers"),
    REAL(kaons, "1", "2", "other kaons in the KTAG's window"),
    REAL(gtk_particles, "1", "38", "other beam particles in the GTK's window"),
    REAL(halo_muons, "1", "1.2", "halo muons in the detectors' windows"),
    REAL(decays, "1", "0.8", "other kaon decays in the detectors' windows"),
    REAL(noise_straw, "1", "10", "noise hits of the straws"),
    REAL(noise_rich, "1", "3", "noise hits of the RICH"),
    REAL(noise_ktag, "1", "2", "noise hits of the KTAG"),
    REAL(noise_scintillator,
         "1",
         "0.5",
         "noise hits of each of CHOD, NewCHOD, MUV3, MUV0, HASC"),
    REAL(noise_lav, "1", "1", "noise hits of LAV; a third of it in CHANTI, IRC, SAC"),
    REAL(noise_gtk, "1", "3", "noise pixels in all GTK stations"),
    REAL(noise_cells,
         "1",
         "75",
         "LKr cells above threshold from noise and soft accidentals"),
    REAL(noise_strips, "1", "6", "MUV1, MUV2 channels above threshold from noise"),
    REAL(straw_inefficiency, "1", "0.02", "of a straw crossed by a track"),
    REAL(scintillator_inefficiency, "1", "0.01", "of a slab, tile or block"),
    REAL(gtk_inefficiency, "1", "0.01", "of a pixel"),
    REAL(ktag_photons, "1", "18", "photons detected of a kaon"),
    REAL(rich_photons, "1", "15.6", "photons detected of a pion of 35 GeV"),
    REAL(dead_fraction, "1", "0.002", "fraction of dead channels, chosen by the seed"),
    REAL(t0_spread, "ns", "0 ns", "spread of seeded T0s; 0: all T0s nominal"),
    REAL(pedestal_spread, "counts", "0 counts", "spread of seeded pedestals"),
    REAL(gain_spread, "1", "0", "relative spread of seeded gains"),
    REAL(lkr_threshold,
         "counts",
         "10 counts",
         "zero suppression: largest - smallest sample"),
    REAL(muv_threshold, "counts", "20 counts", "the same for MUV1, MUV2, SAV"),
    REAL(pulser_energy, "MeV", "2 GeV", "pulse of scenario pulser"),
    REAL(photon_min, "MeV", "2 GeV", "least energy in scenario photons"),
    REAL(photon_max, "MeV", "60 GeV", "largest energy in scenario photons"),
    REAL(photon_distance,
         "mm",
         "0 mm",
         "scenario photons: of a second one; 0: one photon an event"),
};

enum { N_OPTIONS = sizeof options / sizeof *options };

static const struct spw_option root_options[] = {
    SPW_OPTION(struct sim_settings,
               conditions_dir,
               SPW_OPTION_TEXT,
               NULL,
               NULL,
               "folders with the experiment's constants, DIR[:DIR...]"),
};

enum spw_status sim_settings_ignore_others(struct spw_config *config)
{
    static const char *const own[] = {"sim", "conditions_dir", "experiment"};
    struct spw_texts keys;
    SPW_TRY(spw_config_keys(config, "", &keys));
    for (size_t i = 0; i < keys.count; ++i) {
        bool mine = false;
        for (size_t k = 0; k < sizeof own / sizeof *own; ++k)
            mine |= strcmp(keys.text[i], own[k]) == 0;
        if (!mine) spw_config_ignore(config, keys.text[i]);
    }
    return SPW_OK;
}

enum spw_status sim_settings_read(struct sim_settings *settings, struct spw_config *config)
{
    SPW_TRY(sim_settings_ignore_others(config));
    SPW_TRY(spw_config_read(config, "", root_options, 1, settings));
    return spw_config_read(config, "sim", options, N_OPTIONS, settings);
}

enum spw_status sim_settings_section(struct spw_config *config)
{
    struct sim_settings settings;
    return spw_config_read(config, "sim", options, N_OPTIONS, &settings);
}

enum spw_status sim_scenario_find(const char *name, int *scenario)
{
    static const struct {
        const char *name;
        int scenario;
    } special[] = {
        {"mix", SIM_SCENARIO_MIX},           {"empty", SIM_SCENARIO_EMPTY},
        {"pedestal", SIM_SCENARIO_PEDESTAL}, {"pulser", SIM_SCENARIO_PULSER},
        {"photons", SIM_SCENARIO_PHOTONS},
    };

    for (size_t i = 0; i < sizeof special / sizeof *special; ++i)
        if (strcmp(name, special[i].name) == 0) {
            *scenario = special[i].scenario;
            return SPW_OK;
        }
    for (int mode = 0; mode < SIM_N_MODES; ++mode)
        if (strcmp(name, sim_mode[mode].name) == 0) {
            *scenario = mode;
            return SPW_OK;
        }
    return SPW_FAIL(SPW_USAGE,
                    "no scenario '%s': there are mix, kmu2, k2pi, k3pi, ke3, kmu3, kpi00, "
                    "pinunu, empty, pedestal, pulser, photons",
                    name);
}
