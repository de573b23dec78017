/// HDF5 files as this program writes and reads them: atomic, one-line errors, strings that
/// every reader decodes.
///
/// Errors  the functions that return bool note what HDF5 said for this thread;
///         spw_hdf5_fail() makes it the message.
#pragma once

#include "core/arena.h"
#include "core/status.h"
#include "io/atomic_file.h"
#include "io/hdf5_disk.h"

#include <stdbool.h>
#include <stdint.h>

/// An open file. Zero-initialise; must not move while it is open.
struct spw_hdf5 {
    const char *path;
    hid_t file;
    hid_t text_type;  ///< variable-length UTF-8
    hid_t flag_type;  ///< h5py's bool: int8 enumeration FALSE, TRUE
    hid_t link_list;  ///< UTF-8 names
    hid_t group_list; ///< groups without times: equal contents are equal bytes
    hid_t write_list; ///< for short data that are converted: a small buffer, because HDF5
                      ///< clears all of it at every write
    hid_t driver;
    unsigned index_entries;
    struct spw_hdf5_disk disk;
    struct spw_atomic_file atomic; ///< of a file being written
};

/// Creates PATH.part...; old readers (HDF5 1.8) understand it.
/// `index_entries`  size of the nodes of chunk indices: 16 saves 1.5 kB a dataset of few
///                  chunks, but then HDF5 puts the time of creation into the file; 0 its
///                  default
/// Errors  SPW_CANNOT_CREATE
SPW_MUST_CHECK enum spw_status spw_hdf5_create(struct spw_hdf5 *h5,
                                               struct spw_arena *arena,
                                               const char *path,
                                               unsigned index_entries);

/// Opens for reading. Errors: SPW_MISSING, SPW_CORRUPT (no HDF5 file).
SPW_MUST_CHECK enum spw_status
spw_hdf5_open(struct spw_hdf5 *h5, struct spw_arena *arena, const char *path);

/// Closes and puts a written file under its final name. Objects must be closed before.
/// Errors  SPW_IO; the file is gone then.
SPW_MUST_CHECK enum spw_status spw_hdf5_commit(struct spw_hdf5 *h5);

/// Closes; a file being written is thrown away.
void spw_hdf5_release(struct spw_hdf5 *h5);

/// Collects HDF5's errors of this thread from now on, instead of printing them. To be
/// called first by every function that may run on a thread of its own.
void spw_hdf5_listen(void);

/// Fails naming the path, `what`, and the disk's or HDF5's reason.
enum spw_status
spw_hdf5_fail(const struct spw_hdf5 *h5, enum spw_status status, const char *what);

/// SPW_IO when a write has failed.
SPW_MUST_CHECK enum spw_status spw_hdf5_check(const struct spw_hdf5 *h5);

/// The group at a path below `at` (h5->file, a group), made with its parents when absent; close
/// with H5Gclose(). "/": the root.
hid_t spw_hdf5_group(const struct spw_hdf5 *h5, hid_t at, const char *path);

/// A new dataset below `at`, without times, in groups made when absent; close with H5Dclose().
/// `list` is a creation list of the caller; a row is a 1-D contiguous dataset of `n`
/// elements.
hid_t spw_hdf5_data(const struct spw_hdf5 *h5,
                    hid_t at,
                    const char *path,
                    hid_t type,
                    hid_t space,
                    hid_t list);
hid_t spw_hdf5_row(const struct spw_hdf5 *h5,
                   hid_t at,
                   const char *path,
                   hid_t type,
                   uint64_t n);

/// Attributes of an open object; an attribute of that name is replaced.
bool spw_hdf5_put_text(const struct spw_hdf5 *h5,
                       hid_t object,
                       const char *name,
                       const char *text);
bool spw_hdf5_put_int(hid_t object, const char *name, int64_t value);
bool spw_hdf5_put_real(hid_t object, const char *name, double value);
bool spw_hdf5_put_flag(const struct spw_hdf5 *h5,
                       hid_t object,
                       const char *name,
                       bool value);

/// A whole 1-D dataset of texts; also its attributes `units` = "1" and `long_name`.
bool spw_hdf5_put_texts(const struct spw_hdf5 *h5,
                        const char *path,
                        const char *meaning,
                        const char *const *texts,
                        uint64_t n);

/// Reads attributes; false when absent or of another kind. Memory: arena.
bool spw_hdf5_get_text(hid_t object,
                       const char *name,
                       struct spw_arena *arena,
                       const char **text);
bool spw_hdf5_get_int(hid_t object, const char *name, int64_t *value);
bool spw_hdf5_get_real(hid_t object, const char *name, double *value);
bool spw_hdf5_get_flag(const struct spw_hdf5 *h5,
                       hid_t object,
                       const char *name,
                       bool *value);
