#include "io/hdf5_file.h"

#include "core/file.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { WRITE_BUFFER_BYTES = 4096 };

/* What HDF5 said last on this thread, as "reason; reason". */
static _Thread_local char trouble[512];

static herr_t add_reason(unsigned n, const H5E_error2_t *error, void *unused)
{
    (void)n;
    (void)unused;
    const size_t used = strlen(trouble);
    if (error->desc && !strstr(trouble, error->desc))
        snprintf(trouble + used, sizeof trouble - used, "%s%s", used ? "; " : "",
                 error->desc);
    return 0;
}

static herr_t keep_trouble(hid_t stack, void *unused)
{
    (void)unused;
    if (trouble[0]) return 0; /* what follows is a consequence */
    return H5Ewalk2(stack, H5E_WALK_DOWNWARD, add_reason, NULL);
}

void spw_hdf5_listen(void)
{
    trouble[0] = '\0';
    H5Eset_auto2(H5E_DEFAULT, keep_trouble, NULL);
}

enum spw_status
spw_hdf5_fail(const struct spw_hdf5 *h5, enum spw_status status, const char *what)
{
    if (h5->disk.error)
        return SPW_FAIL(SPW_IO, "%s: %s, at byte %llu: %s", h5->path, what,
                        (unsigned long long)h5->disk.error_byte, strerror(h5->disk.error));
    if (!trouble[0]) return SPW_FAIL(status, "%s: %s", h5->path, what);
    return SPW_FAIL(status, "%s: %s: %s", h5->path, what, trouble);
}

enum spw_status spw_hdf5_check(const struct spw_hdf5 *h5)
{
    return h5->disk.error ? spw_hdf5_fail(h5, SPW_IO, "cannot write") : SPW_OK;
}

static bool make_types(struct spw_hdf5 *h5)
{
    const int8_t no = 0, yes = 1;
    h5->text_type = H5Tcopy(H5T_C_S1);
    h5->flag_type = H5Tenum_create(H5T_NATIVE_INT8);
    h5->link_list = H5Pcreate(H5P_LINK_CREATE);
    h5->group_list = H5Pcreate(H5P_GROUP_CREATE);
    h5->write_list = H5Pcreate(H5P_DATASET_XFER);
    return h5->text_type >= 0 && h5->flag_type >= 0 && h5->link_list >= 0 &&
           h5->group_list >= 0 && h5->write_list >= 0 &&
           H5Pset_buffer(h5->write_list, WRITE_BUFFER_BYTES, NULL, NULL) >= 0 &&
           H5Pset_obj_track_times(h5->group_list, false) >= 0 &&
           H5Tset_size(h5->text_type, H5T_VARIABLE) >= 0 &&
           H5Tset_cset(h5->text_type, H5T_CSET_UTF8) >= 0 &&
           H5Tenum_insert(h5->flag_type, "FALSE", &no) >= 0 &&
           H5Tenum_insert(h5->flag_type, "TRUE", &yes) >= 0 &&
           H5Pset_char_encoding(h5->link_list, H5T_CSET_UTF8) >= 0;
}

static hid_t create_file(const struct spw_hdf5 *h5, hid_t access)
{
    const hid_t list = H5Pcreate(H5P_FILE_CREATE);
    hid_t file = -1;
    if (list >= 0 && H5Pset_obj_track_times(list, false) >= 0 &&
        (!h5->index_entries || H5Pset_istore_k(list, h5->index_entries / 2) >= 0))
        file = H5Fcreate(h5->path, H5F_ACC_TRUNC, list, access);
    if (list >= 0) H5Pclose(list);
    return file;
}

/* Opens HDF5 on the descriptor of `h5->disk`. */
static bool attach(struct spw_hdf5 *h5, bool create)
{
    const hid_t access = H5Pcreate(H5P_FILE_ACCESS);
    h5->driver = access < 0 ? -1 : spw_hdf5_disk_use(access, &h5->disk);
    if (h5->driver >= 0 && make_types(h5) &&
        H5Pset_libver_bounds(access, H5F_LIBVER_V18, H5F_LIBVER_V110) >= 0)
        h5->file =
            create ? create_file(h5, access) : H5Fopen(h5->path, H5F_ACC_RDONLY, access);
    if (access >= 0) H5Pclose(access);
    return h5->file >= 0;
}

/* HDF5's own clean-up at exit loops after it has seen a damaged file; ours are closed. */
static void start(struct spw_hdf5 *h5, const char *path)
{
    H5dont_atexit();
    *h5 = (struct spw_hdf5){.path = path,
                            .file = -1,
                            .text_type = -1,
                            .flag_type = -1,
                            .link_list = -1,
                            .group_list = -1,
                            .write_list = -1,
                            .driver = -1,
                            .disk.fd = -1,
                            .atomic.fd = -1};
    spw_hdf5_listen();
}

enum spw_status spw_hdf5_create(struct spw_hdf5 *h5,
                                struct spw_arena *arena,
                                const char *path,
                                unsigned index_entries)
{
    start(h5, path);
    h5->index_entries = index_entries;
    SPW_TRY(spw_atomic_file_create(&h5->atomic, arena, path));
    h5->path = h5->atomic.path;
    h5->disk.fd = h5->atomic.fd;
    if (attach(h5, true)) return SPW_OK;
    const enum spw_status status = spw_hdf5_fail(h5, SPW_CANNOT_CREATE, "cannot create");
    spw_hdf5_release(h5);
    return status;
}

enum spw_status
spw_hdf5_open(struct spw_hdf5 *h5, struct spw_arena *arena, const char *path)
{
    start(h5, spw_arena_text(arena, path));
    if (!h5->path) return SPW_FAIL(SPW_RETRY, "%s: out of memory", path);
    size_t size;
    SPW_TRY(spw_file_open(&h5->disk.fd, &size, path));
    if (attach(h5, false)) return SPW_OK;
    const enum spw_status status =
        spw_hdf5_fail(h5, SPW_CORRUPT, "cannot open as an HDF5 file");
    spw_hdf5_release(h5);
    return status;
}

/* Gives HDF5's objects back; false when the last writes inside failed. */
static bool detach(struct spw_hdf5 *h5)
{
    bool good = true;
    if (h5->text_type >= 0) H5Tclose(h5->text_type);
    if (h5->flag_type >= 0) H5Tclose(h5->flag_type);
    if (h5->link_list >= 0) H5Pclose(h5->link_list);
    if (h5->group_list >= 0) H5Pclose(h5->group_list);
    if (h5->write_list >= 0) H5Pclose(h5->write_list);
    if (h5->file >= 0) good = H5Fclose(h5->file) >= 0;
    if (h5->driver >= 0) H5FDunregister(h5->driver);
    h5->text_type = h5->flag_type = h5->link_list = h5->group_list = -1;
    h5->write_list = h5->file = h5->driver = -1;
    return good;
}

enum spw_status spw_hdf5_commit(struct spw_hdf5 *h5)
{
    const bool good = detach(h5);
    if (good && !h5->disk.error) {
        h5->disk.fd = -1;
        return spw_atomic_file_commit(&h5->atomic);
    }
    const enum spw_status status = spw_hdf5_fail(h5, SPW_IO, "cannot write");
    spw_hdf5_release(h5);
    return status;
}

void spw_hdf5_release(struct spw_hdf5 *h5)
{
    h5->disk.drop = true;
    detach(h5);
    if (h5->atomic.part)
        spw_atomic_file_discard(&h5->atomic);
    else if (h5->disk.fd >= 0)
        close(h5->disk.fd);
    h5->disk.fd = -1;
}
