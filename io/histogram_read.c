#include "io/histogram_file.h"

#include "io/hdf5_file.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { MAX_DEPTH = 16, MAX_NAME = 256, MAX_INPUTS = 1 << 24 };

static const uint64_t max_bins = UINT64_C(1) << 31;

/* A file being read. */
struct reader {
    struct spw_hdf5 h5;
    struct spw_arena *arena;
    struct spw_histogram_set *set;
    uint32_t count_capacity;
};

static enum spw_status
broken(const struct reader *reader, const char *path, const char *why)
{
    char what[MAX_NAME + 256];
    snprintf(what, sizeof what, "%.300s: %s", path, why);
    return spw_hdf5_fail(&reader->h5, SPW_CORRUPT, what);
}

static void
read_names(struct reader *reader, hid_t group, const char *key, const char **text)
{
    *text = "";
    const bool there = H5Lexists(group, "metadata", H5P_DEFAULT) > 0;
    const hid_t metadata = there ? H5Gopen2(group, "metadata", H5P_DEFAULT) : -1;
    if (metadata < 0) return;
    spw_hdf5_get_text(metadata, key, reader->arena, text);
    H5Gclose(metadata);
}

/* Regular axes with both flow bins: what this program writes. */
static bool read_axis(struct reader *reader, hid_t group, struct spw_axis *axis)
{
    const char *type = "";
    int64_t bins = 0;
    bool underflow = false, overflow = false, circular = true;
    const bool good = spw_hdf5_get_text(group, "type", reader->arena, &type) &&
                      strcmp(type, "regular") == 0 &&
                      spw_hdf5_get_real(group, "lower", &axis->lower) &&
                      spw_hdf5_get_real(group, "upper", &axis->upper) &&
                      spw_hdf5_get_int(group, "bins", &bins) &&
                      spw_hdf5_get_flag(&reader->h5, group, "underflow", &underflow) &&
                      spw_hdf5_get_flag(&reader->h5, group, "overflow", &overflow) &&
                      spw_hdf5_get_flag(&reader->h5, group, "circular", &circular);
    if (!good || !underflow || !overflow || circular || bins < 1 || bins > INT32_MAX ||
        !isfinite(axis->lower) || !isfinite(axis->upper) || !(axis->lower < axis->upper))
        return false;
    axis->bins = (uint32_t)bins;
    read_names(reader, group, "name", &axis->name);
    read_names(reader, group, "label", &axis->label);
    return true;
}

/* The length of a 1-D dataset, or of its space of n dimensions; negative if it is none. */
static int read_shape(hid_t data, hsize_t *size, int max_dimensions)
{
    const hid_t space = H5Dget_space(data);
    const int n = space < 0 ? -1 : H5Sget_simple_extent_ndims(space);
    const bool good =
        n >= 1 && n <= max_dimensions && H5Sget_simple_extent_dims(space, size, NULL) == n;
    if (space >= 0) H5Sclose(space);
    return good ? n : -1;
}

static bool read_axes(struct reader *reader, hid_t group, struct spw_histogram_spec *spec)
{
    hobj_ref_t reference[SPW_MAX_AXES];
    hsize_t n = 0;
    const hid_t data = H5Dopen2(group, "axes", H5P_DEFAULT);
    if (data < 0) return false;
    bool good =
        read_shape(data, &n, 1) == 1 && n >= 1 && n <= SPW_MAX_AXES &&
        H5Dread(data, H5T_STD_REF_OBJ, H5S_ALL, H5S_ALL, H5P_DEFAULT, reference) >= 0;
    for (uint32_t i = 0; good && i < n; ++i) {
        const hid_t axis = H5Rdereference2(data, H5P_DEFAULT, H5R_OBJECT, &reference[i]);
        good = axis >= 0 && read_axis(reader, axis, &spec->axis[i]);
        if (axis >= 0) H5Oclose(axis);
    }
    H5Dclose(data);
    spec->n_axes = (uint32_t)n;
    return good;
}

