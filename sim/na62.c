/* A burst from first to last event. This file holds all threads of the simulation: batches are
 * made and encoded in parallel, then appended in order, so that the bytes do not depend on the
 * number of threads. */
#include "core/log.h"
#include "io/na62/write.h"
#include "sim/readout.h"
#include "sim/truth.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include <omp.h>

enum { BATCH_EVENTS = 128, MAX_CHUNKS = 256 };

/* What a batch in flight owns. */
struct slot {
    struct spw_arena arena; ///< batch, encoded bytes, truth
    struct sim_truth truth;
    struct na62_encoded encoded;
    uint32_t n_events;
    enum spw_status status;
    struct spw_error error;
};

/* What a thread owns. */
struct worker {
    struct spw_arena arena;
    struct sim_event event;
    struct sim_counters counters;
};

struct burst {
    struct spw_arena arena; ///< run lifetime
    struct sim_setup setup;
    struct na62_write_options write;
    struct na62_writer *writer;
    struct sim_truth_file truth;
    struct worker *worker;
    struct slot *slot;
    int n_threads, n_slots;
    uint64_t n_bytes;
};

static enum spw_status start_batch(struct slot *slot, struct spw_raw_batch *batch)
{
    spw_arena_reset(&slot->arena);
    SPW_TRY(spw_raw_batch_init(batch, &slot->arena, spw_format_na62.streams,
                               spw_format_na62.n_streams, slot->n_events));
    return sim_truth_init(&slot->truth, &slot->arena, slot->n_events);
}

static enum spw_status make_batch(const struct burst *burst,
                                  struct worker *worker,
                                  struct slot *slot,
                                  uint64_t first)
{
    struct spw_raw_batch batch;
    SPW_TRY(start_batch(slot, &batch));
    for (uint32_t e = 0; e < slot->n_events; ++e) {
        sim_event_start(&worker->event, first + e);
        sim_event_generate(&worker->event);
        SPW_TRY(sim_read_out(&worker->event, e, &batch, &slot->truth, &worker->counters));
    }
    return na62_encode(&burst->write, &batch, &slot->arena, &slot->encoded);
}

/* Generates up to n_slots batches from event `first` on; returns how many. */
static int make_batches(struct burst *burst, uint64_t first)
{
    const uint64_t left = burst->setup.n_events - first;
    const uint64_t wanted = (left + BATCH_EVENTS - 1) / BATCH_EVENTS;
    const int n = wanted < (uint64_t)burst->n_slots ? (int)wanted : burst->n_slots;
#pragma omp parallel for schedule(dynamic, 1) num_threads(burst->n_threads)
    for (int i = 0; i < n; ++i) {
        struct slot *slot = &burst->slot[i];
        const uint64_t begin = (uint64_t)i * BATCH_EVENTS;
        slot->n_events =
            left - begin < BATCH_EVENTS ? (uint32_t)(left - begin) : BATCH_EVENTS;
        slot->error = (struct spw_error){0};
        slot->status =
            make_batch(burst, &burst->worker[omp_get_thread_num()], slot, first + begin);
        if (slot->status != SPW_OK) spw_error_keep(&slot->error, slot->status);
    }
    return n;
}

/* Compresses what is full in parallel and writes it in order. */
static enum spw_status flush_truth(struct burst *burst)
{
    struct spw_chunk *chunk[MAX_CHUNKS];
    struct spw_error error = {0};
    for (;;) {
        int n = 0;
        while (n < MAX_CHUNKS && (chunk[n] = spw_column_file_take_chunk(burst->truth.file)))
            ++n;
        if (n == 0) return SPW_OK;
#pragma omp parallel for schedule(dynamic, 1) num_threads(burst->n_threads)
        for (int i = 0; i < n; ++i) {
            const enum spw_status status = spw_chunk_compress(chunk[i]);
            if (status == SPW_OK) continue;
#pragma omp critical
            spw_error_keep(&error, status);
        }
        enum spw_status status = error.status;
        for (int i = 0; i < n; ++i) {
            const enum spw_status put =
                spw_column_file_put_chunk(burst->truth.file, chunk[i]);
            if (status == SPW_OK) status = put;
        }
        if (error.status != SPW_OK) return spw_error_raise(&error);
        SPW_TRY(status);
    }
}

static enum spw_status append(struct burst *burst, const struct slot *slot)
{
    if (slot->status != SPW_OK) return spw_error_raise(&slot->error);
    SPW_TRY(na62_writer_append(burst->writer, &slot->encoded));
    burst->n_bytes += slot->encoded.size;
    return sim_truth_append(&burst->truth, &slot->truth, slot->n_events);
}

static enum spw_status make_events(struct burst *burst)
{
    for (uint64_t first = 0; first < burst->setup.n_events;) {
        const int n = make_batches(burst, first);
        for (int i = 0; i < n; ++i) {
            SPW_TRY(append(burst, &burst->slot[i]));
            first += burst->slot[i].n_events;
        }
        SPW_TRY(flush_truth(burst));
        spw_progress("simulated", first, burst->setup.n_events);
    }
    return SPW_OK;
}

