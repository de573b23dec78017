#include "io/sidecar.h"

#include "io/atomic_file.h"
#include "io/codec.h"
#include "io/map.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

enum { STEP_BYTES = 16 << 20 };

enum spw_status spw_file_adler32(const char *path, char digits[9], uint64_t *size_bytes)
{
    struct spw_map map;
    SPW_TRY(spw_map_open(&map, path));
    uint32_t adler = 1;
    for (size_t at = 0; at < map.bytes.size; at += STEP_BYTES) {
        adler = spw_codec_adler32(adler, spw_bytes_from(map.bytes, at, STEP_BYTES));
        spw_map_behind(&map, at, STEP_BYTES);
    }
    snprintf(digits, 9, "%08x", adler);
    *size_bytes = map.bytes.size;
    spw_map_release(&map);
    return SPW_OK;
}

/* Keys sorted, so that equal records are equal files. */
static enum spw_status
write_record(const char *path, const json_t *record, struct spw_arena *arena)
{
    const size_t flags = JSON_SORT_KEYS | JSON_INDENT(2) | JSON_REAL_PRECISION(17);
    const size_t size = json_dumpb(record, NULL, 0, flags);
    char *text;
    if (size == 0) return SPW_FAIL(SPW_INTERNAL, "%s: record is not valid JSON", path);
    SPW_NEW(arena, text, size + 1);
    json_dumpb(record, text, size, flags);
    text[size] = '\n';

    struct spw_atomic_file file;
    SPW_TRY(spw_atomic_file_create(&file, arena, path));
    const enum spw_status status = spw_atomic_file_write(&file, text, size + 1, 0);
    if (status == SPW_OK) return spw_atomic_file_commit(&file);
    spw_atomic_file_discard(&file);
    return status;
}

enum spw_status spw_sidecar_write(const char *path, json_t *record)
{
    struct spw_arena arena = {0};
    const enum spw_status status = write_record(path, record, &arena);
    spw_arena_release(&arena);
    return status;
}

/* The file `name` beside the sidecar is as the record states. */
static bool output_is_good(const char *sidecar, const json_t *output)
{
    const char *name = json_string_value(json_object_get(output, "name"));
    const char *adler32 = json_string_value(json_object_get(output, "adler32"));
    const json_t *size = json_object_get(output, "size");
    if (!name || !adler32 || !json_is_integer(size) || strchr(name, '/')) return false;

    char path[PATH_MAX], digits[9];
    const char *slash = strrchr(sidecar, '/');
    const int folder_length = slash ? (int)(slash - sidecar) + 1 : 0;
    const int length = snprintf(path, sizeof path, "%.*s%s", folder_length, sidecar, name);
    uint64_t size_bytes;
    if (length < 0 || (size_t)length >= sizeof path) return false;
    if (spw_file_adler32(path, digits, &size_bytes) != SPW_OK) return false;
    return size_bytes == (uint64_t)json_integer_value(size) && strcmp(digits, adler32) == 0;
}

static bool
record_is_good(const char *sidecar, const json_t *record, const char *request_digest)
{
    const json_t *metadata = json_object_get(record, "metadata");
    const json_t *outputs = json_object_get(metadata, "spillway.outputs");
    const char *digest =
        json_string_value(json_object_get(metadata, "spillway.request_digest"));
    if (!digest || strcmp(digest, request_digest) != 0) return false;
    if (json_array_size(outputs) == 0) return false;
    for (size_t i = 0; i < json_array_size(outputs); ++i)
        if (!output_is_good(sidecar, json_array_get(outputs, i))) return false;
    return true;
}

bool spw_sidecar_is_done(const char *sidecar, const char *request_digest)
{
    json_t *record = json_load_file(sidecar, JSON_REJECT_DUPLICATES, NULL);
    const bool good = record && record_is_good(sidecar, record, request_digest);
    json_decref(record);
    return good;
}
