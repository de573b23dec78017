#include "reco/pulse/pulse_kernels.h"

#include "io/raw.h"
#include "reco/objects.h"

#include <assert.h>
#include <string.h>

enum { LANES = SPW_PULSE_LANES };

/// A block of pulses, sample by sample, and what is found of them.
struct block {
    float sample[SPW_PULSE_MAX_SAMPLES][LANES];
    float pedestal[LANES], charge[LANES], lowest[LANES], highest[LANES];
    float before[LANES], peak[LANES], after[LANES]; ///< highest inner sample and neighbours
    float at[LANES];                                ///< number of the highest inner sample
    float end[LANES];            ///< number of the higher one of the first and last sample
    int32_t inner[LANES];        ///< 1: no sample is higher than the highest inner one
    float ns[LANES], adc[LANES]; ///< maximum: behind the highest inner sample, and height
};

typedef uint16_t eight_u16 __attribute__((vector_size(16)));
typedef float eight_f32 __attribute__((vector_size(32)));

#define LOW(a, b)  __builtin_shufflevector(a, b, 0, 8, 1, 9, 2, 10, 3, 11)
#define HIGH(a, b) __builtin_shufflevector(a, b, 4, 12, 5, 13, 6, 14, 7, 15)

/* 8 rows of 8 samples become 8 vectors of one sample each: three rounds of interleaving. */
static inline void
transpose_8x8(const uint16_t *restrict row, struct block *b, uint32_t lane)
{
    eight_u16 r[8], s[8];
    memcpy(r, row, sizeof r);
    for (int i = 0; i < 4; ++i) {
        s[2 * i] = LOW(r[i], r[i + 4]);
        s[2 * i + 1] = HIGH(r[i], r[i + 4]);
    }
    for (int i = 0; i < 4; ++i) {
        r[2 * i] = LOW(s[i], s[i + 4]);
        r[2 * i + 1] = HIGH(s[i], s[i + 4]);
    }
    for (int i = 0; i < 4; ++i) {
        const eight_f32 even = __builtin_convertvector(LOW(r[i], r[i + 4]), eight_f32);
        const eight_f32 odd = __builtin_convertvector(HIGH(r[i], r[i + 4]), eight_f32);
        memcpy(&b->sample[2 * i][lane], &even, sizeof even);
        memcpy(&b->sample[2 * i + 1][lane], &odd, sizeof odd);
    }
}

/* Rows become lanes; lanes without a row repeat the last one. */
static void transpose(const struct spw_pulse_input *input, uint32_t first, struct block *b)
{
    const uint32_t n_samples = input->n_samples, left = input->n - first;
    const uint16_t *restrict row = input->sample + (uint64_t)first * n_samples;
    if (left >= LANES && n_samples == 8) {
        for (uint32_t i = 0; i < LANES; i += 8) transpose_8x8(row + 8 * i, b, i);
        return;
    }
    for (uint32_t i = 0; i < LANES; ++i)
        for (uint32_t k = 0; k < n_samples; ++k)
            b->sample[k][i] = (float)row[(i < left ? i : left - 1) * n_samples + k];
}

