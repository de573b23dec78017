#include "core/log.h"

#include <errno.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { LINE_BYTES = 16384, BAR_CELLS = 30 };

/* The process has one stderr, so there is one state behind one lock. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct spw_log_options options = {SPW_LOG_INFO, false, 0, 0};
static bool bar_wanted, lines_wanted, bar_shown;

static struct {
    double started_s, drawn_s;
    uint64_t total;
    bool running;
} progress;

static const char *const level_names[] = {"error", "warning", "info", "debug"};
static const char *const level_colors[] = {"\033[31;1m", "\033[33m", "", "\033[2m"};

static double now_s(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static bool is_terminal(void)
{
    const char *term = getenv("TERM");
    return isatty(STDERR_FILENO) && term && strcmp(term, "dumb") != 0;
}

void spw_log_setup(const struct spw_log_options *wanted)
{
    const char *no_color = getenv("NO_COLOR");
    pthread_mutex_lock(&lock);
    options = *wanted;
    if (options.color < 0) options.color = is_terminal() && !(no_color && *no_color);
    const bool may_draw = options.level >= SPW_LOG_INFO && !options.json;
    bar_wanted =
        options.progress > 0 || (options.progress < 0 && may_draw && is_terminal());
    lines_wanted = options.progress < 0 && options.level >= SPW_LOG_INFO && !bar_wanted;
    memset(&progress, 0, sizeof progress);
    pthread_mutex_unlock(&lock);
}

/* What is written is one line or less; a full or closed stderr must not stop the work. */
static void write_all(const char *text, size_t length)
{
    while (length > 0) {
        const ssize_t written = write(STDERR_FILENO, text, length);
        if (written < 0 && errno == EINTR) continue;
        if (written <= 0) return;
        text += written;
        length -= (size_t)written;
    }
}

/* Appends JSON string contents, cut to the room there is. */
static size_t append_escaped(char *line, size_t at, size_t limit, const char *text)
{
    for (; *text && at + 7 < limit; ++text) {
        const unsigned char c = (unsigned char)*text;
        if (c == '"' || c == '\\')
            at += (size_t)snprintf(line + at, limit - at, "\\%c", c);
        else if (c == '\n')
            at += (size_t)snprintf(line + at, limit - at, "\\n");
        else if (c < 0x20)
            at += (size_t)snprintf(line + at, limit - at, "\\u%04x", c);
        else
            line[at++] = (char)c;
    }
    return at;
}

static size_t format_json(char *line, enum spw_log_level level, const char *message)
{
    struct timespec t;
    struct tm utc;
    char stamp[32];
    clock_gettime(CLOCK_REALTIME, &t);
    gmtime_r(&t.tv_sec, &utc);
    strftime(stamp, sizeof stamp, "%Y-%m-%dT%H:%M:%S", &utc);
    size_t at = (size_t)snprintf(line, LINE_BYTES,
                                 "{\"time\":\"%s.%03ldZ\",\"level\":\"%s\",\"message\":\"",
                                 stamp, t.tv_nsec / 1000000, level_names[level]);
    at = append_escaped(line, at, LINE_BYTES - 4, message);
    memcpy(line + at, "\"}\n", 3);
    return at + 3;
}

static size_t format_text(char *line, enum spw_log_level level, const char *message)
{
    const bool colored = options.color && *level_colors[level];
    int length;
    if (level == SPW_LOG_INFO)
        length = snprintf(line, LINE_BYTES - 1, "spillway: %s", message);
    else
        length = snprintf(line, LINE_BYTES - 1, "spillway: %s%s:%s %s",
                          colored ? level_colors[level] : "", level_names[level],
                          colored ? "\033[0m" : "", message);
    size_t at = length < LINE_BYTES - 1 ? (size_t)length : LINE_BYTES - 2;
    line[at++] = '\n';
    return at;
}

/* Under the lock. The bar is wiped first and comes back at its next turn. */
static void write_message(enum spw_log_level level, const char *message)
{
    char line[LINE_BYTES + 8];
    size_t at = 0;
    if (bar_shown) {
        memcpy(line, "\r\033[K", 4);
        at = 4;
        bar_shown = false;
    }
    at += options.json ? format_json(line + at, level, message)
                       : format_text(line + at, level, message);
    write_all(line, at);
}

void spw_log(enum spw_log_level level, const char *format, ...)
{
    char message[LINE_BYTES];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(message, sizeof message, format, arguments);
    va_end(arguments);
    pthread_mutex_lock(&lock);
    if (level <= options.level) write_message(level, message);
    pthread_mutex_unlock(&lock);
}

static void draw_bar(const char *what, uint64_t done, uint64_t total, double elapsed_s)
{
    static const char cells[] = "##############################";
    static const char blanks[] = "..............................";
    const double fraction = total ? (double)done / (double)total : 1;
    const int full = (int)(fraction * BAR_CELLS + 0.5);
    const double rate = elapsed_s > 0 ? (double)done / elapsed_s : 0;
    const double left_s = rate > 0 ? (double)(total - done) / rate : 0;
    char line[256];
    const int length = snprintf(
        line, sizeof line, "\r\033[K%.60s %.*s%.*s %3.0f %%  %.0f events/s  %.0f s left",
        what, full, cells, BAR_CELLS - full, blanks, 100 * fraction, rate, left_s);
    write_all(line, (size_t)length < sizeof line ? (size_t)length : sizeof line - 1);
    bar_shown = true;
    if (done < total) return;
    write_all("\r\033[K", 4);
    bar_shown = false;
}

static void
write_progress_line(const char *what, uint64_t done, uint64_t total, double elapsed_s)
{
    char message[256];
    const double rate = elapsed_s > 0 ? (double)done / elapsed_s : 0;
    snprintf(message, sizeof message,
             "%.120s: %llu of %llu events, %.0f events/s, %.0f s left", what,
             (unsigned long long)done, (unsigned long long)total, rate,
             rate > 0 ? (double)(total - done) / rate : 0.0);
    write_message(SPW_LOG_INFO, message);
}

void spw_progress(const char *what, uint64_t done, uint64_t total)
{
    if (done > total) done = total;
    pthread_mutex_lock(&lock);
    const double now = now_s();
    if (!progress.running || progress.total != total) {
        progress.running = true;
        progress.total = total;
        progress.started_s = now;
        progress.drawn_s = bar_wanted ? 0 : now;
    }
    const double period_s = bar_wanted ? 0.1 : 60;
    const bool finished = done == total;
    const bool due = now - progress.drawn_s >= period_s;
    const double elapsed_s = now - progress.started_s;
    if (bar_wanted && (due || finished)) draw_bar(what, done, total, elapsed_s);
    if (lines_wanted && due && !finished) write_progress_line(what, done, total, elapsed_s);
    if (due) progress.drawn_s = now;
    if (finished) progress.running = false;
    pthread_mutex_unlock(&lock);
}
