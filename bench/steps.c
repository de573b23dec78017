#include "bench/steps.h"

#include "core/arena.h"
#include "io/codec.h"
#include "reco/pulse/filter.h"

enum {
    WORDS = 1 << 16,
    CHANNELS = 8192,
    CELLS = 1 << 13,
    SAMPLES = 8,
    LANES = 64,
    COLUMN = 1 << 16,
    LARGE_BINS = 13216 * 52, /* by channel of the LKr */
    SMALL_BINS = 1 << 10
};

/* Plain arrays that all steps share. */
struct steps {
    uint32_t *word, *channel;
    float *t0_ns, *time_ns, *width_ns;
    int32_t *ticks;
    uint32_t *open_hit;
    uint32_t *large, *small[3];
    uint16_t *sample;
    float *height;
    uint8_t *planes, *packed;
    void *scratch;
};

/* Bit fields, one gather for the channel, one for its T0. */
static uint64_t decode(void *state)
{
    struct steps *s = state;
    for (uint32_t i = 0; i < WORDS; ++i) {
        const uint32_t word = s->word[i], address = word >> 19 & (CHANNELS - 1);
        s->ticks[i] = (int32_t)(word & 0x7ffff);
        s->time_ns[i] = (float)s->ticks[i] * 0.0974650763f - s->t0_ns[address];
        s->open_hit[i] = s->channel[address];
    }
    return s->open_hit[WORDS / 2];
}

/* Every edge looks its channel up; a trailing edge closes the hit that is open there. */
static uint64_t pair(void *state)
{
    struct steps *s = state;
    uint32_t n = 0;
    for (uint32_t i = 0; i < WORDS; ++i) {
        const uint32_t word = s->word[i], address = word >> 19 & (CHANNELS - 1);
        const uint32_t trailing = word >> 28 & 1, hit = s->channel[address];
        s->width_ns[hit & (WORDS - 1)] = s->time_ns[i];
        s->channel[address] = trailing ? hit : n;
        n += 1 - trailing;
    }
    return n;
}

/* Nothing but loads, a maximum and a parabola; samples of LANES cells stand side by side. */
static void pulse_block(const uint16_t *restrict sample, float *restrict height)
{
    float peak[LANES], before[LANES], after[LANES];
    for (uint32_t i = 0; i < LANES; ++i) peak[i] = before[i] = after[i] = 0;
    for (uint32_t k = 1; k + 1 < SAMPLES; ++k) {
        const uint16_t *restrict left = sample + (k - 1) * CELLS;
        const uint16_t *restrict here = left + CELLS, *restrict right = here + CELLS;
#pragma omp simd
        for (uint32_t i = 0; i < LANES; ++i) {
            const float value = (float)here[i], earlier = (float)left[i];
            const float later = (float)right[i];
            const float top = peak[i], first = before[i], last = after[i];
            const float higher = value > top ? 1.0f : 0.0f; /* arithmetic: no branches */
            before[i] = first + higher * (earlier - first);
            after[i] = last + higher * (later - last);
            peak[i] = top + higher * (value - top);
        }
    }
#pragma omp simd
    for (uint32_t i = 0; i < LANES; ++i) {
        const float pedestal = 0.5f * (float)(sample[i] + sample[CELLS + i]);
        const float slope = 0.5f * (after[i] - before[i]);
        const float bend = before[i] - 2 * peak[i] + after[i] - 1e-3f;
        height[i] = peak[i] - pedestal - slope * slope / (2 * bend);
    }
}

static uint64_t pulses(void *state)
{
    struct steps *s = state;
    for (uint32_t i = 0; i < CELLS; i += LANES) pulse_block(s->sample + i, s->height + i);
    return (uint64_t)(s->height[CELLS / 2] > 0);
}

/* An entry counts in a histogram by channel, larger than the near caches, and in three small ones. */
static uint64_t count(void *state)
{
    struct steps *s = state;
    for (uint32_t i = 0; i < WORDS; ++i) {
        const uint64_t word = s->word[i];
        ++s->large[word * LARGE_BINS >> 32];
        ++s->small[0][word >> 5 & (SMALL_BINS - 1)];
        ++s->small[1][word >> 10 & (SMALL_BINS - 1)];
        ++s->small[2][word >> 15 & (SMALL_BINS - 1)];
    }
    return s->large[LARGE_BINS / 2];
}

