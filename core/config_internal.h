/// The tree behind core/config.h, shared by its files: config_open.c (file and overrides), config.c
/// (YAML to tree), config_tree.c (look-up), config_fault.c (messages), config_read.c (tree to
/// structs), config_text.c (tree to YAML).
#pragma once

#include "core/config.h"

enum { CONFIG_MAX_NODES = 16384, CONFIG_MAX_DEPTH = 16, CONFIG_MAX_BYTES = 1 << 20 };

/// Text that positions refer to: a file, or one override.
struct config_source {
    const char *name; ///< "run.yaml", "--set"
    const char *text;
    size_t size;
    uint32_t first_line;             ///< 1, or the place among the overrides
    uint32_t first_column;           ///< characters before its YAML text (override: "KEY=")
    uint32_t last_line, last_column; ///< where it ends, numbered as places are
};

/// Where something stands; without source it is a default of the program.
struct config_place {
    const struct config_source *source;
    uint32_t line, column; ///< both from 1
};

enum config_kind { CONFIG_SCALAR, CONFIG_LIST, CONFIG_MAP };

/// A value with its key. Memory: the configuration's arena.
struct config_node {
    enum config_kind kind;
    bool is_null;     ///< nothing behind the key
    bool used;        ///< somebody asked for it
    const char *key;  ///< "" in a list
    const char *text; ///< of a scalar
    struct config_place key_place, place;
    struct config_node *child, *last,
        *next;                       ///< first and last child; next of the same parent
    const struct spw_option *option; ///< in the effective tree: what it answers
};

struct spw_config {
    struct spw_arena *arena;
    struct config_node *root;      ///< the file, with the overrides put in
    struct config_node *effective; ///< every option read so far, as it would be written
};

/// Faults found so far, as one text.
struct config_faults {
    uint32_t count, shown; ///< found, and described in `text`
    size_t length;
    char text[SPW_MESSAGE_BYTES - 64];
};

/// The tree of a source's YAML (config.c); a null value when there is none in it.
/// Errors  `*root` is NULL when a fault was noted; SPW_RETRY.
SPW_MUST_CHECK enum spw_status config_build(struct spw_config *config,
                                            const struct config_source *source,
                                            struct config_faults *faults,
                                            struct config_node **root);

/// A source with its end found. Memory: `arena`; NULL when it is exhausted.
struct config_source *config_source_new(struct spw_arena *arena,
                                        const char *name,
                                        uint32_t first_line,
                                        const char *text,
                                        size_t size);

/// Whether keys may contain this character: letters, digits, '_' and '-'.
bool config_key_byte(char c);

/// A new empty node with `key` (copied); NULL when memory is exhausted.
struct config_node *config_node_new(struct spw_arena *arena,
                                    enum config_kind kind,
                                    const char *key,
                                    size_t key_size);

/// Appends `child` to `parent`.
void config_node_add(struct config_node *parent, struct config_node *child);

/// The child with this key (`size` bytes long), or NULL.
struct config_node *
config_child(const struct config_node *node, const char *key, size_t size);

/// The node at a dotted path below `root`, or NULL; "" is the root. `mark` notes the use.
struct config_node *config_find(struct config_node *root, const char *path, bool mark);

/// The map at a dotted path below `root`, made where it is absent; NULL without memory or when
/// a value is in the way (then `*in_the_way` is that value). What is made stands at `place`.
struct config_node *config_make(struct config_node *root,
                                struct spw_arena *arena,
                                const char *path,
                                size_t path_size,
                                struct config_place place,
                                struct config_node **in_the_way);

/// Notes `file:line:column: text`, the line of the source, and a caret.
void config_fault(struct config_faults *faults,
                  struct config_place place,
                  const char *format,
                  ...) __attribute__((format(printf, 3, 4)));

/// SPW_OK without faults, else SPW_BAD_CONFIG with all of them.
SPW_MUST_CHECK enum spw_status config_raise(const struct config_faults *faults);

/// The key of `parent`'s children most like `key`, or NULL when none is near.
const char *config_nearest(const struct config_node *parent, const char *key);
