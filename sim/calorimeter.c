/* Showers in the LKr, MUV1 and MUV2 (docs/physics/simulation.md, 8). */
#include "sim/event.h"

#include <math.h>
#include <stdlib.h>

#define CELL_MIN_MEV  4.0 /* smaller shares are left out */
#define MIP_LKR_MEV   500.0
#define MIP_MUV_MEV   1000.0
#define TIME_SIGMA_NS 0.3

enum { HALF_WINDOW = 6, WINDOW = 2 * HALF_WINDOW + 1, MAX_PARTS = 3 };

/* Transverse profile: a sum of Gaussians, so that a cell's share is a product of erf's. */
struct profile {
    int n;
    double weight[MAX_PARTS], sigma_mm[MAX_PARTS];
};

static const struct profile em = {3, {0.66, 0.26, 0.08}, {8.5, 22.0, 52.0}};
static const struct profile hadron = {2, {0.55, 0.45}, {18.0, 55.0}};

/* Shares of the 13 cells along one axis; `offset` of the shower from the middle cell's centre. */
static void axis_shares(double offset_mm, double sigma_mm, double share[WINDOW])
{
    const double scale = 1 / (sigma_mm * M_SQRT2);
    double left = erf((-(HALF_WINDOW + 0.5) * NA62_LKR_CELL_MM - offset_mm) * scale);
    for (int i = 0; i < WINDOW; ++i) {
        const double edge = (i - HALF_WINDOW + 0.5) * NA62_LKR_CELL_MM - offset_mm;
        const double right = erf(edge * scale);
        share[i] = (right - left) / 2;
        left = right;
    }
}

static void
add_cell(struct sim_event *event, uint32_t row, const int cell[2], double energy)
{
    if (cell[0] < 0 || cell[1] < 0 || cell[0] >= NA62_LKR_SIDE ||
        cell[1] >= NA62_LKR_SIDE || energy < CELL_MIN_MEV)
        return;
    const int32_t channel = event->setup->lkr_channel[NA62_LKR_SIDE * cell[0] + cell[1]];
    if (channel < 0) return;
    sim_add_energy(event, SIM_LKR,
                   &(struct sim_deposit){
                       .channel = (uint32_t)channel,
                       .energy_MeV = (float)energy,
                       .time_ns = event->particle[row].time_ns +
                                  sim_gauss(&event->random, TIME_SIGMA_NS),
                       .particle = (int32_t)row,
                   });
}

/* Shares the energy over 13 x 13 cells with sampling fluctuations, their sum kept. */
static void deposit_shower(struct sim_event *event,
                           uint32_t row,
                           const struct sim_point *at,
                           double energy,
                           const struct profile *profile)
{
    const double middle = NA62_LKR_SIDE / 2.0;
    const int ix = (int)floor(at->x_mm / NA62_LKR_CELL_MM + middle);
    const int iy = (int)floor(at->y_mm / NA62_LKR_CELL_MM + middle);
    const double dx = at->x_mm - (ix + 0.5 - middle) * NA62_LKR_CELL_MM;
    const double dy = at->y_mm - (iy + 0.5 - middle) * NA62_LKR_CELL_MM;
    double share[WINDOW][WINDOW] = {{0}}, sum = 0;
    for (int part = 0; part < profile->n; ++part) {
        double along_x[WINDOW], along_y[WINDOW];
        axis_shares(dx, profile->sigma_mm[part], along_x);
        axis_shares(dy, profile->sigma_mm[part], along_y);
        for (int i = 0; i < WINDOW; ++i)
            for (int k = 0; k < WINDOW; ++k)
                share[i][k] += profile->weight[part] * along_x[i] * along_y[k];
    }
    for (int i = 0; i < WINDOW; ++i)
        for (int k = 0; k < WINDOW; ++k) {
            double e = energy * share[i][k];
            if (e > CELL_MIN_MEV) e += sim_gauss(&event->random, 0.05 * sqrt(1000 * e));
            share[i][k] = fmax(0, e);
            sum += share[i][k];
        }
    for (int i = 0; i < WINDOW && sum > 0; ++i)
        for (int k = 0; k < WINDOW; ++k)
            add_cell(event, row, (const int[2]){ix + i - HALF_WINDOW, iy + k - HALF_WINDOW},
                     share[i][k] * energy / sum);
}

/* Energy as measured: 4.8 % / sqrt E (+) 11 % / E (+) 0.9 %, E in GeV. */
static double smear_em(struct sim_event *event, double energy_MeV)
{
    const double e = energy_MeV / 1000;
    const double sigma = sqrt(0.048 * 0.048 / e + 0.11 * 0.11 / (e * e) + 0.009 * 0.009);
    return fmax(0, energy_MeV * (1 + sim_gauss(&event->random, sigma)));
}

