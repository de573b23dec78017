#include "core/file_search.h"

#include <ctype.h>
#include <errno.h>
#include <fts.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* A file, and the part of its name that says when it is valid. Runs and bursts are compared as
 * run << 32 | burst; [first, last], both included. */
struct spw_found_file {
    const char *path, *name;
    size_t stem_length; ///< of the name without the range
    const char
        *extension; ///< what follows the range (with its point), or the end of the name
    uint64_t first, last;
    uint32_t folder; ///< place of its folder in the list
};

static bool take_digits(const char **text, uint64_t *number)
{
    const char *at = *text;
    *number = 0;
    for (; isdigit((unsigned char)*at); ++at)
        if (*number <= UINT32_MAX) *number = *number * 10 + (uint64_t)(*at - '0');
    const bool any = at > *text;
    *text = at;
    if (*number > UINT32_MAX) *number = UINT32_MAX;
    return any;
}

/* "run007000_0012": the first and the last moment it may mean. */
static bool take_moment(const char **text, uint64_t *first, uint64_t *last)
{
    uint64_t run, burst;
    const char *at = *text;
    if (strncmp(at, "run", 3) != 0) return false;
    at += 3;
    if (!take_digits(&at, &run)) return false;
    *first = run << 32;
    *last = run << 32 | UINT32_MAX;
    if (*at == '_') {
        const char *digits = ++at;
        if (!take_digits(&at, &burst)) return false;
        *first = run << 32 | burst;
        if (strspn(digits, "9") != (size_t)(at - digits)) *last = *first;
    }
    *text = at;
    return true;
}

/* "run007000_0000-run008299_9999" or "run5670", up to a point or the end of the name. */
static bool take_range(const char **text, uint64_t *first, uint64_t *last)
{
    uint64_t ignored;
    const char *at = *text;
    if (!take_moment(&at, first, last)) return false;
    if (*at == '-') {
        ++at;
        if (!take_moment(&at, &ignored, last)) return false;
    }
    if (*at && *at != '.') return false;
    *text = at;
    return true;
}

static struct spw_found_file file_describe(const char *path, uint32_t folder)
{
    const char *slash = strrchr(path, '/');
    struct spw_found_file file = {.path = path, .name = slash ? slash + 1 : path};
    file.folder = folder;
    file.last = UINT64_MAX;
    file.stem_length = strlen(file.name);
    file.extension = file.name + file.stem_length;
    for (const char *point = strchr(file.name, '.'); point;
         point = strchr(point + 1, '.')) {
        const char *end = point + 1;
        uint64_t first, last;
        if (!take_range(&end, &first, &last)) continue;
        file.stem_length = (size_t)(point - file.name);
        file.extension = end;
        file.first = first;
        file.last = last;
        break;
    }
    return file;
}

static int by_name(const FTSENT **a, const FTSENT **b)
{
    return strcmp((*a)->fts_name, (*b)->fts_name);
}

static enum spw_status file_append(struct spw_file_search *search,
                                   struct spw_arena *arena,
                                   uint32_t *capacity,
                                   struct spw_found_file file)
{
    if (search->count == *capacity) {
        struct spw_found_file *grown;
        *capacity = 2 * *capacity + 256;
        SPW_NEW(arena, grown, *capacity);
        if (search->count) memcpy(grown, search->file, sizeof *grown * search->count);
        search->file = grown;
    }
    search->file[search->count++] = file;
    return SPW_OK;
}

static enum spw_status folder_list(struct spw_file_search *search,
                                   struct spw_arena *arena,
                                   uint32_t *capacity,
                                   FTS *tree,
                                   uint32_t folder)
{
    for (FTSENT *entry; (entry = fts_read(tree));) {
        const bool hidden = entry->fts_level > 0 && entry->fts_name[0] == '.';
        if (entry->fts_info == FTS_D && hidden) {
            (void)fts_set(tree, entry, FTS_SKIP);
        } else if (entry->fts_level == 0 && entry->fts_info != FTS_D &&
                   entry->fts_info != FTS_DP) {
            return SPW_FAIL(SPW_MISSING, "folder of constants %s: %s", entry->fts_path,
                            entry->fts_errno ? strerror(entry->fts_errno) : "no folder");
        } else if (entry->fts_info == FTS_DNR) {
            return SPW_FAIL(SPW_IO, "folder of constants %s: %s", entry->fts_path,
                            strerror(entry->fts_errno));
        } else if (entry->fts_info == FTS_F && !hidden) {
            const char *path = spw_arena_text(arena, entry->fts_path);
            if (!path) return SPW_FAIL(SPW_RETRY, "out of memory: path of a file");
            SPW_TRY(file_append(search, arena, capacity, file_describe(path, folder)));
        }
    }
    return SPW_OK;
}

static enum spw_status folder_open(struct spw_file_search *search,
                                   struct spw_arena *arena,
                                   uint32_t *capacity,
                                   char *path,
                                   uint32_t folder)
{
    FTS *tree = fts_open((char *[]){path, NULL}, FTS_LOGICAL | FTS_NOCHDIR, by_name);
    if (!tree)
        return SPW_FAIL(SPW_MISSING, "folder of constants %s: %s", path, strerror(errno));
    const enum spw_status status = folder_list(search, arena, capacity, tree, folder);
    fts_close(tree);
    return status;
}

enum spw_status spw_file_search_open(struct spw_file_search *search,
                                     struct spw_arena *arena,
                                     const char *folders)
{
    *search = (struct spw_file_search){.folders = spw_arena_text(arena, folders)};
    char *list = spw_arena_text(arena, folders), *rest;
    if (!search->folders || !list)
        return SPW_FAIL(SPW_RETRY, "out of memory: folder names");
    uint32_t capacity = 0, folder = 0;
    for (char *path = strtok_r(list, ":", &rest); path; path = strtok_r(NULL, ":", &rest))
        SPW_TRY(folder_open(search, arena, &capacity, path, folder++));
    return SPW_OK;
}

/* Does `name` ask for this file: all of its name, or its stem and extension? */
static bool file_answers(const struct spw_found_file *file, const char *name)
{
    return strncmp(file->name, name, file->stem_length) == 0 &&
           strcmp(file->extension, name + file->stem_length) == 0;
}

static bool file_is_better(const struct spw_found_file *file,
                           const struct spw_found_file *best)
{
    return !best || (file->folder == best->folder &&
                     file->last - file->first < best->last - best->first);
}

const char *spw_file_search_find(const struct spw_file_search *search,
                                 const char *name,
                                 uint32_t run,
                                 uint32_t burst)
{
    const uint64_t moment = (uint64_t)run << 32 | burst;
    const struct spw_found_file *best = NULL;
    for (uint32_t i = 0; i < search->count; ++i) {
        const struct spw_found_file *file = &search->file[i];
        const bool valid = file->first <= moment && moment <= file->last;
        const bool answers = valid && file_answers(file, name);
        if ((answers || strcmp(file->name, name) == 0) && file_is_better(file, best))
            best = file;
    }
    return best ? best->path : NULL;
}
