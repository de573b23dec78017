#include "io/na62/trigger.h"

enum {
    WORDS_2014 = 4,
    WORDS_2015 = 6,
    WORDS_FINE_TIMES = 8,
    WORDS_FULL = 22,
    WORDS_END = 210
};

static uint32_t word(struct spw_bytes words, uint32_t i)
{
    return spw_load_u32(words.data + 4 * (size_t)i);
}

/* Seven 16-bit primitives, the first in the upper half of word `at`. */
static void take_primitives(struct spw_bytes words, uint32_t at, uint16_t *primitive)
{
    for (uint32_t d = 0; d < NA62_L0TP_DETECTORS; ++d) {
        const uint32_t w = word(words, at + (d + 1) / 2);
        primitive[d] = (uint16_t)(d % 2 ? w & 0xffff : w >> 16);
    }
}

/* Seven fine times, the first in the lowest byte of word `at`. */
static void take_fine_times(struct spw_bytes words, uint32_t at, uint8_t *fine_time)
{
    for (uint32_t d = 0; d < NA62_L0TP_DETECTORS; ++d)
        fine_time[d] = (uint8_t)(word(words, at + d / 4) >> 8 * (d % 4));
}

static void take_neighbours(struct spw_bytes words, struct na62_l0tp *l0tp)
{
    l0tp->has_neighbours = true;
    for (uint32_t i = 0; i < 4; ++i)
        l0tp->n_primitives[i] = (uint8_t)(word(words, 6) >> 8 * i);
    take_fine_times(words, 8, l0tp->fine_time[0]);
    take_primitives(words, 10, l0tp->primitive[1]);
    take_fine_times(words, 14, l0tp->fine_time[1]);
    take_primitives(words, 16, l0tp->primitive[2]);
    take_fine_times(words, 20, l0tp->fine_time[2]);
}

bool na62_l0tp_read(struct spw_bytes words, struct na62_l0tp *l0tp)
{
    const size_t n = words.size / 4;
    *l0tp = (struct na62_l0tp){0};
    if (n != WORDS_2014 && n != WORDS_2015 && n != WORDS_FINE_TIMES && n < WORDS_FULL)
        return false;
    l0tp->reference_fine_time = SPW_BITS(word(words, 0), 7, 0);
    l0tp->data_type = SPW_BITS(word(words, 0), 15, 8);
    take_primitives(words, 0, l0tp->primitive[0]);
    if (n >= WORDS_2015) {
        l0tp->has_flags = true;
        l0tp->previous_timestamp = word(words, 4);
        l0tp->trigger_type = SPW_BITS(word(words, 5), 7, 0);
        l0tp->previous_type = SPW_BITS(word(words, 5), 15, 8);
        l0tp->flags = word(words, 5) >> 16;
    }
    if (n == WORDS_FINE_TIMES) take_fine_times(words, 6, l0tp->fine_time[0]);
    if (n >= WORDS_FULL) take_neighbours(words, l0tp);
    return true;
}

static void take_mask(struct spw_bytes words, uint32_t at, struct na62_l0_mask_count *mask)
{
    mask->mask = SPW_BITS(word(words, at), 7, 0);
    mask->downscaling = word(words, at + 1);
    mask->sent = word(words, at + 2);
    mask->generated = word(words, at + 3);
    for (uint32_t d = 0; d < NA62_L0TP_DETECTORS; ++d) {
        mask->required[d] = (uint16_t)word(words, at + 4 + d);
        mask->dont_care[d] = (uint16_t)(word(words, at + 4 + d) >> 16);
    }
}

