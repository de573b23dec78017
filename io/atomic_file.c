#include "io/atomic_file.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum spw_status spw_atomic_file_create(struct spw_atomic_file *file,
                                       struct spw_arena *arena,
                                       const char *path)
{
    char host[65] = "";
    if (gethostname(host, sizeof host - 1) != 0 || !host[0]) strcpy(host, "localhost");
    *file = (struct spw_atomic_file){
        .path = spw_arena_text(arena, path),
        .part = spw_arena_printf(arena, "%s.part.%s.%ld", path, host, (long)getpid()),
        .fd = -1,
    };
    if (!file->path || !file->part) return SPW_FAIL(SPW_RETRY, "%s: out of memory", path);
    file->fd = open(file->part, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (file->fd < 0) return SPW_FAIL(SPW_CANNOT_CREATE, "%s: cannot create: %m", path);
    return SPW_OK;
}

/* Some file systems cannot sync a folder; the rename itself is done by then. */
static void sync_folder(const char *path)
{
    char folder[PATH_MAX];
    const char *slash = strrchr(path, '/');
    const size_t length = slash ? (size_t)(slash - path) : 0;
    if (length >= sizeof folder) return;
    memcpy(folder, path, length);
    strcpy(folder + length, !slash ? "." : length ? "" : "/");
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
