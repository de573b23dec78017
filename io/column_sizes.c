#include "io/column_sizes.h"

#include "io/hdf5_file.h"

#include <string.h>

struct walk {
    struct spw_column_sizes *sizes;
    struct spw_arena *arena;
    const char *path;
    enum spw_status status;
};

static enum spw_status reserve(struct walk *walk)
{
    struct spw_column_sizes *sizes = walk->sizes;
    if (sizes->count < sizes->capacity) return SPW_OK;
    const uint32_t capacity = 2 * sizes->capacity + 128;
    struct spw_column_size *grown;
    SPW_NEW(walk->arena, grown, capacity);
    if (sizes->count) memcpy(grown, sizes->column, sizeof *grown * sizes->count);
    sizes->column = grown;
    sizes->capacity = capacity;
    return SPW_OK;
}

static bool measure(hid_t data, struct spw_column_size *column)
{
    const hid_t space = H5Dget_space(data), type = H5Dget_type(data);
    const hssize_t n = space >= 0 ? H5Sget_simple_extent_npoints(space) : -1;
    const size_t size = type >= 0 ? H5Tget_size(type) : 0;
    if (type >= 0) H5Tclose(type);
    if (space >= 0) H5Sclose(space);
    if (n < 0 || size == 0) return false;
    column->n_rows = (uint64_t)n;
    column->raw_bytes = (uint64_t)n * size;
    column->stored_bytes = H5Dget_storage_size(data);
    return true;
}

static enum spw_status add(struct walk *walk, const char *name, hid_t data)
{
    SPW_TRY(reserve(walk));
    struct spw_column_size *column = &walk->sizes->column[walk->sizes->count];
    column->path = spw_arena_printf(walk->arena, "/%s", name);
    if (!column->path) return SPW_FAIL(SPW_RETRY, "out of memory: %s", name);
    if (!measure(data, column))
        return SPW_FAIL(SPW_CORRUPT, "%s: cannot read the size of /%s", walk->path, name);
    ++walk->sizes->count;
    return SPW_OK;
}

static herr_t visit(hid_t root, const char *name, const H5L_info_t *link, void *state)
{
    struct walk *walk = state;
    if (link->type != H5L_TYPE_HARD) return 0;
    const hid_t object = H5Oopen(root, name, H5P_DEFAULT);
    if (object < 0) return -1;
    if (H5Iget_type(object) == H5I_DATASET) walk->status = add(walk, name, object);
    H5Oclose(object);
    return walk->status == SPW_OK ? 0 : -1;
}

enum spw_status spw_column_sizes_read(struct spw_column_sizes *sizes,
                                      struct spw_arena *arena,
                                      const char *path)
{
    struct walk walk = {.sizes = sizes, .arena = arena, .path = path};
    struct spw_hdf5 h5;
    *sizes = (struct spw_column_sizes){0};
    SPW_TRY(spw_hdf5_open(&h5, arena, path));
    hsize_t bytes = 0;
    enum spw_status status = SPW_OK;
    if (H5Fget_filesize(h5.file, &bytes) < 0 ||
        H5Lvisit(h5.file, H5_INDEX_NAME, H5_ITER_INC, visit, &walk) < 0)
        status = walk.status != SPW_OK
                     ? walk.status
                     : spw_hdf5_fail(&h5, SPW_CORRUPT, "cannot read the list of columns");
    sizes->file_bytes = bytes;
    spw_hdf5_release(&h5);
    return status;
}
