/// What all constants readers share: kinds of lines, checked numbers, the common error.
#pragma once

#include "core/text_table.h"

#include <math.h>
#include <stdbool.h>
#include <stdint.h>

/// True for a line of numbers (words may follow them), false for `Key= ...`.
static inline bool na62_is_row(const struct spw_text_line *line)
{
    return line->n_all > 0 && line->key != line->word[0];
}

/// True for a row that begins with `n` numbers no constant exceeds (so neither NaN nor infinite).
static inline bool na62_has_numbers(const struct spw_text_line *line, uint32_t n)
{
    if (line->n_values < n) return false;
    for (uint32_t i = 0; i < n; ++i)
        if (!(fabs(line->value[i]) < 1e15)) return false;
    return true;
}

static inline bool na62_is_row_of(const struct spw_text_line *line, uint32_t n)
{
    return na62_is_row(line) && na62_has_numbers(line, n);
}

/// `value` as a whole number in [0, limit); false if it is none.
static inline bool na62_whole(double value, uint32_t limit, uint32_t *whole)
{
    if (!(value >= 0 && value < limit) || value != floor(value)) return false;
    *whole = (uint32_t)value;
    return true;
}

/// Two whole numbers of a line: a matrix element. False when one is outside.
static inline bool
na62_whole_pair(const double *value, const uint32_t limit[2], uint32_t whole[2])
{
    return na62_whole(value[0], limit[0], &whole[0]) &&
           na62_whole(value[1], limit[1], &whole[1]);
}

/// Rows `run burst ...` of this run and burst.
static inline bool
na62_is_of_burst(const struct spw_text_line *line, uint32_t run, uint32_t burst)
{
    return line->value[0] == run && line->value[1] == burst;
}

/// Fails: the file has nothing of what it should hold.
#define NA62_NOTHING(table, what) \
    SPW_FAIL(SPW_BAD_CONFIG, "%s: no %s in %u lines", (table)->path, (what), (table)->count)
