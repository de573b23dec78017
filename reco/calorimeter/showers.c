#include "reco/calorimeter/showers.h"

#include "geometry/na62_geometry.h"
#include "io/raw.h"
#include "reco/candidates/clusters.h"

#include <math.h>
#include <stdlib.h>

#define MAX_STEP 0.25f /* of the position in one iteration, cells */
#define MAX_MEV  1e7f  /* cells beyond are damaged */
#define MAX_NS   1e6f

enum spw_status showers_init(struct shower_work *work, struct spw_arena *arena)
{
    SPW_NEW_ZEROS(arena, work->map.energy_MeV, SHOWER_SLOTS);
    SPW_NEW_ZEROS(arena, work->map.time_ns, SHOWER_SLOTS);
    SPW_NEW_ZEROS(arena, work->map.expected_MeV, SHOWER_SLOTS);
    SPW_NEW(arena, work->seed, SHOWER_MAX_SEEDS);
    SPW_NEW(arena, work->key, SHOWER_MAX_SEEDS + SPW_KEYS_MORE);
    SPW_NEW(arena, work->spare, SHOWER_MAX_SEEDS + SPW_KEYS_MORE);
    SPW_NEW(arena, work->shower, SHOWER_MAX);
    SPW_NEW_ZEROS(arena, work->window, SHOWER_MAX);
    SPW_NEW(arena, work->result, SHOWER_MAX);
    SPW_NEW(arena, work->seed_row, SHOWER_MAX);
    return SPW_OK;
}

/* Cells into the map, the first of those that stand twice; those above the threshold of seeds
   are listed. */
static uint32_t fill_map(const struct shower_finder *finder,
                         const struct shower_work *work,
                         const struct shower_event *event)
{
    const float *restrict energy_MeV = event->cells->energy_MeV;
    const float *restrict time_ns = event->cells->time_ns;
    const uint32_t *restrict slot = event->slot;
    float *restrict map_MeV = work->map.energy_MeV, *restrict map_ns = work->map.time_ns;
    uint32_t *restrict seed = work->seed;
    const float least = finder->seed_above_MeV;
    uint32_t n = 0;
    for (uint32_t i = event->begin; i < event->end; ++i) {
        const float e = energy_MeV[i], t = time_ns[i];
        const bool good = (e > 0.0f) & (e < MAX_MEV) & (fabsf(t) < MAX_NS);
        if (!good || map_MeV[slot[i]] != 0.0f) continue;
        map_MeV[slot[i]] = e;
        map_ns[slot[i]] = t;
        seed[n] = i;
        n += (e > least) & (slot[i] != 0) & (n < SHOWER_MAX_SEEDS - 1);
    }
    return n;
}

static void clean_map(const struct shower_work *work, const struct shower_event *event)
{
    const uint32_t *restrict slot = event->slot;
    float *restrict map_MeV = work->map.energy_MeV;
    for (uint32_t i = event->begin; i < event->end; ++i) map_MeV[slot[i]] = 0.0f;
}

/* A local maximum among the 8 neighbours; of equal ones the first by slot. */
static bool is_maximum(const float *map_MeV, uint32_t slot)
{
    static const int32_t earlier[4] = {-SHOWER_STRIDE - 1, -SHOWER_STRIDE,
                                       -SHOWER_STRIDE + 1, -1};
    const float *here = map_MeV + slot;
    bool most = true;
    for (int i = 0; i < 4; ++i)
        most &= (*here > here[earlier[i]]) & (*here >= here[-earlier[i]]);
    return most;
}

