/// Random MICE batches of every board, in random order where the writer sorts.
#pragma once

#include "io/date/write.h"

enum { DATE_RANDOM_MAX_BOARDS = 64 };

/// Chooses header version, nesting and boards. `board` keeps the list.
void date_random_options(struct date_write_options *options,
                         struct date_board *board,
                         uint64_t *random);

/// Fills an initialised batch with spills of `per_spill` triggers each; now and then a spill
/// without triggers takes one row.
SPW_MUST_CHECK enum spw_status date_random_batch(struct spw_raw_batch *batch,
                                                 const struct date_write_options *options,
                                                 uint32_t per_spill,
                                                 uint64_t *random);
