#include "core/config.h"
#include "core/config_internal.h"
#include "core/units.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* One section being read. */
struct section {
    struct spw_config *config;
    const char *path;               ///< dotted
    const struct config_node *node; ///< in the file, or NULL
    const struct spw_option *options;
    size_t n_options;
    struct config_node *effective; ///< where the values are noted
    struct config_faults *faults;
    bool no_memory;
};

static const char *unit_of(const struct spw_option *option)
{
    return option->unit && *option->unit ? option->unit : "1";
}

static bool is_list(const struct spw_option *option)
{
    return option->type == SPW_OPTION_REALS || option->type == SPW_OPTION_TEXTS;
}

/* ------------------------------------------------------------------ single values */

static bool read_bool(struct section *section, const struct config_node *node, bool *value)
{
    *value = strcmp(node->text, "true") == 0;
    if (*value || strcmp(node->text, "false") == 0) return true;
    config_fault(section->faults, node->place, "'%s': true or false, not '%s'", node->key,
                 node->text);
    return false;
}

static bool check_range(struct section *section,
                        const struct spw_option *option,
                        const struct config_node *node,
                        double value)
{
    if (option->min == 0 && option->max == 0) return true;
    if (value >= option->min && value <= option->max) return true;
    const char *unit = unit_of(option);
    config_fault(section->faults, node->place, "'%s': %s is outside %.15g to %.15g%s%s",
                 option->key, node->text, option->min, option->max,
                 strcmp(unit, "1") ? " " : "", strcmp(unit, "1") ? unit : "");
    return false;
}

static bool read_int(struct section *section,
                     const struct spw_option *option,
                     const struct config_node *node,
                     int64_t *value)
{
    const char *digits = node->text + (*node->text == '-' || *node->text == '+');
    const bool hex = digits[0] == '0' && (digits[1] == 'x' || digits[1] == 'X');
    char *end = NULL;
    errno = 0;
    *value = strtoll(node->text, &end, hex ? 16 : 10);
    if (*digits < '0' || *digits > '9' || *end || errno == ERANGE) {
        config_fault(section->faults, node->place, "'%s': '%s' is not a whole number",
                     option->key, node->text);
        return false;
    }
    return check_range(section, option, node, (double)*value);
}

static bool read_real(struct section *section,
                      const struct spw_option *option,
                      const struct config_node *node,
                      double *value)
{
    if (spw_quantity_parse(node->text, unit_of(option), value) != SPW_OK) {
        config_fault(section->faults, node->place, "'%s': %s", option->key,
                     spw_error_message());
        return false;
    }
    return check_range(section, option, node, *value);
}

/* ------------------------------------------------------------------ the effective value */

/* The shortest text that gives the same number again. */
static char *real_text(struct spw_arena *arena, double value, const char *unit)
{
    char digits[40];
    for (int precision = 15; precision <= 17; ++precision) {
        snprintf(digits, sizeof digits, "%.*g", precision, value);
        if (strtod(digits, NULL) == value) break;
    }
    const bool bare = strcmp(unit, "1") == 0;
    return spw_arena_printf(arena, "%s%s%s", digits, bare ? "" : " ", bare ? "" : unit);
}

static struct config_node *effective_node(struct section *section,
                                          struct config_node *parent,
                                          enum config_kind kind,
                                          const char *text)
{
    struct config_node *node = config_node_new(section->config->arena, kind, "", 0);
    section->no_memory |= !node || !text;
    if (section->no_memory) return NULL;
    node->text = text;
    config_node_add(parent, node);
    return node;
}

/* The place of an option in the effective tree, emptied if a section is read again. */
static struct config_node *effective_slot(struct section *section,
                                          const struct spw_option *option)
{
    struct config_node *node =
        config_child(section->effective, option->key, strlen(option->key));
    if (!node) node = effective_node(section, section->effective, CONFIG_SCALAR, "");
    if (!node) return NULL;
    node->kind = is_list(option) ? CONFIG_LIST : CONFIG_SCALAR;
    node->key = option->key;
    node->option = option;
    node->is_null = false;
    node->child = node->last = NULL;
    return node;
}

/* ------------------------------------------------------------------ options */

