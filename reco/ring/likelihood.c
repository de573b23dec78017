/* How likely the hits are for an electron, a muon, a pion, a kaon of the track's momentum
   (docs/physics/rings.md, 6). */
#include "reco/ring/fit.h"

#include "geometry/na62_geometry.h"

#include <math.h>
#include <string.h>

#define REFERENCE_MEV    35000.0 /* the photons of a pion of this momentum are an option */
#define MIRROR_RADIUS_MM 1100.0
#define PIPE_RADIUS_MM   90.0
#define FARTHEST_MM      40.0 /* radius from the fitted one: the centre follows no farther */

#define SAME_RING_MM 6.0 /* as much of the light of such rings is seen */

enum { ANGLES = 16 };

/// What a ring is for one hypothesis.
struct guess {
    double radius, photons, accepted;
};

/* sin^2 of the angle of light, to which the number of photons is proportional. */
static double sine2(double radius)
{
    const double tangent = radius / NA62_RICH_FOCAL_MM;
    return tangent * tangent / (1 + tangent * tangent);
}

/* True where none of the ring's light can miss mirrors or photomultipliers. */
static bool is_safe(const struct ring_state *state,
                    const struct ring *ring,
                    const double at[2],
                    double radius)
{
    const double at_mirror = sqrt(at[0] * at[0] + at[1] * at[1]);
    const double spread = radius * RING_MEAN_PATH;
    if (at_mirror + spread > MIRROR_RADIUS_MM || at_mirror - spread < PIPE_RADIUS_MM)
        return false;
    for (int disk = 0; disk < 2; ++disk) {
        const struct ring_circle *safe = &state->safe[disk];
        const double x = ring->expected_x - (double)safe->x_mm;
        const double y = ring->expected_y - (double)safe->y_mm;
        const double left = (double)safe->radius_mm - radius;
        if (left < 0 || x * x + y * y > left * left) return false;
    }
    return true;
}

/* Part of a ring's light that meets mirrors and photomultipliers: light from the middle of the
   neon in ANGLES directions. at: the track at the mirrors. */
static double acceptance(const struct ring_state *state,
                         const struct ring *ring,
                         const double at[2],
                         double radius)
{
    static const float cosine[ANGLES] = {1,  0.92387953f,  0.70710678f,  0.38268343f,
                                         0,  -0.38268343f, -0.70710678f, -0.92387953f,
                                         -1, -0.92387953f, -0.70710678f, -0.38268343f,
                                         0,  0.38268343f,  0.70710678f,  0.92387953f};
    static const float sine[ANGLES] = {0,  0.38268343f,  0.70710678f,  0.92387953f,
                                       1,  0.92387953f,  0.70710678f,  0.38268343f,
                                       0,  -0.38268343f, -0.70710678f, -0.92387953f,
                                       -1, -0.92387953f, -0.70710678f, -0.38268343f};
    if (is_safe(state, ring, at, radius)) return 1;
    const float path = (float)RING_MEAN_PATH, r = (float)radius;
    const float centre_x = (float)ring->expected_x, centre_y = (float)ring->expected_y;
    const float at_x = (float)at[0], at_y = (float)at[1];
    const float outer2 = (float)(MIRROR_RADIUS_MM * MIRROR_RADIUS_MM);
    const float inner2 = (float)(PIPE_RADIUS_MM * PIPE_RADIUS_MM);
    float mirror_x[ANGLES], mirror_r2[ANGLES];
    for (uint32_t k = 0; k < ANGLES; ++k) {
        const float x = at_x + r * path * cosine[k], y = at_y + r * path * sine[k];
        mirror_x[k] = x;
        mirror_r2[k] = x * x + y * y;
    }
    uint32_t n = 0;
    for (uint32_t k = 0; k < ANGLES; ++k) {
        const uint32_t place = ring_cell(mirror_x[k] > 0 ? 0u : 1u,
                                         centre_x + r * cosine[k], centre_y + r * sine[k]);
        n += state->covered[place] & (mirror_r2[k] < outer2) & (mirror_r2[k] > inner2);
    }
    return (double)n / ANGLES;
}