/* Seeds in order of falling energy; returns how many of them become showers. */
static uint32_t find_seeds(const struct shower_finder *finder,
                           struct shower_work *work,
                           const struct shower_event *event)
{
    const uint32_t n_high = fill_map(finder, work, event);
    uint32_t n = 0;
    for (uint32_t i = 0; i < n_high; ++i) {
        const uint32_t row = work->seed[i], slot = event->slot[row];
        if (!is_maximum(work->map.energy_MeV, slot)) continue;
        work->key[n++] = spw_time_key(-event->cells->energy_MeV[row], row);
    }
    spw_keys_sort(work->key, work->spare, n);
    work->n_seeds = n;
    const uint32_t kept = n < finder->max_showers ? n : finder->max_showers;
    for (uint32_t i = 0; i < kept; ++i) work->seed_row[i] = spw_key_row(work->key[i]);
    return kept;
}

/* First guesses of position and energy from 3 x 3 cells. */
static void
guess(const struct shower_finder *finder, const float *map_MeV, struct shower *shower)
{
    const struct shower_profile *profile = &finder->constants.profile;
    const float *above = map_MeV + shower->slot + SHOWER_STRIDE;
    const float *here = map_MeV + shower->slot;
    const float *below = map_MeV + shower->slot - SHOWER_STRIDE;
    const float left = above[-1] + here[-1] + below[-1];
    const float right = above[1] + here[1] + below[1];
    const float up = above[-1] + above[0] + above[1];
    const float down = below[-1] + below[0] + below[1];
    const float sum = left + right + above[0] + here[0] + below[0];
    shower->x = shower_position(profile, (right - left) / sum);
    shower->y = shower_position(profile, (up - down) / sum);
    shower->energy_MeV = sum / profile->nine;
}

static int rows_of(const struct shower_finder *finder, float energy_MeV)
{
    int rows = 1;
    while (rows < SHOWER_HALF && energy_MeV > finder->rows_above_MeV[rows]) ++rows;
    return rows;
}

/* Windows that overlap share their cells. */
static void mark_shared(struct shower *shower, uint32_t n)
{
    for (uint32_t i = 0; i < n; ++i) {
        const int32_t column = (int32_t)(shower[i].slot % SHOWER_STRIDE);
        const int32_t row = (int32_t)(shower[i].slot / SHOWER_STRIDE);
        for (uint32_t k = i + 1; k < n; ++k) {
            const int32_t dx = (int32_t)(shower[k].slot % SHOWER_STRIDE) - column;
            const int32_t dy = (int32_t)(shower[k].slot / SHOWER_STRIDE) - row;
            if (abs(dx) > 2 * SHOWER_HALF || abs(dy) > 2 * SHOWER_HALF) continue;
            shower[i].shared = shower[k].shared = true;
        }
    }
}

static void start(const struct shower_finder *finder,
                  struct shower_work *work,
                  const struct shower_event *event,
                  uint32_t n)
{
    for (uint32_t i = 0; i < n; ++i) {
        struct shower *shower = &work->shower[i];
        const uint32_t row = work->seed_row[i];
        *shower = (struct shower){.slot = event->slot[row],
                                  .seed_ns = event->cells->time_ns[row]};
        guess(finder, work->map.energy_MeV, shower);
    }
    mark_shared(work->shower, n);
    for (uint32_t i = 0; i < n; ++i) {
        struct shower *shower = &work->shower[i];
        shower->rows =
            shower->shared ? SHOWER_HALF : rows_of(finder, 1.5f * shower->energy_MeV);
        finder->kernels->load(&finder->constants, &work->map, shower, &work->window[i]);
    }
}

static float clamped(float value, float limit)
{
    return value > limit ? limit : value > -limit ? value : -limit;
}

/* Moves a shower whose centre lies in a neighbouring cell that is not read out. */
static bool recentre(const struct shower_constants *constants, struct shower *shower)
{
    const int32_t dx = shower->x > 0.55f ? 1 : shower->x < -0.55f ? -1 : 0;
    const int32_t dy = shower->y > 0.55f ? 1 : shower->y < -0.55f ? -1 : 0;
    if (!dx && !dy) return false;
    const uint32_t slot = shower->slot + (uint32_t)(dx + dy * SHOWER_STRIDE);
    const uint32_t column = slot % SHOWER_STRIDE, row = slot / SHOWER_STRIDE;
    if (constants->readable[slot] > 0.0f || column < SHOWER_HALF || row < SHOWER_HALF ||
        column >= SHOWER_HALF + 128 || row >= SHOWER_HALF + 128)
        return false;
    shower->slot = slot;
    shower->x -= (float)dx;
    shower->y -= (float)dy;
    return true;
}

