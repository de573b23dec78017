#include "reco/pipeline.h"

#include "core/log.h"
#include "io/codec.h"

#include <omp.h>
#include <stdatomic.h>

/* A batch in flight. The task that fills it and the one that writes it follow each other by
 * their dependence on the slot; there are as many batches in memory as there are slots. */
struct slot {
    struct spw_batch batch;
    uint32_t adler32; ///< of its part of the raw file
};

struct pipeline {
    const struct spw_run *run;
    struct spw_output *output;
    const struct spw_pipeline_options *options;
    struct spw_worker *worker;
    struct slot *slot;
    uint32_t n_slots, n_batches;
    size_t behind;    ///< bytes of the raw file that nobody reads any more
    uint32_t adler32; ///< of the raw file up to there
    struct spw_error error;
    atomic_bool failed;
};

enum { SLOTS_PER_THREAD = 3, AHEAD_BATCHES = 4 };

static void fail(struct pipeline *pipeline, enum spw_status status)
{
#pragma omp critical(spw_pipeline_error)
    spw_error_keep(&pipeline->error, status);
    atomic_store(&pipeline->failed, true);
}

static bool must_stop(struct pipeline *pipeline)
{
    if (atomic_load(&pipeline->failed)) return true;
    if (!pipeline->options->stop || !*pipeline->options->stop) return false;
    fail(pipeline, SPW_FAIL(SPW_RETRY, "%s: stopped by a signal; nothing was written",
                            pipeline->run->file->path));
    return true;
}

static uint32_t batch_first(const struct pipeline *pipeline, uint32_t b)
{
    const uint64_t first = (uint64_t)b * pipeline->run->batch_events;
    const uint32_t count = pipeline->run->file->index.count;
    return first < count ? (uint32_t)first : count;
}

/* The bytes of the file that belong to batch b: from its first event to that of the next one;
 * the first batch also has the file header, the last one the rest. Together: every byte once. */
static size_t batch_offset(const struct pipeline *pipeline, uint32_t b)
{
    const struct spw_raw_file *file = pipeline->run->file;
    const uint32_t first = batch_first(pipeline, b);
    if (b == 0) return 0;
    return first < file->index.count ? (size_t)file->index.offset[first]
                                     : file->map.bytes.size;
}

static struct spw_bytes batch_bytes(const struct pipeline *pipeline, uint32_t b)
{
    const size_t at = batch_offset(pipeline, b), end = batch_offset(pipeline, b + 1);
    return spw_bytes_from(pipeline->run->file->map.bytes, at, end > at ? end - at : 0);
}

static void process_batch(struct pipeline *pipeline, struct slot *slot, uint32_t b)
{
    if (must_stop(pipeline)) return;
    const struct spw_bytes bytes = batch_bytes(pipeline, b);
    const struct spw_bytes ahead = batch_bytes(pipeline, b + AHEAD_BATCHES);
    const struct spw_map *map = &pipeline->run->file->map;
    if (ahead.size) spw_map_ahead(map, (size_t)(ahead.data - map->bytes.data), ahead.size);
    slot->adler32 = spw_codec_adler32(1, bytes);

    const uint32_t first = batch_first(pipeline, b);
    const enum spw_status status =
        spw_worker_process(&pipeline->worker[omp_get_thread_num()], &slot->batch, first,
                           batch_first(pipeline, b + 1) - first);
    if (status != SPW_OK) fail(pipeline, status);
}

static void compress_chunk(struct pipeline *pipeline, struct spw_chunk *chunk)
{
    const enum spw_status status = spw_chunk_compress(chunk);
    if (status != SPW_OK) fail(pipeline, status);
}

/* Full chunks are packed by whichever threads are free, then written in order by this one. */
static enum spw_status write_chunks(struct pipeline *pipeline)
{
    struct spw_chunk *pending = NULL, **last = &pending;
    for (struct spw_chunk *chunk;
         (chunk = spw_column_file_take_chunk(pipeline->output->file));) {
        chunk->next = NULL;
        *last = chunk;
        last = &chunk->next;
#pragma omp task firstprivate(chunk)
        compress_chunk(pipeline, chunk);
    }
#pragma omp taskwait
    if (atomic_load(&pipeline->failed)) return SPW_OK; /* said already */
    while (pending) {
        struct spw_chunk *chunk = pending;
        pending = chunk->next;
        SPW_TRY(spw_column_file_put_chunk(pipeline->output->file, chunk));
    }
    return SPW_OK;
}

/* adler32 of two stretches of bytes that follow each other, the second `size` long. */
static uint32_t combine_adler32(uint32_t first, uint32_t second, size_t size)
{
    const uint64_t base = 65521, rest = size % base;
    const uint64_t a1 = first & 0xffff, b1 = first >> 16;
    const uint64_t a2 = second & 0xffff, b2 = second >> 16;
    const uint64_t a = (a1 + a2 + base - 1) % base;
    const uint64_t b = (b1 + b2 + rest * (a1 + base - 1)) % base;
    return (uint32_t)(b << 16 | a);
}

