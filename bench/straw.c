/* Pattern kernels of the straws: pairs of hits in neighbouring slots, next to a floor. */
#include "bench/bench.h"

#include "core/arena.h"
#include "reco/straw/straw_kernels.h"

enum { HITS = 96, PAIRS = 48, EVENTS = 64 };

/// Hits and pairs of some events.
struct straws {
    const struct straw_kernels *kernels;
    struct straw_drift drift;
    struct straw_pair_rules rules;
    float column[EVENTS][5][HITS];
    uint32_t a[EVENTS][PAIRS], b[EVENTS][PAIRS];
    float slope[PAIRS], spread[PAIRS];
    float out[EVENTS][3][PAIRS];
    uint32_t good[EVENTS][PAIRS];
};

static uint64_t run_pairs(void *state)
{
    struct straws *s = state;
    for (uint32_t e = 0; e < EVENTS; ++e) {
        float(*c)[HITS] = s->column[e];
        const struct straw_hit_columns hit = {c[0], c[1], c[2], c[3], c[4]};
        const struct straw_pair_columns pair = {s->a[e], s->b[e], s->slope, s->spread};
        const struct straw_pair_results out = {s->out[e][0], s->out[e][1], s->out[e][2],
                                               s->good[e]};
        s->kernels->pairs(PAIRS, &s->drift, &s->rules, &hit, &pair, &out);
    }
    return s->good[0][0];
}

/* The least that a pair is: its two hits fetched, one place in a table, three results. */
static uint64_t run_floor(void *state)
{
    struct straws *s = state;
    for (uint32_t e = 0; e < EVENTS; ++e)
        for (uint32_t i = 0; i < PAIRS; ++i) {
            const uint32_t a = s->a[e][i], b = s->b[e][i];
            float(*c)[HITS] = s->column[e];
            const float difference = c[0][a] - c[0][b];
            const struct straw_pair *pair =
                &s->drift.pair[(int)(difference + STRAW_DRIFT_PAIRS / 2)];
            s->out[e][0][i] = c[3][a] + pair->radius_mm;
            s->out[e][1][i] = 0.5f * (c[4][a] + c[4][b]);
            s->out[e][2][i] = c[0][a] - pair->time_ns + c[1][a] + c[1][b];
            s->good[e][i] = difference < s->rules.difference_ns;
        }
    return s->good[0][0];
}

static void fill_events(struct straws *s)
{
    s->rules = (struct straw_pair_rules){150, 8, 30, 36, 0.05f};
    for (int i = 0; i <= STRAW_DRIFT_PAIRS; ++i)
        s->drift.pair[i] = (struct straw_pair){0.01f * (float)i, (float)i, 0.5f, 10};
    for (uint32_t e = 0; e < EVENTS; ++e) {
        for (uint32_t i = 0; i < HITS; ++i) {
            s->column[e][0][i] = (float)((37 * i + 11 * e) % 150);
            s->column[e][1][i] = (float)((13 * i + e) % 20);
            s->column[e][2][i] = (float)(i % 3 > 0);
            s->column[e][3][i] = 4.4f * (float)i;
            s->column[e][4][i] = 11.0f * (float)(i % 4);
        }
        for (uint32_t i = 0; i < PAIRS; ++i) {
            s->a[e][i] = (5 * i + e) % HITS;
            s->b[e][i] = (7 * i + 3 * e) % HITS;
        }
    }
}

enum spw_status bench_straw(struct bench_report *report)
{
    struct spw_arena arena = {0};
    struct straws *straws;
    SPW_NEW_ZEROS(&arena, straws, 1);
    fill_events(straws);
    struct bench_case which = {.name = "straw/pairs",
                               .unit = "pair",
                               .units = EVENTS * PAIRS,
                               .bytes = 24.0 * EVENTS * PAIRS,
                               .run = run_pairs,
                               .state = straws};
    bench_group("straw: pairs of hits, 48 an event");
    for (enum spw_isa isa = SPW_ISA_V2; isa <= spw_isa_best(); ++isa) {
        which.isa = spw_isa_name(isa);
        straws->kernels = SPW_PICK(straw_kernels, isa);
        bench_run(report, &which);
    }
    which.name = "floor/straw_pairs";
    which.isa = "-";
    which.run = run_floor;
    bench_run(report, &which);
    spw_arena_release(&arena);
    return SPW_OK;
}