static void guess_all(const struct ring_state *state,
                      struct ring *ring,
                      const double at[2],
                      double reference,
                      struct guess guess[RING_MASSES])
{
    const double largest = (double)ring->expected_radius[0], own_radius = ring->radius;
    const double own = acceptance(state, ring, at, own_radius);
    double per_mm = 0; /* between the ring's own radius and the largest one */
    if (fabs(largest - own_radius) > SAME_RING_MM)
        per_mm = (acceptance(state, ring, at, largest) - own) / (largest - own_radius);
    for (int h = 0; h < RING_MASSES; ++h) {
        const double radius = (double)ring->expected_radius[h];
        guess[h] = (struct guess){.radius = radius};
        if (radius <= 0) continue;
        guess[h].photons = state->options.photons * sine2(radius) / reference;
        guess[h].accepted = fmin(fmax(own + per_mm * (radius - own_radius), 0), 1);
    }
    if (own < 0.7) ring->quality |= SPW_RING_PARTIAL;
}

/// Rings of a block, and what is added to the logarithm of their products.
struct likelihood_lanes {
    struct ring_lanes lanes;
    struct ring_masses masses;
    double constant[RING_MASSES][RING_LANES];
    double reference; ///< sin^2 of the angle of light that the option is about
};

static void finish_lanes(struct ring_work *work, struct likelihood_lanes *l)
{
    ring_lanes_close(&l->lanes);
    work->state->kernels->masses(&l->lanes.block, &l->masses);
    for (uint32_t i = 0; i < l->lanes.n; ++i)
        for (int h = 0; h < RING_MASSES; ++h)
            work->ring[l->lanes.which[i]].log_likelihood[h] =
                l->constant[h][i] + log(l->masses.product[h][i]);
    l->lanes.n = 0;
    memset(l->lanes.n_hits, 0, sizeof l->lanes.n_hits);
}

/* The best centre for a radius that is not the fitted one, and how it agrees with the track. */
static void set_guess(const struct ring_state *state,
                      const struct ring *ring,
                      const struct guess *guess,
                      int h,
                      struct likelihood_lanes *l)
{
    const uint32_t lane = l->lanes.n;
    const double sigma2 = state->options.hit_sigma * state->options.hit_sigma;
    const double width = sqrt(l->masses.width2);
    const double step = fmin(fmax(guess->radius - ring->radius, -FARTHEST_MM), FARTHEST_MM);
    const double per_mm = ring->covariance[5] > 0 ? step / ring->covariance[5] : 0;
    const double x = ring->x + ring->covariance[3] * per_mm;
    const double y = ring->y + ring->covariance[4] * per_mm;
    const double dx = x - ring->expected_x, dy = y - ring->expected_y;
    const double density =
        guess->radius > 0
            ? guess->photons / (2 * M_PI * guess->radius * width * RING_PROFILE_AREA)
            : 0;
    l->masses.x[h][lane] = x;
    l->masses.y[h][lane] = y;
    l->masses.radius[h][lane] = guess->radius;
    l->masses.peak[h][lane] = fmin(density / state->options.background, 3e4);
    l->constant[h][lane] =
        -guess->photons * guess->accepted -
        (guess->radius > 0 ? 0.5 * ring->pull * (dx * dx + dy * dy) / sigma2 : 0);
}

/* Hits that any of the hypotheses can explain; where other rings of the cluster can, they are as
   a higher background. */
