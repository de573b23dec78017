#include "io/na62/cream_kernels.h"

#include "core/bytes.h"

enum { LKR_HALF = 4, HEADER = NA62_CREAM_HEADER_WORDS, FIXED = NA62_CREAM_FIXED_WORDS };

static inline uint32_t word(const uint8_t *module, uint32_t i)
{
    return spw_load_u32(module + 4 * (size_t)i);
}

static inline uint64_t two_words(const uint8_t *module, uint32_t i)
{
    uint64_t two;
    memcpy(&two, module + 4 * (size_t)i, sizeof two);
    return two;
}

/* What the headers of good modules say. */
struct usual {
    uint32_t mark, payload; ///< words 0 and 4, this less the length
    uint64_t place;         ///< words 2 and 3
};

/* Bits of them that must agree: time without the highest bit, error bits, L0 trigger word, no
 * crate above 31; the payload's size, samples and L0 request. */
#define PLACE_BITS   UINT64_C(0xff3f04007fffffff)
#define PAYLOAD_BITS UINT32_C(0x81ffffff)

/* The header of a module agrees with the event, its three sizes with each other, and another
 * module or the end of the source follows. One test, so that there is one branch. */
static inline bool
agrees(const struct usual *usual, const uint8_t *module, int64_t left, uint32_t half)
{
    const uint32_t length = spw_load_u16(module + 4);
    const uint32_t n_channels = (uint32_t)__builtin_popcount(word(module, 5));
    const uint64_t differ = ((two_words(module, 2) ^ usual->place) & PLACE_BITS) |
                            (word(module, 0) ^ usual->mark) |
                            (((word(module, 4) & PAYLOAD_BITS) - length) ^ usual->payload) |
                            ((n_channels * half + FIXED) ^ length);
    if (differ) return false;
    const int64_t behind = left - length;
    return behind == 0 || (behind >= HEADER && word(module, length) == usual->mark);
}

/* Eight samples, two a word: the fewest that a usual channel has. */
typedef uint64_t sample_vector __attribute__((vector_size(16)));

/* Copies the samples of a channel, returns `sum` with their XOR. */
static inline sample_vector copy_channel(const uint8_t *restrict from,
                                         uint32_t half,
                                         uint16_t *restrict sample,
                                         sample_vector sum)
{
    enum { STEP = 4 };

    uint32_t k = 0;
    for (; k + STEP <= half; k += STEP) {
        sample_vector v;
        memcpy(&v, from + 4 * (size_t)k, sizeof v);
        memcpy(sample + 2 * (size_t)k, &v, sizeof v);
        sum ^= v;
    }
    for (; k < half; ++k) {
        const uint32_t two = word(from, k);
        memcpy(sample + 2 * (size_t)k, &two, sizeof two);
        sum ^= (sample_vector){two};
    }
    return sum;
}

/* Channels of a module to rows from `row` on; returns the XOR of all words, the checksum too: 0
 * when it is right. */
static inline uint32_t copy_module(const struct na62_cream_walk *walk,
                                   uint32_t row,
                                   const uint8_t *restrict module,
                                   uint32_t half,
                                   uint32_t first_address)
{
    uint32_t *restrict address = walk->address + row;
    uint16_t *restrict length = walk->length + row;
    uint8_t *restrict quality = walk->quality + row;
    uint16_t *restrict sample = walk->sample + 2 * (size_t)half * row;
    const uint8_t *from = module + 4 * (FIXED - 1);
    sample_vector sum;
    memcpy(&sum, module, sizeof sum);
    sum ^= (sample_vector){two_words(module, 4)};
    size_t i = 0;
    for (uint32_t open = word(module, 5); open; open &= open - 1, ++i) {
        sum = copy_channel(from, half, sample, sum);
        address[i] = first_address + (uint32_t)__builtin_ctz(open);
        length[i] = (uint16_t)(2 * half);
        quality[i] = 0;
        from += 4 * half;
        sample += 2 * half;
    }
    const uint64_t all = sum[0] ^ sum[1];
    return (uint32_t)all ^ (uint32_t)(all >> 32) ^ word(from, 0);
}

