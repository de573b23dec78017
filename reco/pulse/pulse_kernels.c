#include "reco/pulse/pulse_kernels.h"

#include "io/raw.h"
#include "reco/objects.h"

#include <assert.h>
#include <math.h>
#include <string.h>

enum { LANES = SPW_PULSE_LANES };

/// A block of pulses, sample by sample, and what is found of them.
struct block {
    uint32_t about[4][LANES]; ///< index, channel, crate, shape
    float constant[4][LANES]; ///< pedestal, gain, t0
    uint16_t sample[SPW_PULSE_MAX_SAMPLES][LANES];
    uint16_t low[LANES], high[LANES];                  ///< of all samples
    uint16_t before[LANES], peak[LANES], after[LANES]; ///< highest inner one, neighbours
    uint16_t at[LANES];                                ///< its number
    float lower[LANES], middle[LANES], upper[LANES];   ///< the three less pedestal
    float early[LANES], pedestal[LANES], charge[LANES];
    float ns[LANES], adc[LANES]; ///< maximum: behind the highest inner sample, and height
};

enum about { INDEX, CHANNEL, CRATE, SHAPE };

enum constant { PEDESTAL, GAIN, T0 };

typedef uint16_t eight_u16 __attribute__((vector_size(16)));
typedef float four_f32 __attribute__((vector_size(16)));

#define LOW(a, b)  __builtin_shufflevector(a, b, 0, 8, 1, 9, 2, 10, 3, 11)
#define HIGH(a, b) __builtin_shufflevector(a, b, 4, 12, 5, 13, 6, 14, 7, 15)

/* 8 rows of 8 samples become 8 vectors of one sample each: three rounds of interleaving. */
static inline void transpose_8x8(const uint16_t *restrict sample,
                                 uint32_t n_samples,
                                 const uint32_t *restrict row,
                                 uint16_t (*restrict column)[LANES])
{
    eight_u16 r[8], s[8];
    for (int i = 0; i < 8; ++i) memcpy(&r[i], sample + (size_t)row[i] * n_samples, 16);
    for (int i = 0; i < 4; ++i) {
        s[2 * i] = LOW(r[i], r[i + 4]);
        s[2 * i + 1] = HIGH(r[i], r[i + 4]);
    }
    for (int i = 0; i < 4; ++i) {
        r[2 * i] = LOW(s[i], s[i + 4]);
        r[2 * i + 1] = HIGH(s[i], s[i + 4]);
    }
    for (int i = 0; i < 4; ++i) {
        const eight_u16 even = LOW(r[i], r[i + 4]), odd = HIGH(r[i], r[i + 4]);
        memcpy(column[2 * i], &even, sizeof even);
        memcpy(column[2 * i + 1], &odd, sizeof odd);
    }
}

/* Rows become lanes, eight samples at once; the last eight may be some of those before. */
static void transpose(const struct spw_pulse_input *input,
                      const uint32_t *restrict row,
                      struct block *b)
{
    const uint32_t n = input->n_samples;
    for (uint32_t done = 0; n >= 8 && done < n; done += 8) {
        const uint32_t k = done + 8 <= n ? done : n - 8;
        for (uint32_t i = 0; i < LANES; i += 8)
            transpose_8x8(input->sample + k, n, row + i,
                          (uint16_t(*)[LANES])(void *)&b->sample[k][i]);
    }
    for (uint32_t k = 0; n < 8 && k < n; ++k)
        for (uint32_t i = 0; i < LANES; ++i)
            b->sample[k][i] = input->sample[(size_t)row[i] * n + k];
}

/* column[k][i] = table[at[i] + k] for k < 4, in words of 32 bits: whole rows are loaded and
   interleaved, which is much less work than gathering number by number. */
static inline void look_up(const void *table, const uint32_t *restrict at, void *columns)
{
    const float *restrict from = table;
    float(*restrict column)[LANES] = columns;
    for (uint32_t i = 0; i < LANES; i += 4) {
        four_f32 r[4], out[4];
        for (uint32_t j = 0; j < 4; ++j) memcpy(&r[j], from + at[i + j], sizeof r[j]);
        for (int j = 0; j < 2; ++j) {
            const four_f32 a = j ? __builtin_shufflevector(r[0], r[1], 2, 6, 3, 7)
                                 : __builtin_shufflevector(r[0], r[1], 0, 4, 1, 5);
            const four_f32 b = j ? __builtin_shufflevector(r[2], r[3], 2, 6, 3, 7)
                                 : __builtin_shufflevector(r[2], r[3], 0, 4, 1, 5);
            out[2 * j] = __builtin_shufflevector(a, b, 0, 1, 4, 5);
            out[2 * j + 1] = __builtin_shufflevector(a, b, 2, 3, 6, 7);
        }
        for (int k = 0; k < 4; ++k) memcpy(&column[k][i], &out[k], sizeof out[k]);
    }
}

