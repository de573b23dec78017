/// Reads hand-made NA62 bytes in one go, for the tests of the reader.
#pragma once

#include "io/na62/na62.h"
#include "io/na62/tallies.h"

/// A parsed and unpacked file.
struct na62_read {
    enum spw_status status; ///< of parsing; nothing else is there unless SPW_OK
    struct spw_raw_file file;
    struct spw_raw_batch batch;
    struct spw_arena arena;
    uint64_t tally[NA62_N_TALLIES]; ///< of index and unpacking
    uint8_t *copy;                  ///< exactly as many bytes as the file has
};

/// Parses and unpacks a copy of `bytes`, so that reading outside is seen by ASan; checks that
/// every byte of the file is accounted for.
void na62_read(struct na62_read *read, const char *name, struct spw_bytes bytes);
void na62_read_release(struct na62_read *read);

/// Sum of all tallies; and the tallies of `read` printed.
uint64_t na62_read_damage(const struct na62_read *read);

/// True when event `e` of stream `s` is the same in `a` and `b` (event `f` there).
bool na62_same_event(const struct na62_read *a,
                     uint32_t e,
                     const struct na62_read *b,
                     uint32_t f,
                     uint32_t s);
