/// From the sum of a cluster's cells to its energy: the chain of corrections.
///
/// Formulae: docs/physics/calorimeter.md, 4.
#pragma once

enum shower_energy_kind {
    SHOWER_ENERGY_PROFILE,    ///< what is not seen is added by the profile
    SHOWER_ENERGY_EXPERIMENT, ///< the experiment's chain for its data
};

/// Section `clusters.lkr`: how energies are corrected.
struct shower_energy {
    enum shower_energy_kind kind;
    float offset_MeV; ///< o: E becomes E + o E / (E + o)
    float scale;      ///< of all energies, last
};

/// The experiment's corrections of data (formats/na62.md 5.2): `sum_MeV` of the cells, position
/// of the cluster from the axis.
float shower_energy_of_data(float sum_MeV, unsigned n_cells, float radius_mm);