static enum spw_status read_values(struct reader *reader,
                                   hid_t storage,
                                   struct spw_histogram_spec *spec,
                                   int64_t **count)
{
    const char *type = "";
    hsize_t size[SPW_MAX_AXES];
    const uint64_t n_bins = spw_histogram_n_bins(spec);
    if (n_bins > max_bins) return broken(reader, spec->path, "too many bins");
    if (!spw_hdf5_get_text(storage, "type", reader->arena, &type) ||
        strcmp(type, "int") != 0)
        return broken(reader, spec->path, "storage is not of type int");
    const hid_t data = H5Dopen2(storage, "values", H5P_DEFAULT);
    if (data < 0) return broken(reader, spec->path, "no bins");
    bool good = read_shape(data, size, SPW_MAX_AXES) == (int)spec->n_axes;
    for (uint32_t i = 0; good && i < spec->n_axes; ++i)
        good = size[i] == (hsize_t)spec->axis[i].bins + 2;
    *count = good ? spw_arena_alloc(reader->arena, n_bins * sizeof **count) : NULL;
    const bool enough = *count != NULL;
    const bool read = enough && H5Dread(data, H5T_NATIVE_INT64, H5S_ALL, H5S_ALL,
                                        H5P_DEFAULT, *count) >= 0;
    H5Dclose(data);
    if (read) return SPW_OK;
    if (good && !enough) return SPW_FAIL(SPW_RETRY, "out of memory: %s", spec->path);
    return broken(reader, spec->path,
                  good ? "cannot read the bins" : "bins do not fit the axes");
}

static enum spw_status
keep(struct reader *reader, const struct spw_histogram_spec *spec, int64_t *count)
{
    struct spw_histogram_set *set = reader->set;
    if (set->list.count == reader->count_capacity) {
        const uint32_t capacity = 2 * reader->count_capacity + 64;
        int64_t **grown;
        SPW_NEW(reader->arena, grown, capacity);
        if (set->list.count) memcpy(grown, set->count, sizeof *grown * set->list.count);
        set->count = grown;
        reader->count_capacity = capacity;
    }
    uint32_t id;
    SPW_TRY(spw_histogram_book(&set->list, reader->arena, spec, &id));
    set->count[id] = count;
    return SPW_OK;
}

static enum spw_status read_histogram(struct reader *reader, hid_t group, const char *path)
{
    struct spw_histogram_spec spec = {.path = path};
    int64_t schema = 0, *count = NULL;
    if (!spw_hdf5_get_int(group, "uhi_schema", &schema) || schema != 1)
        return broken(reader, path, "not of UHI schema 1");
    if (!read_axes(reader, group, &spec))
        return broken(reader, path, "axes are not regular ones with flow bins");
    read_names(reader, group, "title", &spec.title);
    const hid_t storage = H5Gopen2(group, "storage", H5P_DEFAULT);
    if (storage < 0) return broken(reader, path, "no storage");
    const enum spw_status status = read_values(reader, storage, &spec, &count);
    H5Gclose(storage);
    return status == SPW_OK ? keep(reader, &spec, count) : status;
}

static enum spw_status
read_group(struct reader *reader, hid_t group, const char *path, int depth);

/* Follows a link of a group to a histogram or a folder of them. */
static enum spw_status
read_link(struct reader *reader, hid_t group, const char *path, const char *name, int depth)
{
    H5L_info_t info;
    if (name[0] == '_' || H5Lget_info(group, name, &info, H5P_DEFAULT) < 0 ||
        info.type != H5L_TYPE_HARD)
        return SPW_OK;
    const hid_t object = H5Oopen(group, name, H5P_DEFAULT);
    if (object < 0) return broken(reader, path, "cannot open its members");
    enum spw_status status = SPW_OK;
    if (H5Iget_type(object) == H5I_GROUP) {
        const char *below = spw_arena_printf(reader->arena, "%s/%s", path, name);
        status = !below ? SPW_FAIL(SPW_RETRY, "out of memory: %s", path)
                 : H5Aexists(object, "uhi_schema") > 0
                     ? read_histogram(reader, object, below)
                     : read_group(reader, object, below, depth + 1);
    }
    H5Oclose(object);
    return status;
}

static enum spw_status
read_group(struct reader *reader, hid_t group, const char *path, int depth)
{
    H5G_info_t info;
    if (depth > MAX_DEPTH) return broken(reader, path, "too deep");
    if (H5Gget_info(group, &info) < 0) return broken(reader, path, "cannot list");
    for (hsize_t i = 0; i < info.nlinks; ++i) {
        char name[MAX_NAME];
        const ssize_t length = H5Lget_name_by_idx(group, ".", H5_INDEX_NAME, H5_ITER_INC, i,
                                                  name, sizeof name, H5P_DEFAULT);
        if (length < 0 || (size_t)length >= sizeof name)
            return broken(reader, path, "cannot list");
        SPW_TRY(read_link(reader, group, path, name, depth));
    }
    return SPW_OK;
}

