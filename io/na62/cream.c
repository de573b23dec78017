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
    HEADER_WORDS = NA62_CREAM_HEADER_WORDS,
    EMPTY_WORDS = 7, ///< blocks up to this size hold no samples
    FIXED_WORDS = NA62_CREAM_FIXED_WORDS,
    CHANNELS = NA62_CREAM_CHANNELS,
    FULL_SCALE = NA62_CREAM_MAX_ADC + 1,
    OSCILLATION_ADC = 2 * NA62_CREAM_STEP_ADC,
};

/* Slots of modules that a source does not have, or that were seen already, one bit each. */
struct taken {
    uint32_t crate[NA62_CREAM_CRATES];
};

/* Where the pulses of a module go. */
struct target {
    uint32_t stream, address, crate, slot;
};

enum { ALL = 0xFFFFFFFF };

#define CALORIMETER_CRATE \
    {                     \
        [0 ... 30] = ALL  \
    }

/* Streams of a source. */
static const struct place {
    uint32_t source, stream;
    struct na62_cream_places places;
} places[] = {
    {NA62_SOURCE_LKR,
     NA62_LKR,
     {.absent = {[0] = ALL, [3] = ALL, [28] = ALL, [31] = ALL},
      .slots = 0x1fe7f8,
      .crate_step = 512,
      .module = {[3] = 0, 1, 2, 3, 4, 5, 6, 7, [13] = 8, 9, 10, 11, 12, 13, 14, 15}}},
    {NA62_SOURCE_MUV1,
     NA62_MUV1,
     {.absent = CALORIMETER_CRATE, .slots = 0x1f8, .module = {[3] = 0, 1, 2, 3, 4, 5}}},
    {NA62_SOURCE_MUV2,
     NA62_MUV2,
     {.absent = CALORIMETER_CRATE, .slots = 0xe000, .module = {[13] = 0, 1, 2}}},
    {NA62_SOURCE_MUV2, NA62_SAV, {.absent = CALORIMETER_CRATE, .slots = 0x10000}},
};

enum { N_PLACES = sizeof places / sizeof *places };

static struct taken absent_of(uint32_t source)
{
    struct taken taken;
    const struct place *place = places;
    while (place->source != source) ++place;
    memcpy(taken.crate, place->places.absent, sizeof taken.crate);
    return taken;
}

static bool find_target(uint32_t source,
                        uint32_t sub_id,
                        const struct taken *taken,
                        struct target *target)
{
    const uint32_t slot = SPW_BITS(sub_id, 4, 0), crate = SPW_BITS(sub_id, 10, 5);
    if (crate >= NA62_CREAM_CRATES || (taken->crate[crate] >> slot & 1)) return false;
    for (size_t i = 0; i < N_PLACES; ++i) {
        const struct na62_cream_places *p = &places[i].places;
        if (places[i].source != source || !(p->slots >> slot & 1)) continue;
        *target = (struct target){places[i].stream, na62_cream_address(p, crate, slot),
                                  crate, slot};
        return true;
    }
    return false;
}

/* Samples of a module: all sizes agree with each other. */
struct payload {
    uint32_t n_samples, mask, n_channels;
    struct na62_words words; ///< the block
    uint32_t quality;
};

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
    payload->n_channels = (uint32_t)__builtin_popcount(payload->mask);
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

/* Copies the samples to rows behind the last one, where they do not count yet; false when the
 * checksum over the block is wrong. */
static bool copy_samples(struct spw_raw_pulses *pulses, const struct payload *payload)
{
    enum { BEFORE = FIXED_WORDS - 1 };

    const struct na62_words *words = &payload->words;
    const uint32_t row = pulses->rows.count;
    uint16_t *sample = pulses->sample + (size_t)row * pulses->n_samples;
    uint32_t sum = 0;
    memcpy(sample, words->data + 4 * BEFORE, 4 * (size_t)(words->count - FIXED_WORDS));
    if (payload->n_samples < pulses->n_samples) spread_samples(pulses, row, payload);
    for (uint32_t i = 0; i < words->count; ++i) sum ^= na62_word(words, i);
    return sum == 0;
}

/* Looks at the channels of [first, end) for what their samples tell about them. */
static void check_rows(struct na62_unpack *u,
                       struct spw_raw_pulses *pulses,
                       uint32_t first,
                       uint32_t end)
{
    for (uint32_t row = first; row < end; ++row) {
        const uint32_t n = pulses->length[row];
        const uint16_t *sample = pulses->sample + (size_t)row * pulses->n_samples;
        uint32_t quality = check_extremes(u, sample, n);
        if (n > 2 && oscillates(sample, n)) {
            na62_count(u, NA62_TALLY_CREAM_OSCILLATING);
            quality |= SPW_BAD_CHECK;
        }
        pulses->quality[row] |= (uint8_t)quality;
    }
}

