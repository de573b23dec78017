/// Fixture of the NA62 damage tests: a standard burst read well, and the same burst damaged.
#pragma once

#include "support/na62_bytes.h"
#include "support/na62_read.h"

/// The event that tests damage; rows: start of burst, two events, end of burst.
enum { EVENT = 2 };

struct fixture {
    struct nb bytes;            ///< of the standard burst; tests change them
    struct na62_read good, bad; ///< before and after
};

/// Set-up and tear-down of a cmocka test.
int fixture_setup(void **state);
int fixture_teardown(void **state);

/// Word i of a source of the damaged event.
uint32_t *source_word(struct fixture *f, uint32_t id, size_t i);

/// Reads the changed bytes; the file must still have its four events.
void read_bad(struct fixture *f);

/// Everything but stream `s` of the damaged event is as it was.
void others_unchanged(const struct fixture *f, uint32_t s);
