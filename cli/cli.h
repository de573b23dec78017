/// What every sub-command shares: the options common to all, and the closing of a command.
///
/// A sub-command is one file with `int cmd_NAME(int argc, char **argv)`; argv[0] is
/// "spillway NAME". It returns the exit code (core/status.h).
#pragma once

#include "core/log.h"
#include "core/status.h"

#include <argp.h>
#include <stdbool.h>
#include <stdint.h>

/// The sub-commands.
int cmd_reco(int argc, char **argv);
int cmd_sim(int argc, char **argv);
int cmd_dump(int argc, char **argv);
int cmd_hist(int argc, char **argv);
int cmd_config(int argc, char **argv);

/// Options that every command takes: -q -v --log-format --color --progress.
struct cli_common {
    struct spw_log_options log;
};

/// Child parser of every command: `{&cli_common_argp, 0, "Common options:", 0}`; give
/// `state->child_inputs[0] = &common` at ARGP_KEY_INIT. Sets the log up when parsing ends.
extern const struct argp cli_common_argp;

/// The defaults of struct cli_common.
#define CLI_COMMON_DEFAULTS                                          \
    {                                                                \
        .log = {.level = SPW_LOG_INFO, .color = -1, .progress = -1 } \
    }

enum { CLI_MAX_OVERRIDES = 256, CLI_MAX_THREADS = 256 };

/// The --set options of a command, in order.
struct cli_overrides {
    const char *text[CLI_MAX_OVERRIDES];
    size_t count;
};

/// Adds one KEY=VALUE; ends the program with a usage error when there are too many or no '='.
void cli_override_add(struct cli_overrides *overrides,
                      char *text,
                      struct argp_state *state);

/// A whole number, min ... max, decimal or 0x; ends the program with a usage error that
/// names `what` otherwise.
uint64_t cli_number(const char *text,
                    const char *what,
                    uint64_t min,
                    uint64_t max,
                    struct argp_state *state);

/// Makes a folder where it is absent, but no parents of it: they are rather a mistyped name.
/// Errors  SPW_CANNOT_CREATE
SPW_MUST_CHECK enum spw_status cli_folder_make(const char *path);

/// configs/<experiment>/<experiment>.yaml, found relative to the executable, in the installed
/// data folder, or by SPILLWAY_DATA.
/// Errors  SPW_MISSING naming the places looked at. Memory: a static buffer.
SPW_MUST_CHECK enum spw_status cli_config_path(const char *experiment, const char **path);

/// Prints the thread's error message when `status` is a failure, or that stdout could not be
/// written; returns the exit code.
int cli_close(enum spw_status status);
