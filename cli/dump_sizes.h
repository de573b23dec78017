/// `spillway dump --sizes`: which columns of an output take how many bytes an event.
#pragma once

#include "core/status.h"

#include <stdbool.h>

/// Prints every column of an HDF5 file, by group, stored and raw.
/// Errors  SPW_MISSING, SPW_CORRUPT
SPW_MUST_CHECK enum spw_status dump_sizes(const char *path, bool json);