static bool read_list(struct section *section,
                      const struct spw_option *option,
                      const struct config_node *node,
                      struct config_node *slot,
                      void *member)
{
    struct spw_arena *arena = section->config->arena;
    const bool real = option->type == SPW_OPTION_REALS;
    size_t count = 0;
    for (const struct config_node *item = node->child; item; item = item->next) ++count;
    double *value = spw_arena_zeros(arena, real ? count : 1, sizeof *value);
    const char **text = spw_arena_zeros(arena, real ? 1 : count, sizeof *text);
    section->no_memory |= !value || !text;
    bool good = value && text;
    size_t i = 0;
    for (const struct config_node *item = node->child; item && value && text;
         item = item->next) {
        if (item->kind != CONFIG_SCALAR || item->is_null) {
            config_fault(section->faults, item->place, "'%s': a list of single values",
                         option->key);
            good = false;
        } else if (!real) {
            text[i++] = item->text;
            effective_node(section, slot, CONFIG_SCALAR, item->text);
        } else if (read_real(section, option, item, &value[i])) {
            effective_node(section, slot, CONFIG_SCALAR,
                           real_text(arena, value[i++], unit_of(option)));
        } else {
            good = false;
        }
    }
    if (real)
        *(struct spw_reals *)member = (struct spw_reals){value, count};
    else
        *(struct spw_texts *)member = (struct spw_texts){text, count};
    return good;
}

/* Converts one value into the member of the struct, and notes it in the effective tree. */
static bool read_value(struct section *section,
                       const struct spw_option *option,
                       const struct config_node *node,
                       void *member)
{
    struct spw_arena *arena = section->config->arena;
    struct config_node *slot = effective_slot(section, option);
    if (!slot) return false;
    bool good = true;
    switch (option->type) {
    case SPW_OPTION_BOOL:
        good = read_bool(section, node, member);
        slot->text = *(bool *)member ? "true" : "false";
        break;
    case SPW_OPTION_INT:
        good = read_int(section, option, node, member);
        slot->text = spw_arena_printf(arena, "%lld", (long long)*(int64_t *)member);
        break;
    case SPW_OPTION_REAL:
        good = read_real(section, option, node, member);
        if (good) slot->text = real_text(arena, *(double *)member, unit_of(option));
        break;
    case SPW_OPTION_TEXT:
        *(const char **)member = slot->text = node->text;
        break;
    case SPW_OPTION_REALS:
    case SPW_OPTION_TEXTS:
        good = read_list(section, option, node, slot, member);
        break;
    }
    section->no_memory |= !slot->text;
    return good;
}

/* "[1 mm, 2 mm]" of an option table as a list; other defaults are single values. */
static struct config_node *fallback_node(struct section *section,
                                         const struct spw_option *option)
{
    struct spw_arena *arena = section->config->arena;
    struct config_node *node =
        config_node_new(arena, is_list(option) ? CONFIG_LIST : CONFIG_SCALAR, option->key,
                        strlen(option->key));
    char *text = spw_arena_text(arena, option->fallback);
    section->no_memory |= !node || !text;
    if (section->no_memory) return NULL;
    node->text = text;
    if (node->kind == CONFIG_SCALAR) return node;
    const size_t length = strlen(text);
    assert(text[0] == '[' && text[length - 1] == ']' && "the default of a list is a list");
    text[length - 1] = 0;
    char *rest, *word = strtok_r(text + 1, ",", &rest);
    for (; word; word = strtok_r(NULL, ",", &rest)) {
        word += strspn(word, " ");
        if (*word) effective_node(section, node, CONFIG_SCALAR, word);
    }
    return node;
}

/* The value has the shape that its type wants: a single value, or a list. */
static bool check_shape(struct section *section,
                        const struct spw_option *option,
                        const struct config_node *node)
{
    const enum config_kind wanted = is_list(option) ? CONFIG_LIST : CONFIG_SCALAR;
    if (node->kind == wanted && !node->is_null) return true;
    config_fault(section->faults, node->is_null ? node->key_place : node->place,
                 node->is_null ? "'%s' has no value" : "'%s': %s", option->key,
                 is_list(option) ? "a list is wanted, as in [a, b]"
                                 : "a single value is wanted");
    return false;
}

/* A key of the file that no option asks for, and that may be a misspelt `key`. */
static const char *similar_stray(const struct section *section, const char *key)
{
    if (!section->node) return NULL;
    const char *similar = config_nearest(section->node, key);
    for (size_t i = 0; i < section->n_options && similar; ++i)
        if (strcmp(section->options[i].key, similar) == 0) similar = NULL;
    return similar;
}

