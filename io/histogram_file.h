/// Histograms on disk in the UHI schema 1 for HDF5: readable by hist and boost-histogram.
#pragma once

#include "core/arena.h"
#include "core/histogram.h"
#include "core/status.h"

/// One input that filled the histograms of a file (`/_inputs`).
struct spw_histogram_input {
    uint32_t run, burst;
    uint64_t events;
    const char *digest; ///< of the raw file and the constants used: merging refuses duplicates
    const char *name;
};

/// A file's histograms in memory: specifications and int64 counts with flow bins.
struct spw_histogram_set {
    struct spw_histogram_list list;
    int64_t **count;     ///< [list.count][n_bins]
    struct spw_histogram_input *input;
    uint32_t n_inputs;
};

/// Writes atomically. Errors: SPW_CANNOT_CREATE, SPW_IO.
SPW_MUST_CHECK enum spw_status spw_histogram_file_write(const char *path,
                                                        const struct spw_histogram_set *set);

/// Reads a whole file. Memory: arena. Errors: SPW_MISSING, SPW_CORRUPT.
SPW_MUST_CHECK enum spw_status spw_histogram_file_read(struct spw_histogram_set *set,
                                                       struct spw_arena *arena,
                                                       const char *path);

/// Adds `from` to `into` bin by bin. Errors: SPW_CONFLICT (other binning, or an input seen twice).
SPW_MUST_CHECK enum spw_status spw_histogram_set_merge(struct spw_histogram_set *into,
                                                       struct spw_arena *arena,
                                                       const struct spw_histogram_set *from);
