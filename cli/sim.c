/// spillway sim: seeded raw files of an experiment, with their truth.
#include "cli/cli.h"
#include "cli/table.h"

#include "sim/sim.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

enum { KEY_EVENTS = 0x3000, KEY_SEED, KEY_RUN, KEY_BURST, KEY_SCENARIO, KEY_SET, KEY_JSON };

static const struct argp_option options[] = {
    {"config", 'c', "FILE", 0, "configuration (default: the experiment's own)", 0},
    {"experiment", 'e', "NAME", 0, "whose configuration without -c: na62 (default) or mice",
     0},
    {"events", KEY_EVENTS, "N", 0, "physics events (default: sim.events)", 0},
    {"seed", KEY_SEED, "S", 0, "seed (default 1); the same seed gives the same bytes", 0},
    {"run", KEY_RUN, "R", 0, "run number (default: sim.run)", 0},
    {"burst", KEY_BURST, "B", 0, "burst number (default: sim.burst)", 0},
    {"scenario", KEY_SCENARIO, "NAME", 0,
     "NA62: mix (default), kmu2, k2pi, k3pi, ke3, kmu3, kpi00, pinunu, empty, pedestal, "
     "pulser, photons",
     0},
    {"output", 'o', "DIR", 0, "folder of the outputs (default: current), made if needed",
     0},
    {"threads", 'j', "N", 0, "threads (default: OMP_NUM_THREADS, else all cores)", 0},
    {"set", KEY_SET, "KEY=VALUE", 0, "override one configuration value (repeatable)", 0},
    {"json", KEY_JSON, NULL, 0, "print a JSON object instead of the table", 0},
    {0},
};

struct command {
    struct cli_common common;
    struct cli_overrides overrides;
    struct sim_options sim;
    const char *config_path, *experiment;
    bool json;
};

static error_t parse(int key, char *argument, struct argp_state *state)
{
    struct command *command = state->input;
    struct sim_options *sim = &command->sim;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &command->common;
        return 0;
    case 'c':
        command->config_path = argument;
        return 0;
    case 'e':
        command->experiment = argument;
        return 0;
    case 'o':
        sim->out_dir = argument;
        return 0;
    case 'j':
        sim->n_threads = (int)cli_number(argument, "-j", 1, CLI_MAX_THREADS, state);
        return 0;
    case KEY_EVENTS:
        sim->n_events = cli_number(argument, "--events", 1, UINT32_MAX, state);
        return 0;
    case KEY_SEED:
        sim->seed = cli_number(argument, "--seed", 0, UINT64_MAX, state);
        return 0;
    case KEY_RUN:
        sim->run = (uint32_t)cli_number(argument, "--run", 1, UINT32_MAX, state);
        return 0;
    case KEY_BURST:
        sim->burst = (uint32_t)cli_number(argument, "--burst", 1, 0xFFFFFF, state);
        return 0;
    case KEY_SCENARIO:
        sim->scenario = argument;
        return 0;
    case KEY_SET:
        cli_override_add(&command->overrides, argument, state);
        return 0;
    case KEY_JSON:
        command->json = true;
        return 0;
    case ARGP_KEY_ARG:
        argp_error(state, "unexpected argument '%s'", argument);
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp_child children[] = {{&cli_common_argp, 0, "Common options:", 0},
                                             {0}};

static const struct argp argp = {
    .options = options,
    .parser = parse,
    .doc = "Simulate a raw file with known truth: the raw burst, STEM.truth.h5, and the "
           "constants used in DIR/conditions.",
    .children = children,
};

static enum spw_status read_experiment(struct spw_config *config, const char **experiment)
{
    struct named {
        const char *experiment;
    } named;
    static const struct spw_option option =
        SPW_OPTION(struct named, experiment, SPW_OPTION_TEXT, NULL, "na62", "experiment");
    SPW_TRY(spw_config_read(config, "", &option, 1, &named));
    *experiment = named.experiment;
    return SPW_OK;
}

static enum spw_status
run(struct command *command, struct spw_arena *arena, struct sim_result *result)
{
    const char *path = command->config_path, *experiment;
    if (!path) SPW_TRY(cli_config_path(command->experiment, &path));
    SPW_TRY(spw_config_open(&command->sim.config, arena, path, command->overrides.text,
                            command->overrides.count));
    SPW_TRY(read_experiment(command->sim.config, &experiment));
    if (command->sim.out_dir) SPW_TRY(cli_folder_make(command->sim.out_dir));
    for (size_t i = 0; i < sim_n_experiments; ++i)
        if (strcmp(sim_experiments[i].name, experiment) == 0)
            return sim_experiments[i].simulate(&command->sim, result);
    return SPW_FAIL(SPW_USAGE, "%s: there is no simulation of experiment '%s'", path,
                    experiment);
}

static void
print(const struct command *command, const struct sim_result *result, double seconds)
{
    const double MB = (double)result->n_bytes / 1e6, events = (double)result->n_events;
    if (command->json) {
        json_t *object =
            json_pack("{s:s, s:s, s:s, s:I, s:I, s:f}", "raw", result->raw_path, "truth",
                      result->truth_path, "conditions_dir", result->conditions_dir,
                      "events", (json_int_t)result->n_events, "bytes",
                      (json_int_t)result->n_bytes, "seconds", seconds);
        cli_print_json(object);
        json_decref(object);
        return;
    }
    if (command->common.log.level == SPW_LOG_ERROR) return;
    printf("%s\n", result->raw_path);
    printf("  %.0f events, %.1f MB, %.1f kB an event, %.0f events/s\n", events, MB,
           1e3 * MB / events, events / seconds);
    printf("  truth       %s\n", result->truth_path);
    if (result->conditions_dir[0]) printf("  conditions  %s\n", result->conditions_dir);
}

static double now_s(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

int cmd_sim(int argc, char **argv)
{
    struct command command = {
        .common = CLI_COMMON_DEFAULTS, .experiment = "na62", .sim = {.seed = 1}};
    struct spw_arena arena = {0};
    struct sim_result result = {0};
    if (argp_parse(&argp, argc, argv, 0, NULL, &command) != 0) return SPW_USAGE;

    const double start = now_s();
    const enum spw_status status = run(&command, &arena, &result);
    if (status == SPW_OK) print(&command, &result, now_s() - start);
    spw_arena_release(&arena);
    return cli_close(status);
}
