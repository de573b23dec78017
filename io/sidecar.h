/// The catalogue record beside an output: MetaCat-style JSON, written last as the done marker.
#pragma once

#include "core/status.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

/// adler32 of a file as 8 lower-case hex digits. Errors: SPW_MISSING, SPW_IO.
SPW_MUST_CHECK enum spw_status
spw_file_adler32(const char *path, char digits[9], uint64_t *size_bytes);

/// Writes `record` to `path` through a temporary name, synced and renamed.
SPW_MUST_CHECK enum spw_status spw_sidecar_write(const char *path, json_t *record);

/// True when `sidecar` exists, and every file it lists has the size and adler32 it states, and
/// its `spillway.request_digest` equals `request_digest`: the work is already done.
bool spw_sidecar_is_done(const char *sidecar, const char *request_digest);
