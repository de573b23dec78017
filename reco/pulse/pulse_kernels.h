/// Kernel of sampled pulses: pedestal, maximum, amplitude and time.
///
/// Formulae: docs/physics/pulses.md. Lanes are channels; bit-identical in all instruction sets.
#pragma once

#include "core/isa.h"

#include <stdint.h>

enum {
    SPW_PULSE_MAX_SAMPLES = 32,
    SPW_PULSE_LANES = 64,  ///< pulses worked on together
    SPW_PULSE_PHASES = 51, ///< -25 ... 25 ns
    SPW_PULSE_ZERO = 25,   ///< index of phase 0
    SPW_PULSE_STEPS = 64,  ///< steps of the parabola's correction over one sample
};

/// Weights of the samples max - 1, max, max + 1 for one phase (time of the highest sample
/// relative to the maximum of the pulse), and what they sum to:
///   amplitude = sum energy[i] s[i], time of maximum = -phase + sum time_ns[i] s[i] / amplitude
struct spw_pulse_weights {
    float energy[3], unused;
    float time_ns[3], unused_too;
};

/// What the parabola through the three highest samples makes of a pulse whose maximum stands
/// `x` samples behind the highest sample: offset_ns(x) is the true place, and the height is too
/// high by ratio(x). x = -1/2 + i / SPW_PULSE_STEPS.
struct spw_parabola {
    struct {
        float offset_ns, ratio;
    } knot[SPW_PULSE_STEPS + 2]; ///< together: a pulse lies between two of them
};

/// Constants of a detector.
struct spw_pulse_constants {
    const struct spw_pulse_weights *weights; ///< [n_shapes * 51], or NULL: parabola only
    struct spw_parabola parabola;
    float clock_ns;
    float peak_ns;       ///< time in the window of the maximum of a pulse of time 0
    float iterate_MeV;   ///< filter with the phase it found itself above this
    float saturated_adc; ///< full scale
};

/// What is known of an electronics address: half a cache line, looked up as two vectors.
struct spw_pulse_channel {
    _Alignas(32) int32_t index; ///< dense channel, or -1: not mapped, -2: dead
    uint32_t channel;           ///< geometric ID
    uint32_t crate;             ///< for histograms
    int32_t shape;              ///< 51 times the number of the pulse shape
    float pedestal_adc;         ///< below 0: mean of the first two samples
    float gain_MeV;             ///< MeV per count; 0: none
    float t0_ns;                ///< with the jitter of the module
    float unused;
};

/// Pulses where the readout left them, and which of them to measure.
///
/// Shape  sample[n_samples * row + k], 2 < n_samples <= SPW_PULSE_MAX_SAMPLES; address[row];
///        row[n], then the last one again up to the next multiple of SPW_PULSE_LANES
struct spw_pulse_input {
    uint32_t n, n_samples;
    const uint16_t *sample;
    const uint32_t *address;
    const struct spw_pulse_channel *channel; ///< by address
    const uint32_t *row;
};

/// Results in the order of `row`, with room for the next multiple of SPW_PULSE_LANES.
/// quality: added to what is there (enum spw_quality, enum spw_cell_quality).
struct spw_pulse_output {
    uint32_t *channel, *index;
    float *energy_MeV, *time_ns, *amplitude_adc, *charge_adc;
    uint16_t *quality;
    uint32_t *crate;  ///< of the pulses of this call, from 0
    float *early_adc; ///< mean of the first two samples, likewise
};

struct spw_pulse_kernels {
    /// Pulses [first, first + n) of the input; `first` is a multiple of SPW_PULSE_LANES.
    void (*measure)(const struct spw_pulse_constants *constants,
                    const struct spw_pulse_input *input,
                    const struct spw_pulse_output *output,
                    uint32_t first,
                    uint32_t n);
};

SPW_DECLARE_KERNELS(spw_pulse_kernels);