/* One Newton step of the position, and the energy that the cells that count ask for. */
static void step(const struct shower_finder *finder, struct shower_work *work, uint32_t i)
{
    struct shower *shower = &work->shower[i];
    struct shower_sums sums;
    finder->kernels->measure(&finder->constants, &work->map, shower, &work->window[i],
                             &sums);
    const float determinant = sums.hxx * sums.hyy - sums.hxy * sums.hxy;
    if (determinant > 0.0f) {
        const float dx = (sums.gx * sums.hyy - sums.gy * sums.hxy) / determinant;
        const float dy = (sums.gy * sums.hxx - sums.gx * sums.hxy) / determinant;
        shower->x = clamped(shower->x + clamped(dx, MAX_STEP), SHOWER_REACH_CELLS);
        shower->y = clamped(shower->y + clamped(dy, MAX_STEP), SHOWER_REACH_CELLS);
    }
    if (sums.share > 0.0f) shower->energy_MeV = sums.energy / sums.share;
}

/* Takes the expectations of a shower out of the map. */
static void clean_expected(const struct shower_work *work, const struct shower *shower)
{
    if (!shower->shared) return;
    float *corner =
        work->map.expected_MeV + shower->slot - SHOWER_HALF * SHOWER_STRIDE - SHOWER_HALF;
    for (int row = 0; row < SHOWER_SIDE; ++row)
        for (int lane = 0; lane < SHOWER_LANES; ++lane)
            corner[row * SHOWER_STRIDE + lane] = 0.0f;
}

/* All showers of an event together: what one expects is taken into account by the others. */
static void fit(const struct shower_finder *finder, struct shower_work *work, uint32_t n)
{
    const struct shower_kernels *kernels = finder->kernels;
    const struct shower_constants *constants = &finder->constants;
    struct shower *shower = work->shower;
    for (int iteration = 0; iteration < finder->n_iterations; ++iteration) {
        for (uint32_t i = 0; i < n; ++i)
            kernels->expect(constants, &work->map, &shower[i], &work->window[i]);
        for (uint32_t i = 0; i < n; ++i) step(finder, work, i);
        for (uint32_t i = 0; i < n; ++i) clean_expected(work, &shower[i]);
        for (uint32_t i = 0; i < n; ++i)
            if (recentre(constants, &shower[i]))
                kernels->load(constants, &work->map, &shower[i], &work->window[i]);
    }
}

static float cell_mm(uint32_t index, float offset)
{
    return ((float)index - 63.5f + offset) * (float)NA62_LKR_CELL_MM;
}

static bool is_near_border(float x_mm, float y_mm, float apothem_mm)
{
    const float x = fabsf(x_mm), y = fabsf(y_mm);
    return x > apothem_mm || y > apothem_mm || x + y > apothem_mm * (float)M_SQRT2;
}

static uint16_t quality_of(const struct shower_finder *finder,
                           const struct shower *shower,
                           const struct shower_summary *summary,
                           const struct shower_result *result)
{
    const float radius = sqrtf(result->x_mm * result->x_mm + result->y_mm * result->y_mm);
    unsigned quality = 0;
    if (radius < finder->hole_mm) quality |= SPW_CLUSTER_NEAR_HOLE;
    if (is_near_border(result->x_mm, result->y_mm, finder->border_mm))
        quality |= SPW_CLUSTER_NEAR_BORDER;
    if (summary->n_dead > 0.5f) quality |= SPW_CLUSTER_DEAD_CELL;
    if (summary->n_odd > 0.5f) quality |= SPW_CLUSTER_OVERLAP;
    if (shower->shared) quality |= SPW_CLUSTER_SHARED;
    if (summary->n_cells < 1.5f) quality |= SPW_CLUSTER_ONE_CELL;
    return (uint16_t)quality;
}

