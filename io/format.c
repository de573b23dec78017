#include "io/format.h"

#define SPW_FORMAT(name, meaning) extern const struct spw_format spw_format_##name;
#include "io/formats.def"
#undef SPW_FORMAT

const struct spw_format *const spw_formats[] = {
#define SPW_FORMAT(name, meaning) &spw_format_##name,
#include "io/formats.def"
#undef SPW_FORMAT
};

const size_t spw_n_formats = sizeof spw_formats / sizeof *spw_formats;

enum { PROBE_BYTES = 1 << 16 };

static const struct spw_format *find(struct spw_bytes bytes)
{
    const struct spw_bytes head = spw_bytes_from(bytes, 0, PROBE_BYTES);
    for (size_t i = 0; i < spw_n_formats; ++i)
        if (spw_formats[i]->probe(head, bytes.size)) return spw_formats[i];
    return NULL;
}

static enum spw_status read_index(struct spw_raw_file *file)
{
    file->format = find(file->map.bytes);
    if (!file->format)
        return SPW_FAIL(SPW_CORRUPT, "%s: no known raw format (%zu bytes)", file->path,
                        file->map.bytes.size);
    SPW_NEW_ZEROS(&file->arena, file->tally, file->format->n_tallies);
    return file->format->index(file);
}

enum spw_status spw_raw_file_open(struct spw_raw_file *file, const char *path)
{
    *file = (struct spw_raw_file){.path = path};
    SPW_TRY(spw_map_open(&file->map, path));
    const enum spw_status status = read_index(file);
    if (status != SPW_OK) spw_raw_file_release(file);
    return status;
}

enum spw_status
spw_raw_file_parse(struct spw_raw_file *file, const char *name, struct spw_bytes bytes)
{
    *file = (struct spw_raw_file){.path = name, .map = {.bytes = bytes, .path = NULL}};
    const enum spw_status status = read_index(file);
    if (status != SPW_OK) spw_raw_file_release(file);
    return status;
}

void spw_raw_file_release(struct spw_raw_file *file)
{
    spw_arena_release(&file->arena);
    if (file->map.path) spw_map_release(&file->map);
    *file = (struct spw_raw_file){0};
}
