/// spillway config: checks configurations, and shows what a run would really use.
#include "cli/cli.h"

#include "core/config.h"
#include "io/format.h"
#include "reco/run.h"
#include "sim/sim.h"

#include <stdio.h>
#include <string.h>

enum { KEY_SET = 0x5000, KEY_DEFAULTS, KEY_EFFECTIVE, KEY_PLAIN, KEY_RUN, KEY_BURST };

static const struct argp_option options[] = {
    {"config", 'c', "FILE", 0, "configuration (default: the experiment's own)", 0},
    {"experiment", 'e', "NAME", 0, "whose configuration without -c: na62 (default) or mice",
     0},
    {"set", KEY_SET, "KEY=VALUE", 0, "override one configuration value (repeatable)", 0},
    {"run", KEY_RUN, "N", 0, "run whose constants are looked for (default 0)", 0},
    {"burst", KEY_BURST, "N", 0, "burst whose constants are looked for (default 0)", 0},
    {"effective", KEY_EFFECTIVE, NULL, 0,
     "show: every option with its value (this is the default)", 0},
    {"defaults", KEY_DEFAULTS, NULL, 0, "show: the program's own defaults, no file read",
     0},
    {"plain", KEY_PLAIN, NULL, 0, "show: no help in comments", 0},
    {0},
};

struct command {
    struct cli_common common;
    struct cli_overrides overrides;
    const char *path, *experiment;
    uint32_t run, burst;
    bool defaults, plain;
    char **words; ///< what to do, and the files to check
    int n_words;
};

static void check_words(const struct command *command, struct argp_state *state)
{
    const bool show = strcmp(command->words[0], "show") == 0;
    if (!show && strcmp(command->words[0], "check") != 0)
        argp_error(state, "'%s' is not check or show", command->words[0]);
    if (show && command->n_words > 1)
        argp_error(state, "show takes its file as -c FILE, got '%s'", command->words[1]);
}

static error_t parse(int key, char *argument, struct argp_state *state)
{
    struct command *command = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &command->common;
        return 0;
    case 'c':
        command->path = argument;
        return 0;
    case 'e':
        command->experiment = argument;
        return 0;
    case KEY_SET:
        cli_override_add(&command->overrides, argument, state);
        return 0;
    case KEY_RUN:
        command->run = (uint32_t)cli_number(argument, "--run", 0, UINT32_MAX, state);
        return 0;
    case KEY_BURST:
        command->burst = (uint32_t)cli_number(argument, "--burst", 0, UINT32_MAX, state);
        return 0;
    case KEY_EFFECTIVE:
        command->defaults = false;
        return 0;
    case KEY_DEFAULTS:
        command->defaults = true;
        return 0;
    case KEY_PLAIN:
        command->plain = true;
        return 0;
    case ARGP_KEY_ARGS:
        command->words = state->argv + state->next;
        command->n_words = state->argc - state->next;
        check_words(command, state);
        return 0;
    case ARGP_KEY_NO_ARGS:
        argp_error(state, "check or show?");
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
    .args_doc = "check [FILE...]\nshow",
    .doc = "Check configurations as `spillway reco` and `spillway sim` would (the "
           "experiment's own without FILE), or show every option with value, unit, default "
           "and meaning, as YAML that can be read again.",
    .children = children,
};

static const struct spw_format *format_of(const char *experiment)
{
    for (size_t i = 0; i < spw_n_formats; ++i)
        if (strcmp(spw_formats[i]->experiment, experiment) == 0) return spw_formats[i];
    return NULL;
}

/* The options of `spillway sim` are in the same file. */
static enum spw_status read_sim_section(struct spw_config *config, const char *experiment)
{
    for (size_t i = 0; i < sim_n_experiments; ++i)
        if (strcmp(sim_experiments[i].name, experiment) == 0)
            return sim_experiments[i].read_section(config);
    return SPW_OK;
}

/* Lets every module read its options, as for a raw file of this run without any event. The
   options of a run live as long as it does: `run` is the caller's to release. */
