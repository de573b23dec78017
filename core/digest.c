#include "core/digest.h"

#include <openssl/evp.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>

enum spw_status spw_digest_init(struct spw_digest *digest)
{
    digest->context = EVP_MD_CTX_new();
    if (!digest->context || EVP_DigestInit_ex(digest->context, EVP_sha256(), NULL) != 1)
        return SPW_FAIL(SPW_RETRY, "out of memory: SHA-256");
    return SPW_OK;
}

void spw_digest_add(struct spw_digest *digest, struct spw_bytes bytes)
{
    EVP_DigestUpdate(digest->context, bytes.data, bytes.size);
}

void spw_digest_add_text(struct spw_digest *digest, const char *text)
{
    spw_digest_add(digest, (struct spw_bytes){(const uint8_t *)text, strlen(text) + 1});
}

enum spw_status spw_digest_add_file(struct spw_digest *digest, const char *path)
{
    FILE *file = fopen(path, "rb");
    if (!file) return SPW_FAIL(SPW_MISSING, "%s: %s", path, strerror(errno));
    uint8_t buffer[1 << 14];
    size_t n;
    while ((n = fread(buffer, 1, sizeof buffer, file)) > 0)
        spw_digest_add(digest, (struct spw_bytes){buffer, n});
    const bool failed = ferror(file);
    fclose(file);
    return failed ? SPW_FAIL(SPW_IO, "%s: cannot be read", path) : SPW_OK;
}

void spw_digest_finish(struct spw_digest *digest, char digits[SPW_SHA256_TEXT])
{
    unsigned char sum[EVP_MAX_MD_SIZE];
    EVP_DigestFinal_ex(digest->context, sum, NULL);
    EVP_MD_CTX_free(digest->context);
    digest->context = NULL;
    for (int i = 0; i < 32; ++i) snprintf(digits + 2 * i, 3, "%02x", sum[i]);
}

enum spw_status spw_sha256(char digits[SPW_SHA256_TEXT], struct spw_bytes bytes)
{
    struct spw_digest digest;
    SPW_TRY(spw_digest_init(&digest));
    spw_digest_add(&digest, bytes);
    spw_digest_finish(&digest, digits);
    return SPW_OK;
}
