/// Histograms on disk in the UHI schema 1 for HDF5: readable by hist and boost-histogram.
///
/// Layout  group `/<detector>/<name>`: attribute uhi_schema, metadata/ (title),
///         ref_axes/axis_N, axes (object references in axis order), storage/values (int64,
///         flow bins included, row-major in axis order); `/_inputs`: columns run, burst,
///         events, digest, name
/// Source  uhi 1.x "Serialization", HDF5 form
#pragma once

#include "core/arena.h"
#include "core/histogram.h"
#include "core/status.h"

/// One input that filled the histograms of a file (`/_inputs`).
struct spw_histogram_input {
    uint32_t run, burst;
    uint64_t events;
    const char
        *digest; ///< of the raw file and the constants used: merging refuses duplicates
    const char *name;
};

/// A file's histograms in memory: specifications and int64 counts with flow bins.
struct spw_histogram_set {
    struct spw_histogram_list list;
    int64_t **count;         ///< [list.count][n_bins]
    const uint32_t **narrow; ///< NULL, or the counts to write in the place of `count`
    struct spw_histogram_input *input;
    uint32_t n_inputs;
};

/// Writes atomically; the content depends on the set alone. Errors: SPW_CANNOT_CREATE,
/// SPW_IO.
SPW_MUST_CHECK enum spw_status
spw_histogram_file_write(const char *path, const struct spw_histogram_set *set);

/// Reads a whole file, histograms in byte order of their paths.
/// Memory  arena
/// Errors  SPW_MISSING, SPW_CORRUPT (no such file, or other axes and storages than ours)
SPW_MUST_CHECK enum spw_status spw_histogram_file_read(struct spw_histogram_set *set,
                                                       struct spw_arena *arena,
                                                       const char *path);

/// The histogram of this path, or -1.
int64_t spw_histogram_set_find(const struct spw_histogram_set *set, const char *path);

/// True when both have the same axes: names, limits, numbers of bins.
bool spw_histogram_same_axes(const struct spw_histogram_spec *a,
                             const struct spw_histogram_spec *b);

/// Adds `from` to `into` bin by bin; histograms that `into` lacks are taken over, inputs
/// are sorted by run, burst and digest. Nothing is changed when it fails.
/// Memory  arena; texts of `from` are copied
/// Errors  SPW_CONFLICT naming the histogram of other binning, or the inputs seen twice
SPW_MUST_CHECK enum spw_status
spw_histogram_set_merge(struct spw_histogram_set *into,
                        struct spw_arena *arena,
                        const struct spw_histogram_set *from);