static void
read_absent(struct section *section, const struct spw_option *option, void *member)
{
    const bool may_be_absent = option->type == SPW_OPTION_TEXT && !option->required;
    if (!option->required && option->fallback) {
        const struct config_node *node = fallback_node(section, option);
        const bool good = node && read_value(section, option, node, member);
        assert((good || section->no_memory) && "defaults fit their own option");
        (void)good;
    } else if (may_be_absent) {
        struct config_node *slot = effective_slot(section, option);
        if (slot) slot->is_null = true;
        *(const char **)member = NULL;
    } else {
        const struct config_node *node =
            section->node ? section->node : section->config->root;
        const char *similar = similar_stray(section, option->key);
        config_fault(section->faults, node->key_place, "'%s%s%s' is required: %s%s%s%s",
                     section->path, *section->path ? "." : "", option->key,
                     option->help ? option->help : "no default", similar ? " (is '" : "",
                     similar ? similar : "", similar ? "' meant for it?)" : "");
    }
}

static void
read_option(struct section *section, const struct spw_option *option, void *values)
{
    void *member = (char *)values + option->offset;
    struct config_node *node =
        section->node ? config_child(section->node, option->key, strlen(option->key))
                      : NULL;
    if (!node) {
        read_absent(section, option, member);
        return;
    }
    node->used = true;
    if (check_shape(section, option, node)) (void)read_value(section, option, node, member);
}

/* The section's node in the file: NULL when absent or empty; a fault when it is a value. */
static const struct config_node *
section_find(struct spw_config *config, const char *path, struct config_faults *faults)
{
    const struct config_node *node = config_find(config->root, path, true);
    if (!node || node->is_null) return NULL;
    if (node->kind == CONFIG_MAP) return node;
    config_fault(faults, node->place, "'%s' is a section: 'key: value' lines are wanted",
                 path);
    return NULL;
}

enum spw_status spw_config_read(struct spw_config *config,
                                const char *section_path,
                                const struct spw_option *options,
                                size_t n_options,
                                void *values)
{
    struct config_faults faults = {0};
    struct config_node *in_the_way = NULL;
    struct section section = {.config = config, .path = section_path, .options = options};
    section.n_options = n_options;
    section.faults = &faults;
    section.node = section_find(config, section_path, &faults);
    SPW_TRY(config_raise(&faults));
    section.effective =
        config_make(config->effective, config->arena, section_path, strlen(section_path),
                    (struct config_place){0}, &in_the_way);
    assert(!in_the_way && "an option and a section of the same name");
    section.no_memory = !section.effective;
    for (size_t i = 0; i < n_options && !section.no_memory; ++i)
        read_option(&section, &options[i], values);
    if (section.no_memory)
        return SPW_FAIL(SPW_RETRY, "out of memory: section '%s'", section_path);
    return config_raise(&faults);
}

enum spw_status
spw_config_keys(struct spw_config *config, const char *section, struct spw_texts *keys)
{
    struct config_faults faults = {0};
    const struct config_node *node = section_find(config, section, &faults);
    SPW_TRY(config_raise(&faults));
    const char **key;
    size_t count = 0;
    for (const struct config_node *c = node ? node->child : NULL; c; c = c->next) ++count;
    SPW_NEW(config->arena, key, count);
    *keys = (struct spw_texts){key, count};
    for (const struct config_node *c = node ? node->child : NULL; c; c = c->next)
        *key++ = c->key;
    return SPW_OK;
}

/* ------------------------------------------------------------------ keys nobody read */

static void report_unused(struct config_faults *faults,
                          const struct config_node *node,
                          const struct config_node *known,
                          const char *path)
{
    for (const struct config_node *child = node->child; child; child = child->next) {
        char below[256];
        snprintf(below, sizeof below, "%s%s%s", path, *path ? "." : "", child->key);
        const struct config_node *known_child =
            known ? config_child(known, child->key, strlen(child->key)) : NULL;
        if (child->used) {
            if (child->kind == CONFIG_MAP) report_unused(faults, child, known_child, below);
            continue;
        }
        const char *nearest = config_nearest(known, child->key);
        config_fault(faults, child->key_place, "unknown key '%s'%s%s%s", below,
                     nearest ? "; did you mean '" : "", nearest ? nearest : "",
                     nearest ? "'?" : "");
    }
}

enum spw_status spw_config_finish(const struct spw_config *config)
{
    struct config_faults faults = {0};
    report_unused(&faults, config->root, config->effective, "");
    return config_raise(&faults);
}
