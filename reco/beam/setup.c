#include "reco/beam/setup.h"

#include "io/na62/constants_geometry.h"
#include "reco/calibrate/detector_list.h"

#include <math.h>

#define OPTION(member, type, unit, fallback, help) \
    SPW_OPTION(struct beam_options, member, type, unit, fallback, help)
#define REAL(member, unit, fallback, help) \
    OPTION(member, SPW_OPTION_REAL, unit, fallback, help)

static const struct spw_option options[] = {
    OPTION(offsets_file,
           SPW_OPTION_TEXTS,
           NULL,
           "[GigaTracker-XYCorrections.dat]",
           "offsets of the stations, subtracted; the first file found"),
    OPTION(wide_columns,
           SPW_OPTION_BOOL,
           NULL,
           "true",
           "columns at borders of chips are 0.4 mm wide, else all 0.3 mm"),
    REAL(window, "ns", "10 ns", "hits this near to the trigger's time"),
    REAL(cluster_window, "ns", "0.7 ns", "neighbouring pixels of a cluster are closer"),
    REAL(time_sigma, "ns", "0.15 ns", "resolution of a pixel's time"),
    REAL(pixel_sigma_x, "mm", "0.0866 mm", "resolution of a pixel's x"),
    REAL(pixel_sigma_y, "mm", "0.0866 mm", "resolution of a pixel's y"),
    REAL(dispersion, "mm", "60 mm", "y in station 2 rises by this times 1 - momentum/p"),
    REAL(kick, "MeV", "90 MeV", "x slope before TRIM5 is smaller by this over p"),
    REAL(momentum, "MeV", "75 GeV", "of the beam"),
    REAL(momentum_spread, "1", "0.01", "relative rms spread of the beam's momentum"),
    REAL(slope_x, "1", "0.0012", "slope of the beam behind TRIM5"),
    REAL(slope_y, "1", "0", "slope of the beam"),
    REAL(divergence, "1", "0.0001", "rms spread of the beam's slopes"),
    REAL(chi2_x_max, "1", "20", "largest chi2 of the straight line in x (1 degree)"),
    REAL(chi2_beam_max, "1", "20", "largest chi2 against the beam's p and slopes (3)"),
    REAL(chi2_time_max, "1", "13.82", "largest chi2 of the stations' times (2)"),
    REAL(kaon_window, "ns", "0.6 ns", "a KTAG kaon this near belongs to the track"),
    OPTION(max_hits, SPW_OPTION_INT, NULL, "512", "hits used of a station and event"),
    OPTION(max_triplets, SPW_OPTION_INT, NULL, "4096", "triplets tried in an event"),
    OPTION(tier, SPW_OPTION_TEXT, NULL, "mdst", "smallest tier that writes the tracks"),
};

static enum spw_status check(const struct beam_options *o)
{
    const double positive[] = {o->window,        o->cluster_window, o->time_sigma,
                               o->pixel_sigma_x, o->pixel_sigma_y,  o->dispersion,
                               o->momentum,      o->kaon_window};
    for (size_t i = 0; i < sizeof positive / sizeof *positive; ++i)
        if (!(positive[i] > 0.0))
            return SPW_FAIL(SPW_BAD_CONFIG, "beam: windows, resolutions, dispersion and "
                                            "momentum have to be above 0");
    if (o->max_hits < 1 || o->max_hits > 4096 || o->max_triplets < 1 ||
        o->max_triplets > 1000000)
        return SPW_FAIL(SPW_BAD_CONFIG,
                        "beam: max_hits is 1 ... 4096, max_triplets 1 ... 1000000");
    return SPW_OK;
}

static void place_pixels(struct beam_setup *setup, const struct na62_gtk_offsets *offsets)
{
    for (uint32_t s = 0; s < BEAM_STATIONS; ++s) {
        for (uint32_t c = 0; c < NA62_GTK_COLUMNS; ++c) {
            const double narrow = (c + 0.5 - NA62_GTK_COLUMNS / 2.0) * 0.3;
            const double x = setup->options.wide_columns ? na62_gtk_pixel(c).x_mm : narrow;
            setup->column_mm[s][c] = (float)(x - offsets->x_mm[s]);
        }
        for (uint32_t r = 0; r < NA62_GTK_ROWS; ++r)
            setup->row_mm[s][r] =
                (float)(na62_gtk_pixel(r * NA62_GTK_COLUMNS).y_mm - offsets->y_mm[s]);
    }
}

/* Variances of the fit from those of the pixels: all of it is linear. */
static void prepare_fit(struct beam_setup *setup)
{
    const struct beam_options *o = &setup->options;
    const double *z = na62_z_gtk_mm;
    const double length = z[2] - z[0], near = (z[2] - z[1]) / length, far = 1 - near;
    const double norm = 1 + near * near + far * far;
    const double vx = o->pixel_sigma_x * o->pixel_sigma_x;
    const double vy = o->pixel_sigma_y * o->pixel_sigma_y;
    const double vu = norm * vy / (o->dispersion * o->dispersion) +
                      o->momentum_spread * o->momentum_spread;
    const double spread = o->divergence * o->divergence, two = 2 / (length * length);
    const double kick = o->kick / o->momentum;
    setup->fit = (struct spw_beam_fit){
        .near = (float)near,
        .far = (float)far,
        .per_length = (float)(1 / length),
        .kick_mm = {(float)(kick * (NA62_Z_TRIM5_MM - z[0])),
                    (float)(kick * (NA62_Z_TRIM5_MM - z[1]))},
        .per_dispersion = (float)(1 / o->dispersion),
        .p0_MeV = (float)o->momentum,
        .share = {(float)(-near / norm), (float)(1 / norm), (float)(-far / norm)},
        .per_variance_x = (float)(1 / (norm * vx)),
        .per_variance_time = (float)(1 / (o->time_sigma * o->time_sigma)),
        .slope_x = (float)o->slope_x,
        .slope_y = (float)o->slope_y,
        .per_variance_u = (float)(1 / vu),
        .per_variance_dxdz = (float)(1 / (spread + two * vx)),
        .per_variance_dydz = (float)(1 / (spread + two * vy)),
    };
    const double u_max = sqrt(o->chi2_beam_max * vu);
    const double bend = kick * (NA62_Z_TRIM5_MM - z[1] - near * (NA62_Z_TRIM5_MM - z[0]));
    setup->pair_ns = (float)(sqrt(2 * o->chi2_time_max) * o->time_sigma);
    setup->bend_x_mm = (float)bend;
    setup->reach_x_mm = (float)(sqrt(o->chi2_x_max * norm * vx) + fabs(bend) * u_max);
    setup->reach_y_mm = (float)(o->dispersion * u_max);
}

enum spw_status beam_setup_prepare(struct beam_setup *setup, struct spw_run *run)
{
    struct na62_gtk_offsets offsets = {0};
    struct spw_text_table table;
    SPW_TRY(spw_config_read(run->config, "beam", options, sizeof options / sizeof *options,
                            &setup->options));
    SPW_TRY(check(&setup->options));
    SPW_TRY(spw_constants_open(&table, run, setup->options.offsets_file));
    if (table.count) SPW_TRY(na62_gtk_offsets_read(&offsets, &table));
    place_pixels(setup, &offsets);
    prepare_fit(setup);
    setup->rank = SPW_PICK(spw_rank_kernels, run->isa);
    return SPW_OK;
}
