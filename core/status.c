#include "core/status.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static _Thread_local char message[SPW_MESSAGE_BYTES];
static _Thread_local char place[96];

enum spw_status
spw_fail(enum spw_status status, const char *file, int line, const char *format, ...)
{
    char text[SPW_MESSAGE_BYTES]; /* the last message may be among the arguments */
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    strcpy(message, text);
    snprintf(place, sizeof place, "%s:%d", file, line);
    return status;
}

const char *spw_error_message(void)
{
    return message;
}

const char *spw_error_place(void)
{
    return place;
}

void spw_error_keep(struct spw_error *error, enum spw_status status)
{
    if (error->status != SPW_OK) return;
    error->status = status;
    memcpy(error->message, message, sizeof message);
}

enum spw_status spw_error_raise(const struct spw_error *error)
{
    memcpy(message, error->message, sizeof message);
    return error->status;
}
