/// spillway hist: lists, shows, merges and compares files of histograms.
#include "cli/hist.h"

#include "cli/cli.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { KEY_CSV = 0x2000, KEY_JSON, KEY_ALLOW_MISSING, KEY_SIGMA, KEY_ROWS };

enum { MAX_FILES = 100000 };

static const struct argp_option options[] = {
    {"json", KEY_JSON, NULL, 0, "print JSON (show: UHI schema 1)", 0},
    {"csv", KEY_CSV, NULL, 0, "show: one line a bin, flow bins too", 0},
    {"rows", KEY_ROWS, "N", 0, "show: join bins to at most N lines (60; 0: all)", 0},
    {"output", 'o', "FILE", 0, "merge: the sum", 0},
    {"allow-missing", KEY_ALLOW_MISSING, "N", 0,
     "merge: leave out up to N unreadable files", 0},
    {"sigma", KEY_SIGMA, "S", 0, "diff: bins may differ by S standard deviations (0)", 0},
    {0},
};

static const char doc[] =
    "Lists, shows, merges and compares histograms."
    "\vls FILE...            the histograms of each file, with axes and entries\n"
    "show FILE PATH...     one histogram or several: bars, a map, CSV or JSON\n"
    "merge -o OUT IN...    the sum; refuses inputs that would count twice\n"
    "diff A B              compares bin by bin\n\n"
    "diff ends with 0 when nothing differs, 5 when counts differ, 6 when the files hold "
    "other "
    "histograms or other axes. merge ends with 6 for inputs seen twice or other axes, 66 "
    "when "
    "an input is missing.";

static double parse_sigma(const char *text, struct argp_state *state)
{
    char *end;
    const double value = strtod(text, &end);
    if (end == text || *end || !(value >= 0 && value <= 1e9))
        argp_error(state, "--sigma wants a number, 0 ... 1e9, got '%s'", text);
    return value;
}

