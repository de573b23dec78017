#include "core/bytes.h"
#include "core/config_internal.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

__attribute__((format(printf, 2, 0))) static void
append_list(struct config_faults *faults, const char *format, va_list arguments)
{
    const size_t room = sizeof faults->text - faults->length;
    const int length = vsnprintf(faults->text + faults->length, room, format, arguments);
    if (length > 0) faults->length += (size_t)length < room ? (size_t)length : room - 1;
}

__attribute__((format(printf, 2, 3))) static void
append(struct config_faults *faults, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    append_list(faults, format, arguments);
    va_end(arguments);
}

/* The line that a place is in. */
static struct spw_bytes source_line(struct config_place place)
{
    const char *at = place.source->text, *end = at + place.source->size;
    for (uint32_t line = place.source->first_line; line < place.line; ++line) {
        const char *next = memchr(at, '\n', (size_t)(end - at));
        at = next ? next + 1 : end;
    }
    const char *next = memchr(at, '\n', (size_t)(end - at));
    return (struct spw_bytes){(const uint8_t *)at, (size_t)((next ? next : end) - at)};
}

/* At most EXCERPT characters of the line around the place, and the caret below it. */
static void append_excerpt(struct config_faults *faults, struct config_place place)
{
    enum { EXCERPT = 100, BEFORE = 70 };
    const struct spw_bytes line = source_line(place);
    const uint32_t first = place.column > EXCERPT ? place.column - BEFORE : 1;
    uint32_t column = 0;
    append(faults, "\n    ");
    for (size_t i = 0; i < line.size && column < first + EXCERPT; ++i) {
        const uint8_t byte = line.data[i];
        column += (byte & 0xc0) != 0x80; /* not inside an UTF-8 character */
        if (column < first || column >= first + EXCERPT) continue;
        append(faults, "%c", byte == '\t' ? ' ' : byte < 0x20 || byte == 0x7f ? '?' : byte);
    }
    append(faults, "\n    %*s", (int)(place.column - first + 1), "^");
}

void config_fault(struct config_faults *faults,
                  struct config_place place,
                  const char *format,
                  ...)
{
    enum { ROOM = 1024 };

    ++faults->count;
    if (faults->length + ROOM > sizeof faults->text) return;
    ++faults->shown;
    if (faults->length) append(faults, "\n");
    if (place.source)
        append(faults, "%s:%u:%u: ", place.source->name, place.line, place.column);
    va_list arguments;
    va_start(arguments, format);
    append_list(faults, format, arguments);
    va_end(arguments);
    if (place.source) append_excerpt(faults, place);
}

enum spw_status config_raise(const struct config_faults *faults)
{
    if (faults->count == 0) return SPW_OK;
    if (faults->shown < faults->count)
        return SPW_FAIL(SPW_BAD_CONFIG, "%s\nand %u more", faults->text,
                        faults->count - faults->shown);
    return SPW_FAIL(SPW_BAD_CONFIG, "%s", faults->text);
}
