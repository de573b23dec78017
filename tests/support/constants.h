/// Text tables of the reference data and of literal text, in one arena per test program.
#pragma once

#include "support/test.h"

#include "core/text_table.h"

/// Opens a file below the reference data; skips the test when it is not there.
struct spw_text_table test_open_table(struct spw_arena *arena, const char *below);

/// The same from text.
struct spw_text_table test_text_table(struct spw_arena *arena, const char *text);
