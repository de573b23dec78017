#include "io/hdf5_file.h"

#include <string.h>

enum { MAX_NAME = 256 };

/* Closes `group` unless it is the caller's. */
static void leave(hid_t group, hid_t at)
{
    if (group >= 0 && group != at) H5Gclose(group);
}

/* The group `name` in `at`, made when absent. */
static hid_t enter(const struct spw_hdf5 *h5, hid_t at, const char *name)
{
    const htri_t there = H5Lexists(at, name, H5P_DEFAULT);
    if (there < 0) return -1;
    if (there > 0) return H5Gopen2(at, name, H5P_DEFAULT);
    return H5Gcreate2(at, name, h5->link_list, h5->group_list, H5P_DEFAULT);
}

/* Steps down to the group that holds the last name of `*path`, which is left there: `at` itself
   when there is no other. */
static hid_t descend(const struct spw_hdf5 *h5, hid_t at, const char **path)
{
    hid_t group = at;
    const char *name = *path + strspn(*path, "/");
    for (const char *end; group >= 0 && (end = strchr(name, '/')); name = end + 1) {
        char step[MAX_NAME];
        const size_t length = (size_t)(end - name);
        hid_t next = -1;
        if (length < sizeof step) {
            memcpy(step, name, length);
            step[length] = '\0';
            next = enter(h5, group, step);
        }
        leave(group, at);
        group = next;
    }
    *path = name;
    return group;
}

hid_t spw_hdf5_group(const struct spw_hdf5 *h5, hid_t at, const char *path)
{
    const hid_t above = descend(h5, at, &path);
    if (above < 0) return -1;
    const hid_t group = *path ? enter(h5, above, path) : H5Gopen2(at, "/", H5P_DEFAULT);
    leave(above, at);
    return group;
}

hid_t spw_hdf5_data(const struct spw_hdf5 *h5,
                    hid_t at,
                    const char *path,
                    hid_t type,
                    hid_t space,
                    hid_t list)
{
    const hid_t above = descend(h5, at, &path);
    if (above < 0) return -1;
    const hid_t data =
        H5Pset_obj_track_times(list, false) < 0
            ? -1
            : H5Dcreate2(above, path, type, space, h5->link_list, list, H5P_DEFAULT);
    leave(above, at);
    return data;
}

hid_t spw_hdf5_row(const struct spw_hdf5 *h5,
                   hid_t at,
                   const char *path,
                   hid_t type,
                   uint64_t n)
{
    const hsize_t size = n;
    const hid_t space = H5Screate_simple(1, &size, NULL);
    const hid_t list = H5Pcreate(H5P_DATASET_CREATE);
    const hid_t data =
        space < 0 || list < 0 ? -1 : spw_hdf5_data(h5, at, path, type, space, list);
    if (space >= 0) H5Sclose(space);
    if (list >= 0) H5Pclose(list);
    return data;
}

static bool put(hid_t object, const char *name, hid_t type, const void *value)
{
    const hid_t space = H5Screate(H5S_SCALAR);
    bool good = space >= 0;
    if (good && H5Aexists(object, name) > 0) good = H5Adelete(object, name) >= 0;
    const hid_t attribute =
        good ? H5Acreate2(object, name, type, space, H5P_DEFAULT, H5P_DEFAULT) : -1;
    good = attribute >= 0 && H5Awrite(attribute, type, value) >= 0;
    if (attribute >= 0) good = H5Aclose(attribute) >= 0 && good;
    if (space >= 0) H5Sclose(space);
    return good;
}

bool spw_hdf5_put_text(const struct spw_hdf5 *h5,
                       hid_t object,
                       const char *name,
                       const char *text)
{
    return put(object, name, h5->text_type, &text);
}

bool spw_hdf5_put_int(hid_t object, const char *name, int64_t value)
{
    return put(object, name, H5T_NATIVE_INT64, &value);
}

bool spw_hdf5_put_real(hid_t object, const char *name, double value)
{
    return put(object, name, H5T_NATIVE_DOUBLE, &value);
}

bool spw_hdf5_put_flag(const struct spw_hdf5 *h5,
                       hid_t object,
                       const char *name,
                       bool value)
{
    const int8_t byte = value;
    return put(object, name, h5->flag_type, &byte);
}

bool spw_hdf5_put_texts(const struct spw_hdf5 *h5,
                        const char *path,
                        const char *meaning,
                        const char *const *texts,
                        uint64_t n)
{
    const hid_t data = spw_hdf5_row(h5, h5->file, path, h5->text_type, n);
    bool good = data >= 0;
    if (good && n)
        good = H5Dwrite(data, h5->text_type, H5S_ALL, H5S_ALL, h5->write_list, texts) >= 0;
    good = good && spw_hdf5_put_text(h5, data, "units", "1") &&
           spw_hdf5_put_text(h5, data, "long_name", meaning);
    if (data >= 0) good = H5Dclose(data) >= 0 && good;
    return good;
}

/* Opens an attribute that holds one value of the given class; negative if it is another. */
static hid_t open_scalar(hid_t object, const char *name, H5T_class_t class)
{
    if (H5Aexists(object, name) <= 0) return -1;
    const hid_t attribute = H5Aopen(object, name, H5P_DEFAULT);
    if (attribute < 0) return -1;
    const hid_t space = H5Aget_space(attribute);
    const hid_t type = H5Aget_type(attribute);
    const bool good = space >= 0 && type >= 0 && H5Sget_simple_extent_npoints(space) == 1 &&
                      H5Tget_class(type) == class &&
                      (class != H5T_STRING || H5Tis_variable_str(type) > 0);
    if (space >= 0) H5Sclose(space);
    if (type >= 0) H5Tclose(type);
    if (good) return attribute;
    H5Aclose(attribute);
    return -1;
}

bool spw_hdf5_get_text(hid_t object,
                       const char *name,
                       struct spw_arena *arena,
                       const char **text)
{
    const hid_t attribute = open_scalar(object, name, H5T_STRING);
    if (attribute < 0) return false;
    const hid_t type = H5Aget_type(attribute);
    char *read = NULL;
    bool good = H5Aread(attribute, type, &read) >= 0;
    if (good) *text = spw_arena_text(arena, read ? read : "");
    good = good && *text;
    if (read) H5free_memory(read);
    H5Tclose(type);
    H5Aclose(attribute);
    return good;
}

static bool get(hid_t object, const char *name, H5T_class_t class, hid_t type, void *value)
{
    const hid_t attribute = open_scalar(object, name, class);
    if (attribute < 0) return false;
    const bool good = H5Aread(attribute, type, value) >= 0;
    H5Aclose(attribute);
    return good;
}

bool spw_hdf5_get_int(hid_t object, const char *name, int64_t *value)
{
    return get(object, name, H5T_INTEGER, H5T_NATIVE_INT64, value);
}

bool spw_hdf5_get_real(hid_t object, const char *name, double *value)
{
    return get(object, name, H5T_FLOAT, H5T_NATIVE_DOUBLE, value);
}

bool spw_hdf5_get_flag(const struct spw_hdf5 *h5,
                       hid_t object,
                       const char *name,
                       bool *value)
{
    int8_t byte = 0;
    if (!get(object, name, H5T_ENUM, h5->flag_type, &byte)) return false;
    *value = byte != 0;
    return true;
}
