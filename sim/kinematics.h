/// Four-vectors, boosts and decays at rest. Units: MeV, c = 1.
#pragma once

#include "sim/random.h"

#define SIM_MASS_KAON_MEV     493.677
#define SIM_MASS_PION_MEV     139.57039
#define SIM_MASS_PION0_MEV    134.9768
#define SIM_MASS_MUON_MEV     105.6583755
#define SIM_MASS_ELECTRON_MEV 0.51099895

/// Particle numbers of the Particle Data Group.
enum {
    SIM_PDG_POSITRON = -11,
    SIM_PDG_ELECTRON = 11,
    SIM_PDG_NU_E = 12,
    SIM_PDG_MU_PLUS = -13,
    SIM_PDG_MU_MINUS = 13,
    SIM_PDG_NU_MU = 14,
    SIM_PDG_GAMMA = 22,
    SIM_PDG_PI0 = 111,
    SIM_PDG_PI_PLUS = 211,
    SIM_PDG_PI_MINUS = -211,
    SIM_PDG_KAON = 321,
};

/// Mass and charge of a particle by its PDG code.
double sim_mass_MeV(int pdg);
int sim_charge(int pdg);

/// Energy and momentum.
struct sim_four {
    double e, x, y, z;
};

struct sim_four sim_four_of(double mass, const double p[3]);
double sim_four_mass(struct sim_four v);
struct sim_four sim_four_add(struct sim_four a, struct sim_four b);

/// Momentum of the two bodies of a decay at rest.
double sim_two_body_p(double mass, double m1, double m2);

/// Two-body decay, isotropic in the rest frame of `parent`; results in the frame of `parent`.
void sim_two_body(struct sim_random *random,
                  struct sim_four parent,
                  const double mass[2],
                  struct sim_four out[2]);

/// Weight of a point of the Dalitz plot: energies of the three bodies at rest.
typedef double
sim_dalitz_weight(const double energy[3], const double mass[3], double parent);

/// Three-body decay: Dalitz plot flat, then accepted with weight / max_weight (NULL: flat).
void sim_three_body(struct sim_random *random,
                    struct sim_four parent,
                    const double mass[3],
                    sim_dalitz_weight *weight,
                    double max_weight,
                    struct sim_four out[3]);

/// Largest weight over the Dalitz plot, from a grid, with a margin of 5 %.
double sim_dalitz_max(double parent, const double mass[3], sim_dalitz_weight *weight);
