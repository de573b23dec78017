#include "support/test.h"

#include "core/log.h"

#include <fcntl.h>
#include <pthread.h>
#include <string.h>
#include <unistd.h>

static char captured[1 << 20];

/* Runs `work` with stderr going to a file, and gives what it wrote. */
static const char *capture(void (*work)(void))
{
    char path[] = "/tmp/spillway-log-XXXXXX";
    const int file = mkstemp(path), saved = dup(STDERR_FILENO);
    assert_true(file >= 0 && saved >= 0);
    unlink(path);
    dup2(file, STDERR_FILENO);
    work();
    dup2(saved, STDERR_FILENO);
    close(saved);
    const ssize_t length = pread(file, captured, sizeof captured - 1, 0);
    close(file);
    assert_true(length >= 0);
    captured[length] = 0;
    return captured;
}

static void set_up(enum spw_log_level level, bool json, int color, int progress)
{
    const struct spw_log_options options = {level, json, color, progress};
    spw_log_setup(&options);
}

static void speak(void)
{
    spw_log(SPW_LOG_ERROR, "bad %d", 1);
    spw_log(SPW_LOG_WARNING, "odd \"%s\"\n\001", "x\\y");
    spw_log(SPW_LOG_INFO, "so");
    spw_log(SPW_LOG_DEBUG, "why");
}

static void text_by_level(void **state)
{
    (void)state;
    set_up(SPW_LOG_DEBUG, false, 0, 0);
    assert_string_equal(capture(speak), "spillway: error: bad 1\n"
                                        "spillway: warning: odd \"x\\y\"\n\001\n"
                                        "spillway: so\n"
                                        "spillway: debug: why\n");
    set_up(SPW_LOG_ERROR, false, 0, 0);
    assert_string_equal(capture(speak), "spillway: error: bad 1\n");
}

static void colors(void **state)
{
    (void)state;
    set_up(SPW_LOG_ERROR, false, 1, 0);
    assert_string_equal(capture(speak), "spillway: \033[31;1merror:\033[0m bad 1\n");
    set_up(SPW_LOG_ERROR, false, -1, 0); /* a file is no terminal */
    assert_null(strchr(capture(speak), '\033'));
}

static void json_lines(void **state)
{
    (void)state;
    set_up(SPW_LOG_WARNING, true, 1, 0);
    const char *line = capture(speak);
    int year, used = 0;
    assert_int_equal(
        sscanf(line, "{\"time\":\"%4d-%*2d-%*2dT%*2d:%*2d:%*2d.%*3dZ\"%n", &year, &used),
        1);
    assert_true(year >= 2024 && used > 0);
    const char *rest = ",\"level\":\"error\",\"message\":\"bad 1\"}\n";
    assert_memory_equal(line + used, rest, strlen(rest));
    assert_non_null(strstr(line, "\"message\":\"odd \\\"x\\\\y\\\"\\n\\u0001\"}\n"));
}

static void speak_at_length(void)
{
    spw_log(SPW_LOG_ERROR, "%s%*s", "x", 100000, "y");
}

static void long_messages_are_cut(void **state)
{
    (void)state;
    for (int json = 0; json < 2; ++json) {
        set_up(SPW_LOG_ERROR, json, 0, 0);
        const char *text = capture(speak_at_length);
        const size_t length = strlen(text);
        assert_true(length > 10000 && length < 20000);
        assert_int_equal(text[length - 1], '\n');
        if (json) assert_memory_equal(text + length - 3, "\"}\n", 3);
    }
}

static void *chatter(void *name)
{
    for (int i = 0; i < 500; ++i)
        spw_log(SPW_LOG_INFO, "%s %03d ...............", (char *)name, i);
    return NULL;
}

static void speak_together(void)
{
    pthread_t thread[4];
    static char *const names[] = {"a", "b", "c", "d"};
    for (int i = 0; i < 4; ++i) pthread_create(&thread[i], NULL, chatter, names[i]);
    for (int i = 0; i < 4; ++i) pthread_join(thread[i], NULL);
}

static void threads_do_not_interleave(void **state)
{
    (void)state;
    set_up(SPW_LOG_INFO, false, 0, 0);
    char *text = strdup(capture(speak_together)), *rest;
    int lines = 0;
    for (char *line = strtok_r(text, "\n", &rest); line;
         line = strtok_r(NULL, "\n", &rest)) {
        char name;
        int number, used = 0;
        assert_int_equal(
            sscanf(line, "spillway: %c %3d ...............%n", &name, &number, &used), 2);
        assert_int_equal(line[used], 0);
        ++lines;
    }
    free(text);
    assert_int_equal(lines, 2000);
}

static void advance(void)
{
    for (uint64_t i = 0; i <= 1000; i += 10) spw_progress("reco", i, 1000);
    spw_log(SPW_LOG_INFO, "end");
}

static void progress_bar(void **state)
{
    (void)state;
    set_up(SPW_LOG_INFO, false, 0, 1);
    const char *text = capture(advance);
    assert_memory_equal(text, "\r\033[Kreco ..............................   0 %", 44);
    assert_non_null(strstr(text, "reco ############################## 100 %"));
    const char *end = "\r\033[Kspillway: end\n";
    assert_string_equal(text + strlen(text) - strlen(end), end);
    assert_true(strlen(text) < 1000); /* ten pictures a second, not a hundred */
}

static void no_bar_without_terminal(void **state)
{
    (void)state;
    set_up(SPW_LOG_INFO, false, 0, -1);
    assert_string_equal(capture(advance), "spillway: end\n");
    set_up(SPW_LOG_INFO, false, 0, 0);
    assert_string_equal(capture(advance), "spillway: end\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_by_level),
        cmocka_unit_test(colors),
        cmocka_unit_test(json_lines),
        cmocka_unit_test(long_messages_are_cut),
        cmocka_unit_test(threads_do_not_interleave),
        cmocka_unit_test(progress_bar),
        cmocka_unit_test(no_bar_without_terminal),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
