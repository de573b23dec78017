/// Calibration and pulse kernels on arrays of a batch's size.
#include "bench/bench.h"

#include "core/arena.h"
#include "reco/calibrate/calibrate_kernels.h"
#include "reco/pulse/filter.h"
#include "reco/pulse/pulse_kernels.h"

#include <string.h>

enum { HITS = 1 << 16, PULSES = 1 << 14, SAMPLES = 8, CHANNELS = 8192, CELLS = 13248 };

static const double clock_ns = 24.951059536;

/* Hits of a batch with everything a calibration kernel reads or writes. */
struct hits {
    const struct spw_calibrate_kernels *kernels;
    struct spw_hit_constants constants;
    struct spw_linear_slewing slewing;
    struct spw_rt rt;
    int32_t *ticks, *width_ticks;
    uint32_t *event, *index, *channel;
    float *t0_ns, *shift_ns, *time_ns, *width_ns, *radius_mm;
    uint8_t *quality;
};

static uint64_t run_times(void *state)
{
    const struct hits *hits = state;
    const struct spw_pairs pairs = {.address = hits->index,
                                    .event = hits->event,
                                    .ticks = hits->ticks,
                                    .width_ticks = hits->width_ticks};
    const struct spw_hits made = {.index = hits->index,
                                  .channel = hits->channel,
                                  .time_ns = hits->time_ns,
                                  .width_ns = hits->width_ns};
    hits->kernels->times(HITS, &hits->constants, &pairs, &made);
    return (uint64_t)(hits->time_ns[1] > 0);
}

static uint64_t run_slewing(void *state)
{
    const struct hits *hits = state;
    hits->kernels->slew_linear(HITS, &hits->slewing, hits->index, hits->width_ns,
                               hits->quality, hits->time_ns);
    return (uint64_t)(hits->time_ns[1] > 0);
}

static uint64_t run_radius(void *state)
{
    const struct hits *hits = state;
    hits->kernels->radius[SPW_RT_ROOT](HITS, &hits->rt, hits->width_ns, hits->radius_mm);
    return (uint64_t)(hits->radius_mm[1] > 0);
}

static enum spw_status make_slewing(struct spw_linear_slewing *slewing,
                                    struct spw_arena *arena)
{
    float *zeros, *limits;
    SPW_NEW_ZEROS(arena, zeros, CHANNELS);
    SPW_NEW(arena, limits, CHANNELS);
    for (int i = 0; i < CHANNELS; ++i) limits[i] = 20.0f;
    *slewing = (struct spw_linear_slewing){zeros, limits, zeros, zeros, zeros, limits};
    return SPW_OK;
}

static enum spw_status make_hits(struct hits *hits, struct spw_arena *arena)
{
    hits->rt = (struct spw_rt){.p = {-2.29722f, 763.831f, 0.00807073f, 22.5652f, -58.9754f},
                               .max_mm = 4.9f};
    SPW_NEW(arena, hits->ticks, HITS);
    SPW_NEW(arena, hits->width_ticks, HITS);
    SPW_NEW(arena, hits->event, HITS);
    SPW_NEW(arena, hits->index, HITS);
    SPW_NEW(arena, hits->channel, HITS);
    SPW_NEW(arena, hits->t0_ns, HITS);
    SPW_NEW_ZEROS(arena, hits->shift_ns, HITS);
    SPW_NEW(arena, hits->time_ns, HITS);
    SPW_NEW(arena, hits->width_ns, HITS);
    SPW_NEW(arena, hits->radius_mm, HITS);
    SPW_NEW_ZEROS(arena, hits->quality, HITS);
    uint32_t x = 1;
    for (uint32_t i = 0; i < HITS; ++i) {
        x = x * 1664525u + 1013904223u;
        hits->ticks[i] = (int32_t)(x >> 20);
        hits->width_ticks[i] = (int32_t)(x >> 24);
        hits->event[i] = i / 128;
        hits->index[i] = x % CHANNELS;
        hits->t0_ns[i] = (float)(x >> 28);
    }
    hits->constants = (struct spw_hit_constants){
        {100, (float)(clock_ns / 256)}, hits->t0_ns, hits->index, hits->shift_ns};
    return make_slewing(&hits->slewing, arena);
}

static void bench_hits(struct bench_report *report, struct hits *hits, enum spw_isa isa)
{
    const struct {
        const char *name;
        uint64_t (*run)(void *);
        double bytes; ///< read and written a hit
    } cases[] = {{"calibrate/times", run_times, 40},
                 {"calibrate/slewing", run_slewing, 33},
                 {"calibrate/drift_radius", run_radius, 8}};

    hits->kernels = SPW_PICK(spw_calibrate_kernels, isa);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; ++i)
        bench_run(report, &(struct bench_case){.name = cases[i].name,
                                               .isa = spw_isa_name(isa),
                                               .unit = "hit",
                                               .units = HITS,
                                               .bytes = cases[i].bytes * HITS,
                                               .run = cases[i].run,
                                               .state = hits});
}

struct pulses {
    const struct spw_pulse_kernels *kernels;
    struct spw_pulse_constants constants;
    struct spw_pulse_input input;
    struct spw_pulse_output output;
};

