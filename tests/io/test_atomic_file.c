/* Files under their final name only when complete, and what killed programs left of them. */
#include "support/test.h"

#include "io/text_file.h"

#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static char folder[64];

static bool is_there(const char *name)
{
    char path[256];
    struct stat about;
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return stat(path, &about) == 0;
}

/* What a program of process `pid` on `host` leaves when it is killed. */
static void leave_part(char name[160], const char *file, const char *host, long pid)
{
    char path[256];
    snprintf(name, 160, "%s.part.%s.%ld", file, host, pid);
    snprintf(path, sizeof path, "%s/%s", folder, name);
    const int fd = open(path, O_CREAT | O_WRONLY, 0600);
    assert_true(fd >= 0);
    close(fd);
}

/* A process number that nobody has any more. */
static pid_t dead_process(void)
{
    const pid_t child = fork();
    if (child == 0) _exit(0);
    assert_true(child > 0);
    assert_int_equal(waitpid(child, NULL, 0), child);
    return child;
}

static void complete_or_not_there(void **state)
{
    (void)state;
    struct spw_text_file text;
    assert_ok(spw_text_file_create(&text, folder, "a.txt"));
    fprintf(text.file, "one %d\n", 1);
    assert_false(is_there("a.txt"));
    assert_ok(spw_text_file_close(&text));
    assert_true(is_there("a.txt"));

    struct spw_arena arena = {0};
    struct spw_atomic_file file;
    char path[128];
    snprintf(path, sizeof path, "%s/b", folder);
    assert_ok(spw_atomic_file_create(&file, &arena, path));
    assert_ok(spw_atomic_file_write(&file, "xyz", 3, 5));
    spw_atomic_file_discard(&file);
    assert_false(is_there("b"));
    assert_int_equal(spw_atomic_file_create(&file, &arena, folder), SPW_CANNOT_CREATE);
    assert_non_null(strstr(spw_error_message(), "is a folder"));
    spw_arena_release(&arena);
}

static void abandoned_parts_go(void **state)
{
    (void)state;
    char host[65] = "", dead[160], own[160], alive[160], other_host[160], other_file[160];
    const pid_t gone = dead_process();
    gethostname(host, sizeof host - 1);
    leave_part(dead, "c.txt", host, gone);
    leave_part(alive, "c.txt", host, getppid());
    leave_part(other_host, "c.txt", "elsewhere", gone);
    leave_part(other_file, "cc.txt", host, gone);
    snprintf(own, sizeof own, "c.txt.part.%s.%ld", host, (long)getpid());

    struct spw_text_file text;
    assert_ok(spw_text_file_create(&text, folder, "c.txt"));
    assert_false(is_there(dead));
    assert_true(is_there(own) && is_there(alive));
    assert_true(is_there(other_host) && is_there(other_file));
    assert_ok(spw_text_file_close(&text));
    assert_true(is_there("c.txt"));
    assert_false(is_there(own));
}

/* A part that somebody still writes stays, whatever its process number says. */
static void locked_parts_stay(void **state)
{
    (void)state;
    char host[65] = "", own[160], moved[160], from[256], to[256];
    gethostname(host, sizeof host - 1);
    struct spw_text_file writing, next;
    assert_ok(spw_text_file_create(&writing, folder, "d.txt"));
    snprintf(own, sizeof own, "d.txt.part.%s.%ld", host, (long)getpid());
    leave_part(moved, "d.txt", host, dead_process());
    snprintf(from, sizeof from, "%s/%s", folder, own);
    snprintf(to, sizeof to, "%s/%s", folder, moved);
    assert_int_equal(rename(from, to), 0);
    assert_ok(spw_text_file_create(&next, folder, "d.txt"));
    assert_true(is_there(moved));
    assert_ok(spw_text_file_close(&next));
    assert_int_equal(spw_text_file_close(&writing), SPW_IO); /* its name is gone */
    assert_true(is_there("d.txt"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(complete_or_not_there),
        cmocka_unit_test(abandoned_parts_go),
        cmocka_unit_test(locked_parts_stay),
    };
    char command[96];
    snprintf(folder, sizeof folder, "/tmp/spillway-atomic-%d", (int)getpid());
    mkdir(folder, 0700);
    const int failed = cmocka_run_group_tests(tests, NULL, NULL);
    snprintf(command, sizeof command, "rm -r %s", folder);
    return system(command) == 0 ? failed : 1;
}
