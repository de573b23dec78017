/// Files that appear under their final name only when they are complete and on disk.
///
/// PATH.part.<host>.<pid> is written, locked, synced, renamed to PATH, and the folder synced.
/// A killed program leaves at most the .part file; the next one on this host that writes PATH
/// removes it.
#pragma once

#include "core/arena.h"
#include "core/status.h"

#include <stddef.h>
#include <stdint.h>

/// A file being written.
struct spw_atomic_file {
    const char *path; ///< final name
    const char *part; ///< name until it is complete
    int fd;           ///< open for reading and writing; -1 when closed
};

/// Creates the .part file. Memory: arena (names). Errors: SPW_CANNOT_CREATE.
SPW_MUST_CHECK enum spw_status spw_atomic_file_create(struct spw_atomic_file *file,
                                                      struct spw_arena *arena,
                                                      const char *path);

/// Writes all bytes at `at`. Errors: SPW_IO (the disk is full, ...).
SPW_MUST_CHECK enum spw_status spw_atomic_file_write(const struct spw_atomic_file *file,
                                                     const void *data,
                                                     size_t size,
                                                     uint64_t at);

/// Syncs, closes, renames, syncs the folder.
/// Errors  SPW_IO; then the .part file is gone and PATH is what it was before.
SPW_MUST_CHECK enum spw_status spw_atomic_file_commit(struct spw_atomic_file *file);

/// Closes and removes the .part file.
void spw_atomic_file_discard(struct spw_atomic_file *file);
