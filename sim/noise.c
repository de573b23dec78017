/* Noise of all detectors: hits of no particle, anywhere in the read-out windows. */
#include "sim/event.h"
#include "sim/vetoes.h"

#include <math.h>

static double anywhere(struct sim_event *event)
{
    return sim_between(&event->random, -45, 70);
}

static void noise_hits(struct sim_event *event,
                       enum sim_detector detector,
                       double mean,
                       double width_ns)
{
    const uint32_t n_channels = event->setup->channels[detector].map.n_channels;
    for (uint32_t n = sim_poisson(&event->random, mean); n && n_channels; --n)
        sim_add_hit(
            event, detector,
            &(struct sim_hit){
                .time_ns = anywhere(event),
                .width_ns = (float)(width_ns * sim_between(&event->random, 0.6, 1.4)),
                .channel = sim_below(&event->random, n_channels),
                .particle = -1,
            });
}

/* Straws that do not exist are mapped but silent. */
static void noise_straws(struct sim_event *event, double mean)
{
    const struct spw_channel_map *map = &event->setup->channels[SIM_STRAW].map;
    for (uint32_t n = sim_poisson(&event->random, mean); n && map->n_channels; --n) {
        const uint32_t channel = sim_below(&event->random, map->n_channels);
        const double t = sim_between(&event->random, -100, 250);
        const double width = sim_between(&event->random, 20, 120);
        if (!na62_straw_wire(map->id[channel]).exists) continue;
        sim_add_hit(event, SIM_STRAW,
                    &(struct sim_hit){.time_ns = t,
                                      .width_ns = (float)width,
                                      .channel = channel,
                                      .particle = -1});
    }
}

/* Noise in detectors with two thresholds: the low channel of a random pair. */
static void noise_two_thresholds(struct sim_event *event,
                                 enum sim_detector detector,
                                 double mean,
                                 uint32_t high_above)
{
    const struct spw_channel_map *map = &event->setup->channels[detector].map;
    for (uint32_t n = sim_poisson(&event->random, mean); n && map->n_channels; --n) {
        const uint32_t id =
            map->id[sim_below(&event->random, map->n_channels)] % high_above;
        sim_add_two_thresholds(
            event, &(struct sim_two_thresholds){
                       .detector = detector,
                       .low_id = id,
                       .high_id = id + high_above,
                       .energy_MeV = 1 + gsl_ran_exponential(&event->random.rng, 2),
                       .low_MeV = 1,
                       .high_MeV = 4,
                       .time_ns = anywhere(event),
                       .slewed = true,
                       .particle = -1,
                   });
    }
}

/* Energies a little above the threshold of the zero suppression. */
static void noise_energy(struct sim_event *event,
                         enum sim_calorimeter calorimeter,
                         double mean,
                         double threshold_adc)
{
    const uint32_t n_channels = event->setup->cells[calorimeter].map.n_channels;
    for (uint32_t n = sim_poisson(&event->random, mean); n && n_channels; --n) {
        const uint32_t channel = sim_below(&event->random, n_channels);
        const double adc =
            threshold_adc * (0.9 + gsl_ran_exponential(&event->random.rng, 0.6));
        const double t = anywhere(event);
        sim_add_energy(
            event, calorimeter,
            &(struct sim_deposit){
                .channel = channel,
                .energy_MeV =
                    (float)adc * event->setup->gains[calorimeter].slope_MeV[channel],
                .time_ns = t,
                .particle = -1,
            });
    }
}

void sim_noise(struct sim_event *event)
{
    const struct sim_settings *s = &event->setup->settings;
    const double a = s->activity;
    noise_straws(event, a * s->noise_straw);
    noise_hits(event, SIM_RICH, a * s->noise_rich, 18);
    noise_hits(event, SIM_KTAG, a * s->noise_ktag, 12);
    noise_hits(event, SIM_CHOD, a * s->noise_scintillator, 16);
    noise_hits(event, SIM_NEWCHOD, a * s->noise_scintillator, 16);
    noise_hits(event, SIM_MUV3, a * s->noise_scintillator, 16);
    noise_hits(event, SIM_MUV0, a * s->noise_scintillator / 10, 16);
    noise_hits(event, SIM_HASC, a * s->noise_scintillator, 16);
    noise_hits(event, SIM_GTK, a * s->noise_gtk, 8);
    noise_two_thresholds(event, SIM_LAV, a * s->noise_lav, 1000000);
    noise_two_thresholds(event, SIM_IRC, a * s->noise_lav / 3, 1000);
    noise_two_thresholds(event, SIM_SAC, a * s->noise_lav / 3, 1000);
    noise_hits(event, SIM_CHANTI, a * s->noise_lav / 3, 16);
    noise_energy(event, SIM_LKR, a * s->noise_cells, s->lkr_threshold);
    noise_energy(event, SIM_MUV1, a * s->noise_strips, s->muv_threshold);
    noise_energy(event, SIM_MUV2, a * s->noise_strips / 2, s->muv_threshold);
}
