/// Files that appear under their final name only when they are complete and on disk.
///
/// PATH.part.<host>.<pid> is written, synced, renamed to PATH, and the folder synced. A
/// killed program leaves at most the .part file.
#pragma once

#include "core/arena.h"
#include "core/status.h"

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

/// Syncs, closes, renames, syncs the folder.
/// Errors  SPW_IO; then the .part file is gone and PATH is what it was before.
SPW_MUST_CHECK enum spw_status spw_atomic_file_commit(struct spw_atomic_file *file);

/// Closes and removes the .part file.
void spw_atomic_file_discard(struct spw_atomic_file *file);
