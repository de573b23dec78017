/// Unpacking: the kernels on gathered words, and whole batches of a burst.
#include "bench/bench.h"

#include "core/arena.h"
#include "io/format.h"
#include "io/na62/na62.h"
#include "io/na62/na62_kernels.h"

#include <string.h>

enum { WORDS = 1 << 17, BATCH_EVENTS = 512 };

/* Gathered words of one stream, refreshed before every call: the kernels work in place. */
struct words {
    const struct na62_kernels *kernels;
    void (*decode)(const struct na62_lanes *lanes);
    struct na62_lanes lanes;
    uint32_t *address;
    int32_t *ticks;
};

static uint64_t decode_words(void *state)
{
    struct words *words = state;
    memcpy(words->lanes.address, words->address, sizeof *words->address * WORDS);
    memcpy(words->lanes.ticks, words->ticks, sizeof *words->ticks * WORDS);
    words->decode(&words->lanes);
    return words->lanes.address[WORDS / 2];
}

static uint64_t copy_bases(void *state)
{
    struct words *words = state;
    memcpy(words->lanes.address, words->address, sizeof *words->address * WORDS);
    memcpy(words->lanes.ticks, words->ticks, sizeof *words->ticks * WORDS);
    return words->lanes.address[WORDS / 2];
}

static enum spw_status make_words(struct words *words, struct spw_arena *arena)
{
    uint32_t *word;
    SPW_NEW(arena, word, WORDS);
    SPW_NEW_ZEROS(arena, words->address, WORDS);
    SPW_NEW_ZEROS(arena, words->ticks, WORDS);
    SPW_NEW(arena, words->lanes.address, WORDS);
    SPW_NEW(arena, words->lanes.ticks, WORDS);
    SPW_NEW(arena, words->lanes.edge, WORDS);
    SPW_NEW(arena, words->lanes.quality, WORDS);
    SPW_NEW(arena, words->lanes.value, WORDS);
    uint32_t x = 1;
    for (size_t i = 0; i < WORDS; ++i) {
        x = x * 1664525u + 1013904223u;
        word[i] = (x & 0x03ffffff) | (4u + (x >> 31)) << 28; /* leading or trailing edge */
    }
    words->lanes.word = word;
    words->lanes.n = WORDS;
    return SPW_OK;
}

static void run_kernels(struct bench_report *report, struct words *words, enum spw_isa isa)
{
    words->kernels = SPW_PICK(na62_kernels, isa);

    const struct {
        const char *name;
        void (*decode)(const struct na62_lanes *lanes);
    } kernels[] = {{"unpack/tel62_words", words->kernels->tel62},
                   {"unpack/srb_words", words->kernels->srb},
                   {"unpack/gtk_words", words->kernels->gtk}};
    struct bench_case which = {.isa = spw_isa_name(isa),
                               .unit = "word",
                               .units = WORDS,
                               .bytes = 4.0 * WORDS,
                               .state = words};
    for (size_t i = 0; i < sizeof kernels / sizeof *kernels; ++i) {
        words->decode = kernels[i].decode;
        which.name = kernels[i].name;
        which.run = decode_words;
        bench_run(report, &which);
    }
}

/* A stretch of a burst, unpacked again and again into the same memory. */
struct stretch {
    struct spw_raw_file file;
    struct spw_raw_batch batch;
    struct spw_arena arena;
    uint64_t *tally;
    enum spw_isa isa;
    uint32_t n_events;
};

static uint64_t unpack_stretch(void *state)
{
    struct stretch *stretch = state;
    const struct spw_format *format = stretch->file.format;
    spw_arena_reset(&stretch->arena);
    if (spw_raw_batch_init(&stretch->batch, &stretch->arena, format->streams,
                           format->n_streams, stretch->n_events) != SPW_OK)
        return 0;
    if (format->unpack(&stretch->file, 0, stretch->n_events, stretch->isa, &stretch->batch,
                       stretch->tally) != SPW_OK)
        return 0;
    return stretch->batch.hits[0].rows.count;
}

static enum spw_status run_burst(struct bench_report *report, const char *raw)
{
    struct stretch stretch = {0};
    SPW_TRY(spw_raw_file_open(&stretch.file, raw));
    struct spw_arena arena = {0};
    SPW_NEW_ZEROS(&arena, stretch.tally, stretch.file.format->n_tallies);
    const struct spw_event_index *index = &stretch.file.index;
    stretch.n_events = index->count < BATCH_EVENTS ? index->count : BATCH_EVENTS;
    const uint32_t last = stretch.n_events - 1;
    const double bytes =
        (double)(index->offset[last] + index->size[last] - index->offset[0]);
    for (enum spw_isa isa = SPW_ISA_V2; isa <= spw_isa_best(); ++isa) {
        stretch.isa = isa;
        bench_run(report, &(struct bench_case){.name = "unpack/burst",
                                               .isa = spw_isa_name(isa),
                                               .unit = "event",
                                               .units = stretch.n_events,
                                               .bytes = bytes,
                                               .run = unpack_stretch,
                                               .state = &stretch});
    }
    spw_arena_release(&stretch.arena);
    spw_arena_release(&arena);
    spw_raw_file_release(&stretch.file);
    return SPW_OK;
}

enum spw_status bench_unpack(struct bench_report *report, const char *raw)
{
    struct spw_arena arena = {0};
    struct words words = {0};
    bench_group("unpack: words of a batch, and a batch of the burst");
    SPW_TRY(make_words(&words, &arena));
    bench_run(report, &(struct bench_case){.name = "unpack/words_floor",
                                           .isa = "-",
                                           .unit = "word",
                                           .units = WORDS,
                                           .bytes = 4.0 * WORDS,
                                           .run = copy_bases,
                                           .state = &words});
    for (enum spw_isa isa = SPW_ISA_V2; isa <= spw_isa_best(); ++isa)
        run_kernels(report, &words, isa);
    spw_arena_release(&arena);
    return run_burst(report, raw);
}