/* A single cell is no shower: the energy that is there counts. What lies beyond the cells that a
   shower of this energy reaches makes it wide (a hadron), and counts too. */
static void set_energy(const struct shower_finder *finder,
                       const struct shower *shower,
                       const struct shower_summary *summary,
                       struct shower_result *result)
{
    const float excess = summary->raw_MeV - summary->counted_MeV;
    const float offset = finder->energy.offset_MeV;
    float energy = shower->energy_MeV;
    if (excess > finder->wide_fraction * energy + finder->wide_MeV) {
        result->quality |= SPW_CLUSTER_WIDE;
        energy += excess;
    }
    if (offset > 0.0f) energy += offset * energy / (energy + offset);
    if (result->quality & SPW_CLUSTER_ONE_CELL) energy = summary->raw_MeV;
    if (finder->energy.kind == SHOWER_ENERGY_EXPERIMENT)
        energy = shower_energy_of_data(
            summary->raw_MeV, result->n_cells,
            sqrtf(result->x_mm * result->x_mm + result->y_mm * result->y_mm));
    result->raw_MeV = summary->raw_MeV;
    result->energy_MeV = energy * finder->energy.scale;
}

static struct shower_result finish(const struct shower_finder *finder,
                                   const struct shower_work *work,
                                   const struct shower_event *event,
                                   uint32_t i)
{
    const struct shower *shower = &work->shower[i];
    const uint32_t seed = work->seed_row[i];
    struct shower_summary summary;
    struct shower_result result;
    finder->kernels->summarise(&finder->constants, &work->map, shower, &work->window[i],
                               &summary);
    result = (struct shower_result){
        .x_mm = cell_mm(shower->slot % SHOWER_STRIDE - SHOWER_HALF, shower->x),
        .y_mm = cell_mm(shower->slot / SHOWER_STRIDE - SHOWER_HALF, shower->y),
        .time_ns = shower->seed_ns + summary.time_ns,
        .seed_channel = event->cells->channel[seed],
        .seed_row = seed,
        .n_cells = (uint16_t)(summary.n_cells + 0.5f),
    };
    result.quality = quality_of(finder, shower, &summary, &result);
    if (event->cells->quality[seed] & SPW_SATURATED)
        result.quality |= SPW_CLUSTER_SATURATED;
    if (!(fabsf(result.time_ns - event->trigger_ns) <= finder->in_time_ns))
        result.quality |= SPW_CLUSTER_OUT_OF_TIME;
    set_energy(finder, shower, &summary, &result);
    return result;
}

/* Results in order of falling energy. */
static void finish_all(const struct shower_finder *finder,
                       struct shower_work *work,
                       const struct shower_event *event,
                       uint32_t n)
{
    struct shower_result result[SHOWER_MAX];
    for (uint32_t i = 0; i < n; ++i)
        finder->kernels->expect(&finder->constants, &work->map, &work->shower[i],
                                &work->window[i]);
    for (uint32_t i = 0; i < n; ++i) {
        result[i] = finish(finder, work, event, i);
        work->key[i] = spw_time_key(-result[i].energy_MeV, i);
    }
    for (uint32_t i = 0; i < n; ++i) clean_expected(work, &work->shower[i]);
    spw_keys_sort(work->key, work->spare, n);
    for (uint32_t i = 0; i < n; ++i) work->result[i] = result[spw_key_row(work->key[i])];
    work->n_results = n;
}

void showers_find(const struct shower_finder *finder,
                  struct shower_work *work,
                  const struct shower_event *event)
{
    const uint32_t n = find_seeds(finder, work, event);
    work->n_results = 0;
    if (n) {
        start(finder, work, event, n);
        fit(finder, work, n);
        finish_all(finder, work, event, n);
    }
    clean_map(work, event);
}
