/// Column tables: the one description of a struct of arrays.
///
/// Beside each struct of arrays stands a `const struct spw_table` that lists its arrays with
/// type, unit and meaning. It drives reserve and append, HDF5 output, and the documentation.
#pragma once

#include "core/arena.h"
#include "core/status.h"

#include <stddef.h>
#include <stdint.h>

enum spw_type {
    SPW_U8,
    SPW_I8,
    SPW_U16,
    SPW_I16,
    SPW_U32,
    SPW_I32,
    SPW_U64,
    SPW_I64,
    SPW_F32,
    SPW_F64,
};

/// One array of a struct of arrays.
struct spw_column {
    const char *name;    ///< column name in files, with its unit: "time_ns"; a leading '.'
                         ///< (".index") marks an array that is not written
    enum spw_type type;
    const char *unit;    ///< UDUNITS spelling: "ns", "MeV", "mm", "1"
    const char *meaning; ///< one line for people
    size_t offset;       ///< of the pointer in its struct
};

/// What every struct of arrays begins with.
///
/// Shape  arrays hold `capacity` entries, the first `count` are valid
/// Order  `first[n_events + 1]`: the rows of event e are [first[e], first[e + 1])
struct spw_rows {
    uint32_t count, capacity;
    uint32_t *first;
};

/// A struct of arrays: its arrays, and its size in bytes.
struct spw_table {
    const struct spw_column *columns;
    size_t n_columns;
    size_t struct_size;
};

#define SPW_TYPE_OF(value)                                                                     \
    _Generic((value),                                                                          \
        uint8_t: SPW_U8,                                                                       \
        int8_t: SPW_I8,                                                                        \
        uint16_t: SPW_U16,                                                                     \
        int16_t: SPW_I16,                                                                      \
        uint32_t: SPW_U32,                                                                     \
        int32_t: SPW_I32,                                                                      \
        uint64_t: SPW_U64,                                                                     \
        int64_t: SPW_I64,                                                                      \
        float: SPW_F32,                                                                        \
        double: SPW_F64)

/// Describes `member` under the column name `name_`.
#define SPW_COLUMN_AS(name_, structure, member, unit_, meaning_)                               \
    {                                                                                          \
        .name = (name_), .type = SPW_TYPE_OF(*((structure *)0)->member), .unit = (unit_),      \
        .meaning = (meaning_), .offset = offsetof(structure, member)                           \
    }

/// Describes `member` under its own name.
#define SPW_COLUMN(structure, member, unit_, meaning_)                                         \
    SPW_COLUMN_AS(#member, structure, member, unit_, meaning_)

/// Makes the table of `structure` from its array of columns.
#define SPW_TABLE(structure, columns_)                                                         \
    {                                                                                          \
        .columns = (columns_), .n_columns = sizeof(columns_) / sizeof *(columns_),             \
        .struct_size = sizeof(structure)                                                       \
    }

/// Bytes of one value.
size_t spw_type_size(enum spw_type type);

/// Allocates `first[n_events + 1]` (zeroed) and arrays of at least `capacity` rows; count = 0.
/// Memory  `arena`; arrays are aligned to SPW_ALIGN and padded to it.
SPW_MUST_CHECK enum spw_status spw_rows_init(struct spw_rows *rows,
                                             const struct spw_table *table,
                                             struct spw_arena *arena,
                                             uint32_t n_events,
                                             uint32_t capacity);

/// Makes room for `extra` more rows (arrays at least double, contents move).
SPW_MUST_CHECK enum spw_status spw_rows_reserve(struct spw_rows *rows,
                                                const struct spw_table *table,
                                                struct spw_arena *arena,
                                                uint32_t extra);

/// The array of a column.
static inline void *spw_column_data(const struct spw_rows *rows, const struct spw_column *column)
{
    return *(void *const *)((const char *)rows + column->offset);
}
