#include "io/histogram_file.h"

#include "io/codec.h"
#include "io/column_file.h"
#include "io/hdf5_file.h"

#include <stdio.h>
#include <string.h>

enum { PACK_BINS_MIN = 1000, PACK_BLOCK_BINS = 1 << 16 };

/* A file being written, and memory for one histogram at a time. */
struct writer {
    struct spw_hdf5 h5;
    struct spw_arena block;
};

static bool write_metadata(struct writer *writer,
                           hid_t histogram,
                           const struct spw_histogram_spec *spec)
{
    const struct spw_hdf5 *h5 = &writer->h5;
    const hid_t metadata = spw_hdf5_group(h5, histogram, "metadata");
    const hid_t about = spw_hdf5_group(h5, histogram, "writer_info/spillway");
    const bool good = metadata >= 0 && about >= 0 &&
                      spw_hdf5_put_flag(h5, metadata, "_variance_known", true) &&
                      spw_hdf5_put_text(h5, metadata, "title", spec->title) &&
                      spw_hdf5_put_text(h5, about, "version", SPW_VERSION);
    if (metadata >= 0) H5Gclose(metadata);
    if (about >= 0) H5Gclose(about);
    return good;
}

static bool write_axis(struct writer *writer,
                       hid_t axes,
                       uint32_t number,
                       const struct spw_axis *axis,
                       hobj_ref_t *reference)
{
    const struct spw_hdf5 *h5 = &writer->h5;
    char name[16];
    snprintf(name, sizeof name, "axis_%u", number);
    const hid_t group = spw_hdf5_group(h5, axes, name);
    const hid_t metadata = group < 0 ? -1 : spw_hdf5_group(h5, group, "metadata");
    const bool good = metadata >= 0 && spw_hdf5_put_text(h5, group, "type", "regular") &&
                      spw_hdf5_put_real(group, "lower", axis->lower) &&
                      spw_hdf5_put_real(group, "upper", axis->upper) &&
                      spw_hdf5_put_int(group, "bins", axis->bins) &&
                      spw_hdf5_put_flag(h5, group, "underflow", true) &&
                      spw_hdf5_put_flag(h5, group, "overflow", true) &&
                      spw_hdf5_put_flag(h5, group, "circular", false) &&
                      spw_hdf5_put_text(h5, metadata, "name", axis->name) &&
                      spw_hdf5_put_text(h5, metadata, "label", axis->label) &&
                      H5Rcreate(reference, group, ".", H5R_OBJECT, -1) >= 0;
    if (group >= 0) H5Gclose(group);
    if (metadata >= 0) H5Gclose(metadata);
    return good;
}

/* The groups ref_axes/axis_N, and the dataset `axes` that refers to them in order. */
static bool
write_axes(struct writer *writer, hid_t histogram, const struct spw_histogram_spec *spec)
{
    hobj_ref_t reference[SPW_MAX_AXES];
    const hid_t axes = spw_hdf5_group(&writer->h5, histogram, "ref_axes");
    bool good = axes >= 0;
    for (uint32_t i = 0; good && i < spec->n_axes; ++i)
        good = write_axis(writer, axes, i, &spec->axis[i], &reference[i]);
    if (axes >= 0) H5Gclose(axes);
    if (!good) return false;
    const hid_t data =
        spw_hdf5_row(&writer->h5, histogram, "axes", H5T_STD_REF_OBJ, spec->n_axes);
    good = data >= 0 && H5Dwrite(data, H5T_STD_REF_OBJ, H5S_ALL, H5S_ALL,
                                 writer->h5.write_list, reference) >= 0;
    if (data >= 0) good = H5Dclose(data) >= 0 && good;
    return good;
}

/* Counts of a histogram: one of the two. */
struct counts {
    const int64_t *wide;
    const uint32_t *narrow;
};

static void copy_counts(int64_t *to, const struct counts *from, uint64_t first, uint64_t n)
{
    if (from->narrow)
        for (uint64_t i = 0; i < n; ++i) to[i] = from->narrow[first + i];
    else
        memcpy(to, from->wide + first, n * sizeof *to);
}

/* The shape of the bins, and of a chunk: whole rows of the first axis. */
struct shape {
    hsize_t size[SPW_MAX_AXES], chunk[SPW_MAX_AXES];
    uint64_t n_bins, row_bins;
    int n_axes;
};

