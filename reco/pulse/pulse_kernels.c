#include "reco/pulse/pulse_kernels.h"

#include "io/raw.h"
#include "reco/objects.h"

#include <assert.h>

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

/* Rows become lanes; lanes without a row repeat the last one. */
static void transpose(const struct spw_pulse_input *input, uint32_t first, struct block *b)
{
    const uint32_t n_samples = input->n_samples, left = input->n - first;
    const uint16_t *restrict row = input->sample + (uint64_t)first * n_samples;
    if (left >= LANES) {
        for (uint32_t k = 0; k < n_samples; ++k)
#pragma omp simd
            for (uint32_t i = 0; i < LANES; ++i)
                b->sample[k][i] = (float)row[i * n_samples + k];
        return;
    }
    for (uint32_t i = 0; i < LANES; ++i)
        for (uint32_t k = 0; k < n_samples; ++k)
            b->sample[k][i] = (float)row[(i < left ? i : left - 1) * n_samples + k];
}

static void find_peak(uint32_t n_samples, struct block *b)
{
#pragma omp simd
    for (uint32_t i = 0; i < LANES; ++i) {
        float low = b->sample[0][i] < b->sample[1][i] ? b->sample[0][i] : b->sample[1][i];
        float sum = b->sample[0][i] + b->sample[1][i];
        float peak = b->sample[1][i], before = b->sample[0][i], after = b->sample[2][i];
        float at = 1.0f;
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
        const float last = b->sample[n_samples - 1][i], first = b->sample[0][i];
        const float ends = first > last ? first : last;
        b->lowest[i] = last < low ? last : low;
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
    const float *restrict offset = c->parabola.offset_ns, *restrict ratio =
                                                              c->parabola.ratio;
#pragma omp simd
    for (uint32_t i = 0; i < LANES; ++i) {
        const float slope = 0.5f * (b->before[i] - b->after[i]);
        const float bend = b->before[i] - 2.0f * b->peak[i] + b->after[i];
        float x = bend < 0.0f ? slope / bend : 0.0f;
        x = x > -0.5f ? x : -0.5f;
        x = x < 0.5f ? x : 0.5f;
        const float place = (x + 0.5f) * (float)SPW_PULSE_STEPS;
        const int32_t step = (int32_t)place;
        const float rest = place - (float)step;
        const float height = b->peak[i] - 0.5f * slope * x;
        b->ns[i] = offset[step] + rest * (offset[step + 1] - offset[step]);
        b->adc[i] = height / (ratio[step] + rest * (ratio[step + 1] - ratio[step]));
    }
}

/// Amplitude and time of one pulse by the weights of one phase.
struct filtered {
    float amplitude, time_ns;
};

static inline struct filtered
filter(const float *restrict weights, int32_t shape, float time_ns, const float s[3])
{
    float phase = -time_ns; /* of the highest sample to the maximum */
    phase = phase > -25.0f ? phase : -25.0f;
    phase = phase < 25.0f ? phase : 25.0f;
    const int32_t step = (int32_t)(phase + 25.5f);
    const float *w = weights + 8 * (shape + step);
    const float amplitude = w[0] * s[0] + w[1] * s[1] + w[2] * s[2];
    float shift = w[4] * s[0] + w[5] * s[1] + w[6] * s[2];
    shift /= amplitude > 1.0f ? amplitude : 1.0f;
    shift = shift > -25.0f ? shift : -25.0f;
    shift = shift < 25.0f ? shift : 25.0f;
    return (struct filtered){amplitude, (float)(SPW_PULSE_ZERO - step) + shift};
}

/* Filter at the parabola's phase; above iterate_MeV once more at the phase it found. */
static void fit_filter(const struct spw_pulse_constants *c,
                       const float *restrict gain,
                       const int32_t *restrict shape,
                       struct block *b)
{
    const float *restrict weights = c->weights->energy;
#pragma omp simd
    for (uint32_t i = 0; i < LANES; ++i) {
        const float s[3] = {b->before[i], b->peak[i], b->after[i]};
        const float start = b->ns[i];
        const struct filtered once = filter(weights, shape[i], start, s);
        const int again = once.amplitude * gain[i] > c->iterate_MeV;
        const struct filtered twice =
            filter(weights, shape[i], again ? once.time_ns : start, s);
        const int whole = b->inner[i] & (b->highest[i] < c->saturated_adc);
        b->adc[i] = whole ? twice.amplitude : b->adc[i];
        b->ns[i] = whole ? twice.time_ns : b->ns[i];
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
