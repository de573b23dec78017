/// spillway reco: raw files to columns, histograms and a sidecar each.
#include "cli/cli.h"
#include "cli/table.h"

#include "io/format.h"
#include "reco/job.h"

#include <omp.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { KEY_ISA = 0x2000, KEY_TIER, KEY_MAX_BAD, KEY_SET, KEY_FORCE, KEY_JSON };

static const struct argp_option options[] = {
    {"config", 'c', "FILE", 0, "configuration (default: the experiment's own)", 0},
    {"output", 'o', "DIR", 0, "folder of the outputs (default: current), made if needed",
     0},
    {"threads", 'j', "N", 0, "threads (default: OMP_NUM_THREADS, else the cores allowed)",
     0},
    {"isa", KEY_ISA, "LEVEL", 0, "instruction set: v2, v3 or v4 (default: the best)", 0},
    {"tier", KEY_TIER, "TIER", 0, "mdst, reco (default) or cdst: how much is written", 0},
    {"max-bad-fraction", KEY_MAX_BAD, "F", 0,
     "accept this fraction of damaged events (default 0.01), else exit 65", 0},
    {"set", KEY_SET, "KEY=VALUE", 0, "override one configuration value (repeatable)", 0},
    {"force", KEY_FORCE, NULL, 0, "redo what is already done", 0},
    {"json", KEY_JSON, NULL, 0, "print one JSON object an input instead of the table", 0},
    {0},
};

struct command {
    struct cli_common common;
    struct cli_overrides overrides;
    struct spw_job_options job;
    char **raw;
    int n_raw;
    bool json;
};

static volatile sig_atomic_t stop_requested;

static void on_signal(int number)
{
    (void)number;
    stop_requested = 1;
}

static int allowed_threads(void)
{
    cpu_set_t set;
    if (getenv("OMP_NUM_THREADS")) return omp_get_max_threads();
    return sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : 1;
}

static double parse_fraction(const char *text, struct argp_state *state)
{
    char *end;
    const double f = strtod(text, &end);
    if (end == text || *end || !(f >= 0 && f <= 1))
        argp_error(state, "--max-bad-fraction wants 0 ... 1, got '%s'", text);
    return f;
}

static void check_usage(enum spw_status status, struct argp_state *state)
{
    if (status != SPW_OK) argp_error(state, "%s", spw_error_message());
}

static int compare_stems(const void *a, const void *b)
{
    const struct spw_bytes *one = a, *other = b;
    const size_t n = one->size < other->size ? one->size : other->size;
    const int order = memcmp(one->data, other->data, n);
    return order ? order : (one->size > other->size) - (one->size < other->size);
}

/* Two inputs of one stem would write the same files, the second over the first. */
static void check_stems(const struct command *command, struct argp_state *state)
{
    const size_t n = (size_t)command->n_raw;
    struct spw_arena arena = {0};
    struct spw_bytes *stem = spw_arena_alloc(&arena, n * sizeof *stem);
    for (size_t i = 0; stem && i < n; ++i) stem[i] = spw_job_stem(command->raw[i]);
    if (stem) qsort(stem, n, sizeof *stem, compare_stems);
    for (size_t i = 1; stem && i < n; ++i)
        if (compare_stems(&stem[i - 1], &stem[i]) == 0)
            argp_error(state, "two inputs would both write %.*s.reco.h5", (int)stem[i].size,
                       (const char *)stem[i].data);
    spw_arena_release(&arena);
}

static error_t parse(int key, char *argument, struct argp_state *state)
{
    struct command *command = state->input;
    struct spw_job_options *job = &command->job;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &command->common;
        return 0;
    case 'c':
        job->config_path = argument;
        return 0;
    case 'o':
        job->folder = argument;
        return 0;
    case 'j':
        job->threads = (int)cli_number(argument, "-j", 1, CLI_MAX_THREADS, state);
        return 0;
    case KEY_ISA:
        check_usage(spw_isa_parse(argument, &job->isa), state);
        return 0;
    case KEY_TIER:
        check_usage(spw_tier_parse(argument, &job->tier), state);
        return 0;
    case KEY_MAX_BAD:
        job->max_bad_fraction = parse_fraction(argument, state);
        return 0;
    case KEY_SET:
        cli_override_add(&command->overrides, argument, state);
        return 0;
    case KEY_FORCE:
        job->force = true;
        return 0;
    case KEY_JSON:
        command->json = true;
        return 0;
    case ARGP_KEY_ARGS:
        command->raw = state->argv + state->next;
        command->n_raw = state->argc - state->next;
        check_stems(command, state);
        return 0;
    case ARGP_KEY_NO_ARGS:
        argp_error(state, "no raw file given");
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
    .args_doc = "RAW...",
    .doc = "Reconstruct raw files: for STEM.dat write STEM.reco.h5 (columns), STEM.hist.h5 "
           "(histograms) and STEM.reco.h5.json (sidecar, last).",
    .children = children,
};

static enum spw_status run_file(const struct command *command, const char *path)
{
    struct spw_raw_file file;
    SPW_TRY(spw_raw_file_open(&file, path));
    struct spw_job_options job = command->job;
    job.overrides = command->overrides.text;
    job.n_overrides = command->overrides.count;
    enum spw_status status = SPW_OK;
    if (!job.config_path)
        status = cli_config_path(file.format->experiment, &job.config_path);
    if (status == SPW_OK) status = cli_folder_make(job.folder);
    struct spw_job_result result = {0};
    if (status == SPW_OK) status = spw_job_run(&file, &job, &result);
    if (status == SPW_OK) {
        if (command->json)
            cli_print_json(result.summary);
        else if (command->common.log.level != SPW_LOG_ERROR)
            cli_print_summary(path, result.summary, result.already_done);
        json_decref(result.summary);
    }
    spw_raw_file_release(&file);
    return status;
}

int cmd_reco(int argc, char **argv)
{
    struct command command = {
        .common = CLI_COMMON_DEFAULTS,
        .job = {.folder = ".",
                .tier = SPW_TIER_RECO,
                .max_bad_fraction = 0.01,
                .stop = &stop_requested,
                .isa = spw_isa_best(),
                .threads = allowed_threads()},
    };
    if (argp_parse(&argp, argc, argv, 0, NULL, &command) != 0) return SPW_USAGE;

    const struct sigaction action = {.sa_handler = on_signal};
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGINT, &action, NULL);
    int worst = SPW_OK, n_tried = 0;
    for (; n_tried < command.n_raw && !stop_requested; ++n_tried) {
        const int code = cli_close(run_file(&command, command.raw[n_tried]));
        if (code == SPW_RETRY && stop_requested) return SPW_RETRY;
        if (code != SPW_OK && worst == SPW_OK) worst = code;
    }
    /* a signal that came when all was done asks for nothing more */
    return n_tried < command.n_raw ? SPW_RETRY : worst;
}
