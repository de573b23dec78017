#include "sim/mice.h"
#include "sim/settings.h"
#include "sim/sim.h"

const struct sim_experiment sim_experiments[] = {
    {"na62", sim_na62, sim_settings_section},
    {"mice", sim_mice, mice_section},
};

const size_t sim_n_experiments = sizeof sim_experiments / sizeof *sim_experiments;
