/// spillway-bench: kernels and chain next to the floor of this machine, as a table and JSON.
#include "bench/bench.h"
#include "bench/chain_job.h"

#include "core/log.h"

#include <argp.h>
#include <stdio.h>
#include <stdlib.h>

enum { KEY_JSON = 0x1000 };

static const struct argp_option options[] = {
    {"raw", 'r', "FILE", 0, "burst to work on (default: a simulated one)", 0},
    {"config", 'c', "FILE", 0, "configuration (default: configs/na62/na62.yaml)", 0},
    {"filter", 'f', "TEXT", 0, "only cases whose name contains TEXT", 0},
    {"repeats", 'n', "N", 0, "samples a case (default 21)", 0},
    {"events", 'e', "N", 0, "events of the simulated burst (default 20000)", 0},
    {"json", KEY_JSON, "FILE", 0, "also write the results as JSON", 0},
    {0},
};

struct arguments {
    struct bench_report report;
    const char *raw, *config, *json;
    uint64_t events;
};

static error_t parse(int key, char *argument, struct argp_state *state)
{
    struct arguments *arguments = state->input;
    switch (key) {
    case 'r':
        arguments->raw = argument;
        return 0;
    case 'c':
        arguments->config = argument;
        return 0;
    case 'f':
        arguments->report.filter = argument;
        return 0;
    case 'n':
        arguments->report.repeats = atoi(argument);
        if (arguments->report.repeats < 1) argp_error(state, "-n wants a positive number");
        return 0;
    case 'e':
        arguments->events = strtoull(argument, NULL, 0);
        return 0;
    case KEY_JSON:
        arguments->json = argument;
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp argp = {
    .options = options,
    .parser = parse,
    .doc =
        "Time kernels and the whole chain; medians with spread, next to measured floors.",
};

static enum spw_status run(struct arguments *arguments)
{
    struct bench_report *report = &arguments->report;
    SPW_TRY(bench_floor(report));
    SPW_TRY(bench_kernels(report));
    SPW_TRY(bench_clusters(report));
    SPW_TRY(bench_rings(report));
    SPW_TRY(bench_straw(report));
    SPW_TRY(bench_tracks(report));
    if (!arguments->raw)
        SPW_TRY(bench_simulate(arguments->config, 1, arguments->events, &arguments->raw));
    SPW_TRY(bench_unpack(report, arguments->raw));
    SPW_TRY(bench_chain(report, arguments->raw, arguments->config));
    return bench_occupancy(report, arguments->config, arguments->events / 4);
}

int main(int argc, char **argv)
{
    struct arguments arguments = {
        .report = {.results = json_array(), .repeats = 21},
        .config = "configs/na62/na62.yaml",
        .events = 20000,
    };
    if (argp_parse(&argp, argc, argv, 0, NULL, &arguments) != 0) return SPW_USAGE;
    spw_log_setup(&(struct spw_log_options){.level = SPW_LOG_ERROR});
    const enum spw_status status = run(&arguments);
    if (status != SPW_OK) fprintf(stderr, "spillway-bench: %s\n", spw_error_message());
    if (status == SPW_OK && arguments.json &&
        json_dump_file(arguments.report.results, arguments.json, JSON_INDENT(1)) != 0) {
        fprintf(stderr, "spillway-bench: cannot write %s\n", arguments.json);
        return SPW_IO;
    }
    json_decref(arguments.report.results);
    return (int)status;
}
