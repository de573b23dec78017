#include "support/damage.h"

#include "support/test.h"

#include <string.h>

enum { WINDOW = 256 };

static size_t below(uint64_t *random, size_t n)
{
    return (size_t)(test_random(random) % n);
}

static void flip_bits(uint8_t *data, size_t size, size_t n, uint64_t *random)
{
    while (n--) data[below(random, size)] ^= (uint8_t)(1u << below(random, 8));
}

static void swap_words(uint8_t *data, size_t size, uint64_t *random)
{
    uint8_t word[4];
    const size_t a = below(random, size / 4) * 4, b = below(random, size / 4) * 4;
    memcpy(word, data + a, 4);
    memmove(data + a, data + b, 4);
    memcpy(data + b, word, 4);
}

static void hurt_window(uint8_t *data, size_t size, uint64_t *random)
{
    switch (below(random, 5)) {
    case 0:
        memset(data, 0, size);
        break;
    case 1:
        memset(data, 0xFF, size);
        break;
    case 2:
        swap_words(data, size, random);
        break;
    case 3:
        memmove(data + 4, data, size - 4);
        break;
    default:
        flip_bits(data, size, 1 + below(random, 8), random);
    }
}

struct damage damage_apply(uint8_t *data, size_t size, uint64_t *random)
{
    if (below(random, 8) == 0) {
        flip_bits(data, size, 1 + size / 100, random);
        return (struct damage){0, size, size};
    }
    if (below(random, 6) == 0) {
        const size_t left = below(random, size);
        return (struct damage){left, size, left};
    }
    size_t length = 8 + below(random, WINDOW);
    if (length > size) length = size;
    const size_t first = below(random, size - length + 1) & ~(size_t)3;
    hurt_window(data + first, length, random);
    return (struct damage){first, first + length, size};
}