static void deposit_mip(struct sim_event *event, uint32_t row, const struct sim_point *at)
{
    const double middle = NA62_LKR_SIDE / 2.0;
    const int cell[2] = {(int)floor(at->x_mm / NA62_LKR_CELL_MM + middle),
                         (int)floor(at->y_mm / NA62_LKR_CELL_MM + middle)};
    add_cell(event, row, cell,
             MIP_LKR_MEV * (0.85 + gsl_ran_gamma(&event->random.rng, 1.5, 0.1)));
}

/* One strip of a hadron calorimeter at a coordinate, read at the ends that it has. */
static void add_strip(struct sim_event *event,
                      uint32_t row,
                      enum sim_calorimeter calorimeter,
                      const uint32_t id[2],
                      double energy)
{
    for (int end = 0; end < 2; ++end) {
        const int32_t channel = sim_channel(&event->setup->cells[calorimeter], id[end]);
        if (channel < 0 || energy < CELL_MIN_MEV) continue;
        sim_add_energy(
            event, calorimeter,
            &(struct sim_deposit){
                .channel = (uint32_t)channel,
                .energy_MeV = (float)(energy / 2),
                .time_ns = event->particle[row].time_ns + sim_gauss(&event->random, 1.0),
                .particle = (int32_t)row,
            });
    }
}

/* Energy in both orientations of strips, `spread` strips wide. */
static void deposit_strips(struct sim_event *event,
                           uint32_t row,
                           enum sim_calorimeter calorimeter,
                           double energy,
                           double spread_mm)
{
    const uint32_t n = calorimeter == SIM_MUV1 ? NA62_MUV1_STRIPS : NA62_MUV2_STRIPS;
    const double z = calorimeter == SIM_MUV1 ? NA62_Z_MUV1_MM : NA62_Z_MUV2_MM;
    const double width = 2 * NA62_MUV12_HALF_MM / n;
    struct sim_point at;
    if (!sim_track_at(&event->track[row], z, &at) || hypot(at.x_mm, at.y_mm) < 110) return;
    for (uint32_t orientation = 0; orientation < 2; ++orientation) {
        const double place = orientation == 0 ? at.x_mm : at.y_mm;
        for (int i = -2; i <= 2; ++i) {
            const int strip = (int)floor((place + NA62_MUV12_HALF_MM) / width) + i;
            if (strip < 0 || strip >= (int)n || (i && spread_mm == 0)) continue;
            const double centre = (strip + 0.5) * width - NA62_MUV12_HALF_MM;
            const double pull = spread_mm > 0 ? (centre - place) / spread_mm : 0;
            const double share =
                spread_mm > 0 ? exp(-pull * pull / 2) * width / (spread_mm * 2.507) : 1;
            const uint32_t id = 101 + 50 * orientation + (uint32_t)strip;
            add_strip(event, row, calorimeter, (const uint32_t[2]){id, id + 100},
                      energy / 2 * share);
        }
    }
}

static double muv_mip(struct sim_event *event)
{
    return MIP_MUV_MEV * (0.85 + gsl_ran_gamma(&event->random.rng, 1.5, 0.1));
}

static void pass_as_mip(struct sim_event *event, uint32_t row, const struct sim_point *at)
{
    deposit_mip(event, row, at);
    deposit_strips(event, row, SIM_MUV1, muv_mip(event), 0);
    deposit_strips(event, row, SIM_MUV2, muv_mip(event), 0);
}

/* 40 % of hadrons pass the LKr as a MIP; the others leave a fraction of beta(2, 3) there. */
static void hadron_shower(struct sim_event *event, uint32_t row, const struct sim_point *at)
{
    gsl_rng *rng = &event->random.rng;
    double left = at->p_MeV;
    if (sim_chance(&event->random, 0.4)) {
        deposit_mip(event, row, at);
        left -= MIP_LKR_MEV;
    } else {
        const double e = left * gsl_ran_beta(rng, 2, 3);
        deposit_shower(event, row, at, e, &hadron);
        left -= e;
    }
    const double first = sim_between(&event->random, 0.5, 0.9);
    left = fmax(0, left * (1 + sim_gauss(&event->random, 0.15)));
    deposit_strips(event, row, SIM_MUV1, left * first, 60);
    deposit_strips(event, row, SIM_MUV2, left * (1 - first), 80);
}

void sim_calorimeter_response(struct sim_event *event, uint32_t row)
{
    struct sim_point at;
    if (!sim_track_at(&event->track[row], NA62_Z_LKR_MM, &at)) return;
    const double r = hypot(at.x_mm, at.y_mm);
    if (r < 110 || r > 1300) return;
    switch (abs(at.pdg)) {
    case SIM_PDG_GAMMA:
    case SIM_PDG_ELECTRON:
        deposit_shower(event, row, &at, smear_em(event, at.p_MeV), &em);
        break;
    case SIM_PDG_MU_MINUS:
        pass_as_mip(event, row, &at);
        break;
    default:
        hadron_shower(event, row, &at);
        break;
    }
}
