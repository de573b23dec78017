/// Whole small files in memory: configurations, constants, sidecars. Raw bursts use io/map.h.
#pragma once

#include "core/arena.h"
#include "core/bytes.h"
#include "core/status.h"

/// Reads a regular file of at most `limit_bytes`; a zero byte follows the last one.
/// Memory  `arena`
/// Errors  SPW_MISSING (absent, unreadable, no regular file, too long), SPW_IO, SPW_RETRY.
SPW_MUST_CHECK enum spw_status spw_file_read(struct spw_bytes *bytes,
                                             struct spw_arena *arena,
                                             const char *path,
                                             size_t limit_bytes);
