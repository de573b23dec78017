/// spillway: raw bursts in, physics out. Finds the sub-command and hands over to it.
#include "cli/cli.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

struct command {
    const char *name;
    int (*run)(int argc, char **argv);
    const char *meaning;
};

static const struct command commands[] = {
    {"reco", cmd_reco, "reconstruct raw files: hits, candidates, histograms"},
    {"sim", cmd_sim, "simulate raw files with known truth"},
    {"dump", cmd_dump, "show what is in a raw file"},
    {"hist", cmd_hist, "list, show, merge and compare histograms"},
    {"config", cmd_config, "check and show configurations"},
};

enum { N_COMMANDS = sizeof commands / sizeof *commands };

static const char doc[] =
    "spillway: raw bursts in, physics out."
    "\vExit codes: 0 done (also: already done), 3 not converged, 4 not enough data, 5 "
    "refused by "
    "a quality gate, 6 conflict, 7 nothing to do, 64 usage, 65 input corrupt beyond "
    "--max-bad-fraction, 66 input missing, 69 no constants, 70 internal error, 73 cannot "
    "create "
    "output, 74 I/O error, 75 temporary: retry, 78 configuration wrong.";

const char *argp_program_version = "spillway " SPW_VERSION;

static void print_commands(FILE *out)
{
    fprintf(out, "Commands:\n");
    for (int i = 0; i < N_COMMANDS; ++i)
        fprintf(out, "  %-8s %s\n", commands[i].name, commands[i].meaning);
    fprintf(out, "`spillway COMMAND --help` explains a command.\n");
}

/* Puts the list of commands behind the first line of the help; argp frees the page. */
static char *help_filter(int key, const char *text, void *input)
{
    (void)input;
    if (key != ARGP_KEY_HELP_PRE_DOC) return (char *)text;
    char *page = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&page, &size);
    if (!out) return (char *)text;
    fprintf(out, "%s\n\n", text);
    print_commands(out);
    fclose(out);
    return page;
}

static error_t parse(int key, char *argument, struct argp_state *state)
{
    int *first = state->input;
    (void)argument;
    switch (key) {
    case ARGP_KEY_ARG:
        *first = state->next - 1;
        state->next = state->argc;
        return 0;
    case ARGP_KEY_NO_ARGS:
        argp_error(state, "a command is missing");
        return EINVAL;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static int run_command(int argc, char **argv)
{
    for (int i = 0; i < N_COMMANDS; ++i) {
        if (strcmp(argv[0], commands[i].name) != 0) continue;
        char name[64];
        snprintf(name, sizeof name, "spillway %s", commands[i].name);
        argv[0] = name;
        program_invocation_name = program_invocation_short_name = name;
        return commands[i].run(argc, argv);
    }
    fprintf(stderr, "spillway: '%s' is not a command\n", argv[0]);
    print_commands(stderr);
    return SPW_USAGE;
}

/* A mapped raw file that became shorter ends here: no page is behind the address any more. */
static void on_lost_page(int number)
{
    static const char text[] =
        "spillway: error: a file was cut short while it was read; try again\n";
    (void)number;
    const ssize_t written = write(STDERR_FILENO, text, sizeof text - 1);
    (void)written;
    _exit(SPW_RETRY);
}

int main(int argc, char **argv)
{
    static const struct argp argp = {
        .parser = parse,
        .args_doc = "COMMAND [ARGUMENT...]",
        .doc = doc,
        .help_filter = help_filter,
    };
    const struct sigaction action = {.sa_handler = on_lost_page};
    sigaction(SIGBUS, &action, NULL);
    argp_err_exit_status = SPW_USAGE;
    int first = 0;
    const error_t error = argp_parse(&argp, argc, argv, ARGP_IN_ORDER, NULL, &first);
    return error ? SPW_USAGE : run_command(argc - first, argv + first);
}
