/* From finished fits to clusters: energy, time, quality. */
#include "geometry/na62_geometry.h"
#include "io/raw.h"
#include "reco/calorimeter/showers_internal.h"
#include "reco/candidates/clusters.h"

#include <math.h>

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
    if (result->quality & SPW_CLUSTER_ONE_CELL) energy = summary->counted_MeV;
    if (finder->energy.kind == SHOWER_ENERGY_EXPERIMENT)
        energy = shower_energy_of_data(
            summary->raw_MeV, result->n_cells,
            sqrtf(result->x_mm * result->x_mm + result->y_mm * result->y_mm));
    result->raw_MeV = summary->raw_MeV;
    result->energy_MeV = energy * finder->energy.scale;
}

/* What a cell without neighbours leaves: there was nothing to fit. */
static struct shower_summary one_cell(float energy_MeV)
{
    return (struct shower_summary){
        .raw_MeV = energy_MeV, .counted_MeV = energy_MeV, .n_cells = 1};
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
    if (shower->one_cell && !shower->shared)
        summary = one_cell(event->cells->energy_MeV[seed]);
    else
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

void showers_finish(const struct shower_finder *finder,
                    struct shower_work *work,
                    const struct shower_event *event,
                    uint32_t n)
{
    struct shower_result result[SHOWER_MAX];
    for (uint32_t i = 0; i < n; ++i) {
        result[i] = finish(finder, work, event, i);
        work->key[i] = spw_time_key(-result[i].energy_MeV, i);
    }
    for (uint32_t i = 0; i < n; ++i) showers_forget(work, &work->shower[i]);
    spw_keys_sort(work->key, work->spare, n);
    for (uint32_t i = 0; i < n; ++i) work->result[i] = result[spw_key_row(work->key[i])];
    work->n_results = n;
}
