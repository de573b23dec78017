#include "io/na62/constants_calorimeter.h"
#include "io/na62/constants_internal.h"
#include "io/na62/na62.h"

#include <stdlib.h>

enum { MAX_NUMBERS = 4096, MAX_CLOCKS = 16 };

static const uint32_t MODULES[2] = {NA62_CREAM_CRATES, NA62_CREAM_SLOTS};

/* All numbers of a line; '-' behind a digit separates ("4-13"), elsewhere it is a sign. */
static uint32_t take_numbers(const struct spw_text_line *line, double *number)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < line->n_all; ++i)
        for (const char *at = line->word[i]; *at && n < MAX_NUMBERS;) {
            char *end;
            number[n] = strtod(at, &end);
            if (end == at || !(fabs(number[n]) < 1e15)) return n;
            ++n;
            at = *end == '-' ? end + 1 : end;
        }
    return n;
}

/* The line of this burst into number[]; how many, 0 if there is none. `step` numbers a module
 * stand behind `head` ones, of which the last is the number of modules; other lines are bad. */
static uint32_t find_burst(struct na62_cream_faults *faults,
                           const struct spw_text_table *table,
                           const uint32_t run_burst[2],
                           const uint32_t head_step[2],
                           double number[MAX_NUMBERS])
{
    uint32_t n_modules, n_found = 0;
    double trial[MAX_NUMBERS];
    for (uint32_t i = 0; i < table->count; ++i) {
        const uint32_t head = head_step[0], n = take_numbers(&table->line[i], trial);
        if (n < head || !na62_whole(trial[head - 1], MAX_NUMBERS, &n_modules) ||
            n < head + head_step[1] * n_modules) {
            ++faults->n_bad;
            continue;
        }
        if (trial[0] != run_burst[0] || trial[1] != run_burst[1]) continue;
        for (uint32_t j = 0; j < n; ++j) number[j] = trial[j];
        n_found = n_modules;
    }
    return n_found;
}

/* A file with lines, none of which is right, is the wrong file. */
static enum spw_status check(const struct na62_cream_faults *faults,
                             const struct spw_text_table *table,
                             uint32_t before)
{
    if (table->count == 0 || faults->n_bad - before < table->count) return SPW_OK;
    return NA62_NOTHING(table, "run burst and crate-slot of modules");
}

enum spw_status na62_cream_swaps_read(struct na62_cream_faults *faults,
                                      const struct spw_text_table *table,
                                      uint32_t run,
                                      uint32_t burst)
{
    static const uint32_t head_step[2] = {5, 2};
    const uint32_t before = faults->n_bad;
    double number[MAX_NUMBERS];
    const uint32_t n =
        find_burst(faults, table, (const uint32_t[2]){run, burst}, head_step, number);
    SPW_TRY(check(faults, table, before));
    for (uint32_t i = 0; i < n; ++i) {
        uint32_t at[2];
        if (!na62_whole_pair(number + 5 + 2 * i, MODULES, at)) {
            ++faults->n_bad;
            continue;
        }
        faults->n_swapped += !faults->swapped[at[0]][at[1]];
        faults->swapped[at[0]][at[1]] = 1;
    }
    return SPW_OK;
}

enum spw_status na62_cream_jitters_read(struct na62_cream_faults *faults,
                                        const struct spw_text_table *table,
                                        uint32_t run,
                                        uint32_t burst)
{
    static const uint32_t head_step[2] = {4, 8};
    static const double least_ratio = 0.85;
    const uint32_t before = faults->n_bad;
    double number[MAX_NUMBERS];
    const uint32_t n =
        find_burst(faults, table, (const uint32_t[2]){run, burst}, head_step, number);
    SPW_TRY(check(faults, table, before));
    for (uint32_t i = 0; i < n; ++i) {
        const double *module = number + 4 + 8 * i;
        const double clocks = round(module[7] / NA62_CLOCK_NS);
        uint32_t at[2];
        if (!na62_whole_pair(module, MODULES, at) || fabs(clocks) > MAX_CLOCKS) {
            ++faults->n_bad;
            continue;
        }
        if (module[3] < least_ratio) continue;
        faults->n_jitters += !faults->jitter_clocks[at[0]][at[1]];
        faults->jitter_clocks[at[0]][at[1]] = (int8_t)clocks;
    }
    return SPW_OK;
}
