#include "reco/precision.h"

#include "core/log.h"

#include <string.h>

/* True for the object "/straw/tracks" of the key "straw_tracks". */
static bool is_named(const struct spw_object *object, const char *key)
{
    const size_t length = strlen(key);
    return object->path && object->offset_name &&
           strncmp(object->offset_name, key, length) == 0 &&
           strcmp(object->offset_name + length, "_offset") == 0;
}

static bool is_rounded(const struct spw_column *column)
{
    return column->type == SPW_F32 && column->name[0] != '.';
}

/* One option a float column, as long-lived as the configuration; `*n` is 0 before. */
static enum spw_status make_options(const struct spw_table *table,
                                    struct spw_arena *arena,
                                    struct spw_option **options,
                                    size_t *n)
{
    SPW_NEW_ZEROS(arena, *options, table->n_columns);
    for (size_t i = 0; i < table->n_columns; ++i)
        if (is_rounded(&table->columns[i]))
            (*options)[(*n)++] = (struct spw_option){
                .key = table->columns[i].name,
                .type = SPW_OPTION_INT,
                .fallback = "24",
                .help = "bits kept of the mantissa of this column; 24: all",
                .offset = i * sizeof(int64_t),
                .min = 1,
                .max = 24,
            };
    return SPW_OK;
}

static enum spw_status
read_object(struct spw_run *run, struct spw_object *object, const char *section)
{
    const size_t n_columns = object->table->n_columns;
    struct spw_option *options;
    size_t n_options = 0;
    int64_t *bits;
    uint8_t *kept;
    SPW_TRY(
        make_options(object->table, spw_config_arena(run->config), &options, &n_options));
    SPW_NEW_ZEROS(&run->arena, bits, n_columns);
    SPW_NEW_ZEROS(&run->arena, kept, n_columns);
    SPW_TRY(spw_config_read(run->config, section, options, n_options, bits));
    for (size_t i = 0; i < n_columns; ++i) kept[i] = (uint8_t)bits[i];
    object->significant_bits = kept;
    return SPW_OK;
}

/* An object of a stage that is left out, or a mistyped one. */
static void pass_over(struct spw_run *run, const char *section)
{
    spw_log(SPW_LOG_WARNING, "%s: no stage of this run makes it", section);
    spw_config_ignore(run->config, section);
}

enum spw_status spw_precision_read(struct spw_run *run)
{
    struct spw_texts keys;
    SPW_TRY(spw_config_keys(run->config, "significant_bits", &keys));
    for (size_t k = 0; k < keys.count; ++k) {
        const char *key = keys.text[k];
        const char *section = spw_arena_printf(&run->arena, "significant_bits.%s", key);
        if (!section) return SPW_FAIL(SPW_RETRY, "out of memory: %s", key);
        uint32_t i = 0;
        while (i < run->n_objects && !is_named(&run->object[i], key)) ++i;
        if (i < run->n_objects)
            SPW_TRY(read_object(run, &run->object[i], section));
        else
            pass_over(run, section);
    }
    return SPW_OK;
}
