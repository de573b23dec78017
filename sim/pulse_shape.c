/* Shapes of the calorimeters' pulses (docs/physics/simulation.md, 8). */
#include "io/na62/constants.h"
#include "sim/setup.h"

#include <math.h>

enum { STEPS = 4096, BASELINE = 50, PHASES = 12 };

#define PULSE_END 8.0 /* the formula's table covers u = 0 ... 8 */

double sim_pulse_at(const struct sim_gains *gains, uint32_t dense, double t_ns)
{
    const struct sim_pulse *pulse = &gains->pulse;
    const double t = gains->squeeze ? t_ns * (double)gains->squeeze[dense] : t_ns;
    const double place = (t - pulse->begin_ns) * pulse->steps_per_ns;
    if (place <= 0 || place >= pulse->n_steps) return 0;
    const int i = (int)place;
    const double rest = place - i;
    return (double)pulse->value[i] * (1 - rest) + (double)pulse->value[i + 1] * rest;
}

/* (u exp(1 - u))^power at u = 1 + t / tau, 1 at t = 0. */
static enum spw_status from_formula(struct sim_gains *gains, struct spw_arena *arena)
{
    gains->pulse = (struct sim_pulse){.n_steps = STEPS,
                                      .begin_ns = -gains->pulse_tau,
                                      .steps_per_ns = STEPS / PULSE_END / gains->pulse_tau};
    SPW_NEW(arena, gains->pulse.value, STEPS + 1);
    for (int i = 0; i <= STEPS; ++i) {
        const double u = PULSE_END * i / STEPS;
        gains->pulse.value[i] = (float)pow(u * exp(1 - u), gains->pulse_power);
    }
    return SPW_OK;
}

/* The experiment's reference pulse, in steps of 1 ns: baseline at 0, maximum 1 at t = 0. */
static enum spw_status from_reference(struct sim_gains *gains,
                                      const struct na62_lkr_pulse *reference)
{
    const float *value = reference->value;
    uint32_t top = BASELINE;
    double base = 0;
    if (reference->count < 4 * BASELINE)
        return SPW_FAIL(SPW_BAD_CONFIG, "LKr-digishape: %u numbers are no pulse",
                        reference->count);
    for (uint32_t i = 0; i < BASELINE; ++i) base += (double)value[i] / BASELINE;
    for (uint32_t i = top; i + 1 < reference->count; ++i)
        if (value[i] > value[top]) top = i;
    const double height = (double)value[top] - base;
    if (top == BASELINE || !(height > 0))
        return SPW_FAIL(SPW_BAD_CONFIG, "LKr-digishape: the pulse has no maximum");
    const double slope = 0.5 * ((double)value[top - 1] - (double)value[top + 1]);
    const double bend =
        (double)value[top - 1] - 2 * (double)value[top] + (double)value[top + 1];
    gains->pulse = (struct sim_pulse){.value = reference->value,
                                      .n_steps = reference->count - 1,
                                      .begin_ns = -(top + (bend < 0 ? slope / bend : 0)),
                                      .steps_per_ns = 1};
    for (uint32_t i = 0; i < reference->count; ++i)
        gains->pulse.value[i] = (float)(((double)value[i] - base) / height);
    return SPW_OK;
}

/* Mean height that the weights of a shape find of pulses squeezed in time, over half a clock to
   each side. */
static double
found_height(struct sim_gains *gains, const struct na62_lkr_filter *filter, uint32_t shape)
{
    double sum = 0;
    for (int phase = -PHASES; phase <= PHASES; ++phase)
        for (int i = 0; i < 3; ++i) {
            const uint32_t row =
                shape * NA62_FILTER_PHASES + (uint32_t)(phase + NA62_FILTER_ZERO);
            sum += (double)filter->weight[row][i] *
                   sim_pulse_at(gains, 0, phase + (i - 1) * NA62_CLOCK_NS);
        }
    return sum / (2 * PHASES + 1);
}

/* The shapes of the digital filter are the reference pulse, narrower or wider: by so much that
   its weights find the right height. */
static float
squeeze_of(struct sim_gains *gains, const struct na62_lkr_filter *filter, uint32_t shape)
{
    float low = 0.8f, high = 1.25f;
    for (int step = 0; step < 30; ++step) {
        gains->squeeze[0] = 0.5f * (low + high);
        if (found_height(gains, filter, shape) > 1)
            low = gains->squeeze[0];
        else
            high = gains->squeeze[0];
    }
    return low;
}

static enum spw_status squeeze_all(struct sim_gains *gains,
                                   struct spw_arena *arena,
                                   const struct spw_channel_map *map,
                                   const struct na62_lkr_filter *filter,
                                   const uint8_t *shape)
{
    float *of_shape;
    SPW_NEW_ZEROS(arena, of_shape, filter->n_shapes + 1);
    SPW_NEW_ZEROS(arena, gains->squeeze, map->n_channels);
    for (uint32_t s = 0; s < filter->n_shapes; ++s)
        of_shape[s] = squeeze_of(gains, filter, s);
    for (uint32_t i = 0; i < map->n_channels; ++i) {
        const uint32_t cell = map->id[i] / 1000 * 128 + map->id[i] % 1000;
        const uint32_t s = shape && cell < NA62_LKR_CELLS ? shape[cell] : 0;
        gains->squeeze[i] = of_shape[s < filter->n_shapes ? s : 0];
    }
    return SPW_OK;
}

enum spw_status
sim_pulse_open(struct sim_setup *setup, struct spw_arena *arena, enum sim_calorimeter c)
{
    struct sim_gains *gains = &setup->gains[c];
    struct na62_lkr_pulse reference;
    struct na62_lkr_filter filter;
    struct spw_text_table table;
    uint8_t *shape = NULL;
    SPW_TRY(sim_constants_open(&table, setup, arena, gains->filter));
    if (!table.count) return from_formula(gains, arena);
    SPW_TRY(na62_lkr_filter_read(&filter, arena, &table));
    SPW_TRY(sim_constants_file(&table, setup, arena, "LKr-digishape.dat"));
    if (!table.count) return from_formula(gains, arena);
    SPW_TRY(na62_lkr_pulse_read(&reference, arena, &table));
    SPW_TRY(from_reference(gains, &reference));
    SPW_TRY(sim_constants_open(&table, setup, arena, gains->shape));
    if (table.count) SPW_TRY(na62_lkr_shapes_read(&shape, arena, &table));
    return squeeze_all(gains, arena, &setup->cells[c].map, &filter, shape);
}
