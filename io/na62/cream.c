/// CREAM modules of LKr, MUV1, MUV2 and SAV (formats/na62.md 3.6).
///
///   words 0-3  module header; [15:0] of word 3: slot [4:0], crate [10:5]
///   word 4     [15:0] payload in words = channels * S / 2 + 3, [24:16] samples S per channel,
///              [30] zero suppressed, [31] L0 request (0)
///   word 5     channel mask
///   word 6 ... S samples of 16 bits per channel, channels ascending, two a word, low half first
///   last       XOR of all words before
///
/// Block length, payload and mask * S state the size three times; two of them settle it.

#include "io/na62/blocks.h"

#include <string.h>

enum {
    HEADER_WORDS = 4,
    EMPTY_WORDS = 7, ///< blocks up to this size hold no samples
    FIXED_WORDS = 7, ///< header, two words, checksum
    CHANNELS = 32,
    CRATES = 32,
    CALORIMETER_CRATE = 31, ///< MUV1, MUV2, SAV
    SAV_SLOT = 16,
    SLOTS = 16,
    FULL_SCALE = 16383,
    OSCILLATION_ADC = 32, ///< least step of an oscillating channel
};

/* Modules already seen of a source, one bit each. */
struct seen {
    uint32_t crate[CRATES];
};

/* Where the pulses of a module go. */
struct target {
    uint32_t stream, address, seen_crate, seen_slot;
};

/* Slots 3-10 and 13-20 are 0-15; crates 0, 3, 28, 31 are no LKr. */
static inline bool lkr_target(uint32_t crate, uint32_t slot, struct target *target)
{
    const uint32_t no_crates = 1u << 0 | 1u << 3 | 1u << 28 | 1u << 31;
    const uint32_t low = slot - 3, high = slot - 13;
    if ((low >= 8 && high >= 8) || crate >= CRATES || (no_crates >> crate & 1))
        return false;
    const uint32_t index = low < 8 ? low : high + 8;
    *target = (struct target){NA62_LKR, 512 * crate + CHANNELS * index, crate, slot};
    return true;
}

static bool
muv_target(uint32_t source, uint32_t crate, uint32_t slot, struct target *target)
{
    if (crate != CALORIMETER_CRATE) return false;
    if (source == NA62_SOURCE_MUV1 && slot >= 3 && slot <= 8)
        *target = (struct target){NA62_MUV1, CHANNELS * (slot - 3), crate, slot};
    else if (source == NA62_SOURCE_MUV2 && slot >= 13 && slot <= 15)
        *target = (struct target){NA62_MUV2, CHANNELS * (slot - 13), crate, slot};
    else if (source == NA62_SOURCE_MUV2 && slot == SAV_SLOT)
        *target = (struct target){NA62_SAV, 0, crate, slot};
    else
        return false;
    return true;
}

static inline bool find_target(uint32_t source,
                               uint32_t sub_id,
                               const struct seen *seen,
                               struct target *target)
{
    const uint32_t slot = SPW_BITS(sub_id, 4, 0), crate = SPW_BITS(sub_id, 10, 5);
    const bool known = source == NA62_SOURCE_LKR ? lkr_target(crate, slot, target)
                                                 : muv_target(source, crate, slot, target);
    return known && !(seen->crate[target->seen_crate] >> target->seen_slot & 1);
}

static void set_seen(struct seen *seen, const struct target *target)
{
    seen->crate[target->seen_crate] |= 1u << target->seen_slot;
}

/* Samples of a module: all sizes agree with each other. */
struct payload {
    uint32_t n_samples, mask, n_channels;
    struct na62_words words; ///< the block
    uint32_t quality;
};

/* Bits set; without the instruction for it, which the oldest processors do not have. */
static inline uint32_t count_bits(uint32_t mask)
{
    mask -= mask >> 1 & 0x55555555;
    mask = (mask & 0x33333333) + (mask >> 2 & 0x33333333);
    return ((mask + (mask >> 4)) & 0x0f0f0f0f) * 0x01010101 >> 24;
}

static uint32_t size_by_mask(uint32_t n_channels, uint32_t n_samples)
{
    return n_channels * n_samples / 2 + FIXED_WORDS;
}

