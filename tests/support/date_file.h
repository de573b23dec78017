/// A hand-made DATE file, opened and unpacked: what the reader's tests begin with.
#pragma once

#include "io/date/date.h"
#include "io/date/tallies.h"
#include "support/date_bytes.h"
#include "support/test.h"

/// Memory  release with date_file_release().
struct date_file {
    struct date_bytes bytes;
    struct spw_raw_file file;
    struct spw_arena arena;
    struct spw_raw_batch batch;
};

/// Parses bytes and unpacks all rows; fails the test when the reader refuses.
void date_file_read(struct date_file *file);
void date_file_release(struct date_file *file);

/// The only tallies that are not 0 are these (ended by -1), whatever their counts.
void date_file_tallies(const struct date_file *file, const int *expected);

#define assert_tallies(file, ...) date_file_tallies((file), (const int[]){__VA_ARGS__, -1})
#define assert_no_tallies(file)   date_file_tallies((file), (const int[]){-1})

/// Hits of a stream in one row.
uint32_t date_file_hits(const struct date_file *file, uint32_t stream, uint32_t row);
