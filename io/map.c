#include "io/map.h"

#include "core/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <unistd.h>

static enum spw_status map_descriptor(struct spw_map *map, int fd, size_t size)
{
    if (size == 0) return SPW_OK;

    posix_fadvise(fd, 0, 0, POSIX_FADV_SEQUENTIAL);
    void *data = mmap(NULL, size, PROT_READ, MAP_SHARED, fd, 0);
    if (data == MAP_FAILED)
        return SPW_FAIL(errno == ENOMEM ? SPW_RETRY : SPW_IO,
                        "%s: cannot map %zu bytes: %m", map->path, size);
    map->bytes = (struct spw_bytes){data, size};
    map->fd = fd;
    return SPW_OK;
}

enum spw_status spw_map_open(struct spw_map *map, const char *path)
{
    static const uint8_t nothing[1];
    *map = (struct spw_map){.bytes = {nothing, 0}, .path = path};
    int fd;
    size_t size;
    SPW_TRY(spw_file_open(&fd, &size, path));
    const enum spw_status status = map_descriptor(map, fd, size);
    if (!map->bytes.size) close(fd);
    return status;
}

void spw_map_release(struct spw_map *map)
{
    if (map->bytes.size) {
        munmap((void *)(uintptr_t)map->bytes.data, map->bytes.size);
        close(map->fd);
    }
    *map = (struct spw_map){.path = map->path};
}

/* Advises on [at, at + size): whole pages inside, or also those it touches. */
static void
advise(const struct spw_map *map, size_t at, size_t size, bool outward, int advice)
{
    const size_t page = (size_t)sysconf(_SC_PAGESIZE);
    const struct spw_bytes part = spw_bytes_from(map->bytes, at, size);
    size_t begin = (size_t)(part.data - map->bytes.data);
    size_t end = begin + part.size;
    const bool last = end == map->bytes.size;
    begin = (outward ? begin : begin + page - 1) / page * page;
    if (!outward && !last) end = end / page * page;
    if (begin >= end) return;
    madvise((void *)(uintptr_t)(map->bytes.data + begin), end - begin, advice);
}

/* Some file systems cannot tell. */
static bool is_cached(const struct spw_map *map, size_t at)
{
    uint8_t byte;
    const struct iovec to = {&byte, 1};
    return preadv2(map->fd, &to, 1, (off_t)at, RWF_NOWAIT) == 1;
}

void spw_map_ahead(const struct spw_map *map, size_t at, size_t size)
{
    const struct spw_bytes part = spw_bytes_from(map->bytes, at, size);
    if (!part.size || !map->path) return;
    if (is_cached(map, at) && is_cached(map, at + part.size - 1)) return;
    advise(map, at, size, true, MADV_WILLNEED);
}

/* Pages of a shared file mapping come back from the page cache when they are read again. */
void spw_map_behind(const struct spw_map *map, size_t at, size_t size)
{
    advise(map, at, size, false, MADV_DONTNEED);
}