static error_t parse(int key, char *argument, struct argp_state *state)
{
    struct hist_options *hist = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &hist->common;
        return 0;
    case KEY_CSV:
        hist->csv = true;
        return 0;
    case KEY_JSON:
        hist->json = true;
        return 0;
    case 'o':
        hist->output = argument;
        return 0;
    case KEY_ROWS:
        hist->rows = (uint32_t)cli_number(argument, "--rows", 0, 1000000000, state);
        return 0;
    case KEY_SIGMA:
        hist->sigma = parse_sigma(argument, state);
        return 0;
    case KEY_ALLOW_MISSING:
        hist->allow_missing =
            (long)cli_number(argument, "--allow-missing", 0, MAX_FILES, state);
        return 0;
    case ARGP_KEY_ARGS:
        hist->argument = state->argv + state->next;
        hist->n_arguments = state->argc - state->next;
        state->next = state->argc;
        return 0;
    case ARGP_KEY_NO_ARGS:
        argp_error(state, "ls, show, merge or diff?");
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static uint64_t count_events(const struct spw_histogram_set *set)
{
    uint64_t events = 0;
    for (uint32_t i = 0; i < set->n_inputs; ++i) events += set->input[i].events;
    return events;
}

static json_t *list_json(const char *path, const struct spw_histogram_set *set)
{
    json_t *histograms = json_array(), *inputs = json_array();
    for (uint32_t i = 0; i < set->list.count; ++i) {
        const struct spw_histogram_spec *spec = &set->list.spec[i];
        json_t *axes = json_array();
        for (uint32_t k = 0; k < spec->n_axes; ++k)
            json_array_append_new(
                axes,
                json_pack("{s:s, s:s, s:I, s:f, s:f}", "name", spec->axis[k].name, "label",
                          spec->axis[k].label, "bins", (json_int_t)spec->axis[k].bins,
                          "lower", spec->axis[k].lower, "upper", spec->axis[k].upper));
        json_array_append_new(histograms,
                              json_pack("{s:s, s:s, s:I, s:o}", "path", spec->path, "title",
                                        spec->title, "entries",
                                        (json_int_t)hist_entries(set, i), "axes", axes));
    }
    for (uint32_t i = 0; i < set->n_inputs; ++i) {
        const struct spw_histogram_input *in = &set->input[i];
        json_array_append_new(
            inputs, json_pack("{s:s, s:I, s:I, s:I, s:s}", "name", in->name, "run",
                              (json_int_t)in->run, "burst", (json_int_t)in->burst, "events",
                              (json_int_t)in->events, "digest", in->digest));
    }
    return json_pack("{s:s, s:o, s:o}", "file", path, "histograms", histograms, "inputs",
                     inputs);
}

static void list_text(const char *path, const struct spw_histogram_set *set)
{
    printf("%s: histograms: %u, inputs: %u, events: %" PRIu64 "\n", path, set->list.count,
           set->n_inputs, count_events(set));
    for (uint32_t i = 0; i < set->list.count; ++i) {
        const struct spw_histogram_spec *spec = &set->list.spec[i];
        char bins[64] = "";
        for (uint32_t k = 0; k < spec->n_axes; ++k)
            snprintf(bins + strlen(bins), sizeof bins - strlen(bins), "%s%u",
                     k ? " x " : "", spec->axis[k].bins);
        printf("  %-36s %14s %14" PRId64 "  %s\n", spec->path, bins, hist_entries(set, i),
               spec->title);
    }
}

static enum spw_status run_ls(const struct hist_options *hist, struct spw_arena *arena)
{
    json_t *files = json_array();
    enum spw_status status = SPW_OK;
    for (int i = 1; i < hist->n_arguments && status == SPW_OK; ++i) {
        struct spw_histogram_set set;
        status = spw_histogram_file_read(&set, arena, hist->argument[i]);
        if (status != SPW_OK) break;
        if (hist->json)
            json_array_append_new(files, list_json(hist->argument[i], &set));
        else
            list_text(hist->argument[i], &set);
        spw_arena_reset(arena);
    }
    if (status == SPW_OK && hist->json) return hist_print_json(files);
    json_decref(files);
    return status;
}

/* The histogram of this path; the first '/' may be left out. */
static enum spw_status
find(const struct spw_histogram_set *set, const char *file, const char *path, uint32_t *id)
{
    int64_t found = spw_histogram_set_find(set, path);
    for (uint32_t i = 0; found < 0 && i < set->list.count; ++i)
        if (strcmp(set->list.spec[i].path + 1, path) == 0) found = i;
    if (found < 0)
        return SPW_FAIL(SPW_MISSING,
                        "%s: no histogram %s; `spillway hist ls %s` lists them", file, path,
                        file);
    *id = (uint32_t)found;
    return SPW_OK;
}

static enum spw_status show_all(const struct hist_options *hist,
                                const struct spw_histogram_set *set,
                                json_t *shown)
{
    for (int i = 2; i < hist->n_arguments; ++i) {
        uint32_t id = 0;
        SPW_TRY(find(set, hist->argument[1], hist->argument[i], &id));
        if (hist->json)
            json_object_set_new(shown, set->list.spec[id].path, hist_json(set, id));
        else if (hist->csv)
            hist_show_csv(stdout, set, id);
        else
            SPW_TRY(hist_show_text(stdout, set, id, hist->rows));
    }
    return SPW_OK;
}

static enum spw_status run_show(const struct hist_options *hist, struct spw_arena *arena)
{
    struct spw_histogram_set set;
    SPW_TRY(spw_histogram_file_read(&set, arena, hist->argument[1]));
    json_t *shown = json_object();
    const enum spw_status status = show_all(hist, &set, shown);
    if (status == SPW_OK && hist->json) return hist_print_json(shown);
    json_decref(shown);
    return status;
}

/* Adds a file; one that cannot be read is left out while `*n_missing` allows. */
static enum spw_status add_file(const struct hist_options *hist,
                                const char *path,
                                struct spw_histogram_set *sum,
                                struct spw_arena *arena,
                                json_t *missing)
{
    struct spw_arena scratch = {0};
    struct spw_histogram_set one;
    enum spw_status status = spw_histogram_file_read(&one, &scratch, path);
    if (status == SPW_OK) {
        status = spw_histogram_set_merge(sum, arena, &one);
        if (status == SPW_CONFLICT) {
            char why[900];
            snprintf(why, sizeof why, "%.880s", spw_error_message());
            status = SPW_FAIL(SPW_CONFLICT, "%s: %s", path, why);
        }
    } else if ((status == SPW_MISSING || status == SPW_CORRUPT) &&
               (long)json_array_size(missing) < hist->allow_missing) {
        spw_log(SPW_LOG_WARNING, "left out: %s", spw_error_message());
        json_array_append_new(missing, json_string(path));
        status = SPW_OK;
    }
    spw_arena_release(&scratch);
    return status;
}

static enum spw_status run_merge(const struct hist_options *hist, struct spw_arena *arena)
{
    struct spw_histogram_set sum = {0};
    json_t *missing = json_array();
    enum spw_status status = SPW_OK;
    for (int i = 1; i < hist->n_arguments && status == SPW_OK; ++i)
        status = add_file(hist, hist->argument[i], &sum, arena, missing);
    if (status == SPW_OK && sum.n_inputs == 0 && sum.list.count == 0)
        status = SPW_FAIL(SPW_MISSING, "no histograms in any of the files");
    if (status == SPW_OK) status = spw_histogram_file_write(hist->output, &sum);
    if (status == SPW_OK && hist->json)
        return hist_print_json(
            json_pack("{s:s, s:I, s:I, s:I, s:o}", "file", hist->output, "histograms",
                      (json_int_t)sum.list.count, "inputs", (json_int_t)sum.n_inputs,
                      "events", (json_int_t)count_events(&sum), "missing", missing));
    if (status == SPW_OK)
        printf("%s: histograms: %u, inputs: %u, events: %" PRIu64 ", files left out: %zu\n",
               hist->output, sum.list.count, sum.n_inputs, count_events(&sum),
               json_array_size(missing));
    json_decref(missing);
    return status;
}

struct action {
    const char *name;
    int n_min, n_max; ///< arguments behind the name
    enum spw_status (*run)(const struct hist_options *hist, struct spw_arena *arena);
    const char *usage;
};

static const struct action actions[] = {
    {"ls", 1, MAX_FILES, run_ls, "ls FILE..."},
    {"show", 2, MAX_FILES, run_show, "show FILE PATH..."},
    {"merge", 1, MAX_FILES, run_merge, "merge -o OUT IN..."},
    {"diff", 2, 2, hist_diff, "diff A B"},
};

static enum spw_status run(const struct hist_options *hist, struct spw_arena *arena)
{
    for (size_t i = 0; i < sizeof actions / sizeof *actions; ++i) {
        const struct action *action = &actions[i];
        if (strcmp(hist->argument[0], action->name) != 0) continue;
        const int n = hist->n_arguments - 1;
        const bool merging = action->run == run_merge;
        if (n < action->n_min || n > action->n_max || merging != (hist->output != NULL))
            return SPW_FAIL(SPW_USAGE, "usage: spillway hist %s", action->usage);
        return action->run(hist, arena);
    }
    return SPW_FAIL(SPW_USAGE, "'%s' is not ls, show, merge or diff", hist->argument[0]);
}

int cmd_hist(int argc, char **argv)
{
    static const struct argp_child children[] = {
        {&cli_common_argp, 0, "Common options:", 0},
        {0},
    };
    static const struct argp argp = {
        .options = options,
        .parser = parse,
        .args_doc = "ls|show|merge|diff ARGUMENT...",
        .doc = doc,
        .children = children,
    };
    struct hist_options hist = {.common = CLI_COMMON_DEFAULTS, .rows = 60};
    if (argp_parse(&argp, argc, argv, 0, NULL, &hist)) return SPW_USAGE;
    struct spw_arena arena = {0};
    enum spw_status status = run(&hist, &arena);
    spw_arena_release(&arena);
    return cli_close(status);
}
