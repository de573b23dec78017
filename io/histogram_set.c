#include "io/histogram_file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int64_t spw_histogram_set_find(const struct spw_histogram_set *set, const char *path)
{
    for (uint32_t i = 0; i < set->list.count; ++i)
        if (strcmp(set->list.spec[i].path, path) == 0) return i;
    return -1;
}

bool spw_histogram_same_axes(const struct spw_histogram_spec *a,
                             const struct spw_histogram_spec *b)
{
    if (a->n_axes != b->n_axes) return false;
    for (uint32_t i = 0; i < a->n_axes; ++i) {
        const struct spw_axis *p = &a->axis[i], *q = &b->axis[i];
        if (p->bins != q->bins || p->lower != q->lower || p->upper != q->upper ||
            strcmp(p->name, q->name) != 0)
            return false;
    }
    return true;
}

static int compare_inputs(const void *a, const void *b)
{
    const struct spw_histogram_input *p = a, *q = b;
    if (p->run != q->run) return p->run < q->run ? -1 : 1;
    if (p->burst != q->burst) return p->burst < q->burst ? -1 : 1;
    return strcmp(p->digest, q->digest);
}

static int compare_digests(const void *a, const void *b)
{
    return strcmp(((const struct spw_histogram_input *)a)->digest,
                  ((const struct spw_histogram_input *)b)->digest);
}

/* Both lists of inputs as one, sorted by digest. */
static enum spw_status join_inputs(const struct spw_histogram_set *into,
                                   const struct spw_histogram_set *from,
                                   struct spw_arena *arena,
                                   struct spw_histogram_input **joined)
{
    struct spw_histogram_input *input;
    const uint32_t n = into->n_inputs + from->n_inputs;
    SPW_NEW(arena, input, n);
    if (into->n_inputs) memcpy(input, into->input, sizeof *input * into->n_inputs);
    for (uint32_t i = 0; i < from->n_inputs; ++i) {
        struct spw_histogram_input copy = from->input[i];
        copy.digest = spw_arena_text(arena, copy.digest);
        copy.name = spw_arena_text(arena, copy.name);
        if (!copy.digest || !copy.name) return SPW_FAIL(SPW_RETRY, "out of memory: inputs");
        input[into->n_inputs + i] = copy;
    }
    qsort(input, n, sizeof *input, compare_digests);
    *joined = input;
    return SPW_OK;
}

/* Fails naming the inputs that are there twice. `input` is sorted by digest. */
static enum spw_status refuse_duplicates(const struct spw_histogram_input *input,
                                         uint32_t n)
{
    char names[700] = "";
    uint32_t n_twice = 0;
    for (uint32_t i = 1; i < n; ++i) {
        if (strcmp(input[i - 1].digest, input[i].digest) != 0) continue;
        const size_t used = strlen(names);
        if (used < sizeof names - 100)
            snprintf(names + used, sizeof names - used, "%s%.60s (run %u, burst %u)",
                     n_twice ? ", " : "", input[i].name, input[i].run, input[i].burst);
        ++n_twice;
    }
    if (n_twice == 0) return SPW_OK;
    return SPW_FAIL(SPW_CONFLICT, "%u inputs would be counted twice: %s", n_twice, names);
}

static enum spw_status refuse_other_binning(const struct spw_histogram_set *into,
                                            const struct spw_histogram_set *from,
                                            int64_t *place)
{
    for (uint32_t i = 0; i < from->list.count; ++i) {
        const struct spw_histogram_spec *spec = &from->list.spec[i];
        const bool same_place =
            i < into->list.count && strcmp(into->list.spec[i].path, spec->path) == 0;
        place[i] = same_place ? i : spw_histogram_set_find(into, spec->path);
        if (place[i] >= 0 && !spw_histogram_same_axes(&into->list.spec[place[i]], spec))
            return SPW_FAIL(SPW_CONFLICT, "histogram %s has other axes", spec->path);
    }
    return SPW_OK;
}

/* Books the histograms that `into` lacks and gives them zero counts. */
static enum spw_status take_over(struct spw_histogram_set *into,
                                 struct spw_arena *arena,
                                 const struct spw_histogram_set *from,
                                 int64_t *place)
{
    int64_t **count;
    SPW_NEW(arena, count, (size_t)into->list.count + from->list.count);
    if (into->list.count) memcpy(count, into->count, sizeof *count * into->list.count);
    into->count = count;
    for (uint32_t i = 0; i < from->list.count; ++i) {
        if (place[i] >= 0) continue;
        const uint32_t id = into->list.count;
        SPW_NEW_ZEROS(arena, count[id], spw_histogram_n_bins(&from->list.spec[i]));
        uint32_t booked;
        SPW_TRY(spw_histogram_book(&into->list, arena, &from->list.spec[i], &booked));
        place[i] = booked;
    }
    return SPW_OK;
}

enum spw_status spw_histogram_set_merge(struct spw_histogram_set *into,
                                        struct spw_arena *arena,
                                        const struct spw_histogram_set *from)
{
    struct spw_histogram_input *input = NULL;
    int64_t *place;
    const uint32_t n_inputs = into->n_inputs + from->n_inputs;
    SPW_TRY(join_inputs(into, from, arena, &input));
    SPW_TRY(refuse_duplicates(input, n_inputs));
    SPW_NEW(arena, place, from->list.count);
    SPW_TRY(refuse_other_binning(into, from, place));
    SPW_TRY(take_over(into, arena, from, place));

    for (uint32_t i = 0; i < from->list.count; ++i) {
        const uint64_t n = spw_histogram_n_bins(&from->list.spec[i]);
        uint64_t *sum = (uint64_t *)into->count[place[i]];
        for (uint64_t b = 0; b < n; ++b) sum[b] += (uint64_t)from->count[i][b];
    }
    qsort(input, n_inputs, sizeof *input, compare_inputs);
    into->input = input;
    into->n_inputs = n_inputs;
    return SPW_OK;
}
