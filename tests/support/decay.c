#include "support/decay.h"

#include "geometry/na62_geometry.h"

#include <math.h>

double test_length(const double p[3])
{
    return sqrt(p[0] * p[0] + p[1] * p[1] + p[2] * p[2]);
}

struct test_particle test_kaon_at(double z, double p)
{
    const double slope = NA62_BEAM_SLOPE, norm = p / sqrt(1 + slope * slope);
    return (struct test_particle){
        {NA62_BEAM_X0_MM + slope * (z - na62_z_gtk_mm[2]), 0, z},
        {norm * slope, 0, norm},
        1,
    };
}

struct test_particle
test_decay(const struct test_particle *kaon, const double own[3], double mass, int charge)
{
    const double p = test_length(kaon->p), boost = p / TEST_MASS_KAON;
    const double gamma = sqrt(1 + boost * boost), size = test_length(own);
    const double along = gamma * own[2] + boost * sqrt(size * size + mass * mass);
    const double nx = kaon->p[0] / p, nz = kaon->p[2] / p;
    return (struct test_particle){
        {kaon->r[0], kaon->r[1], kaon->r[2]},
        {along * nx + own[0] * nz, own[1], along * nz - own[0] * nx},
        charge,
    };
}