static uint64_t run_pulses(void *state)
{
    const struct pulses *pulses = state;
    memset(pulses->output.quality, 0, sizeof *pulses->output.quality * PULSES);
    pulses->kernels->measure(&pulses->constants, &pulses->input, &pulses->output, 0,
                             PULSES);
    return (uint64_t)(pulses->output.energy_MeV[1] > 0);
}

/* Pulses of one shape at random times and heights: no two alike, so nothing is learnt. */
static void fill_samples(uint16_t *sample, const struct spw_pulse_shape *shape)
{
    uint32_t x = 1;
    for (uint32_t i = 0; i < PULSES; ++i) {
        x = x * 1664525u + 1013904223u;
        const double height = 20 + (x >> 20), at = 3.0 + 1e-3 * (double)(x >> 10 & 1023);
        for (uint32_t k = 0; k < SAMPLES; ++k)
            sample[SAMPLES * i + k] =
                (uint16_t)(400 +
                           height * spw_pulse_shape_value(shape, (k - at) * clock_ns));
    }
}

/* Addresses of a module follow each other; modules are far apart. */
static void fill_channels(struct spw_pulse_channel *channel, uint32_t *address)
{
    for (uint32_t i = 0; i < CELLS; ++i)
        channel[i] = (struct spw_pulse_channel){
            .index = (int32_t)i, .channel = i, .pedestal_adc = 400, .gain_MeV = 3.5f};
    for (uint32_t i = 0; i < PULSES; ++i)
        address[i] = (i / 4 * 1664525u % CELLS + i % 4) % CELLS;
}

static enum spw_status make_output(struct spw_pulse_output *output, struct spw_arena *arena)
{
    SPW_NEW(arena, output->channel, PULSES);
    SPW_NEW(arena, output->index, PULSES);
    SPW_NEW(arena, output->crate, PULSES);
    SPW_NEW(arena, output->energy_MeV, PULSES);
    SPW_NEW(arena, output->time_ns, PULSES);
    SPW_NEW(arena, output->amplitude_adc, PULSES);
    SPW_NEW(arena, output->charge_adc, PULSES);
    SPW_NEW(arena, output->early_adc, PULSES);
    SPW_NEW(arena, output->quality, PULSES);
    return SPW_OK;
}

static enum spw_status make_pulses(struct pulses *pulses, struct spw_arena *arena)
{
    const struct spw_pulse_shape shape = {.tau_ns = 72, .power = 6};
    struct spw_pulse_weights *weights;
    struct spw_pulse_channel *channel;
    uint16_t *sample;
    uint32_t *address, *row;
    SPW_NEW(arena, weights, SPW_PULSE_PHASES);
    SPW_NEW(arena, sample, PULSES * SAMPLES);
    SPW_NEW(arena, channel, CELLS);
    SPW_NEW(arena, address, PULSES);
    SPW_NEW(arena, row, PULSES);
    SPW_TRY(make_output(&pulses->output, arena));
    spw_filter_from_shape(weights, &shape, clock_ns);
    fill_samples(sample, &shape);
    fill_channels(channel, address);
    for (uint32_t i = 0; i < PULSES; ++i) row[i] = i;
    pulses->constants = (struct spw_pulse_constants){.weights = weights,
                                                     .clock_ns = (float)clock_ns,
                                                     .peak_ns = (float)(3.5 * clock_ns),
                                                     .iterate_MeV = 150,
                                                     .saturated_adc = 16383};
    spw_parabola_from_shape(&pulses->constants.parabola, &shape, clock_ns);
    pulses->input =
        (struct spw_pulse_input){PULSES, SAMPLES, sample, address, channel, row};
    return SPW_OK;
}

static void
bench_pulses(struct bench_report *report, struct pulses *pulses, enum spw_isa isa)
{
    const struct spw_pulse_weights *weights = pulses->constants.weights;
    struct bench_case which = {.isa = spw_isa_name(isa),
                               .unit = "channel",
                               .units = PULSES,
                               .bytes = (2.0 * SAMPLES + 2 * 4 + 32 + 8 * 4 + 2) * PULSES,
                               .run = run_pulses,
                               .state = pulses};
    pulses->kernels = SPW_PICK(spw_pulse_kernels, isa);
    which.name = "pulse/digital_filter";
    bench_run(report, &which);
    pulses->constants.weights = NULL;
    which.name = "pulse/parabola";
    bench_run(report, &which);
    pulses->constants.weights = weights;
}

enum spw_status bench_kernels(struct bench_report *report)
{
    struct spw_arena arena = {0};
    struct hits hits = {0};
    struct pulses pulses = {0};
    SPW_TRY(make_hits(&hits, &arena));
    SPW_TRY(make_pulses(&pulses, &arena));
    bench_group("calibrate: hits of a batch");
    for (enum spw_isa isa = SPW_ISA_V2; isa <= spw_isa_best(); ++isa)
        bench_hits(report, &hits, isa);
    bench_group("pulses: cells of a batch, 8 samples each");
    for (enum spw_isa isa = SPW_ISA_V2; isa <= spw_isa_best(); ++isa)
        bench_pulses(report, &pulses, isa);
    spw_arena_release(&arena);
    return SPW_OK;
}
