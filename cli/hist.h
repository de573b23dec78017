/// Inside of `spillway hist`: summaries and ways to show a histogram.
#pragma once

#include "cli/cli.h"
#include "io/histogram_file.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

/// The command line of `spillway hist`.
struct hist_options {
    struct cli_common common;
    bool csv, json;
    const char *output;
    long allow_missing;
    double sigma;
    uint32_t rows;
    char **argument; ///< action, then its files
    int n_arguments;
};

/// All bins added up, flow bins included.
int64_t hist_entries(const struct spw_histogram_set *set, uint32_t id);

/// For people: a bar a bin, or a map. `max_rows` lines at most, neighbours joined; 0: all.
SPW_MUST_CHECK enum spw_status hist_show_text(FILE *out,
                                              const struct spw_histogram_set *set,
                                              uint32_t id,
                                              uint32_t max_rows);

/// Lower and upper edge for each axis, and the count; flow bins reach to -inf and inf.
void hist_show_csv(FILE *out, const struct spw_histogram_set *set, uint32_t id);

/// The histogram in the UHI schema 1 for JSON; NULL when memory is exhausted.
json_t *hist_json(const struct spw_histogram_set *set, uint32_t id);

/// Prints to stdout, and frees; NULL is a failure.
SPW_MUST_CHECK enum spw_status hist_print_json(json_t *value);

/// `diff A B`: SPW_REFUSED when counts differ, SPW_CONFLICT for other histograms or axes.
SPW_MUST_CHECK enum spw_status hist_diff(const struct hist_options *hist,
                                         struct spw_arena *arena);
