#include "reco/worker.h"

#include "reco/stage.h"

#include <time.h>

enum spw_status spw_worker_init(struct spw_worker *worker, const struct spw_run *run)
{
    *worker = (struct spw_worker){.run = run};
    SPW_TRY(spw_histograms_init(&worker->histogram, &run->histograms, &worker->arena));
    SPW_NEW_ZEROS(&worker->arena, worker->tally, run->tallies.count + 1);
    SPW_NEW_ZEROS(&worker->arena, worker->kept, run->n_stages + 1);
    SPW_NEW_ZEROS(&worker->arena, worker->stage_ns, run->n_stages + 1);
    return SPW_OK;
}

void spw_worker_release(struct spw_worker *worker)
{
    spw_arena_release(&worker->scratch);
    spw_arena_release(&worker->arena);
}

static uint64_t cpu_ns(void)
{
    struct timespec time;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

static enum spw_status
make_objects(const struct spw_run *run, struct spw_batch *batch, uint32_t n)
{
    for (uint32_t i = 0; i < run->n_objects; ++i) {
        const struct spw_object *object = &run->object[i];
        batch->object[i] = spw_arena_zeros(&batch->arena, 1, object->table->struct_size);
        if (!batch->object[i])
            return SPW_FAIL(SPW_RETRY, "out of memory: %s", object->path);
        SPW_TRY(spw_rows_init(batch->object[i], object->table, &batch->arena, n,
                              object->capacity_per_event * n));
    }
    return SPW_OK;
}

enum spw_status spw_worker_process(struct spw_worker *worker,
                                   struct spw_batch *batch,
                                   uint32_t first,
                                   uint32_t n)
{
    const struct spw_run *run = worker->run;
    const struct spw_format *format = run->file->format;
    spw_arena_reset(&batch->arena);
    uint64_t start = cpu_ns();
    SPW_TRY(spw_raw_batch_init(&batch->raw, &batch->arena, format->streams,
                               format->n_streams, n));
    batch->raw.first_event = first;
    SPW_TRY(format->unpack(run->file, first, n, run->isa, &batch->raw, worker->tally));
    SPW_TRY(make_objects(run, batch, n));

    uint64_t end = cpu_ns();
    worker->unpack_ns += end - start;
    for (uint32_t i = 0; i < run->n_stages; ++i) {
        start = end;
        worker->stage = i;
        SPW_TRY(run->stage[i]->run(run->stage_state[i], worker, batch));
        spw_arena_reset(&worker->scratch);
        end = cpu_ns();
        worker->stage_ns[i] += end - start;
    }
    return SPW_OK;
}