/* The size of a module by two of its three statements; false when all disagree. */
static bool settle_size(struct na62_unpack *u,
                        const struct na62_module *module,
                        uint32_t usual_samples,
                        struct payload *payload)
{
    const uint32_t header = na62_word(&module->rest, 4);
    const uint32_t by_block = module->length,
                   by_payload = SPW_BITS(header, 15, 0) + HEADER_WORDS;
    payload->mask = na62_word(&module->rest, 5);
    payload->n_channels = count_bits(payload->mask);
    payload->n_samples = SPW_BITS(header, 24, 16);
    payload->quality = module->quality;
    uint32_t by_mask = size_by_mask(payload->n_channels, payload->n_samples),
             size = by_block;
    if (by_block != by_payload || by_payload != by_mask) {
        na62_count(u, NA62_TALLY_CREAM_RECOVERED);
        payload->quality |= SPW_BAD_CHECK;
        if (by_block == by_payload) { /* then the number of samples may be damaged */
            payload->n_samples = usual_samples;
            by_mask = size_by_mask(payload->n_channels, usual_samples);
        } else if (by_payload == by_mask) {
            size = by_payload;
        }
        if (size != by_mask) {
            --u->tally[NA62_TALLY_CREAM_RECOVERED];
            return false;
        }
    }
    const uint32_t n = payload->n_samples;
    if (n == 0 || n % 2 || size > module->rest.count) return false;
    payload->words = na62_words_from(&module->rest, 0, size);
    return true;
}

static bool is_power_of_two(int32_t step)
{
    for (int32_t power = OSCILLATION_ADC; power <= FULL_SCALE; power *= 2)
        if (step >= power - power / 16 && step <= power + power / 16) return true;
    return false;
}

/* Samples jump up and down by about a power of two: a stuck bit. */
static bool oscillates(const uint16_t *sample, uint32_t n)
{
    const int32_t first = (int32_t)sample[1] - sample[0];
    int32_t sum = 0;
    for (uint32_t k = 1; k < n; ++k) {
        const int32_t step = (int32_t)sample[k] - sample[k - 1];
        const int32_t along = (k & 1) == (first > 0) ? step : -step;
        if (along < OSCILLATION_ADC / 2) return false;
        sum += along;
    }
    return is_power_of_two(sum / (int32_t)(n - 1));
}

/* The first three samples do not rule out that the channel oscillates. */
static bool may_oscillate(const uint16_t *sample)
{
    enum { LEAST = OSCILLATION_ADC / 2 };

    const int32_t first = (int32_t)sample[1] - sample[0],
                  second = (int32_t)sample[2] - sample[1];
    return (int64_t)first * second <= -LEAST * LEAST;
}

/* Quality bits of a channel with a sample at a border of the range. */
static uint32_t check_extremes(struct na62_unpack *u, const uint16_t *sample, uint32_t n)
{
    uint32_t quality = 0, zeros[2] = {0, 0};
    for (uint32_t k = 0; k < n; ++k) {
        zeros[k & 1] += sample[k] == 0;
        if (sample[k] == 0) quality |= SPW_UNDERFLOW;
        if (sample[k] >= FULL_SCALE) quality |= SPW_SATURATED;
    }
    if ((zeros[0] == n / 2) != (zeros[1] == n / 2)) {
        na62_count(u, NA62_TALLY_CREAM_ZERO_PHASE);
        quality |= SPW_BAD_CHECK;
    }
    return quality;
}

/* Samples that lie one channel behind the other to rows of the stream, which are wider. */
static void
spread_samples(struct spw_raw_pulses *pulses, uint32_t row, const struct payload *payload)
{
    const size_t n = payload->n_samples, stride = pulses->n_samples;
    uint16_t *sample = pulses->sample + row * stride;
    for (size_t i = payload->n_channels; i-- > 0;) {
        memmove(sample + i * stride, sample + i * n, sizeof *sample * n);
        memset(sample + i * stride + n, 0, sizeof *sample * (stride - n));
    }
}

/* Copies the samples to rows behind the last one, where they do not count yet, and looks at them:
 * checksum over the block; `*extreme` when a sample is at a border of the range. */
static inline bool copy_samples(const struct na62_unpack *u,
                                struct spw_raw_pulses *pulses,
                                const struct payload *payload,
                                bool *extreme)
{
    enum { BEFORE = FIXED_WORDS - 1 };

    const struct na62_words *words = &payload->words;
    const uint32_t row = pulses->rows.count;
    uint16_t *sample = pulses->sample + (size_t)row * pulses->n_samples;
    uint32_t sum = u->kernel->cream_copy(words->data + 4 * BEFORE,
                                         words->count - FIXED_WORDS, sample, extreme);
    if (payload->n_samples < pulses->n_samples) spread_samples(pulses, row, payload);
    for (uint32_t i = 0; i < BEFORE; ++i) sum ^= na62_word(words, i);
    return sum == na62_word(words, words->count - 1);
}

/* Looks at every channel of a module for what its samples tell about it. */
static void check_channels(struct na62_unpack *u,
                           struct spw_raw_pulses *pulses,
                           uint32_t n_rows,
                           bool extreme)
{
    for (uint32_t row = pulses->rows.count - n_rows; row < pulses->rows.count; ++row) {
        const uint32_t n = pulses->length[row];
        const uint16_t *sample = pulses->sample + (size_t)row * pulses->n_samples;
        uint32_t quality = extreme ? check_extremes(u, sample, n) : 0;
        if (n > 2 && oscillates(sample, n)) {
            na62_count(u, NA62_TALLY_CREAM_OSCILLATING);
            quality |= SPW_BAD_CHECK;
        }
        pulses->quality[row] |= (uint8_t)quality;
    }
}

