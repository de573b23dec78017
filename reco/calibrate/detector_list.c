#include "reco/calibrate/detector_list.h"

#include <string.h>

struct stream_option {
    const char *stream;
};

static const struct spw_option option =
    SPW_OPTION(struct stream_option,
               stream,
               SPW_OPTION_TEXT,
               NULL,
               NULL,
               "stream of the raw data that carries this detector");

static enum spw_status find_stream(uint32_t *stream,
                                   const struct spw_format *format,
                                   const char *section,
                                   const char *name)
{
    for (*stream = 0; *stream < format->n_streams; ++*stream)
        if (name && strcmp(format->streams[*stream].name, name) == 0) return SPW_OK;
    return SPW_FAIL(SPW_BAD_CONFIG, "%s.stream: '%s' is no stream of format %s", section,
                    name ? name : "", format->name);
}

enum spw_status spw_detectors_list(struct spw_detector_entry **entry,
                                   uint32_t *count,
                                   struct spw_run *run,
                                   enum spw_stream_kind kind)
{
    const struct spw_format *format = run->file->format;
    struct spw_texts names;
    SPW_TRY(spw_config_keys(run->config, "detectors", &names));
    SPW_NEW_ZEROS(&run->arena, *entry, names.count + 1);
    *count = 0;
    for (size_t i = 0; i < names.count; ++i) {
        struct spw_detector_entry *next = &(*entry)[*count];
        struct stream_option value;
        next->name = names.text[i];
        next->section = spw_arena_printf(&run->arena, "detectors.%s", next->name);
        if (!next->section) return SPW_FAIL(SPW_RETRY, "out of memory: %s", next->name);
        SPW_TRY(spw_config_read(run->config, next->section, &option, 1, &value));
        SPW_TRY(find_stream(&next->stream, format, next->section, value.stream));
        *count += format->streams[next->stream].kind == kind;
    }
    return SPW_OK;
}

enum spw_status spw_constants_open(struct spw_text_table *table,
                                   struct spw_run *run,
                                   struct spw_texts names)
{
    *table = (struct spw_text_table){0};
    for (size_t i = 0; i < names.count; ++i) {
        const char *path = spw_run_constants(run, names.text[i]);
        if (path) return spw_text_table_open(table, &run->arena, path);
    }
    return SPW_OK;
}
