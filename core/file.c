#include "core/file.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *kind_of(mode_t mode)
{
    if (S_ISDIR(mode)) return "a folder";
    if (S_ISFIFO(mode)) return "a pipe";
    if (S_ISSOCK(mode)) return "a socket";
    return "a device";
}

static enum spw_status check_regular(int fd, size_t *size_bytes, const char *path)
{
    struct stat about;
    if (fstat(fd, &about) != 0) return SPW_FAIL(SPW_IO, "%s: %m", path);
    if (!S_ISREG(about.st_mode))
        return SPW_FAIL(SPW_MISSING, "%s: is %s, not a regular file", path,
                        kind_of(about.st_mode));
    *size_bytes = (size_t)about.st_size;
    return SPW_OK;
}

/* O_NONBLOCK: a pipe without a writer is refused instead of waited for. */
enum spw_status spw_file_open(int *fd, size_t *size_bytes, const char *path)
{
    *fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (*fd < 0)
        return SPW_FAIL(errno == EIO ? SPW_IO : SPW_MISSING, "%s: cannot read: %m", path);
    const enum spw_status status = check_regular(*fd, size_bytes, path);
    if (status != SPW_OK) close(*fd);
    return status;
}

/* Reads until the file ends or `bytes` is full; a file that shrinks meanwhile just ends. */
static enum spw_status
read_all(int file, const char *path, uint8_t *data, size_t size, size_t *length)
{
    *length = 0;
    while (*length < size) {
        const ssize_t got = read(file, data + *length, size - *length);
        if (got == 0) break;
        if (got > 0)
            *length += (size_t)got;
        else if (errno != EINTR)
            return SPW_FAIL(SPW_IO, "%s: read failed at byte %zu: %s", path, *length,
                            strerror(errno));
    }
    return SPW_OK;
}

static enum spw_status read_open_file(struct spw_bytes *bytes,
                                      struct spw_arena *arena,
                                      const char *path,
                                      int file,
                                      size_t size,
                                      size_t limit_bytes)
{
    if (size > limit_bytes)
        return SPW_FAIL(SPW_MISSING,
                        "%s: %zu bytes, more than the %zu expected of such a file", path,
                        size, limit_bytes);
    uint8_t *data;
    SPW_NEW(arena, data, size + 1);
    SPW_TRY(read_all(file, path, data, size, &bytes->size));
    data[bytes->size] = 0;
    bytes->data = data;
    return SPW_OK;
}

enum spw_status spw_file_read(struct spw_bytes *bytes,
                              struct spw_arena *arena,
                              const char *path,
                              size_t limit_bytes)
{
    int file;
    size_t size;
    SPW_TRY(spw_file_open(&file, &size, path));
    const enum spw_status status =
        read_open_file(bytes, arena, path, file, size, limit_bytes);
    close(file);
    return status;
}
