#include "sim/random.h"

/* splitmix64's next number; also a hash of `*state`. */
static uint64_t splitmix(uint64_t *state)
{
    uint64_t z = *state += UINT64_C(0x9E3779B97F4A7C15);
    z = (z ^ z >> 30) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ z >> 27) * UINT64_C(0x94D049BB133111EB);
    return z ^ z >> 31;
}

static uint64_t rotate(uint64_t x, int bits)
{
    return x << bits | x >> (64 - bits);
}

static uint64_t next(uint64_t *s)
{
    const uint64_t result = rotate(s[0] + s[3], 23) + s[0];
    const uint64_t t = s[1] << 17;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= t;
    s[3] = rotate(s[3], 45);
    return result;
}

static unsigned long get(void *state)
{
    return (unsigned long)(next(state) >> 32);
}

static double get_double(void *state)
{
    return (double)(next(state) >> 11) * 0x1p-53;
}

static void set(void *state, unsigned long seed)
{
    uint64_t at = seed;
    for (int i = 0; i < 4; ++i) ((uint64_t *)state)[i] = splitmix(&at);
}

static const gsl_rng_type xoshiro = {
    .name = "xoshiro256++",
    .max = 0xFFFFFFFFUL,
    .min = 0,
    .size = 4 * sizeof(uint64_t),
    .set = set,
    .get = get,
    .get_double = get_double,
};

void sim_random_seed(struct sim_random *random, uint64_t seed, uint64_t stream)
{
    uint64_t at = seed;
    at = splitmix(&at) ^ stream;
    set(random->state, splitmix(&at));
    random->rng = (gsl_rng){.type = &xoshiro, .state = random->state};
}
