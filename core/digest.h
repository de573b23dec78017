/// SHA-256 of bytes, texts and files: the identity of configurations and constants.
#pragma once

#include "core/bytes.h"
#include "core/status.h"

enum { SPW_SHA256_TEXT = 65 }; ///< 64 lower-case hexadecimal digits and the final zero

/// The digest of `bytes`. Errors: SPW_RETRY (out of memory).
SPW_MUST_CHECK enum spw_status spw_sha256(char digits[SPW_SHA256_TEXT],
                                          struct spw_bytes bytes);

/// A digest being made piece by piece. Memory: its own until spw_digest_finish().
struct spw_digest {
    void *context;
};

/// Begins. Errors: SPW_RETRY (out of memory).
SPW_MUST_CHECK enum spw_status spw_digest_init(struct spw_digest *digest);

/// Adds bytes.
void spw_digest_add(struct spw_digest *digest, struct spw_bytes bytes);

/// Adds a text with its final zero, so that "a" "bc" and "ab" "c" differ.
void spw_digest_add_text(struct spw_digest *digest, const char *text);

/// Reads a whole file into the digest. Errors: SPW_MISSING, SPW_IO.
SPW_MUST_CHECK enum spw_status spw_digest_add_file(struct spw_digest *digest,
                                                   const char *path);

/// Writes the digits and frees the digest.
void spw_digest_finish(struct spw_digest *digest, char digits[SPW_SHA256_TEXT]);
