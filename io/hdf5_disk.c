#include "io/hdf5_disk.h"

#if H5_VERSION_GE(1, 13, 0)
#include <H5FDdevelop.h>
#endif

#include <errno.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* What the access list carries (copied by HDF5). */
struct disk_access {
    struct spw_hdf5_disk *disk;
};

static struct spw_hdf5_disk *disk_of(H5FD_t *file)
{
    return (struct spw_hdf5_disk *)file;
}

static H5FD_t *
disk_open(const char *name, unsigned flags, hid_t access, haddr_t max_address)
{
    (void)name;
    (void)max_address;
    const struct disk_access *given = H5Pget_driver_info(access);
    if (!given) return NULL;
    struct spw_hdf5_disk *disk = given->disk;
    struct stat info;
    if ((flags & H5F_ACC_TRUNC) && ftruncate(disk->fd, 0) != 0) return NULL;
    if (fstat(disk->fd, &info) != 0) return NULL;
    memset(&disk->base, 0, sizeof disk->base);
    disk->end_of_addresses = 0;
    disk->end_of_file = (haddr_t)info.st_size;
    return &disk->base;
}

static herr_t disk_close(H5FD_t *file)
{
    (void)file;
    return 0;
}

static int disk_compare(const H5FD_t *a, const H5FD_t *b)
{
    return a < b ? -1 : a > b;
}

static herr_t disk_query(const H5FD_t *file, unsigned long *flags)
{
    (void)file;
    *flags = H5FD_FEAT_AGGREGATE_METADATA | H5FD_FEAT_ACCUMULATE_METADATA |
             H5FD_FEAT_DATA_SIEVE | H5FD_FEAT_AGGREGATE_SMALLDATA;
    return 0;
}

static haddr_t disk_end_of_addresses(const H5FD_t *file, H5FD_mem_t kind)
{
    (void)kind;
    return ((const struct spw_hdf5_disk *)file)->end_of_addresses;
}

static herr_t disk_set_end_of_addresses(H5FD_t *file, H5FD_mem_t kind, haddr_t address)
{
    (void)kind;
    disk_of(file)->end_of_addresses = address;
    return 0;
}

static haddr_t disk_end_of_file(const H5FD_t *file, H5FD_mem_t kind)
{
    (void)kind;
    return ((const struct spw_hdf5_disk *)file)->end_of_file;
}

static void note(struct spw_hdf5_disk *disk, haddr_t at, int error)
{
    if (disk->error) return;
    disk->error = error;
    disk->error_byte = at;
    disk->drop = true;
}

/* Bytes behind the end of the file read as zero, as HDF5 expects. */
static herr_t disk_read(H5FD_t *file,
                        H5FD_mem_t kind,
                        hid_t transfer,
                        haddr_t at,
                        size_t size,
                        void *buffer)
{
    (void)kind;
    (void)transfer;
    struct spw_hdf5_disk *disk = disk_of(file);
    char *out = buffer;
    while (size > 0) {
        const ssize_t got = pread(disk->fd, out, size, (off_t)at);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) {
            note(disk, at, errno);
            return -1;
        }
        if (got == 0) {
            memset(out, 0, size);
            return 0;
        }
        out += got;
        at += (haddr_t)got;
        size -= (size_t)got;
    }
    return 0;
}

static herr_t disk_write(H5FD_t *file,
                         H5FD_mem_t kind,
                         hid_t transfer,
                         haddr_t at,
                         size_t size,
                         const void *buffer)
{
    (void)kind;
    (void)transfer;
    struct spw_hdf5_disk *disk = disk_of(file);
    const char *in = buffer;
    while (size > 0 && !disk->drop) {
        const ssize_t put = pwrite(disk->fd, in, size, (off_t)at);
        if (put < 0 && errno == EINTR) continue;
        if (put <= 0) {
            note(disk, at, put < 0 ? errno : ENOSPC);
            break;
        }
        in += put;
        at += (haddr_t)put;
        size -= (size_t)put;
    }
    if (at + size > disk->end_of_file) disk->end_of_file = at + size;
    return 0;
}

static herr_t disk_truncate(H5FD_t *file, hid_t transfer, hbool_t closing)
{
    (void)transfer;
    (void)closing;
    struct spw_hdf5_disk *disk = disk_of(file);
    if (disk->end_of_addresses == disk->end_of_file) return 0;
    if (!disk->drop && ftruncate(disk->fd, (off_t)disk->end_of_addresses) != 0)
        note(disk, disk->end_of_addresses, errno);
    disk->end_of_file = disk->end_of_addresses;
    return 0;
}

static const H5FD_class_t disk_class = {
#if H5_VERSION_GE(1, 13, 0)
    .version = H5FD_CLASS_VERSION,
    .value = (H5FD_class_value_t)600, /* of the range for private drivers */
#endif
    .name = "spillway",
    .maxaddr = (haddr_t)LLONG_MAX,
    .fc_degree = H5F_CLOSE_STRONG,
    .fapl_size = sizeof(struct disk_access),
    .open = disk_open,
    .close = disk_close,
    .cmp = disk_compare,
    .query = disk_query,
    .get_eoa = disk_end_of_addresses,
    .set_eoa = disk_set_end_of_addresses,
    .get_eof = disk_end_of_file,
    .read = disk_read,
    .write = disk_write,
    .truncate = disk_truncate,
    .fl_map = H5FD_FLMAP_DICHOTOMY,
};

hid_t spw_hdf5_disk_use(hid_t access, struct spw_hdf5_disk *disk)
{
    const hid_t driver = H5FDregister(&disk_class);
    const struct disk_access given = {disk};
    if (driver < 0 || H5Pset_driver(access, driver, &given) < 0) return -1;
    return driver;
}
