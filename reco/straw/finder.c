/* What all events share: rules, bases and weights from settings and geometry. */
#include "reco/straw/event.h"

/* Least squares for every set of views; sets that place nothing have weights 0. */
static void make_weights(struct straw_finder *finder)
{
    for (uint32_t views = 0; views < 16; ++views) {
        struct straw_weights *weights = &finder->weights[views];
        double cc = 0, cs = 0, ss = 0;
        for (int v = 0; v < 4; ++v) {
            const double c = (double)straw_axis_c[v], s = (double)straw_axis_s[v];
            if (!(views >> v & 1)) continue;
            cc += c * c;
            cs += c * s;
            ss += s * s;
        }
        const double det = cc * ss - cs * cs;
        for (int v = 0; v < 4; ++v) {
            const double c = (double)straw_axis_c[v], s = (double)straw_axis_s[v];
            if (!(views >> v & 1) || !(det > 1e-6)) continue;
            weights->to_x[v] = (float)((ss * c - cs * s) / det);
            weights->to_y[v] = (float)((cc * s - cs * c) / det);
            weights->there[v] = 1;
        }
    }
}

static void make_rules(struct straw_finder *finder)
{
    const struct straw_settings *s = &finder->settings;
    const double trailing = s->trailing_sigma / (1 - s->trailing_slope);
    const double radius = 1.2 * s->resolution_far;
    finder->rules = (struct straw_pair_rules){
        .difference_ns = finder->drift.max_difference_ns,
        .margin_ns = 8,
        .trailing_window_ns = (float)s->trailing_window,
        .trailing_variance_ns2 = (float)(trailing * trailing),
        .variance_mm2 = (float)(2 * radius * radius),
    };
    for (uint32_t view = 0; view < STRAW_VIEWS; ++view) {
        const double z = na62_z_straw_chamber_mm[view / 4];
        const bool bent = view >= 8 && view % 4 != 3;
        finder->slope_per_mm[view] = (float)(1 / (z - s->pointing_z));
        finder->spread[view] = (float)(bent ? s->spread_after : s->spread_before);
    }
}

enum { V, U, X, Y };

static const struct straw_base bases[STRAW_BASES] = {
    {.a = X, .b = Y, .other = {V, U}},
    {.a = U, .b = V, .other = {X, Y}, .second = true},
    {.a = U, .b = Y, .other = {V, X}, .second = true, .gaps_only = true},
    {.a = V, .b = Y, .other = {U, X}, .second = true, .gaps_only = true},
    {.a = U, .b = X, .other = {V, Y}, .second = true, .gaps_only = true},
    {.a = V, .b = X, .other = {U, Y}, .second = true, .gaps_only = true},
};

/* Coefficients that give x and y from the coordinates of two views. */
static void invert(uint32_t a, uint32_t b, float to_x[2], float to_y[2])
{
    const float ca = straw_axis_c[a], sa = straw_axis_s[a];
    const float cb = straw_axis_c[b], sb = straw_axis_s[b], det = ca * sb - cb * sa;
    to_x[0] = sb / det;
    to_x[1] = -sa / det;
    to_y[0] = -cb / det;
    to_y[1] = ca / det;
}

/* Range of a view's coordinate where both other views are in their gaps. */
static void gap_range(const struct straw_finder *finder,
                      uint32_t view,
                      const float gap[2][2],
                      const struct straw_base *base,
                      float range_mm[2])
{
    const float margin = (float)finder->settings.gap_margin;
    float to_x[2], to_y[2], low = 0, high = 0;
    invert(base->other[0], base->other[1], to_x, to_y);
    for (int corner = 0; corner < 4; ++corner) {
        const float c = gap[0][corner & 1] + (corner & 1 ? margin : -margin);
        const float d = gap[1][corner >> 1] + (corner >> 1 ? margin : -margin);
        const float w = straw_axis_c[view] * (to_x[0] * c + to_x[1] * d) +
                        straw_axis_s[view] * (to_y[0] * c + to_y[1] * d);
        low = corner && low < w ? low : w;
        high = corner && high > w ? high : w;
    }
    range_mm[0] = 0.5f * (low + high);
    range_mm[1] = 0.5f * (high - low) + margin;
}

/* How far from its place a view may be hit, for slopes up to their limits. */
static float window_mm(const struct straw_finder *finder,
                       const struct straw_base *base,
                       const float *z_mm,
                       uint32_t view)
{
    const float far =
        fmaxf(fabsf(z_mm[base->a] - z_mm[view]), fabsf(z_mm[base->b] - z_mm[view]));
    return (float)finder->settings.view_tolerance +
           far * (fabsf(straw_axis_c[view]) * base->max_slope[0] +
                  fabsf(straw_axis_s[view]) * base->max_slope[1]);
}

static void
make_base(struct straw_finder *finder, uint32_t chamber, struct straw_base *base)
{
    const struct straw_settings *s = &finder->settings;
    const float everywhere = 1e9f;
    base->max_slope[0] = (float)(chamber < 2 ? s->slope_before : s->slope_after);
    base->max_slope[1] = (float)s->slope_before;
    invert(base->a, base->b, base->to_x, base->to_y);
    float gap[2][2];
    for (int k = 0; k < 2; ++k) {
        base->reach[k][0] = (float)s->time_window;
        base->reach[k][1] =
            window_mm(finder, base, &finder->view_z_mm[4 * chamber], base->other[k]);
        for (int i = 0; i < 2; ++i)
            gap[k][i] = finder->wires.gap_mm[4 * chamber + base->other[k]][i];
        base->range_mm[k][0] = 0;
        base->range_mm[k][1] = everywhere;
    }
    if (!base->gaps_only) return;
    gap_range(finder, base->a, gap, base, base->range_mm[0]);
    gap_range(finder, base->b, gap, base, base->range_mm[1]);
}

enum spw_status straw_finder_prepare(struct straw_finder *finder, struct spw_run *run)
{
    struct straw_rt rt;
    SPW_TRY(straw_settings_read(&finder->settings, run));
    SPW_TRY(straw_rt_prepare(&rt, run));
    SPW_TRY(straw_wires_make(&finder->wires, run, finder->settings.gap_margin));
    for (uint32_t view = 0; view < STRAW_VIEWS; ++view) {
        finder->chamber_z_mm[view / 4] = (float)na62_z_straw_chamber_mm[view / 4];
        finder->view_z_mm[view] = (float)((na62_straw_plane_z_mm(view / 4, view % 4, 1) +
                                           na62_straw_plane_z_mm(view / 4, view % 4, 2)) /
                                          2);
    }
    for (uint32_t view = 0; view < STRAW_VIEWS; ++view)
        finder->middle_mm[view] = finder->view_z_mm[view] - finder->chamber_z_mm[view / 4];
    finder->kernels = SPW_PICK(straw_kernels, run->isa);
    SPW_TRY(straw_drift_make(&finder->drift, &rt, &finder->settings, &run->arena));
    make_weights(finder);
    for (uint32_t chamber = 0; chamber < 4; ++chamber)
        for (uint32_t k = 0; k < STRAW_BASES; ++k) {
            finder->base[chamber][k] = bases[k];
            make_base(finder, chamber, &finder->base[chamber][k]);
        }
    make_rules(finder);
    return SPW_OK;
}
