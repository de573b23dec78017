#include "reco/track/settings.h"

#include "geometry/na62_geometry.h"

#define OPTION(member, type, unit, fallback, help) \
    SPW_OPTION(struct track_settings, member, type, unit, fallback, help)
#define REAL(member, unit, fallback, help) \
    OPTION(member, SPW_OPTION_REAL, unit, fallback, help)

static const struct spw_option options[] = {
    REAL(magnet_z, "mm", "196995 mm", "middle of the dipole"),
    REAL(magnet_length, "mm", "1300 mm", "length of its field, or distance of its edges"),
    REAL(magnet_kick, "MeV", "270 MeV", "transverse momentum it gives; positive to -x"),
    REAL(magnet_fringe, "mm", "0 mm", "width f of edges tanh(z / f); 0: sharp"),
    REAL(chamber_x0, "1", "0.0045", "radiation lengths of a chamber"),
    REAL(mass, "MeV", "139.57 MeV", "of the particles, for their scattering"),
    OPTION(sigma_parameters,
           SPW_OPTION_REALS,
           "mm",
           "[0.10 mm, 0.20 mm, 0.8 mm]",
           "s0, s1, s2 of the error s0 + s1 exp(-r / s2) of a drift radius r"),
    REAL(time_prior, "ns", "0.15 ns", "error of the trigger's time"),
    REAL(in_time_sigmas,
         "1",
         "4",
         "tracks this near to the trigger are fitted with its time"),
    REAL(max_pull, "1", "3.5", "hits further away than this many sigmas are left out"),
    REAL(min_p, "MeV", "1000 MeV", "smallest momentum of a track"),
    OPTION(turns,
           SPW_OPTION_REALS,
           "mm",
           "[0.3 mm, 0 mm]",
           "turns of the fit, each with what is added to the errors"),
    OPTION(more_turns,
           SPW_OPTION_REALS,
           "mm",
           "[1 mm, 0.5 mm, 0.2 mm, 0 mm, 0 mm]",
           "the same for tracks that come out badly"),
    REAL(more_chi2,
         "1",
         "2",
         "chi2 per degree of freedom above which more_turns are tried"),
    OPTION(min_hits, SPW_OPTION_INT, "1", "12", "straws of a track at least"),
    REAL(max_chi2, "1", "8", "largest chi2 per degree of freedom of a track"),
    REAL(max_shared,
         "1",
         "0.35",
         "fraction of its straws a track may share with better ones"),
};

enum { N_OPTIONS = sizeof options / sizeof *options };

static bool turns_are_good(const struct spw_reals *turns)
{
    bool good = turns->count >= 2 && turns->count <= TRACK_MAX_STEPS;
    for (size_t i = 0; i < turns->count; ++i) good &= turns->value[i] >= 0;
    return good && turns->value[turns->count - 1] <= 0;
}

enum spw_status track_settings_read(struct track_settings *settings, struct spw_run *run)
{
    SPW_TRY(spw_config_read(run->config, "track_fit", options, N_OPTIONS, settings));
    const struct track_settings *s = settings;
    const struct spw_reals sigma = s->sigma_parameters;
    if (sigma.count != 3 || !(sigma.value[0] > 0) || !(sigma.value[1] >= 0) ||
        !(sigma.value[2] > 0))
        return SPW_FAIL(SPW_BAD_CONFIG,
                        "track_fit.sigma_parameters: three lengths above 0");
    if (!turns_are_good(&s->turns) || !turns_are_good(&s->more_turns))
        return SPW_FAIL(
            SPW_BAD_CONFIG,
            "track_fit: turns and more_turns are 2 ... %d lengths, the last one 0",
            TRACK_MAX_STEPS);
    if (!(s->magnet_length > 0) || !(s->magnet_fringe >= 0) || !(s->chamber_x0 > 0) ||
        !(s->time_prior > 0) || !(s->max_pull > 0) || !(s->min_p > 0) || s->min_hits < 6)
        return SPW_FAIL(SPW_BAD_CONFIG,
                        "track_fit: magnet_length, chamber_x0, time_prior, max_pull, min_p "
                        "above 0, magnet_fringe not below 0, min_hits at least 6");
    const double half = s->magnet_length / 2 + 4 * s->magnet_fringe;
    if (s->magnet_z - half < na62_z_straw_chamber_mm[1] + 200 ||
        s->magnet_z + half > na62_z_straw_chamber_mm[2] - 200)
        return SPW_FAIL(SPW_BAD_CONFIG,
                        "track_fit: the field reaches into a chamber: %g mm round %g mm",
                        half, s->magnet_z);
    return SPW_OK;
}

void track_settings_constants(const struct track_settings *settings,
                              const struct spw_reals *turns,
                              struct track_constants *constants)
{
    const double *sigma = settings->sigma_parameters.value;
    const struct track_fit_settings fit = {
        .dipole = {settings->magnet_z, settings->magnet_length, settings->magnet_kick,
                   settings->magnet_fringe},
        .chamber_x0 = settings->chamber_x0,
        .mass_MeV = settings->mass,
        .sigma_mm = {sigma[0], sigma[1], sigma[2]},
        .time_prior_ns = settings->time_prior,
        .in_time_sigmas = settings->in_time_sigmas,
        .max_pull = settings->max_pull,
        .min_p_MeV = settings->min_p / 2, /* what a track may pass on its way */
        .heat_mm = turns->value,
        .n_heat = (uint32_t)turns->count,
    };
    track_constants_make(constants, &fit);
}