static uint64_t pack(void *state)
{
    struct steps *s = state;
    const struct spw_bytes raw = {s->planes, sizeof *s->time_ns * COLUMN};
    SPW_PICK(spw_codec_kernels, spw_isa_best())
        ->shuffle(COLUMN, sizeof *s->time_ns, (const uint8_t *)s->time_ns, s->planes);
    return spw_codec_deflate(SPW_CODEC_FAST, raw, s->packed, s->scratch);
}

static uint64_t checksum(void *state)
{
    struct steps *s = state;
    return spw_codec_adler32(
        1, (struct spw_bytes){(const uint8_t *)s->word, sizeof *s->word * WORDS});
}

static enum spw_status make(struct steps *s, struct spw_arena *arena)
{
    SPW_NEW(arena, s->word, WORDS);
    SPW_NEW_ZEROS(arena, s->channel, CHANNELS);
    SPW_NEW_ZEROS(arena, s->t0_ns, CHANNELS);
    SPW_NEW_ZEROS(arena, s->time_ns, WORDS);
    SPW_NEW_ZEROS(arena, s->width_ns, WORDS);
    SPW_NEW_ZEROS(arena, s->ticks, WORDS);
    SPW_NEW_ZEROS(arena, s->open_hit, WORDS);
    SPW_NEW_ZEROS(arena, s->large, LARGE_BINS);
    for (int k = 0; k < 3; ++k) SPW_NEW_ZEROS(arena, s->small[k], SMALL_BINS);
    SPW_NEW(arena, s->sample, CELLS * SAMPLES);
    SPW_NEW_ZEROS(arena, s->height, CELLS);
    SPW_NEW(arena, s->planes, sizeof *s->time_ns * COLUMN);
    SPW_NEW(arena, s->packed, spw_codec_bound(sizeof *s->time_ns * COLUMN));
    s->scratch = spw_arena_alloc(arena, spw_codec_scratch_bytes());
    if (!s->scratch) return SPW_FAIL(SPW_RETRY, "out of memory: codec");
    uint32_t x = 1;
    for (uint32_t i = 0; i < WORDS; ++i) s->word[i] = x = x * 1664525u + 1013904223u;
    for (uint32_t i = 0; i < CELLS * SAMPLES; ++i)
        s->sample[i] = (uint16_t)(400 + (s->word[i % WORDS] >> 24));
    return SPW_OK;
}

enum spw_status bench_steps(struct bench_report *report, struct bench_steps *steps)
{
    struct spw_arena arena = {0};
    struct steps s = {0};
    struct bench_report unfiltered = *report;
    unfiltered.filter = NULL;
    SPW_TRY(make(&s, &arena));
    bench_group("floors of the steps: shortest loops that do them");
    const struct bench_case cases[] = {
        {"floor/checksum", "-", "byte", 4.0 * WORDS, 4.0 * WORDS, checksum, &s},
        {"floor/decode_map_t0", "-", "word", WORDS, 4.0 * WORDS, decode, &s},
        {"floor/pair", "-", "edge", WORDS, 4.0 * WORDS, pair, &s},
        {"floor/pulse", "-", "channel", CELLS, 2.0 * SAMPLES * CELLS, pulses, &s},
        {"floor/count", "-", "entry", WORDS, 4.0 * WORDS, count, &s},
        {"floor/pack", "-", "byte", 4.0 * COLUMN, 4.0 * COLUMN, pack, &s},
    };

    enum { N_CASES = sizeof cases / sizeof *cases };
    struct bench_result result[N_CASES];
    for (int i = 0; i < N_CASES; ++i) result[i] = bench_run(&unfiltered, &cases[i]);
    *steps = (struct bench_steps){
        .read_gb_per_s = report->read_gb_per_s,
        .checksum_gb_per_s = result[0].gb_per_s,
        .decode_ns = result[1].ns_per_unit,
        .pair_ns = result[2].ns_per_unit,
        .pulse_ns = result[3].ns_per_unit,
        .count_ns = result[4].ns_per_unit,
        .pack_gb_per_s = result[5].gb_per_s,
    };
    spw_arena_release(&arena);
    return SPW_OK;
}
