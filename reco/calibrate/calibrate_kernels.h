/// Kernels of TDC hits: times from ticks, slewing corrections, drift radius.
///
/// Lanes are hits. Arrays are aligned and padded to SPW_ALIGN; results of padding lanes are
/// never looked at. Bit-identical in all instruction sets.
#pragma once

#include "core/isa.h"
#include "io/raw.h"
#include "reco/objects.h"

/// Hits of a stream before channel map and calibration.
///
/// Shape   arrays of rows.count; event e owns [rows.first[e], rows.first[e + 1])
/// Order   event, then the order in which the hit's first edge was read
/// Units   ticks as in spw_raw_hits: time of the leading edge (of the trailing edge when it is
///         alone: SPW_NO_LEADING); width_ticks 0 unless both edges are there
struct spw_pairs {
    struct spw_rows rows;
    uint32_t *address;
    int32_t *ticks;
    int32_t *width_ticks;
    uint32_t *event;  ///< event in the batch
    uint8_t *quality; ///< enum spw_quality of both edges
};

#define SPW_LONE_TRAILING 0x80000000u

/// Ticks to ns: (ticks - origin_ticks) * lsb_ns - t0_ns - shift of the event.
///
/// The origin is a whole number of ticks near the T0 of the detector, so that the float product
/// stays small and exact to better than 1 ps also for straws at -6400 ns.
struct spw_time_scale {
    int32_t origin_ticks;
    float lsb_ns;
};

/// What a hit is looked up in.
struct spw_hit_constants {
    struct spw_time_scale scale;
    const float *t0_ns;    ///< [n_addresses] without the origin of the scale
    const uint32_t *id;    ///< [n_channels] geometric ID of a dense channel
    const float *shift_ns; ///< [n_events] subtracted from all hits of an event
};

/// Histograms of hits: hits by channel; times against group of channels, board and width.
enum hit_histogram {
    HIT_OCCUPANCY,
    HIT_TIME_BY_CHANNEL,
    HIT_TIME_BY_BOARD,
    HIT_TIME_BY_WIDTH,
    HIT_N_HISTOGRAMS
};

/// Their axes. Channels, groups and boards are counted from 0 in steps of 1, so that their bin is
/// the number + 1.
struct spw_hit_axes {
    float time_lower, time_scale, time_last; ///< as in struct spw_histogram; bins + 1
    float width_lower, width_scale, width_last;
    float channel_scale, board_scale; ///< 1 / channels of a group, 1 / addresses of a board
    uint32_t n_times;                 ///< bins of a row, with flow bins
    uint32_t spare[HIT_N_HISTOGRAMS]; ///< where that is put which means nothing
};

/// Correction to be subtracted, piecewise linear in the width; index: dense channel.
struct spw_linear_slewing {
    const float *min_ns, *max_ns;     ///< [n_channels] limits of the width
    const float *below_ns, *above_ns; ///< correction outside
    const float *offset_ns, *slope;   ///< inside: offset + slope width
};

/// Correction p2 + p1 exp(p0 width), to be subtracted; index: dense channel.
struct spw_exponential_slewing {
    const float *p0_per_ns, *p1_ns, *p2_ns;
};

/// Drift time to radius.
///
/// formula (SPW_RT_ROOT)  q = p1 (t - p2) + p4 (t - p2)^2, r = p0 + sqrt|q| - p3 t, t in us
/// formula (SPW_RT_QUADRATIC)  the inverse of t = p0 r + p1 r^2: r = (sqrt(p0^2 + 4 p1 t) - p0) / 2 p1
/// table  (SPW_RT_TABLE)  linear between r = table[i] at t = i step_ns
/// All are clipped to [0, max_mm].
enum spw_rt_kind { SPW_RT_ROOT, SPW_RT_QUADRATIC, SPW_RT_TABLE };

struct spw_rt {
    float p[5];
    float max_mm;
    const float *table_mm;
    float step_ns;
    float n_steps; ///< entries of the table - 1
};

struct spw_calibrate_kernels {
    /// Address, time and width of n hits from their edges leading[i] and trailing[i], and as
    /// quality which edge is missing. A lone edge stands in both, a trailing one as
    /// leading[i] = edge | SPW_LONE_TRAILING.
    void (*join)(uint32_t n,
                 const uint32_t *leading,
                 const uint32_t *trailing,
                 const struct spw_raw_hits *edges,
                 const struct spw_pairs *pairs);

    /// The same for n hits whose edges 2 i and 2 i + 1 are a leading and a trailing one of the
    /// same address; false when not all are, and then nothing of the result holds.
    bool (*alternating)(uint32_t n,
                        const struct spw_raw_hits *edges,
                        const struct spw_pairs *pairs);

    /// index[i] = table[address[i]]; true when none is below 0.
    bool (*look_up)(uint32_t n,
                    const int32_t *table,
                    const uint32_t *address,
                    uint32_t *index);

    /// channel, time_ns and width_ns of n hits whose index is known.
    void (*times)(uint32_t n,
                  const struct spw_hit_constants *constants,
                  const struct spw_pairs *pairs,
                  const struct spw_hits *hits);

    /// Bins of the rows [begin, end) from place[...][0] on; NULL: not wanted, which may be
    /// said of HIT_OCCUPANCY and HIT_TIME_BY_BOARD. Times are taken relative to origin_ns of
    /// their event; lonely edges go to the spare bin.
    void (*places)(uint32_t begin,
                   uint32_t end,
                   const struct spw_hit_axes *axes,
                   const struct spw_pairs *pairs,
                   const struct spw_hits *hits,
                   const float *origin_ns,
                   uint32_t *const place[HIT_N_HISTOGRAMS]);

    /// Subtracts the correction where both edges are there.
    void (*slew_linear)(uint32_t n,
                        const struct spw_linear_slewing *slewing,
                        const uint32_t *index,
                        const float *width_ns,
                        const uint8_t *quality,
                        float *time_ns);
    void (*slew_exponential)(uint32_t n,
                             const struct spw_exponential_slewing *slewing,
                             const uint32_t *index,
                             const float *width_ns,
                             const uint8_t *quality,
                             float *time_ns);

    /// radius_mm[i] by the relation of one kind.
    void (*radius[3])(uint32_t n,
                      const struct spw_rt *rt,
                      const float *time_ns,
                      float *radius_mm);
};

SPW_DECLARE_KERNELS(spw_calibrate_kernels);
