/// Printed results: the closing table of `spillway reco`, and JSON lines.
#pragma once

#include <jansson.h>
#include <stdbool.h>

/// One JSON object on one line of stdout, keys in the order they were made.
void cli_print_json(const json_t *object);

/// The table a physicist reads: events, MB, speed, rows of each object, damage, files.
void cli_print_summary(const char *raw, const json_t *record, bool already_done);

/// Name and count, a line each.
void cli_print_counts(const char *what, const json_t *counts);

/// The damage found, or the word that there is none.
void cli_print_tallies(const json_t *tallies);