static struct shape shape_of(const struct spw_histogram_spec *spec)
{
    struct shape shape = {.n_axes = (int)spec->n_axes};
    for (uint32_t i = 0; i < spec->n_axes; ++i)
        shape.size[i] = shape.chunk[i] = (hsize_t)spec->axis[i].bins + 2;
    shape.n_bins = spw_histogram_n_bins(spec);
    shape.row_bins = shape.n_bins / shape.size[0];
    const uint64_t rows = PACK_BLOCK_BINS / shape.row_bins;
    shape.chunk[0] = rows < 1 ? 1 : rows < shape.size[0] ? rows : shape.size[0];
    return shape;
}

static bool write_chunk(struct writer *writer,
                        hid_t data,
                        const struct shape *shape,
                        uint64_t row,
                        const struct counts *count)
{
    const uint64_t rows_left = shape->size[0] - row;
    const uint64_t rows = rows_left < shape->chunk[0] ? rows_left : shape->chunk[0];
    const size_t bins = (size_t)(shape->chunk[0] * shape->row_bins);
    const size_t bytes = bins * sizeof(int64_t);
    struct spw_arena *arena = &writer->block;
    spw_arena_reset(arena);
    int64_t *raw = spw_arena_alloc(arena, spw_codec_bound(bytes));
    struct spw_chunk chunk = {
        .element_size = sizeof(int64_t),
        .n_rows = (uint32_t)bins,
        .significant_bits = SPW_F32_BITS,
        .raw = (uint8_t *)raw,
        .planes = spw_arena_alloc(arena, spw_codec_bound(bytes)),
        .scratch = spw_arena_alloc(arena, spw_codec_scratch_bytes()),
    };
    if (!raw || !chunk.planes || !chunk.scratch) return false;
    const size_t filled = (size_t)(rows * shape->row_bins);
    copy_counts(raw, count, row * shape->row_bins, filled);
    memset(raw + filled, 0, (bins - filled) * sizeof *raw);
    const hsize_t offset[SPW_MAX_AXES] = {row};
    return spw_chunk_compress(&chunk) == SPW_OK &&
           H5Dwrite_chunk(data, H5P_DEFAULT, 0, offset, chunk.packed_bytes, chunk.packed) >=
               0;
}

static bool write_bins(struct writer *writer,
                       hid_t data,
                       const struct shape *shape,
                       bool packed,
                       const struct counts *count)
{
    if (!packed) {
        int64_t wide[PACK_BINS_MIN];
        copy_counts(wide, count, 0, shape->n_bins);
        return H5Dwrite(data, H5T_NATIVE_INT64, H5S_ALL, H5S_ALL, H5P_DEFAULT, wide) >= 0;
    }
    for (uint64_t row = 0; row < shape->size[0]; row += shape->chunk[0])
        if (!write_chunk(writer, data, shape, row, count)) return false;
    return true;
}

static bool write_values(struct writer *writer,
                         hid_t storage,
                         const struct shape *shape,
                         const struct counts *count)
{
    const bool packed = shape->n_bins >= PACK_BINS_MIN;
    const hid_t space = H5Screate_simple(shape->n_axes, shape->size, NULL);
    const hid_t list = H5Pcreate(H5P_DATASET_CREATE);
    hid_t data = -1;
    if (space >= 0 && list >= 0 && H5Pset_fill_time(list, H5D_FILL_TIME_NEVER) >= 0 &&
        (!packed || (H5Pset_chunk(list, shape->n_axes, shape->chunk) >= 0 &&
                     H5Pset_shuffle(list) >= 0 && H5Pset_deflate(list, 1) >= 0)))
        data = spw_hdf5_data(&writer->h5, storage, "values", H5T_STD_I64LE, space, list);
    bool good = data >= 0 && write_bins(writer, data, shape, packed, count);
    if (data >= 0) good = H5Dclose(data) >= 0 && good;
    if (space >= 0) H5Sclose(space);
    if (list >= 0) H5Pclose(list);
    return good;
}

