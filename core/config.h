/// Configuration: a strict YAML tree, and option tables that read it.
///
/// A table of options (key, type, unit, default, range, help) is the one description of a
/// section: it parses, checks, prints `spillway config show`, and documents. Keys nobody read
/// are errors with the nearest known name. Messages are `file:line:column: text`, the line and a
/// caret. Keys are made of letters, digits, '_' and '-'.
#pragma once

#include "core/arena.h"
#include "core/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct spw_config; ///< the tree; memory: its arena

enum spw_option_type {
    SPW_OPTION_BOOL,  ///< true / false            -> bool
    SPW_OPTION_INT,   ///< whole number, also 0x10 -> int64_t
    SPW_OPTION_REAL,  ///< number with unit        -> double
    SPW_OPTION_TEXT,  ///< any scalar              -> const char * (NULL without default)
    SPW_OPTION_REALS, ///< list of numbers         -> struct spw_reals
    SPW_OPTION_TEXTS, ///< list of scalars         -> struct spw_texts
};

struct spw_reals {
    const double *value;
    size_t count;
};

struct spw_texts {
    const char *const *text;
    size_t count;
};

/// One key of a section. Tables of options live as long as the program.
struct spw_option {
    const char *key;
    enum spw_option_type type;
    const char
        *unit; ///< of SPW_OPTION_REAL(S): values are converted to it; "1" or NULL: none
    const char *
        fallback; ///< default, as it would be written; NULL: required (TEXT: may be absent)
    const char *help; ///< one line
    size_t offset;    ///< of the member in the struct that is filled
    double min, max;  ///< range of numbers; both 0: any
    bool required;    ///< an absent key is an error
};

#define SPW_OPTION(structure, member, type_, unit_, fallback_, help_)              \
    {                                                                              \
        .key = #member, .type = (type_), .unit = (unit_), .fallback = (fallback_), \
        .help = (help_), .offset = offsetof(structure, member)                     \
    }

/// Reads a file (at most 1 MiB, depth 16, no anchors, aliases or tags), then the overrides.
/// `path`  NULL: no file, all defaults
/// `overrides`  "KEY=VALUE" with dotted keys, as from --set; they win over the file and may make
///              keys; VALUE is YAML ("25 ns", "[1, 2]"); messages say --set:1:COLUMN
/// Errors  SPW_MISSING, SPW_BAD_CONFIG with all faults found.
SPW_MUST_CHECK enum spw_status spw_config_open(struct spw_config **config,
                                               struct spw_arena *arena,
                                               const char *path,
                                               const char *const *overrides,
                                               size_t n_overrides);

/// The same from text, for tests and fuzzing; `name` stands in messages.
SPW_MUST_CHECK enum spw_status spw_config_parse(struct spw_config **config,
                                                struct spw_arena *arena,
                                                const char *name,
                                                const char *text,
                                                size_t size,
                                                const char *const *overrides,
                                                size_t n_overrides);

/// Fills `values` (a struct) from the section at dotted path ("" = root), and marks its keys used.
/// An absent section gives the defaults.
/// Errors  SPW_BAD_CONFIG with all faults of the section; `values` are then half filled.
SPW_MUST_CHECK enum spw_status spw_config_read(struct spw_config *config,
                                               const char *section,
                                               const struct spw_option *options,
                                               size_t n_options,
                                               void *values);

/// The keys below `section`, in the order of the file. Memory: the configuration's arena.
SPW_MUST_CHECK enum spw_status
spw_config_keys(struct spw_config *config, const char *section, struct spw_texts *keys);

/// Where the tree lives. Options that are made while the program runs have to live there too.
struct spw_arena *spw_config_arena(const struct spw_config *config);

/// Marks a section as another command's business: its keys need no reader here. One that
/// something here has read stays checked.
void spw_config_ignore(struct spw_config *config, const char *section);

/// Fails with SPW_BAD_CONFIG naming every key that nothing has read, with the nearest known key.
SPW_MUST_CHECK enum spw_status spw_config_finish(const struct spw_config *config);

/// The effective configuration as YAML: every option read so far with its value and unit, and
/// with unit, range, default and help as comments if `with_help`. Reading it gives the same again.
/// Memory: the configuration's arena; NULL when it is exhausted.
const char *spw_config_text(const struct spw_config *config, bool with_help);

/// SHA-256 of spw_config_text(config, false), 64 lower-case hex digits. NULL as above.
const char *spw_config_sha256(const struct spw_config *config);
