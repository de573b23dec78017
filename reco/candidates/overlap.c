#include "reco/candidates/overlap.h"

#include <math.h>

/* 1 / (1 + exp(-x)) by a continued fraction of tanh(x / 2) (Lambert): the same on every machine,
   good to 1e-4. */
static double logistic(double x)
{
    const double z = fmin(fmax(0.5 * x, -4.9), 4.9), s = z * z;
    const double above = z * (135135 + s * (17325 + s * (378 + s)));
    const double below = 135135 + s * (62370 + s * (3150 + s * 28));
    return 0.5 + 0.5 * above / below;
}

/* True when the hits are spread more than one particle's: chi2 of n - 1 degrees, in units of its
   spread by the cube root (Wilson and Hilferty). */
static bool is_wide(const struct sector_hit *hit, uint32_t n, double sigma_ns)
{
    const double significance = 2.9;
    const double a = 2.0 / (9.0 * (n - 1)), root = 1.0 - a + significance * sqrt(a);
    double sum = 0.0, squares = 0.0;
    for (uint32_t i = 0; i < n; ++i) {
        const double t = (double)(hit[i].time_ns - hit[0].time_ns);
        sum += t;
        squares += t * t;
    }
    const double chi2 = (squares - sum * sum / n) / (sigma_ns * sigma_ns);
    return chi2 > (n - 1) * (root * root * root);
}

/* Means of two particles of equal light and known resolution: expectation and maximisation in
   turn, from the quartiles. Times are relative to the first hit. */
static void
fit_two(const struct sector_hit *hit, uint32_t n, double sigma_ns, double mean[2])
{
    const float origin = hit[0].time_ns;
    mean[0] = (double)(hit[n / 4].time_ns - origin);
    mean[1] = (double)(hit[n - 1 - n / 4].time_ns - origin);
    double moved = sigma_ns;
    for (int step = 0; step < 15 && moved > 0.005 * sigma_ns; ++step) {
        const double middle = 0.5 * (mean[0] + mean[1]);
        const double slope = (mean[1] - mean[0]) / (sigma_ns * sigma_ns);
        double weight = 0.0, sum_late = 0.0, sum = 0.0;
        for (uint32_t i = 0; i < n; ++i) {
            const double t = (double)(hit[i].time_ns - origin);
            const double late = logistic(slope * (t - middle));
            weight += late;
            sum_late += late * t;
            sum += t;
        }
        const double early = (sum - sum_late) / (n - weight);
        moved = fabs(early - mean[0]);
        mean[0] = early;
        mean[1] = sum_late / weight;
    }
}

uint32_t overlap_sectors(const struct sector_hit *hit, uint32_t begin, uint32_t end)
{
    uint32_t seen = 0;
    for (uint32_t i = begin; i < end; ++i) seen |= 1u << hit[i].sector;
    return (uint32_t)__builtin_popcount(seen);
}

/* Hits that follow closely belong to it too: at most another window on both sides. */
static void widen(const struct finder *finder,
                  const struct sector_hit *hit,
                  uint32_t n,
                  uint32_t *begin,
                  uint32_t *end)
{
    const float gap = 2.0f * (float)finder->options.time_sigma;
    const float window = (float)finder->options.window;
    const float first = hit[*begin].time_ns - window, last = hit[*end - 1].time_ns + window;
    while (*begin > 0 && hit[*begin].time_ns - hit[*begin - 1].time_ns < gap &&
           hit[*begin - 1].time_ns > first)
        --*begin;
    while (*end < n && hit[*end].time_ns - hit[*end - 1].time_ns < gap &&
           hit[*end].time_ns < last)
        ++*end;
}

bool overlap_find(const struct finder *finder,
                  const struct sector_hit *hit,
                  uint32_t n,
                  uint32_t begin,
                  uint32_t end,
                  struct overlap *overlap)
{
    const double sigma = finder->options.time_sigma;
    double mean[2];
    if (sigma <= 0.0 || end - begin < 3 || !is_wide(hit + begin, end - begin, sigma))
        return false;
    widen(finder, hit, n, &begin, &end);
    fit_two(hit + begin, end - begin, sigma, mean);
    const float origin = hit[begin].time_ns, reach = 3.0f * (float)sigma;
    const float first = origin + (float)mean[0], last = origin + (float)mean[1];
    while (begin < end && hit[begin].time_ns < first - reach) ++begin;
    while (begin < end && hit[end - 1].time_ns > last + reach) --end;
    const float border = origin + (float)(0.5 * (mean[0] + mean[1]));
    uint32_t middle = begin;
    while (middle < end && hit[middle].time_ns < border) ++middle;
    const uint32_t least = (uint32_t)finder->options.min_sectors;
    *overlap = (struct overlap){
        .begin = begin,
        .middle = middle,
        .end = end,
        .time_ns = {first, last},
        .heavier = end - middle > middle - begin,
        .both = overlap_sectors(hit, begin, middle) >= least &&
                overlap_sectors(hit, middle, end) >= least,
    };
    return overlap_sectors(hit, begin, end) >= least;
}
