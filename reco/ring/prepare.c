/* Options, places of the photomultipliers, what the stage makes. */
#include "reco/ring/ring.h"

#include "geometry/na62_geometry.h"
#include "io/na62/constants_geometry.h"
#include "io/na62/constants_slewing.h"
#include "reco/calibrate/detector_list.h"

#include <math.h>
#include <string.h>

#define OPTION(member, type, unit, fallback, help) \
    SPW_OPTION(struct ring_options, member, type, unit, fallback, help)
#define REAL(member, unit, fallback, help) \
    OPTION(member, SPW_OPTION_REAL, unit, fallback, help)

static const struct spw_option options[] = {
    OPTION(hits, SPW_OPTION_TEXT, NULL, "/rich/hits", "hits of the photomultipliers"),
    OPTION(tracks, SPW_OPTION_TEXT, NULL, "/straw/tracks", "tracks that point to rings"),
    OPTION(track_seeded,
           SPW_OPTION_BOOL,
           NULL,
           "true",
           "rings where tracks point to, if any stage makes tracks"),
    OPTION(positions, SPW_OPTION_TEXTS, NULL, "[]", "photomultipliers, first found"),
    OPTION(mirrors, SPW_OPTION_TEXTS, NULL, "[]", "mirror alignment, first found"),
    OPTION(mirror_corners, SPW_OPTION_TEXTS, NULL, "[]", "shapes of the mirrors"),
    REAL(window, "ns", "1.5 ns", "hits of a time candidate are closer than this"),
    REAL(track_window, "ns", "25 ns", "light and its track are closer than this"),
    OPTION(min_hits, SPW_OPTION_INT, NULL, "4", "least hits of a ring without a track"),
    OPTION(min_track_hits, SPW_OPTION_INT, NULL, "2", "least hits of a ring with one"),
    REAL(hit_sigma, "mm", "4.9 mm", "distance of a hit from its circle"),
    REAL(centre_sigma, "mm", "1 mm", "centre by a track of infinite momentum"),
    REAL(scattering, "MeV", "3 MeV", "angle of scattering times momentum"),
    REAL(radius_min, "mm", "30 mm", "smallest radius of a ring"),
    REAL(radius_max, "mm", "210 mm", "largest radius of a ring"),
    REAL(refraction, "1", "62e-6", "index of refraction - 1"),
    REAL(photons, "1", "14", "hits of a pion of 35 GeV"),
    REAL(background, "1", "2e-6", "hits a mm2 and window that belong to no ring"),
    OPTION(tier, SPW_OPTION_TEXT, NULL, "mdst", "smallest tier that writes the rings"),
};

static enum spw_status check(const struct ring_options *o)
{
    if (!(o->window > 0) || !(o->track_window > 0) || !(o->hit_sigma > 0) ||
        !(o->centre_sigma > 0) || !(o->photons > 0) || !(o->background > 0) ||
        !(o->refraction > 0))
        return SPW_FAIL(SPW_BAD_CONFIG,
                        "rings: windows, sigmas, refraction, photons and background are "
                        "above 0");
    if (!(o->radius_min > 0) || !(o->radius_max > o->radius_min))
        return SPW_FAIL(SPW_BAD_CONFIG, "rings: 0 < radius_min < radius_max");
    if (o->min_hits < 4 || o->min_track_hits < 1)
        return SPW_FAIL(SPW_BAD_CONFIG,
                        "rings: min_hits at least 4, min_track_hits at least 1");
    return SPW_OK;
}

/* Places in the disks' frame, from the file or the nominal ones. */
static void place_pms(struct ring_state *state, const struct na62_rich_positions *file)
{
    for (uint32_t i = 0; i < RING_PMS; ++i) {
        const uint32_t place = i % NA62_RICH_PMS, updown = place / 488, rest = place % 488;
        const struct na62_position nominal = na62_rich_pm(
            i / NA62_RICH_PMS * 100000 + updown * 10000 + rest / 8 * 100 + rest % 8);
        state->x_mm[i] = file ? file->pm_x_mm[place] : (float)nominal.x_mm;
        state->y_mm[i] = file ? file->pm_y_mm[place] : (float)nominal.y_mm;
        if (file && file->pm_x_mm[place] == 0 && file->pm_y_mm[place] == 0)
            state->x_mm[i] = state->y_mm[i] = NAN; /* not in the file */
    }
}

