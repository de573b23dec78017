/// Input files: opening them, and whole small ones in memory (configurations, constants). Raw
/// bursts use io/map.h.
#pragma once

#include "core/arena.h"
#include "core/bytes.h"
#include "core/status.h"

/// Opens a regular file for reading; the caller closes `*fd`. A pipe, device or folder is
/// refused, never waited for.
/// Errors  SPW_MISSING, SPW_IO
SPW_MUST_CHECK enum spw_status spw_file_open(int *fd, size_t *size_bytes, const char *path);

/// Reads a regular file of at most `limit_bytes`; a zero byte follows the last one.
/// Memory  `arena`
/// Errors  SPW_MISSING (absent, unreadable, no regular file, too long), SPW_IO, SPW_RETRY.
SPW_MUST_CHECK enum spw_status spw_file_read(struct spw_bytes *bytes,
                                             struct spw_arena *arena,
                                             const char *path,
                                             size_t limit_bytes);
