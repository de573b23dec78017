/// Status codes and the thread's error message.
///
/// A status *is* the exit code of the program (docs: README, "Exit codes"), so nothing is
/// translated on the way up. Only troubles of the world travel this way (files, configuration,
/// memory); damaged data are counted as tallies (tally.h) and never become a status.
#pragma once

#include <stddef.h>

enum spw_status {
    SPW_OK = 0,             ///< done, output valid
    SPW_NOT_CONVERGED = 3,  ///< calibration ran but has not converged
    SPW_NOT_ENOUGH = 4,     ///< not enough data
    SPW_REFUSED = 5,        ///< a quality gate refused
    SPW_CONFLICT = 6,       ///< overlap, gap, frozen tag, stale base
    SPW_NOTHING_TO_DO = 7,  ///< nothing to do
    SPW_USAGE = 64,         ///< command line wrong
    SPW_CORRUPT = 65,       ///< input data corrupt beyond what the user allows
    SPW_MISSING = 66,       ///< input missing or unreadable
    SPW_NO_CONSTANTS = 69,  ///< no constants for this run and tag
    SPW_INTERNAL = 70,      ///< internal error
    SPW_CANNOT_CREATE = 73, ///< cannot create output
    SPW_IO = 74,            ///< I/O error: disk full, network file system
    SPW_RETRY = 75,         ///< temporary: out of memory, locked, stopped by a signal
    SPW_BAD_CONFIG = 78,    ///< configuration wrong
};

enum { SPW_MESSAGE_BYTES = 8192 }; ///< all faults of a configuration fit

#define SPW_MUST_CHECK __attribute__((warn_unused_result))

/// Notes a message for this thread and returns `status`; use through SPW_FAIL.
/// Errors  the message is cut at SPW_MESSAGE_BYTES - 1 bytes.
enum spw_status
spw_fail(enum spw_status status, const char *file, int line, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/// Fails with a message that names path, byte offset and value where they are known.
#define SPW_FAIL(status, ...) spw_fail((status), __FILE__, __LINE__, __VA_ARGS__)

/// Forwards any status but SPW_OK to the caller.
#define SPW_TRY(expression)                                  \
    do {                                                     \
        const enum spw_status spw_try_status = (expression); \
        if (spw_try_status != SPW_OK) return spw_try_status; \
    } while (0)

/// The last message of this thread ("" if none); valid until its next spw_fail().
const char *spw_error_message(void);

/// Where that message was noted ("io/map.c:42").
const char *spw_error_place(void);

/// A message carried from the thread that failed to the thread that reports.
struct spw_error {
    enum spw_status status;
    char message[SPW_MESSAGE_BYTES];
};

/// Copies this thread's message into `error`, unless `error` already holds one.
void spw_error_keep(struct spw_error *error, enum spw_status status);

/// Makes `error` this thread's message and returns its status.
enum spw_status spw_error_raise(const struct spw_error *error);