void na62_cream_finish(struct na62_unpack *u, uint32_t stream)
{
    enum { BLOCK = 64 };

    struct spw_raw_pulses *pulses = &u->batch->pulses[stream];
    const uint32_t n = pulses->rows.count, stride = pulses->n_samples;
    for (uint32_t row = u->first_row[stream]; row < n; row += BLOCK) {
        const uint32_t n_rows = n - row < BLOCK ? n - row : BLOCK;
        if (u->cream->strange(pulses->sample + (size_t)row * stride, n_rows, stride))
            check_rows(u, pulses, row, row + n_rows);
    }
}

/* Rows of the channels whose samples were copied. */
static void add_pulses(struct na62_unpack *u,
                       const struct target *target,
                       const struct payload *payload)
{
    struct spw_raw_pulses *pulses = &u->batch->pulses[target->stream];
    for (uint32_t mask = payload->mask; mask; mask &= mask - 1) {
        const uint32_t row = pulses->rows.count++;
        pulses->address[row] = target->address + (uint32_t)__builtin_ctz(mask);
        pulses->length[row] = (uint16_t)payload->n_samples;
        pulses->quality[row] = (uint8_t)payload->quality;
    }
}

/* Room for all channels of a module with `n_samples` samples. */
static enum spw_status reserve(struct na62_unpack *u, uint32_t stream, uint32_t n_samples)
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

/* Samples of a module, all or none; `modules` goes on behind it. */
static enum spw_status decode_module(struct na62_unpack *u,
                                     struct na62_modules *modules,
                                     const struct na62_module *module,
                                     struct taken *taken,
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
    SPW_TRY(reserve(u, target->stream, payload.n_samples));
    if (!copy_samples(&u->batch->pulses[target->stream], &payload)) {
        na62_count(u, NA62_TALLY_CREAM_CHECKSUM);
        payload.quality |= SPW_BAD_CHECK;
        if (na62_modules_claim_again(u, modules, module->sub_id)) {
            na62_damage(u, NA62_TALLY_BLOCK_BOARD);
            return SPW_OK;
        }
    }
    taken->crate[target->crate] |= 1u << target->slot;
    if (na62_word(&payload.words, 4) >> 31) na62_count(u, NA62_TALLY_CREAM_REQUEST);
    if (!samples_agree(u, target->stream, payload.n_samples))
        na62_count(u, NA62_TALLY_CREAM_SAMPLES);
    add_pulses(u, target, &payload);
    return SPW_OK;
}

/* Takes modules of a stream as long as they are as they should be; true when there were any. */
static bool take_usual(struct na62_unpack *u,
                       const struct place *place,
                       struct na62_modules *modules,
                       struct taken *taken)
{
    struct spw_raw_pulses *pulses = &u->batch->pulses[place->stream];
    const uint32_t before = modules->at, n = pulses->n_samples;
    if (n == 0 || n % 2 || !samples_agree(u, place->stream, n)) return false;
    struct na62_cream_walk walk = {
        .words = modules->words.data,
        .n_words = modules->words.count,
        .at = before,
        .mark = na62_module_mark(u, modules->source),
        .timestamp = u->event.ticks + u->settings.latency,
        .trigger = (u->event.l0_type & 0x3f) << 16,
        .places = &place->places,
        .taken = taken->crate,
        .count = pulses->rows.count,
        .capacity = pulses->rows.capacity,
        .n_samples = n,
        .address = pulses->address,
        .length = pulses->length,
        .quality = pulses->quality,
        .sample = pulses->sample,
    };
    u->cream->take(&walk);
    pulses->rows.count = walk.count;
    modules->at = walk.at;
    return walk.at != before;
}

/* The same for all streams of the source. */
static void
take_all_usual(struct na62_unpack *u, struct na62_modules *modules, struct taken *taken)
{
    bool any;
    do {
        any = false;
        for (size_t i = 0; i < N_PLACES; ++i)
            if (places[i].source == modules->source)
                any |= take_usual(u, &places[i], modules, taken);
    } while (any && modules->at < modules->words.count);
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
    struct taken taken = absent_of(source);
    const bool quiet = is_quiet(&u->event);
    for (;;) {
        struct target target;
        if (!quiet) take_all_usual(u, &modules, &taken);
        if (!na62_modules_next(u, &modules, &module)) break;
        check_time(u, &module);
        if (!find_target(source, module.sub_id, &taken, &target)) {
            na62_damage(u, NA62_TALLY_BLOCK_BOARD);
            continue;
        }
        if (quiet) {
            SPW_TRY(na62_record_words(u, source, module.sub_id, NA62_RECORD_CREAM_WORD,
                                      &module.words, HEADER_WORDS));
            continue;
        }
        if (module.length <= EMPTY_WORDS && module.words.count <= EMPTY_WORDS) continue;
        SPW_TRY(decode_module(u, &modules, &module, &taken, &target));
    }
    return SPW_OK;
}
