#include "io/text_file.h"

#include <unistd.h>

static enum spw_status open_stream(struct spw_text_file *text)
{
    const int fd = dup(text->atomic.fd);
    text->file = fd < 0 ? NULL : fdopen(fd, "w");
    if (text->file) return SPW_OK;
    const enum spw_status status =
        SPW_FAIL(SPW_CANNOT_CREATE, "%s: cannot create: %m", text->atomic.path);
    if (fd >= 0) close(fd);
    spw_atomic_file_discard(&text->atomic);
    return status;
}

enum spw_status
spw_text_file_create(struct spw_text_file *text, const char *folder, const char *name)
{
    *text = (struct spw_text_file){0};
    const char *path = spw_arena_printf(&text->arena, "%s/%s", folder, name);
    enum spw_status status = SPW_OK;
    if (!path) status = SPW_FAIL(SPW_RETRY, "out of memory: name of %s", name);
    if (status == SPW_OK)
        status = spw_atomic_file_create(&text->atomic, &text->arena, path);
    if (status == SPW_OK) status = open_stream(text);
    if (status != SPW_OK) spw_arena_release(&text->arena);
    return status;
}

enum spw_status spw_text_file_close(struct spw_text_file *text)
{
    const bool failed = ferror(text->file);
    enum spw_status status;
    if (fclose(text->file) != 0 || failed) {
        status = SPW_FAIL(SPW_IO, "%s: cannot write: %m", text->atomic.path);
        spw_atomic_file_discard(&text->atomic);
    } else {
        status = spw_atomic_file_commit(&text->atomic);
    }
    spw_arena_release(&text->arena);
    return status;
}
