/// The experiments' own text files: comment lines, `Key= values` lines, and rows of numbers.
///
/// Tolerant by design (formats/na62.md, trap 35): stray characters, missing final newlines,
/// several spaces, keys padded with zeros or not; what cannot be read is counted.
#pragma once

#include "core/arena.h"
#include "core/bytes.h"
#include "core/status.h"

#include <stdint.h>

/// One line that is neither empty nor a comment ('#', '*' or "//" first).
///
/// A '#' behind the values begins a comment. Bytes that are no ASCII separate words, and so does
/// the line's first '='. Numbers may be glued ("-0.0020-0.0177" is two) when they hold a point.
struct spw_text_line {
    const char *key; ///< text before '=' or the first word that is no number; "" if none
    const double *value; ///< all numbers of the line behind '='; decimal, or 0x hexadecimal
    uint32_t n_values;
    uint32_t n_words; ///< words behind the key that were no numbers
    const char *const
        *word;      ///< all words as text: the key's (without '='), numbers, the others
    uint32_t n_all; ///< number of `word`s
    uint32_t line;  ///< 1-based line number
};

/// A file read.
struct spw_text_table {
    const char *path;
    struct spw_text_line *line; ///< [count] in order of the file
    uint32_t count;
    uint32_t n_stray; ///< bytes that are no text: not ASCII, or control characters
};

/// Reads a text file. Errors: SPW_MISSING, SPW_RETRY. Memory: arena.
SPW_MUST_CHECK enum spw_status spw_text_table_open(struct spw_text_table *table,
                                                   struct spw_arena *arena,
                                                   const char *path);

/// The same from bytes (fuzzing, embedded tables).
SPW_MUST_CHECK enum spw_status spw_text_table_parse(struct spw_text_table *table,
                                                    struct spw_arena *arena,
                                                    const char *name,
                                                    struct spw_bytes bytes);

/// The trailing number of a key: "ChRemap_0031" with stem "ChRemap_" gives 31; -1 if it is none.
int64_t spw_text_key_number(const char *key, const char *stem);
