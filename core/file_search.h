/// Finds the experiments' constants by name: folders in order, recursively, first hit wins,
/// validity ranges in file names respected.
///
/// A name `STEM.EXT` finds `STEM.EXT` (default) and `STEM.runRRRRRR_BBBB-runRRRRRR_BBBB.EXT`,
/// with any number of digits, `STEM.runRRRR.EXT`, or dates; a range that holds the run and
/// burst wins over a file without range in the same folder.
#pragma once

#include "core/arena.h"
#include "core/status.h"

#include <stdint.h>

/// Folders read once; look-ups are in memory.
struct spw_file_search {
    struct spw_found_file *file; ///< all regular files, in search order
    uint32_t count;
    const char *folders;         ///< as given
};

/// Lists "DIR[:DIR...]" recursively, each folder's entries in byte order of their names.
/// Errors  SPW_MISSING when a folder does not exist.
SPW_MUST_CHECK enum spw_status spw_file_search_open(struct spw_file_search *search,
                                                    struct spw_arena *arena,
                                                    const char *folders);

/// The path of the file for this run and burst, or NULL. `name` = "LKr-chaslope.dat".
const char *spw_file_search_find(const struct spw_file_search *search,
                                 const char *name,
                                 uint32_t run,
                                 uint32_t burst);
