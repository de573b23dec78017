#include "bench/bench.h"

#include "core/arena.h"

#include <string.h>

enum { BATCH_BYTES = 5 << 20, LARGE_BYTES = 256 << 20 };

struct block {
    uint64_t *from, *to;
    size_t bytes;
};

/* Eight independent sums, so that loads and not additions are the limit. */
static uint64_t read_block(void *state)
{
    const struct block *block = state;
    const size_t n = block->bytes / sizeof *block->from;
    uint64_t sum[8] = {0};
    for (size_t i = 0; i + 8 <= n; i += 8)
        for (int k = 0; k < 8; ++k) sum[k] += block->from[i + (size_t)k];
    return sum[0] + sum[1] + sum[2] + sum[3] + sum[4] + sum[5] + sum[6] + sum[7];
}

static uint64_t copy_block(void *state)
{
    const struct block *block = state;
    memcpy(block->to, block->from, block->bytes);
    return block->to[block->bytes / 16];
}

static struct bench_result measure(struct bench_report *report,
                                   const char *name,
                                   uint64_t (*run)(void *),
                                   struct block *block)
{
    struct bench_report unfiltered = *report;
    unfiltered.filter = NULL;
    unfiltered.read_gb_per_s = 0;
    return bench_run(&unfiltered, &(struct bench_case){.name = name,
                                                       .isa = "-",
                                                       .unit = "byte",
                                                       .units = (double)block->bytes,
                                                       .bytes = (double)block->bytes,
                                                       .run = run,
                                                       .state = block});
}

enum spw_status bench_floor(struct bench_report *report)
{
    struct spw_arena arena = {0};
    struct block block = {.bytes = LARGE_BYTES};
    block.from = spw_arena_zeros(&arena, 1, LARGE_BYTES);
    block.to = spw_arena_zeros(&arena, 1, LARGE_BYTES);
    if (!block.from || !block.to)
        return SPW_FAIL(SPW_RETRY, "out of memory: 2 x %d MiB for the floor",
                        LARGE_BYTES >> 20);
    memset(block.from, 1, block.bytes);
    memset(block.to, 2, block.bytes);

    bench_group("floor: memory of this machine, now");
    report->read_gb_per_s =
        measure(report, "floor/read_memory", read_block, &block).gb_per_s;
    report->copy_gb_per_s =
        measure(report, "floor/copy_memory", copy_block, &block).gb_per_s;
    block.bytes = BATCH_BYTES;
    measure(report, "floor/read_batch", read_block, &block);
    measure(report, "floor/copy_batch", copy_block, &block);
    spw_arena_release(&arena);
    return SPW_OK;
}
