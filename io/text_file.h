/// Text files written line by line, under their final name only when they are complete.
#pragma once

#include "core/arena.h"
#include "core/status.h"
#include "io/atomic_file.h"

#include <stdio.h>

/// Print to `file`. Errors of printing are kept until spw_text_file_close().
struct spw_text_file {
    FILE *file;
    struct spw_atomic_file atomic;
    struct spw_arena arena; ///< of the names
};

/// Creates FOLDER/NAME.part... Errors: SPW_CANNOT_CREATE
SPW_MUST_CHECK enum spw_status
spw_text_file_create(struct spw_text_file *text, const char *folder, const char *name);

/// Puts the file under its final name. Errors: SPW_IO; the file is gone then.
SPW_MUST_CHECK enum spw_status spw_text_file_close(struct spw_text_file *text);