/* Every cell within reach of a photomultiplier; needs the images, not the disks' own frame. */
static void cover(struct ring_state *state)
{
    for (uint32_t i = 0; i < RING_PMS; ++i) {
        if (!isfinite(state->x_mm[i])) continue;
        for (int k = 0; k < 25; ++k) {
            const uint32_t at =
                ring_cell(i / NA62_RICH_PMS, state->x_mm[i] + (float)(k % 5 - 2) * 5.0f,
                          state->y_mm[i] + (float)(k / 5 - 2) * 5.0f);
            state->covered[at] = 1;
        }
    }
    for (uint32_t disk = 0; disk < 2; ++disk) state->covered[ring_cell(disk, 1e6f, 0)] = 0;
}

/* A circle of each disk in which everything is covered, to look nothing up in it. */
static void find_safe(struct ring_state *state, const struct na62_rich_mirrors *mirrors)
{
    for (uint32_t disk = 0; disk < 2; ++disk) {
        const float x0 = -(float)(na62_rich_shift_x_mm[disk] + mirrors->extra_x_mm[disk]);
        const float y0 = -(float)mirrors->extra_y_mm[disk];
        float nearest2 = 1e12f;
        for (int i = 0; i < RING_CELLS * RING_CELLS; ++i) {
            const float x = (float)((i % RING_CELLS - RING_CELLS / 2) * RING_CELL_MM + 3);
            const float y = (float)((i / RING_CELLS - RING_CELLS / 2) * RING_CELL_MM + 3);
            const float dx = x - x0, dy = y - y0, d2 = dx * dx + dy * dy;
            if (!state->covered[ring_cell(disk, x, y)] && d2 < nearest2) nearest2 = d2;
        }
        state->safe[disk] =
            (struct ring_circle){x0, y0, fmaxf(0, sqrtf(nearest2) - RING_CELL_MM)};
    }
}

enum spw_status ring_geometry_make(struct ring_state *state,
                                   struct spw_arena *arena,
                                   const struct na62_rich_positions *file,
                                   const struct na62_rich_mirrors *mirrors)
{
    SPW_NEW_ZEROS(arena, state->x_mm, RING_PMS);
    SPW_NEW_ZEROS(arena, state->y_mm, RING_PMS);
    SPW_NEW_ZEROS(arena, state->covered, 2 * RING_CELLS * RING_CELLS);
    place_pms(state, file);
    for (uint32_t i = 0; i < RING_PMS; ++i) {
        const uint32_t disk = i / NA62_RICH_PMS;
        state->x_mm[i] -= (float)(na62_rich_shift_x_mm[disk] + mirrors->extra_x_mm[disk]);
        state->y_mm[i] -= (float)mirrors->extra_y_mm[disk];
    }
    cover(state);
    find_safe(state, mirrors);
    SPW_NEW(arena, state->fraction, 3 * RING_TRIPLES);
    for (int k = 0; k < RING_RADII - RING_MASSES; ++k)
        state->radius[RING_MASSES + k] =
            (float)(state->options.radius_min +
                    (state->options.radius_max - state->options.radius_min) * (k + 0.5) /
                        (RING_RADII - RING_MASSES));
    for (uint32_t i = 0, x = 1; i < 3 * RING_TRIPLES; ++i)
        state->fraction[i] = x = x * 1664525u + 1013904223u;
    return SPW_OK;
}

