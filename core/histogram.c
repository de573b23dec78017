#include "core/histogram.h"

#include <assert.h>
#include <string.h>

uint64_t spw_histogram_n_bins(const struct spw_histogram_spec *spec)
{
    uint64_t n = 1;
    for (uint32_t i = 0; i < spec->n_axes; ++i) n *= (uint64_t)spec->axis[i].bins + 2;
    return n;
}

static enum spw_status copy_text(struct spw_arena *arena, const char **text)
{
    *text = spw_arena_text(arena, *text ? *text : "");
    return *text ? SPW_OK : SPW_FAIL(SPW_RETRY, "out of memory: histogram title");
}

enum spw_status spw_histogram_book(struct spw_histogram_list *list,
                                   struct spw_arena *arena,
                                   const struct spw_histogram_spec *spec,
                                   uint32_t *id)
{
    assert(spec->n_axes >= 1 && spec->n_axes <= SPW_MAX_AXES);
    if (list->count == list->capacity) {
        const uint32_t capacity = 2 * list->capacity + 64;
        struct spw_histogram_spec *grown;
        struct spw_fold *fold;
        SPW_NEW(arena, grown, capacity);
        SPW_NEW_ZEROS(arena, fold, capacity);
        if (list->count) memcpy(grown, list->spec, sizeof *grown * list->count);
        if (list->count) memcpy(fold, list->fold, sizeof *fold * list->count);
        list->spec = grown;
        list->fold = fold;
        list->capacity = capacity;
    }
    struct spw_histogram_spec copy = *spec;
    SPW_TRY(copy_text(arena, &copy.path));
    SPW_TRY(copy_text(arena, &copy.title));
    for (uint32_t i = 0; i < copy.n_axes; ++i) {
        assert(copy.axis[i].bins > 0 && copy.axis[i].lower < copy.axis[i].upper);
        SPW_TRY(copy_text(arena, &copy.axis[i].name));
        SPW_TRY(copy_text(arena, &copy.axis[i].label));
    }
    *id = list->count;
    list->spec[list->count++] = copy;
    return SPW_OK;
}

void spw_histogram_fold(struct spw_histogram_list *list, uint32_t id, struct spw_fold fold)
{
    assert(id < list->count && fold.from < list->count);
    assert(list->spec[fold.from].n_axes == 2 && !list->fold[fold.from].row);
    list->fold[id] = fold;
}

enum spw_status spw_histograms_init(struct spw_histogram **set,
                                    const struct spw_histogram_list *list,
                                    struct spw_arena *arena)
{
    struct spw_histogram *h;
    SPW_NEW_ZEROS(arena, h, list->count);
    for (uint32_t k = 0; k < list->count; ++k) {
        const struct spw_histogram_spec *spec = &list->spec[k];
        h[k].spec = spec;
        h[k].n_bins = spw_histogram_n_bins(spec);
        SPW_NEW_ZEROS(arena, h[k].count, h[k].n_bins + 1);
        SPW_NEW_ZEROS(arena, h[k].recent, h[k].n_bins + 1);
        if (list->fold[k].row) SPW_NEW_ZEROS(arena, h[k].folded, h[k].n_bins);
        uint32_t stride = 1;
        for (uint32_t i = spec->n_axes; i-- > 0;) {
            const struct spw_axis *axis = &spec->axis[i];
            h[k].stride[i] = stride;
            stride *= axis->bins + 2;
            h[k].lower[i] = (float)axis->lower;
            h[k].scale[i] = (float)(axis->bins / (axis->upper - axis->lower));
            h[k].bins[i] = (float)axis->bins;
        }
    }
    *set = h;
    return SPW_OK;
}

void spw_count(struct spw_histogram *h, uint32_t n, const uint32_t *bin)
{
    uint8_t *restrict recent = h->recent;
#pragma GCC unroll 4
    for (uint32_t i = 0; i < n; ++i)
        if (__builtin_expect(++recent[bin[i]] == 0, 0)) h->count[bin[i]] += 256;
}

/* Adds a row of n counts to a row of them, or to a single one. */
static void
add_row(uint32_t *restrict to, const uint32_t *restrict from, uint32_t n, bool single)
{
    if (single)
        for (uint32_t i = 0; i < n; ++i) *to += from[i];
    else
        for (uint32_t i = 0; i < n; ++i) to[i] += from[i];
}

/* Takes back what was folded before: the finer histogram has that too. */
static void
fold(struct spw_histogram *h, const struct spw_histogram *from, const uint32_t *row)
{
    uint32_t *restrict count = h->count, *restrict folded = h->folded;
    const uint32_t n = from->stride[0];
    for (uint64_t i = 0; i < h->n_bins; ++i) count[i] -= folded[i];
    memset(folded, 0, sizeof *folded * h->n_bins);
    for (uint64_t r = 0; r < from->n_bins / n; ++r)
        add_row(folded + (uint64_t)row[r] * h->stride[0], from->count + r * n, n,
                h->spec->n_axes == 1);
    for (uint64_t i = 0; i < h->n_bins; ++i) count[i] += folded[i];
}

void spw_histograms_settle(struct spw_histogram *set, const struct spw_histogram_list *list)
{
    for (uint32_t k = 0; k < list->count; ++k) {
        struct spw_histogram *h = &set[k];
        for (uint64_t i = 0; i <= h->n_bins; ++i) h->count[i] += h->recent[i];
        memset(h->recent, 0, h->n_bins + 1);
    }
    for (uint32_t k = 0; k < list->count; ++k)
        if (list->fold[k].row) fold(&set[k], &set[list->fold[k].from], list->fold[k].row);
}
