/* L0 primitives and the L1 block (docs/physics/simulation.md, 9). */
#include "io/na62/write.h"
#include "sim/readout.h"

#include <math.h>
#include <stdlib.h>

enum { PRESENT = 0x4001, N_DETECTORS = 7 };

enum { L1_KTAG = 2, L1_STRAW = 5, L1_KTAG_WORDS = 4, L1_STRAW_WORDS = 13 };

/* Detectors of the L0TP in its order, how they see an event, and how well. */
static const struct {
    enum sim_detector detector;
    double sigma_ns;
} l0_detector[N_DETECTORS] = {
    {SIM_CHOD, 0.5},
    {SIM_RICH, 0.1},
    {SIM_LAV, 1.5},
    {SIM_MUV3, 0.7},
    {SIM_NEWCHOD, 1.2},
    {SIM_N_HIT_DETECTORS, 0},
    {SIM_N_HIT_DETECTORS, 2.0}, /* TALK, CALO */
};

/* Mean time of the signals within 8 ns of the trigger; false when there are none. */
static bool
primitive_time(const struct sim_event *event, enum sim_detector detector, double *t)
{
    const struct sim_hits *hits = &event->hits[detector];
    double sum = 0;
    uint32_t n = 0;
    for (uint32_t i = 0; i < hits->count; ++i) {
        if (fabs(hits->hit[i].time_ns - event->time_ns) > 8) continue;
        sum += hits->hit[i].time_ns;
        ++n;
    }
    if (n) *t = sum / n;
    return n > 0;
}

static bool calorimeter_time(const struct sim_event *event, double *t)
{
    const struct sim_deposits *deposits = &event->deposits[SIM_LKR];
    double energy = 0;
    for (uint32_t i = 0; i < deposits->count; ++i)
        if (fabs(deposits->deposit[i].time_ns - event->time_ns) < 10)
            energy += (double)deposits->deposit[i].energy_MeV;
    *t = event->time_ns;
    return energy > 2000;
}

/* Up to 2016 the L0TP block has no neighbouring slots. */
static enum spw_status
add_primitive(struct spw_raw_batch *batch, uint32_t run, uint32_t detector, double t)
{
    struct spw_raw_hits *raw = &batch->hits[NA62_L0TP];
    const int32_t ticks = (int32_t)floor(t * 256 / NA62_CLOCK_NS);
    const int32_t slot_number = ticks >> 8;
    const uint32_t slot = slot_number == 0 ? 0 : slot_number < 0 ? 1 : 2;
    if (abs(slot_number) > (run < NA62_FIRST_RUN_2017 ? 0 : 1)) return SPW_OK;
    SPW_TRY(spw_raw_hits_reserve(batch, NA62_L0TP, 1));
    const uint32_t i = raw->rows.count++;
    raw->address[i] = N_DETECTORS * slot + detector;
    raw->ticks[i] = ticks & 0xFF;
    raw->edge[i] = SPW_EDGE_LEADING;
    raw->quality[i] = 0;
    raw->value[i] = PRESENT;
    return SPW_OK;
}

/* L0 masks by the detectors (bits in the order of the L0TP) that they want and do not want; the
 * reference detector is in all of them. */
static const struct {
    uint32_t present, absent;
} l0_mask[] = {
    {1u << 0, 0},                 /* 0: minimum bias, CHOD */
    {1u << 4 | 1u << 6, 1u << 3}, /* 1: NewCHOD and energy, no MUV3 */
    {1u << 4, 1u << 3 | 1u << 2}, /* 2: NewCHOD, neither MUV3 nor LAV: pi nu nubar */
    {1u << 3, 0},                 /* 3: muons */
    {1u << 6, 0},                 /* 4: energy in the LKr */
};

/* Flags of a physics trigger; mask 15 stands for those that no other one took. */
static uint32_t l0_flags(uint32_t present)
{
    uint32_t flags = 0;
    for (uint32_t m = 0; m < sizeof l0_mask / sizeof *l0_mask; ++m)
        if ((present & l0_mask[m].present) == l0_mask[m].present &&
            !(present & l0_mask[m].absent))
            flags |= 1u << m;
    return flags ? flags : 1u << 15;
}

/* Primitives go to the slot of their own time; the reference detector defines the trigger's. */
static enum spw_status add_primitives(struct sim_event *event, struct spw_raw_batch *batch)
{
    uint32_t present = 0;
    for (uint32_t d = 0; d < N_DETECTORS; ++d) {
        const enum sim_detector detector = l0_detector[d].detector;
        const bool calo = d == N_DETECTORS - 1;
        double t = 0;
        if (calo ? !calorimeter_time(event, &t)
                 : detector == SIM_N_HIT_DETECTORS || !primitive_time(event, detector, &t))
            continue;
        if (detector == SIM_RICH)
            t = (event->fine_time + 0.5) * NA62_CLOCK_NS / 256;
        else
            t += sim_gauss(&event->random, l0_detector[d].sigma_ns);
        present |= 1u << d;
        SPW_TRY(add_primitive(batch, event->setup->run, d, t));
    }
    if (event->kind == SIM_KIND_PHYSICS) event->l0_flags = l0_flags(present);
    return SPW_OK;
}

enum spw_status sim_add_record(struct spw_raw_batch *batch,
                               uint32_t source,
                               uint32_t board,
                               uint32_t item,
                               uint32_t index,
                               double value)
{
    struct spw_raw_records *records = &batch->records;
    SPW_TRY(spw_rows_reserve(&records->rows, &spw_raw_records_table, batch->arena, 1));
    const uint32_t i = records->rows.count++;
    records->source[i] = source;
    records->board[i] = board;
    records->item[i] = item;
    records->index[i] = index;
    records->value[i] = value;
    return SPW_OK;
}

/* One mask with the KTAG and straw algorithms (formats/na62.md 3.8). */
static enum spw_status add_l1(const struct sim_event *event, struct spw_raw_batch *batch)
{
    const uint32_t run = event->setup->run;
    const uint32_t format = run >= 8584 ? 2 : run >= 8520 ? 1 : 0;
    const uint32_t processed = 1u << 6 | 1u, enabled = 1u << 30;
    const uint32_t words[5 + L1_KTAG_WORDS + L1_STRAW_WORDS] = {
        [0] = format << 24 | event->fine_time << 8 | 12,
        [1] = 1,
        [2] = 1,
        [3] = 1u << 16 | 0x01 << 8 | 2,
        [4] = event->fine_time << 16,
        [5] = processed << 24 | L1_KTAG << 16 | 0 << 8 | L1_KTAG_WORDS,
        [6] = enabled | 5u << 16,
        [7] = 8,
        [9] = processed << 24 | L1_STRAW << 16 | 1 << 8 | L1_STRAW_WORDS,
        [10] = enabled | 20u << 16,
        [11] = (uint32_t)fmax(0, event->vertex_mm[2]),
        [15] = (uint32_t)fmax(0, event->kaon_MeV[2]),
    };
    for (uint32_t i = 0; i < sizeof words / sizeof *words; ++i)
        SPW_TRY(sim_add_record(batch, NA62_SOURCE_L1, 0, NA62_RECORD_L1_WORD, i, words[i]));
    return SPW_OK;
}

enum spw_status sim_trigger(struct sim_event *event, struct spw_raw_batch *batch)
{
    event->l0_flags = 0;
    if (event->kind == SIM_KIND_PHYSICS || event->kind == SIM_KIND_CONTROL)
        SPW_TRY(add_primitives(event, batch));
    return add_l1(event, batch);
}
