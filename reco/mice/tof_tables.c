#include "reco/mice/tof.h"

static const struct spw_column digit_columns[] = {
    SPW_COLUMN(struct tof_digits, plane, "1", "0 horizontal slabs, 1 vertical"),
    SPW_COLUMN(struct tof_digits, slab, "1", "slab of the plane"),
    SPW_COLUMN(struct tof_digits, pmt, "1", "end of the slab"),
    SPW_COLUMN(struct tof_digits, leading_ticks, "1", "leading edge, 21-bit TDC counter"),
    SPW_COLUMN(struct tof_digits, trailing_ticks, "1", "trailing edge, -99: none"),
    SPW_COLUMN(struct tof_digits, time_ns, "ns", "leading edge - trigger request"),
    SPW_COLUMN(struct tof_digits,
               trigger_time_ns,
               "ns",
               "particle trigger - trigger request"),
    SPW_COLUMN(struct tof_digits, charge_mm_adc, "count", "max - min; 0: suppressed"),
    SPW_COLUMN(struct tof_digits, charge_pm_adc, "count", "max - pedestal; 0: suppressed"),
};

static const struct spw_column slab_columns[] = {
    SPW_COLUMN(struct tof_slab_hits, plane, "1", "0 horizontal slabs, 1 vertical"),
    SPW_COLUMN(struct tof_slab_hits, slab, "1", "slab of the plane"),
    SPW_COLUMN(struct tof_slab_hits, raw_time_ns, "ns", "mean of both ends, uncorrected"),
    SPW_COLUMN(struct tof_slab_hits, pmt0_time_ns, "ns", "corrected time of end 0"),
    SPW_COLUMN(struct tof_slab_hits, pmt1_time_ns, "ns", "corrected time of end 1"),
    SPW_COLUMN(struct tof_slab_hits, time_ns, "ns", "mean of the corrected times"),
    SPW_COLUMN(struct tof_slab_hits, pmt0_charge_adc, "count", "max - min of end 0"),
    SPW_COLUMN(struct tof_slab_hits, pmt1_charge_adc, "count", "max - min of end 1"),
};

static const struct spw_column point_columns[] = {
    SPW_COLUMN(struct tof_space_points, slab_horizontal, "1", "slab of plane 0"),
    SPW_COLUMN(struct tof_space_points, slab_vertical, "1", "slab of plane 1"),
    SPW_COLUMN(struct tof_space_points, time_ns, "ns", "mean of both slabs"),
    SPW_COLUMN(struct tof_space_points, dt_ns, "ns", "horizontal - vertical slab time"),
    SPW_COLUMN(struct tof_space_points, charge_adc, "count", "sum of the four ends / 4"),
    SPW_COLUMN(struct tof_space_points,
               charge_product_adc,
               "count",
               "mean over the slabs of 2 a b / (a + b)"),
};

static const struct spw_column time_columns[] = {
    SPW_COLUMN(struct tof_times, pixel_horizontal, "1", "trigger pixel: horizontal slab"),
    SPW_COLUMN(struct tof_times, pixel_vertical, "1", "trigger pixel: vertical slab"),
    SPW_COLUMN(struct tof_times,
               tof01_ns,
               "ns",
               "TOF1 - TOF0; NaN: not one space point in both"),
    SPW_COLUMN(struct tof_times, tof12_ns, "ns", "TOF2 - TOF1"),
    SPW_COLUMN(struct tof_times, tof02_ns, "ns", "TOF2 - TOF0"),
};

const struct spw_table tof_digits_table = SPW_TABLE(struct tof_digits, digit_columns);
const struct spw_table tof_slab_hits_table = SPW_TABLE(struct tof_slab_hits, slab_columns);
const struct spw_table tof_space_points_table =
    SPW_TABLE(struct tof_space_points, point_columns);
const struct spw_table tof_times_table = SPW_TABLE(struct tof_times, time_columns);