/* Rows of the channels whose samples were copied. */
static inline void add_pulses(struct na62_unpack *u,
                              const struct target *target,
                              const struct payload *payload,
                              bool extreme)
{
    struct spw_raw_pulses *pulses = &u->batch->pulses[target->stream];
    const uint32_t n = payload->n_samples, stride = pulses->n_samples;
    const uint32_t first = pulses->rows.count;
    const uint16_t *sample = pulses->sample + (size_t)first * stride;
    uint32_t *restrict address = pulses->address + first;
    uint16_t *restrict length = pulses->length + first;
    uint8_t *restrict quality = pulses->quality + first;
    uint32_t row = 0, strange = extreme;
    for (uint32_t mask = payload->mask; mask; mask &= mask - 1, ++row, sample += stride) {
        strange |= n > 2 && may_oscillate(sample);
        address[row] = target->address + (uint32_t)__builtin_ctz(mask);
        length[row] = (uint16_t)n;
        quality[row] = (uint8_t)payload->quality;
    }
    pulses->rows.count = first + row;
    if (strange) check_channels(u, pulses, row, extreme);
}

/* Room for all channels of a module with `n_samples` samples. */
static inline enum spw_status
reserve(struct na62_unpack *u, uint32_t stream, uint32_t n_samples)
{
    const struct spw_raw_pulses *pulses = &u->batch->pulses[stream];
    if (CHANNELS <= pulses->rows.capacity - pulses->rows.count &&
        n_samples <= pulses->n_samples)
        return SPW_OK;
    return spw_raw_pulses_reserve(u->batch, stream, CHANNELS, n_samples);
}

static void check_time(struct na62_unpack *u, struct na62_module *module)
{
    const uint32_t expected = u->event.ticks + u->settings.latency;
    if (((module->timestamp ^ expected) & 0x7FFFFFFF) == 0) return;
    na62_count(u, NA62_TALLY_CREAM_TIME);
    module->quality |= SPW_BAD_BOARD_TIME;
}

/* Rows of the present event in a pulse stream have this many samples, or there are none. */
static bool samples_agree(const struct na62_unpack *u, uint32_t stream, uint32_t n_samples)
{
    const struct spw_raw_pulses *pulses = &u->batch->pulses[stream];
    const uint32_t first = pulses->rows.first[u->batch->events.rows.count];
    return pulses->rows.count == first || pulses->length[first] == n_samples;
}

/* Samples of a module, all or none; `modules` goes on behind it. Cold: good modules do not come
 * here, so that what it shares with take_usual() is inlined there. */
__attribute__((cold)) static enum spw_status decode_module(struct na62_unpack *u,
                                                           struct na62_modules *modules,
                                                           const struct na62_module *module,
                                                           struct seen *seen,
                                                           const struct target *target)
{
    const bool muv = target->stream == NA62_MUV1 || target->stream == NA62_MUV2;
    const uint32_t usual = u->settings.check_windows ? (muv ? 10 : 8) : 16;
    struct payload payload;
    if (module->rest.count < FIXED_WORDS || !settle_size(u, module, usual, &payload)) {
        na62_damage(u, NA62_TALLY_CREAM_LENGTH);
        return SPW_OK;
    }
    modules->at = modules->header_at + payload.words.count;
    bool extreme;
    SPW_TRY(reserve(u, target->stream, payload.n_samples));
    if (!copy_samples(u, &u->batch->pulses[target->stream], &payload, &extreme)) {
        na62_count(u, NA62_TALLY_CREAM_CHECKSUM);
        payload.quality |= SPW_BAD_CHECK;
        if (na62_modules_claim_again(u, modules, module->sub_id)) {
            na62_damage(u, NA62_TALLY_BLOCK_BOARD);
            return SPW_OK;
        }
    }
    set_seen(seen, target);
    if (na62_word(&payload.words, 4) >> 31) na62_count(u, NA62_TALLY_CREAM_REQUEST);
    if (!samples_agree(u, target->stream, payload.n_samples))
        na62_count(u, NA62_TALLY_CREAM_SAMPLES);
    add_pulses(u, target, &payload, extreme);
    return SPW_OK;
}

/* What the headers of all good modules of an event and source say. */
struct usual {
    uint32_t mark, timestamp, trigger;
};

/* The header of a module agrees with the event, its three sizes with each other, and another
 * module or the end of the source follows. One test, so that there is one branch. */
