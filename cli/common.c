#include "cli/cli.h"

#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { KEY_LOG_FORMAT = 0x1000, KEY_COLOR, KEY_PROGRESS };

static const struct argp_option options[] = {
    {"quiet", 'q', NULL, 0, "print errors only", 0},
    {"verbose", 'v', NULL, 0, "print details", 0},
    {"log-format", KEY_LOG_FORMAT, "FORM", 0, "messages as text or json lines", 0},
    {"color", KEY_COLOR, "WHEN", OPTION_ARG_OPTIONAL, "auto, never or always", 0},
    {"progress", KEY_PROGRESS, "WHEN", OPTION_ARG_OPTIONAL, "bar: auto, never or always",
     0},
    {0},
};

static int parse_when(const char *text, struct argp_state *state)
{
    if (!text || strcmp(text, "always") == 0) return 1;
    if (strcmp(text, "auto") == 0) return -1;
    if (strcmp(text, "never") == 0) return 0;
    argp_error(state, "'%s' is not auto, never or always", text);
    return -1;
}

static error_t parse(int key, char *argument, struct argp_state *state)
{
    struct cli_common *common = state->input;
    switch (key) {
    case 'q':
        common->log.level = SPW_LOG_ERROR;
        return 0;
    case 'v':
        common->log.level = SPW_LOG_DEBUG;
        return 0;
    case KEY_LOG_FORMAT:
        if (strcmp(argument, "text") != 0 && strcmp(argument, "json") != 0)
            argp_error(state, "'%s' is not text or json", argument);
        common->log.json = argument[0] == 'j';
        return 0;
    case KEY_COLOR:
        common->log.color = parse_when(argument, state);
        return 0;
    case KEY_PROGRESS:
        common->log.progress = parse_when(argument, state);
        return 0;
    case ARGP_KEY_END:
        spw_log_setup(&common->log);
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

const struct argp cli_common_argp = {.options = options, .parser = parse};

void cli_override_add(struct cli_overrides *overrides, char *text, struct argp_state *state)
{
    if (!strchr(text, '=')) argp_error(state, "--set wants KEY=VALUE, got '%s'", text);
    if (overrides->count == CLI_MAX_OVERRIDES) argp_error(state, "too many --set options");
    overrides->text[overrides->count++] = text;
}

uint64_t cli_number(const char *text,
                    const char *what,
                    uint64_t min,
                    uint64_t max,
                    struct argp_state *state)
{
    char *end;
    errno = 0;
    const unsigned long long n = strtoull(text, &end, 0);
    if (end == text || *end || !isdigit((unsigned char)*text) || errno || n < min ||
        n > max)
        argp_error(state, "%s wants a whole number, %llu ... %llu, got '%s'", what,
                   (unsigned long long)min, (unsigned long long)max, text);
    return n;
}

enum spw_status cli_folder_make(const char *path)
{
    struct stat about;
    if (mkdir(path, 0777) == 0) return SPW_OK;
    if (errno != EEXIST)
        return SPW_FAIL(SPW_CANNOT_CREATE, "%s: cannot make this folder: %m", path);
    if (stat(path, &about) == 0 && S_ISDIR(about.st_mode)) return SPW_OK;
    return SPW_FAIL(SPW_CANNOT_CREATE, "%s: is not a folder", path);
}

/* The folder that holds configs/: a checkout, a build below it, or an installed tree. */
static bool find_below(char *path, const char *base, const char *experiment)
{
    static const char *const places[] = {"", "/share/spillway", "/..", "/../share/spillway",
                                         "/../.."};
    for (size_t i = 0; i < sizeof places / sizeof *places; ++i) {
        snprintf(path, PATH_MAX, "%.2000s%s/configs/%s/%s.yaml", base, places[i],
                 experiment, experiment);
        char *real = access(path, R_OK) == 0 ? realpath(path, NULL) : NULL;
        if (!real) continue;
        snprintf(path, PATH_MAX, "%s", real);
        free(real);
        return true;
    }
    return false;
}

enum spw_status cli_config_path(const char *experiment, const char **path)
{
    static char found[PATH_MAX];
    char folder[PATH_MAX] = "";
    *path = found;

    const char *data = getenv("SPILLWAY_DATA");
    if (data && *data && find_below(found, data, experiment)) return SPW_OK;
    const ssize_t length = readlink("/proc/self/exe", folder, sizeof folder - 1);
    char *slash = length > 0 ? strrchr(folder, '/') : NULL;
    if (slash) {
        *slash = '\0';
        if (find_below(found, folder, experiment)) return SPW_OK;
    }
    return SPW_FAIL(
        SPW_MISSING,
        "configs/%s/%s.yaml not found: neither near %s nor in SPILLWAY_DATA (%s)",
        experiment, experiment, folder, data ? data : "not set");
}

int cli_close(enum spw_status status)
{
    if (status == SPW_OK && (fflush(stdout) != 0 || ferror(stdout)))
        status = SPW_FAIL(SPW_IO, "cannot print the results: %m");
    if (status == SPW_OK) return SPW_OK;
    if (*spw_error_message()) spw_log(SPW_LOG_ERROR, "%s", spw_error_message());
    spw_log(SPW_LOG_DEBUG, "noted at %s", spw_error_place());
    return (int)status;
}