static inline void take_modules(struct na62_cream_walk *walk, uint32_t half)
{
    const struct na62_cream_walk w = *walk;
    const struct usual usual = {
        .mark = w.mark,
        .payload = (2 * half << 16) - HEADER,
        .place = w.timestamp | (uint64_t)w.trigger << 32,
    };
    const uint8_t *module = w.words + 4 * (size_t)w.at;
    int64_t left = (int64_t)w.n_words - w.at;
    uint32_t row = w.count;
    while (left >= FIXED && row + NA62_CREAM_CHANNELS <= w.capacity) {
        const uint32_t sub_id = spw_load_u16(module + 12), mask = word(module, 5);
        const uint32_t slot = SPW_BITS(sub_id, 4, 0), crate = SPW_BITS(sub_id, 9, 5);
        if (!agrees(&usual, module, left, half) ||
            !((w.places->slots & ~w.taken[crate]) >> slot & 1))
            break;
        const uint32_t address = na62_cream_address(w.places, crate, slot);
        if (copy_module(&w, row, module, half, address) != 0) break;
        row += (uint32_t)__builtin_popcount(mask);
        w.taken[crate] |= (uint32_t)(mask != 0) << slot;
        const uint32_t length = spw_load_u16(module + 4);
        left -= length;
        module += 4 * (size_t)length;
    }
    walk->at = w.n_words - (uint32_t)left;
    walk->count = row;
}

/* With a constant number of samples the loop over them is short. */
static void take(struct na62_cream_walk *walk)
{
    if (walk->n_samples == 2 * LKR_HALF)
        take_modules(walk, LKR_HALF);
    else
        take_modules(walk, walk->n_samples / 2);
}

/* 0 wraps around, and full scale reaches bit 14. */
static inline uint16_t is_extreme(uint16_t sample)
{
    return (uint16_t)((sample + 1) | (sample - 1)) & (uint16_t) ~(NA62_CREAM_MAX_ADC + 1);
}

/* The first four samples do not rule out that the channel oscillates: three steps to and fro. The
 * products are right for samples that are not extreme. */
static inline uint32_t may_oscillate(const uint16_t *sample)
{
    enum { LEAST = -NA62_CREAM_STEP_ADC * NA62_CREAM_STEP_ADC };

    uint64_t s;
    memcpy(&s, sample, sizeof s);
    const uint32_t s1 = s >> 16 & 0xffff, s2 = s >> 32 & 0xffff;
    const uint32_t step[3] = {s1 - (uint32_t)(s & 0xffff), s2 - s1,
                              (uint32_t)(s >> 48) - s2};
    return ((int32_t)(step[0] * step[1]) <= LEAST) &
           ((int32_t)(step[1] * step[2]) <= LEAST);
}

static inline bool look(const uint16_t *sample, uint32_t n_rows, uint32_t n_samples)
{
    uint32_t extreme = 0, oscillating = 0;
#pragma omp simd reduction(| : extreme)
    for (size_t i = 0; i < (size_t)n_rows * n_samples; ++i)
        extreme |= is_extreme(sample[i]);
    if (n_samples < 4) return true;
#pragma omp simd reduction(| : oscillating)
    for (size_t i = 0; i < n_rows; ++i)
        oscillating |= may_oscillate(sample + i * n_samples);
    return (extreme | oscillating) != 0;
}

static bool strange(const uint16_t *sample, uint32_t n_rows, uint32_t n_samples)
{
    return n_samples == 2 * LKR_HALF ? look(sample, n_rows, 2 * LKR_HALF)
                                     : look(sample, n_rows, n_samples);
}

const struct na62_cream_kernels SPW_KERNELS(na62_cream_kernels) = {
    .take = take,
    .strange = strange,
};
