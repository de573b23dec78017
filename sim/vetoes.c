/* LAV, IRC, SAC and CHANTI with two thresholds, HASC with four (docs/physics/simulation.md, 7). */
#include "sim/vetoes.h"

#include "io/na62/constants.h"

#include <math.h>
#include <stdlib.h>

#define LAV_SIGMA_NS    1.0
#define IRC_SIGMA_NS    0.8
#define CHANTI_SIGMA_NS 0.8
#define HASC_SIGMA_NS   0.6
#define MIP_LAV_MEV     77.0 /* of a muon across a block of lead glass */

static double polynomial(const double *c, int n, double x)
{
    double sum = 0;
    for (int i = n - 1; i >= 0; --i) sum = sum * x + c[i];
    return sum;
}

/* What small signals add to the time (formats/na62.md 5.2), by the distance of the thresholds. */
static double slewing(double rise_ns, double width_ns, bool both)
{
    const struct na62_lav_slewing *s = &na62_lav_slewing_nominal;
    if (both) return polynomial(s->both_ns, 5, fmin(fmax(rise_ns, 0.2), 10) / 4 - 1);
    return polynomial(s->low_ns, 4, fmin(fmax(width_ns, 10), 48) / 20 - 1);
}

/* Width over the low threshold grows with the logarithm of the energy; the rise to the high one
 * shortens. `low_MeV`, `high_MeV`: thresholds. */
void sim_add_two_thresholds(struct sim_event *event,
                            const struct sim_two_thresholds *signal)
{
    const struct sim_channels *channels = &event->setup->channels[signal->detector];
    const double ratio = signal->energy_MeV / signal->low_MeV;
    if (ratio < 1) return;
    const double width = 10 + 9 * log(ratio) + sim_gauss(&event->random, 0.7);
    const double rise = fmax(1.0, 2.8 + 3 / ratio + sim_gauss(&event->random, 0.1));
    const bool both = signal->energy_MeV > signal->high_MeV && width > 12;
    const double late = signal->slewed ? slewing(rise, width, both) : 0;

    const int32_t low = sim_channel(channels, signal->low_id);
    const int32_t high = sim_channel(channels, signal->high_id);
    const bool low_dead = low < 0 || channels->dead[low];
    struct sim_hit hit = {
        .time_ns = signal->time_ns,
        .slewing_ns = late,
        .width_ns = (float)fmax(6.0, width),
        .particle = signal->particle,
    };
    if (low_dead) return;
    hit.channel = (uint32_t)low;
    sim_add_hit(event, signal->detector, &hit);
    if (!both || high < 0) return;
    hit.channel = (uint32_t)high;
    hit.time_ns += late + rise; /* the reconstruction corrects the low threshold only */
    hit.slewing_ns = 0;
    hit.width_ns = (float)fmax(4.0, width - 2 * rise);
    sim_add_hit(event, signal->detector, &hit);
}

/* A shower or a muon in the block at the azimuth and depth of the point, and its neighbour. */
static void
hit_lav(struct sim_event *event, uint32_t row, uint32_t station, const struct sim_point *at)
{
    struct sim_random *random = &event->random;
    const struct na62_lav_station lav = na62_lav_station(station);
    const uint32_t n = 4 * lav.n_bananas, layer = sim_below(random, lav.n_layers);
    double turn =
        atan2(at->y_mm, at->x_mm) / (2 * M_PI) - (double)layer / (lav.n_layers * n);
    turn -= floor(turn);
    const uint32_t column = (uint32_t)(turn * n) % n;
    const bool muon = abs(at->pdg) == SIM_PDG_MU_MINUS;
    const double energy =
        muon ? MIP_LAV_MEV * (1 + fabs(sim_gauss(random, 0.2))) : at->p_MeV;
    const double share = muon ? 0 : sim_between(random, 0.05, 0.3);
    for (uint32_t i = 0; i < (muon ? 1u : 2u); ++i) {
        const uint32_t c = (column + i) % n;
        const uint32_t id = 10000 * station + 1000 * layer + 10 * (c / 4) + c % 4;
        sim_add_two_thresholds(event, &(struct sim_two_thresholds){
                                          .detector = SIM_LAV,
                                          .low_id = id,
                                          .high_id = id + 1000000,
                                          .energy_MeV = energy * (i ? share : 1 - share),
                                          .low_MeV = 20,
                                          .high_MeV = 60,
                                          .time_ns = event->particle[row].time_ns +
                                                     sim_gauss(random, LAV_SIGMA_NS),
                                          .slewed = true,
                                          .particle = (int32_t)row,
                                      });
    }
}

static void cross_lav(struct sim_event *event, uint32_t row)
{
    struct sim_point at;
    for (uint32_t s = 1; s <= 12; ++s) {
        const struct na62_lav_station lav = na62_lav_station(s);
        if (!sim_track_at(&event->track[row], lav.front_mm, &at)) continue;
        const double r = hypot(at.x_mm, at.y_mm);
        if (r < lav.inner_mm || r > lav.outer_mm ||
            sim_chance(&event->random, event->setup->settings.scintillator_inefficiency))
            continue;
        hit_lav(event, row, s, &at);
    }
}