static inline bool agrees(const struct usual *usual,
                          const struct na62_words *rest,
                          const struct payload *payload)
{
    enum { TIME_BIT = 1, CHECKED = 0xff3f0000 }; /* error bits, L0 trigger word */

    const uint32_t length = SPW_BITS(na62_word(rest, 1), 15, 0);
    const uint32_t header = na62_word(rest, 4);
    const uint32_t differ =
        (na62_word(rest, 0) ^ usual->mark) |
        (na62_word(rest, 2) ^ usual->timestamp) << TIME_BIT |
        ((na62_word(rest, 3) ^ usual->trigger) & (uint32_t)CHECKED) |
        (length ^ size_by_mask(payload->n_channels, payload->n_samples)) |
        (length ^ (SPW_BITS(header, 15, 0) + HEADER_WORDS)) | header >> 31;
    if (differ || length > rest->count) return false;
    const uint32_t behind = rest->count - length;
    return behind == 0 ||
           (behind >= HEADER_WORDS && na62_word(rest, length) == usual->mark);
}

/* Takes a module that is in every respect as it should be, nearly all of them; false when the
 * next one must be looked at closely. Nothing has been done then. */
static inline bool take_usual(struct na62_unpack *u,
                              const struct usual *usual,
                              struct na62_modules *modules,
                              struct seen *seen)
{
    const uint32_t at = modules->at, left = modules->words.count - at;
    if (left <= EMPTY_WORDS) return false;
    const struct na62_words rest = na62_words_from(&modules->words, at, left);
    const uint32_t mask = na62_word(&rest, 5);
    struct payload payload = {
        .n_samples = SPW_BITS(na62_word(&rest, 4), 24, 16),
        .mask = mask,
        .n_channels = count_bits(mask),
    };
    struct target target;
    bool extreme;
    if (mask == 0 || !agrees(usual, &rest, &payload)) return false;
    if (!find_target(modules->source, SPW_BITS(na62_word(&rest, 3), 15, 0), seen, &target))
        return false;
    struct spw_raw_pulses *pulses = &u->batch->pulses[target.stream];
    if (payload.n_samples != pulses->n_samples ||
        CHANNELS > pulses->rows.capacity - pulses->rows.count ||
        !samples_agree(u, target.stream, payload.n_samples))
        return false;
    const uint32_t length = size_by_mask(payload.n_channels, payload.n_samples);
    payload.words = na62_words_from(&rest, 0, length);
    if (!copy_samples(u, pulses, &payload, &extreme)) return false;
    modules->at = at + length;
    set_seen(seen, &target);
    add_pulses(u, &target, &payload, extreme);
    return true;
}

/* The words of a source in the byte order of this program. */
static enum spw_status swap_words(struct na62_unpack *u,
                                  const struct na62_words *words,
                                  struct na62_words *swapped)
{
    uint8_t *data;
    SPW_NEW(u->batch->arena, data, 4 * (size_t)words->count);
    for (uint32_t i = 0; i < words->count; ++i)
        spw_store_u32(data + 4 * (size_t)i, __builtin_bswap32(na62_word(words, i)));
    *swapped = (struct na62_words){data, words->count, words->count};
    return SPW_OK;
}

/* Triggers whose modules send a fixed payload without samples: 0x20-0x28 and special frames. */
static bool is_quiet(const struct na62_event *event)
{
    return event->special || (event->l0_type >= 0x20 && event->l0_type <= 0x28);
}

enum spw_status
na62_cream_decode(struct na62_unpack *u, uint32_t source, const struct na62_words *words)
{
    struct na62_words own = *words;
    if (u->settings.cream_swapped) SPW_TRY(swap_words(u, words, &own));
    struct na62_modules modules = {.words = own, .source = source};
    struct na62_module module;
    struct seen seen = {{0}};
    const bool quiet = is_quiet(&u->event);
    const struct usual usual = {
        .mark = na62_module_mark(u, source),
        .timestamp = u->event.ticks + u->settings.latency,
        .trigger = (u->event.l0_type & 0x3f) << 16,
    };
    for (;;) {
        struct target target;
        while (!quiet && take_usual(u, &usual, &modules, &seen)) continue;
        if (!na62_modules_next(u, &modules, &module)) break;
        check_time(u, &module);
        if (!find_target(source, module.sub_id, &seen, &target)) {
            na62_damage(u, NA62_TALLY_BLOCK_BOARD);
            continue;
        }
        if (quiet) {
            SPW_TRY(na62_record_words(u, source, module.sub_id, NA62_RECORD_CREAM_WORD,
                                      &module.words, HEADER_WORDS));
            continue;
        }
        if (module.length <= EMPTY_WORDS && module.words.count <= EMPTY_WORDS) continue;
        SPW_TRY(decode_module(u, &modules, &module, &seen, &target));
    }
    return SPW_OK;
}
