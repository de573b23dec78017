/* Burst files (formats/na62.md 1.1): [23:0] version 1, events, run, burst, then three tables of
 * event numbers, trigger words and offsets in words; the events follow. 2014: events only. */
#include "io/na62/write.h"

#include "io/atomic_file.h"

#include <errno.h>
#include <unistd.h>

enum { FILE_VERSION = 1, HEADER_BYTES = 16, TABLES_BYTES = 12, COPY_BYTES = 1 << 20 };

/* Memory: its own arena, in which it lies itself. */
struct na62_writer {
    struct spw_arena arena;
    struct na62_write_options options;
    struct spw_atomic_file file;
    uint32_t n_events, max_events;
    uint32_t *number, *trigger_word;
    uint64_t *offset; ///< bytes behind the header
    uint64_t room;    ///< bytes kept free for the header
    uint64_t size;    ///< bytes of events so far
};

static enum spw_status make_tables(struct na62_writer *writer, const char *path)
{
    SPW_NEW(&writer->arena, writer->number, writer->max_events);
    SPW_NEW(&writer->arena, writer->trigger_word, writer->max_events);
    SPW_NEW(&writer->arena, writer->offset, writer->max_events);
    return spw_atomic_file_create(&writer->file, &writer->arena, path);
}

static uint64_t header_bytes(const struct na62_writer *writer, uint32_t n_events)
{
    return writer->options.no_burst_header
               ? 0
               : HEADER_BYTES + (uint64_t)TABLES_BYTES * n_events;
}

enum spw_status na62_writer_create(struct na62_writer **writer,
                                   const char *path,
                                   const struct na62_write_options *options,
                                   uint32_t max_events)
{
    struct spw_arena arena = {0};
    struct na62_writer *made;
    SPW_NEW_ZEROS(&arena, made, 1);
    *made = (struct na62_writer){
        .arena = arena, .options = *options, .file.fd = -1, .max_events = max_events};
    made->room = header_bytes(made, max_events);
    const enum spw_status status = make_tables(made, path);
    if (status != SPW_OK)
        na62_writer_discard(made);
    else
        *writer = made;
    return status;
}

enum spw_status na62_writer_append(struct na62_writer *writer,
                                   const struct na62_encoded *encoded)
{
    if (encoded->n_events > writer->max_events - writer->n_events)
        return SPW_FAIL(SPW_INTERNAL, "%s: more than the %u events announced",
                        writer->file.path, writer->max_events);
    SPW_TRY(spw_atomic_file_write(&writer->file, encoded->data, encoded->size,
                                  writer->room + writer->size));
    for (uint32_t e = 0; e < encoded->n_events; ++e) {
        writer->number[writer->n_events] = encoded->number[e];
        writer->trigger_word[writer->n_events] = encoded->trigger_word[e];
        writer->offset[writer->n_events++] = writer->size + encoded->offset[e];
    }
    writer->size += encoded->size;
    return SPW_OK;
}

/* Moves the events down when the tables have become shorter than announced. */
static enum spw_status close_gap(struct na62_writer *writer, uint64_t wanted)
{
    uint8_t *buffer;
    if (wanted == writer->room) return SPW_OK;
    SPW_NEW(&writer->arena, buffer, COPY_BYTES);
    for (uint64_t at = 0; at < writer->size;) {
        const ssize_t n =
            pread(writer->file.fd, buffer, COPY_BYTES, (off_t)(writer->room + at));
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) return SPW_FAIL(SPW_IO, "%s: reading back: %m", writer->file.path);
        SPW_TRY(spw_atomic_file_write(&writer->file, buffer, (size_t)n, wanted + at));
        at += (uint64_t)n;
    }
    writer->room = wanted;
    if (ftruncate(writer->file.fd, (off_t)(wanted + writer->size)) != 0)
        return SPW_FAIL(SPW_IO, "%s: %m", writer->file.path);
    return SPW_OK;
}

static enum spw_status put_header(struct na62_writer *writer)
{
    const uint32_t n = writer->n_events;
    const uint64_t wanted = header_bytes(writer, n);
    SPW_TRY(close_gap(writer, wanted));
    if (wanted == 0) return SPW_OK;
    if (wanted + writer->size > 4 * (uint64_t)UINT32_MAX)
        return SPW_FAIL(SPW_INTERNAL, "%s: too large for offsets of 32 bits",
                        writer->file.path);

    uint32_t *header;
    SPW_NEW(&writer->arena, header, wanted / 4);
    header[0] = FILE_VERSION;
    header[1] = n;
    header[2] = writer->options.run;
    header[3] = writer->options.burst;
    for (size_t e = 0; e < n; ++e) {
        header[4 + e] = writer->number[e];
        header[4 + n + e] = writer->trigger_word[e];
        header[4 + 2 * (size_t)n + e] = (uint32_t)((wanted + writer->offset[e]) / 4);
    }
    return spw_atomic_file_write(&writer->file, header, wanted, 0);
}

static void release(struct na62_writer *writer)
{
    struct spw_arena arena = writer->arena;
    spw_arena_release(&arena);
}

enum spw_status na62_writer_close(struct na62_writer *writer)
{
    enum spw_status status = put_header(writer);
    if (status == SPW_OK)
        status = spw_atomic_file_commit(&writer->file);
    else
        spw_atomic_file_discard(&writer->file);
    release(writer);
    return status;
}

void na62_writer_discard(struct na62_writer *writer)
{
    spw_atomic_file_discard(&writer->file);
    release(writer);
}