static enum spw_status make_frame(struct burst *burst, bool end)
{
    struct slot *slot = &burst->slot[0];
    struct spw_raw_batch batch;
    slot->n_events = 1;
    slot->status = SPW_OK;
    SPW_TRY(start_batch(slot, &batch));
    if (end)
        SPW_TRY(sim_end_of_burst(&burst->setup, &burst->worker[0].counters, &batch,
                                 &slot->truth));
    else
        SPW_TRY(sim_start_of_burst(&burst->setup, &batch, &slot->truth));
    SPW_TRY(na62_encode(&burst->write, &batch, &slot->arena, &slot->encoded));
    return append(burst, slot);
}

static enum spw_status make_burst(struct burst *burst)
{
    SPW_TRY(make_frame(burst, false));
    SPW_TRY(make_events(burst));
    for (int i = 1; i < burst->n_threads; ++i)
        sim_counters_add(&burst->worker[0].counters, &burst->worker[i].counters);
    return make_frame(burst, true);
}

static enum spw_status make_workers(struct burst *burst, int n_threads)
{
    burst->n_threads = n_threads > 0 ? n_threads : omp_get_max_threads();
    burst->n_slots = 4 * burst->n_threads;
    SPW_NEW_ZEROS(&burst->arena, burst->worker, burst->n_threads);
    SPW_NEW_ZEROS(&burst->arena, burst->slot, burst->n_slots);
    for (int i = 0; i < burst->n_threads; ++i) {
        struct worker *worker = &burst->worker[i];
        SPW_TRY(sim_event_init(&worker->event, &burst->setup, &worker->arena));
        SPW_TRY(sim_counters_init(&worker->counters, &worker->arena));
    }
    return SPW_OK;
}

static enum spw_status name_outputs(struct burst *burst,
                                    const struct sim_options *options,
                                    struct sim_result *result)
{
    const struct sim_setup *setup = &burst->setup;
    const char *folder = options->out_dir ? options->out_dir : ".";
    char stem[3900];
    const int length = snprintf(stem, sizeof stem, "%s/na62raw_%u-01-%06u-%04u", folder,
                                setup->sob_time_s, setup->run, setup->burst);
    if (length >= (int)sizeof stem)
        return SPW_FAIL(SPW_USAGE, "folder name of %d bytes is too long", length);
    snprintf(result->raw_path, sizeof result->raw_path, "%s.dat", stem);
    snprintf(result->truth_path, sizeof result->truth_path, "%s.truth.h5", stem);
    result->conditions_dir[0] = '\0';
    if (!setup->conditions.count)
        snprintf(result->conditions_dir, sizeof result->conditions_dir,
                 "%.3900s/conditions", folder);
    burst->write = (struct na62_write_options){
        .run = setup->run, .burst = setup->burst, .sob_time_s = setup->sob_time_s};
    return SPW_OK;
}

/* Truth and constants first: a raw burst under its final name has them beside it. */
static enum spw_status close_outputs(struct burst *burst, struct sim_result *result)
{
    SPW_TRY(sim_truth_close(&burst->truth, &burst->arena, &burst->setup));
    if (result->conditions_dir[0])
        SPW_TRY(sim_conditions_write(&burst->setup, result->conditions_dir));
    struct na62_writer *writer = burst->writer;
    burst->writer = NULL;
    SPW_TRY(na62_writer_close(writer));
    struct stat written;
    result->n_events = burst->setup.n_events + 2;
    result->n_bytes = stat(result->raw_path, &written) == 0 ? (uint64_t)written.st_size : 0;
    return SPW_OK;
}

static enum spw_status
simulate(struct burst *burst, const struct sim_options *options, struct sim_result *result)
{
    SPW_TRY(sim_setup_open(&burst->setup, &burst->arena, options));
    SPW_TRY(name_outputs(burst, options, result));
    SPW_TRY(make_workers(burst, options->n_threads));
    SPW_TRY(na62_writer_create(&burst->writer, result->raw_path, &burst->write,
                               (uint32_t)burst->setup.n_events + 2));
    SPW_TRY(
        sim_truth_create(&burst->truth, &burst->arena, &burst->setup, result->truth_path));
    SPW_TRY(make_burst(burst));
    return close_outputs(burst, result);
}

enum spw_status sim_na62(const struct sim_options *options, struct sim_result *result)
{
    struct burst burst = {0};
    const enum spw_status status = simulate(&burst, options, result);
    if (burst.writer) na62_writer_discard(burst.writer);
    if (burst.truth.file) spw_column_file_discard(burst.truth.file);
    for (int i = 0; i < burst.n_threads && burst.worker; ++i)
        spw_arena_release(&burst.worker[i].arena);
    for (int i = 0; i < burst.n_slots && burst.slot; ++i)
        spw_arena_release(&burst.slot[i].arena);
    spw_arena_release(&burst.arena);
    return status;
}
