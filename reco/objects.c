#include "reco/objects.h"

static const struct spw_column hit_columns[] = {
    SPW_COLUMN(struct spw_hits, channel, "1", "geometric channel ID"),
    SPW_COLUMN_AS(".index", struct spw_hits, index, "1", "dense channel number"),
    SPW_COLUMN(struct spw_hits,
               time_ns,
               "ns",
               "leading edge after T0 and slewing, relative to the event's timestamp"),
    SPW_COLUMN(struct spw_hits,
               width_ns,
               "ns",
               "time over threshold, 0 without both edges"),
    SPW_COLUMN(struct spw_hits, quality, "1", "quality bits"),
};

const struct spw_table spw_hits_table = SPW_TABLE(struct spw_hits, hit_columns);

static const struct spw_column straw_columns[] = {
    SPW_COLUMN_AS("channel", struct spw_straw_hits, hits.channel, "1", "straw ID"),
    SPW_COLUMN_AS(".index", struct spw_straw_hits, hits.index, "1", "dense channel number"),
    SPW_COLUMN_AS("time_ns",
                  struct spw_straw_hits,
                  hits.time_ns,
                  "ns",
                  "drift time: leading edge - T0 - trigger time"),
    SPW_COLUMN_AS("width_ns",
                  struct spw_straw_hits,
                  hits.width_ns,
                  "ns",
                  "time over threshold, 0 without both edges"),
    SPW_COLUMN(struct spw_straw_hits,
               radius_mm,
               "mm",
               "distance from the wire by the r-t relation"),
    SPW_COLUMN_AS("quality", struct spw_straw_hits, hits.quality, "1", "quality bits"),
};

const struct spw_table spw_straw_hits_table =
    SPW_TABLE(struct spw_straw_hits, straw_columns);

static const struct spw_column cell_columns[] = {
    SPW_COLUMN(struct spw_cells, channel, "1", "geometric channel ID"),
    SPW_COLUMN_AS(".index", struct spw_cells, index, "1", "dense channel number"),
    SPW_COLUMN(struct spw_cells, energy_MeV, "MeV", "pulse height times gain"),
    SPW_COLUMN(struct spw_cells,
               time_ns,
               "ns",
               "time of the maximum after T0, relative to the event's timestamp"),
    SPW_COLUMN(struct spw_cells,
               amplitude_adc,
               "1",
               "pulse height above the pedestal in counts"),
    SPW_COLUMN(struct spw_cells,
               charge_adc,
               "1",
               "sum of the samples above the pedestal in counts"),
    SPW_COLUMN(struct spw_cells, quality, "1", "quality bits"),
};

const struct spw_table spw_cells_table = SPW_TABLE(struct spw_cells, cell_columns);

#define TIME                                         \
    SPW_COLUMN(struct spw_candidates, time_ns, "ns", \
               "mean time of the hits, relative to the event's timestamp")
#define X      SPW_COLUMN(struct spw_candidates, x_mm, "mm", "position, towards Jura")
#define Y      SPW_COLUMN(struct spw_candidates, y_mm, "mm", "position, upwards")
#define N_HITS SPW_COLUMN(struct spw_candidates, n_hits, "1", "hits used")
#define QUALITY                                     \
    SPW_COLUMN(struct spw_candidates, quality, "1", \
               "quality bits of all hits; 128: one photomultiplier only")

static const struct spw_column sector_columns[] = {
    TIME,
    SPW_COLUMN(struct spw_candidates, n_sectors, "1", "sectors with hits"),
    N_HITS,
    QUALITY,
};

static const struct spw_column plane_columns[] = {TIME, X, Y, N_HITS, QUALITY};

static const struct spw_column tile_columns[] = {
    TIME, X, Y, SPW_COLUMN(struct spw_candidates, tile, "1", "tile"), N_HITS, QUALITY,
};

static const struct spw_column cluster_columns[] = {TIME, N_HITS, QUALITY};

const struct spw_table spw_sector_candidates_table =
    SPW_TABLE(struct spw_candidates, sector_columns);
const struct spw_table spw_plane_candidates_table =
    SPW_TABLE(struct spw_candidates, plane_columns);
const struct spw_table spw_tile_candidates_table =
    SPW_TABLE(struct spw_candidates, tile_columns);
const struct spw_table spw_cluster_candidates_table =
    SPW_TABLE(struct spw_candidates, cluster_columns);

