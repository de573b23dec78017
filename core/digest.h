/// SHA-256: the identity of configurations and constants.
#pragma once

#include "core/bytes.h"
#include "core/status.h"

enum { SPW_SHA256_TEXT = 65 }; ///< 64 hexadecimal digits and the final zero

/// The digest of `bytes` as lower-case hexadecimal digits. Errors: SPW_INTERNAL.
SPW_MUST_CHECK enum spw_status spw_sha256(char hex[SPW_SHA256_TEXT],
                                          struct spw_bytes bytes);
