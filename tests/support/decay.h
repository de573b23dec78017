/// Decays of kaons with exact kinematics.
#pragma once

#define TEST_MASS_KAON 493.677
#define TEST_MASS_PION 139.57039
#define TEST_MASS_PI0  134.9768

/// A particle: where it is made and its momentum. Units: mm, MeV.
struct test_particle {
    double r[3], p[3];
    int charge;
};

double test_length(const double p[3]);

/// A kaon of momentum `p` on the nominal beam at `z`.
struct test_particle test_kaon_at(double z, double p);

/// What a kaon decays into: momentum in the kaon's frame, z along its path.
struct test_particle
test_decay(const struct test_particle *kaon, const double own[3], double mass, int charge);