/* What is known of the channels of these rows. */
static void find_channels(const struct spw_pulse_input *input,
                          const uint32_t *restrict row,
                          struct block *b)
{
    uint32_t at[LANES];
    for (uint32_t i = 0; i < LANES; ++i) at[i] = 8 * input->address[row[i]];
    look_up(input->channel, at, b->about);
    look_up(&input->channel->pedestal_adc, at, b->constant);
}

/* Inlined with a constant number of samples, so that the inner loops unroll. Samples stay what
   they are: twice as many of them as floats fit into a register. */
__attribute__((always_inline)) static inline void find_peak_of(const uint32_t n_samples,
                                                               struct block *b)
{
#pragma omp simd
    for (uint32_t i = 0; i < LANES; ++i) {
        const uint16_t first = b->sample[0][i], last = b->sample[n_samples - 1][i];
        uint16_t low = first < last ? first : last, high = first > last ? first : last;
        uint16_t before = first, peak = b->sample[1][i], after = b->sample[2][i], at = 1;
        low = peak < low ? peak : low;
        for (uint32_t k = 2; k + 1 < n_samples; ++k) {
            const uint16_t here = b->sample[k][i];
            before = here > peak ? b->sample[k - 1][i] : before;
            after = here > peak ? b->sample[k + 1][i] : after;
            at = here > peak ? (uint16_t)k : at;
            peak = here > peak ? here : peak;
            low = here < low ? here : low;
        }
        b->low[i] = low;
        b->high[i] = high > peak ? high : peak;
        b->before[i] = before;
        b->peak[i] = peak;
        b->after[i] = after;
        b->at[i] = at;
    }
#pragma omp simd
    for (uint32_t i = 0; i < LANES; ++i) {
        const float early = 0.5f * (float)(b->sample[0][i] + b->sample[1][i]);
        const float known = b->constant[PEDESTAL][i];
        const float pedestal = known < 0.0f ? early : known;
        int32_t sum = 0;
        for (uint32_t k = 0; k < n_samples; ++k) sum += b->sample[k][i];
        b->early[i] = early;
        b->pedestal[i] = pedestal;
        b->charge[i] = (float)sum - (float)n_samples * pedestal;
        b->lower[i] = (float)b->before[i] - pedestal;
        b->middle[i] = (float)b->peak[i] - pedestal;
        b->upper[i] = (float)b->after[i] - pedestal;
    }
}

static void find_peak(uint32_t n_samples, struct block *b)
{
    if (n_samples == 8)
        find_peak_of(8, b);
    else if (n_samples == 10)
        find_peak_of(10, b);
    else
        find_peak_of(n_samples, b);
}

/* Vertex of the parabola through the three samples, corrected to the pulse's maximum. */
static void fit_parabola(const struct spw_pulse_constants *c, struct block *b)
{
    float height[LANES], rest[LANES], knot[4][LANES];
    uint32_t at[LANES];
#pragma omp simd
    for (uint32_t i = 0; i < LANES; ++i) {
        const float slope = 0.5f * (b->lower[i] - b->upper[i]);
        const float bend = b->lower[i] - 2.0f * b->middle[i] + b->upper[i];
        const float vertex = slope / (bend < -1e-6f ? bend : -1e-6f);
        const float x = copysignf(fabsf(vertex) < 0.5f ? fabsf(vertex) : 0.5f, vertex);
        const float place = (x + 0.5f) * (float)SPW_PULSE_STEPS;
        const int32_t step = (int32_t)place;
        at[i] = 2 * (uint32_t)step;
        rest[i] = place - (float)step;
        height[i] = b->middle[i] - 0.5f * slope * x;
    }
    look_up(c->parabola.knot, at, knot);
#pragma omp simd
    for (uint32_t i = 0; i < LANES; ++i) {
        b->ns[i] = knot[0][i] + rest[i] * (knot[2][i] - knot[0][i]);
        b->adc[i] = height[i] / (knot[1][i] + rest[i] * (knot[3][i] - knot[1][i]));
    }
}

/* Amplitude and time by the weights of the phase that start_ns stands for: the highest sample
   is at -start_ns from the maximum. */
static void filter(const struct spw_pulse_constants *c,
                   const struct block *b,
                   const float *restrict start_ns,
                   float *restrict amplitude,
                   float *restrict time_ns)
{
    float energy[4][LANES], time[4][LANES];
    const uint32_t *restrict shape = b->about[SHAPE];
    int32_t steps[LANES];
    uint32_t at[LANES];
#pragma omp simd
    for (uint32_t i = 0; i < LANES; ++i) {
        float phase = -start_ns[i];
        phase = phase > -25.0f ? phase : -25.0f;
        phase = phase < 25.0f ? phase : 25.0f;
        const int32_t step = (int32_t)(phase + 25.5f);
        steps[i] = step;
        at[i] = 8 * (shape[i] + (uint32_t)step);
    }
    look_up(c->weights->energy, at, energy);
    look_up(c->weights->time_ns, at, time);
#pragma omp simd
    for (uint32_t i = 0; i < LANES; ++i) {
        const float lower = b->lower[i], middle = b->middle[i], upper = b->upper[i];
        const float sum =
            energy[0][i] * lower + energy[1][i] * middle + energy[2][i] * upper;
        float shift = time[0][i] * lower + time[1][i] * middle + time[2][i] * upper;
        shift /= sum > 1.0f ? sum : 1.0f;
        shift = shift > -25.0f ? shift : -25.0f;
        shift = shift < 25.0f ? shift : 25.0f;
        amplitude[i] = sum;
        time_ns[i] = (float)(SPW_PULSE_ZERO - steps[i]) + shift;
    }
}

