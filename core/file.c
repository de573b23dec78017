#include "core/file.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

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
                                      size_t limit_bytes)
{
    struct stat about;
    if (fstat(file, &about) != 0)
        return SPW_FAIL(SPW_MISSING, "%s: %s", path, strerror(errno));
    if (!S_ISREG(about.st_mode)) return SPW_FAIL(SPW_MISSING, "%s: no regular file", path);
    const size_t size = (size_t)about.st_size;
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
    const int file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (file < 0) return SPW_FAIL(SPW_MISSING, "%s: %s", path, strerror(errno));
    const enum spw_status status = read_open_file(bytes, arena, path, file, limit_bytes);
    close(file);
    return status;
}
