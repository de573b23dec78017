/// The catalogue record beside an output: MetaCat-style JSON, written last as the done
/// marker.
#pragma once

#include "core/status.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

/// adler32 of a file as 8 lower-case hex digits. Errors: SPW_MISSING, SPW_IO.
SPW_MUST_CHECK enum spw_status
spw_file_adler32(const char *path, char digits[9], uint64_t *size_bytes);

/// Writes `record` to `path` through a temporary name, synced and renamed; keys are sorted.
/// Errors  SPW_CANNOT_CREATE, SPW_IO; then `path` is what it was before.
SPW_MUST_CHECK enum spw_status spw_sidecar_write(const char *path, json_t *record);

/// True when the work is already done: `sidecar` exists, `spillway.request_digest` in its
/// `metadata` equals `request_digest`, and every file of `spillway.outputs` there, a list
/// of {"name", "size", "adler32"} beside the sidecar, has the size and checksum stated.
bool spw_sidecar_is_done(const char *sidecar, const char *request_digest);
