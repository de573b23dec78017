/// Spans of little-endian bytes and a cursor that remembers the first read past the end.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/// Read-only bytes that somebody else owns.
struct spw_bytes {
    const uint8_t *data;
    size_t size;
};

/// Reads forward; after the first read past the end `overrun` stays set and reads give 0.
struct spw_cursor {
    struct spw_bytes bytes;
    size_t at;
    bool overrun;
};

static inline struct spw_cursor spw_cursor_over(struct spw_bytes bytes)
{
    return (struct spw_cursor){bytes, 0, false};
}

static inline uint16_t spw_load_u16(const uint8_t *data)
{
    uint16_t value;
    memcpy(&value, data, sizeof value);
    return value;
}

static inline uint32_t spw_load_u32(const uint8_t *data)
{
    uint32_t value;
    memcpy(&value, data, sizeof value);
    return value;
}

static inline void spw_store_u16(uint8_t *data, uint16_t value)
{
    memcpy(data, &value, sizeof value);
}

static inline void spw_store_u32(uint8_t *data, uint32_t value)
{
    memcpy(data, &value, sizeof value);
}

/// `size` bytes from `at`, cut at the end of `bytes`.
static inline struct spw_bytes
spw_bytes_from(struct spw_bytes bytes, size_t at, size_t size)
{
    if (at > bytes.size) at = bytes.size;
    if (size > bytes.size - at) size = bytes.size - at;
    return (struct spw_bytes){bytes.data + at, size};
}

static inline bool spw_cursor_has(const struct spw_cursor *cursor, size_t size)
{
    return size <= cursor->bytes.size - cursor->at;
}

static inline uint32_t spw_take_u32(struct spw_cursor *cursor)
{
    if (!spw_cursor_has(cursor, 4)) {
        cursor->overrun = true;
        return 0;
    }
    const uint32_t value = spw_load_u32(cursor->bytes.data + cursor->at);
    cursor->at += 4;
    return value;
}

/// A pointer to `size` bytes, or NULL (and `overrun`) when fewer are left.
static inline const uint8_t *spw_take_bytes(struct spw_cursor *cursor, size_t size)
{
    if (!spw_cursor_has(cursor, size)) {
        cursor->overrun = true;
        return NULL;
    }
    const uint8_t *data = cursor->bytes.data + cursor->at;
    cursor->at += size;
    return data;
}

/// Bits [msb:lsb] of a word, both inclusive, as in the format descriptions.
#define SPW_BITS(word, msb, lsb) \
    ((uint32_t)(((uint64_t)(word) >> (lsb)) & ((UINT64_C(1) << ((msb) - (lsb) + 1)) - 1)))

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__,
               "spillway reads little-endian words in place");
