/// Memory-mapped input files, with read-ahead and release behind the last reader.
#pragma once

#include "core/bytes.h"
#include "core/status.h"

/// Memory  the mapping; release with spw_map_release().
struct spw_map {
    struct spw_bytes bytes;
    const char *path; ///< the caller's text
    int fd;           ///< of the file, while it is mapped
};

/// Maps a regular file for reading. Errors: SPW_MISSING, SPW_IO (empty files map to 0
/// bytes).
SPW_MUST_CHECK enum spw_status spw_map_open(struct spw_map *map, const char *path);

/// Unmaps the file.
void spw_map_release(struct spw_map *map);

/// Asks for [at, at + size) to be read soon, unless its ends are in the page cache.
void spw_map_ahead(const struct spw_map *map, size_t at, size_t size);

/// Says that [at, at + size) will not be read again, so it does not count as resident
/// memory.
void spw_map_behind(const struct spw_map *map, size_t at, size_t size);
