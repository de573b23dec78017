/// Random numbers: one stream an event, so that any number of threads gives the same burst.
///
/// xoshiro256++ (Blackman, Vigna 2021) seeded by splitmix64 from (seed, stream), offered to GSL
/// as a generator of its own; the distributions are GSL's.
#pragma once

#include <stdint.h>

#include <gsl/gsl_randist.h>
#include <gsl/gsl_rng.h>

/// Lives where the caller puts it; must not move once seeded.
struct sim_random {
    uint64_t state[4];
    gsl_rng rng;
};

void sim_random_seed(struct sim_random *random, uint64_t seed, uint64_t stream);

/// [0, 1)
static inline double sim_uniform(struct sim_random *random)
{
    return gsl_rng_uniform(&random->rng);
}

static inline double sim_between(struct sim_random *random, double low, double high)
{
    return low + (high - low) * gsl_rng_uniform(&random->rng);
}

static inline double sim_gauss(struct sim_random *random, double sigma)
{
    return gsl_ran_gaussian_ziggurat(&random->rng, sigma);
}

static inline uint32_t sim_poisson(struct sim_random *random, double mean)
{
    return mean > 0 ? gsl_ran_poisson(&random->rng, mean) : 0;
}

/// 0 ... n - 1
static inline uint32_t sim_below(struct sim_random *random, uint32_t n)
{
    return (uint32_t)(gsl_rng_uniform(&random->rng) * n);
}

static inline int sim_chance(struct sim_random *random, double probability)
{
    return gsl_rng_uniform(&random->rng) < probability;
}
