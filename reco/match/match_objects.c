#include "reco/match/match_objects.h"

#define MATCH(member, unit, meaning) SPW_COLUMN(struct spw_matches, member, unit, meaning)
#define ROW(member, meaning) \
    MATCH(member, "1", "row among the event's " meaning ", -1 none")

static const struct spw_column match_columns[] = {
    ROW(cluster, "LKr clusters"),
    MATCH(lkr_distance_mm, "mm", "from the track to its LKr cluster, 0 without"),
    MATCH(e_over_p, "1", "energy of the LKr cluster over momentum, 0 without"),
    ROW(muv1, "MUV1 clusters"),
    ROW(muv2, "MUV2 clusters"),
    ROW(chod, "CHOD candidates"),
    ROW(newchod, "NewCHOD candidates"),
    ROW(muv3, "MUV3 candidates"),
    ROW(ring, "RICH rings"),
    ROW(ktag, "KTAG candidates"),
    ROW(beam, "beam tracks"),
    MATCH(beam_distance_mm, "mm", "closest approach to the beam track, 0 without"),
    MATCH(time_ns, "ns", "mean of all detectors, relative to the event's timestamp"),
    MATCH(sigma_time_ns, "ns", "uncertainty of time_ns"),
    MATCH(identity,
          "1",
          "1 cluster, 2 CHOD, 4 NewCHOD, 8 MUV3, 16 MUV1, 32 MUV2, 64 ring, 128 KTAG, 256 "
          "beam; 512 electron, 1024 muon, 2048 pion; by ring: 4096 e, 8192 mu, 16384 pi, "
          "32768 K"),
};

const struct spw_table spw_matches_table = SPW_TABLE(struct spw_matches, match_columns);

static const struct spw_column summary_columns[] = {
    SPW_COLUMN(struct spw_summaries,
               veto,
               "1",
               "in time with the trigger: 1 LAV, 2 IRC, 4 SAC, 8 photons in the LKr, 16 "
               "CHANTI"),
    SPW_COLUMN(struct spw_summaries,
               n_photons,
               "1",
               "LKr clusters in time with the trigger and far from all tracks"),
    SPW_COLUMN(struct spw_summaries, photon_MeV, "MeV", "energy of these clusters"),
    SPW_COLUMN(struct spw_summaries,
               selected,
               "1",
               "bit s: the event passes selection s of the configuration"),
};

const struct spw_table spw_summaries_table =
    SPW_TABLE(struct spw_summaries, summary_columns);

#define SELECTED(member, unit, meaning) \
    SPW_COLUMN(struct spw_selected, member, unit, meaning)

static const struct spw_column selected_columns[] = {
    SELECTED(selection, "1", "number of the selection in the configuration, from 0"),
    SELECTED(vertex, "1", "row among the event's vertices"),
    SELECTED(mass_MeV, "MeV", "invariant mass of the tracks, 0 for one"),
    SELECTED(missing_mass2_MeV2,
             "MeV2",
             "missing mass squared with the beam track, 0 without"),
    SELECTED(nominal_missing_mass2_MeV2, "MeV2", "the same with the nominal beam"),
    SELECTED(photon_mass_MeV, "MeV", "mass of the two photons nearest to a pi0, 0 without"),
};

const struct spw_table spw_selected_table =
    SPW_TABLE(struct spw_selected, selected_columns);