static const struct spw_column track_columns[] = {
    SPW_COLUMN(struct spw_tracks,
               z_mm,
               "mm",
               "plane of x_mm, y_mm, dxdz, dydz: centre of chamber 1"),
    SPW_COLUMN(struct spw_tracks, x_mm, "mm", "position before the magnet, towards Jura"),
    SPW_COLUMN(struct spw_tracks, y_mm, "mm", "position before the magnet, upwards"),
    SPW_COLUMN(struct spw_tracks, dxdz, "1", "slope before the magnet"),
    SPW_COLUMN(struct spw_tracks, dydz, "1", "slope before the magnet"),
    SPW_COLUMN(struct spw_tracks, p_MeV, "MeV", "momentum"),
    SPW_COLUMN(struct spw_tracks, charge, "1", "sign of the charge"),
    SPW_COLUMN(struct spw_tracks,
               time_ns,
               "ns",
               "time of the track, relative to the event's timestamp"),
    SPW_COLUMN(struct spw_tracks, dxdz_after, "1", "slope behind the magnet"),
    SPW_COLUMN(struct spw_tracks, dydz_after, "1", "slope behind the magnet"),
    SPW_COLUMN(struct spw_tracks, x_after_mm, "mm", "position at the centre of chamber 4"),
    SPW_COLUMN(struct spw_tracks, y_after_mm, "mm", "position at the centre of chamber 4"),
    SPW_COLUMN(struct spw_tracks, chi2, "1", "of the fit"),
    SPW_COLUMN(struct spw_tracks, ndf, "1", "degrees of freedom of the fit"),
    SPW_COLUMN(struct spw_tracks, n_hits, "1", "straws in the fit"),
    SPW_COLUMN(struct spw_tracks, n_chambers, "1", "chambers in the fit"),
    SPW_COLUMN(struct spw_tracks, sigma_x_mm, "mm", "uncertainty of x_mm"),
    SPW_COLUMN(struct spw_tracks, sigma_y_mm, "mm", "uncertainty of y_mm"),
    SPW_COLUMN(struct spw_tracks, sigma_dxdz, "1", "uncertainty of dxdz"),
    SPW_COLUMN(struct spw_tracks, sigma_dydz, "1", "uncertainty of dydz"),
    SPW_COLUMN(struct spw_tracks, sigma_q_over_p, "MeV-1", "uncertainty of charge / p_MeV"),
    SPW_COLUMN_AS(".cov_x_x", struct spw_tracks, covariance[0], "1", "covariance"),
    SPW_COLUMN_AS(".cov_y_x", struct spw_tracks, covariance[1], "1", "covariance"),
    SPW_COLUMN_AS(".cov_y_y", struct spw_tracks, covariance[2], "1", "covariance"),
    SPW_COLUMN_AS(".cov_tx_x", struct spw_tracks, covariance[3], "1", "covariance"),
    SPW_COLUMN_AS(".cov_tx_y", struct spw_tracks, covariance[4], "1", "covariance"),
    SPW_COLUMN_AS(".cov_tx_tx", struct spw_tracks, covariance[5], "1", "covariance"),
    SPW_COLUMN_AS(".cov_ty_x", struct spw_tracks, covariance[6], "1", "covariance"),
    SPW_COLUMN_AS(".cov_ty_y", struct spw_tracks, covariance[7], "1", "covariance"),
    SPW_COLUMN_AS(".cov_ty_tx", struct spw_tracks, covariance[8], "1", "covariance"),
    SPW_COLUMN_AS(".cov_ty_ty", struct spw_tracks, covariance[9], "1", "covariance"),
    SPW_COLUMN_AS(".cov_qp_x", struct spw_tracks, covariance[10], "1", "covariance"),
    SPW_COLUMN_AS(".cov_qp_y", struct spw_tracks, covariance[11], "1", "covariance"),
    SPW_COLUMN_AS(".cov_qp_tx", struct spw_tracks, covariance[12], "1", "covariance"),
    SPW_COLUMN_AS(".cov_qp_ty", struct spw_tracks, covariance[13], "1", "covariance"),
    SPW_COLUMN_AS(".cov_qp_qp", struct spw_tracks, covariance[14], "1", "covariance"),
    SPW_COLUMN(struct spw_tracks, quality, "1", "quality bits"),
};

const struct spw_table spw_tracks_table = SPW_TABLE(struct spw_tracks, track_columns);

static const struct spw_column shower_columns[] = {
    SPW_COLUMN(struct spw_clusters, x_mm, "mm", "position at the front face, towards Jura"),
    SPW_COLUMN(struct spw_clusters, y_mm, "mm", "position at the front face, upwards"),
    SPW_COLUMN(struct spw_clusters, energy_MeV, "MeV", "energy, corrected"),
    SPW_COLUMN(struct spw_clusters, time_ns, "ns", "relative to the event's timestamp"),
    SPW_COLUMN_AS(".raw_MeV",
                  struct spw_clusters,
                  raw_MeV,
                  "MeV",
                  "sum of the cells' shares"),
    SPW_COLUMN(struct spw_clusters, n_cells, "1", "cells that share in it"),
    SPW_COLUMN(struct spw_clusters,
               seed_channel,
               "1",
               "geometric ID of the cell it began with"),
    SPW_COLUMN(struct spw_clusters, quality, "1", "quality bits"),
};

const struct spw_table spw_clusters_table = SPW_TABLE(struct spw_clusters, shower_columns);

