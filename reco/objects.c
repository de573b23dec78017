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