bool na62_l0tp_end_read(struct spw_bytes words, struct na62_l0tp_end *end)
{
    enum { FIRST_MASK = 18, MASK_WORDS = 12, FIRST_COUNT = 6 };

    *end = (struct na62_l0tp_end){0};
    if (words.size / 4 < WORDS_END) return false;
    end->data_type = SPW_BITS(word(words, 0), 15, 8);
    end->latency = word(words, 0) >> 16;
    end->fine_time_bits = SPW_BITS(word(words, 1), 7, 0);
    end->reference_detector = SPW_BITS(word(words, 1), 15, 8);
    end->control_detector = SPW_BITS(word(words, 1), 23, 16);
    end->control_downscaling = word(words, 2) >> 16;
    end->control_generated = word(words, 3);
    end->previous_timestamp = word(words, 4);
    end->trigger_type = SPW_BITS(word(words, 5), 7, 0);
    end->previous_type = SPW_BITS(word(words, 5), 15, 8);
    end->flags = word(words, 5) >> 16;
    for (uint32_t d = 0; d < NA62_L0TP_DETECTORS; ++d)
        end->n_primitives[d] = word(words, FIRST_COUNT + d);
    end->n_chokes = word(words, 13);
    end->n_errors = word(words, 14);
    end->n_periodic = word(words, 15);
    end->n_calibration = word(words, 16);
    end->control_sent = word(words, 17);
    for (uint32_t m = 0; m < NA62_L0_MASKS; ++m)
        take_mask(words, FIRST_MASK + MASK_WORDS * m, &end->mask[m]);
    return true;
}

/* Fine times of the neighbour slots lose their coarse part (formats/na62.md 3.7, trap 34). */
int32_t na62_l0tp_unwrap(uint32_t fine_time,
                         uint32_t slot,
                         uint32_t reference_fine_time,
                         uint32_t granularity_bits)
{
    const int32_t fine = (int32_t)fine_time, reference = (int32_t)reference_fine_time;
    const int32_t shift = slot == 1 ? 0 : 1;
    int32_t threshold = 0;
    if (granularity_bits == 0) return fine + (slot == 1 ? -256 : 256);
    for (uint32_t i = 0; i < granularity_bits; ++i) threshold += 128 >> i;
    if (reference >= threshold) return fine + 256 * shift;
    if (reference < 256 - threshold) return fine + 256 * (shift - 1);
    return fine;
}

bool na62_l1_read(struct spw_cursor *at, struct na62_l1 *l1)
{
    const uint32_t w0 = spw_take_u32(at), w1 = spw_take_u32(at), w2 = spw_take_u32(at);
    *l1 = (struct na62_l1){
        .length_bytes = SPW_BITS(w0, 7, 0),
        .reference_fine_time = SPW_BITS(w0, 15, 8),
        .reference_source = SPW_BITS(w0, 19, 16),
        .flag_mode = SPW_BITS(w0, 23, 20),
        .format = w0 >> 24,
        .downscaling = w1 & 0xffff,
        .reduction = w1 >> 16,
        .n_masks = SPW_BITS(w2, 7, 0),
        .bypass_probability = SPW_BITS(w2, 15, 8),
        .autoflag_factor = w2 >> 16,
    };
    return !at->overrun;
}

bool na62_l1_mask_read(struct spw_cursor *at, struct na62_l1_mask *mask)
{
    const uint32_t w0 = spw_take_u32(at), w1 = spw_take_u32(at);
    *mask = (struct na62_l1_mask){
        .n_algorithms = SPW_BITS(w0, 7, 0),
        .trigger_word = SPW_BITS(w0, 15, 8),
        .mask = SPW_BITS(w0, 23, 16),
        .flags = w0 >> 24,
        .reduction = w1 & 0xffff,
        .reference_fine_time = SPW_BITS(w1, 23, 16),
        .reference_source = SPW_BITS(w1, 27, 24),
        .straw_type = w1 >> 28,
    };
    return !at->overrun;
}

bool na62_l1_algorithm_read(struct spw_cursor *at, struct na62_l1_algorithm *algorithm)
{
    const uint32_t w0 = spw_take_u32(at), w1 = spw_take_u32(at);
    algorithm->n_words = SPW_BITS(w0, 7, 0);
    algorithm->place = SPW_BITS(w0, 15, 8);
    algorithm->algorithm = SPW_BITS(w0, 23, 16);
    algorithm->quality = w0 >> 24;
    algorithm->downscaling = w1 & 0xffff;
    algorithm->half_window_ns = SPW_BITS(w1, 23, 16);
    algorithm->flags = w1 >> 24;
    algorithm->n_data = 0;
    if (at->overrun || algorithm->n_words < 2) return false;
    for (uint32_t i = 2; i < algorithm->n_words; ++i)
        algorithm->data[algorithm->n_data++] = spw_take_u32(at);
    return !at->overrun;
}
