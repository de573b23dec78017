#include "reco/straw/drift.h"

#include <math.h>
#include <string.h>

/* Radii at whole ns: 0 up to the last time whose radius is 0 (the formula of the experiment
   rises again before), never falling after. */
static enum spw_status
fill_radii(struct straw_drift *drift, const struct straw_rt *rt, struct spw_arena *scratch)
{
    enum { N = STRAW_DRIFT_TIMES + 1 };

    float *time, *radius;
    SPW_NEW(scratch, time, N);
    SPW_NEW(scratch, radius, N);
    for (int i = 0; i < N; ++i) time[i] = (float)i;
    spw_calibrate_kernels_v2.radius[rt->kind](N, &rt->rt, time, radius);
    int zero = 0;
    for (int i = 0; i < N; ++i)
        if (radius[i] <= 0) zero = i;
    for (int i = 0; i < N; ++i) {
        const float before = i ? drift->radius_mm[i - 1] : 0;
        drift->radius_mm[i] = i < zero ? 0 : fmaxf(before, radius[i]);
    }
    drift->max_radius_mm = drift->radius_mm[N - 1];
    drift->radius_step_mm = drift->max_radius_mm / STRAW_DRIFT_RADII;
    if (!(drift->max_radius_mm > 0.5f * STRAW_PAIR_MM))
        return SPW_FAIL(SPW_BAD_CONFIG,
                        "straw_rt: the radius grows to %g mm only, pairs of straws "
                        "need more than %g mm",
                        (double)drift->max_radius_mm, 0.5 * (double)STRAW_PAIR_MM);
    return SPW_OK;
}

static void fill_times(struct straw_drift *drift, const struct straw_settings *settings)
{
    int i = 0;
    for (int k = 0; k <= STRAW_DRIFT_RADII; ++k) {
        const float r = (float)k * drift->radius_step_mm;
        while (i < STRAW_DRIFT_TIMES && drift->radius_mm[i + 1] <= r &&
               drift->radius_mm[i + 1] < drift->max_radius_mm)
            ++i;
        const float step =
            i < STRAW_DRIFT_TIMES ? drift->radius_mm[i + 1] - drift->radius_mm[i] : 0;
        const float part = step > 0 ? (r - drift->radius_mm[i]) / step : 0;
        drift->time_ns[k] = (float)i + fminf(1, fmaxf(0, part));
        drift->sigma_mm[k] = (float)(settings->resolution_far +
                                     settings->resolution_near *
                                         exp(-(double)r / settings->resolution_range));
    }
    drift->max_time_ns = drift->time_ns[STRAW_DRIFT_RADII];
}

static float time_at(const struct straw_drift *drift, float signed_mm)
{
    float ns_per_mm;
    return straw_drift_ns(drift, fabsf(signed_mm), &ns_per_mm);
}

/* The radius at the lower wire for which the drift times differ by `difference`: it grows with
   it from -(largest radius - distance) to the largest radius. */
static float
solve_pair(const struct straw_drift *drift, float difference_ns, float distance_mm)
{
    float low = distance_mm - drift->max_radius_mm, high = drift->max_radius_mm;
    for (int i = 0; i < 40; ++i) {
        const float r = 0.5f * (low + high);
        if (time_at(drift, r) - time_at(drift, distance_mm - r) <= difference_ns)
            low = r;
        else
            high = r;
    }
    return 0.5f * (low + high);
}

static void fill_pairs(struct straw_drift *drift)
{
    const float step_mm = 0.1f;
    for (int i = 0; i <= STRAW_DRIFT_PAIRS; ++i) {
        const float difference = (float)(i - STRAW_DRIFT_PAIRS / 2);
        const float r = solve_pair(drift, difference, STRAW_PAIR_MM);
        const float more = solve_pair(drift, difference, STRAW_PAIR_MM + step_mm);
        const float less = solve_pair(drift, difference, STRAW_PAIR_MM - step_mm);
        const float time = time_at(drift, r);
        drift->pair[i] = (struct straw_pair){
            .radius_mm = r,
            .time_ns = time,
            .radius_per_mm = (more - less) / (2 * step_mm),
            .time_ns_per_mm = (time_at(drift, more) - time_at(drift, less)) / (2 * step_mm),
        };
    }
    drift->max_difference_ns =
        drift->max_time_ns - time_at(drift, drift->max_radius_mm - STRAW_PAIR_MM);
}

enum spw_status straw_drift_make(struct straw_drift *drift,
                                 const struct straw_rt *rt,
                                 const struct straw_settings *settings,
                                 struct spw_arena *scratch)
{
    SPW_TRY(fill_radii(drift, rt, scratch));
    fill_times(drift, settings);
    fill_pairs(drift);
    return SPW_OK;
}
