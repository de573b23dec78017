/// JSON read through jansson: the door for tables that experiments keep as JSON.
#pragma once

#include "core/arena.h"
#include "core/status.h"

#include <stdint.h>

/// An array of flat objects as a matrix of numbers.
///
/// Shape   value[row * n_keys + k]; NaN where an object has no such key, or no number there
/// Memory  the arena given
struct spw_json_table {
    double *value;
    uint32_t count, n_keys;
};

/// Reads a file that holds one array of objects.
/// Errors  SPW_MISSING; SPW_CORRUPT (no JSON, no array: with line and column); SPW_RETRY.
SPW_MUST_CHECK enum spw_status spw_json_table_open(struct spw_json_table *table,
                                                   struct spw_arena *arena,
                                                   const char *path,
                                                   const char *const *keys,
                                                   uint32_t n_keys);