/* Inlined with a constant number of samples, so that the inner loop unrolls. */
__attribute__((always_inline)) static inline void find_peak_of(const uint32_t n_samples,
                                                               struct block *b)
{
#pragma omp simd
    for (uint32_t i = 0; i < LANES; ++i) {
        const float first = b->sample[0][i], last = b->sample[n_samples - 1][i];
        const float ends = first > last ? first : last;
        float low = first < last ? first : last;
        float sum = first + b->sample[1][i];
        float peak = b->sample[1][i], before = first, after = b->sample[2][i], at = 1.0f;
        low = peak < low ? peak : low;
        for (uint32_t k = 2; k + 1 < n_samples; ++k) {
            const float here = b->sample[k][i];
            const int higher = here > peak;
            before = higher ? b->sample[k - 1][i] : before;
            after = higher ? b->sample[k + 1][i] : after;
            at = higher ? (float)k : at;
            peak = higher ? here : peak;
            low = here < low ? here : low;
            sum += here;
        }
        b->lowest[i] = low;
        b->highest[i] = ends > peak ? ends : peak;
        b->inner[i] = ends <= peak;
        b->end[i] = last > first ? (float)(n_samples - 1) : 0.0f;
        b->charge[i] = sum + last;
        b->peak[i] = peak;
        b->before[i] = before;
        b->after[i] = after;
        b->at[i] = at;
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

static void subtract_pedestal(const struct spw_pulse_input *input,
                              const float *restrict table,
                              struct block *b)
{
    const float n_samples = (float)input->n_samples;
#pragma omp simd
    for (uint32_t i = 0; i < LANES; ++i) {
        const float mean = 0.5f * (b->sample[0][i] + b->sample[1][i]);
        const float pedestal = table[i] < 0.0f ? mean : table[i];
        b->pedestal[i] = pedestal;
        b->charge[i] -= n_samples * pedestal;
        b->before[i] -= pedestal;
        b->peak[i] -= pedestal;
        b->after[i] -= pedestal;
    }
}

/* Vertex of the parabola through the three samples, corrected to the pulse's maximum. */
static void fit_parabola(const struct spw_pulse_constants *c, struct block *b)
{
    const float *restrict offset = c->parabola.offset_ns;
    const float *restrict ratio = c->parabola.ratio;
    float vertex
        [LANES]; /* two loops: of one, the compiler would make branches at the limits */
#pragma omp simd
    for (uint32_t i = 0; i < LANES; ++i) {
        const float slope = 0.5f * (b->before[i] - b->after[i]);
        const float bend = b->before[i] - 2.0f * b->peak[i] + b->after[i];
        float x = slope / (bend < -1e-6f ? bend : -1e-6f);
        x = x > -0.5f ? x : -0.5f;
        vertex[i] = x < 0.5f ? x : 0.5f;
    }
#pragma omp simd
    for (uint32_t i = 0; i < LANES; ++i) {
        const float x = vertex[i], slope = 0.5f * (b->before[i] - b->after[i]);
        const float place = (x + 0.5f) * (float)SPW_PULSE_STEPS;
        const int32_t step = (int32_t)place;
        const float rest = place - (float)step;
        const float height = b->peak[i] - 0.5f * slope * x;
        b->ns[i] = offset[step] + rest * (offset[step + 1] - offset[step]);
        b->adc[i] = height / (ratio[step] + rest * (ratio[step + 1] - ratio[step]));
    }
}

/* Amplitude and time by the weights of the phase that start_ns stands for: the highest sample
   is at -start_ns from the maximum. */
static void filter(const struct spw_pulse_constants *c,
                   const int32_t *restrict shape,
                   const struct block *b,
                   const float *restrict start_ns,
                   float *restrict amplitude,
                   float *restrict time_ns)
{
    const float *restrict weights = c->weights->energy;
#pragma omp simd
    for (uint32_t i = 0; i < LANES; ++i) {
        const float before = b->before[i], peak = b->peak[i], after = b->after[i];
        float phase = -start_ns[i];
        phase = phase > -25.0f ? phase : -25.0f;
        phase = phase < 25.0f ? phase : 25.0f;
        const int32_t step = (int32_t)(phase + 25.5f), at = 8 * (shape[i] + step);
        const float sum =
            weights[at] * before + weights[at + 1] * peak + weights[at + 2] * after;
        float shift =
            weights[at + 4] * before + weights[at + 5] * peak + weights[at + 6] * after;
        shift /= sum > 1.0f ? sum : 1.0f;
        shift = shift > -25.0f ? shift : -25.0f;
        shift = shift < 25.0f ? shift : 25.0f;
        amplitude[i] = sum;
        time_ns[i] = (float)(SPW_PULSE_ZERO - step) + shift;
    }
}

/* Filter at the parabola's phase; above iterate_MeV once more at the phase it found. A pulse at
   the border or at full scale keeps the parabola. */
static void fit_filter(const struct spw_pulse_constants *c,
                       const float *restrict gain,
                       const int32_t *restrict shape,
                       struct block *b)
{
    float amplitude[LANES], time_ns[LANES], start_ns[LANES];
    filter(c, shape, b, b->ns, amplitude, time_ns);
#pragma omp simd
    for (uint32_t i = 0; i < LANES; ++i)
        start_ns[i] = amplitude[i] * gain[i] > c->iterate_MeV ? time_ns[i] : b->ns[i];
    filter(c, shape, b, start_ns, amplitude, time_ns);
#pragma omp simd
    for (uint32_t i = 0; i < LANES; ++i) {
        const int whole = b->inner[i] & (b->highest[i] < c->saturated_adc);
        b->adc[i] = whole ? amplitude[i] : b->adc[i];
        b->ns[i] = whole ? time_ns[i] : b->ns[i];
    }
}

/* Results of the lanes that are rows. Where the first or last sample is the highest one, it is
   all that is known: its height and its time. */
static void finish(const struct spw_pulse_constants *c,
                   const struct spw_pulse_input *input,
                   const struct spw_pulse_output *output,
                   uint32_t first,
                   struct block *b)
{
    const uint32_t left = input->n - first, n = left < LANES ? left : LANES;
    const float *restrict gain = input->gain_MeV + first, *restrict t0 =
                                                              input->t0_ns + first;
    float *restrict energy = output->energy_MeV + first, *restrict time =
                                                             output->time_ns + first;
    float *restrict height = output->amplitude_adc + first;
    float *restrict charge = output->charge_adc + first;
    uint16_t *restrict quality = output->quality + first;
    const int no_filter = c->weights == NULL;
#pragma omp simd
    for (uint32_t i = 0; i < n; ++i) {
        const int border = !b->inner[i], saturated = b->highest[i] >= c->saturated_adc;
        const float adc = border ? b->highest[i] - b->pedestal[i] : b->adc[i];
        const float at = border ? b->end[i] : b->at[i], behind = border ? 0.0f : b->ns[i];
        height[i] = adc;
        energy[i] = adc * gain[i];
        charge[i] = b->charge[i];
        time[i] = (at * c->clock_ns - c->peak_ns) + (behind - t0[i]);
        quality[i] = (uint16_t)(quality[i] | (saturated ? SPW_SATURATED : 0) |
                                (b->lowest[i] <= 0.0f ? SPW_UNDERFLOW : 0) |
                                (border ? SPW_CELL_BORDER : 0) |
                                (gain[i] != 0.0f ? 0 : SPW_CELL_NO_GAIN) |
                                ((no_filter | border | saturated) ? SPW_CELL_PARABOLA : 0));
    }
}

static void measure(const struct spw_pulse_constants *constants,
                    const struct spw_pulse_input *input,
                    const struct spw_pulse_output *output)
{
    struct block b;
    assert(input->n_samples > 2 && input->n_samples <= SPW_PULSE_MAX_SAMPLES);
    for (uint32_t first = 0; first < input->n; first += LANES) {
        transpose(input, first, &b);
        find_peak(input->n_samples, &b);
        subtract_pedestal(input, input->pedestal_adc + first, &b);
        fit_parabola(constants, &b);
        if (constants->weights)
            fit_filter(constants, input->gain_MeV + first, input->shape + first, &b);
        finish(constants, input, output, first, &b);
    }
}

const struct spw_pulse_kernels SPW_KERNELS(spw_pulse_kernels) = {.measure = measure};
