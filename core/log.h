/// Messages to stderr: levels, text or JSON lines, one write(2) each; and the progress bar.
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum spw_log_level { SPW_LOG_ERROR, SPW_LOG_WARNING, SPW_LOG_INFO, SPW_LOG_DEBUG };

struct spw_log_options {
    enum spw_log_level level; ///< print this and what is graver
    bool json;                ///< one JSON object a line
    int color;                ///< -1 auto, 0 never, 1 always
    int progress;             ///< -1 auto (only on a terminal), 0 never, 1 always
};

/// Sets level, form and colour for the whole program; NO_COLOR and TERM count for the automatic
/// ones. To be called before other threads speak.
void spw_log_setup(const struct spw_log_options *options);

/// One message; threads never interleave.
void spw_log(enum spw_log_level level, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/// Redraws the bar at most ten times a second; without a terminal one line a minute.
/// `done`, `total` in events; call with done == total to finish it.
void spw_progress(const char *what, uint64_t done, uint64_t total);
