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
        SPW_NEW(arena, grown, capacity);
        if (list->count) memcpy(grown, list->spec, sizeof *grown * list->count);
        list->spec = grown;
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
    for (uint32_t i = 0; i < n; ++i)
        if (__builtin_expect(++recent[bin[i]] == 0, 0)) h->count[bin[i]] += 256;
}

void spw_histograms_settle(struct spw_histogram *set, const struct spw_histogram_list *list)
{
    for (uint32_t k = 0; k < list->count; ++k) {
        struct spw_histogram *h = &set[k];
        for (uint64_t i = 0; i <= h->n_bins; ++i) h->count[i] += h->recent[i];
        memset(h->recent, 0, h->n_bins + 1);
    }
}
