/// Kernels of the CREAM decoder: a walk over modules that are in every respect as they should be,
/// nearly all of them, and a look at all samples of a batch (formats/na62.md 3.6).
#pragma once

#include "core/isa.h"

#include <stdbool.h>
#include <stdint.h>

enum {
    NA62_CREAM_CRATES = 32,
    NA62_CREAM_SLOTS = 32,
    NA62_CREAM_CHANNELS = 32, ///< of a module
    NA62_CREAM_HEADER_WORDS = 4,
    NA62_CREAM_FIXED_WORDS = 7, ///< header, two words, checksum
    NA62_CREAM_MAX_ADC = 16382, ///< samples above are at full scale
    NA62_CREAM_STEP_ADC = 16,   ///< least step of an oscillating channel
};

/// Where the modules of a stream are plugged in.
struct na62_cream_places {
    uint32_t absent[NA62_CREAM_CRATES]; ///< bits = slots of a crate; all or none
    uint32_t slots;                     ///< bit = slot of a module, in any crate
    uint32_t crate_step;                ///< addresses of a crate
    uint8_t module[NA62_CREAM_SLOTS];   ///< number in the crate, by slot
};

/// Address of channel 0 of a module that the stream has.
static inline uint32_t
na62_cream_address(const struct na62_cream_places *places, uint32_t crate, uint32_t slot)
{
    return places->crate_step * crate +
           NA62_CREAM_CHANNELS * (uint32_t)places->module[slot];
}

/// A walk over the modules of a source, and the rows of a stream behind it.
struct na62_cream_walk {
    const uint8_t *words;
    uint32_t n_words, at;              ///< the next module begins at word `at`
    uint32_t mark, timestamp, trigger; ///< what the headers of good modules say
    const struct na62_cream_places *places;
    uint32_t *taken;          ///< [NA62_CREAM_CRATES] bits = slots absent or seen
    uint32_t count, capacity; ///< rows
    uint32_t n_samples;       ///< of every channel, even and not 0
    uint32_t *address;
    uint16_t *length;
    uint8_t *quality;
    uint16_t *sample; ///< [capacity * n_samples]
};

struct na62_cream_kernels {
    /// Takes modules up to the end, or to one that is not as usual or may not fit into the rows:
    /// that one is left, with garbage behind the last row.
    void (*take)(struct na62_cream_walk *walk);
    /// False when no sample is 0 or above NA62_CREAM_MAX_ADC, and no channel can oscillate.
    bool (*strange)(const uint16_t *sample, uint32_t n_rows, uint32_t n_samples);
};

SPW_DECLARE_KERNELS(na62_cream_kernels);
