/// SHA-256 of texts and files, as 64 lower-case hex digits.
#pragma once

#include "core/bytes.h"
#include "core/status.h"

/// A digest being made. Memory: its own until spw_digest_finish().
struct spw_digest {
    void *context;
};

SPW_MUST_CHECK enum spw_status spw_digest_init(struct spw_digest *digest);

void spw_digest_add(struct spw_digest *digest, struct spw_bytes bytes);

void spw_digest_add_text(struct spw_digest *digest, const char *text);

/// Reads a whole file into the digest. Errors: SPW_MISSING, SPW_IO.
SPW_MUST_CHECK enum spw_status spw_digest_add_file(struct spw_digest *digest, const char *path);

/// Writes the digits and frees the digest.
void spw_digest_finish(struct spw_digest *digest, char digits[65]);