static bool write_histogram(struct writer *writer,
                            const struct spw_histogram_spec *spec,
                            const struct counts *count)
{
    const struct shape shape = shape_of(spec);
    const hid_t group = spw_hdf5_group(&writer->h5, writer->h5.file, spec->path);
    const hid_t storage = group < 0 ? -1 : spw_hdf5_group(&writer->h5, group, "storage");
    const bool good = storage >= 0 && spw_hdf5_put_int(group, "uhi_schema", 1) &&
                      write_metadata(writer, group, spec) &&
                      write_axes(writer, group, spec) &&
                      spw_hdf5_put_text(&writer->h5, storage, "type", "int") &&
                      write_values(writer, storage, &shape, count);
    if (storage >= 0) H5Gclose(storage);
    if (group >= 0) H5Gclose(group);
    return good;
}

static bool write_numbers(struct writer *writer,
                          const char *path,
                          const char *meaning,
                          const int64_t *values,
                          uint64_t n)
{
    const hid_t data = spw_hdf5_row(&writer->h5, writer->h5.file, path, H5T_STD_I64LE, n);
    bool good = data >= 0 &&
                (n == 0 || H5Dwrite(data, H5T_NATIVE_INT64, H5S_ALL, H5S_ALL, H5P_DEFAULT,
                                    values) >= 0) &&
                spw_hdf5_put_text(&writer->h5, data, "units", "1") &&
                spw_hdf5_put_text(&writer->h5, data, "long_name", meaning);
    if (data >= 0) good = H5Dclose(data) >= 0 && good;
    return good;
}

static bool write_inputs(struct writer *writer, const struct spw_histogram_set *set)
{
    struct spw_arena *arena = &writer->block;
    spw_arena_reset(arena);
    const uint32_t n = set->n_inputs;
    int64_t *number = spw_arena_alloc(arena, 3 * sizeof *number * n);
    const char **text = spw_arena_alloc(arena, 2 * sizeof *text * n);
    if (!number || !text) return false;
    for (uint32_t i = 0; i < n; ++i) {
        number[i] = set->input[i].run;
        number[n + i] = set->input[i].burst;
        number[2 * n + i] = (int64_t)set->input[i].events;
        text[i] = set->input[i].digest;
        text[n + i] = set->input[i].name;
    }
    return write_numbers(writer, "/_inputs/run", "run of each input", number, n) &&
           write_numbers(writer, "/_inputs/burst", "burst or spill", number + n, n) &&
           write_numbers(writer, "/_inputs/events", "events filled", number + 2 * n, n) &&
           spw_hdf5_put_texts(&writer->h5, "/_inputs/digest",
                              "digest of the raw file and the constants used", text, n) &&
           spw_hdf5_put_texts(&writer->h5, "/_inputs/name", "name of the raw file",
                              text + n, n);
}

static bool write_root(struct writer *writer)
{
    const hid_t root = spw_hdf5_group(&writer->h5, writer->h5.file, "/");
    const bool good = root >= 0 &&
                      spw_hdf5_put_text(&writer->h5, root, "format", "spillway-hist") &&
                      spw_hdf5_put_text(&writer->h5, root, "format_version", "1.0") &&
                      spw_hdf5_put_text(&writer->h5, root, "software_version", SPW_VERSION);
    if (root >= 0) H5Gclose(root);
    return good;
}

static enum spw_status write_set(struct writer *writer, const struct spw_histogram_set *set)
{
    if (!write_root(writer) || !write_inputs(writer, set))
        return spw_hdf5_fail(&writer->h5, SPW_IO, "cannot write the list of inputs");
    for (uint32_t i = 0; i < set->list.count; ++i) {
        char what[256];
        snprintf(what, sizeof what, "cannot write histogram %.200s",
                 set->list.spec[i].path);
        const struct counts count = {set->narrow ? NULL : set->count[i],
                                     set->narrow ? set->narrow[i] : NULL};
        if (!write_histogram(writer, &set->list.spec[i], &count))
            return spw_hdf5_fail(&writer->h5, SPW_IO, what);
        SPW_TRY(spw_hdf5_check(&writer->h5));
    }
    return SPW_OK;
}

enum spw_status spw_histogram_file_write(const char *path,
                                         const struct spw_histogram_set *set)
{
    struct spw_arena arena = {0};
    struct writer writer = {0};
    enum spw_status status = spw_hdf5_create(&writer.h5, &arena, path, 0);
    if (status == SPW_OK) {
        status = write_set(&writer, set);
        if (status == SPW_OK)
            status = spw_hdf5_commit(&writer.h5);
        else
            spw_hdf5_release(&writer.h5);
    }
    spw_arena_release(&writer.block);
    spw_arena_release(&arena);
    return status;
}
