/// Unpacking whole files, and comparing what came out, bit for bit.
#pragma once

#include "io/format.h"

#include <stdbool.h>

/// A file in memory with all its rows in one batch.
struct raw_whole {
    struct spw_arena arena;
    struct spw_raw_file file;
    struct spw_raw_batch batch;
    uint64_t *tally; ///< of unpacking
};

/// Opens and unpacks. Errors: those of spw_raw_file_parse(); anything else fails the test.
enum spw_status raw_whole_open(struct raw_whole *whole, struct spw_bytes bytes);
void raw_whole_release(struct raw_whole *whole);

/// Fails unless header bytes and rows add up to the file and no row reaches beyond it.
void raw_assert_accounted(const struct raw_whole *whole);

/// True when event `ea` of `a` and `eb` of `b` agree in every column, hit, pulse and record.
/// `ignored_quality` bits of hits and pulses are not compared; differences go to stderr.
bool raw_events_equal(const struct spw_raw_batch *a,
                      uint32_t ea,
                      const struct spw_raw_batch *b,
                      uint32_t eb,
                      uint8_t ignored_quality);

/// Sum of all tallies but those named in `allowed` (ends with NULL); prints those above 0.
uint64_t raw_damage_seen(const struct raw_whole *whole, const char *const *allowed);