/* Photomultiplier 0 ... 3 of a shashlik by quadrant, and its CREAM channel. */
static void hit_small_angle(struct sim_event *event,
                            uint32_t row,
                            enum sim_detector detector,
                            const struct sim_point *at)
{
    const uint32_t quadrant =
        at->x_mm > 0 ? (at->y_mm > 0 ? 0u : 3u) : (at->y_mm > 0 ? 1u : 2u);
    const double t = event->particle[row].time_ns + sim_gauss(&event->random, IRC_SIGMA_NS);
    const bool shower = abs(at->pdg) != SIM_PDG_MU_MINUS;
    const double energy = shower ? at->p_MeV : 200;
    sim_add_two_thresholds(event, &(struct sim_two_thresholds){
                                      .detector = detector,
                                      .low_id = quadrant,
                                      .high_id = quadrant + 1000,
                                      .energy_MeV = energy,
                                      .low_MeV = 150,
                                      .high_MeV = 600,
                                      .time_ns = t,
                                      .slewed = true,
                                      .particle = (int32_t)row,
                                  });
    const uint32_t id = (detector == SIM_SAC ? 1 : 11) + quadrant;
    const int32_t channel = sim_channel(&event->setup->cells[SIM_SAV], id);
    if (channel < 0) return;
    sim_add_energy(event, SIM_SAV,
                   &(struct sim_deposit){.channel = (uint32_t)channel,
                                         .energy_MeV = (float)energy,
                                         .time_ns = t,
                                         .particle = (int32_t)row});
}

static void cross_small_angle(struct sim_event *event, uint32_t row)
{
    struct sim_point at;
    if (sim_track_at(&event->track[row], NA62_Z_IRC_MM, &at)) {
        const double r = hypot(at.x_mm, at.y_mm);
        if (r > 60 && r < 145) {
            hit_small_angle(event, row, SIM_IRC, &at);
            return;
        }
    }
    if (sim_track_at(&event->track[row], NA62_Z_SAC_MM, &at) && fabs(at.x_mm) < 100 &&
        fabs(at.y_mm) < 100)
        hit_small_angle(event, row, SIM_SAC, &at);
}

/* HASC: 3 x 3 modules of 100 mm beside the beam at (-250, 0), 10 SiPM deep, 4 thresholds. */
static void cross_hasc(struct sim_event *event, uint32_t row)
{
    const double left_mm = -400, bottom_mm = -150, module_mm = 100;
    struct sim_random *random = &event->random;
    struct sim_point at;
    if (!sim_track_at(&event->track[row], NA62_Z_HASC_MM, &at)) return;
    const double x = (at.x_mm - left_mm) / module_mm, y = (at.y_mm - bottom_mm) / module_mm;
    if (x < 0 || x >= 3 || y < 0 || y >= 3) return;
    const uint32_t module = 3 * (uint32_t)y + (uint32_t)x;
    const uint32_t depth = 2 + sim_below(random, 8);
    for (uint32_t sipm = 0; sipm < depth; ++sipm) {
        const uint32_t n_thresholds = 1 + sim_below(random, 4);
        const double t = event->particle[row].time_ns + sim_gauss(random, HASC_SIGMA_NS);
        for (uint32_t k = 0; k < n_thresholds; ++k) {
            const int32_t channel = sim_channel(&event->setup->channels[SIM_HASC],
                                                100 * k + 10 * module + sipm);
            if (channel < 0) continue;
            sim_add_hit(event, SIM_HASC,
                        &(struct sim_hit){
                            .time_ns = t + 0.8 * k,
                            .width_ns = (float)(14 + 9 * (n_thresholds - k)),
                            .channel = (uint32_t)channel,
                            .particle = (int32_t)row,
                        });
        }
    }
}

void sim_chanti_hit(struct sim_event *event, int32_t particle, double time_ns)
{
    struct sim_random *random = &event->random;
    const uint32_t station = 1 + sim_below(random, 6);
    for (uint32_t layer = 0; layer < 2; ++layer) {
        const uint32_t bar = sim_below(random, 16);
        const double light = gsl_ran_gamma(&random->rng, 4, 0.6);
        const double t = time_ns + sim_gauss(random, CHANTI_SIGMA_NS);
        for (uint32_t i = 0; i < 2; ++i) {
            const uint32_t id = 100000 * station + 10000 * layer + 10 * (bar + i);
            sim_add_two_thresholds(event, &(struct sim_two_thresholds){
                                              .detector = SIM_CHANTI,
                                              .low_id = id,
                                              .high_id = id + 1,
                                              .energy_MeV = light * (i ? 0.6 : 0.4) + 0.2,
                                              .low_MeV = 0.3,
                                              .high_MeV = 1.0,
                                              .time_ns = t,
                                              .particle = particle});
        }
    }
}

void sim_veto_response(struct sim_event *event, uint32_t row)
{
    if (event->track[row].n == 0) return;
    cross_lav(event, row);
    cross_small_angle(event, row);
    if (sim_charge(event->particle[row].pdg)) cross_hasc(event, row);
}