static void write_batch(struct pipeline *pipeline, struct slot *slot, uint32_t b)
{
    if (must_stop(pipeline)) return;
    enum spw_status status = spw_output_append(pipeline->output, &slot->batch);
    if (status == SPW_OK) status = write_chunks(pipeline);
    if (status != SPW_OK) fail(pipeline, status);

    const struct spw_bytes bytes = batch_bytes(pipeline, b);
    pipeline->adler32 = combine_adler32(pipeline->adler32, slot->adler32, bytes.size);
    if (bytes.size) spw_map_behind(&pipeline->run->file->map, pipeline->behind, bytes.size);
    pipeline->behind += bytes.size;
    spw_progress("reconstructing", batch_first(pipeline, b + 1),
                 pipeline->run->file->index.count);
}

/* One thread makes the tasks; the team runs them. A slot is taken again when its writer is
 * done, and writers follow each other: memory is bounded and the output ordered. */
static void run_tasks(struct pipeline *pipeline)
{
#pragma omp parallel num_threads(pipeline->options->threads)
#pragma omp single
    for (uint32_t b = 0; b < pipeline->n_batches; ++b) {
        struct slot *slot = &pipeline->slot[b % pipeline->n_slots];
#pragma omp task depend(inout : *slot) firstprivate(slot, b)
        process_batch(pipeline, slot, b);
#pragma omp task depend(inout                 \
                        : *slot) depend(inout \
                                        : *pipeline->output) firstprivate(slot, b)
        write_batch(pipeline, slot, b);
    }
}

static enum spw_status make_workers(struct pipeline *pipeline,
                                    struct spw_pipeline_result *result)
{
    result->threads = pipeline->options->threads;
    pipeline->n_slots = (uint32_t)(SLOTS_PER_THREAD * result->threads);
    SPW_NEW_ZEROS(&result->arena, pipeline->slot, pipeline->n_slots);
    SPW_NEW_ZEROS(&result->arena, result->worker, result->threads);
    for (int i = 0; i < result->threads; ++i)
        SPW_TRY(spw_worker_init(&result->worker[i], pipeline->run));
    pipeline->worker = result->worker;
    return SPW_OK;
}

/* Sums of integers: the order of the workers does not matter. */
static void merge_workers(const struct spw_run *run, struct spw_pipeline_result *result)
{
    struct spw_worker *into = &result->worker[0];
    for (int w = 0; w < result->threads; ++w)
        spw_histograms_settle(result->worker[w].histogram, &run->histograms);
    for (int w = 1; w < result->threads; ++w) {
        const struct spw_worker *from = &result->worker[w];
        for (uint32_t h = 0; h < run->histograms.count; ++h)
            for (uint64_t i = 0; i < into->histogram[h].n_bins; ++i)
                into->histogram[h].count[i] += from->histogram[h].count[i];
        for (uint32_t t = 0; t < run->tallies.count; ++t) into->tally[t] += from->tally[t];
        for (uint32_t s = 0; s < run->n_stages; ++s) into->stage_ns[s] += from->stage_ns[s];
        into->unpack_ns += from->unpack_ns;
    }
    for (uint32_t t = 0; t < run->file->format->n_tallies; ++t)
        into->tally[t] += run->file->tally[t];
}

enum spw_status spw_pipeline_run(const struct spw_run *run,
                                 struct spw_output *output,
                                 const struct spw_pipeline_options *options,
                                 struct spw_pipeline_result *result)
{
    *result = (struct spw_pipeline_result){0};
    struct pipeline pipeline = {
        .run = run, .output = output, .options = options, .adler32 = 1};
    const uint32_t n = run->file->index.count;
    pipeline.n_batches = n ? (n - 1) / run->batch_events + 1 : 0;

    enum spw_status status = make_workers(&pipeline, result);
    if (status == SPW_OK) {
        run_tasks(&pipeline);
        status = atomic_load(&pipeline.failed) ? spw_error_raise(&pipeline.error) : SPW_OK;
    }
    for (uint32_t i = 0; pipeline.slot && i < pipeline.n_slots; ++i)
        spw_arena_release(&pipeline.slot[i].batch.arena);
    if (status != SPW_OK) {
        spw_pipeline_release(result);
        return status;
    }
    merge_workers(run, result);
    result->adler32 = pipeline.adler32;
    return SPW_OK;
}

void spw_pipeline_release(struct spw_pipeline_result *result)
{
    for (int i = 0; result->worker && i < result->threads; ++i)
        spw_worker_release(&result->worker[i]);
    spw_arena_release(&result->arena);
    *result = (struct spw_pipeline_result){0};
}