static enum spw_status read_geometry(struct ring_state *state, struct spw_run *run)
{
    struct spw_text_table table;
    struct na62_rich_mirrors mirrors = {0};
    struct na62_rich_mirror_corners corners = {0};
    struct na62_rich_positions *file = NULL;
    SPW_TRY(spw_constants_open(&table, run, state->options.positions));
    if (table.count) {
        SPW_NEW(&run->arena, file, 1);
        SPW_TRY(na62_rich_positions_read(file, &table));
    }
    SPW_TRY(spw_constants_open(&table, run, state->options.mirrors));
    if (table.count) SPW_TRY(na62_rich_mirrors_read(&mirrors, &table, run->file->run));
    SPW_TRY(spw_constants_open(&table, run, state->options.mirror_corners));
    if (table.count) SPW_TRY(na62_rich_mirror_corners_read(&corners, &table));
    na62_rich_mirror_map_make(&state->mirrors, &mirrors, &corners);
    for (uint32_t i = 0; i < NA62_RICH_MIRRORS && !state->shifted; ++i)
        state->shifted =
            !isnan(state->mirrors.x_mm[i]) &&
            (state->mirrors.shift_x_mm[i] != 0 || state->mirrors.shift_y_mm[i] != 0);
    return ring_geometry_make(state, &run->arena, file, &mirrors);
}

static enum spw_status declare(struct ring_state *state, struct spw_run *run)
{
    struct spw_object object = {
        .path = "/rich/rings",
        .offset_name = "rich_rings_offset",
        .table = &spw_rings_table,
        .capacity_per_event = 4,
    };
    SPW_TRY(spw_run_find_object(run, state->options.hits, &state->hits));
    state->seeded =
        state->options.track_seeded &&
        spw_run_find_object(run, state->options.tracks, &state->tracks) == SPW_OK;
    SPW_TRY(spw_tier_parse(state->options.tier, &object.tier));
    return spw_run_add_object(run, &object, &state->rings);
}

static enum spw_status book(struct ring_state *state, struct spw_run *run)
{
    static const struct spw_histogram_spec spec[RING_N_HISTOGRAMS] = {
        [RING_N_RINGS] = {"/rich/n_rings",
                          "rings of an event",
                          1,
                          {{"n", "rings", 0, 20, 20}}},
        [RING_TIME] = {"/rich/ring_time",
                       "time of rings",
                       1,
                       {{"time_ns", "ring time - trigger time [ns]", -25, 25, 500}}},
        [RING_HITS] = {"/rich/ring_hits",
                       "hits of rings",
                       1,
                       {{"n", "hits on the ring", 0, 50, 50}}},
        [RING_RADIUS] = {"/rich/ring_radius",
                         "radius of rings",
                         1,
                         {{"radius_mm", "radius [mm]", 0, 220, 220}}},
        [RING_TIME_BY_CHANNEL] =
            {"/rich/ring_time_by_channel",
             "hit time by photomultiplier",
             2,
             {{"channel", "sequential number", 0, RING_PMS, RING_PMS},
              {"time_ns", "hit time - time of the others on the ring [ns]", -3, 3, 60}}},
        [RING_X_BY_MIRROR] = {"/rich/ring_x_by_mirror",
                              "centre of rings by mirror",
                              2,
                              {{"mirror", "mirror; 26 Jura, 27 Saleve", 0, 28, 28},
                               {"x_mm", "centre - that of the track [mm]", -50, 50, 200}}},
        [RING_Y_BY_MIRROR] = {"/rich/ring_y_by_mirror",
                              "centre of rings by mirror",
                              2,
                              {{"mirror", "mirror; 26 Jura, 27 Saleve", 0, 28, 28},
                               {"y_mm", "centre - that of the track [mm]", -50, 50, 200}}},
        [RING_RADIUS_BY_MOMENTUM] = {"/rich/ring_radius_by_momentum",
                                     "radius of rings with a track",
                                     2,
                                     {{"p_GeV", "momentum [GeV]", 0, 80, 80},
                                      {"radius_mm", "radius [mm]", 0, 220, 220}}},
    };
    for (int i = 0; i < RING_N_HISTOGRAMS; ++i)
        SPW_TRY(spw_histogram_book(&run->histograms, &run->arena, &spec[i],
                                   &state->histogram[i]));
    return SPW_OK;
}

enum spw_status ring_prepare(struct ring_state *state, struct spw_run *run)
{
    SPW_TRY(spw_config_read(run->config, "rings", options, sizeof options / sizeof *options,
                            &state->options));
    SPW_TRY(check(&state->options));
    state->kernels = SPW_PICK(ring_kernels, run->isa);
    SPW_TRY(read_geometry(state, run));
    cover(state);
    SPW_TRY(declare(state, run));
    return book(state, run);
}
