/// What the event level makes besides vertices: what belongs to a track, a summary of an event,
/// and the selections an event passes.
#pragma once

#include "core/columns.h"

/// What other detectors saw of a track.
///
/// Shape, order  one row a straw track, in the same order
/// Units         rows are those among the event's objects, -1: none
struct spw_matches {
    struct spw_rows rows;
    int32_t *cluster; ///< of the LKr
    float *lkr_distance_mm;
    float *e_over_p;                ///< energy of the cluster over momentum; 0 without
    int32_t *muv1, *muv2;           ///< clusters
    int32_t *chod, *newchod, *muv3; ///< candidates
    int32_t *ring;
    int32_t *ktag;           ///< kaon nearest in time
    int32_t *beam;           ///< beam track that fits best in time and place
    float *beam_distance_mm; ///< closest approach to it
    float *time_ns;          ///< of all detectors that agree
    float *sigma_time_ns;
    uint16_t *identity; ///< enum spw_identity
};

/// What is known of a track, as bits.
enum spw_identity {
    SPW_HAS_CLUSTER = 1 << 0,
    SPW_HAS_CHOD = 1 << 1,
    SPW_HAS_NEWCHOD = 1 << 2,
    SPW_HAS_MUV3 = 1 << 3,
    SPW_HAS_MUV1 = 1 << 4,
    SPW_HAS_MUV2 = 1 << 5,
    SPW_HAS_RING = 1 << 6,
    SPW_HAS_KTAG = 1 << 7,
    SPW_HAS_BEAM = 1 << 8,
    SPW_IS_ELECTRON = 1 << 9,    ///< by E/p, not seen behind the wall
    SPW_IS_MUON = 1 << 10,       ///< seen by MUV3, minimum ionising in the LKr
    SPW_IS_PION = 1 << 11,       ///< neither
    SPW_RING_ELECTRON = 1 << 12, ///< most likely by the ring
    SPW_RING_MUON = 1 << 13,
    SPW_RING_PION = 1 << 14,
    SPW_RING_KAON = 1 << 15,
};

/// One row an event.
struct spw_summaries {
    struct spw_rows rows;
    uint8_t *veto;      ///< enum spw_veto: photons in time with the trigger
    uint8_t *n_photons; ///< LKr clusters in time that belong to no track
    float *photon_MeV;  ///< their energy
    uint32_t *selected; ///< bit s: passes selection s
};

enum spw_veto {
    SPW_VETO_LAV = 1 << 0,
    SPW_VETO_IRC = 1 << 1,
    SPW_VETO_SAC = 1 << 2,
    SPW_VETO_LKR = 1 << 3,
    SPW_VETO_CHANTI = 1 << 4,
};

/// Selections that an event passes, with the best vertex of each.
struct spw_selected {
    struct spw_rows rows;
    uint8_t *selection;                ///< number of the selection in the configuration
    int32_t *vertex;                   ///< row among the event's vertices
    float *mass_MeV;                   ///< of the tracks; 0 for one
    float *missing_mass2_MeV2;         ///< with the vertex's beam track; 0 without
    float *nominal_missing_mass2_MeV2; ///< with the nominal beam
    float *photon_mass_MeV;            ///< of the two photons nearest to a pi0; 0 without
};

extern const struct spw_table spw_matches_table;
extern const struct spw_table spw_summaries_table;
extern const struct spw_table spw_selected_table;
