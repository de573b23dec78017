#include "sim/setup.h"

#include "sim/random.h"

#include <math.h>

/* Timestamps of the burst: 40 M ticks a second, the spill's flat top after one second. */
#define SPILL_START_TICKS 40e6
#define SPILL_TICKS       192e6
#define MIN_GAP_TICKS     40.0

enum { MAX_NUMBER = 0xFFFFF0, MEAN_NUMBER_STEP = 10 };

/* Numbers and times of all events, in order: random gaps, as triggers that were rejected and the
 * beam leave them. */
static enum spw_status make_times(struct sim_setup *setup, struct spw_arena *arena)
{
    struct sim_random random;
    const double n = (double)setup->n_events;
    const double step = fmin(MEAN_NUMBER_STEP, MAX_NUMBER / (2 * n)) - 1;
    const double gap = fmax(0, 0.9 * SPILL_TICKS / n - MIN_GAP_TICKS);
    double ticks = SPILL_START_TICKS;
    uint32_t number = 0;
    SPW_NEW(arena, setup->number, setup->n_events);
    SPW_NEW(arena, setup->timestamp, setup->n_events);
    sim_random_seed(&random, setup->seed, UINT64_C(5) << 60);
    for (uint64_t i = 0; i < setup->n_events; ++i) {
        ticks += MIN_GAP_TICKS + gsl_ran_exponential(&random.rng, gap);
        number += 1 + (uint32_t)gsl_ran_exponential(&random.rng, step);
        setup->number[i] = number;
        setup->timestamp[i] = (uint32_t)ticks;
    }
    if (number > MAX_NUMBER || ticks > 0xF0000000)
        return SPW_FAIL(SPW_USAGE, "%llu events do not fit into one burst",
                        (unsigned long long)setup->n_events);
    return SPW_OK;
}

static enum spw_status take_options(struct sim_setup *setup,
                                    const struct sim_options *options)
{
    struct sim_settings *s = &setup->settings;
    if (options->scenario) s->scenario = options->scenario;
    SPW_TRY(sim_scenario_find(s->scenario, &setup->scenario));
    setup->seed = options->seed;
    setup->n_events = options->n_events ? options->n_events : (uint64_t)s->events;
    setup->run = options->run ? options->run : (uint32_t)s->run;
    setup->burst = options->burst ? options->burst : (uint32_t)s->burst;
    setup->sob_time_s = (uint32_t)s->start_time + 20 * setup->burst;
    if (setup->n_events < 1 || setup->n_events > 4000000)
        return SPW_FAIL(SPW_USAGE, "%llu events: a burst has 1 to 4000000",
                        (unsigned long long)setup->n_events);
    if (setup->run < 4400 || setup->run > 999999)
        return SPW_FAIL(SPW_USAGE, "run %u: runs 4400 to 999999 can be simulated",
                        setup->run);
    return SPW_OK;
}

static enum spw_status index_lkr(struct sim_setup *setup, struct spw_arena *arena)
{
    const struct spw_channel_map *map = &setup->cells[SIM_LKR].map;
    const uint32_t n = NA62_LKR_SIDE * NA62_LKR_SIDE;
    SPW_NEW(arena, setup->lkr_channel, n);
    for (uint32_t i = 0; i < n; ++i) setup->lkr_channel[i] = -1;
    for (uint32_t i = 0; i < map->n_channels; ++i) {
        const uint32_t ix = map->id[i] / 1000, iy = map->id[i] % 1000;
        if (ix < NA62_LKR_SIDE && iy < NA62_LKR_SIDE)
            setup->lkr_channel[NA62_LKR_SIDE * ix + iy] = (int32_t)i;
    }
    return SPW_OK;
}

enum spw_status sim_setup_open(struct sim_setup *setup,
                               struct spw_arena *arena,
                               const struct sim_options *options)
{
    struct spw_config *config = options->config;
    *setup = (struct sim_setup){0};
    if (!config) SPW_TRY(spw_config_parse(&config, arena, "defaults", "{}", 2, NULL, 0));
    SPW_TRY(sim_settings_read(&setup->settings, config));
    SPW_TRY(take_options(setup, options));
    if (setup->settings.conditions_dir)
        SPW_TRY(spw_file_search_open(&setup->conditions, arena,
                                     setup->settings.conditions_dir));
    SPW_TRY(sim_channels_open(setup, arena, config));
    SPW_TRY(sim_gains_open(setup, arena, config));
    SPW_TRY(sim_drift_open(setup, arena, config));
    SPW_TRY(spw_config_finish(config));
    SPW_TRY(index_lkr(setup, arena));
    sim_decays_prepare(&setup->decays);
    return make_times(setup, arena);
}
