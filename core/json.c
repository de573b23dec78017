#include "core/json.h"

#include <jansson.h>
#include <math.h>

static enum spw_status fill(struct spw_json_table *table,
                            struct spw_arena *arena,
                            const json_t *root,
                            const char *const *keys)
{
    table->count = (uint32_t)json_array_size(root);
    SPW_NEW(arena, table->value, (size_t)table->count * table->n_keys);
    for (uint32_t i = 0; i < table->count; ++i)
        for (uint32_t k = 0; k < table->n_keys; ++k) {
            const json_t *value = json_object_get(json_array_get(root, i), keys[k]);
            table->value[(size_t)i * table->n_keys + k] =
                json_is_number(value) ? json_number_value(value) : NAN;
        }
    return SPW_OK;
}

enum spw_status spw_json_table_open(struct spw_json_table *table,
                                    struct spw_arena *arena,
                                    const char *path,
                                    const char *const *keys,
                                    uint32_t n_keys)
{
    *table = (struct spw_json_table){.n_keys = n_keys};
    json_error_t error;
    json_t *root = json_load_file(path, JSON_REJECT_DUPLICATES, &error);
    if (!root && json_error_code(&error) == json_error_cannot_open_file)
        return SPW_FAIL(SPW_MISSING, "%s: %s", path, error.text);
    if (!root)
        return SPW_FAIL(SPW_CORRUPT, "%s:%d:%d: %s", path, error.line, error.column,
                        error.text);
    if (!json_is_array(root)) {
        json_decref(root);
        return SPW_FAIL(SPW_CORRUPT, "%s: not a JSON array", path);
    }
    const enum spw_status status = fill(table, arena, root, keys);
    json_decref(root);
    return status;
}
