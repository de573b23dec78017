/// Decays of the charged kaon at their true branching ratios, and what they make.
#pragma once

#include "sim/kinematics.h"

#include <stdbool.h>

/// The seven modes, in the order of `sim_mode`.
enum sim_mode {
    SIM_KMU2,
    SIM_K2PI,
    SIM_K3PI,
    SIM_KE3,
    SIM_KMU3,
    SIM_KPI00,
    SIM_PINUNU,
    SIM_N_MODES
};

struct sim_mode_info {
    const char *name; ///< scenario: "kmu2", "k2pi" ...
    const char *meaning;
    double branching; ///< PDG 2024
    int n_bodies;
    int pdg[3];
    sim_dalitz_weight *weight;
};

extern const struct sim_mode_info sim_mode[SIM_N_MODES];

/// One decay product; pi0 are followed by their photons.
struct sim_product {
    int pdg;
    int parent; ///< index of the pi0 in the list, -1: the kaon
    struct sim_four p;
};

enum { SIM_MAX_PRODUCTS = 8 };

/// Largest weights, computed once.
struct sim_decays {
    double max_weight[SIM_N_MODES];
};

void sim_decays_prepare(struct sim_decays *decays);

/// A mode by the branching ratios normalised over the seven.
enum sim_mode sim_decay_choose(struct sim_random *random);

/// Products of a kaon in its frame of flight; returns their number.
int sim_decay(struct sim_random *random,
              const struct sim_decays *decays,
              enum sim_mode mode,
              struct sim_four kaon,
              struct sim_product product[SIM_MAX_PRODUCTS]);