static enum spw_status prepare(const struct command *command,
                               struct spw_config *config,
                               struct spw_arena *arena,
                               struct spw_run *run)
{
    struct experiment {
        const char *name;
    } experiment;
    static const struct spw_option option = {.key = "experiment",
                                             .type = SPW_OPTION_TEXT,
                                             .required = true,
                                             .help = "na62 or mice"};
    SPW_TRY(spw_config_read(config, "", &option, 1, &experiment));
    struct spw_raw_file file = {.path = "no raw file",
                                .format = format_of(experiment.name)};
    if (!file.format)
        return SPW_FAIL(SPW_BAD_CONFIG, "experiment '%s' is not known", experiment.name);
    SPW_TRY(read_sim_section(config, experiment.name));
    file.run = command->run;
    file.burst = command->burst;
    SPW_NEW_ZEROS(arena, file.tally, file.format->n_tallies);
    run->isa = spw_isa_best();
    run->tier = SPW_TIER_CDST;
    return spw_run_prepare(run, config, &file);
}

static enum spw_status open_config(const struct command *command,
                                   const char *path,
                                   struct spw_arena *arena,
                                   struct spw_config **config)
{
    const struct cli_overrides *overrides = &command->overrides;
    if (path)
        return spw_config_open(config, arena, path, overrides->text, overrides->count);
    const char *text = spw_arena_printf(arena, "experiment: %s\n", command->experiment);
    if (!text) return SPW_FAIL(SPW_RETRY, "out of memory: configuration");
    return spw_config_parse(config, arena, "defaults", text, strlen(text), overrides->text,
                            overrides->count);
}

static enum spw_status print_config(const struct command *command,
                                    const struct spw_config *config)
{
    const char *text = spw_config_text(config, !command->plain);
    if (!text) return SPW_FAIL(SPW_RETRY, "out of memory: text of the configuration");
    fputs(text, stdout);
    return SPW_OK;
}

/* Opens and prepares one configuration (NULL: the defaults); prints it, or that it is good. */
static enum spw_status process(const struct command *command, const char *path, bool print)
{
    struct spw_arena arena = {0};
    struct spw_config *config = NULL;
    struct spw_run run = {0};
    enum spw_status status = open_config(command, path, &arena, &config);
    if (status == SPW_OK) status = prepare(command, config, &arena, &run);
    if (status == SPW_OK && print) status = print_config(command, config);
    spw_run_release(&run);
    spw_arena_release(&arena);
    if (status == SPW_OK && !print && command->common.log.level != SPW_LOG_ERROR)
        printf("%s: good\n", path);
    return status;
}

static int check_files(const struct command *command, char **paths, int n_paths)
{
    int worst = SPW_OK;
    for (int i = 0; i < n_paths; ++i) {
        const int code = cli_close(process(command, paths[i], false));
        if (worst == SPW_OK) worst = code;
    }
    return worst;
}

static enum spw_status default_path(const struct command *command, const char **path)
{
    *path = command->path;
    return *path ? SPW_OK : cli_config_path(command->experiment, path);
}

static int check(const struct command *command)
{
    if (command->n_words > 1)
        return check_files(command, command->words + 1, command->n_words - 1);
    const char *path;
    const enum spw_status status = default_path(command, &path);
    return cli_close(status == SPW_OK ? process(command, path, false) : status);
}

static int show(const struct command *command)
{
    const char *path = NULL;
    enum spw_status status = SPW_OK;
    if (!command->defaults) status = default_path(command, &path);
    return cli_close(status == SPW_OK ? process(command, path, true) : status);
}

int cmd_config(int argc, char **argv)
{
    struct command command = {.common = CLI_COMMON_DEFAULTS, .experiment = "na62"};
    if (argp_parse(&argp, argc, argv, 0, NULL, &command) != 0) return SPW_USAGE;
    return strcmp(command.words[0], "check") == 0 ? check(&command) : show(&command);
}