/* A 1-D dataset of `*n` numbers; the first one read decides n. */
static enum spw_status
read_numbers(struct reader *reader, const char *path, uint32_t *n, int64_t **values)
{
    hsize_t size = 0;
    const hid_t data = H5Dopen2(reader->h5.file, path, H5P_DEFAULT);
    if (data < 0) return broken(reader, path, "cannot read");
    bool good = read_shape(data, &size, 1) == 1 && size <= MAX_INPUTS &&
                (*n == UINT32_MAX || *n == size);
    *n = (uint32_t)size;
    *values = good ? spw_arena_alloc(reader->arena, sizeof **values * *n) : NULL;
    good = *values && (*n == 0 || H5Dread(data, H5T_NATIVE_INT64, H5S_ALL, H5S_ALL,
                                          H5P_DEFAULT, *values) >= 0);
    H5Dclose(data);
    return good ? SPW_OK : broken(reader, path, "cannot read");
}

static enum spw_status
copy_texts(struct reader *reader, const char *path, char **text, uint32_t n)
{
    for (uint32_t i = 0; i < n; ++i) {
        char *copy = spw_arena_text(reader->arena, text[i] ? text[i] : "");
        if (!copy) return SPW_FAIL(SPW_RETRY, "out of memory: %s", path);
        H5free_memory(text[i]);
        text[i] = copy;
    }
    return SPW_OK;
}

static enum spw_status
read_texts(struct reader *reader, const char *path, uint32_t n, char ***texts)
{
    hsize_t size = 0;
    SPW_NEW_ZEROS(reader->arena, *texts, n);
    const hid_t data = H5Dopen2(reader->h5.file, path, H5P_DEFAULT);
    if (data < 0) return broken(reader, path, "cannot read");
    const hid_t type = H5Dget_type(data);
    const bool good =
        read_shape(data, &size, 1) == 1 && size == n && H5Tis_variable_str(type) > 0 &&
        (n == 0 ||
         H5Dread(data, reader->h5.text_type, H5S_ALL, H5S_ALL, H5P_DEFAULT, *texts) >= 0);
    H5Tclose(type);
    H5Dclose(data);
    return good ? copy_texts(reader, path, *texts, n) : broken(reader, path, "cannot read");
}

static enum spw_status read_inputs(struct reader *reader)
{
    int64_t *run, *burst, *events;
    char **digest, **name;
    uint32_t n = UINT32_MAX;
    SPW_TRY(read_numbers(reader, "/_inputs/run", &n, &run));
    SPW_TRY(read_numbers(reader, "/_inputs/burst", &n, &burst));
    SPW_TRY(read_numbers(reader, "/_inputs/events", &n, &events));
    SPW_TRY(read_texts(reader, "/_inputs/digest", n, &digest));
    SPW_TRY(read_texts(reader, "/_inputs/name", n, &name));
    struct spw_histogram_input *input;
    SPW_NEW(reader->arena, input, n);
    for (uint32_t i = 0; i < n; ++i)
        input[i] = (struct spw_histogram_input){(uint32_t)run[i], (uint32_t)burst[i],
                                                (uint64_t)events[i], digest[i], name[i]};
    reader->set->input = input;
    reader->set->n_inputs = n;
    return SPW_OK;
}

static enum spw_status read_file(struct reader *reader)
{
    const char *format = "";
    const hid_t root = H5Gopen2(reader->h5.file, "/", H5P_DEFAULT);
    if (root < 0) return broken(reader, "/", "cannot open");
    enum spw_status status;
    if (!spw_hdf5_get_text(root, "format", reader->arena, &format) ||
        strcmp(format, "spillway-hist") != 0)
        status = SPW_FAIL(SPW_CORRUPT, "%s: not a file of histograms (format '%s')",
                          reader->h5.path, format);
    else
        status = read_inputs(reader);
    if (status == SPW_OK) status = read_group(reader, root, "", 0);
    H5Gclose(root);
    return status;
}

enum spw_status spw_histogram_file_read(struct spw_histogram_set *set,
                                        struct spw_arena *arena,
                                        const char *path)
{
    struct reader reader = {.arena = arena, .set = set};
    *set = (struct spw_histogram_set){0};
    SPW_TRY(spw_hdf5_open(&reader.h5, arena, path));
    const enum spw_status status = read_file(&reader);
    spw_hdf5_release(&reader.h5);
    return status;
}
