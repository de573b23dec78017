/// Objects common to several detectors, as structs of arrays.
///
/// Columns whose name begins with '.' are internal: never written.
#pragma once

#include "core/columns.h"

enum {
    SPW_TRACK_COVARIANCES = 15,
    SPW_N_RING_HYPOTHESES = 4, ///< e, mu, pi, K
};

/// Calibrated hits of one detector in one batch.
///
/// Shape   every array holds rows.capacity entries; event e owns [first[e], first[e + 1])
/// Order   event, then readout order: the same on every run and for any number of threads
/// Units   time_ns relative to the event's timestamp_ticks (add nothing: /events/time_ns is on
///         the same scale), after T0 and slewing; width_ns is the time over threshold
/// Memory  the batch's arena
struct spw_hits {
    struct spw_rows rows;
    uint32_t *channel; ///< geometric ID (formats/na62.md 4.2)
    uint32_t *index;   ///< dense channel number 0 ... n_channels - 1; not written
    float *time_ns;
    float *width_ns;  ///< 0 without a trailing edge
    uint8_t *quality; ///< enum spw_quality (io/raw.h)
};

/// Hits of the straws: time_ns is the drift time, relative to the trigger.
struct spw_straw_hits {
    struct spw_hits hits;
    float *radius_mm; ///< distance of the track from the wire, without sign
};

/// Pulses of one calorimeter: a cell or a channel with its amplitude and time.
///
/// Shape, order, memory  as spw_hits
struct spw_cells {
    struct spw_rows rows;
    uint32_t *channel;
    uint32_t *index; ///< dense channel number; not written
    float *energy_MeV;
    float *time_ns;       ///< of the pulse's maximum, relative to timestamp_ticks
    float *amplitude_adc; ///< height above the pedestal
    float *charge_adc;    ///< sum of all samples above the pedestal
    uint16_t *quality;    ///< enum spw_quality, enum spw_cell_quality
};

/// Quality bits of cells above enum spw_quality.
enum spw_cell_quality {
    SPW_CELL_PARABOLA = 1 << 8, ///< amplitude and time by the parabola, not by the filter
    SPW_CELL_BORDER = 1 << 9,   ///< highest sample is the first or the last one
    SPW_CELL_NO_GAIN = 1 << 10, ///< no gain for this channel: energy 0
};

/// Coincidences of hits of one detector: particles seen by it.
///
/// Shape, order  candidates of an event in order of time; columns that a detector's table does
///               not list are NULL
struct spw_candidates {
    struct spw_rows rows;
    float *time_ns; ///< as in spw_hits
    float *x_mm;
    float *y_mm;
    int32_t *tile; ///< tile (MUV3, NewCHOD); -1 where it means nothing
    uint16_t *n_hits;
    uint8_t *n_sectors;
    uint8_t *quality; ///< enum spw_quality of all hits, enum spw_candidate_quality
};

/// Quality bits of candidates: those of their hits, and (in the place of SPW_BAD_CHECK, which
/// hits of TDCs never carry) the tightness.
enum spw_candidate_quality {
    SPW_CANDIDATE_LOOSE = 1 << 7, ///< seen by one of the two photomultipliers only
};

/// Tracks of the straw spectrometer.
///
/// Shape, order  tracks of an event in order of falling momentum
/// Units         slopes and positions before the magnet at z_mm (centre of chamber 1), behind it
///               at the centre of chamber 4; q/p in 1/MeV; time_ns as in spw_hits
struct spw_tracks {
    struct spw_rows rows;
    float *z_mm, *x_mm, *y_mm;
    float *dxdz, *dydz;
    float *p_MeV;
    int8_t *charge;
    float *time_ns;
    float *dxdz_after, *dydz_after;
    float *x_after_mm, *y_after_mm;
    float *chi2;
    uint16_t *ndf, *n_hits;
    uint8_t *n_chambers;
    float *sigma_x_mm, *sigma_y_mm, *sigma_dxdz, *sigma_dydz, *sigma_q_over_p;
    float *
        covariance[SPW_TRACK_COVARIANCES]; ///< lower triangle by rows of (x, y, dxdz, dydz,
                                           ///< q/p), before the magnet; not written
    uint16_t *quality;                     ///< enum spw_track_quality
};

/// Quality bits of tracks.
enum spw_track_quality {
    SPW_TRACK_THREE_CHAMBERS = 1 << 0, ///< straws in three chambers only
    SPW_TRACK_SHARED_HITS = 1 << 1,    ///< some of its straws belong to another track too
    SPW_TRACK_OUT_OF_TIME = 1 << 2,    ///< not at the trigger's time: fitted with its own
    SPW_TRACK_MISSING_VIEWS = 1 << 3,  ///< a chamber with less views than it should cross
    SPW_TRACK_LOST_HITS = 1 << 4,      ///< straws of the candidate were left out
    SPW_TRACK_BAD_CHI2 = 1 << 5,       ///< chi2 above 2 for each degree of freedom
};

/// Showers in the LKr (and, with strips for cells, in MUV1 and MUV2).
///
/// Shape, order  clusters of an event in order of falling energy
struct spw_clusters {
    struct spw_rows rows;
    float *x_mm, *y_mm; ///< at the front face, S shape corrected
    float *energy_MeV;  ///< all corrections applied
    float *time_ns;     ///< as in spw_hits
    float *raw_MeV;     ///< sum of the cells' shares; not written
    uint16_t *n_cells;
    uint32_t *seed_channel; ///< geometric ID
    uint16_t *quality;      ///< enum spw_cluster_quality
};

