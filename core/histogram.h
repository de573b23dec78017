/// Fixed-bin histograms with integer counts: booked once, one copy a worker, merged exactly.
#pragma once

#include "core/arena.h"
#include "core/status.h"

#include <stdbool.h>
#include <stdint.h>

enum { SPW_MAX_AXES = 3 };

/// A regular axis of `bins` bins over [lower, upper), with an underflow and an overflow bin.
struct spw_axis {
    const char *name;  ///< identifier: "time_ns"
    const char *label; ///< for people, with unit: "hit time - trigger time [ns]"
    double lower, upper;
    uint32_t bins;
};

/// Entries that a histogram gets from a finer one of two axes, which counts them anyhow: what is
/// in row i of that one, flow rows too, belongs to row row[i] here, bin by bin where there is a
/// second axis, which is the same, else to its only bin.
struct spw_fold {
    uint32_t from;       ///< place of the finer one in the set
    const uint32_t *row; ///< [rows of it]; NULL: nothing is folded
};

/// What a histogram is, before any entry.
struct spw_histogram_spec {
    const char *path; ///< "/ktag/time_by_channel": detector, name
    const char *title;
    uint32_t n_axes;
    struct spw_axis axis[SPW_MAX_AXES];
};

/// One worker's copy.
///
/// Shape  count[(bins0 + 2) * (bins1 + 2) ...], row-major in axis order, underflow first; one
///        more behind, count[n_bins], takes what loops without branches have to put somewhere
struct spw_histogram {
    const struct spw_histogram_spec *spec;
    uint64_t n_bins;
    uint32_t stride[SPW_MAX_AXES];
    float lower[SPW_MAX_AXES], scale[SPW_MAX_AXES]; ///< bin = (x - lower) * scale
    float bins[SPW_MAX_AXES];
    uint32_t *count;
    uint8_t *recent;  ///< [n_bins + 1] entries of spw_count() that `count` has not yet
    uint32_t *folded; ///< [n_bins] where there is a fold: what `count` has of it
};

/// The histograms of a run: specifications in order of booking.
struct spw_histogram_list {
    struct spw_histogram_spec *spec;
    struct spw_fold *fold; ///< of each
    uint32_t count, capacity;
};

/// Adds a histogram; `*id` is its place in every worker's set. Texts are copied to `arena`.
SPW_MUST_CHECK enum spw_status spw_histogram_book(struct spw_histogram_list *list,
                                                  struct spw_arena *arena,
                                                  const struct spw_histogram_spec *spec,
                                                  uint32_t *id);

/// Histogram `id` gets the entries of a finer one when counts are settled, beside its own. The rows
/// live as long as the list.
void spw_histogram_fold(struct spw_histogram_list *list, uint32_t id, struct spw_fold fold);

/// A worker's empty set, one entry a booked histogram. Memory `arena`.
SPW_MUST_CHECK enum spw_status spw_histograms_init(struct spw_histogram **set,
                                                   const struct spw_histogram_list *list,
                                                   struct spw_arena *arena);

/// Adds one to each of n bins, the spare one among them. Single bytes take them, which stay in
/// near caches where counts do not; a full one goes to its count.
void spw_count(struct spw_histogram *h, uint32_t n, const uint32_t *bin);

/// Brings all counts of a set up to date, those of folds too.
void spw_histograms_settle(struct spw_histogram *set,
                           const struct spw_histogram_list *list);

/// Number of bins with flow bins.
uint64_t spw_histogram_n_bins(const struct spw_histogram_spec *spec);

/* Bin 0 is underflow, bins + 1 overflow; NaN goes to underflow. */
static inline uint32_t spw_axis_bin(const struct spw_histogram *h, int axis, float x)
{
    float bin = (x - h->lower[axis]) * h->scale[axis];
    bin = bin >= 0.0f ? bin + 1.0f : 0.0f;
    return (uint32_t)(bin < h->bins[axis] + 1.0f ? bin : h->bins[axis] + 1.0f);
}

static inline void spw_fill(struct spw_histogram *h, float x)
{
    ++h->count[spw_axis_bin(h, 0, x)];
}

static inline void spw_fill2(struct spw_histogram *h, float x, float y)
{
    ++h->count[(size_t)spw_axis_bin(h, 0, x) * h->stride[0] + spw_axis_bin(h, 1, y)];
}
