#include "reco/calorimeter/showers.h"

#include "reco/calorimeter/showers_internal.h"
#include "reco/candidates/clusters.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define MAX_STEP       0.25f /* of the position in one iteration, cells */
#define SETTLED        0.05f /* cells: what the next step would change is its square */
#define SETTLED_ENERGY 5e-3f

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
    shower->one_cell = sum == here[0];
}

static int rows_of(const struct shower_finder *finder, float energy_MeV)
{
    int rows = 1;
    while (rows < SHOWER_HALF && energy_MeV > finder->rows_above_MeV[rows]) ++rows;
    return rows;
}

/* Showers whose reaches overlap share their cells. */
static void mark_shared(struct shower *shower, uint32_t n)
{
    for (uint32_t i = 0; i < n; ++i) {
        const int32_t column = (int32_t)(shower[i].slot % SHOWER_STRIDE);
        const int32_t row = (int32_t)(shower[i].slot / SHOWER_STRIDE);
        for (uint32_t k = i + 1; k < n; ++k) {
            const int32_t dx = (int32_t)(shower[k].slot % SHOWER_STRIDE) - column;
            const int32_t dy = (int32_t)(shower[k].slot / SHOWER_STRIDE) - row;
            const int32_t reach = shower[i].rows + shower[k].rows;
            if (abs(dx) > reach || abs(dy) > reach) continue;
            shower[i].shared = shower[k].shared = true;
        }
    }
}

/* What a shower puts into a cell matters to others from a tenth of what makes a cell count. */
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
        shower->rows = rows_of(finder, 10 * shower->energy_MeV);
    }
    mark_shared(work->shower, n);
    for (uint32_t i = 0; i < n; ++i) {
        struct shower *shower = &work->shower[i];
        if (shower->shared)
            finder->kernels->load(&finder->constants, &work->map, shower, &work->window[i]);
        if (shower->shared || shower->one_cell) continue;
        shower->rows = rows_of(finder, 1.5f * shower->energy_MeV);
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

/* One Newton step of the position, and the energy that the cells that count ask for; returns
   whether both have settled. */
static bool step(const struct shower_finder *finder, struct shower_work *work, uint32_t i)
{
    struct shower *shower = &work->shower[i];
    const float x = shower->x, y = shower->y, energy = shower->energy_MeV;
    struct shower_sums sums;
    finder->kernels->measure(&finder->constants, &work->map, shower, &work->window[i],
                             &sums);
    const float determinant = sums.hxx * sums.hyy - sums.hxy * sums.hxy;
    if (determinant > 0.0f) {
        const float inverse = 1.0f / determinant;
        const float dx = (sums.gx * sums.hyy - sums.gy * sums.hxy) * inverse;
        const float dy = (sums.gy * sums.hxx - sums.gx * sums.hxy) * inverse;
        shower->x = clamped(x + clamped(dx, MAX_STEP), SHOWER_REACH_CELLS);
        shower->y = clamped(y + clamped(dy, MAX_STEP), SHOWER_REACH_CELLS);
    }
    if (sums.share > 0.0f) shower->energy_MeV = sums.energy / sums.share;
    return fabsf(shower->x - x) < SETTLED && fabsf(shower->y - y) < SETTLED &&
           fabsf(shower->energy_MeV - energy) < SETTLED_ENERGY * energy;
}

void showers_forget(const struct shower_work *work, const struct shower *shower)
{
    if (!shower->shared) return;
    float *corner =
        work->map.expected_MeV + shower->slot - SHOWER_HALF * SHOWER_STRIDE - SHOWER_HALF;
    for (int row = SHOWER_HALF - shower->rows; row <= SHOWER_HALF + shower->rows; ++row)
        memset(corner + row * SHOWER_STRIDE, 0, sizeof(shower_row));
}

static void expect(const struct shower_finder *finder, struct shower_work *work, uint32_t i)
{
    finder->kernels->expect(&finder->constants, &work->map, &work->shower[i],
                            &work->window[i]);
}

static bool move(const struct shower_finder *finder, struct shower_work *work, uint32_t i)
{
    if (!recentre(&finder->constants, &work->shower[i])) return false;
    finder->kernels->load(&finder->constants, &work->map, &work->shower[i],
                          &work->window[i]);
    return true;
}

/* A shower alone, until it has settled. */
static void
fit_alone(const struct shower_finder *finder, struct shower_work *work, uint32_t i)
{
    for (int iteration = 0; iteration < finder->n_iterations; ++iteration) {
        expect(finder, work, i);
        const bool settled = step(finder, work, i);
        if (!move(finder, work, i) && settled) return;
    }
    expect(finder, work, i);
}

/* Showers that share cells: what one expects is taken into account by the others. Leaves the
   expectations in the map. */
static void fit_together(const struct shower_finder *finder,
                         struct shower_work *work,
                         const uint32_t *shared,
                         uint32_t n)
{
    for (int iteration = 0; iteration < finder->n_iterations; ++iteration) {
        for (uint32_t i = 0; i < n; ++i) expect(finder, work, shared[i]);
        for (uint32_t i = 0; i < n; ++i) step(finder, work, shared[i]);
        for (uint32_t i = 0; i < n; ++i) showers_forget(work, &work->shower[shared[i]]);
        for (uint32_t i = 0; i < n; ++i) move(finder, work, shared[i]);
    }
    for (uint32_t i = 0; i < n; ++i) expect(finder, work, shared[i]);
}

void showers_fit(const struct shower_finder *finder,
                 struct shower_work *work,
                 const struct shower_event *event,
                 uint32_t n)
{
    uint32_t shared[SHOWER_MAX], n_shared = 0;
    start(finder, work, event, n);
    for (uint32_t i = 0; i < n; ++i) {
        shared[n_shared] = i;
        if (work->shower[i].shared)
            ++n_shared;
        else if (!work->shower[i].one_cell)
            fit_alone(finder, work, i);
    }
    fit_together(finder, work, shared, n_shared);
}

void showers_find(const struct shower_finder *finder,
                  struct shower_work *work,
                  const struct shower_event *event)
{
    const uint32_t n = showers_seeds(finder, work, event);
    work->n_results = 0;
    if (n) {
        showers_fit(finder, work, event, n);
        showers_finish(finder, work, event, n);
    }
    showers_clean(work, event);
}
