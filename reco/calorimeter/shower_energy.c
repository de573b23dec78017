#include "reco/calorimeter/shower_energy.h"

#include <math.h>

/* Scale of the experiment's clusters before all corrections. */
#define CLUSTER_SCALE 1.0731

/* Losses below the zero suppression, as a function of the logarithm of the energy. */
static double nonlinear(double e_GeV)
{
    if (e_GeV < 22) return e_GeV / (0.7666 + 0.0573489 * log(fmax(e_GeV, 0.1)));
    return e_GeV / (0.828962 + 0.0369797 * log(fmin(e_GeV, 65)));
}

/* What electrons of known momentum left to correct. */
static double residual(double e_GeV)
{
    const double e = fmin(fmax(e_GeV, 6), 45);
    return e_GeV * 0.99 / (0.94 + e * (0.0037 + e * (-9.4e-5 + e * 8.9e-7)));
}

/* Energy that leaves through the beam hole. */
static double hole(double e_GeV, double r_mm)
{
    if (r_mm >= 140 && r_mm < 185) e_GeV *= 0.9999 / (0.97249 + 0.00014692 * r_mm);
    if (r_mm >= 140 && r_mm < 180) return e_GeV * (1 - (0.0042 - 3.7e-5 * r_mm));
    if (r_mm >= 180 && r_mm < 200) return e_GeV * (1 + 0.00211);
    if (r_mm >= 200 && r_mm < 220) return e_GeV * (1 - (-0.01694 + 7.769e-5 * r_mm));
    return e_GeV;
}

float shower_energy_of_data(float sum_MeV, unsigned n_cells, float radius_mm)
{
    double e = CLUSTER_SCALE * (double)sum_MeV / 1000;
    if (n_cells > 4) e = nonlinear(e);
    e = residual(e);
    if (e < 15) e = (e + 0.015) / 15.015 * 15;
    return (float)(hole(1.03 * e, (double)radius_mm) * 1000);
}
