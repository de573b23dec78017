/// Random damage to bytes, and the range it touched.
#pragma once

#include <stddef.h>
#include <stdint.h>

struct damage {
    size_t first, end; ///< bytes outside [first, end) are as they were
    size_t size;       ///< bytes that are left
};

/// Flips bits, zeroes or fills a range, swaps words, moves words up, or cuts the end off; one time
/// in eight all over the place.
struct damage damage_apply(uint8_t *data, size_t size, uint64_t *random);
