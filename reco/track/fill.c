#include "reco/track/fill.h"

#include <math.h>
#include <string.h>

enum { N_SAMPLES = 1024 };

static const float first_ns = -56.0f, step_ns = 0.25f;

/* The samples up to the latest rise below the largest radius, down to 0 or the first fall. */
static bool rising_range(const float *radius, float max, uint32_t *low, uint32_t *high)
{
    uint32_t i = N_SAMPLES - 1;
    while (i > 0 && !(radius[i - 1] < radius[i] && radius[i] < max)) --i;
    *high = i;
    while (i > 0 && radius[i - 1] > 0 && radius[i - 1] < radius[i]) --i;
    *low = i;
    return *high - *low >= 8;
}

/* Inside by differences over 2 samples to each side; outside straight. */
static void
differentiate(struct track_drift *drift, const float *radius, uint32_t low, uint32_t high)
{
    const float h = 2 * step_ns;
    for (uint32_t i = low + 2; i + 2 <= high; ++i) {
        drift->at[i][0] = radius[i];
        drift->at[i][1] = (radius[i + 2] - radius[i - 2]) / (2 * h);
        drift->at[i][2] = (radius[i + 2] - 2 * radius[i] + radius[i - 2]) / (2 * h * h);
        drift->at[i][3] = -drift->at[i][2] / (drift->at[i][1] * drift->at[i][1]);
    }
    for (uint32_t i = low + 2; i-- > 0;) {
        drift->at[i][1] = drift->at[i + 1][1];
        drift->at[i][0] = drift->at[i + 1][0] - step_ns * drift->at[i][1];
    }
    for (uint32_t i = high - 1; i < N_SAMPLES; ++i) {
        drift->at[i][1] = drift->at[i - 1][1];
        drift->at[i][0] = drift->at[i - 1][0] + step_ns * drift->at[i][1];
    }
}

enum spw_status track_drift_make(struct track_drift *drift,
                                 struct spw_arena *arena,
                                 const struct straw_rt *rt,
                                 const struct spw_calibrate_kernels *kernels)
{
    float *time, *radius;
    uint32_t low, high;
    SPW_NEW(arena, time, N_SAMPLES);
    SPW_NEW(arena, radius, N_SAMPLES);
    SPW_NEW_ZEROS(arena, drift->at, N_SAMPLES);
    for (uint32_t i = 0; i < N_SAMPLES; ++i) time[i] = first_ns + step_ns * (float)i;
    kernels->radius[rt->kind](N_SAMPLES, &rt->rt, time, radius);
    if (!rising_range(radius, rt->rt.max_mm, &low, &high))
        return SPW_FAIL(SPW_BAD_CONFIG,
                        "straw_rt: the radius does not rise from 0 to %g mm",
                        (double)rt->rt.max_mm);
    drift->first_ns = first_ns;
    drift->per_ns = 1 / step_ns;
    drift->n = N_SAMPLES;
    differentiate(drift, radius, low, high);
    return SPW_OK;
}

void track_block_clear(struct track_block *block, const struct track_constants *constants)
{
    memset(&block->state, 0, sizeof block->state);
    memset(block->seed_ns, 0, sizeof block->seed_ns);
    memset(block->time_ns, 0, sizeof block->time_ns);
    for (uint32_t v = 0; v < TRACK_VIEWS; ++v) {
        struct track_view *view = &block->view[v];
        block->n_slots[v] = 0;
        for (uint32_t lane = 0; lane < TRACK_LANES; ++lane) {
            view->n[lane] = 0;
            view->cosine[lane] = constants->axis[v][0];
            view->sine[lane] = constants->axis[v][1];
        }
    }
}

/* The nearest sample, and how far it is. */
static const float *nearest(const struct track_drift *drift, float t_ns, float *rest_ns)
{
    const float place = (t_ns - drift->first_ns) * drift->per_ns;
    const float last = (float)(drift->n - 1);
    const uint32_t i = (uint32_t)((place > 0 ? (place < last ? place : last) : 0) + 0.5f);
    *rest_ns = t_ns - (drift->first_ns + (float)i * step_ns);
    return drift->at[i];
}

float track_drift_rate(const struct track_drift *drift, float t_ns)
{
    float rest;
    const float *at = nearest(drift, t_ns, &rest);
    return at[1] + 2 * rest * at[2];
}

/* Whatever the hits say of the candidate's lane, view by view. */
static void fill_views(struct track_block *block,
                       uint32_t lane,
                       const struct track_hits *hits,
                       const uint32_t n[TRACK_VIEWS],
                       const uint32_t last[TRACK_VIEWS])
{
    for (uint32_t v = 0; v < TRACK_VIEWS; ++v) {
        struct track_view *view = &block->view[v];
        view->n[lane] = (float)n[v];
        if (n[v] > block->n_slots[v]) block->n_slots[v] = n[v];
        if (n[v] == 0) continue;
        view->cosine[lane] = hits->c[last[v]];
        view->sine[lane] = hits->s[last[v]];
    }
}

/* A hit in a slot; t_ns: its drift time if the track is at the seed's. */
static inline void
fill_slot(struct track_slot *to, uint32_t lane, const struct track_drift *drift, float t_ns)
{
    float rest;
    const float *at = nearest(drift, t_ns, &rest);
    const float twice = rest * at[2];
    to->radius[0][lane] = at[0] + rest * (at[1] + twice);
    to->radius[1][lane] = at[1] + 2 * twice;
    to->radius[2][lane] = at[2];
    to->radius[3][lane] = at[3];
}

static void fill_seed(struct track_block *block,
                      uint32_t lane,
                      const struct track_candidates *from,
                      uint32_t candidate)
{
    block->state.x_mm[lane] = (double)from->x_mm[candidate];
    block->state.y_mm[lane] = (double)from->y_mm[candidate];
    block->state.dxdz[lane] = (double)from->dxdz[candidate];
    block->state.dydz[lane] = (double)from->dydz[candidate];
    block->state.q_over_p[lane] = (double)from->q_over_p[candidate];
    block->seed_ns[lane] = (double)from->time_ns[candidate];
}

void track_block_fill(struct track_block *block,
                      uint32_t lane,
                      const struct track_source *source,
                      uint32_t candidate)
{
    const struct track_hits hits = *source->hits;
    const struct track_drift drift = *source->drift;
    const double *view_z_mm = source->constants->view_z_mm;
    const float time = source->candidates->time_ns[candidate];
    const uint32_t first = source->candidates->first_hit[candidate];
    const uint32_t end = first + source->candidates->n_hits[candidate];
    uint32_t n[TRACK_VIEWS] = {0}, last[TRACK_VIEWS];
    for (uint32_t h = first; h < end; ++h) {
        const uint32_t view = track_view_of(&hits, h), number = n[view];
        if (number == TRACK_SLOTS) continue;
        struct track_slot *slot = &block->view[view].slot[number];
        n[view] = number + 1;
        last[view] = h;
        slot->wire_mm[lane] = hits.w_mm[h];
        slot->dz_mm[lane] = (float)((double)hits.z_mm[h] - view_z_mm[view]);
        slot->side[lane] = (float)hits.side[h];
        fill_slot(slot, lane, &drift, hits.time_ns[h] - time);
    }
    fill_seed(block, lane, source->candidates, candidate);
    fill_views(block, lane, &hits, n, last);
}