/// Quality bits of clusters.
enum spw_cluster_quality {
    SPW_CLUSTER_NEAR_HOLE = 1 << 0,   ///< part of the shower may be in the beam hole
    SPW_CLUSTER_NEAR_BORDER = 1 << 1, ///< part of the shower may be outside
    SPW_CLUSTER_DEAD_CELL = 1 << 2,   ///< a cell of its core is dead or missing: estimated
    SPW_CLUSTER_SHARED = 1 << 3,      ///< shares cells with another cluster
    SPW_CLUSTER_SATURATED = 1 << 4,   ///< its seed is saturated
    SPW_CLUSTER_OUT_OF_TIME = 1 << 5, ///< of another time than the trigger
    SPW_CLUSTER_ONE_CELL = 1 << 6, ///< a single cell: a minimum ionising particle or noise
    SPW_CLUSTER_WIDE = 1 << 7,     ///< wider than an electromagnetic shower
    SPW_CLUSTER_OVERLAP = 1 << 8,  ///< a cell of its core is out of time: estimated
};

/// Rings of the RICH.
struct spw_rings {
    struct spw_rows rows;
    float *x_mm, *y_mm; ///< centre, in the mirror's focal plane: focal length x slope
    float *radius_mm;
    float *sigma_radius_mm;
    float *time_ns;
    float *chi2;
    uint16_t *n_hits;
    int32_t *track; ///< row among the event's tracks, -1: found without one
    float *log_likelihood[SPW_N_RING_HYPOTHESES]; ///< of a ring with a track; else 0
    uint8_t *quality;                             ///< enum spw_ring_quality
};

/// Quality bits of rings.
enum spw_ring_quality {
    SPW_RING_FEW = 1 << 0,     ///< fewer hits than a ring without a track must have
    SPW_RING_SHARED = 1 << 1,  ///< more than a third of its hits are near another ring too
    SPW_RING_POOR = 1 << 2,    ///< chi2 improbably large
    SPW_RING_PARTIAL = 1 << 3, ///< less than 70 % of the light can meet a photomultiplier
    SPW_RING_CUT = 1 << 4,     ///< more hits than a fit takes
    SPW_RING_FAR = 1 << 5,     ///< centre more than 4 sigma from where the track points
};

/// Beam tracks of the three GTK stations, at the last one.
struct spw_beam_tracks {
    struct spw_rows rows;
    float *x_mm, *y_mm; ///< at z of station 3, in the laboratory
    float *dxdz, *dydz; ///< behind TRIM5
    float *p_MeV;
    float *time_ns;
    float *sigma_time_ns;
    float *chi2;      ///< of positions and times: 3 degrees of freedom
    uint8_t *n_hits;  ///< pixels of all clusters
    int32_t *ktag;    ///< row among the event's KTAG candidates, -1: none in time
    uint8_t *quality; ///< enum spw_quality of all pixels, enum spw_beam_quality
};

/// Quality bits of beam tracks: those of their hits, and in the place of what hits of TDCs never
/// carry (SPW_SATURATED, SPW_UNDERFLOW) how it came to its clusters.
enum spw_beam_quality {
    SPW_BEAM_SHARED = 1 << 5, ///< a cluster belongs to another beam track too
    SPW_BEAM_PART = 1 << 6,   ///< of a cluster of several pixels only one
};

/// Points where charged tracks, or a track and the beam, come from.
struct spw_vertices {
    struct spw_rows rows;
    float *x_mm, *y_mm, *z_mm;
    float *cda_mm; ///< two lines: closest approach; more: rms distance of the lines
    float *chi2;
    float *time_ns; ///< weighted mean of the tracks, as in spw_hits
    uint8_t *n_tracks;
    int8_t *charge;
    int32_t *track[3]; ///< rows among the event's tracks, -1 none
    int32_t *beam;     ///< row among the event's beam tracks, -1: nominal beam or none
    float *p_MeV;      ///< sum of the tracks' momenta at the vertex
    uint8_t *quality;  ///< enum spw_vertex_quality
};

enum spw_vertex_quality {
    SPW_VERTEX_NOMINAL = 1 << 0, ///< of one track and the nominal beam
    SPW_VERTEX_BEAM = 1 << 1,    ///< of one track and the beam track
};

extern const struct spw_table spw_hits_table;
extern const struct spw_table spw_straw_hits_table;
extern const struct spw_table spw_cells_table;
extern const struct spw_table spw_sector_candidates_table; ///< time, sectors, hits
extern const struct spw_table spw_plane_candidates_table;  ///< time, x, y, hits, quality
extern const struct spw_table
    spw_tile_candidates_table; ///< time, x, y, tile, hits, quality
extern const struct spw_table spw_cluster_candidates_table; ///< time, hits, quality
extern const struct spw_table spw_tracks_table;
extern const struct spw_table spw_clusters_table;
extern const struct spw_table spw_rings_table;
extern const struct spw_table spw_beam_tracks_table;
extern const struct spw_table spw_vertices_table;
