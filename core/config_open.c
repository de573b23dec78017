#include "core/config.h"
#include "core/config_internal.h"
#include "core/file.h"

#include <stdio.h>
#include <string.h>

/* Puts `value` under the dotted path, in the place of what the file says there. */
static enum spw_status override_put(struct spw_config *config,
                                    struct config_faults *faults,
                                    const struct config_source *source,
                                    struct config_node *value)
{
    const char *path = source->text;
    const size_t path_size = source->first_column - 1;
    const char *point = memrchr(path, '.', path_size);
    const size_t section_size = point ? (size_t)(point - path) : 0;
    const char *key = point ? point + 1 : path;
    const size_t key_size = (size_t)(path + path_size - key);

    const struct config_place start = {source, source->first_line, 1};
    struct config_node *in_the_way = NULL;
    struct config_node *section =
        config_make(config->root, config->arena, path, section_size, start, &in_the_way);
    if (in_the_way) {
        config_fault(faults, start, "'%s' is a value, no section", in_the_way->key);
        return SPW_OK;
    }
    struct config_node *node = section ? config_child(section, key, key_size) : NULL;
    if (section && !node) {
        node = config_node_new(config->arena, CONFIG_SCALAR, key, key_size);
        if (node) config_node_add(section, node);
    }
    if (!node) return SPW_FAIL(SPW_RETRY, "out of memory: override '%s'", source->text);
    struct config_node *next = node->next;
    value->key = node->key;
    *node = *value;
    node->next = next;
    node->key_place = start;
    return SPW_OK;
}

/* "a.b-c" and so on: names joined by single points. */
static bool path_is_good(const char *path, size_t size)
{
    if (size == 0 || path[0] == '.' || path[size - 1] == '.') return false;
    for (size_t i = 0; i < size; ++i) {
        if (path[i] == '.' && path[i + 1] == '.') return false;
        if (!config_key_byte(path[i]) && path[i] != '.') return false;
    }
    return true;
}

static enum spw_status override_apply(struct spw_config *config,
                                      struct config_faults *faults,
                                      const char *text,
                                      uint32_t number)
{
    struct config_node *value;
    struct config_source *source =
        config_source_new(config->arena, "--set", number, text, strlen(text));
    if (!source) return SPW_FAIL(SPW_RETRY, "out of memory: override '%s'", text);

    const struct config_place start = {source, number, 1};
    const char *equals = strchr(source->text, '=');
    if (!equals || !path_is_good(source->text, (size_t)(equals - source->text)) ||
        source->size > CONFIG_MAX_BYTES) {
        config_fault(faults, start,
                     "an override is KEY=VALUE, with KEY as in reco.threads");
        return SPW_OK;
    }
    source->first_column = (uint32_t)(equals - source->text) + 1;
    SPW_TRY(config_build(config, source, faults, &value));
    return value ? override_put(config, faults, source, value) : SPW_OK;
}

static enum spw_status file_build(struct spw_config *config,
                                  struct config_faults *faults,
                                  const struct config_source *source)
{
    SPW_TRY(config_build(config, source, faults, &config->root));
    if (!config->root) return SPW_OK;
    if (config->root->is_null) config->root->kind = CONFIG_MAP;
    config->root->is_null = false;
    if (config->root->kind != CONFIG_MAP)
        config_fault(faults, config->root->place,
                     "a configuration is made of 'key: value' lines");
    return SPW_OK;
}

static enum spw_status tree_build(struct spw_config *config,
                                  const struct config_source *source,
                                  const char *const *overrides,
                                  size_t n_overrides)
{
    struct config_faults faults = {0};
    SPW_TRY(file_build(config, &faults, source));
    if (!config->root || config->root->kind != CONFIG_MAP)
        config->root = config_node_new(config->arena, CONFIG_MAP, "", 0);
    if (!config->root) return SPW_FAIL(SPW_RETRY, "out of memory: configuration");
    for (size_t i = 0; i < n_overrides; ++i)
        SPW_TRY(override_apply(config, &faults, overrides[i], (uint32_t)i + 1));
    return config_raise(&faults);
}

enum spw_status spw_config_parse(struct spw_config **config,
                                 struct spw_arena *arena,
                                 const char *name,
                                 const char *text,
                                 size_t size,
                                 const char *const *overrides,
                                 size_t n_overrides)
{
    struct spw_config *made;
    if (size > CONFIG_MAX_BYTES)
        return SPW_FAIL(SPW_BAD_CONFIG, "%s: %zu bytes; a configuration has at most %d",
                        name, size, CONFIG_MAX_BYTES);
    SPW_NEW_ZEROS(arena, made, 1);
    const struct config_source *source = config_source_new(arena, name, 1, text, size);
    made->arena = arena;
    made->effective = config_node_new(arena, CONFIG_MAP, "", 0);
    if (!source || !made->effective)
        return SPW_FAIL(SPW_RETRY, "out of memory: configuration %s", name);
    SPW_TRY(tree_build(made, source, overrides, n_overrides));
    *config = made;
    return SPW_OK;
}

enum spw_status spw_config_open(struct spw_config **config,
                                struct spw_arena *arena,
                                const char *path,
                                const char *const *overrides,
                                size_t n_overrides)
{
    static const size_t limit_bytes = (size_t)64 << 20; /* longer ones are no text at all */
    struct spw_bytes bytes = {0};
    if (!path)
        return spw_config_parse(config, arena, "defaults", "", 0, overrides, n_overrides);
    SPW_TRY(spw_file_read(&bytes, arena, path, limit_bytes));
    return spw_config_parse(config, arena, path, (const char *)bytes.data, bytes.size,
                            overrides, n_overrides);
}
