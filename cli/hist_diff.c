#include "cli/hist.h"

#include <inttypes.h>
#include <math.h>

/* How two histograms of the same axes differ. */
struct difference {
    uint64_t n_bins;  ///< that differ by more than `sigma` standard deviations
    double max_sigma; ///< largest |a - b| / sqrt(a + b)
};

static struct difference
compare_counts(uint64_t n, const int64_t *a, const int64_t *b, double sigma)
{
    struct difference result = {0};
    for (uint64_t i = 0; i < n; ++i) {
        if (a[i] == b[i]) continue;
        const double total = (double)a[i] + (double)b[i];
        const double distance =
            fabs((double)a[i] - (double)b[i]) / (total > 0 ? sqrt(total) : 1);
        if (distance > sigma) ++result.n_bins;
        if (distance > result.max_sigma) result.max_sigma = distance;
    }
    return result;
}

/* Where the comparison stands: the worst exit code, and what to print. */
struct comparison {
    const struct hist_options *hist;
    json_t *found;
    enum spw_status code;
};

static void
note(struct comparison *c, const char *path, const char *what, struct difference d)
{
    const enum spw_status code = d.n_bins ? SPW_REFUSED : SPW_CONFLICT;
    if (code > c->code) c->code = code;
    json_array_append_new(c->found, json_pack("{s:s, s:s, s:I, s:f}", "path", path, "what",
                                              what, "bins", (json_int_t)d.n_bins,
                                              "max_sigma", d.max_sigma));
    if (c->hist->json) return;
    if (d.n_bins)
        printf("%-40s %s: %" PRIu64 ", at most %.3g sigma\n", path, what, d.n_bins,
               d.max_sigma);
    else
        printf("%-40s %s\n", path, what);
}

static void compare_sets(struct comparison *c,
                         const struct spw_histogram_set *a,
                         const struct spw_histogram_set *b)
{
    const struct difference none = {0};
    for (uint32_t i = 0; i < a->list.count; ++i) {
        const struct spw_histogram_spec *spec = &a->list.spec[i];
        const int64_t k = spw_histogram_set_find(b, spec->path);
        if (k < 0) {
            note(c, spec->path, "only in the first file", none);
        } else if (!spw_histogram_same_axes(spec, &b->list.spec[k])) {
            note(c, spec->path, "other axes", none);
        } else {
            const struct difference d = compare_counts(
                spw_histogram_n_bins(spec), a->count[i], b->count[k], c->hist->sigma);
            if (d.n_bins) note(c, spec->path, "bins differ", d);
        }
    }
    for (uint32_t k = 0; k < b->list.count; ++k)
        if (spw_histogram_set_find(a, b->list.spec[k].path) < 0)
            note(c, b->list.spec[k].path, "only in the second file", none);
}

enum spw_status hist_diff(const struct hist_options *hist, struct spw_arena *arena)
{
    struct spw_histogram_set a, b;
    SPW_TRY(spw_histogram_file_read(&a, arena, hist->argument[1]));
    SPW_TRY(spw_histogram_file_read(&b, arena, hist->argument[2]));
    struct comparison comparison = {.hist = hist, .found = json_array()};
    compare_sets(&comparison, &a, &b);
    if (hist->json)
        SPW_TRY(hist_print_json(json_pack("{s:b, s:I, s:o}", "same", comparison.code == 0,
                                          "compared", (json_int_t)a.list.count,
                                          "differences", comparison.found)));
    else {
        if (comparison.code == 0) printf("%u histograms, no difference\n", a.list.count);
        json_decref(comparison.found);
    }
    if (comparison.code)
        return SPW_FAIL(comparison.code, "%s and %s differ", hist->argument[1],
                        hist->argument[2]);
    return SPW_OK;
}