static void set_hits(const struct ring_work *work,
                     const struct ring_cluster *cluster,
                     const struct ring_profiles *profiles,
                     uint32_t r,
                     struct likelihood_lanes *l)
{
    const uint32_t lane = l->lanes.n;
    const double width = sqrt(l->masses.width2);
    const bool alone = cluster->n_rings == 1;
    double peak[RING_CLUSTER_RINGS];
    for (uint32_t k = 0; k < cluster->n_rings; ++k) {
        const struct ring *other = &work->ring[cluster->ring[k]];
        peak[k] = k == r ? 0
                         : (double)other->n_hits /
                               (2 * M_PI * other->radius * width * RING_PROFILE_AREA *
                                work->state->options.background);
    }
    const struct ring *ring = &work->ring[cluster->ring[r]];
    double low = 1e9, high = 0;
    for (int h = 0; h < RING_MASSES; ++h) {
        if (!(l->masses.peak[h][lane] > 0)) continue;
        low = fmin(low, l->masses.radius[h][lane]);
        high = fmax(high, l->masses.radius[h][lane]);
    }
    const double margin = 4 * width + FARTHEST_MM;
    const double nearest = fmax(0, low - margin), farthest = high + margin;
    for (uint32_t i = 0; i < cluster->end - cluster->begin; ++i) {
        const double x = (double)work->hits.x_mm[cluster->begin + i];
        const double y = (double)work->hits.y_mm[cluster->begin + i];
        const double dx = x - ring->x, dy = y - ring->y, d2 = dx * dx + dy * dy;
        double others = 1;
        if (d2 < nearest * nearest || d2 > farthest * farthest) continue;
        for (uint32_t k = 0; k < cluster->n_rings && !alone; ++k)
            others += peak[k] * (double)profiles->of[k][i];
        if (!ring_lanes_add_hit(&l->lanes, x, y, 1 / others)) return;
    }
}

/* The track where the light is reflected. */
void ring_at_mirror(const struct spw_tracks *tracks, uint32_t row, double at[2])
{
    const double way = NA62_Z_RICH_MIRROR_MM - na62_z_straw_chamber_mm[3];
    at[0] = (double)tracks->x_after_mm[row] + (double)tracks->dxdz_after[row] * way;
    at[1] = (double)tracks->y_after_mm[row] + (double)tracks->dydz_after[row] * way;
}

static void add_ring(struct ring_work *work,
                     const struct spw_tracks *tracks,
                     const struct ring_cluster *cluster,
                     const struct ring_profiles *profiles,
                     uint32_t r,
                     struct likelihood_lanes *l)
{
    struct ring *ring = &work->ring[cluster->ring[r]];
    struct guess guess[RING_MASSES];
    double at[2];
    ring_at_mirror(tracks, tracks->rows.first[cluster->event] + (uint32_t)ring->track, at);
    guess_all(work->state, ring, at, l->reference, guess);
    for (int h = 0; h < RING_MASSES; ++h) set_guess(work->state, ring, &guess[h], h, l);
    set_hits(work, cluster, profiles, r, l);
    ring->offset = ring_offset(&work->state->options, ring);
    l->lanes.which[l->lanes.n] = cluster->ring[r];
    if (++l->lanes.n == RING_LANES) finish_lanes(work, l);
}

void ring_likelihoods(struct ring_work *work, const struct spw_tracks *tracks)
{
    struct likelihood_lanes l;
    struct ring_profiles profiles;
    const double width = ring_width(work->state);
    memset(&l.masses, 0, sizeof l.masses);
    ring_lanes_clear(&l.lanes);
    l.masses.width2 = width * width;
    l.reference = sine2(ring_expected_radius(work->state, REFERENCE_MEV, ring_mass_MeV[2]));
    for (uint32_t c = 0; c < work->n_clusters; ++c) {
        const struct ring_cluster *cluster = &work->cluster[c];
        bool any = false;
        for (uint32_t r = 0; r < cluster->n_rings; ++r)
            any |= work->ring[cluster->ring[r]].track >= 0;
        if (!any) continue;
        if (cluster->n_rings > 1) ring_profiles_make(&profiles, work, cluster, width);
        for (uint32_t r = 0; r < cluster->n_rings; ++r)
            if (work->ring[cluster->ring[r]].track >= 0)
                add_ring(work, tracks, cluster, &profiles, r, &l);
    }
    if (l.lanes.n) finish_lanes(work, &l);
}
