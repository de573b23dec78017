/// Finds the experiments' constants by name, with the validity ranges in file names respected.
///
/// A name `STEM.EXT` finds, in the first listed folder that holds any of them (subfolders
/// included), the narrowest range with the run and burst in it, then the file without a range:
///
///     STEM.run007000_0000-run008299_9999.EXT   first and last run and burst, both included
///     STEM.run007000-run008299.EXT             all bursts of these runs
///     STEM.run5670.EXT, STEM.run5670_0012.EXT  one run, one burst
///     STEM.EXT                                 always valid
///
/// Any number of digits is right; a last burst of nines only is the end of the run. Of two equal
/// ranges the first in search order wins. Other qualifiers (`STEM.2017.EXT`, a date) belong to the
/// name: such files are found under their full name only.
#pragma once

#include "core/arena.h"
#include "core/status.h"

#include <stdint.h>

/// Folders read once; look-ups are in memory.
struct spw_file_search {
    struct spw_found_file *file; ///< all regular files, in search order
    uint32_t count;
    const char *folders; ///< as given
};

/// Lists "DIR[:DIR...]" recursively, each folder's entries in byte order of their names; hidden
/// entries are left out. Memory: `arena`.
/// Errors  SPW_MISSING when a folder does not exist, SPW_IO when one cannot be listed.
SPW_MUST_CHECK enum spw_status spw_file_search_open(struct spw_file_search *search,
                                                    struct spw_arena *arena,
                                                    const char *folders);

/// The path of the file for this run and burst, or NULL. `name` = "LKr-chaslope.dat".
const char *spw_file_search_find(const struct spw_file_search *search,
                                 const char *name,
                                 uint32_t run,
                                 uint32_t burst);