static const struct spw_column ring_columns[] = {
    SPW_COLUMN(struct spw_rings,
               x_mm,
               "mm",
               "centre in the focal plane: focal length times slope"),
    SPW_COLUMN(struct spw_rings, y_mm, "mm", "centre in the focal plane"),
    SPW_COLUMN(struct spw_rings, radius_mm, "mm", "radius"),
    SPW_COLUMN(struct spw_rings, sigma_radius_mm, "mm", "uncertainty of radius_mm"),
    SPW_COLUMN(struct spw_rings, time_ns, "ns", "relative to the event's timestamp"),
    SPW_COLUMN(struct spw_rings, chi2, "1", "of the circle"),
    SPW_COLUMN(struct spw_rings, n_hits, "1", "hits on the ring"),
    SPW_COLUMN(struct spw_rings, track, "1", "row among the event's tracks, -1 none"),
    SPW_COLUMN_AS("log_likelihood_e",
                  struct spw_rings,
                  log_likelihood[0],
                  "1",
                  "log likelihood of the hits for an electron"),
    SPW_COLUMN_AS("log_likelihood_mu",
                  struct spw_rings,
                  log_likelihood[1],
                  "1",
                  "log likelihood of the hits for a muon"),
    SPW_COLUMN_AS("log_likelihood_pi",
                  struct spw_rings,
                  log_likelihood[2],
                  "1",
                  "log likelihood of the hits for a pion"),
    SPW_COLUMN_AS("log_likelihood_K",
                  struct spw_rings,
                  log_likelihood[3],
                  "1",
                  "log likelihood of the hits for a kaon"),
    SPW_COLUMN(struct spw_rings, quality, "1", "quality bits"),
};

const struct spw_table spw_rings_table = SPW_TABLE(struct spw_rings, ring_columns);

static const struct spw_column beam_columns[] = {
    SPW_COLUMN(struct spw_beam_tracks, x_mm, "mm", "position at the third station"),
    SPW_COLUMN(struct spw_beam_tracks, y_mm, "mm", "position at the third station"),
    SPW_COLUMN(struct spw_beam_tracks, dxdz, "1", "slope behind TRIM5"),
    SPW_COLUMN(struct spw_beam_tracks, dydz, "1", "slope behind TRIM5"),
    SPW_COLUMN(struct spw_beam_tracks, p_MeV, "MeV", "momentum"),
    SPW_COLUMN(struct spw_beam_tracks, time_ns, "ns", "relative to the event's timestamp"),
    SPW_COLUMN(struct spw_beam_tracks, sigma_time_ns, "ns", "uncertainty of time_ns"),
    SPW_COLUMN(struct spw_beam_tracks, chi2, "1", "of positions and times, 3 degrees"),
    SPW_COLUMN(struct spw_beam_tracks, n_hits, "1", "pixels of its clusters"),
    SPW_COLUMN(struct spw_beam_tracks,
               ktag,
               "1",
               "row among the event's KTAG candidates, -1: none in time"),
    SPW_COLUMN(
        struct spw_beam_tracks,
        quality,
        "1",
        "quality bits of the hits; 32: shares a cluster; 64: one pixel of a cluster"),
};

const struct spw_table spw_beam_tracks_table =
    SPW_TABLE(struct spw_beam_tracks, beam_columns);

static const struct spw_column vertex_columns[] = {
    SPW_COLUMN(struct spw_vertices, x_mm, "mm", "position"),
    SPW_COLUMN(struct spw_vertices, y_mm, "mm", "position"),
    SPW_COLUMN(struct spw_vertices, z_mm, "mm", "position along the beam"),
    SPW_COLUMN(struct spw_vertices,
               cda_mm,
               "mm",
               "closest distance of approach; rms distance of three lines"),
    SPW_COLUMN(struct spw_vertices, chi2, "1", "of the fit"),
    SPW_COLUMN(struct spw_vertices,
               time_ns,
               "ns",
               "mean of the tracks, relative to the event's timestamp"),
    SPW_COLUMN(struct spw_vertices, n_tracks, "1", "straw tracks"),
    SPW_COLUMN(struct spw_vertices, charge, "1", "sum of the charges"),
    SPW_COLUMN_AS("track1",
                  struct spw_vertices,
                  track[0],
                  "1",
                  "row among the event's tracks, -1 none"),
    SPW_COLUMN_AS("track2",
                  struct spw_vertices,
                  track[1],
                  "1",
                  "row among the event's tracks, -1 none"),
    SPW_COLUMN_AS("track3",
                  struct spw_vertices,
                  track[2],
                  "1",
                  "row among the event's tracks, -1 none"),
    SPW_COLUMN(struct spw_vertices,
               beam,
               "1",
               "row among the event's beam tracks, -1 none"),
    SPW_COLUMN(struct spw_vertices,
               p_MeV,
               "MeV",
               "momentum of the sum of the tracks at the vertex"),
    SPW_COLUMN(struct spw_vertices,
               quality,
               "1",
               "1: a track and the nominal beam, 2: a track and the beam track"),
};

const struct spw_table spw_vertices_table = SPW_TABLE(struct spw_vertices, vertex_columns);