/* Filter at the parabola's phase; above iterate_MeV once more at the phase it found. A pulse at
   the border or at full scale keeps the parabola: finish() sees to it. */
static void fit_filter(const struct spw_pulse_constants *c, struct block *b)
{
    const float *restrict gain = b->constant[GAIN];
    float amplitude[LANES], time_ns[LANES], start_ns[LANES];
    int32_t n_large = 0;
    filter(c, b, b->ns, amplitude, time_ns);
#pragma omp simd reduction(+ : n_large)
    for (uint32_t i = 0; i < LANES; ++i) {
        const int large = amplitude[i] * gain[i] > c->iterate_MeV;
        start_ns[i] = large ? time_ns[i] : b->ns[i];
        n_large += large;
    }
    if (n_large) filter(c, b, start_ns, amplitude, time_ns);
#pragma omp simd
    for (uint32_t i = 0; i < LANES; ++i) {
        const int whole =
            (b->high[i] == b->peak[i]) & ((float)b->high[i] < c->saturated_adc);
        b->adc[i] = whole ? amplitude[i] : b->adc[i];
        b->ns[i] = whole ? time_ns[i] : b->ns[i];
    }
}

/* Results. Where the first or last sample is the highest one, it is all that is known: its
   height and its time. */
static void finish(const struct spw_pulse_constants *c,
                   uint32_t n_samples,
                   const struct block *b,
                   const struct spw_pulse_output *output,
                   uint32_t first)
{
    const float *restrict gain = b->constant[GAIN], *restrict t0 = b->constant[T0];
    float *restrict energy = output->energy_MeV + first;
    float *restrict time = output->time_ns + first;
    float *restrict height = output->amplitude_adc + first;
    uint16_t *restrict quality = output->quality + first;
    const uint16_t *restrict last_sample = b->sample[n_samples - 1];
    const float last = (float)(n_samples - 1);
    const int no_filter = c->weights == NULL;
    const float clock_ns = c->clock_ns, peak_ns = c->peak_ns, full = c->saturated_adc;
#pragma omp simd
    for (uint32_t i = 0; i < LANES; ++i) {
        const float high = (float)b->high[i];
        const int border = b->high[i] != b->peak[i], saturated = high >= full;
        const float end = last_sample[i] > b->sample[0][i] ? last : 0.0f;
        const float adc = border ? high - b->pedestal[i] : b->adc[i];
        const float at = border ? end : (float)b->at[i], behind = border ? 0.0f : b->ns[i];
        height[i] = adc;
        energy[i] = adc * gain[i];
        time[i] = (at * clock_ns - peak_ns) + (behind - t0[i]);
        quality[i] =
            (uint16_t)(quality[i] | saturated * SPW_SATURATED |
                       (b->low[i] == 0) * SPW_UNDERFLOW | border * SPW_CELL_BORDER |
                       (gain[i] == 0.0f) * SPW_CELL_NO_GAIN |
                       (no_filter | border | saturated) * SPW_CELL_PARABOLA);
    }
}

/* What the block has as it is. */
static void copy_out(const struct block *b,
                     const struct spw_pulse_output *output,
                     uint32_t first,
                     uint32_t done)
{
    memcpy(output->index + first, b->about[INDEX], sizeof b->about[INDEX]);
    memcpy(output->channel + first, b->about[CHANNEL], sizeof b->about[CHANNEL]);
    memcpy(output->crate + done, b->about[CRATE], sizeof b->about[CRATE]);
    memcpy(output->charge_adc + first, b->charge, sizeof b->charge);
    memcpy(output->early_adc + done, b->early, sizeof b->early);
}

static void measure(const struct spw_pulse_constants *constants,
                    const struct spw_pulse_input *input,
                    const struct spw_pulse_output *output,
                    uint32_t first,
                    uint32_t n)
{
    struct block b;
    assert(input->n_samples > 2 && input->n_samples <= SPW_PULSE_MAX_SAMPLES);
    assert(first % LANES == 0);
    for (uint32_t at = first; at < first + n; at += LANES) {
        find_channels(input, input->row + at, &b);
        transpose(input, input->row + at, &b);
        find_peak(input->n_samples, &b);
        fit_parabola(constants, &b);
        if (constants->weights) fit_filter(constants, &b);
        finish(constants, input->n_samples, &b, output, at);
        copy_out(&b, output, at, at - first);
    }
}

const struct spw_pulse_kernels SPW_KERNELS(spw_pulse_kernels) = {.measure = measure};
