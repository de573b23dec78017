#include "core/digest.h"

#include <openssl/evp.h>

enum spw_status spw_sha256(char hex[SPW_SHA256_TEXT], struct spw_bytes bytes)
{
    static const char digits[] = "0123456789abcdef";
    unsigned char digest[32];
    if (EVP_Digest(bytes.data, bytes.size, digest, NULL, EVP_sha256(), NULL) != 1)
        return SPW_FAIL(SPW_INTERNAL, "SHA-256 of %zu bytes failed", bytes.size);
    for (int i = 0; i < 32; ++i) {
        hex[2 * i] = digits[digest[i] >> 4];
        hex[2 * i + 1] = digits[digest[i] & 15];
    }
    hex[64] = 0;
    return SPW_OK;
}
