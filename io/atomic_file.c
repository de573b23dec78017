#include "io/atomic_file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

/* The folder of a path, as a prefix: "DIR/", "/" or "". */
static int folder_length(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? (int)(slash - path) + 1 : 0;
}

/* The process that wrote a .part file runs no more. The lock tells apart processes of
 * containers, which share a host name but number their processes each for itself. */
static bool is_abandoned(const char *part, long pid)
{
    if (kill((pid_t)pid, 0) == 0 || errno != ESRCH) return false;
    const int fd = open(part, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0) return false;
    const bool free = flock(fd, LOCK_EX | LOCK_NB) == 0;
    close(fd);
    return free;
}

/* Removes what killed programs of this host left of the same file; `stem` is PATH.part.HOST. */
static void remove_abandoned(const char *stem)
{
    char folder[PATH_MAX], part[PATH_MAX];
    const int length = folder_length(stem);
    const char *name = stem + length;
    const size_t name_length = strlen(name);
    snprintf(folder, sizeof folder, "%.*s", length, length ? stem : "");
    DIR *list = opendir(length ? folder : ".");
    if (!list) return;
    for (const struct dirent *entry; (entry = readdir(list));) {
        if (strncmp(entry->d_name, name, name_length) != 0) continue;
        char *end;
        const long pid = strtol(entry->d_name + name_length, &end, 10);
        if (*end || pid <= 0) continue;
        const int n = snprintf(part, sizeof part, "%s%s", folder, entry->d_name);
        if (n > 0 && (size_t)n < sizeof part && is_abandoned(part, pid)) unlink(part);
    }
    closedir(list);
}

enum spw_status spw_atomic_file_create(struct spw_atomic_file *file,
                                       struct spw_arena *arena,
                                       const char *path)
{
    char host[65] = "";
    struct stat about;
    if (gethostname(host, sizeof host - 1) != 0 || !host[0]) strcpy(host, "localhost");
    const char *stem = spw_arena_printf(arena, "%s.part.%s.", path, host);
    *file = (struct spw_atomic_file){.path = spw_arena_text(arena, path), .fd = -1};
    if (stem) file->part = spw_arena_printf(arena, "%s%ld", stem, (long)getpid());
    if (!file->path || !file->part) return SPW_FAIL(SPW_RETRY, "%s: out of memory", path);
    if (stat(path, &about) == 0 && S_ISDIR(about.st_mode))
        return SPW_FAIL(SPW_CANNOT_CREATE, "%s: cannot create: is a folder", path);
    remove_abandoned(stem);
    file->fd = open(file->part, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (file->fd < 0) return SPW_FAIL(SPW_CANNOT_CREATE, "%s: cannot create: %m", path);
    flock(file->fd, LOCK_EX | LOCK_NB); /* some file systems know no locks */
    return SPW_OK;
}

enum spw_status spw_atomic_file_write(const struct spw_atomic_file *file,
                                      const void *data,
                                      size_t size,
                                      uint64_t at)
{
    const uint8_t *bytes = data;
    while (size > 0) {
        const ssize_t n = pwrite(file->fd, bytes, size, (off_t)at);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0)
            return SPW_FAIL(SPW_IO, "%s: cannot write %zu bytes at byte %llu: %m",
                            file->path, size, (unsigned long long)at);
        bytes += n;
        at += (uint64_t)n;
        size -= (size_t)n;
    }
    return SPW_OK;
}

/* Some file systems cannot sync a folder; the rename itself is done by then. */
static void sync_folder(const char *path)
{
    char folder[PATH_MAX];
    const int length = folder_length(path);
    snprintf(folder, sizeof folder, "%.*s", length ? length : 1, length ? path : ".");
    const int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) return;
    fsync(fd);
    close(fd);
}

static enum spw_status sync_and_close(struct spw_atomic_file *file)
{
    if (fsync(file->fd) != 0)
        return SPW_FAIL(SPW_IO, "%s: cannot write to disk: %m", file->path);
    const int fd = file->fd;
    file->fd = -1;
    if (close(fd) != 0) return SPW_FAIL(SPW_IO, "%s: cannot close: %m", file->path);
    if (rename(file->part, file->path) != 0)
        return SPW_FAIL(SPW_IO, "%s: cannot rename %s to it: %m", file->path, file->part);
    return SPW_OK;
}

enum spw_status spw_atomic_file_commit(struct spw_atomic_file *file)
{
    const enum spw_status status = sync_and_close(file);
    if (status != SPW_OK)
        spw_atomic_file_discard(file);
    else
        sync_folder(file->path);
    return status;
}

void spw_atomic_file_discard(struct spw_atomic_file *file)
{
    if (file->fd >= 0) close(file->fd);
    file->fd = -1;
    if (file->part) unlink(file->part);
}
