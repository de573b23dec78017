#include "reco/calorimeter/shower_profile.h"

#include <math.h>
#include <stdlib.h>

/* The density is summed on a grid of 1/32 cell; prefix sums make every cell's share four
   look-ups. The grid spans the cells of the norm and the shifts of the position. */
enum {
    FINE = 2 * SHOWER_STEPS, /* grid steps a cell; a phase is two of them */
    SPAN = 2 * (SHOWER_HALF + 1) + 1,
    GRID = SPAN * FINE,
    CENTRE = GRID / 2,
    EDGES = GRID + 1
};

static double density_at(const struct shower_density *density, double r2_mm2)
{
    double sum = 0;
    for (int part = 0; part < density->n_parts; ++part) {
        const double width = density->width_mm[part];
        const double norm = density->weight[part] / (2 * M_PI * width * width);
        sum += density->kind == SHOWER_GAUSSIANS ? norm * exp(-r2_mm2 / (2 * width * width))
                                                 : norm * exp(-sqrt(r2_mm2) / width);
    }
    return sum;
}

/* prefix[EDGES * j + i]: integral below edge i in x and edge j in y. One quadrant is computed,
   the others are its mirror images. */
static void
make_prefix(const struct shower_density *density, double *quadrant, double *prefix)
{
    const double step = density->cell_mm / FINE;
    for (int j = 0; j < CENTRE; ++j)
        for (int i = 0; i < CENTRE; ++i) {
            const double x = (i + 0.5) * step, y = (j + 0.5) * step;
            quadrant[CENTRE * j + i] = density_at(density, x * x + y * y) * step * step;
        }
    for (int j = 0; j < GRID; ++j) {
        const int row = j < CENTRE ? CENTRE - 1 - j : j - CENTRE;
        double sum = 0;
        for (int i = 0; i < GRID; ++i) {
            const int column = i < CENTRE ? CENTRE - 1 - i : i - CENTRE;
            sum += quadrant[CENTRE * row + column];
            prefix[EDGES * (j + 1) + i + 1] = prefix[EDGES * j + i + 1] + sum;
        }
    }
}

/* Integral over `cells` x `cells` cells round the cell (dx, dy) from the seed, of a shower at
   (px, py) phases from the seed's centre. */
static double box(const double *prefix, const int cell[2], const int phase[2], int cells)
{
    const int left = CENTRE + cell[0] * FINE - cells * FINE / 2 - 2 * phase[0];
    const int low = CENTRE + cell[1] * FINE - cells * FINE / 2 - 2 * phase[1];
    const int right = left + cells * FINE, high = low + cells * FINE;
    return prefix[EDGES * high + right] - prefix[EDGES * high + left] -
           prefix[EDGES * low + right] + prefix[EDGES * low + left];
}

static void fill_shares(struct shower_profile *profile, const double *prefix)
{
    const int seed[2] = {0, 0};
    for (int py = 0; py < SHOWER_PHASES; ++py)
        for (int px = 0; px < SHOWER_PHASES; ++px) {
            const int phase[2] = {px - SHOWER_REACH, py - SHOWER_REACH};
            const double norm = box(prefix, seed, phase, SHOWER_SIDE);
            for (int row = 0; row < SHOWER_SIDE; ++row)
                for (int lane = 0; lane < SHOWER_SIDE; ++lane) {
                    const int cell[2] = {lane - SHOWER_HALF, row - SHOWER_HALF};
                    profile->share[SHOWER_PHASES * py + px][row][lane] =
                        (float)(box(prefix, cell, phase, 1) / norm);
                }
        }
}

/* Centre of gravity, share of 3 x 3 cells, and the largest share of each row. */
static void summarise(struct shower_profile *profile)
{
    for (int px = 0; px < SHOWER_PHASES; ++px) {
        const shower_row *share = profile->share[SHOWER_PHASES * SHOWER_REACH + px];
        float column[3] = {0};
        for (int k = 0; k < 3; ++k)
            for (int row = SHOWER_HALF - 1; row <= SHOWER_HALF + 1; ++row)
                column[k] += share[row][SHOWER_HALF - 1 + k];
        const float sum = column[0] + column[1] + column[2];
        profile->gravity[px] = (column[2] - column[0]) / sum;
        if (px == SHOWER_REACH) profile->nine = sum;
    }
    for (int p = 0; p < SHOWER_PHASES * SHOWER_PHASES; ++p)
        for (int row = 0; row < SHOWER_SIDE; ++row)
            for (int lane = 0; lane < SHOWER_SIDE; ++lane) {
                float *most = &profile->row_share[abs(row - SHOWER_HALF)];
                *most = fmaxf(*most, profile->share[p][row][lane]);
            }
}

/* The S shape rises: a search finds the two positions that a centre of gravity lies between. */
static void invert(struct shower_profile *profile)
{
    const float *g = profile->gravity;
    for (int k = 0; k < SHOWER_GRAVITIES + 2; ++k) {
        const float gravity = 2.0f * (float)k / SHOWER_GRAVITIES - 1.0f;
        int i = 0;
        while (i < SHOWER_PHASES - 2 && g[i + 1] < gravity) ++i;
        const float rest = (gravity - g[i]) / (g[i + 1] - g[i]);
        const float position = ((float)(i - SHOWER_REACH) + rest) / SHOWER_STEPS;
        profile->position[k] =
            fminf(fmaxf(position, -SHOWER_REACH_CELLS), SHOWER_REACH_CELLS);
    }
}

enum spw_status shower_profile_build(struct shower_profile *profile,
                                     struct spw_arena *arena,
                                     const struct shower_density *density)
{
    struct spw_arena work = {0};
    double *quadrant = spw_arena_zeros(&work, CENTRE * CENTRE, sizeof *quadrant);
    double *prefix = spw_arena_zeros(&work, (size_t)EDGES * EDGES, sizeof *prefix);
    *profile = (struct shower_profile){0};
    profile->share =
        spw_arena_zeros(arena, SHOWER_PHASES * SHOWER_PHASES, sizeof *profile->share);
    const bool enough = quadrant && prefix && profile->share;
    if (enough) {
        make_prefix(density, quadrant, prefix);
        fill_shares(profile, prefix);
        summarise(profile);
        invert(profile);
    }
    spw_arena_release(&work);
    return enough ? SPW_OK : SPW_FAIL(SPW_RETRY, "out of memory: shower profile");
}
