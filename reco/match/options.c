#include "reco/match/options.h"

#define OPTION(member, type, unit, fallback, help) \
    SPW_OPTION(struct match_options, member, type, unit, fallback, help)
#define REAL(member, unit, fallback, help) \
    OPTION(member, SPW_OPTION_REAL, unit, fallback, help)

static const struct spw_option options[] = {
    REAL(window, "ns", "10 ns", "tracks this near to the trigger make vertices"),
    OPTION(max_tracks, SPW_OPTION_INT, NULL, "12", "tracks combined in an event"),

    REAL(track_sigma, "ns", "0.7 ns", "resolution of a straw track's time"),
    REAL(ring_sigma, "ns", "0.24 ns", "of a hit of a RICH ring"),
    REAL(chod_sigma, "ns", "0.25 ns", "of a CHOD candidate"),
    REAL(lkr_sigma, "ns", "0.4 ns", "of an LKr cluster"),
    REAL(chod_distance, "mm", "80 mm", "a CHOD candidate's crossing is this near in x, y"),
    REAL(chod_window, "ns", "8 ns", "and this near in time"),
    REAL(newchod_distance, "mm", "160 mm", "the same of NewCHOD tiles"),
    REAL(newchod_window, "ns", "5 ns", "the same"),
    REAL(lkr_distance, "mm", "60 mm", "the same of LKr clusters"),
    REAL(lkr_window, "ns", "8 ns", "the same"),
    REAL(muv_distance, "mm", "150 mm", "the same of MUV1 and MUV2 clusters"),
    REAL(muv_window, "ns", "10 ns", "the same"),
    REAL(muv3_distance, "mm", "200 mm", "the same of MUV3 tiles"),
    REAL(muv3_window, "ns", "4 ns", "the same"),
    OPTION(electron, SPW_OPTION_REALS, "1", "[0.9, 1.1]", "E/p of electrons"),
    REAL(muon_e_over_p, "1", "0.2", "E/p of muons is below"),

    REAL(kaon_window, "ns", "2 ns", "a track's KTAG kaon is this near in time"),
    REAL(kaon_sigma, "ns", "0.08 ns", "resolution of a KTAG kaon's time"),
    REAL(beam_window, "ns", "1.5 ns", "its beam track is this near in time"),
    REAL(beam_distance_sigma, "mm", "1.5 mm", "resolution of their closest approach"),
    REAL(beam_chi2_max, "1", "30", "chi2 of a beam track's times and distance is below"),
    REAL(beam_momentum, "MeV", "75 GeV", "nominal beam"),
    REAL(beam_slope_x, "1", "0.0012", "nominal beam behind the GTK"),
    REAL(beam_slope_y, "1", "0", "nominal beam"),
    REAL(beam_x, "mm", "0.72 mm", "nominal beam in the third GTK station"),
    REAL(beam_y, "mm", "0 mm", "nominal beam in the third GTK station"),
    REAL(beam_sigma_x, "mm", "8 mm", "rms of the beam there"),
    REAL(beam_sigma_y, "mm", "4 mm", "rms of the beam there"),
    REAL(divergence, "1", "0.0001", "rms of the beam's slopes"),

    REAL(photon_distance, "mm", "120 mm", "photons are farther than this from all tracks"),
    REAL(photon_energy, "MeV", "1 GeV", "photons have more"),
    REAL(photon_window, "ns", "5 ns", "photons are this near in time"),
    REAL(veto_window, "ns", "5 ns", "LAV, IRC, SAC, CHANTI candidates are this near"),

    REAL(pair_window, "ns", "4 ns", "tracks of a vertex are closer than this in time"),
    REAL(vertex_chi2_max, "1", "100", "vertices with more are dropped"),
    REAL(vertex_cda_max, "mm", "80 mm", "vertices whose lines are farther are dropped"),
    OPTION(vertex_z, SPW_OPTION_REALS, "mm", "[95 m, 190 m]", "vertices kept"),
    OPTION(tier, SPW_OPTION_TEXT, NULL, "mdst", "smallest tier that writes all this"),
};

enum spw_status match_options_read(struct match_options *o, struct spw_run *run)
{
    SPW_TRY(spw_config_read(run->config, "events", options,
                            sizeof options / sizeof *options, o));
    const double positive[] = {
        o->track_sigma,   o->ring_sigma,       o->chod_sigma,     o->lkr_sigma,
        o->chod_distance, o->newchod_distance, o->lkr_distance,   o->muv_distance,
        o->muv3_distance, o->chod_window,      o->newchod_window, o->lkr_window,
        o->muv_window,    o->muv3_window,      o->kaon_sigma,     o->beam_sigma_x,
        o->beam_sigma_y,  o->divergence,       o->beam_momentum,  o->beam_distance_sigma};
    for (size_t i = 0; i < sizeof positive / sizeof *positive; ++i)
        if (!(positive[i] > 0.0))
            return SPW_FAIL(SPW_BAD_CONFIG, "events: windows, distances, resolutions and "
                                            "the beam's momentum have to be above 0");
    if (o->electron.count != 2 || o->vertex_z.count != 2)
        return SPW_FAIL(SPW_BAD_CONFIG, "events: electron and vertex_z are [from, to]");
    if (o->max_tracks < 1 || o->max_tracks > 64)
        return SPW_FAIL(SPW_BAD_CONFIG, "events.max_tracks: 1 ... 64");
    return SPW_OK;
}
