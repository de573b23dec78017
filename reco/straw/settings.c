#include "reco/straw/settings.h"

#define REAL(member, unit, fallback, help) \
    SPW_OPTION(struct straw_settings, member, SPW_OPTION_REAL, unit, fallback, help)
#define INT(member, fallback, help) \
    SPW_OPTION(struct straw_settings, member, SPW_OPTION_INT, "1", fallback, help)

static const struct spw_option options[] = {
    INT(max_hits, "1000", "an event with more straw hits is cut: no tracks, flagged"),
    INT(max_points, "128", "points kept in a chamber"),
    INT(max_segments, "256", "segments kept on a side of the magnet"),
    INT(max_candidates, "1024", "combinations kept of an event"),
    REAL(time_min, "ns", "-100 ns", "earliest time of a track, relative to the trigger"),
    REAL(time_max, "ns", "100 ns", "latest time of a track"),
    REAL(time_window, "ns", "20 ns", "clusters of a track agree in time within this"),
    REAL(in_time_window,
         "ns",
         "3 ns",
         "a track nearer to the trigger in time is taken at the trigger's time"),
    REAL(trailing_offset,
         "ns",
         "170 ns",
         "trailing edge of a hit on the wire, after its track"),
    REAL(trailing_slope, "1", "0.15", "trailing edge: grows with the drift time by this"),
    REAL(trailing_sigma, "ns", "6 ns", "spread of trailing edges"),
    REAL(trailing_window,
         "ns",
         "40 ns",
         "times by drift and by trailing edges of a cluster agree within this"),
    REAL(resolution_far, "mm", "0.1 mm", "resolution of the radius far from the wire"),
    REAL(resolution_near, "mm", "0.2 mm", "what is added to it at the wire"),
    REAL(resolution_range, "mm", "0.8 mm", "distance at which that has fallen to 1/e"),
    REAL(slope_before, "1", "0.025", "largest slope before the magnet, and in y"),
    REAL(slope_after, "1", "0.1", "largest slope in x behind the magnet"),
    REAL(spread_before,
         "1",
         "0.004",
         "spread of slopes round those that point back to the decays"),
    REAL(spread_after, "1", "0.012", "the same in x behind the magnet"),
    REAL(pointing_z, "mm", "130000 mm", "slopes not yet known point to here on the axis"),
    REAL(gap_margin, "mm", "12 mm", "a view this near to a gap may be missing"),
    REAL(view_tolerance, "mm", "1 mm", "clusters lie this near to the track in a chamber"),
    REAL(link_slope,
         "1",
         "0.005",
         "slope in a chamber and between chambers agree within this"),
    REAL(link_mm, "mm", "10 mm", "room for points whose slope is not known"),
    REAL(match_x, "mm", "15 mm", "segments meet in the magnet within this, in x"),
    REAL(match_y, "mm", "15 mm", "segments meet in the magnet within this, in y"),
    REAL(match_slope_y, "1", "0.002", "slopes in y of segments agree within this"),
    REAL(scattering,
         "1",
         "0.015",
         "what is added to it, as a fraction of the deflection (that is, 1 / momentum)"),
    REAL(road,
         "mm",
         "8 mm",
         "clusters of a chamber without point are searched within this"),
    REAL(hit_tolerance, "mm", "1 mm", "hits are collected this near to the track"),
    REAL(side_sigmas, "1", "3", "the side is unknown where both fit within this"),
    REAL(kick, "MeV", "270 MeV", "transverse momentum given by the magnet"),
    REAL(magnet_z, "mm", "196995 mm", "middle of the magnet"),
    REAL(max_shared,
         "1",
         "0.4",
         "fraction of a candidate's hits that better candidates may have"),
    REAL(max_shared_three, "1", "0.25", "the same of a candidate in three chambers"),
    INT(min_views, "6", "views of a candidate at least"),
};

enum { N_OPTIONS = sizeof options / sizeof *options };

static enum spw_status check(const struct straw_settings *s)
{
    if (s->max_hits < 1 || s->max_hits > 8000 || s->max_points < 1 ||
        s->max_points > 4096 || s->max_segments < 1 || s->max_segments > 65535 ||
        s->max_candidates < 1 || s->max_candidates > 65535)
        return SPW_FAIL(SPW_BAD_CONFIG,
                        "straw_tracks: limits are 1 ... 8000 hits, 4096 points, 65535 "
                        "segments and candidates");
    if (!(s->resolution_far > 0) || !(s->resolution_range > 0) ||
        !(s->trailing_sigma > 0) || !(s->trailing_slope < 1) || !(s->kick > 0) ||
        !(s->time_min < s->time_max))
        return SPW_FAIL(SPW_BAD_CONFIG,
                        "straw_tracks: resolution, trailing_sigma, kick above 0, "
                        "trailing_slope below 1, time_min below time_max");
    return SPW_OK;
}

enum spw_status straw_settings_read(struct straw_settings *settings, struct spw_run *run)
{
    SPW_TRY(spw_config_read(run->config, "straw_tracks", options, N_OPTIONS, settings));
    return check(settings);
}
